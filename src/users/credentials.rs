//! Credentials of accounts: passwords, sessions, links, identities at providers.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use crate::db::schema::accounts::{identities, one_time_tokens, sessions, users};
use crate::db::{Conn, Time};
use crate::error::Result;

/// The stored hash of an account's password.
///
/// # Errors
/// Errors of the database.
pub async fn password_hash(conn: &mut Conn, id: &str) -> Result<Option<String>> {
    let query = users::table
        .filter(users::id.eq(id.to_owned()))
        .select(users::password_hash);
    Ok(conn.first::<Option<String>>(query).await?.flatten())
}

/// Replaces the password of an account, ends its sessions and voids its links.
///
/// # Errors
/// Errors of the database.
pub async fn set_password(
    conn: &mut Conn,
    now: Time,
    id: &str,
    by: &str,
    hash: &str,
) -> Result<()> {
    let update = diesel::update(users::table.filter(users::id.eq(id.to_owned()))).set((
        users::password_hash.eq(Some(hash.to_owned())),
        users::version.eq(users::version + 1),
        users::updated_at.eq(now),
        users::updated_by.eq(Some(by.to_owned())),
    ));
    conn.execute(update).await?;
    withdraw_links(conn, id).await?;
    revoke_sessions(conn, id, now).await
}

/// Replaces the hash of an unchanged password.
///
/// # Errors
/// Errors of the database.
pub async fn rehash(conn: &mut Conn, id: &str, old: &str, new: &str) -> Result<()> {
    let same = users::table
        .filter(users::id.eq(id.to_owned()))
        .filter(users::password_hash.eq(Some(old.to_owned())));
    let update = diesel::update(same).set(users::password_hash.eq(Some(new.to_owned())));
    conn.execute(update).await?;
    Ok(())
}

/// Ends all sessions of an account.
///
/// # Errors
/// Errors of the database.
pub async fn revoke_sessions(conn: &mut Conn, id: &str, now: Time) -> Result<()> {
    let open = sessions::table
        .filter(sessions::user_id.eq(id.to_owned()))
        .filter(sessions::revoked_at.is_null());
    conn.execute(diesel::update(open).set(sessions::revoked_at.eq(Some(now))))
        .await?;
    Ok(())
}

/// Makes all links of an account void: invitations, and those for another password.
///
/// # Errors
/// Errors of the database.
pub async fn withdraw_links(conn: &mut Conn, id: &str) -> Result<()> {
    let own = one_time_tokens::table.filter(one_time_tokens::user_id.eq(Some(id.to_owned())));
    conn.execute(diesel::delete(own)).await?;
    Ok(())
}

/// Links an account to its identity at a provider of single sign-on.
///
/// # Errors
/// Errors of the database.
pub async fn add_identity(
    conn: &mut Conn,
    issuer: &str,
    subject: &str,
    user: &str,
    now: Time,
) -> Result<()> {
    let row = (
        identities::issuer.eq(issuer.to_owned()),
        identities::subject.eq(subject.to_owned()),
        identities::user_id.eq(user.to_owned()),
        identities::created_at.eq(now),
    );
    conn.execute(diesel::insert_into(identities::table).values(row))
        .await?;
    Ok(())
}
