//! Going on: another access token for a session.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use deserr::Deserr;
use utoipa::ToSchema;

use super::cookie;
use super::store::{self, Refreshed};
use super::tokens::{Tokens, answer};
use crate::auth::Guest;
use crate::db::Conn;
use crate::error::{Code, Error, FieldErrors, Result};
use crate::http::body::Body;
use crate::http::params::NoParams;
use crate::values::Line;

/// What refreshes a session; nothing when the cookie has it.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "mhr_…"}))]
pub struct RefreshInput {
    /// The refresh token, unless the cookie has it.
    #[deserr(default)]
    #[schema(required = false)]
    pub refresh_token: Option<Line<200>>,
}

/// Gives another access token and another refresh token. A refresh token is good once: one
/// that comes back was copied, and ends the session. The cookie is taken from pages of our own
/// origin, or of one in `auth.cookie_origins`.
#[utoipa::path(post, path = "/v1/auth/refresh", operation_id = "refresh", tag = "Sessions",
    request_body = RefreshInput,
    responses((status = 200, description = "The next tokens of the session.", body = Tokens)),
    security(()))]
pub async fn refresh(
    guest: Guest,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<RefreshInput>,
) -> Result<HttpResponse> {
    let app = guest.app();
    let (text, in_cookie) = match &input.refresh_token {
        Some(text) => (Some(text.as_str().to_owned()), false),
        None => (cookie::refresh_token(app, &request)?, true),
    };
    let Some(text) = text else {
        let detail = "Send refresh_token, or the cookie that a login with “cookie” set.";
        return Err(Error::new(Code::InvalidCredentials, detail));
    };
    let now = app.clock.now();
    // Before the connection for writing is taken: the first key is written by another.
    let pair = guest.auth().signing.current(guest.db(), now).await?;
    let mut conn = guest.db().write().await?;
    let done = conn
        .transaction(async |conn: &mut Conn| {
            store::refresh(conn, now, &app.settings.auth, &text).await
        })
        .await?;
    let refused = match done {
        Refreshed::Good(user, open) => {
            let auth = guest.auth();
            return answer(&mut conn, &pair, app, auth, *user, open, in_cookie).await;
        }
        Refreshed::Reused => {
            guest.auth().forget();
            tracing::warn!("a refresh token came back that had been used: its session is void");
            "The refresh token was used before; its session is over. Sign in again."
        }
        Refreshed::Unknown => "The refresh token is not valid, or its session is over.",
    };
    let mut error = Error::new(Code::InvalidCredentials, refused);
    if in_cookie {
        let clear = HeaderValue::from_str(&cookie::clear(app)).map_err(Error::internal)?;
        error = error.with_header(header::SET_COOKIE, clear);
    }
    Err(error)
}
