//! Transitions and resets of articles over HTTP: review, publication, archive, discard, restore.

use actix_web::{HttpRequest, HttpResponse};
use deserr::Deserr;
use utoipa::ToSchema;

use super::act::perform;
use super::rules::Schedule;
use super::store::transition;
use super::{restore, rules};
use crate::articles::context::WriteContext;
use crate::articles::drafts::version_check::Current;
use crate::articles::response::EditorialArticle;
use crate::articles::revisions::store as revisions;
use crate::auth::Caller;
use crate::auth::permission::{PublishArticles, SubmitArticles, WriteArticles};
use crate::db::{Conn, Time};
use crate::error::{FieldErrors, Result};
use crate::http::body::{Body, Nothing};
use crate::http::params::{NoParams, Number, PathReference};
use crate::http::precondition::IfMatch;
use crate::values::{Reference, Text};

/// Optional details of an action.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"note": "Ready; the figures are checked."}))]
pub struct NoteInput {
    /// Note for other editors, shown in the list of revisions.
    #[deserr(default)]
    #[schema(required = false)]
    pub note: Option<Text<1, 1000>>,
}

/// The period in which an article is to be public.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"publish_at": "2027-01-01T06:00:00+01:00"}))]
pub struct ScheduleInput {
    /// Start of the period, in the future.
    pub publish_at: Time,
    /// End of the period, after `publish_at`. By default the article's `expires_at` applies.
    #[deserr(default)]
    #[schema(required = false)]
    pub expires_at: Option<Time>,
    /// Note for other editors, shown in the list of revisions.
    #[deserr(default)]
    #[schema(required = false)]
    pub note: Option<Text<1, 1000>>,
}

impl ScheduleInput {
    /// The moments that it asks for.
    #[must_use]
    pub fn times(&self) -> Schedule {
        Schedule {
            publish_at: self.publish_at,
            expires_at: self.expires_at,
        }
    }
}

/// Writes the handler of an action that takes nothing but a note.
macro_rules! action {
    ($(#[$doc:meta])* $name:ident, $path:tt, $id:tt, $Needs:ty,
     |$conn:ident, $ctx:ident, $old:ident, $note:ident| $act:expr) => {
        $(#[$doc])*
        #[utoipa::path(post, path = $path, operation_id = $id, tag = "Articles",
            params(("article" = Reference, Path, description = "Id or slug of the article.")),
            request_body = NoteInput,
            responses((status = 200, description = "The updated \
                article.", body = EditorialArticle)),
            security(("bearer" = [])))]
        pub async fn $name(
            caller: Caller<$Needs>,
            request: HttpRequest,
            article: PathReference,
            _params: NoParams,
            if_match: IfMatch,
            Body(said): Body<NoteInput>,
        ) -> Result<HttpResponse> {
            let $note = said.note.as_ref().map(Text::as_str);
            let act = async |$conn: &mut Conn, $ctx: WriteContext<'_>, $old: Current| { $act.await };
            perform(&caller, &request, &article, &if_match, act).await
        }
    };
}

action! {
    /// Publishes the working copy: it is public from `published_at` on, by default from now. A
    /// scheduled article is published now.
    publish, "/v1/articles/{article}/publish", "publishArticle", PublishArticles,
    |conn, ctx, old, note| transition(conn, ctx, old, note, rules::publish)
}

action! {
    /// Cancels the schedule of an article. The published version stays public.
    unschedule, "/v1/articles/{article}/unschedule", "unscheduleArticle", PublishArticles,
    |conn, ctx, old, note| transition(conn, ctx, old, note, rules::unschedule)
}

action! {
    /// Unpublishes an article and cancels its schedule. The working copy is kept.
    unpublish, "/v1/articles/{article}/unpublish", "unpublishArticle", PublishArticles,
    |conn, ctx, old, note| transition(conn, ctx, old, note, rules::unpublish)
}

action! {
    /// Submits an article for review.
    submit, "/v1/articles/{article}/submit", "submitArticle", SubmitArticles,
    |conn, ctx, old, note| transition(conn, ctx, old, note, rules::submit)
}

action! {
    /// Sends an article in review back to its author.
    send_back, "/v1/articles/{article}/send-back", "sendBackArticle", PublishArticles,
    |conn, ctx, old, note| transition(conn, ctx, old, note, rules::send_back)
}

action! {
    /// Archives an article: it cannot be changed until it is reopened.
    archive, "/v1/articles/{article}/archive", "archiveArticle", WriteArticles,
    |conn, ctx, old, note| transition(conn, ctx, old, note, rules::archive)
}

action! {
    /// Reopens an archived article as a draft.
    reopen, "/v1/articles/{article}/reopen", "reopenArticle", WriteArticles,
    |conn, ctx, old, note| transition(conn, ctx, old, note, rules::reopen)
}

action! {
    /// Discards the changes since the article was last published or scheduled. They remain
    /// available as revisions.
    discard, "/v1/articles/{article}/discard", "discardArticleChanges", WriteArticles,
    |conn, ctx, old, note| restore::discard(conn, ctx, old, note)
}

/// Schedules the current working copy for publication. A published article stays public in its
/// present version until then. Later changes are not included unless the article is scheduled
/// again. Publication does not depend on a job: visibility is decided at each read.
#[utoipa::path(post, path = "/v1/articles/{article}/schedule", operation_id = "scheduleArticle", tag = "Articles",
    params(("article" = Reference, Path, description = "Id or slug of the article.")),
    request_body = ScheduleInput,
    responses((status = 200, description = "The updated article.", body = EditorialArticle)),
    security(("bearer" = [])))]
pub async fn schedule(
    caller: Caller<PublishArticles>,
    request: HttpRequest,
    article: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    Body(schedule): Body<ScheduleInput>,
) -> Result<HttpResponse> {
    let note = schedule.note.as_ref().map(Text::as_str);
    let times = schedule.times();
    let act = async |conn: &mut Conn, ctx: WriteContext<'_>, old: Current| {
        let rule = rules::schedule(times);
        transition(conn, ctx, old, note, rule).await
    };
    perform(&caller, &request, &article, &if_match, act).await
}

/// Restores the working copy to an earlier revision, as a new revision. The slug, dates,
/// corrections and assignee are kept. The change is not public until it is published.
#[utoipa::path(post, path = "/v1/articles/{article}/revisions/{number}/restore", operation_id = "restoreRevision", tag = "Revisions",
    params(("article" = Reference, Path, description = "Id or slug of the article."),
        ("number" = i64, Path, description = "Number of the revision.")),
    request_body = Nothing,
    responses((status = 200, description = "The updated article.", body = EditorialArticle)),
    security(("bearer" = [])))]
pub async fn restore_revision(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    article: PathReference,
    number: Number,
    _params: NoParams,
    if_match: IfMatch,
    _body: Body<Nothing>,
) -> Result<HttpResponse> {
    let number = number.get()?;
    let act = async |conn: &mut Conn, ctx: WriteContext<'_>, old: Current| {
        let revision = revisions::numbered(conn, &old.row.id, number).await?;
        Box::pin(restore::restore(conn, ctx, old, &revision)).await
    };
    perform(&caller, &request, &article, &if_match, act).await
}
