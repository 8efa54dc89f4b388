//! Tokens that links carry: each is good once, for one purpose, for a while.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use crate::auth::credentials::random::{NewSecret, hash, secret};
use crate::config::Settings;
use crate::db::schema::accounts::one_time_tokens as tokens;
use crate::db::{Conn, Time};
use crate::error::{Error, Result};
use crate::users::credentials::withdraw_links;
use crate::values::string_enum;

/// How every one-time token begins.
pub const PREFIX: &str = "mho_";

string_enum! {
    /// The purpose of a one-time token.
    pub enum Purpose {
        /// To make the first account, an admin's.
        Setup => "setup",
        /// To choose the first password of an account.
        Invitation => "invitation",
        /// To choose another password.
        Reset => "reset",
    }
}

impl Purpose {
    /// How long such a token is good, in milliseconds.
    #[must_use]
    pub fn lasts(self, settings: &Settings) -> i64 {
        let auth = &settings.auth;
        let minutes = match self {
            Self::Setup => i64::from(auth.setup_hours) * 60,
            Self::Invitation => i64::from(auth.invitation_hours) * 60,
            Self::Reset => i64::from(auth.reset_minutes),
        };
        minutes * 60 * 1_000
    }
}

/// A token that was just made.
pub struct Issued {
    /// The token.
    pub secret: NewSecret,
    /// When it ends.
    pub expires_at: Time,
}

/// Makes a token; those made before for the same account are void from now on.
///
/// # Errors
/// Errors of the database.
pub async fn issue(
    conn: &mut Conn,
    settings: &Settings,
    now: Time,
    purpose: Purpose,
    user: Option<&str>,
) -> Result<Issued> {
    let ended = tokens::table.filter(tokens::expires_at.le(now));
    conn.execute(diesel::delete(ended)).await?;
    if let Some(user) = user {
        withdraw_links(conn, user).await?;
    }
    let secret = secret(PREFIX)?;
    let expires_at = Time(now.0 + purpose.lasts(settings));
    let row = (
        tokens::hash.eq(secret.hash.clone()),
        tokens::purpose.eq(purpose),
        tokens::user_id.eq(user.map(str::to_owned)),
        tokens::created_at.eq(now),
        tokens::expires_at.eq(expires_at),
    );
    conn.execute(diesel::insert_into(tokens::table).values(row))
        .await?;
    Ok(Issued { secret, expires_at })
}

/// Uses a token for one of these purposes; returns the account that it is for. Run it in the
/// transaction that does what the token is for: when that fails, the token stays good.
///
/// # Errors
/// 422 when it is not good: unknown, for another purpose, used or ended, all alike.
pub async fn redeem(
    conn: &mut Conn,
    now: Time,
    text: &str,
    purposes: &[Purpose],
) -> Result<Option<String>> {
    let refused = || {
        let detail = "is invalid: it was used, has expired or is unknown.";
        Error::field("/token", "not_good", detail)
    };
    let good = || {
        tokens::table
            .filter(tokens::hash.eq(hash(text)))
            .filter(tokens::used_at.is_null())
            .filter(tokens::expires_at.gt(now))
    };
    let query = good().select((tokens::purpose, tokens::user_id));
    let found: Option<(Purpose, Option<String>)> = conn.first(query).await?;
    let (_, user) = found
        .filter(|(purpose, _)| purposes.contains(purpose))
        .ok_or_else(refused)?;
    let use_it = diesel::update(good()).set(tokens::used_at.eq(Some(now)));
    if conn.execute(use_it).await? == 0 {
        return Err(refused());
    }
    Ok(user)
}

/// The address that a token is sent with: the page of the setting, or the built-in one, with
/// the token behind `#`, where no server and no log sees it. `None` when no address is known.
#[must_use]
pub fn link(settings: &Settings, purpose: Purpose, token: &str) -> Option<String> {
    let page = match (
        settings.auth.link_url.as_str(),
        settings.server.public_url.trim_end_matches('/'),
    ) {
        ("", "") => return None,
        ("", base) => format!("{base}/account"),
        (page, _) => page.to_owned(),
    };
    Some(format!("{page}#{}={token}", purpose.name()))
}
