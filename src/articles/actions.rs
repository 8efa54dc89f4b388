//! What is done to articles besides changing them: publish, unpublish.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::access::{Scope, Surroundings, owned};
use super::api::answer;
use super::life;
use super::shape::Shape;
use super::slugs;
use super::store::ArticleRow;
use super::view::EditorialArticle;
use crate::app::Edit;
use crate::auth::Caller;
use crate::auth::permission::{Needs, PublishArticles};
use crate::db::Conn;
use crate::error::{Code, Error, Result};
use crate::http::body::{Body, Nothing};
use crate::http::params::{NoParams, PathReference};
use crate::http::precondition::IfMatch;
use crate::values::Reference;

/// Publishes the working copy: the public sees it from `published_at` on, which is now when the
/// article says nothing of it.
#[utoipa::path(post, path = "/v1/articles/{article}/publish", operation_id = "publishArticle", tag = "Articles",
    params(("article" = Reference, Path, description = "The id or slug of the article.")),
    request_body = Nothing,
    responses((status = 200, description = "The article as it is now.", body = EditorialArticle)),
    security(("bearer" = [])))]
pub async fn publish(
    caller: Caller<PublishArticles>,
    request: HttpRequest,
    article: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    _body: Body<Nothing>,
) -> Result<HttpResponse> {
    let act = async |conn: &mut Conn, edit: Edit<'_>, old: &ArticleRow| {
        life::publish(conn, edit, old, &if_match).await
    };
    let mut conn = caller.write().await?;
    let row = act_on(&caller, &article, &if_match, &mut conn, act).await?;
    let shape = Shape::whole();
    answer(&mut conn, &caller, &request, StatusCode::OK, row, &shape).await
}

/// Takes an article from the public. The working copy stays.
#[utoipa::path(post, path = "/v1/articles/{article}/unpublish", operation_id = "unpublishArticle", tag = "Articles",
    params(("article" = Reference, Path, description = "The id or slug of the article.")),
    request_body = Nothing,
    responses((status = 200, description = "The article as it is now.", body = EditorialArticle)),
    security(("bearer" = [])))]
pub async fn unpublish(
    caller: Caller<PublishArticles>,
    request: HttpRequest,
    article: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    _body: Body<Nothing>,
) -> Result<HttpResponse> {
    let act = async |conn: &mut Conn, edit: Edit<'_>, old: &ArticleRow| {
        life::unpublish(conn, edit, old, &if_match).await
    };
    let mut conn = caller.write().await?;
    let row = act_on(&caller, &article, &if_match, &mut conn, act).await?;
    let shape = Shape::whole();
    answer(&mut conn, &caller, &request, StatusCode::OK, row, &shape).await
}

pub(super) async fn act_on<P: Needs>(
    caller: &Caller<P>,
    article: &PathReference,
    if_match: &IfMatch,
    conn: &mut Conn,
    act: impl AsyncFn(&mut Conn, Edit<'_>, &ArticleRow) -> Result<ArticleRow>,
) -> Result<ArticleRow> {
    let reference = article.or_not_found("article")?;
    let app = caller.app();
    let site = &app.settings.site;
    let scope = &Scope::of(caller);
    let around = Surroundings { site, scope };
    let mut tries = 0;
    loop {
        tries += 1;
        let done = conn
            .transaction(async |conn: &mut Conn| {
                let old = require(conn, &reference, around).await?;
                let edit = caller.edit(&owned(conn, caller, &old).await?)?;
                act(conn, edit, &old).await
            })
            .await;
        match done {
            Err(error) if may_try_again(&error, if_match, tries) => {}
            done => return done,
        }
    }
}

/// Whether a change that was overtaken starts again: it does when it is not bound to a version.
pub(super) fn may_try_again(error: &Error, if_match: &IfMatch, tries: u32) -> bool {
    error.code() == Code::StaleVersion && *if_match == IfMatch::Any && tries < 5
}

/// The article that a change is for, looked up as for a read; but old slugs are not followed.
pub(super) async fn require(
    conn: &mut Conn,
    reference: &Reference,
    around: Surroundings<'_>,
) -> Result<ArticleRow> {
    let found = slugs::get(conn, reference, None, around).await?;
    found.ok_or_else(|| Error::not_found("article"))
}
