//! Single sign-on by OpenID Connect: the authorization code flow with PKCE.
//!
//! A browser is sent to the provider with a state that is good once, a nonce that the ID token
//! must repeat, and a cookie without which the state is worth nothing: nobody can begin a
//! sign-on that somebody else ends. What comes of it is a session like any other, its refresh
//! token in the cookie.

mod http;
mod people;
mod provider;
pub mod returns;
mod roles;
mod store;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use url::Url;

use self::people::admit;
use self::provider::{Fault, Provider};
use self::returns::{ERROR_PARAMETER, Returns};
use self::roles::RoleMapping;
use self::store::{Begun, SignOn};
use super::cookie;
use super::refusals::not_signed_in;
use super::store::Open;
use super::tokens::device;
use crate::app::App;
use crate::auth::Guest;
use crate::auth::credentials::random::{hash, secret};
use crate::config::Settings;
use crate::db::Conn;
use crate::error::{Code, Error, FieldError, Result};
use crate::http::client::client_address;
use crate::http::params::Params;

/// The paths to which the cookie is sent.
const COOKIE_PATH: &str = "/v1/auth/oidc";
/// Where somebody is led who did not say where to.
const SIGNED_IN: &str = "/account#signed-in";

/// Single sign-on as the settings have it; empty where there is none.
pub struct Oidc(Option<Parts>);

struct Parts {
    provider: Provider,
    returns: Returns,
    roles: RoleMapping,
}

impl Oidc {
    /// Reads the settings. The provider is not asked before somebody signs on.
    ///
    /// # Errors
    /// Names the setting that cannot be used, in one line.
    pub fn new(settings: &Settings) -> std::result::Result<Self, String> {
        if settings.oidc.issuer.is_empty() {
            return Ok(Self(None));
        }
        Ok(Self(Some(Parts {
            provider: Provider::new(settings)?,
            returns: Returns::new(&settings.oidc.return_urls)?,
            roles: RoleMapping::new(&settings.oidc)?,
        })))
    }

    fn parts(&self) -> Result<&Parts> {
        let detail = "Single sign-on is not configured.";
        let parts = self.0.as_ref();
        parts.ok_or_else(|| Error::new(Code::NotFound, detail))
    }
}

/// Why somebody is not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// They or the provider did not want it, or they have no role here.
    Denied,
    /// The provider does not vouch for their e-mail address.
    NotVerified,
    /// They have no account here.
    UnknownAccount,
    /// Their account is suspended.
    Suspended,
    /// The provider did not prove who they are.
    Failed,
    /// The provider cannot be reached.
    Unreachable,
}

impl Refused {
    /// The code given to the page that they are led back to.
    fn name(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::NotVerified => "not_verified",
            Self::UnknownAccount => "unknown_account",
            Self::Suspended => "suspended",
            Self::Failed | Self::Unreachable => "failed",
        }
    }

    /// The error shown to them when there is no such page.
    fn problem(self) -> Error {
        let error = match self {
            Self::Denied => not_signed_in("The sign-on was cancelled, or you have no role here."),
            Self::NotVerified => {
                not_signed_in("The provider has not verified your e-mail address.")
            }
            Self::UnknownAccount => {
                not_signed_in("You have no account here; ask an admin for one.")
            }
            Self::Suspended => not_signed_in("Your account is suspended."),
            Self::Failed => not_signed_in("The sign-on failed; start again."),
            Self::Unreachable => Error::new(
                Code::Unavailable,
                "The single sign-on provider is unavailable; try again later.",
            ),
        };
        error.with(ERROR_PARAMETER, self.name())
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        let (refused, why) = match fault {
            Fault::Unreachable(why) => (Self::Unreachable, why),
            Fault::Refused(why) => (Self::Failed, why),
        };
        tracing::warn!(?why, "single sign-on failed");
        refused
    }
}

/// Starts a single sign-on: redirects the browser to the provider, which redirects back to
/// `/v1/auth/oidc/callback`. To be opened in a browser as a page.
#[utoipa::path(get, path = "/v1/auth/oidc/start", operation_id = "startSignOn", tag = "Sessions",
    params(("return_to" = Option<String>, Query, description = "Target of the final redirect: one of the URLs in `oidc.return_urls`, with any query. \
        Default: the account page.", max_length = 2048)),
    responses(
        (status = 302, description = "Redirect to the provider.", headers(
            ("Location" = String, description = "The provider's login page."),
            ("Set-Cookie" = String, description = "Cookie that binds the sign-on to the browser."))),
        (status = 303, description = "Redirect to `return_to`: the provider is unavailable.", headers(
            ("Location" = String, description = "`return_to` with `sign_on_error=failed`.")))),
    security(()))]
pub async fn start(
    guest: Guest,
    request: HttpRequest,
    oidc: web::Data<Oidc>,
    mut params: Params,
) -> Result<HttpResponse> {
    let return_to = match &oidc.0 {
        Some(parts) => params.parsed("return_to", |text| parts.returns.check(text)),
        None => params.one("return_to").and(None),
    };
    params.finish()?;
    let parts = oidc.parts()?;
    let app = guest.app();
    let standing = app.limits.sign_on(client_address(app, &request))?;
    let begun = begin(&guest, parts, return_to.as_ref()).await;
    let answer = match begun {
        Ok(Ok((address, cookie))) => redirect(StatusCode::FOUND, address.as_str(), &[cookie]),
        Ok(Err(refused)) => refuse(refused, return_to.as_ref(), &[]),
        Err(error) => Err(error),
    };
    let mut answer = answer.map_err(|error| standing.on(error))?;
    standing.add_to(answer.headers_mut());
    Ok(answer)
}

/// The provider's address, and the cookie to go there with.
async fn begin(
    guest: &Guest,
    parts: &Parts,
    return_to: Option<&Url>,
) -> Result<std::result::Result<(Url, String), Refused>> {
    let app = guest.app();
    let now = app.clock.now();
    let (state, browser, nonce, verifier) = (secret("")?, secret("")?, secret("")?, secret("")?);
    let address = parts
        .provider
        .address(now, &state.text, &nonce.text, &verifier.text)
        .await;
    let address = match address {
        Ok(address) => address,
        Err(fault) => return Ok(Err(fault.into())),
    };
    let begun = Begun {
        state_hash: state.hash,
        browser_hash: browser.hash,
        nonce: nonce.text,
        verifier: verifier.text,
        return_to: return_to.map(Url::to_string),
    };
    let mut conn = guest.write().await?;
    conn.transaction(async |conn: &mut Conn| store::add(conn, now, &begun).await)
        .await?;
    let cookie = cookie(app, &browser.text, store::LASTS_MS / 1_000);
    Ok(Ok((address, cookie)))
}

/// The provider's parameters in the address that it leads a browser back to.
struct Told {
    code: Option<String>,
    error: Option<String>,
    issuer: Option<String>,
}

/// Completes a single sign-on: the provider redirects the browser here. Starts a session, sets its
/// refresh token as a cookie, and redirects to the `return_to` of the sign-on; if it fails,
/// `sign_on_error` there gives the reason: `denied`, `not_verified`, `unknown_account`, `suspended`
/// or `failed`. Unknown parameters are ignored, since they come from the provider.
#[utoipa::path(get, path = "/v1/auth/oidc/callback", operation_id = "endSignOn", tag = "Sessions",
    params(
        ("state" = String, Query, description = "State of the sign-on; valid once.", example = "…"),
        ("code" = Option<String>, Query, description = "Authorization code, to be exchanged for the ID token."),
        ("error" = Option<String>, Query, description = "Error code of a sign-on refused by the provider."),
        ("error_description" = Option<String>, Query, description = "Description of the error; ignored."),
        ("iss" = Option<String>, Query, description = "Issuer, if sent by the provider (RFC 9207); must be the configured one.")),
    responses(
        (status = 303, description = "Redirect back to the application, signed in or not.", headers(
            ("Location" = String, description = "`return_to`, or the account page; with `sign_on_error` if the sign-on failed."),
            ("Set-Cookie" = String, description = "The refresh token, and the deletion of the sign-on cookie.")))),
    security(()))]
pub async fn callback(
    guest: Guest,
    request: HttpRequest,
    oidc: web::Data<Oidc>,
    mut params: Params,
) -> Result<HttpResponse> {
    let parts = oidc.parts()?;
    let state = params.one("state");
    let told = Told {
        code: params.one("code"),
        error: params.one("error"),
        issuer: params.one("iss"),
    };
    if state.is_none() {
        params.refuse("state", "missing", "is required.");
    }
    params.finish_leniently()?;
    let app = guest.app();
    let sign_on = take(&guest, &request, &state.unwrap_or_default()).await?;
    // The settings may have changed meanwhile.
    let return_to = sign_on.return_to.as_deref();
    let return_to = return_to.and_then(|text| parts.returns.check(text).ok());
    let done = finish(&guest, parts, &request, sign_on, told).await;
    let clear = cookie(app, "", 0);
    match done {
        Ok(Ok(open)) => {
            let now = app.clock.now();
            let set = cookie::set(app, &open.refresh.text, open.expires_at, now);
            let to = return_to.as_ref().map_or(SIGNED_IN, Url::as_str);
            redirect(StatusCode::SEE_OTHER, to, &[set, clear])
        }
        Ok(Err(refused)) => refuse(refused, return_to.as_ref(), &[clear]),
        Err(error) if return_to.is_some() => {
            tracing::error!(%error, "single sign-on failed");
            refuse(Refused::Failed, return_to.as_ref(), &[clear])
        }
        Err(error) => Err(error),
    }
}

/// Takes the sign-on of a state, which is gone whatever comes of it.
///
/// # Errors
/// 400 when it is not there, has ended, or was begun by another browser: all alike.
async fn take(guest: &Guest, request: &HttpRequest, state: &str) -> Result<SignOn> {
    let refused = || {
        let detail =
            "is invalid: it was used, has expired or belongs to another browser; start again.";
        let error = FieldError::parameter("state", "not_good", detail);
        Error::fields(Code::InvalidParameter, vec![error])
    };
    // Whoever sends just anything costs no write.
    let found = store::find(&mut guest.db().read().await?, state).await?;
    let found = found.ok_or_else(refused)?;
    let mut conn = guest.write().await?;
    let is_there = conn
        .transaction(async |conn: &mut Conn| store::delete(conn, state).await)
        .await?;
    let app = guest.app();
    let browser = cookie::value(request, cookie_name(app));
    let is_same = browser.is_some_and(|browser| hash(&browser) == found.browser_hash);
    if is_there && is_same && app.clock.now() < found.expires_at {
        Ok(found)
    } else {
        Err(refused())
    }
}

async fn finish(
    guest: &Guest,
    parts: &Parts,
    request: &HttpRequest,
    sign_on: SignOn,
    told: Told,
) -> Result<std::result::Result<Open, Refused>> {
    let app = guest.app();
    if told
        .issuer
        .is_some_and(|issuer| !parts.provider.is(&issuer))
    {
        tracing::warn!("single sign-on failed: the response is from another provider");
        return Ok(Err(Refused::Failed));
    }
    let code = match (told.error, told.code) {
        (None, Some(code)) => code,
        (error, _) => {
            let error = error.unwrap_or_default();
            let why: String = error.chars().take(50).collect();
            tracing::info!(?why, "the provider refused the sign-on");
            return Ok(Err(if error == "access_denied" {
                Refused::Denied
            } else {
                Refused::Failed
            }));
        }
    };
    let SignOn {
        nonce, verifier, ..
    } = sign_on;
    let who = parts
        .provider
        .identify(&app.clock, code, &nonce, verifier)
        .await;
    let who = match who {
        Ok(who) => who,
        Err(fault) => return Ok(Err(fault.into())),
    };
    let device = device(app, request, None);
    let mut conn = guest.write().await?;
    let done = conn
        .transaction(async |conn: &mut Conn| admit(conn, app, &parts.roles, &who, &device).await)
        .await?;
    match &done {
        // The role may have changed.
        Ok(_) => guest.auth().forget(),
        Err(refused) => {
            let (why, subject) = (refused.name(), who.subject.as_str());
            tracing::info!(why, ?subject, "single sign-on refused");
        }
    }
    Ok(done)
}

fn refuse(refused: Refused, return_to: Option<&Url>, cookies: &[String]) -> Result<HttpResponse> {
    let Some(url) = return_to else {
        let mut error = refused.problem();
        for cookie in cookies {
            error = error.with_header(header::SET_COOKIE, value(cookie)?);
        }
        return Err(error);
    };
    let mut url = url.clone();
    url.query_pairs_mut()
        .append_pair(ERROR_PARAMETER, refused.name());
    redirect(StatusCode::SEE_OTHER, url.as_str(), cookies)
}

fn redirect(status: StatusCode, to: &str, cookies: &[String]) -> Result<HttpResponse> {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((header::LOCATION, value(to)?))
        .insert_header((header::CACHE_CONTROL, "private, no-store"));
    for cookie in cookies {
        answer.append_header((header::SET_COOKIE, value(cookie)?));
    }
    Ok(answer.finish())
}

fn value(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(Error::internal)
}

/// `Set-Cookie` for what binds a sign-on to a browser. It comes along when the provider leads
/// back, which is a request from another site: hence `Lax`.
fn cookie(app: &App, text: &str, seconds: i64) -> String {
    cookie::line(app, cookie_name(app), text, COOKIE_PATH, "Lax", seconds)
}

fn cookie_name(app: &App) -> &'static str {
    if app.settings.auth.cookie_secure {
        "__Secure-masthead_sign_on"
    } else {
        "masthead_sign_on"
    }
}
