//! One tag becomes part of another: all that referred to it refers to that one.

use actix_web::{HttpRequest, HttpResponse};
use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::api::object;
use super::live::touch;
use super::store::{self, TagRow};
use super::tag::{EditorialTag, Visibility};
use super::tree::may_adopt;
use crate::app::Edit;
use crate::auth::Caller;
use crate::auth::permission::WriteTags;
use crate::db::invalidation::SurrogateKey;
use crate::db::schema::editorial::{merged_tags, tags};
use crate::db::schema::live::live_tags;
use crate::db::{Conn, Sql};
use crate::error::Result;
use crate::http::body::Body;
use crate::http::params::{NoParams, PathReference};
use crate::http::precondition::IfMatch;
use crate::http::respond;
use crate::resources::reassign::{KeyTable, LinkTable, MergeInput, Target, Uses, lead};
use crate::values::Reference;

/// The tags of working copies.
const LINKS: LinkTable = LinkTable {
    table: "article_tags",
    owner: "article_id",
    to: "tag_id",
};

/// The tags of live copies.
const LIVE_LINKS: LinkTable = LinkTable {
    table: "live_article_tags",
    owner: "copy",
    to: "tag_id",
};

/// The same as live copies name it.
const WORDS: (&str, &str) = ("tag_ids", "link.tag_id");

/// What editors' references lead by.
const MERGED: KeyTable = KeyTable {
    table: "merged_tags",
    key: "former",
    to: "tag_id",
};

/// What the public's addresses lead by.
const FORMER: KeyTable = KeyTable {
    table: "live_tag_slugs",
    key: "slug",
    to: "tag_id",
};

/// Makes a tag part of another: articles that have it, in all their copies, have that one, tags
/// below it are below that one, and its id and slugs lead there. Versions of articles stay.
#[utoipa::path(post, path = "/v1/tags/{tag}/merge", operation_id = "mergeTag", tag = "Tags",
    params(("tag" = Reference, Path, description = "The id or slug of the tag that goes.")),
    request_body = MergeInput,
    responses((status = 200, description = "The tag that stays.", body = EditorialTag)),
    security(("bearer" = [])))]
pub async fn merge(
    caller: Caller<WriteTags>,
    request: HttpRequest,
    tag: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    Body(body): Body<MergeInput>,
) -> Result<HttpResponse> {
    let reference = tag.or_not_found("tag")?;
    let target = Target::of_body(body);
    let mut conn = caller.write().await?;
    let edit = caller.edit_all()?;
    let row = conn
        .transaction(async |conn: &mut Conn| {
            let old = store::require(conn, &reference).await?;
            into(conn, edit, &old, &if_match, &target).await
        })
        .await?;
    let version = row.version;
    let bytes = object(&mut conn, row).await?.into_bytes();
    Ok(respond::written(&request, version, bytes))
}

/// Makes `old` part of the tag that `target` names, and returns that one.
///
/// # Errors
/// 412 when it changed meanwhile, 404 when it is gone; what [`Target::refuse`] says when the other
/// is not there, is the tag itself or below it, or the tree would be too deep.
pub async fn into(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &TagRow,
    if_match: &IfMatch,
    target: &Target,
) -> Result<TagRow> {
    // The tree must not change meanwhile, nor anybody merge one of the two away.
    conn.advisory_lock("tags.tree").await?;
    // Whoever gives it to an article comes before all that follows, or finds it gone.
    let row = Sql::<()>::new("SELECT id FROM tags WHERE id = ").text(old.id.clone());
    conn.lock_rows(row).await?;
    let old = &store::by_id(conn, &old.id).await?;
    if_match.check(old.version)?;
    let kept = store::get(conn, &target.reference).await?;
    let kept = kept.ok_or_else(|| target.unknown("tag"))?;
    let (gone, to) = (old.id.as_str(), kept.id.as_str());
    if gone == to {
        return Err(target.refuse("itself", "is the tag itself."));
    }
    may_adopt(conn, (gone, to), |code, detail| target.refuse(code, detail)).await?;
    conn.advisory_lock("live").await?;

    let public = [old, &kept]
        .iter()
        .any(|tag| tag.visibility == Visibility::Public);
    if public {
        touch(conn, gone, edit.now).await?;
    }
    LINKS.lead(conn, gone, to).await?;
    LIVE_LINKS.lead(conn, gone, to).await?;
    LIVE_LINKS.rename(conn, WORDS, (gone, to)).await?;
    lead(conn, "tags", "parent_id", (gone, to)).await?;
    let below = live_tags::table.filter(live_tags::parent_id.eq(gone.to_owned()));
    let below = diesel::update(below).set(live_tags::parent_id.eq(Some(to.to_owned())));
    conn.execute(below).await?;

    let keys = (gone, old.slug.as_str());
    MERGED.lead(conn, keys, to).await?;
    if old.visibility == Visibility::Public {
        FORMER.lead(conn, keys, to).await?;
    } else {
        // That there was an internal tag of this name is nothing that the public may find out.
        let formers = Sql::<()>::new("INSERT INTO merged_tags (former, tag_id) SELECT slug, ")
            .text(to)
            .sql(" FROM live_tag_slugs WHERE tag_id = ")
            .text(gone)
            .sql(" ON CONFLICT (former) DO UPDATE SET tag_id = excluded.tag_id");
        conn.execute(formers).await?;
    }
    store::remove(conn, old).await?;
    // The other one stands wherever it stood.
    conn.changed(SurrogateKey::ALL);
    Ok(kept)
}

/// The id of the tag into which that was merged which had this id or slug.
///
/// # Errors
/// Those of the database.
pub(super) async fn merged(conn: &mut Conn, reference: &Reference) -> Result<Option<String>> {
    let query = merged_tags::table
        .filter(merged_tags::former.eq(reference.as_str().to_owned()))
        .select(merged_tags::tag_id);
    Ok(conn.first(query).await?)
}

/// A slug is in use again: it leads here, not to what was merged.
///
/// # Errors
/// Those of the database.
pub(super) async fn reclaim(conn: &mut Conn, slug: &str) -> Result<()> {
    let own = merged_tags::table.filter(merged_tags::former.eq(slug.to_owned()));
    conn.execute(diesel::delete(own)).await?;
    Ok(())
}

/// Lets a tag go that nothing uses.
///
/// # Errors
/// 409 when articles or other tags use it, with the number of each.
pub(super) async fn refuse_in_use(conn: &mut Conn, id: &str) -> Result<()> {
    let uses = Uses::count(conn, LINKS, LIVE_LINKS, id).await?;
    let children = tags::table
        .filter(tags::parent_id.eq(id.to_owned()))
        .count();
    uses.refuse("tags", conn.one(children).await?)
}
