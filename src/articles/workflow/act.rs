//! Acts on one article of a path: looks it up, checks the permission and the version, changes it in one
//! transaction and answers with the outcome.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use crate::app::Edit;
use crate::articles::article::ArticleInput;
use crate::articles::context::{Context, WriteContext};
use crate::articles::draft_access::{Scope, owned};
use crate::articles::drafts::document::{self, Document};
use crate::articles::drafts::version_check::{Current, Overtaken};
use crate::articles::respond::answer;
use crate::articles::revisions::conflicts;
use crate::articles::selection::Selection;
use crate::auth::Caller;
use crate::auth::permission::{Needs, WriteArticles};
use crate::db::Conn;
use crate::error::{Code, Error, Result};
use crate::http::params::PathReference;
use crate::http::precondition::IfMatch;
use crate::values::Slug;

/// An article that was changed, with the connection that the change was made on.
pub(in crate::articles) struct Done {
    pub(in crate::articles) conn: Conn,
    pub(in crate::articles) document: Document,
}

/// Changes an article and answers with it.
///
/// # Errors
/// As for [`act_on`].
pub(in crate::articles) async fn perform<P: Needs>(
    caller: &Caller<P>,
    request: &HttpRequest,
    article: &PathReference,
    if_match: &IfMatch,
    act: impl AsyncFn(&mut Conn, WriteContext<'_>, Current) -> Result<Document>,
) -> Result<HttpResponse> {
    let Done { mut conn, document } = act_on(caller, article, if_match, act).await?;
    let (status, shape) = (StatusCode::OK, Selection::whole());
    answer(&mut conn, caller, request, status, document, &shape).await
}

/// Changes an article in one transaction. A change that was overtaken starts again, unless it is bound
/// to a version.
///
/// # Errors
/// 404, 403 and 412 for an article that the caller may not know of, may not change, or based the change
/// on another version of; those of `act`.
pub(in crate::articles) async fn act_on<P: Needs>(
    caller: &Caller<P>,
    article: &PathReference,
    if_match: &IfMatch,
    act: impl AsyncFn(&mut Conn, WriteContext<'_>, Current) -> Result<Document>,
) -> Result<Done> {
    let reference = article.or_not_found("article")?;
    let scope = &Scope::of(caller);
    let mut tries = 0;
    loop {
        tries += 1;
        let mut conn = caller.write().await?;
        let work = async |conn: &mut Conn| {
            let read = Context::of(caller, scope);
            let found = document::require(conn, &reference, read).await?;
            let edit = caller.edit(&owned(conn, caller, &found.row).await?)?;
            let ctx = WriteContext::new(edit, read);
            let current = current(conn, ctx, found, if_match).await?;
            act(conn, ctx, current).await
        };
        // A write holds much at once: on the heap, not in the future of each handler.
        let done = Box::pin(conn.transaction(work)).await;
        match done {
            Err(error) if *if_match == IfMatch::Any && may_try_again(&error, tries) => {}
            Err(error) => return Err(error),
            Ok(document) => return Ok(Done { conn, document }),
        }
    }
}

/// The document, if the change may be based on its version.
///
/// # Errors
/// 412 saying who changed what since.
pub(in crate::articles) async fn current(
    conn: &mut Conn,
    ctx: WriteContext<'_>,
    found: Document,
    if_match: &IfMatch,
) -> Result<Current> {
    match Current::checked(found, if_match, ctx.now) {
        Ok(current) => Ok(current),
        // Before anything is written: after a failure PostgreSQL answers nothing more.
        Err(Overtaken(found)) => Err(conflicts::explain(conn, &found, if_match).await),
    }
}

/// Whether a change that was overtaken may start again.
pub(in crate::articles) fn may_try_again(error: &Error, tries: u32) -> bool {
    error.code() == Code::StaleVersion && tries < 5
}

/// The stamp for an article that `input` puts into a section and a locale.
///
/// # Errors
/// 403 for a key that is limited to others.
pub(in crate::articles) fn edit_into<'a>(
    caller: &'a Caller<WriteArticles>,
    input: &ArticleInput,
) -> Result<Edit<'a>> {
    let section = input.section.as_ref().map(Slug::as_str);
    let default = &caller.app().settings.site.default_locale;
    caller.edit_in(section, input.locale.as_ref().unwrap_or(default).as_str())
}
