//! The rows of sessions and of their refresh tokens.

use diesel::prelude::{Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};

use crate::auth::credentials::random::{NewSecret, hash, secret};
use crate::clock::Ids;
use crate::config::AuthSettings;
use crate::db::schema::accounts::{refresh_tokens, sessions, users};
use crate::db::{Conn, Time, columns};
use crate::error::Result;
use crate::users::store::{self as accounts, UserRow};
use crate::users::user::UserStatus;

/// How every refresh token begins.
pub const PREFIX: &str = "mhr_";

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A session, as its owner sees it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct SessionRow {
    pub id: String,
    pub user_id: String,
    pub created_at: Time,
    pub last_used_at: Time,
    pub expires_at: Time,
    pub device: Option<String>,
    pub address: Option<String>,
}

/// Where somebody signs in from.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// The tool's own name.
    pub name: Option<String>,
    /// The address of the caller.
    pub address: Option<String>,
}

/// A session that goes on, with the one token that will refresh it next.
pub struct Open {
    /// Its id.
    pub id: String,
    /// Time of expiry, unless refreshed.
    pub expires_at: Time,
    /// The refresh token.
    pub refresh: NewSecret,
}

/// The outcome of a refresh.
pub enum Refreshed {
    /// It was good; another one takes its place.
    Good(Box<UserRow>, Open),
    /// It had been used before: somebody has a copy. The session is void now.
    Reused,
    /// It is not known, has ended, or its session or account is void.
    Unknown,
}

/// Starts a session, unless the account changed since it was read: a password that is none any
/// more, or an account that was suspended meanwhile, starts nothing. Run it in a transaction.
///
/// # Errors
/// Errors of the database.
pub async fn start(
    conn: &mut Conn,
    ids: &Ids,
    now: Time,
    settings: &AuthSettings,
    user: &UserRow,
    device: &Device,
) -> Result<Option<Open>> {
    // First of all, so that a change that ends the account's sessions comes before or after.
    let unchanged = users::table
        .filter(users::id.eq(user.id.clone()))
        .filter(users::version.eq(user.version))
        .filter(users::status.eq(UserStatus::Active));
    let login = diesel::update(unchanged).set(users::last_login_at.eq(Some(now)));
    if conn.execute(login).await? == 0 {
        return Ok(None);
    }
    let ended = sessions::table.filter(sessions::expires_at.le(now));
    conn.execute(diesel::delete(ended)).await?;
    let id = ids.next();
    let expires_at = end(now, now, settings);
    let row = (
        sessions::id.eq(id.clone()),
        sessions::user_id.eq(user.id.clone()),
        sessions::created_at.eq(now),
        sessions::last_used_at.eq(now),
        sessions::expires_at.eq(expires_at),
        sessions::device.eq(device.name.clone()),
        sessions::address.eq(device.address.clone()),
    );
    conn.execute(diesel::insert_into(sessions::table).values(row))
        .await?;
    let refresh = issue(conn, &id, now, expires_at).await?;
    Ok(Some(Open {
        id,
        expires_at,
        refresh,
    }))
}

/// When a session ends that began then and is refreshed now.
fn end(began: Time, now: Time, settings: &AuthSettings) -> Time {
    let days = |days: u32| i64::from(days) * DAY_MS;
    let (most, next) = (
        began.0 + days(settings.session_days),
        now.0 + days(settings.refresh_days),
    );
    Time(most.min(next))
}

async fn issue(conn: &mut Conn, session: &str, now: Time, expires_at: Time) -> Result<NewSecret> {
    let refresh = secret(PREFIX)?;
    let row = (
        refresh_tokens::hash.eq(refresh.hash.clone()),
        refresh_tokens::session_id.eq(session.to_owned()),
        refresh_tokens::issued_at.eq(now),
        refresh_tokens::expires_at.eq(expires_at),
    );
    conn.execute(diesel::insert_into(refresh_tokens::table).values(row))
        .await?;
    Ok(refresh)
}

/// Uses a refresh token, which is good once. Run it in a transaction.
///
/// # Errors
/// Errors of the database.
pub async fn refresh(
    conn: &mut Conn,
    now: Time,
    settings: &AuthSettings,
    text: &str,
) -> Result<Refreshed> {
    let hash = hash(text);
    let query = refresh_tokens::table
        .filter(refresh_tokens::hash.eq(hash.clone()))
        .select((refresh_tokens::session_id, refresh_tokens::expires_at));
    let Some((session, token_ends)) = conn.first::<(String, Time)>(query).await? else {
        return Ok(Refreshed::Unknown);
    };
    // The update decides between two that come at once.
    let unused = refresh_tokens::table
        .filter(refresh_tokens::hash.eq(hash))
        .filter(refresh_tokens::used_at.is_null());
    let use_it = diesel::update(unused).set(refresh_tokens::used_at.eq(Some(now)));
    if conn.execute(use_it).await? == 0 {
        revoke(conn, &session, now).await?;
        return Ok(Refreshed::Reused);
    }
    let query = sessions::table
        .filter(sessions::id.eq(session.clone()))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .select((sessions::user_id, sessions::created_at));
    let found: Option<(String, Time)> = conn.first(query).await?;
    let Some((user, began)) = found.filter(|_| token_ends > now) else {
        return Ok(Refreshed::Unknown);
    };
    let user = accounts::by_id(conn, &user).await?;
    let Some(user) = user.filter(|user| user.status == UserStatus::Active) else {
        return Ok(Refreshed::Unknown);
    };
    let expires_at = end(began, now, settings);
    let row = sessions::table.filter(sessions::id.eq(session.clone()));
    let update = diesel::update(row).set((
        sessions::last_used_at.eq(now),
        sessions::expires_at.eq(expires_at),
    ));
    conn.execute(update).await?;
    let ended = refresh_tokens::table
        .filter(refresh_tokens::session_id.eq(session.clone()))
        .filter(refresh_tokens::expires_at.le(now));
    conn.execute(diesel::delete(ended)).await?;
    let refresh = issue(conn, &session, now, expires_at).await?;
    let open = Open {
        id: session,
        expires_at,
        refresh,
    };
    Ok(Refreshed::Good(Box::new(user), open))
}

/// The session that a refresh token belongs to, used or not.
///
/// # Errors
/// Errors of the database.
pub async fn session_of(conn: &mut Conn, text: &str) -> Result<Option<String>> {
    let query = refresh_tokens::table
        .filter(refresh_tokens::hash.eq(hash(text)))
        .select(refresh_tokens::session_id);
    Ok(conn.first(query).await?)
}

/// Ends a session: its tokens are void from now on. Returns whether it was open.
///
/// # Errors
/// Errors of the database.
pub async fn revoke(conn: &mut Conn, id: &str, now: Time) -> Result<bool> {
    let open = sessions::table
        .filter(sessions::id.eq(id.to_owned()))
        .filter(sessions::revoked_at.is_null());
    let update = diesel::update(open).set(sessions::revoked_at.eq(Some(now)));
    Ok(conn.execute(update).await? > 0)
}

/// Ends a session of this account. Returns whether it was open.
///
/// # Errors
/// Errors of the database.
pub async fn revoke_of(conn: &mut Conn, user: &str, id: &str, now: Time) -> Result<bool> {
    let open = sessions::table
        .filter(sessions::id.eq(id.to_owned()))
        .filter(sessions::user_id.eq(user.to_owned()))
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::revoked_at.is_null());
    let update = diesel::update(open).set(sessions::revoked_at.eq(Some(now)));
    Ok(conn.execute(update).await? > 0)
}

/// The open sessions of somebody, the last used first.
///
/// # Errors
/// Errors of the database.
pub async fn of_user(conn: &mut Conn, user: &str, now: Time) -> Result<Vec<SessionRow>> {
    let query = sessions::table
        .filter(sessions::user_id.eq(user.to_owned()))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .order((sessions::last_used_at.desc(), sessions::id.desc()))
        .limit(100)
        .select(columns::<SessionRow>());
    Ok(conn.load(query).await?)
}
