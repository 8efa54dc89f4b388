//! The rows of keys.

use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::key::NewKey;
use super::permission::Role;
use crate::db::schema::accounts::api_keys;
use crate::db::{Conn, Time, columns};
use crate::error::{Code, Error, Result};

/// A key as it is listed: without its secret.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = api_keys, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
pub struct KeyRow {
    /// The key's id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Finds it; part of its text.
    pub lookup: String,
    /// When it was made.
    pub created_at: Time,
    /// Since when it is void.
    pub revoked_at: Option<Time>,
}

#[derive(Insertable)]
#[diesel(table_name = api_keys)]
struct NewRow<'a> {
    id: &'a str,
    name: &'a str,
    role: Role,
    lookup: &'a str,
    secret_hash: &'a str,
    created_at: Time,
}

/// Who a valid key is, with the hash of its secret to compare.
///
/// # Errors
/// Those of the database.
pub async fn find(conn: &mut Conn, lookup: &str) -> Result<Option<(KeyRow, String)>> {
    let query = api_keys::table
        .filter(api_keys::lookup.eq(lookup.to_owned()))
        .filter(api_keys::revoked_at.is_null())
        .select((columns::<KeyRow>(), api_keys::secret_hash));
    Ok(conn.first(query).await?)
}

/// Stores a new key.
///
/// # Errors
/// A conflict when a key that is in force has this name.
pub async fn create(
    conn: &mut Conn,
    id: &str,
    name: &str,
    role: Role,
    key: &NewKey,
    now: Time,
) -> Result<()> {
    let row = NewRow {
        id,
        name,
        role,
        lookup: &key.lookup,
        secret_hash: &key.hash,
        created_at: now,
    };
    let insert = diesel::insert_into(api_keys::table).values(row);
    match conn.execute(insert).await {
        Ok(_) => Ok(()),
        Err(error) if crate::db::dialect::violation(&error).is_some() => Err(Error::new(
            Code::Conflict,
            format!("There is a key named “{name}” already."),
        )),
        Err(error) => Err(error.into()),
    }
}

/// All keys, the oldest first.
///
/// # Errors
/// Those of the database.
pub async fn list(conn: &mut Conn) -> Result<Vec<KeyRow>> {
    let query = api_keys::table
        .order((api_keys::created_at, api_keys::id))
        .select(columns::<KeyRow>());
    Ok(conn.load(query).await?)
}

/// Makes the key of this name or id void from now on; returns whether there was one in force.
///
/// # Errors
/// Those of the database.
pub async fn revoke(conn: &mut Conn, name_or_id: &str, now: Time) -> Result<bool> {
    use diesel::BoolExpressionMethods as _;
    let which = api_keys::name
        .eq(name_or_id)
        .or(api_keys::id.eq(name_or_id));
    let update = diesel::update(
        api_keys::table
            .filter(which)
            .filter(api_keys::revoked_at.is_null()),
    )
    .set(api_keys::revoked_at.eq(Some(now)));
    Ok(conn.execute(update).await? > 0)
}
