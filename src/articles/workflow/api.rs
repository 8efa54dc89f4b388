//! What is done to articles besides changing them: review, schedule, publish, take back, put away.

use actix_web::{HttpRequest, HttpResponse};
use deserr::Deserr;
use utoipa::ToSchema;

use super::act::perform;
use super::rules::Schedule;
use super::store::transition;
use super::{restore, rules};
use crate::articles::drafts::version_check::Current;
use crate::articles::response::EditorialArticle;
use crate::articles::revisions::store as revisions;
use crate::articles::write_context::WriteContext;
use crate::auth::Caller;
use crate::auth::permission::{PublishArticles, SubmitArticles, WriteArticles};
use crate::db::{Conn, Time};
use crate::error::{FieldErrors, Result};
use crate::http::body::{Body, Nothing};
use crate::http::params::{NoParams, Number, PathReference};
use crate::http::precondition::IfMatch;
use crate::values::{Reference, Text};

/// What may be said about what is done.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"note": "Ready; the figures are checked."}))]
pub struct NoteInput {
    /// For those who work on the article; the list of revisions shows it.
    #[deserr(default)]
    #[schema(required = false)]
    pub note: Option<Text<1, 1000>>,
}

/// From when until when the public is to see an article.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"publish_at": "2027-01-01T06:00:00+01:00"}))]
pub struct ScheduleInput {
    /// From when on; to come.
    pub publish_at: Time,
    /// Until when; after `publish_at`. Without it the article's own `expires_at` holds.
    #[deserr(default)]
    #[schema(required = false)]
    pub expires_at: Option<Time>,
    /// For those who work on the article; the list of revisions shows it.
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
            params(("article" = Reference, Path, description = "The id or slug of the article.")),
            request_body = NoteInput,
            responses((status = 200, description = "The article as it is now.", body = EditorialArticle)),
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
    /// Publishes the working copy: the public sees it from `published_at` on, which is now when the
    /// article says nothing of it. What is scheduled is published now.
    publish, "/v1/articles/{article}/publish", "publishArticle", PublishArticles,
    |conn, ctx, old, note| transition(conn, ctx, old, note, rules::publish)
}

action! {
    /// Takes back what is scheduled. What is public stays.
    unschedule, "/v1/articles/{article}/unschedule", "unscheduleArticle", PublishArticles,
    |conn, ctx, old, note| transition(conn, ctx, old, note, rules::unschedule)
}

action! {
    /// Takes an article from the public, and what is scheduled of it too. The working copy stays.
    unpublish, "/v1/articles/{article}/unpublish", "unpublishArticle", PublishArticles,
    |conn, ctx, old, note| transition(conn, ctx, old, note, rules::unpublish)
}

action! {
    /// Hands an article to those who may publish it.
    submit, "/v1/articles/{article}/submit", "submitArticle", SubmitArticles,
    |conn, ctx, old, note| transition(conn, ctx, old, note, rules::submit)
}

action! {
    /// Gives an article that is in review back to whoever writes it.
    send_back, "/v1/articles/{article}/send-back", "sendBackArticle", PublishArticles,
    |conn, ctx, old, note| transition(conn, ctx, old, note, rules::send_back)
}

action! {
    /// Puts an article away: it is not changed until it is taken up again.
    archive, "/v1/articles/{article}/archive", "archiveArticle", WriteArticles,
    |conn, ctx, old, note| transition(conn, ctx, old, note, rules::archive)
}

action! {
    /// Takes an archived article up again, as a draft.
    reopen, "/v1/articles/{article}/reopen", "reopenArticle", WriteArticles,
    |conn, ctx, old, note| transition(conn, ctx, old, note, rules::reopen)
}

action! {
    /// Drops what was changed since the article was published or scheduled last. What was dropped stays
    /// among the revisions.
    discard, "/v1/articles/{article}/discard", "discardArticleChanges", WriteArticles,
    |conn, ctx, old, note| restore::discard(conn, ctx, old, note)
}

/// Lets the public see the working copy, as it is now, from a moment to come. Of an article that is
/// published it goes on seeing what it sees until then. Changes that are made later are not part
/// of it until it is scheduled again. No job has to run: whether the public sees it is decided
/// when it is read.
#[utoipa::path(post, path = "/v1/articles/{article}/schedule", operation_id = "scheduleArticle", tag = "Articles",
    params(("article" = Reference, Path, description = "The id or slug of the article.")),
    request_body = ScheduleInput,
    responses((status = 200, description = "The article as it is now.", body = EditorialArticle)),
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

/// Makes the working copy what it was at a revision, as a new one. Its address, its dates, its
/// corrections and who is to work on it stay. The public does not see it until it is published.
#[utoipa::path(post, path = "/v1/articles/{article}/revisions/{number}/restore", operation_id = "restoreRevision", tag = "Revisions",
    params(("article" = Reference, Path, description = "The id or slug of the article."),
        ("number" = i64, Path, description = "The number of the revision.")),
    request_body = Nothing,
    responses((status = 200, description = "The article as it is now.", body = EditorialArticle)),
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
        restore::restore(conn, ctx, old, &revision).await
    };
    perform(&caller, &request, &article, &if_match, act).await
}
