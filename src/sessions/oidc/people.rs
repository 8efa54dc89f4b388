//! Whose account somebody has of whom the provider has told who they are.

use serde_json::{Map, Value};

use super::Refused;
use super::roles::{Mapped, RoleMapping};
use super::store::is_linked;
use crate::app::{App, Edit};
use crate::auth::Role;
use crate::db::Conn;
use crate::error::Result;
use crate::http::body::check;
use crate::http::precondition::IfMatch;
use crate::sessions::store::{self as sessions, Device, Open};
use crate::users::credentials;
use crate::users::store::{self as accounts, UserRow};
use crate::users::user::{UserInput, UserStatus};
use crate::values::{Email, Line};

/// Who writes what a sign-on changes of accounts.
const BY: &str = "sign-on";

/// Somebody, as the provider knows them; its ID token was verified.
pub(super) struct Identity {
    /// The provider.
    pub issuer: String,
    /// Who they are to it, for ever.
    pub subject: String,
    /// All that the ID token says.
    pub claims: Map<String, Value>,
}

impl Identity {
    /// The e-mail address, if the provider vouches for it. A text “true” does not: what is not
    /// sure of its types may not be sure of its addresses.
    fn verified_email(&self) -> Option<Email> {
        let verified = self.claims.get("email_verified") == Some(&Value::Bool(true));
        let email = self.text("email").filter(|_| verified)?;
        Email::parse(email).ok()
    }

    fn name(&self, email: &Email) -> Result<Line<200>> {
        let names = ["name", "preferred_username"].iter();
        let mut names = names.filter_map(|claim| Line::parse(self.text(claim)?).ok());
        if let Some(name) = names.next() {
            return Ok(name);
        }
        let start: String = email.as_str().chars().take(200).collect();
        Line::parse(&start).map_err(|refusal| crate::error::Error::internal(refusal.detail))
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str)
    }
}

/// An account that is there, or one to be made.
enum Account {
    Known(UserRow),
    /// Known by its e-mail address; who they are to the provider is to be noted.
    Unlinked(UserRow),
    New(Email),
}

/// Finds or makes the account and starts a session. Run it in a transaction: who is refused
/// changes nothing.
///
/// # Errors
/// Errors of the database.
pub(super) async fn admit(
    conn: &mut Conn,
    app: &App,
    roles: &RoleMapping,
    who: &Identity,
    device: &Device,
) -> Result<std::result::Result<Open, Refused>> {
    let now = app.clock.now();
    let edit = Edit {
        ids: &app.ids,
        now,
        by: BY,
    };
    conn.advisory_lock("users").await?;
    let account = match account_of(conn, app, who).await? {
        Ok(account) => account,
        Err(refused) => return Ok(Err(refused)),
    };
    if let Account::Known(user) | Account::Unlinked(user) = &account
        && user.status != UserStatus::Active
    {
        return Ok(Err(Refused::Suspended));
    }
    let mapped = roles.role(&who.claims);
    let (user, is_noted) = match (account, mapped) {
        (_, Mapped::Nobody) | (Account::New(_), Mapped::SetHere(None)) => {
            return Ok(Err(Refused::Denied));
        }
        (Account::Known(user), mapped) => (with_role(conn, edit, user, mapped).await?, true),
        (Account::Unlinked(user), mapped) => (with_role(conn, edit, user, mapped).await?, false),
        (Account::New(email), Mapped::SetHere(Some(role)) | Mapped::Given(role)) => {
            (create(conn, edit, who, email, role).await?, false)
        }
    };
    if !is_noted {
        credentials::add_identity(conn, &who.issuer, &who.subject, &user.id, now).await?;
    }
    let open = sessions::start(conn, &app.ids, now, &app.settings.auth, &user, device).await?;
    // Somebody changed the account in this very moment.
    Ok(open.ok_or(Refused::Failed))
}

async fn account_of(
    conn: &mut Conn,
    app: &App,
    who: &Identity,
) -> Result<std::result::Result<Account, Refused>> {
    if let Some(user) = accounts::by_identity(conn, &who.issuer, &who.subject).await? {
        return Ok(Ok(Account::Known(user)));
    }
    let Some(email) = who.verified_email() else {
        return Ok(Err(Refused::NotVerified));
    };
    let Some((user, _)) = accounts::by_email(conn, email.as_str()).await? else {
        let may = app.settings.oidc.create_users;
        return Ok(if may {
            Ok(Account::New(email))
        } else {
            Err(Refused::UnknownAccount)
        });
    };
    // Addresses are given to others in the course of time; who somebody is to the provider is
    // not. Whoever has the address now is another one.
    if is_linked(conn, &who.issuer, &user.id).await? {
        return Ok(Err(Refused::UnknownAccount));
    }
    Ok(Ok(Account::Unlinked(user)))
}

async fn create(
    conn: &mut Conn,
    edit: Edit<'_>,
    who: &Identity,
    email: Email,
    role: Role,
) -> Result<UserRow> {
    let input = UserInput {
        name: who.name(&email)?,
        email,
        role,
        status: UserStatus::Active,
        locale: None,
        author: None,
    };
    accounts::create(conn, edit, &input, None).await
}

/// Gives an account the role that the provider says, which ends its other sessions when it is
/// another one.
async fn with_role(
    conn: &mut Conn,
    edit: Edit<'_>,
    user: UserRow,
    mapped: Mapped,
) -> Result<UserRow> {
    let role = match mapped {
        Mapped::Given(role) if role != user.role => role,
        _ => return Ok(user),
    };
    if accounts::is_last_admin(conn, &user).await? {
        tracing::warn!(
            account = user.id,
            role = role.name(),
            "the last active admin keeps the role, regardless of the provider's claims"
        );
        return Ok(user);
    }
    let mut input: UserInput = check(user.as_input())?;
    input.role = role;
    accounts::update(conn, edit, &user, &IfMatch::Any, &input).await
}
