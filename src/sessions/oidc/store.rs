//! The rows of sign-ons under way.

use diesel::prelude::{Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};

use crate::auth::credentials::random::hash;
use crate::db::schema::accounts::{identities, sign_ons};
use crate::db::{Conn, Time, columns};
use crate::error::Result;

/// How long somebody may take to sign in at the provider, in milliseconds.
pub(super) const LASTS_MS: i64 = 10 * 60 * 1_000;

/// Data of a new sign-on.
pub(super) struct Begun {
    /// Hash of the state that goes to the provider and comes back.
    pub state_hash: String,
    /// Hash of the cookie.
    pub browser_hash: String,
    /// The nonce that the ID token must repeat.
    pub nonce: String,
    /// The proof that the code was asked for here (PKCE).
    pub verifier: String,
    /// Where it leads back to.
    pub return_to: Option<String>,
}

/// The data kept of a sign-on until somebody came back from the provider.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = sign_ons, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
pub(super) struct SignOn {
    pub browser_hash: String,
    pub nonce: String,
    pub verifier: String,
    pub return_to: Option<String>,
    pub expires_at: Time,
}

/// Stores a sign-on; those that have ended are deleted.
///
/// # Errors
/// Errors of the database.
pub(super) async fn add(conn: &mut Conn, now: Time, begun: &Begun) -> Result<()> {
    let ended = sign_ons::table.filter(sign_ons::expires_at.le(now));
    conn.execute(diesel::delete(ended)).await?;
    let row = (
        sign_ons::state_hash.eq(begun.state_hash.clone()),
        sign_ons::browser_hash.eq(begun.browser_hash.clone()),
        sign_ons::nonce.eq(begun.nonce.clone()),
        sign_ons::verifier.eq(begun.verifier.clone()),
        sign_ons::return_to.eq(begun.return_to.clone()),
        sign_ons::created_at.eq(now),
        sign_ons::expires_at.eq(Time(now.0 + LASTS_MS)),
    );
    conn.execute(diesel::insert_into(sign_ons::table).values(row))
        .await?;
    Ok(())
}

/// The sign-on of this state, if there is one.
///
/// # Errors
/// Errors of the database.
pub(super) async fn find(conn: &mut Conn, state: &str) -> Result<Option<SignOn>> {
    let query = sign_ons::table
        .filter(sign_ons::state_hash.eq(hash(state)))
        .select(columns::<SignOn>());
    Ok(conn.first(query).await?)
}

/// Deletes the sign-on of this state. Returns whether it was there: of two that come at once
/// only one finds it.
///
/// # Errors
/// Errors of the database.
pub(super) async fn delete(conn: &mut Conn, state: &str) -> Result<bool> {
    let row = sign_ons::table.filter(sign_ons::state_hash.eq(hash(state)));
    Ok(conn.execute(diesel::delete(row)).await? > 0)
}

/// Whether this provider knows an account as somebody already.
///
/// # Errors
/// Errors of the database.
pub(super) async fn is_linked(conn: &mut Conn, issuer: &str, user: &str) -> Result<bool> {
    let query = identities::table
        .filter(identities::issuer.eq(issuer.to_owned()))
        .filter(identities::user_id.eq(user.to_owned()))
        .select(identities::subject)
        .limit(1);
    Ok(conn.first::<String>(query).await?.is_some())
}
