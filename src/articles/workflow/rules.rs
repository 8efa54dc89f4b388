//! The rules of the transitions: from the state, the dates and the content of an article to its next
//! row. Pure: nothing is read or written here.

use super::requirements;
use crate::articles::article::Review;
use crate::articles::drafts::document::Document;
use crate::articles::row::ArticleRow;
use crate::articles::states::{Action, Status};
use crate::articles::write_context::WriteContext;
use crate::db::{Json, Time};
use crate::error::{Error, Result};

/// The outcome of a rule: the next row of an article, and the change of its live copies.
pub struct Planned {
    /// The action, as its revision names it.
    pub action: &'static str,
    /// The row.
    pub row: ArticleRow,
    /// The change of the live copies.
    pub live: LiveChange,
}

/// The change of the live copies that a transition makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveChange {
    /// None.
    Nothing,
    /// The public sees the working copy from a moment on.
    Show(Time),
    /// A scheduled copy goes; the one that the public sees stays.
    WithdrawNext,
    /// All copies go.
    Withdraw,
}

/// The moments of a schedule.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// The moment from which the public sees the article.
    pub publish_at: Time,
    /// The moment until which it does; that of the article when it is missing.
    pub expires_at: Option<Time>,
}

/// Publishes the working copy. An article without a publication date gets the current moment; one
/// whose date is to come is scheduled for it, unless it was scheduled already: then it is published
/// now. `None` for an article that is published as it is.
///
/// # Errors
/// 409 when its state does not allow it, 422 for an article that lacks something or has expired.
pub fn publish(
    ctx: &WriteContext<'_>,
    document: &Document,
    _note: Option<&str>,
) -> Result<Option<Planned>> {
    let old = &document.row;
    let status = Action::Publish.begin(old.state())?;
    let dated = old.own_date();
    if let Some(publish_at) = dated.filter(|at| *at > ctx.now) {
        if old.next_version == Some(old.version) {
            return Ok(None);
        }
        let schedule = Schedule {
            publish_at,
            expires_at: old.expires_at,
        };
        return scheduled(ctx, document, schedule).map(Some);
    }
    if old.live_version == Some(old.version) && old.next_version.is_none() {
        return Ok(None);
    }
    requirements::check(ctx.settings, document)?;
    let published_at = dated.unwrap_or(ctx.now);
    if old.expires_at.is_some_and(|until| until <= ctx.now) {
        let detail = "is in the past, so the article would not be visible; change it first.";
        return Err(Error::field("/expires_at", "in_the_past", detail));
    }
    let first = old.first_published_at;
    let next = next(ctx, old, status);
    let row = ArticleRow {
        published_at: Some(published_at),
        first_published_at: Some(first.map_or(published_at, |at| at.min(published_at))),
        live_version: Some(next.version),
        live_until: old.expires_at,
        next_version: None,
        next_at: None,
        next_until: None,
        ..next
    };
    let live = LiveChange::Show(published_at);
    Ok(Some(Planned {
        action: "publish",
        row,
        live,
    }))
}

/// The rule that schedules the working copy as it is now. The public goes on seeing a version that is
/// published until then.
///
/// The rule refuses with 409 when the state of the article does not allow it, and with 422 an article
/// that lacks something and moments that are not to come.
pub fn schedule(
    asked: Schedule,
) -> impl FnOnce(&WriteContext<'_>, &Document, Option<&str>) -> Result<Option<Planned>> {
    move |ctx, document, _note| {
        let old = &document.row;
        Action::Schedule.begin(old.state())?;
        let schedule = Schedule {
            publish_at: asked.publish_at,
            expires_at: asked.expires_at.or(old.expires_at),
        };
        if schedule.publish_at <= ctx.now {
            let detail = "is in the past. Use “publish” to publish now.";
            return Err(Error::field("/publish_at", "in_the_past", detail));
        }
        if schedule
            .expires_at
            .is_some_and(|until| until <= schedule.publish_at)
        {
            let detail = "must be after publish_at.";
            return Err(Error::field("/expires_at", "contradiction", detail));
        }
        scheduled(ctx, document, schedule).map(Some)
    }
}

fn scheduled(ctx: &WriteContext<'_>, document: &Document, schedule: Schedule) -> Result<Planned> {
    let Schedule {
        publish_at,
        expires_at,
    } = schedule;
    let old = &document.row;
    let status = Action::Schedule.begin(old.state())?;
    requirements::check(ctx.settings, document)?;
    // An article that was public keeps its date; another is dated when it appears.
    let kept = old
        .published_at
        .filter(|_| old.first_published_at.is_some());
    let published_at = kept.unwrap_or(publish_at);
    if published_at > publish_at {
        let detail = "must not be before the article's published_at; change that first.";
        return Err(Error::field("/publish_at", "contradiction", detail));
    }
    let next = next(ctx, old, status);
    let row = ArticleRow {
        published_at: Some(published_at),
        first_published_at: old.first_published_at.map(|at| at.min(published_at)),
        expires_at,
        next_version: Some(next.version),
        next_at: Some(publish_at),
        next_until: expires_at,
        ..next
    };
    Ok(Planned {
        action: "schedule",
        row,
        live: LiveChange::Show(publish_at),
    })
}

/// Withdraws a schedule. A version that is published stays.
///
/// # Errors
/// 409 when nothing is scheduled.
pub fn unschedule(
    ctx: &WriteContext<'_>,
    document: &Document,
    _note: Option<&str>,
) -> Result<Option<Planned>> {
    let old = &document.row;
    let status = Action::Unschedule.begin(old.state())?;
    let row = ArticleRow {
        live_version: old.live_version,
        live_until: old.live_until,
        ..withdrawn(ctx, old, status)
    };
    Ok(Some(Planned {
        action: "unschedule",
        row,
        live: LiveChange::WithdrawNext,
    }))
}

/// Takes an article from the public, with a version that is scheduled.
///
/// # Errors
/// 409 when it is not published.
pub fn unpublish(
    ctx: &WriteContext<'_>,
    document: &Document,
    _note: Option<&str>,
) -> Result<Option<Planned>> {
    let status = Action::Unpublish.begin(document.row.state())?;
    Ok(Some(Planned {
        action: "unpublish",
        row: withdrawn(ctx, &document.row, status),
        live: LiveChange::Withdraw,
    }))
}

/// Submits an article for review.
///
/// # Errors
/// 409 when its state does not allow it.
pub fn submit(
    ctx: &WriteContext<'_>,
    document: &Document,
    note: Option<&str>,
) -> Result<Option<Planned>> {
    reviewed(ctx, document, note, Action::Submit)
}

/// Sends an article in review back to its writer.
///
/// # Errors
/// 409 when it is not in review.
pub fn send_back(
    ctx: &WriteContext<'_>,
    document: &Document,
    note: Option<&str>,
) -> Result<Option<Planned>> {
    reviewed(ctx, document, note, Action::SendBack)
}

fn reviewed(
    ctx: &WriteContext<'_>,
    document: &Document,
    note: Option<&str>,
    action: Action,
) -> Result<Option<Planned>> {
    let review = Review {
        action,
        note: note.map(str::to_owned),
        at: ctx.now,
        by: ctx.edit.by.to_owned(),
    };
    let mut planned = passed_on(ctx, document, action)?;
    planned.row.review = Some(Json(review));
    Ok(Some(planned))
}

/// Archives an article: it cannot be changed until it is reopened.
///
/// # Errors
/// 409 when its state does not allow it.
pub fn archive(
    ctx: &WriteContext<'_>,
    document: &Document,
    _note: Option<&str>,
) -> Result<Option<Planned>> {
    passed_on(ctx, document, Action::Archive).map(Some)
}

/// Reopens an archived article as a draft.
///
/// # Errors
/// 409 when it is not archived.
pub fn reopen(
    ctx: &WriteContext<'_>,
    document: &Document,
    _note: Option<&str>,
) -> Result<Option<Planned>> {
    passed_on(ctx, document, Action::Reopen).map(Some)
}

fn passed_on(ctx: &WriteContext<'_>, document: &Document, action: Action) -> Result<Planned> {
    let old = &document.row;
    let status = action.begin(old.state())?;
    Ok(Planned {
        action: action.name(),
        row: next(ctx, old, status),
        live: LiveChange::Nothing,
    })
}

/// The article at its next version, with this status.
fn next(ctx: &WriteContext<'_>, old: &ArticleRow, status: Status) -> ArticleRow {
    ArticleRow {
        status,
        version: old.version + 1,
        updated_by: ctx.by(),
        ..old.clone()
    }
}

/// The article at its next version, with this status and nothing published or scheduled.
pub(in crate::articles) fn withdrawn(
    ctx: &WriteContext<'_>,
    old: &ArticleRow,
    status: Status,
) -> ArticleRow {
    ArticleRow {
        published_at: old.own_date(),
        live_version: None,
        live_until: None,
        next_version: None,
        next_at: None,
        next_until: None,
        ..next(ctx, old, status)
    }
}
