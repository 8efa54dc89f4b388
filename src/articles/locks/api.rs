//! Edit locks over HTTP.

use actix_web::{HttpRequest, HttpResponse};
use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

use super::store as lock;
use super::store::{Claim, Lock};
use crate::articles::workflow::api::permitted;
use crate::auth::Caller;
use crate::auth::ownership::forbidden;
use crate::auth::permission::{Reach, ReadDrafts, WriteArticles};
use crate::db::Conn;
use crate::error::{FieldErrors, Result};
use crate::http::body::Body;
use crate::http::params::{NoParams, PathReference};
use crate::http::respond;
use crate::values::Reference;

/// How the lock is wanted.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct LockInput {
    /// Whether to take it from somebody else: for those who may change all articles.
    #[deserr(default)]
    #[schema(required = false, default = false)]
    pub take_over: bool,
}

/// Who is editing an article.
#[derive(Debug, Serialize, ToSchema)]
pub struct LockState {
    /// Who; null when nobody is.
    pub lock: Option<Lock>,
}

fn claim<'a>(caller: &'a Caller<WriteArticles>, take_over: bool) -> Claim<'a> {
    let app = caller.app();
    Claim {
        by: &caller.principal().id,
        now: app.clock.now(),
        seconds: app.settings.newsroom.lock_seconds,
        take_over,
    }
}

/// Tells who is editing an article.
#[utoipa::path(get, path = "/v1/articles/{article}/lock", operation_id = "getLock", tag = "Articles",
    params(("article" = Reference, Path, description = "The id or slug of the article.")),
    responses((status = 200, description = "Who is editing it.", body = LockState)),
    security(("bearer" = [])))]
pub async fn get(
    caller: Caller<ReadDrafts>,
    request: HttpRequest,
    article: PathReference,
    _params: NoParams,
) -> Result<HttpResponse> {
    let mut conn = caller.read().await?;
    let row = permitted(&mut conn, &caller, &article).await?;
    let now = caller.app().clock.now();
    let lock = lock::find(&mut conn, &row.id, &caller.principal().id, now).await?;
    let bytes = respond::json(&LockState { lock })?;
    Ok(respond::unversioned(&request, bytes))
}

/// Says that the caller is editing an article, or still is: call it again before `expires_at`. It
/// warns others and stops nobody; what is saved is guarded by `If-Match`.
#[utoipa::path(put, path = "/v1/articles/{article}/lock", operation_id = "holdLock", tag = "Articles",
    params(("article" = Reference, Path, description = "The id or slug of the article.")),
    request_body = LockInput,
    responses((status = 200, description = "The lock, which the caller holds.", body = Lock)),
    security(("bearer" = [])))]
pub async fn put(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    article: PathReference,
    _params: NoParams,
    Body(wish): Body<LockInput>,
) -> Result<HttpResponse> {
    if wish.take_over && caller.principal().reach::<WriteArticles>() != Some(Reach::All) {
        let detail = "Those who may change all articles may take a lock from others.";
        return Err(forbidden(detail));
    }
    let claim = claim(&caller, wish.take_over);
    let mut conn = caller.write().await?;
    let lock = conn
        .transaction(async |conn: &mut Conn| {
            let row = permitted(conn, &caller, &article).await?;
            lock::hold(conn, &row.id, claim).await
        })
        .await?;
    Ok(respond::unversioned(&request, respond::json(&lock)?))
}

/// Says that the caller is not editing an article any more. Those who may change all articles may
/// end what others hold.
#[utoipa::path(delete, path = "/v1/articles/{article}/lock", operation_id = "releaseLock", tag = "Articles",
    params(("article" = Reference, Path, description = "The id or slug of the article.")),
    responses((status = 204, description = "Nobody holds it.")),
    security(("bearer" = [])))]
pub async fn delete(
    caller: Caller<WriteArticles>,
    article: PathReference,
    _params: NoParams,
) -> Result<HttpResponse> {
    let all = caller.principal().reach::<WriteArticles>() == Some(Reach::All);
    let claim = claim(&caller, all);
    let mut conn = caller.write().await?;
    conn.transaction(async |conn: &mut Conn| {
        let row = permitted(conn, &caller, &article).await?;
        lock::release(conn, &row.id, claim).await
    })
    .await?;
    Ok(respond::deleted())
}
