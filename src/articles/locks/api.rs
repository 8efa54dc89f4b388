//! Edit locks over HTTP.

use actix_web::{HttpRequest, HttpResponse};
use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

use super::store as lock;
use super::store::{Claim, Lock};
use crate::articles::drafts::lookup::permitted;
use crate::auth::Caller;
use crate::auth::ownership::forbidden;
use crate::auth::permission::{Reach, ReadDrafts, WriteArticles};
use crate::db::Conn;
use crate::error::{FieldErrors, Result};
use crate::http::body::Body;
use crate::http::params::{NoParams, PathReference};
use crate::http::respond;
use crate::values::Reference;

/// Options for taking a lock.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct LockInput {
    /// Whether to take over the lock of another user; requires permission to change all articles.
    #[deserr(default)]
    #[schema(required = false, default = false)]
    pub take_over: bool,
}

/// The edit lock of an article, if any.
#[derive(Debug, Serialize, ToSchema)]
pub struct LockState {
    /// The lock; null if there is none.
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

/// Reads the edit lock of an article.
#[utoipa::path(get, path = "/v1/articles/{article}/lock", operation_id = "getLock", tag = "Articles",
    params(("article" = Reference, Path, description = "Id or slug of the article.")),
    responses((status = 200, description = "The lock and its holder, if any.", body = LockState)),
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

/// Takes or renews the edit lock of an article: call it again before `expires_at`. The lock warns
/// other users but does not stop them; saves are protected by `If-Match`.
#[utoipa::path(put, path = "/v1/articles/{article}/lock", operation_id = "holdLock", tag = "Articles",
    params(("article" = Reference, Path, description = "Id or slug of the article.")),
    request_body = LockInput,
    responses((status = 200, description = "The lock, held by the caller.", body = Lock)),
    security(("bearer" = [])))]
pub async fn put(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    article: PathReference,
    _params: NoParams,
    Body(wish): Body<LockInput>,
) -> Result<HttpResponse> {
    if wish.take_over && caller.principal().reach::<WriteArticles>() != Some(Reach::All) {
        let detail = "Taking over a lock requires permission to change all articles.";
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

/// Releases the caller's edit lock of an article. With permission to change all articles, releases
/// the locks of others as well.
#[utoipa::path(delete, path = "/v1/articles/{article}/lock", operation_id = "releaseLock", tag = "Articles",
    params(("article" = Reference, Path, description = "Id or slug of the article.")),
    responses((status = 204, description = "The lock was released.")),
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
