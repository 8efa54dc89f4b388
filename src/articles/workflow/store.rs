//! The life of an article: reviewed, scheduled, published, taken back, put away.
//!
//! Each change looks whether the article's state takes it, stamps a new version, and keeps a
//! revision. What is written here is the article as it is at that moment, also where a transition
//! was due and nobody had recorded it yet.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::allowed::Action;
use super::requirements;
use crate::app::Edit;
use crate::articles::article::{Review, Status};
use crate::articles::context::Context;
use crate::articles::drafts::store;
use crate::articles::live::publish as live_copy;
use crate::articles::live::slugs as live_slugs;
use crate::articles::revisions::store::{RevisionMeta, record_state};
use crate::articles::row::ArticleRow;
use crate::db::Conn;
use crate::db::schema::editorial::articles;
use crate::db::{Json, Time};
use crate::error::{Error, Result};
use crate::http::precondition::{IfMatch, stale as stale_version};

/// Puts the working copy where the public sees it. An article without a publication date gets
/// this moment; one whose date is to come is scheduled for it, unless it was scheduled already:
/// then it is published now. Publishing what is published already changes nothing.
///
/// # Errors
/// 412 when it changed meanwhile, 409 when its state does not take it, 422 when it lacks something.
pub async fn publish(
    conn: &mut Conn,
    edit: Edit<'_>,
    ctx: Context<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
    note: Option<&str>,
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    let old = &old.clone().at(edit.now);
    let status = Action::Publish.begin(old)?;
    let dated = old.own_date();
    if let Some(later) = dated.filter(|at| *at > edit.now) {
        if old.next_version == Some(old.version) {
            return Ok(old.clone());
        }
        let times = (later, old.expires_at);
        return schedule_at(conn, edit, ctx, old, times, note).await;
    }
    if old.live_version == Some(old.version) && old.next_version.is_none() {
        return Ok(old.clone());
    }
    requirements::check(conn, ctx.settings, old).await?;
    let published_at = dated.unwrap_or(edit.now);
    if old.expires_at.is_some_and(|until| until <= edit.now) {
        let detail = "is in the past, so the article would not be visible; change it first.";
        return Err(Error::field("/expires_at", "in_the_past", detail));
    }
    let version = old.version + 1;
    let first = old.first_published_at;
    let row = ArticleRow {
        status,
        published_at: Some(published_at),
        first_published_at: Some(first.map_or(published_at, |at| at.min(published_at))),
        version,
        live_version: Some(version),
        live_until: old.expires_at,
        next_version: None,
        next_at: None,
        next_until: None,
        updated_by: Some(edit.by.to_owned()),
        ..old.clone()
    };
    save(conn, old, &row).await?;
    live_copy::write(conn, edit, &row, published_at).await?;
    let step = RevisionMeta::noted("publish", note);
    record_state(conn, edit, ctx, (old, &row), step).await?;
    Ok(row)
}

/// Lets the public see the working copy, as it is now, from a moment to come. Of an article that
/// is published it goes on seeing what it sees until then.
///
/// # Errors
/// 412 when it changed meanwhile, 409 when its state does not take it, 422 when it lacks something
/// or the times are not to come.
pub async fn schedule(
    conn: &mut Conn,
    edit: Edit<'_>,
    ctx: Context<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
    (publish_at, expires_at): (Time, Option<Time>),
    note: Option<&str>,
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    let old = &old.clone().at(edit.now);
    Action::Schedule.begin(old)?;
    let until = expires_at.or(old.expires_at);
    if publish_at <= edit.now {
        let detail = "is in the past. Use “publish” to publish now.";
        return Err(Error::field("/publish_at", "in_the_past", detail));
    }
    if until.is_some_and(|until| until <= publish_at) {
        let detail = "must be after publish_at.";
        return Err(Error::field("/expires_at", "contradiction", detail));
    }
    schedule_at(conn, edit, ctx, old, (publish_at, until), note).await
}

async fn schedule_at(
    conn: &mut Conn,
    edit: Edit<'_>,
    ctx: Context<'_>,
    old: &ArticleRow,
    (publish_at, expires_at): (Time, Option<Time>),
    note: Option<&str>,
) -> Result<ArticleRow> {
    let status = Action::Schedule.begin(old)?;
    requirements::check(conn, ctx.settings, old).await?;
    // What the public knows keeps its date; what it never saw is dated when it appears.
    let kept = old
        .published_at
        .filter(|_| old.first_published_at.is_some());
    let published_at = kept.unwrap_or(publish_at);
    if published_at > publish_at {
        let detail = "must not be before the article's published_at; change that first.";
        return Err(Error::field("/publish_at", "contradiction", detail));
    }
    let version = old.version + 1;
    let row = ArticleRow {
        status,
        published_at: Some(published_at),
        first_published_at: old.first_published_at.map(|at| at.min(published_at)),
        expires_at,
        version,
        next_version: Some(version),
        next_at: Some(publish_at),
        next_until: expires_at,
        updated_by: Some(edit.by.to_owned()),
        ..old.clone()
    };
    save(conn, old, &row).await?;
    live_copy::write(conn, edit, &row, publish_at).await?;
    let step = RevisionMeta::noted("schedule", note);
    record_state(conn, edit, ctx, (old, &row), step).await?;
    Ok(row)
}

/// Takes back what is scheduled.
///
/// # Errors
/// 412 when it changed meanwhile, 409 when nothing is scheduled.
pub async fn unschedule(
    conn: &mut Conn,
    edit: Edit<'_>,
    ctx: Context<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
    note: Option<&str>,
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    let old = &old.clone().at(edit.now);
    let status = Action::Unschedule.begin(old)?;
    let row = ArticleRow {
        // What is public stays.
        live_version: old.live_version,
        live_until: old.live_until,
        updated_by: Some(edit.by.to_owned()),
        ..withdrawn(old, status)
    };
    save(conn, old, &row).await?;
    live_copy::withdraw_next(conn, &row.id, edit.now).await?;
    live_slugs::make_room(conn, &row.id, edit.now).await?;
    let step = RevisionMeta::noted("unschedule", note);
    record_state(conn, edit, ctx, (old, &row), step).await?;
    Ok(row)
}

/// Takes an article from the public, and what is scheduled of it too.
///
/// # Errors
/// 412 when it changed meanwhile, 409 when it is not published.
pub async fn unpublish(
    conn: &mut Conn,
    edit: Edit<'_>,
    ctx: Context<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
    note: Option<&str>,
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    let old = &old.clone().at(edit.now);
    let status = Action::Unpublish.begin(old)?;
    let row = ArticleRow {
        updated_by: Some(edit.by.to_owned()),
        ..withdrawn(old, status)
    };
    save(conn, old, &row).await?;
    live_copy::withdraw(conn, &row.id, edit.now).await?;
    let step = RevisionMeta::noted("unpublish", note);
    record_state(conn, edit, ctx, (old, &row), step).await?;
    Ok(row)
}

/// Hands an article on: to review or back, into the archive or out of it.
///
/// # Errors
/// 412 when it changed meanwhile, 409 when its state does not take it.
pub async fn pass_on(
    conn: &mut Conn,
    edit: Edit<'_>,
    ctx: Context<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
    (action, note): (Action, Option<&str>),
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    let old = &old.clone().at(edit.now);
    let status = action.begin(old)?;
    let said = matches!(action, Action::Submit | Action::SendBack).then(|| {
        Json(Review {
            action,
            note: note.map(str::to_owned),
            at: edit.now,
            by: edit.by.to_owned(),
        })
    });
    let row = ArticleRow {
        status,
        review: said.or_else(|| old.review.clone()),
        version: old.version + 1,
        updated_by: Some(edit.by.to_owned()),
        ..old.clone()
    };
    save(conn, old, &row).await?;
    let step = RevisionMeta::noted(action.name(), note);
    record_state(conn, edit, ctx, (old, &row), step).await?;
    Ok(row)
}

/// The article of a new version with this status, and nothing of it public or scheduled.
pub(in crate::articles) fn withdrawn(old: &ArticleRow, status: Status) -> ArticleRow {
    ArticleRow {
        status,
        published_at: old.own_date(),
        version: old.version + 1,
        live_version: None,
        live_until: None,
        next_version: None,
        next_at: None,
        next_until: None,
        ..old.clone()
    }
}

/// Writes the row in place of the old one.
///
/// # Errors
/// 412 when somebody was faster.
pub(in crate::articles) async fn save(
    conn: &mut Conn,
    old: &ArticleRow,
    row: &ArticleRow,
) -> Result<()> {
    let update = diesel::update(unchanged(old)).set(row.clone());
    if conn.execute(update).await? == 0 {
        return Err(stale(conn, old).await);
    }
    Ok(())
}

/// The row, as long as nobody changed it.
#[diesel::dsl::auto_type(no_type_alias)]
pub(in crate::articles) fn unchanged(old: &ArticleRow) -> _ {
    let id: String = old.id.clone();
    let version: i64 = old.version;
    articles::table
        .filter(articles::id.eq(id))
        .filter(articles::version.eq(version))
        .filter(articles::deleted_at.is_null())
}

/// The error when someone was faster.
pub(in crate::articles) async fn stale(conn: &mut Conn, old: &ArticleRow) -> Error {
    match store::by_id(conn, &old.id).await {
        Ok(Some(row)) if row.deleted_at.is_none() => stale_version(row.version),
        Ok(_) => Error::not_found("article"),
        Err(error) => error,
    }
}
