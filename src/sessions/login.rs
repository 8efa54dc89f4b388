//! Signing in with an e-mail address and a password.

use actix_web::{HttpRequest, HttpResponse};
use deserr::Deserr;
use utoipa::ToSchema;

use super::refusals::refused;
use super::tokens::{Tokens, begin, device};
use crate::auth::Guest;
use crate::auth::password::{Attempt, Verdict};
use crate::db::Conn;
use crate::error::{FieldErrors, Result};
use crate::http::body::Body;
use crate::http::client::client_address;
use crate::http::params::NoParams;
use crate::users::credentials;
use crate::users::store::{self as accounts, UserRow};
use crate::users::user::{UserStatus, folded};
use crate::values::{Email, Line};

/// Credentials for signing in.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"email": "jane.doe@example.org", "password": "correct horse battery"}))]
pub struct LoginInput {
    /// E-mail address of the account.
    pub email: Email,
    /// Password of the account.
    pub password: Attempt,
    /// Whether to set the refresh token as a cookie that scripts cannot read, for browsers, instead
    /// of returning it.
    #[deserr(default)]
    #[schema(required = false, default = false)]
    pub cookie: bool,
    /// Name of the session in the list of sessions; by default the `User-Agent`.
    #[deserr(default)]
    #[schema(required = false)]
    pub device: Option<Line<100>>,
}

/// Signs in. The response is the same, after the same time, for an unknown account, a suspended one
/// and a wrong password.
#[utoipa::path(post, path = "/v1/auth/login", operation_id = "login", tag = "Sessions",
    request_body = LoginInput,
    responses((status = 200, description = "Tokens of a new session.", body = Tokens)),
    security(()))]
pub async fn login(
    guest: Guest,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<LoginInput>,
) -> Result<HttpResponse> {
    let app = guest.app();
    let email = folded(input.email.as_str());
    let standing = app.limits.login(&email, client_address(app, &request))?;
    let mut answer = match check(&guest, &email, &input.password).await? {
        Some(user) => {
            let device = device(app, &request, input.device.as_ref().map(Line::as_str));
            let (auth, now) = (guest.auth(), app.clock.now());
            // Before the writing connection is taken: the first of all times it makes a key.
            let pair = auth.signing.current(guest.db(), now).await?;
            let mut conn = guest.write().await?;
            begin(&mut conn, app, auth, &pair, user, &device, input.cookie).await?
        }
        None => return Err(standing.on(refused())),
    };
    standing.add_to(answer.headers_mut());
    Ok(answer)
}

/// The account with this address and password, if it may be used. It takes the same time
/// whether there is one or not.
async fn check(guest: &Guest, email: &str, attempt: &Attempt) -> Result<Option<UserRow>> {
    let found = {
        let mut conn = guest.db().read().await?;
        accounts::by_email(&mut conn, email).await?
    };
    let stored = found.as_ref().and_then(|(_, hash)| hash.as_deref());
    let verdict = guest.auth().hasher.verify(attempt, stored).await?;
    let Verdict::Matches { rehash } = verdict else {
        return Ok(None);
    };
    let Some((user, Some(stored))) = found else {
        return Ok(None);
    };
    if user.status != UserStatus::Active {
        return Ok(None);
    }
    if rehash {
        let hash = guest.auth().hasher.hash_again(attempt).await?;
        let mut conn = guest.write().await?;
        let (id, hash) = (user.id.as_str(), hash.as_str());
        conn.transaction(async |conn: &mut Conn| {
            credentials::rehash(conn, id, &stored, hash).await
        })
        .await?;
    }
    Ok(Some(user))
}
