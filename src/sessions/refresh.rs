//! Going on: another access token for a session.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use deserr::Deserr;
use utoipa::ToSchema;

use super::cookie;
use super::refusals::not_signed_in;
use super::store::{self, Refreshed};
use super::tokens::{Tokens, answer};
use crate::app::App;
use crate::auth::Guest;
use crate::db::Conn;
use crate::error::{Error, FieldErrors, Result};
use crate::http::body::Body;
use crate::http::params::NoParams;
use crate::values::Line;

/// The refresh token; omitted if it is in the cookie.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "mhr_…"}))]
pub struct RefreshInput {
    /// The refresh token, unless it is in the cookie.
    #[deserr(default)]
    #[schema(required = false)]
    pub refresh_token: Option<Line<200>>,
}

impl RefreshInput {
    /// The refresh token of the body, else of the cookie.
    ///
    /// # Errors
    /// 403 for a cookie that does not come from a page of ours.
    pub(super) fn token(&self, app: &App, request: &HttpRequest) -> Result<Option<String>> {
        match &self.refresh_token {
            Some(text) => Ok(Some(text.as_str().to_owned())),
            None => cookie::refresh_token(app, request),
        }
    }
}

/// Issues a new access token and a new refresh token. A refresh token is valid once: its reuse
/// means that it was copied, and ends the session. The cookie is accepted from pages of the
/// server's own origin, or of one in `auth.cookie_origins`.
#[utoipa::path(post, path = "/v1/auth/refresh", operation_id = "refresh", tag = "Sessions",
    request_body = RefreshInput,
    responses((status = 200, description = "New tokens of the session.", body = Tokens)),
    security(()))]
pub async fn refresh(
    guest: Guest,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<RefreshInput>,
) -> Result<HttpResponse> {
    let app = guest.app();
    let in_cookie = input.refresh_token.is_none();
    let text = input.token(app, &request)?;
    let Some(text) = text else {
        let detail = "A refresh token is required: send refresh_token, or the cookie set by a \
                      login with “cookie”.";
        return Err(not_signed_in(detail));
    };
    let now = app.clock.now();
    // Before the writing connection is taken: it may have to make a key.
    let pair = guest.auth().signing.current(guest.db(), now).await?;
    let mut conn = guest.write().await?;
    let done = conn
        .transaction(async |conn: &mut Conn| {
            store::refresh(conn, now, &app.settings.auth, &text).await
        })
        .await?;
    let refused = match done {
        Refreshed::Good(user, open) => {
            let auth = guest.auth();
            return answer(&mut conn, app, auth, &pair, *user, open, in_cookie).await;
        }
        Refreshed::Reused => {
            guest.auth().forget();
            tracing::warn!("refresh token reused: session ended");
            "The refresh token was already used; its session has ended. Sign in again."
        }
        Refreshed::Unknown => "The refresh token is invalid, or its session has ended.",
    };
    let mut error = not_signed_in(refused);
    if in_cookie {
        let clear = HeaderValue::from_str(&cookie::clear(app)).map_err(Error::internal)?;
        error = error.with_header(header::SET_COOKIE, clear);
    }
    Err(error)
}
