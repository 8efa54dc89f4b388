//! The access token of a login, and its refresh token.

use std::net::IpAddr;

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::cookie;
use super::refusals::refused;
use super::store::{self, Device, Open};
use crate::app::App;
use crate::auth::Auth;
use crate::auth::credentials::signing::Pair;
use crate::auth::credentials::token::{Claims, sign};
use crate::db::{Conn, Time};
use crate::error::{Error, Result};
use crate::http::client::client_address;
use crate::http::respond;
use crate::users::store::{self as accounts, UserRow};
use crate::users::user::User;

/// The tokens of a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tokens {
    /// Access token for `Authorization: Bearer …` (a JWT, RFC 9068).
    access_token: String,
    /// Token type: `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Lifetime of the access token in seconds.
    #[schema(example = 600, minimum = 1)]
    expires_in: i64,
    /// Refresh token for `POST /v1/auth/refresh`, valid once; null if it is in a cookie.
    refresh_token: Option<String>,
    /// The session.
    #[schema(value_type = uuid::Uuid)]
    session: String,
    /// The account that signed in.
    user: User,
}

/// Where a request comes from, to be shown among the sessions.
#[must_use]
pub fn device(app: &App, request: &HttpRequest, name: Option<&str>) -> Device {
    let agent = request.headers().get(header::USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok());
    let name = name.or(agent).map(|name| name.chars().take(300).collect());
    let address: IpAddr = client_address(app, request);
    Device {
        name,
        address: Some(address.to_string()),
    }
}

/// Starts a session for somebody who has proved who they are, and answers with its tokens; `pair`
/// signs the access token. (It is to be had before the writing connection is taken.)
///
/// # Errors
/// 401 when the account changed while they did.
pub async fn begin(
    conn: &mut Conn,
    app: &App,
    auth: &Auth,
    pair: &Pair,
    user: UserRow,
    device: &Device,
    in_cookie: bool,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let (user, open) = conn
        .transaction(async |conn: &mut Conn| {
            let settings = &app.settings.auth;
            let open = store::start(conn, &app.ids, now, settings, &user, device).await?;
            let open = open.ok_or_else(refused)?;
            let user = accounts::require(conn, &user.id).await?;
            Ok::<_, Error>((user, open))
        })
        .await?;
    answer(conn, app, auth, pair, user, open, in_cookie).await
}

/// Answers with the tokens of a session; `pair` signs the access token.
///
/// # Errors
/// When the database cannot be reached.
pub async fn answer(
    conn: &mut Conn,
    app: &App,
    auth: &Auth,
    pair: &Pair,
    user: UserRow,
    open: Open,
    in_cookie: bool,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let claims = claims(app, auth, &user, &open, now);
    let tokens = Tokens {
        access_token: sign(pair, &claims)?,
        token_type: "Bearer",
        expires_in: claims.exp - claims.iat,
        refresh_token: (!in_cookie).then(|| open.refresh.text.clone()),
        session: open.id,
        user: accounts::show(conn, user).await?,
    };
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "private, no-store"));
    if in_cookie {
        let set = cookie::set(app, &open.refresh.text, open.expires_at, now);
        let set = HeaderValue::from_str(&set).map_err(Error::internal)?;
        answer.insert_header((header::SET_COOKIE, set));
    }
    Ok(answer.body(respond::json(&tokens)?))
}

fn claims(app: &App, auth: &Auth, user: &UserRow, open: &Open, now: Time) -> Claims {
    let issued = now.0.div_euclid(1_000);
    let lasts = i64::from(app.settings.auth.access_minutes) * 60;
    Claims {
        iss: auth.parties().issuer.clone(),
        aud: auth.parties().audience.clone(),
        sub: user.id.clone(),
        sid: open.id.clone(),
        role: user.role,
        jti: app.ids.next(),
        iat: issued,
        exp: (issued + lasts).min(open.expires_at.0.div_euclid(1_000)),
    }
}
