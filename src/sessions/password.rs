//! Choosing a password: with the present one, with a link, or to set the service up.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

use super::links::{make, send};
use super::one_time::{self, Purpose};
use super::refusals::refused;
use super::tokens::{Tokens, begin, device};
use crate::app::Edit;
use crate::auth::password::{Attempt, Password, Verdict};
use crate::auth::{Guest, Person, Role};
use crate::db::Conn;
use crate::error::{Code, Error, FieldError, FieldErrors, Result};
use crate::http::body::Body;
use crate::http::client::client_address;
use crate::http::params::NoParams;
use crate::http::respond::{self, Meta};
use crate::mail::texts;
use crate::users::credentials;
use crate::users::store::{self as accounts, UserRow};
use crate::users::user::{User, UserInput, UserStatus, folded};
use crate::values::{Email, Line};

/// A change of one's own password.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct PasswordChange {
    /// Current password.
    pub current_password: Attempt,
    /// New password.
    pub new_password: Password,
    /// Whether to set the refresh token as a cookie instead of returning it.
    #[deserr(default)]
    #[schema(required = false, default = false)]
    pub cookie: bool,
}

/// A request for a password reset.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"email": "jane.doe@example.org"}))]
pub struct ResetInput {
    /// E-mail address of the account.
    pub email: Email,
}

/// The response to every request for a password reset.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResetAnswer {
    /// Message for the user.
    message: &'static str,
}

/// A password set by means of a link.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChooseInput {
    /// Token of the link.
    pub token: Line<200>,
    /// The password.
    pub password: Password,
}

/// The first account.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct SetupInput {
    /// Token of the set-up link.
    pub token: Line<200>,
    /// E-mail address for signing in.
    pub email: Email,
    /// The name.
    pub name: Line<200>,
    /// The password.
    pub password: Password,
}

/// Changes one's own password. All sessions end, including the current one; the response contains
/// the tokens of a new session.
#[utoipa::path(post, path = "/v1/me/password", operation_id = "changePassword", tag = "Accounts",
    request_body = PasswordChange,
    responses((status = 200, description = "Tokens of a new session.", body = Tokens)),
    security(("bearer" = [])))]
pub async fn change(
    person: Person,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<PasswordChange>,
) -> Result<HttpResponse> {
    let caller = person.caller();
    let app = caller.shared();
    let (user, stored) = {
        let mut conn = caller.read().await?;
        let user = accounts::require(&mut conn, person.id()).await?;
        let stored = credentials::password_hash(&mut conn, person.id()).await?;
        (user, stored)
    };
    let standing = app
        .limits
        .login(&user.email, client_address(app, &request))?;
    let hasher = &caller.auth().hasher;
    let verdict = hasher
        .verify(&input.current_password, stored.as_deref())
        .await?;
    if !matches!(verdict, Verdict::Matches { .. }) {
        let detail = "is not the password of this account.";
        let error = FieldError::at("/current_password", "wrong", detail);
        let error = Error::fields(Code::InvalidFields, vec![error]);
        return Err(standing.on(error));
    }
    fits(&input.new_password, &user, "/new_password")?;
    let hash = hasher.hash(&input.new_password).await?;
    let now = app.clock.now();
    let mut conn = caller.write().await?;
    let (id, hash) = (person.id(), hash.as_str());
    let user = conn
        .transaction(async |conn: &mut Conn| {
            if credentials::password_hash(conn, id).await? != stored {
                return Err(refused());
            }
            credentials::set_password(conn, now, id, id, hash).await?;
            accounts::require(conn, id).await
        })
        .await?;
    drop(conn);
    caller.auth().forget();
    tell(app, &user);
    let device = device(app, &request, None);
    let auth = caller.auth();
    let pair = auth.signing.current(caller.db(), now).await?;
    let mut conn = caller.write().await?;
    let mut answer = begin(&mut conn, app, auth, &pair, user, &device, input.cookie).await?;
    standing.add_to(answer.headers_mut());
    Ok(answer)
}

/// Requests a password reset link by mail. The response is the same, after the same time, whether
/// or not the account exists.
#[utoipa::path(post, path = "/v1/auth/password-reset", operation_id = "requestPasswordReset", tag = "Sessions",
    request_body = ResetInput,
    responses((status = 202, description = "If the account exists, a mail is on its way.", body = ResetAnswer)),
    security(()))]
pub async fn reset(
    guest: Guest,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<ResetInput>,
) -> Result<HttpResponse> {
    let app = guest.app();
    let email = folded(input.email.as_str());
    let standing = app
        .limits
        .reset(Some(&email), client_address(app, &request))?;
    // Whatever there is to do is done after the answer.
    let app = app.clone();
    let db = guest.db().clone();
    let later = async move {
        let mut conn = db.write().await?;
        let made = conn
            .transaction(async |conn: &mut Conn| {
                let found = accounts::by_email(conn, &email).await?;
                let user = found.map(|(user, _)| user);
                let Some(user) = user.filter(|user| user.status == UserStatus::Active) else {
                    return Ok(None);
                };
                let (purpose, issued) = make(conn, &app.settings, app.clock.now(), &user).await?;
                Ok::<_, Error>(Some((user, purpose, issued)))
            })
            .await?;
        if let Some((user, purpose, issued)) = made {
            send(&app, &user, purpose, &issued.secret.text);
        }
        Ok::<_, Error>(())
    };
    if guest.app().mail.is_configured() {
        actix_web::rt::spawn(async move {
            if let Err(error) = later.await {
                tracing::error!(%error, "creating a password reset link failed");
            }
        });
    } else {
        tracing::warn!("a password reset was requested, but mail is not configured");
    }
    let bytes = respond::json(&ResetAnswer {
        message: "If the account exists, a mail with a link is on its way.",
    })?;
    let meta = Meta::default();
    let mut answer = respond::editorial(&request, StatusCode::ACCEPTED, None, bytes, &meta);
    standing.add_to(answer.headers_mut());
    Ok(answer)
}

/// Sets a password with the token of an invitation or password reset link. All sessions of the
/// account end.
#[utoipa::path(post, path = "/v1/auth/password", operation_id = "choosePassword", tag = "Sessions",
    request_body = ChooseInput,
    responses((status = 204, description = "The password was set; sign in with it.")),
    security(()))]
pub async fn choose(
    guest: Guest,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<ChooseInput>,
) -> Result<HttpResponse> {
    let app = guest.app();
    let standing = app.limits.reset(None, client_address(app, &request))?;
    let hash = guest.auth().hasher.hash(&input.password).await?;
    let now = app.clock.now();
    let mut conn = guest.write().await?;
    let purposes = [Purpose::Invitation, Purpose::Reset];
    let done = conn
        .transaction(async |conn: &mut Conn| {
            let user = one_time::redeem(conn, now, input.token.as_str(), &purposes).await?;
            let user = user.ok_or_else(|| Error::not_found("account"))?;
            let user = accounts::require(conn, &user).await?;
            if user.status != UserStatus::Active {
                return Err(refused());
            }
            fits(&input.password, &user, "/password")?;
            credentials::set_password(conn, now, &user.id, &user.id, &hash).await?;
            Ok(user)
        })
        .await;
    let user = done.map_err(|error| standing.on(error))?;
    guest.auth().forget();
    tell(app, &user);
    let mut answer = respond::deleted();
    standing.add_to(answer.headers_mut());
    Ok(answer)
}

/// Creates the first account, an admin's, with the token of the link that the server printed at
/// start-up. Refused as soon as there is an account.
#[utoipa::path(post, path = "/v1/auth/setup", operation_id = "setUp", tag = "Sessions",
    request_body = SetupInput,
    responses((status = 201, description = "The created account; sign in with it.", body = User)),
    security(()))]
pub async fn setup(
    guest: Guest,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<SetupInput>,
) -> Result<HttpResponse> {
    let app = guest.app();
    let standing = app.limits.reset(None, client_address(app, &request))?;
    personal(
        &input.password,
        input.email.as_str(),
        input.name.as_str(),
        "/password",
    )?;
    let hash = guest.auth().hasher.hash(&input.password).await?;
    let edit = Edit {
        ids: &app.ids,
        now: app.clock.now(),
        by: "set-up",
    };
    let admin = UserInput {
        email: input.email,
        name: input.name,
        role: Role::Admin,
        status: UserStatus::Active,
        locale: None,
        author: None,
    };
    let mut conn = guest.write().await?;
    let done = conn
        .transaction(async |conn: &mut Conn| {
            conn.advisory_lock("users").await?;
            let token = input.token.as_str();
            one_time::redeem(conn, edit.now, token, &[Purpose::Setup]).await?;
            if accounts::is_any(conn).await? {
                let detail = "There are already accounts; sign in, or ask an admin for an account.";
                return Err(Error::new(Code::Conflict, detail));
            }
            accounts::create(conn, edit, &admin, Some(hash)).await
        })
        .await;
    let user = done.map_err(|error| standing.on(error))?;
    let (path, version) = (format!("/v1/users/{}", user.id), user.version);
    let bytes = respond::json(&accounts::show(&mut conn, user).await?)?;
    let mut answer = respond::created(&request, &path, version, bytes)?;
    standing.add_to(answer.headers_mut());
    answer.headers_mut().remove(header::ETAG);
    Ok(answer)
}

fn fits(password: &Password, user: &UserRow, pointer: &str) -> Result<()> {
    personal(password, &user.email, &user.name, pointer)
}

fn personal(password: &Password, email: &str, name: &str, pointer: &str) -> Result<()> {
    password
        .check_for(email, name)
        .map_err(|refusal| Error::field(pointer, refusal.code, refusal.detail))
}

/// Tells the owner of an account that its password was changed, should it not have been them.
fn tell(app: &crate::app::App, user: &UserRow) {
    if app.mail.is_configured() {
        let letter = texts::password_changed(&app.settings.site.name, &user.name, None);
        app.mail
            .send_later(&user.email, &letter.subject, &letter.text);
    }
}
