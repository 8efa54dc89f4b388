//! The refresh token as a cookie, for tools in a browser.
//!
//! Scripts cannot read it (`HttpOnly`), other sites' pages cannot send it (`SameSite=Strict`),
//! and it goes to the routes that sign in and to no other. What it may do still needs an
//! `Origin` of ours, which a browser sends with every `POST` and no page can forge: a page of
//! another origin of the same site is refused unless a setting names it.

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::app::App;
use crate::auth::ownership::forbidden;
use crate::db::Time;
use crate::error::Result;

const PATH: &str = "/v1/auth";

/// The name of the cookie. Browsers take one that begins with `__Secure-` over TLS only.
#[must_use]
pub fn name(app: &App) -> &'static str {
    if app.settings.auth.cookie_secure {
        "__Secure-masthead_refresh"
    } else {
        "masthead_refresh"
    }
}

/// `Set-Cookie` for a refresh token that is good until then.
#[must_use]
pub fn set(app: &App, token: &str, until: Time, now: Time) -> String {
    let seconds = (until.0 - now.0).max(0) / 1_000;
    line(app, name(app), token, PATH, "Strict", seconds)
}

/// `Set-Cookie` that takes the refresh token away.
#[must_use]
pub fn clear(app: &App) -> String {
    line(app, name(app), "", PATH, "Strict", 0)
}

/// A cookie that scripts cannot read.
pub(super) fn line(
    app: &App,
    name: &str,
    value: &str,
    path: &str,
    same_site: &str,
    seconds: i64,
) -> String {
    let secure = if app.settings.auth.cookie_secure {
        "; Secure"
    } else {
        ""
    };
    format!(
        "{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite={same_site}{secure}"
    )
}

/// The value of a cookie.
pub(super) fn value(request: &HttpRequest, name: &str) -> Option<String> {
    let lines = request.headers().get_all(header::COOKIE);
    let lines = lines.filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';'));
    pairs.find_map(|pair| {
        let (given, value) = pair.split_once('=')?;
        (given.trim() == name).then(|| value.trim().to_owned())
    })
}

/// The refresh token in the request's cookie, if it is there.
///
/// # Errors
/// 403 when it is there and the request does not come from a page of ours.
pub fn refresh_token(app: &App, request: &HttpRequest) -> Result<Option<String>> {
    let Some(token) = value(request, name(app)).filter(|token| !token.is_empty()) else {
        return Ok(None);
    };
    let headers = request.headers();
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &header::HeaderValue| value.to_str().ok())
    };
    let Some(origin) = text(header::ORIGIN) else {
        return Err(forbidden("The refresh cookie requires the header Origin."));
    };
    if !is_ours(app, origin, text(header::HOST)) {
        let detail = "The refresh cookie is not accepted from this origin.";
        return Err(forbidden(detail));
    }
    Ok(Some(token))
}

/// Whether pages of this origin may use the cookie.
fn is_ours(app: &App, origin: &str, host: Option<&str>) -> bool {
    if app
        .settings
        .auth
        .cookie_origins
        .iter()
        .any(|one| one == origin)
    {
        return true;
    }
    let public = url::Url::parse(&app.settings.server.public_url).ok();
    let public = public.map(|url| url.origin().ascii_serialization());
    if public.is_some() {
        return public.as_deref() == Some(origin);
    }
    // Nobody else's page has our own host for its origin.
    let named = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    named.is_some() && named == host
}
