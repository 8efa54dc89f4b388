//! The rows of keys and their changes.

use std::collections::HashMap;

use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::result::QueryResult;
use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde_json::{Value, json};

use super::key::{Key, KeyInput, KeySecret, KeyStatus};
use crate::app::Edit;
use crate::auth::credentials::key::{NewKey, PREFIX};
use crate::auth::{Grant, Permission, Role, lookup};
use crate::db::schema::accounts::{key_secrets, keys};
use crate::db::sql::dialect;
use crate::db::{Conn, Json, Sql, Time, columns};
use crate::error::{Code, Error, Result};
use crate::http::page::{Columns, Window};
use crate::http::precondition::stale;
use crate::values::Reference;

/// A key as it is kept, without its secrets.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = keys, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
pub struct KeyRow {
    /// The key's id.
    pub id: String,
    /// Name of the key; unique among the keys that are not revoked.
    pub name: String,
    /// Its permissions: a role …
    pub role: Option<Role>,
    /// … or a list of permissions.
    pub permissions: Option<Json<Vec<Permission>>>,
    /// The sections to which it is limited.
    pub sections: Option<Json<Vec<String>>>,
    /// The locales to which it is limited.
    pub locales: Option<Json<Vec<String>>>,
    /// Counts its changes.
    pub version: i64,
    /// Time of creation.
    pub created_at: Time,
    /// Who made it.
    pub created_by: Option<String>,
    /// Time of the last change.
    pub updated_at: Time,
    /// Last editor of the key, as in `created_by`.
    pub updated_by: Option<String>,
    /// Time of expiry.
    pub expires_at: Option<Time>,
    /// Time of the last use, to the minute.
    pub last_used_at: Option<Time>,
    /// Time of revocation.
    pub revoked_at: Option<Time>,
}

impl KeyRow {
    /// A new key of this name and role, without bounds and without end.
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

    /// A new key as `input` says.
    #[must_use]
    pub fn of(edit: Edit<'_>, input: &KeyInput) -> Self {
        Self::new(edit, "", Role::Viewer).with(input)
    }

    /// The row with the fields of an input.
    fn with(self, input: &KeyInput) -> Self {
        let grant = input.grant();
        let listed = input.permissions.is_some();
        Self {
            name: input.name.as_str().to_owned(),
            role: input.role,
            // All of them in one order: the same rights are the same text.
            permissions: listed.then(|| Json(grant.permissions.list())),
            sections: grant.bounds.sections.map(Json),
            locales: grant.bounds.locales.map(Json),
            expires_at: grant.ends,
            ..self
        }
    }

    /// Status of the key.
    #[must_use]
    pub fn status(&self, now: Time) -> KeyStatus {
        if self.revoked_at.is_some() {
            KeyStatus::Revoked
        } else if self.expires_at.is_some_and(|ends| ends <= now) {
            KeyStatus::Expired
        } else {
            KeyStatus::Active
        }
    }

    /// The rights that it gives.
    #[must_use]
    pub fn grant(&self) -> Grant {
        Grant {
            permissions: lookup::permissions(self.role, self.permissions.as_ref()),
            bounds: lookup::bounds(self.sections.clone(), self.locales.clone()),
            ends: self.expires_at,
        }
    }

    /// The key as it would be sent to be created, for patches to apply to.
    #[must_use]
    pub fn as_input(&self) -> Value {
        json!({
            "name": self.name, "role": self.role, "permissions": self.permissions,
            "sections": self.sections, "locales": self.locales, "expires_at": self.expires_at,
        })
    }

    fn shown(self, secrets: Vec<KeySecret>, now: Time) -> Key {
        let status = self.status(now);
        let grant = self.grant();
        Key {
            id: self.id,
            name: self.name,
            role: self.role,
            permissions: grant.permissions.list(),
            sections: grant.bounds.sections,
            locales: grant.bounds.locales,
            status,
            secrets,
            version: self.version,
            created_at: self.created_at,
            created_by: self.created_by,
            updated_at: self.updated_at,
            updated_by: self.updated_by,
            expires_at: self.expires_at,
            last_used_at: self.last_used_at,
            revoked_at: self.revoked_at,
        }
    }
}

/// The key of this id.
///
/// # Errors
/// 404 when there is none.
pub async fn require(conn: &mut Conn, reference: &Reference) -> Result<KeyRow> {
    let query = keys::table
        .filter(keys::id.eq(reference.as_str().to_owned()))
        .select(columns::<KeyRow>());
    let found = conn.first(query).await?;
    found.ok_or_else(|| Error::not_found("key"))
}

/// The key of this id, or else the one of this name that is not revoked.
///
/// # Errors
/// Errors of the database.
pub async fn by_id_or_name(conn: &mut Conn, text: &str) -> Result<Option<KeyRow>> {
    let query = keys::table.select(columns::<KeyRow>());
    let by_id = query.filter(keys::id.eq(text.to_ascii_lowercase()));
    if let Some(row) = conn.first(by_id).await? {
        return Ok(Some(row));
    }
    let by_name = query
        .filter(keys::name.eq(text.to_owned()))
        .filter(keys::revoked_at.is_null());
    Ok(conn.first(by_name).await?)
}

/// All keys, the oldest first.
///
/// # Errors
/// Errors of the database.
pub async fn list(conn: &mut Conn) -> Result<Vec<KeyRow>> {
    let query = keys::table
        .order((keys::created_at, keys::id))
        .select(columns::<KeyRow>());
    Ok(conn.load(query).await?)
}

/// The rows of a page.
///
/// # Errors
/// Errors of the database.
pub async fn page<S: Columns>(
    conn: &mut Conn,
    condition: Sql<keys::table>,
    window: &Window<S>,
) -> Result<Vec<KeyRow>> {
    let condition = Sql::all([Some(condition), window.condition()].into_iter().flatten());
    let query = keys::table
        .filter(condition)
        .order(window.order::<keys::table>())
        .limit(window.rows())
        .offset(window.offset())
        .select(columns::<KeyRow>());
    Ok(conn.load(query).await?)
}

/// How many rows meet a condition.
///
/// # Errors
/// Errors of the database.
pub async fn count(conn: &mut Conn, condition: Sql<keys::table>) -> Result<i64> {
    Ok(conn.one(keys::table.filter(condition).count()).await?)
}

/// The keys as they are shown, each with its secrets: one statement for all.
///
/// # Errors
/// Errors of the database.
pub async fn complete(conn: &mut Conn, rows: Vec<KeyRow>, now: Time) -> Result<Vec<Key>> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let query = key_secrets::table
        .filter(Sql::<key_secrets::table>::new("key_secrets.key_id").is_in(ids))
        .order((key_secrets::created_at, key_secrets::lookup))
        .select((
            key_secrets::key_id,
            key_secrets::lookup,
            key_secrets::created_at,
            key_secrets::expires_at,
        ));
    let found: Vec<(String, String, Time, Option<Time>)> = conn.load(query).await?;
    let mut secrets: HashMap<String, Vec<KeySecret>> = HashMap::new();
    for (key, lookup, created_at, expires_at) in found {
        secrets.entry(key).or_default().push(KeySecret {
            prefix: format!("{PREFIX}{lookup}"),
            created_at,
            expires_at,
        });
    }
    let shown = rows.into_iter().map(|row| {
        let secrets = secrets.remove(&row.id).unwrap_or_default();
        row.shown(secrets, now)
    });
    Ok(shown.collect())
}

/// Stores a new key with its secret.
///
/// # Errors
/// A conflict when a key that is not revoked has this name.
pub async fn create(conn: &mut Conn, row: &KeyRow, key: &NewKey) -> Result<()> {
    let insert = diesel::insert_into(keys::table).values(row.clone());
    named(conn.execute(insert).await, &row.name)?;
    add_secret(conn, &row.id, key, row.created_at).await
}

/// Makes a key as `input` says; unchanged input changes nothing, not even the version.
///
/// # Errors
/// 412 when it changed meanwhile, 409 when a key that is not revoked has the name.
pub async fn update(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &KeyRow,
    input: &KeyInput,
) -> Result<KeyRow> {
    let row = old.clone().with(input);
    if row.as_input() == old.as_input() {
        return Ok(row);
    }
    write(conn, edit, old, row).await
}

/// Makes a key void from now on; one that is void already stays as it is.
///
/// # Errors
/// 412 when it changed meanwhile.
pub async fn revoke(conn: &mut Conn, edit: Edit<'_>, old: &KeyRow) -> Result<KeyRow> {
    if old.revoked_at.is_some() {
        return Ok(old.clone());
    }
    let row = KeyRow {
        revoked_at: Some(edit.now),
        ..old.clone()
    };
    write(conn, edit, old, row).await
}

/// Gives a key a new secret. Its present secrets stay valid for `overlap_ms` milliseconds at most.
///
/// # Errors
/// 409 when it can no longer be used, 412 when it changed meanwhile.
pub async fn rotate(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &KeyRow,
    key: &NewKey,
    overlap_ms: i64,
) -> Result<KeyRow> {
    let status = old.status(edit.now);
    if status != KeyStatus::Active {
        let detail = format!(
            "The key is {}; only an active key can be rotated.",
            status.name()
        );
        return Err(Error::new(Code::Conflict, detail));
    }
    let row = write(conn, edit, old, old.clone()).await?;
    let own = || key_secrets::table.filter(key_secrets::key_id.eq(old.id.clone()));
    let gone = own().filter(key_secrets::expires_at.le(Some(edit.now)));
    conn.execute(diesel::delete(gone)).await?;
    let until = Some(Time(edit.now.0 + overlap_ms));
    let later = Sql::<key_secrets::table>::new(
        "key_secrets.expires_at IS NULL OR key_secrets.expires_at > ",
    )
    .integer(edit.now.0 + overlap_ms);
    let shortened = diesel::update(own().filter(later)).set(key_secrets::expires_at.eq(until));
    conn.execute(shortened).await?;
    add_secret(conn, &old.id, key, edit.now).await?;
    Ok(row)
}

async fn add_secret(conn: &mut Conn, id: &str, key: &NewKey, now: Time) -> Result<()> {
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

/// Writes the mutable fields of a key, without its last use, which is recorded concurrently.
async fn write(conn: &mut Conn, edit: Edit<'_>, old: &KeyRow, mut row: KeyRow) -> Result<KeyRow> {
    row.version = old.version + 1;
    row.updated_at = edit.now;
    row.updated_by = Some(edit.by.to_owned());
    let changes = (
        keys::name.eq(row.name.clone()),
        keys::role.eq(row.role),
        keys::permissions.eq(row.permissions.clone()),
        keys::sections.eq(row.sections.clone()),
        keys::locales.eq(row.locales.clone()),
        keys::version.eq(row.version),
        keys::updated_at.eq(row.updated_at),
        keys::updated_by.eq(row.updated_by.clone()),
        keys::expires_at.eq(row.expires_at),
        keys::revoked_at.eq(row.revoked_at),
    );
    let current = keys::table
        .filter(keys::id.eq(old.id.clone()))
        .filter(keys::version.eq(old.version));
    let written = conn.execute(diesel::update(current).set(changes)).await;
    if named(written, &row.name)? > 0 {
        return Ok(row);
    }
    let query = keys::table.filter(keys::id.eq(old.id.clone()));
    let version = conn.first(query.select(keys::version)).await?;
    Err(version.map_or_else(|| Error::not_found("key"), stale))
}

/// The result of a write, where a duplicate means that the name is taken.
fn named(written: QueryResult<usize>, name: &str) -> Result<usize> {
    written.map_err(|error| match dialect::violation(&error) {
        Some(_) => Error::new(
            Code::Conflict,
            format!("The name “{name}” is already used by another key."),
        ),
        None => error.into(),
    })
}
