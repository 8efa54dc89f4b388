//! Signing out, here or elsewhere.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::refresh::RefreshInput;
use super::{cookie, store};
use crate::auth::ownership::forbidden;
use crate::auth::{Guest, Person, unauthenticated};
use crate::db::{Conn, Time};
use crate::error::{Error, Result};
use crate::http::body::{Body, Nothing};
use crate::http::params::{NoParams, PathReference};
use crate::http::respond;
use crate::users::credentials;
use crate::values::Reference;

/// Sessions of an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    /// Active sessions, the most recently used first; at most 100.
    data: Vec<Session>,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: String,
    /// Whether it is the session of this request.
    current: bool,
    /// Name of the session: the client that signed in.
    device: Option<String>,
    /// IP address of the login.
    address: Option<String>,
    /// Time of the login.
    created_at: Time,
    /// Time of the last use, to the minute.
    last_used_at: Time,
    /// Time of expiry, unless refreshed.
    expires_at: Time,
}

/// Ends the session of the access token or, without one, of the refresh token. Its tokens become
/// invalid immediately.
#[utoipa::path(post, path = "/v1/auth/logout", operation_id = "logout", tag = "Sessions",
    request_body = RefreshInput,
    responses((status = 204, description = "The session has ended.")),
    security((), ("bearer" = [])))]
pub async fn logout(
    guest: Guest,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<RefreshInput>,
) -> Result<HttpResponse> {
    let app = guest.app();
    let session = match guest.principal() {
        Some(principal) => match principal.session() {
            Some(session) => Some(session.to_owned()),
            None => {
                return Err(forbidden(
                    "An API key has no session; revoke the key instead.",
                ));
            }
        },
        None => {
            let text = input.token(app, &request)?.ok_or_else(unauthenticated)?;
            // One that is not known has nothing to end (RFC 7009, section 2.2).
            store::session_of(&mut guest.db().read().await?, &text).await?
        }
    };
    if let Some(session) = session {
        let now = app.clock.now();
        let mut conn = guest.write().await?;
        conn.transaction(async |conn: &mut Conn| store::revoke(conn, &session, now).await)
            .await?;
        guest.auth().forget();
    }
    let mut answer = respond::deleted();
    let clear = HeaderValue::from_str(&cookie::clear(app)).map_err(Error::internal)?;
    answer.headers_mut().insert(header::SET_COOKIE, clear);
    Ok(answer)
}

/// Ends all sessions of the account, including the current one.
#[utoipa::path(post, path = "/v1/auth/logout-all", operation_id = "logoutAll", tag = "Sessions",
    request_body = Nothing,
    responses((status = 204, description = "All sessions have ended.")),
    security(("bearer" = [])))]
pub async fn logout_all(
    person: Person,
    _params: NoParams,
    _body: Body<Nothing>,
) -> Result<HttpResponse> {
    let caller = person.caller();
    let now = caller.app().clock.now();
    let mut conn = caller.write().await?;
    let id = person.id();
    conn.transaction(async |conn: &mut Conn| credentials::revoke_sessions(conn, id, now).await)
        .await?;
    caller.auth().forget();
    let mut answer = respond::deleted();
    let clear = HeaderValue::from_str(&cookie::clear(caller.app())).map_err(Error::internal)?;
    answer.headers_mut().insert(header::SET_COOKIE, clear);
    Ok(answer)
}

/// Lists one's own sessions.
#[utoipa::path(get, path = "/v1/auth/sessions", operation_id = "listSessions", tag = "Sessions",
    responses((status = 200, description = "The active sessions.", body = SessionList)),
    security(("bearer" = [])))]
pub async fn list(person: Person, request: HttpRequest, _params: NoParams) -> Result<HttpResponse> {
    let caller = person.caller();
    let mut conn = caller.read().await?;
    let rows = store::of_user(&mut conn, person.id(), caller.app().clock.now()).await?;
    let session = |row: store::SessionRow| Session {
        current: row.id == person.session(),
        id: row.id,
        device: row.device,
        address: row.address,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
    };
    let data = rows.into_iter().map(session).collect();
    let bytes = respond::json(&SessionList { data })?;
    Ok(respond::unversioned(&request, bytes))
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = "/v1/auth/sessions/{session}", operation_id = "deleteSession", tag = "Sessions",
    params(("session" = Reference, Path, description = "Id of the session.")),
    responses((status = 204, description = "The session has ended.")),
    security(("bearer" = [])))]
pub async fn delete(
    person: Person,
    session: PathReference,
    _params: NoParams,
) -> Result<HttpResponse> {
    let caller = person.caller();
    let now = caller.app().clock.now();
    let reference = session.or_not_found("session")?;
    let mut conn = caller.write().await?;
    let ended = conn
        .transaction(async |conn: &mut Conn| {
            store::revoke_of(conn, person.id(), reference.as_str(), now).await
        })
        .await?;
    if !ended {
        return Err(Error::not_found("session"));
    }
    caller.auth().forget();
    Ok(respond::deleted())
}
