//! The trash: into it, out of it, and deleted for good.

use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _};

use crate::app::Edit;
use crate::articles::article::ArticleInput;
use crate::articles::context::Context;
use crate::articles::drafts::document::{self, Document, matching};
use crate::articles::drafts::links::{release, take_back};
use crate::articles::drafts::version_check::{Current, stale};
use crate::articles::drafts::{slugs, translations};
use crate::articles::revisions::store::{RevisionMeta, Step, content, last, record};
use crate::articles::row::ArticleRow;
use crate::articles::states::{Status, wrong_state};
use crate::articles::workflow::rules::{LiveChange, Planned, withdrawn};
use crate::articles::workflow::store::transition;
use crate::articles::write_context::WriteContext;
use crate::db::schema::editorial::{articles, purged_articles};
use crate::db::{Conn, Sql, Time};
use crate::error::{Code, Error, Result};
use crate::values::Slug;

/// Puts an article into the trash: neither the public nor editors find it any more, and its
/// slug is free.
///
/// # Errors
/// 412 when it was changed meanwhile.
pub async fn trash(conn: &mut Conn, ctx: WriteContext<'_>, old: Current) -> Result<Document> {
    let document = transition(conn, ctx, old, None, trashed).await?;
    // The revision knows the aliases, which are free for others from here on.
    release(conn, &document.row.id).await?;
    Ok(document)
}

/// The rule of the trash: any article may be put there. Pure.
fn trashed(
    ctx: &WriteContext<'_>,
    document: &Document,
    _note: Option<&str>,
) -> Result<Option<Planned>> {
    let old = &document.row;
    let status = match old.status {
        Status::Published => Status::Unpublished,
        Status::Scheduled if old.first_published_at.is_some() => Status::Unpublished,
        Status::Scheduled => Status::Draft,
        other => other,
    };
    let row = ArticleRow {
        updated_at: ctx.now,
        deleted_at: Some(ctx.now),
        ..withdrawn(ctx, old, status)
    };
    Ok(Some(Planned {
        action: "delete",
        row,
        live: LiveChange::Withdraw,
    }))
}

/// The article of this id in the trash.
///
/// # Errors
/// 410 when it was deleted for good, 409 when it is not in the trash, 404 when there is none.
pub async fn find(conn: &mut Conn, ctx: Context<'_>, id: &str) -> Result<Document> {
    let condition = Sql::new("articles.id = ").text(id).and(ctx.scope.open());
    let found = matching(conn, condition).await?.pop();
    match found.map(|found| found.at(ctx.now)) {
        Some(found) if found.row.deleted_at.is_some() => Ok(found),
        Some(found) => {
            let detail = "The article is not in the trash.";
            Err(wrong_state(found.row.state(), detail))
        }
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
/// 412 when it was changed meanwhile, 409 with a suggestion when the slug is taken.
pub async fn restore(
    conn: &mut Conn,
    ctx: WriteContext<'_>,
    old: Current,
    slug: Option<&Slug>,
) -> Result<Document> {
    let before = &old.row;
    let wanted = slug.map_or(before.slug.as_str(), Slug::as_str);
    let mut row = ArticleRow {
        version: before.version + 1,
        updated_at: ctx.now,
        updated_by: ctx.by(),
        deleted_at: None,
        ..before.clone()
    };
    translations::one_in_its_locale(conn, None, &row).await?;
    row.slug = slugs::given(conn, &row, wanted).await?;
    let update = diesel::update(
        articles::table
            .filter(articles::id.eq(before.id.clone()))
            .filter(articles::version.eq(before.version)),
    );
    if conn.execute(update.set(row.clone())).await? == 0 {
        return Err(stale(conn, before).await);
    }
    slugs::claim(conn, None, &row).await?;
    if let Some(last) = last(conn, &before.id).await? {
        let content = content(conn, &last).await?;
        let kept: Option<ArticleInput> = crate::values::read(content).ok();
        let aliases = kept.map(|kept| kept.aliases).unwrap_or_default();
        take_back(conn, &row.id, aliases).await?;
    }
    let stored = document::find(conn, &row.id).await?;
    let mut document = stored.ok_or_else(|| Error::not_found("article"))?;
    let step = Step {
        before,
        tip: document.tip.as_ref(),
        row: &document.row,
        content: document.as_input(),
        meta: RevisionMeta::of("restore"),
    };
    let tip = record(conn, ctx, step, || old.as_input()).await?;
    document.tip = Some(tip);
    Ok(document)
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
