//! What is done to articles besides changing them: review, schedule, publish, take back, put away.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use deserr::Deserr;
use utoipa::ToSchema;

use super::allowed::Action;
use super::store as workflow;
use crate::app::Edit;
use crate::articles::access::{Scope, owned};
use crate::articles::context::Context;
use crate::articles::drafts::slugs;
use crate::articles::respond::answer;
use crate::articles::response::EditorialArticle;
use crate::articles::revisions::conflicts;
use crate::articles::revisions::restore::discard as discard_changes;
use crate::articles::row::ArticleRow;
use crate::articles::selection::Selection;
use crate::auth::Caller;
use crate::auth::permission::{Needs, PublishArticles, SubmitArticles, WriteArticles};
use crate::db::{Conn, Time};
use crate::error::{Code, Error, FieldErrors, Result};
use crate::http::body::Body;
use crate::http::params::{NoParams, PathReference};
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

/// Writes the handler of what is done to an article with nothing more to say than a note.
macro_rules! action {
    ($(#[$doc:meta])* $name:ident, $path:tt, $id:tt, $Needs:ty,
     |$conn:ident, $edit:ident, $ctx:ident, $old:ident, $if_match:ident, $note:ident| $act:expr) => {
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
            let ($if_match, $note) = (&if_match, said.note.as_ref().map(Text::as_str));
            let act = async |$conn: &mut Conn,
                             $edit: Edit<'_>,
                             $ctx: Context<'_>,
                             $old: &ArticleRow| { $act.await };
            perform(&caller, &request, &article, $if_match, act).await
        }
    };
}

action! {
    /// Publishes the working copy: it is public from `published_at` on, by default from now. A
    /// scheduled article is published now.
    publish, "/v1/articles/{article}/publish", "publishArticle", PublishArticles,
    |conn, edit, ctx, old, if_match, note| workflow::publish(conn, edit, ctx, old, if_match, note)
}

action! {
    /// Cancels the schedule of an article. The published version stays public.
    unschedule, "/v1/articles/{article}/unschedule", "unscheduleArticle", PublishArticles,
    |conn, edit, ctx, old, if_match, note| workflow::unschedule(conn, edit, ctx, old, if_match, note)
}

action! {
    /// Unpublishes an article and cancels its schedule. The working copy is kept.
    unpublish, "/v1/articles/{article}/unpublish", "unpublishArticle", PublishArticles,
    |conn, edit, ctx, old, if_match, note| workflow::unpublish(conn, edit, ctx, old, if_match, note)
}

action! {
    /// Submits an article for review.
    submit, "/v1/articles/{article}/submit", "submitArticle", SubmitArticles,
    |conn, edit, ctx, old, if_match, note| workflow::pass_on(conn, edit, ctx, old, if_match, (Action::Submit, note))
}

action! {
    /// Sends an article in review back to its author.
    send_back, "/v1/articles/{article}/send-back", "sendBackArticle", PublishArticles,
    |conn, edit, ctx, old, if_match, note| workflow::pass_on(conn, edit, ctx, old, if_match, (Action::SendBack, note))
}

action! {
    /// Archives an article: it cannot be changed until it is reopened.
    archive, "/v1/articles/{article}/archive", "archiveArticle", WriteArticles,
    |conn, edit, ctx, old, if_match, note| workflow::pass_on(conn, edit, ctx, old, if_match, (Action::Archive, note))
}

action! {
    /// Reopens an archived article as a draft.
    reopen, "/v1/articles/{article}/reopen", "reopenArticle", WriteArticles,
    |conn, edit, ctx, old, if_match, note| workflow::pass_on(conn, edit, ctx, old, if_match, (Action::Reopen, note))
}

action! {
    /// Discards the changes since the article was last published or scheduled. They remain
    /// available as revisions.
    discard, "/v1/articles/{article}/discard", "discardArticleChanges", WriteArticles,
    |conn, edit, ctx, old, if_match, note| discard_changes(conn, edit, ctx, old, if_match, note)
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
    let act = async |conn: &mut Conn, edit: Edit<'_>, ctx: Context<'_>, old: &ArticleRow| {
        let times = (schedule.publish_at, schedule.expires_at);
        let note = schedule.note.as_ref().map(Text::as_str);
        workflow::schedule(conn, edit, ctx, old, &if_match, times, note).await
    };
    perform(&caller, &request, &article, &if_match, act).await
}

/// Does something to an article and answers with what it is then.
pub(in crate::articles) async fn perform<P: Needs>(
    caller: &Caller<P>,
    request: &HttpRequest,
    article: &PathReference,
    if_match: &IfMatch,
    act: impl AsyncFn(&mut Conn, Edit<'_>, Context<'_>, &ArticleRow) -> Result<ArticleRow>,
) -> Result<HttpResponse> {
    let row = act_on(caller, article, if_match, act).await?;
    let mut conn = caller.read().await?;
    answer(
        &mut conn,
        caller,
        request,
        StatusCode::OK,
        row,
        &Selection::whole(),
    )
    .await
}

/// Does something to an article in one transaction; what was overtaken starts again, unless it is
/// bound to a version.
pub(in crate::articles) async fn act_on<P: Needs>(
    caller: &Caller<P>,
    article: &PathReference,
    if_match: &IfMatch,
    act: impl AsyncFn(&mut Conn, Edit<'_>, Context<'_>, &ArticleRow) -> Result<ArticleRow>,
) -> Result<ArticleRow> {
    let reference = article.or_not_found("article")?;
    let scope = &Scope::of(caller);
    let ctx = Context::of(caller, scope);
    let mut tries = 0;
    loop {
        tries += 1;
        let mut conn = caller.write().await?;
        let done = conn
            .transaction(async |conn: &mut Conn| {
                let old = require(conn, &reference, ctx).await?;
                let edit = caller.edit(&owned(conn, caller, &old).await?)?;
                // Before anything is written: after a failure PostgreSQL answers nothing more.
                if if_match.check(old.version).is_err() {
                    return Err(conflicts::explain(conn, &old, if_match).await);
                }
                act(conn, edit, ctx, &old).await
            })
            .await;
        match done {
            Err(error) if *if_match == IfMatch::Any && may_try_again(&error, tries) => {}
            done => return done,
        }
    }
}

/// Whether a change that was overtaken may look again.
pub(in crate::articles) fn may_try_again(error: &Error, tries: u32) -> bool {
    error.code() == Code::StaleVersion && tries < 5
}

/// The article of a path, if the caller may do with it what they are for.
///
/// # Errors
/// 404 when there is none that they may know of, 403 when they may not.
pub(in crate::articles) async fn permitted<P: Needs>(
    conn: &mut Conn,
    caller: &Caller<P>,
    article: &PathReference,
) -> Result<ArticleRow> {
    let reference = article.or_not_found("article")?;
    let scope = &Scope::of(caller);
    let row = require(conn, &reference, Context::of(caller, scope)).await?;
    caller.permit(&owned(conn, caller, &row).await?)?;
    Ok(row)
}

/// The article that a change is for, looked up as for a read; but old slugs are not followed.
pub(in crate::articles) async fn require(
    conn: &mut Conn,
    reference: &Reference,
    ctx: Context<'_>,
) -> Result<ArticleRow> {
    let found = slugs::get(conn, reference, &[], ctx).await?;
    found.ok_or_else(|| Error::not_found("article"))
}
