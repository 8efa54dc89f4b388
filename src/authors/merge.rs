//! One author becomes part of another: all that referred to them refers to that one.

use actix_web::{HttpRequest, HttpResponse};
use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::author::EditorialAuthor;
use super::live::touch;
use super::store::{self, AuthorRow};
use crate::app::Edit;
use crate::auth::Caller;
use crate::auth::linked::{accounts_of, relink};
use crate::auth::permission::WriteAuthors;
use crate::db::invalidation::SurrogateKey;
use crate::db::schema::editorial::merged_authors;
use crate::db::{Conn, Sql};
use crate::error::{Code, Error, Result};
use crate::http::body::Body;
use crate::http::params::{NoParams, PathReference};
use crate::http::precondition::IfMatch;
use crate::http::respond;
use crate::resources::reassign::{KeyTable, LinkTable, MergeInput, Target, Uses};
use crate::values::Reference;

/// The credits of working copies.
const LINKS: LinkTable = LinkTable {
    table: "article_authors",
    owner: "article_id",
    to: "author_id",
};

/// The credits of live copies.
const LIVE_LINKS: LinkTable = LinkTable {
    table: "live_article_authors",
    owner: "copy",
    to: "author_id",
};

/// The same as live copies name it.
const WORDS: (&str, &str) = ("credits", "link.role || ':' || link.author_id");

/// What editors' references lead by.
const MERGED: KeyTable = KeyTable {
    table: "merged_authors",
    key: "former",
    to: "author_id",
};

/// What the public's addresses lead by.
const FORMER: KeyTable = KeyTable {
    table: "live_author_slugs",
    key: "slug",
    to: "author_id",
};

/// Makes an author part of another: articles that credit them, in all their copies, credit that one,
/// the account that is linked to them is linked to that one, and their id and slugs lead there.
/// Versions of articles stay.
#[utoipa::path(post, path = "/v1/authors/{author}/merge", operation_id = "mergeAuthor", tag = "Authors",
    params(("author" = Reference, Path, description = "The id or slug of the author who goes.")),
    request_body = MergeInput,
    responses((status = 200, description = "The author who stays.", body = EditorialAuthor)),
    security(("bearer" = [])))]
pub async fn merge(
    caller: Caller<WriteAuthors>,
    request: HttpRequest,
    author: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    Body(body): Body<MergeInput>,
) -> Result<HttpResponse> {
    let reference = author.or_not_found("author")?;
    let target = Target::of_body(body);
    let row = carry_out(&caller, &reference, &if_match, &target).await?;
    let bytes = respond::json(&row.editorial())?;
    Ok(respond::written(&request, row.version, bytes))
}

/// Makes the author of a path part of another, in a transaction of its own.
pub(super) async fn carry_out(
    caller: &Caller<WriteAuthors>,
    reference: &Reference,
    if_match: &IfMatch,
    target: &Target,
) -> Result<AuthorRow> {
    let mut conn = caller.write().await?;
    let edit = caller.edit_all()?;
    let row = conn
        .transaction(async |conn: &mut Conn| {
            let old = store::require(conn, reference).await?;
            into(conn, edit, &old, if_match, target).await
        })
        .await?;
    // Whose articles are whose may be otherwise from now on.
    caller.auth().forget();
    Ok(row)
}

/// Makes `old` part of the author that `target` names, and returns that one.
///
/// # Errors
/// 412 when they were changed meanwhile, 404 when they are gone, 409 when both have accounts; what
/// [`Target::refuse`] says when the other is not there or is the author.
async fn into(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &AuthorRow,
    if_match: &IfMatch,
    target: &Target,
) -> Result<AuthorRow> {
    // Nobody merges one of the two away meanwhile.
    conn.advisory_lock("authors.merge").await?;
    // Whoever credits them in an article comes before all that follows, or finds them gone.
    let row = Sql::<()>::new("SELECT id FROM authors WHERE id = ").text(old.id.clone());
    conn.lock_rows(row).await?;
    let old = &store::by_id(conn, &old.id).await?;
    if_match.check(old.version)?;
    let kept = store::get(conn, &target.reference).await?;
    let kept = kept.ok_or_else(|| target.unknown("author"))?;
    let (gone, to) = (old.id.as_str(), kept.id.as_str());
    if gone == to {
        return Err(target.refuse("itself", "is the author themselves."));
    }
    if accounts_of(conn, gone).await? > 0 {
        if accounts_of(conn, to).await? > 0 {
            let detail = "An account is linked to each of the two; unlink one of them first.";
            return Err(Error::new(Code::Conflict, detail));
        }
        relink(conn, edit, gone, to).await?;
    }
    conn.advisory_lock("live").await?;

    touch(conn, gone, edit.now).await?;
    LINKS.lead(conn, gone, to).await?;
    LIVE_LINKS.lead(conn, gone, to).await?;
    LIVE_LINKS.rename(conn, WORDS, (gone, to)).await?;
    for keys in [MERGED, FORMER] {
        keys.lead(conn, (gone, &old.slug), to).await?;
    }
    store::remove(conn, old).await?;
    // The other one stands wherever it stood.
    conn.changed(SurrogateKey::ALL);
    Ok(kept)
}

/// The id of the author into whom that one was merged who had this id or slug.
///
/// # Errors
/// Those of the database.
pub(super) async fn merged(conn: &mut Conn, reference: &Reference) -> Result<Option<String>> {
    let query = merged_authors::table
        .filter(merged_authors::former.eq(reference.as_str().to_owned()))
        .select(merged_authors::author_id);
    Ok(conn.first(query).await?)
}

/// A slug is in use again: it leads here, not to whom somebody became.
///
/// # Errors
/// Those of the database.
pub(super) async fn reclaim(conn: &mut Conn, slug: &str) -> Result<()> {
    let own = merged_authors::table.filter(merged_authors::former.eq(slug.to_owned()));
    conn.execute(diesel::delete(own)).await?;
    Ok(())
}

/// Lets an author go whom nothing names.
///
/// # Errors
/// 409 when articles name them or an account is linked to them, with the number of each.
pub(super) async fn refuse_in_use(conn: &mut Conn, id: &str) -> Result<()> {
    let uses = Uses::count(conn, LINKS, LIVE_LINKS, id).await?;
    uses.refuse("users", accounts_of(conn, id).await?)
}
