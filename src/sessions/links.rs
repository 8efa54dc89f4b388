//! Links for others: to accept an invitation, or to choose another password.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::one_time::{Issued, Purpose, issue, link};
use crate::app::App;
use crate::auth::Caller;
use crate::auth::permission::ManageUsers;
use crate::config::Settings;
use crate::db::{Conn, Time};
use crate::error::{Code, Error, Result};
use crate::http::body::{Body, Nothing};
use crate::http::params::{NoParams, PathReference};
use crate::http::respond;
use crate::mail::texts;
use crate::users::credentials;
use crate::users::store::{self as accounts, UserRow};
use crate::users::user::{UserStatus, covers};
use crate::values::Reference;

/// A link for choosing a password.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasswordLink {
    /// `invitation` for an account without a password, `reset` for one with.
    purpose: Purpose,
    /// Token for `POST /v1/auth/password`, shown only once.
    token: String,
    /// The link; null if `server.public_url` is not set.
    url: Option<String>,
    /// Time of expiry.
    expires_at: Time,
    /// Whether the link was also sent by mail.
    mailed: bool,
}

/// The purpose of a link.
#[must_use]
pub fn purpose(has_password: bool) -> Purpose {
    if has_password {
        Purpose::Reset
    } else {
        Purpose::Invitation
    }
}

/// Makes a link for an account that may be used; earlier ones are void.
///
/// # Errors
/// 409 for a suspended account.
pub async fn make(
    conn: &mut Conn,
    settings: &Settings,
    now: Time,
    user: &UserRow,
) -> Result<(Purpose, Issued)> {
    if user.status != UserStatus::Active {
        let detail = "The account is suspended; reactivate it first.";
        return Err(Error::new(Code::Conflict, detail));
    }
    let purpose = purpose(credentials::password_hash(conn, &user.id).await?.is_some());
    let issued = issue(conn, settings, now, purpose, Some(&user.id)).await?;
    Ok((purpose, issued))
}

/// Sends a link to its owner, if mail is set up and the link has an address. It returns before
/// the mail is sent.
pub fn send(app: &App, user: &UserRow, purpose: Purpose, token: &str) -> bool {
    let Some(url) = link(&app.settings, purpose, token) else {
        return false;
    };
    if !app.mail.is_configured() {
        return false;
    }
    let (site, settings) = (&app.settings.site.name, &app.settings);
    let good_for =
        Duration::from_millis(u64::try_from(purpose.lasts(settings)).unwrap_or_default());
    let letter = match purpose {
        Purpose::Invitation => texts::invitation(site, &user.name, &url, good_for),
        Purpose::Setup | Purpose::Reset => texts::password_reset(site, &user.name, &url, good_for),
    };
    // To the address of the account, never to one that a request named.
    app.mail
        .send_later(&user.email, &letter.subject, &letter.text);
    true
}

/// Creates a link for the owner of an account to choose a password: an invitation if the account
/// has none, a reset otherwise. It is sent by mail if mail is configured. Earlier links become
/// invalid.
#[utoipa::path(post, path = "/v1/users/{user}/password-link", operation_id = "createPasswordLink", tag = "Accounts",
    params(("user" = Reference, Path, description = "Id of the account.")),
    request_body = Nothing,
    responses((status = 200, description = "The link.", body = PasswordLink)),
    security(("bearer" = [])))]
pub async fn create(
    caller: Caller<ManageUsers>,
    request: HttpRequest,
    user: PathReference,
    _params: NoParams,
    _body: Body<Nothing>,
) -> Result<HttpResponse> {
    let app = caller.app();
    let reference = user.or_not_found("account")?;
    let edit = caller.edit_all()?;
    let mut conn = caller.write().await?;
    let (user, purpose, issued) = conn
        .transaction(async |conn: &mut Conn| {
            let user = accounts::require(conn, reference.as_str()).await?;
            covers(caller.principal(), user.role)?;
            let (purpose, issued) = make(conn, &app.settings, edit.now, &user).await?;
            Ok::<_, Error>((user, purpose, issued))
        })
        .await?;
    let token = issued.secret.text;
    let bytes = respond::json(&PasswordLink {
        purpose,
        url: link(&app.settings, purpose, &token),
        mailed: send(app, &user, purpose, &token),
        expires_at: issued.expires_at,
        token,
    })?;
    Ok(respond::unversioned(&request, bytes))
}
