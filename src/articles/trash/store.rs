//! The trash: into it, out of it, and deleted for good.

use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _};

use crate::app::Edit;
use crate::articles::article::{ArticleInput, Status};
use crate::articles::context::Context;
use crate::articles::drafts::{references, slugs, translations};
use crate::articles::live::publish as live_copy;
use crate::articles::revisions;
use crate::articles::revisions::store::{RevisionMeta, last, record_state};
use crate::articles::row::{ArticleRow, working_copies};
use crate::articles::workflow::allowed::wrong_state;
use crate::articles::workflow::store::{save, withdrawn};
use crate::db::schema::editorial::{articles, purged_articles};
use crate::db::{Conn, Sql, Time, columns};
use crate::error::{Code, Error, Result};
use crate::http::precondition::IfMatch;
use crate::values::Slug;

/// Puts an article into the trash: neither the public nor editors find it any more, and its
/// slug is free.
///
/// # Errors
/// 412 when it changed meanwhile.
pub async fn trash(
    conn: &mut Conn,
    edit: Edit<'_>,
    ctx: Context<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
) -> Result<()> {
    if_match.check(old.version)?;
    let old = &old.clone().at(edit.now);
    let status = match old.status {
        Status::Published => Status::Unpublished,
        Status::Scheduled if old.first_published_at.is_some() => Status::Unpublished,
        Status::Scheduled => Status::Draft,
        other => other,
    };
    let row = ArticleRow {
        updated_at: edit.now,
        updated_by: Some(edit.by.to_owned()),
        deleted_at: Some(edit.now),
        ..withdrawn(old, status)
    };
    save(conn, old, &row).await?;
    live_copy::withdraw(conn, &old.id, edit.now).await?;
    // The revision knows the aliases, which are free for others from here on.
    record_state(conn, edit, ctx, (old, &row), RevisionMeta::of("delete")).await?;
    references::release(conn, &old.id).await
}

/// The article of this id in the trash.
///
/// # Errors
/// 410 when it was deleted for good, 409 when it is not in the trash, 404 when there is none.
pub async fn find(conn: &mut Conn, ctx: Context<'_>, id: &str) -> Result<ArticleRow> {
    let query = working_copies()
        .filter(ctx.scope.open())
        .filter(articles::id.eq(id.to_owned()))
        .select(columns::<ArticleRow>());
    match conn
        .first(query)
        .await?
        .map(|row: ArticleRow| row.at(ctx.now))
    {
        Some(row) if row.deleted_at.is_some() => Ok(row),
        Some(row) => Err(wrong_state(&row, "The article is not in the trash.")),
        None => {
            let query = purged_articles::table
                .filter(purged_articles::id.eq(id.to_owned()))
                .select(purged_articles::purged_at);
            let purged = conn.first::<i64>(query).await.optional()?.flatten();
            Err(purged.map_or_else(
                || Error::not_found("article"),
                |at| {
                    let detail = format!("The article was permanently deleted at {}.", Time(at));
                    Error::new(Code::Purged, detail)
                },
            ))
        }
    }
}

/// Takes an article out of the trash, under its own slug or another. It is as it was, but not
/// public; aliases that others took meanwhile stay with them.
///
/// # Errors
/// 412 when it changed meanwhile, 409 with a suggestion when the slug is taken.
pub async fn restore(
    conn: &mut Conn,
    edit: Edit<'_>,
    ctx: Context<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
    slug: Option<&Slug>,
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    let wanted = slug.map_or(old.slug.as_str(), Slug::as_str);
    let mut row = ArticleRow {
        version: old.version + 1,
        updated_at: edit.now,
        updated_by: Some(edit.by.to_owned()),
        deleted_at: None,
        ..old.clone()
    };
    translations::one_in_its_locale(conn, None, &row).await?;
    row.slug = slugs::given(conn, &row, wanted).await?;
    let update = diesel::update(
        articles::table
            .filter(articles::id.eq(old.id.clone()))
            .filter(articles::version.eq(old.version)),
    );
    if conn.execute(update.set(row.clone())).await? == 0 {
        return Err(crate::articles::workflow::store::stale(conn, old).await);
    }
    slugs::claim(conn, None, &row).await?;
    if let Some(last) = last(conn, &old.id).await? {
        let content = revisions::store::content(conn, &last).await?;
        let kept: Option<ArticleInput> = crate::values::read(content).ok();
        let aliases = kept.map(|kept| kept.aliases).unwrap_or_default();
        references::take_back(conn, &row.id, aliases).await?;
    }
    record_state(conn, edit, ctx, (old, &row), RevisionMeta::of("restore")).await?;
    Ok(row)
}

/// Deletes an article for good, with all that belongs to it. That it was there stays known.
///
/// # Errors
/// Those of the database.
pub async fn purge(conn: &mut Conn, edit: Edit<'_>, id: &str) -> Result<()> {
    let own = articles::table
        .filter(articles::id.eq(id.to_owned()))
        .filter(articles::deleted_at.is_not_null());
    if conn.execute(diesel::delete(own)).await? == 0 {
        return Err(Error::not_found("article"));
    }
    let tombstone = (
        purged_articles::id.eq(id.to_owned()),
        purged_articles::purged_at.eq(edit.now.0),
        purged_articles::purged_by.eq(edit.by.to_owned()),
    );
    let insert = diesel::insert_into(purged_articles::table)
        .values(tombstone)
        .on_conflict_do_nothing();
    conn.execute(insert).await?;
    Ok(())
}

/// Those that are in the trash since before a moment, the first of them.
///
/// # Errors
/// Those of the database.
pub async fn older(conn: &mut Conn, before: Time, most: i64) -> Result<Vec<String>> {
    let old =
        Sql::<articles::table>::new("articles.deleted_at IS NOT NULL AND articles.deleted_at < ")
            .integer(before.0);
    let query = articles::table
        .filter(old)
        .order(articles::deleted_at)
        .limit(most)
        .select(articles::id);
    Ok(conn.load(query).await?)
}
