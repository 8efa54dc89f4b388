//! Look-up of a request's credentials in the database.

use diesel::prelude::{Queryable, Selectable};
use diesel::{ExpressionMethods as _, JoinOnDsl as _, QueryDsl as _};

use super::permission::{Permission, Permissions};
use super::principal::{Bounds, Principal, PrincipalKind};
use super::role::Role;
use crate::db::schema::accounts::{key_secrets, keys, sessions, users};
use crate::db::{Conn, Json, Time, columns};
use crate::error::Result;
use crate::values::string_enum;

string_enum! {
    /// Whether an account may be used.
    pub enum UserStatus {
        /// It may.
        Active => "active",
        /// It may not, until an admin lets it again.
        Suspended => "suspended",
    }
}

/// A session with its user, as far as a request needs them.
pub struct SessionFound {
    /// The user, if the session is good.
    pub principal: Principal,
    /// When it was used last.
    pub last_used_at: Time,
}

/// A key with one of its secrets.
pub struct KeyFound {
    /// The holder.
    pub principal: Principal,
    /// Hash of the secret.
    pub hash: String,
    /// When the key, or this secret, ends.
    pub expires_at: Option<Time>,
    /// When it was used last.
    pub last_used_at: Option<Time>,
}

/// The permissions and bounds of a key, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = keys, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
struct KeyRow {
    id: String,
    role: Option<Role>,
    permissions: Option<Json<Vec<Permission>>>,
    sections: Option<Json<Vec<String>>>,
    locales: Option<Json<Vec<String>>>,
    expires_at: Option<Time>,
    last_used_at: Option<Time>,
}

impl KeyRow {
    fn principal(self) -> Principal {
        Principal {
            id: self.id,
            kind: PrincipalKind::Key,
            role: self.role,
            permissions: permissions(self.role, self.permissions.as_ref()),
            bounds: bounds(self.sections, self.locales),
        }
    }
}

/// The session of this id, if it and its user are good.
///
/// # Errors
/// Errors of the database.
pub async fn session(conn: &mut Conn, id: &str, now: Time) -> Result<Option<SessionFound>> {
    let query = sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::id.eq(id.to_owned()))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(users::status.eq(UserStatus::Active))
        .select((
            users::id,
            users::role,
            users::author_id,
            sessions::last_used_at,
        ));
    let found: Option<(String, Role, Option<String>, Time)> = conn.first(query).await?;
    Ok(
        found.map(|(user, role, author, last_used_at)| SessionFound {
            principal: Principal {
                id: user,
                kind: PrincipalKind::User {
                    session: id.to_owned(),
                    author,
                },
                role: Some(role),
                permissions: role.permissions(),
                bounds: Bounds::default(),
            },
            last_used_at,
        }),
    )
}

/// The key with this secret, unless it was revoked.
///
/// # Errors
/// Errors of the database.
pub async fn key(conn: &mut Conn, lookup: &str) -> Result<Option<KeyFound>> {
    let query = key_secrets::table
        .inner_join(keys::table.on(keys::id.eq(key_secrets::key_id)))
        .filter(key_secrets::lookup.eq(lookup.to_owned()))
        .filter(keys::revoked_at.is_null())
        .select((
            columns::<KeyRow>(),
            key_secrets::hash,
            key_secrets::expires_at,
        ));
    let found: Option<(KeyRow, String, Option<Time>)> = conn.first(query).await?;
    Ok(found.map(|(row, hash, secret_ends)| {
        let ends = [row.expires_at, secret_ends];
        KeyFound {
            last_used_at: row.last_used_at,
            principal: row.principal(),
            hash,
            expires_at: ends.into_iter().flatten().min(),
        }
    }))
}

/// The key of this id and when it ends, unless it was revoked.
///
/// # Errors
/// Errors of the database.
pub async fn key_of(conn: &mut Conn, id: &str) -> Result<Option<(Principal, Option<Time>)>> {
    let query = keys::table
        .filter(keys::id.eq(id.to_owned()))
        .filter(keys::revoked_at.is_null())
        .select(columns::<KeyRow>());
    let found: Option<KeyRow> = conn.first(query).await?;
    Ok(found.map(|row| {
        let ends = row.expires_at;
        (row.principal(), ends)
    }))
}

/// Somebody of this id, a user or a key, if they may still call.
///
/// # Errors
/// Errors of the database.
pub async fn principal(conn: &mut Conn, id: &str, now: Time) -> Result<Option<Principal>> {
    let query = users::table
        .filter(users::id.eq(id.to_owned()))
        .filter(users::status.eq(UserStatus::Active))
        .select((users::role, users::author_id));
    let user: Option<(Role, Option<String>)> = conn.first(query).await?;
    if let Some((role, author)) = user {
        return Ok(Some(Principal {
            id: id.to_owned(),
            kind: PrincipalKind::User {
                session: String::new(),
                author,
            },
            role: Some(role),
            permissions: role.permissions(),
            bounds: Bounds::default(),
        }));
    }
    let key = key_of(conn, id).await?;
    let is_good = |ends: &Option<Time>| ends.is_none_or(|at| at > now);
    Ok(key.filter(|(_, ends)| is_good(ends)).map(|(key, _)| key))
}

/// Permissions of a key with a role, or a list of permissions.
#[must_use]
pub fn permissions(role: Option<Role>, list: Option<&Json<Vec<Permission>>>) -> Permissions {
    match (role, list) {
        (Some(role), _) => role.permissions(),
        (None, Some(list)) => Permissions::of(&list.0),
        (None, None) => Permissions::of(&[]),
    }
}

/// Where a key may do it, from what is stored.
#[must_use]
pub fn bounds(sections: Option<Json<Vec<String>>>, locales: Option<Json<Vec<String>>>) -> Bounds {
    Bounds {
        sections: sections.map(|list| list.0),
        locales: locales.map(|list| list.0),
    }
}

/// Notes that a session was used.
///
/// # Errors
/// Errors of the database.
pub async fn session_used(conn: &mut Conn, id: &str, now: Time) -> Result<()> {
    let row = sessions::table.filter(sessions::id.eq(id.to_owned()));
    conn.execute(diesel::update(row).set(sessions::last_used_at.eq(now)))
        .await?;
    Ok(())
}

/// Notes that a key was used.
///
/// # Errors
/// Errors of the database.
pub async fn key_used(conn: &mut Conn, id: &str, now: Time) -> Result<()> {
    let row = keys::table.filter(keys::id.eq(id.to_owned()));
    conn.execute(diesel::update(row).set(keys::last_used_at.eq(Some(now))))
        .await?;
    Ok(())
}
