//! The rows of keys.

use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};

use crate::app::Edit;
use crate::auth::key::NewKey;
use crate::auth::{Permission, Role};
use crate::db::schema::accounts::{key_secrets, keys};
use crate::db::{Conn, Json, Time, columns};
use crate::error::{Code, Error, Result};

/// A key as it is kept, without its secrets.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = keys, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg), treat_none_as_null = true)]
pub struct KeyRow {
    /// The key's id.
    pub id: String,
    /// What it is for; unique among the keys in force.
    pub name: String,
    /// What it may do: a role …
    pub role: Option<Role>,
    /// … or a list of permissions.
    pub permissions: Option<Json<Vec<Permission>>>,
    /// The sections to which it is limited.
    pub sections: Option<Json<Vec<String>>>,
    /// The locales to which it is limited.
    pub locales: Option<Json<Vec<String>>>,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Time,
    /// Who made it.
    pub created_by: Option<String>,
    /// When it was changed last.
    pub updated_at: Time,
    /// Who changed it last.
    pub updated_by: Option<String>,
    /// When it ends.
    pub expires_at: Option<Time>,
    /// When it was used last, give or take a minute.
    pub last_used_at: Option<Time>,
    /// Since when it is void.
    pub revoked_at: Option<Time>,
}

impl KeyRow {
    /// A key of this name and role, without bounds and without end.
    #[must_use]
    pub fn new(edit: Edit<'_>, name: &str, role: Role) -> Self {
        Self {
            id: edit.ids.next(),
            name: name.to_owned(),
            role: Some(role),
            permissions: None,
            sections: None,
            locales: None,
            version: 1,
            created_at: edit.now,
            created_by: Some(edit.by.to_owned()),
            updated_at: edit.now,
            updated_by: Some(edit.by.to_owned()),
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        }
    }
}

/// Stores a new key with its secret.
///
/// # Errors
/// A conflict when a key that is in force has this name.
pub async fn create(conn: &mut Conn, row: &KeyRow, key: &NewKey) -> Result<()> {
    let insert = diesel::insert_into(keys::table).values(row.clone());
    match conn.execute(insert).await {
        Ok(_) => add_secret(conn, &row.id, key, row.created_at).await,
        Err(error) if crate::db::dialect::violation(&error).is_some() => Err(Error::new(
            Code::Conflict,
            format!("There is a key named “{}” already.", row.name),
        )),
        Err(error) => Err(error.into()),
    }
}

/// Gives a key another secret.
///
/// # Errors
/// Those of the database.
pub async fn add_secret(conn: &mut Conn, id: &str, key: &NewKey, now: Time) -> Result<()> {
    let secret = (
        key_secrets::lookup.eq(key.lookup.clone()),
        key_secrets::key_id.eq(id.to_owned()),
        key_secrets::hash.eq(key.hash.clone()),
        key_secrets::created_at.eq(now),
    );
    conn.execute(diesel::insert_into(key_secrets::table).values(secret))
        .await?;
    Ok(())
}

/// All keys, the oldest first.
///
/// # Errors
/// Those of the database.
pub async fn list(conn: &mut Conn) -> Result<Vec<KeyRow>> {
    let query = keys::table
        .order((keys::created_at, keys::id))
        .select(columns::<KeyRow>());
    Ok(conn.load(query).await?)
}

/// Makes the key of this name or id void from now on; returns whether there was one in force.
///
/// # Errors
/// Those of the database.
pub async fn revoke(conn: &mut Conn, name_or_id: &str, now: Time) -> Result<bool> {
    use diesel::BoolExpressionMethods as _;
    let which = keys::name.eq(name_or_id).or(keys::id.eq(name_or_id));
    let update = diesel::update(keys::table.filter(which).filter(keys::revoked_at.is_null()))
        .set(keys::revoked_at.eq(Some(now)));
    Ok(conn.execute(update).await? > 0)
}
