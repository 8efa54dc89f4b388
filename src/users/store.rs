//! The rows of accounts.

use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde_json::{Value, json};

use super::credentials::{revoke_sessions, withdraw_links};
use super::user::{User, UserInput, UserStatus, folded};
use crate::app::Edit;
use crate::auth::Role;
use crate::authors::Authors;
use crate::authors::row::AuthorRow;
use crate::db::schema::accounts::{identities, users};
use crate::db::sql::dialect::violation;
use crate::db::{Conn, Sql, Time, columns};
use crate::error::{Code, Error, FieldError, Result};
use crate::http::page::{Columns, Window};
use crate::http::precondition::{IfMatch, stale};
use crate::resources::lookup;
use crate::values::{Line, Locale, Reference};

/// A row of `users`, without the credentials.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = users, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg), treat_none_as_null = true)]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct UserRow {
    pub id: String,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub status: UserStatus,
    pub locale: Option<String>,
    pub author_id: Option<String>,
    pub version: i64,
    pub created_at: Time,
    pub created_by: Option<String>,
    pub updated_at: Time,
    pub updated_by: Option<String>,
    pub last_login_at: Option<Time>,
}

impl UserRow {
    /// The account as it would be sent to be replaced, for patches to apply to.
    #[must_use]
    pub fn as_input(&self) -> Value {
        json!({
            "email": self.email, "name": self.name, "role": self.role, "status": self.status,
            "locale": self.locale, "author": self.author_id,
        })
    }
}

/// The account of this id.
///
/// # Errors
/// Errors of the database.
pub async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<UserRow>> {
    let query = users::table.filter(users::id.eq(id.to_owned()));
    Ok(conn.first(query.select(columns::<UserRow>())).await?)
}

/// The account of this id.
///
/// # Errors
/// 404 when there is none.
pub async fn require(conn: &mut Conn, id: &str) -> Result<UserRow> {
    let found = by_id(conn, id).await?;
    found.ok_or_else(|| Error::not_found("account"))
}

/// The account with this e-mail address, and the stored hash of its password.
///
/// # Errors
/// Errors of the database.
pub async fn by_email(conn: &mut Conn, email: &str) -> Result<Option<(UserRow, Option<String>)>> {
    let query = users::table
        .filter(users::email.eq(folded(email)))
        .select((columns::<UserRow>(), users::password_hash));
    Ok(conn.first(query).await?)
}

/// The account linked to an identity at a provider of single sign-on.
///
/// # Errors
/// Errors of the database.
pub async fn by_identity(conn: &mut Conn, issuer: &str, subject: &str) -> Result<Option<UserRow>> {
    let query = identities::table
        .filter(identities::issuer.eq(issuer.to_owned()))
        .filter(identities::subject.eq(subject.to_owned()))
        .select(identities::user_id);
    match conn.first::<String>(query).await? {
        Some(id) => by_id(conn, &id).await,
        None => Ok(None),
    }
}

/// Whether there is any account.
///
/// # Errors
/// Errors of the database.
pub async fn is_any(conn: &mut Conn) -> Result<bool> {
    let query = users::table.select(users::id).limit(1);
    Ok(conn.first::<String>(query).await?.is_some())
}

/// All accounts, by e-mail address: for a command, not for a request.
///
/// # Errors
/// Errors of the database.
pub async fn all(conn: &mut Conn) -> Result<Vec<UserRow>> {
    let query = users::table
        .order((users::email, users::id))
        .select(columns::<UserRow>());
    Ok(conn.load(query).await?)
}

/// The rows of a page.
///
/// # Errors
/// Errors of the database.
pub async fn page<S: Columns>(
    conn: &mut Conn,
    condition: Sql<users::table>,
    window: &Window<S>,
) -> Result<Vec<UserRow>> {
    let condition = Sql::all([Some(condition), window.condition()].into_iter().flatten());
    let query = users::table
        .filter(condition)
        .order(window.order::<users::table>())
        .limit(window.rows())
        .offset(window.offset())
        .select(columns::<UserRow>());
    Ok(conn.load(query).await?)
}

/// How many rows meet a condition.
///
/// # Errors
/// Errors of the database.
pub async fn count(conn: &mut Conn, condition: Sql<users::table>) -> Result<i64> {
    Ok(conn.one(users::table.filter(condition).count()).await?)
}

/// Accounts as they are shown, with their authors; a fixed number of statements.
///
/// # Errors
/// Errors of the database.
pub async fn complete(conn: &mut Conn, rows: Vec<UserRow>) -> Result<Vec<User>> {
    let ids = rows.iter().filter_map(|row| row.author_id.clone());
    let linked = lookup::by_ids::<Authors>(conn, ids.collect()).await?;
    let all: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let with_password =
        Sql::<users::table>::new("users.password_hash IS NOT NULL AND users.id").is_in(all);
    let query = users::table.filter(with_password).select(users::id);
    let with_password: Vec<String> = conn.load(query).await?;
    let shown = rows.into_iter().map(|row| User {
        author: linked
            .iter()
            .find(|author| Some(&author.id) == row.author_id.as_ref())
            .map(AuthorRow::summary),
        has_password: with_password.contains(&row.id),
        id: row.id,
        email: row.email,
        name: row.name,
        role: row.role,
        status: row.status,
        locale: row.locale,
        version: row.version,
        created_at: row.created_at,
        created_by: row.created_by,
        updated_at: row.updated_at,
        updated_by: row.updated_by,
        last_login_at: row.last_login_at,
    });
    Ok(shown.collect())
}

/// One account as it is shown.
///
/// # Errors
/// Errors of the database.
pub async fn show(conn: &mut Conn, row: UserRow) -> Result<User> {
    let mut shown = complete(conn, vec![row]).await?;
    shown.pop().ok_or_else(|| Error::not_found("account"))
}

/// Creates an account with the hash of its password, where it has one.
///
/// # Errors
/// 409 for an e-mail address or an author that another account has, 422 for an author who is
/// not there.
pub async fn create(
    conn: &mut Conn,
    edit: Edit<'_>,
    input: &UserInput,
    password_hash: Option<String>,
) -> Result<UserRow> {
    conn.advisory_lock("users").await?;
    let author_id = author_of(conn, input.author.as_ref()).await?;
    let row = UserRow {
        id: edit.ids.next(),
        email: folded(input.email.as_str()),
        name: input.name.as_str().to_owned(),
        role: input.role,
        status: input.status,
        locale: input
            .locale
            .as_ref()
            .map(|locale| locale.as_str().to_owned()),
        author_id,
        version: 1,
        created_at: edit.now,
        created_by: Some(edit.by.to_owned()),
        updated_at: edit.now,
        updated_by: Some(edit.by.to_owned()),
        last_login_at: None,
    };
    check_unique(conn, &row).await?;
    let values = (row.clone(), users::password_hash.eq(password_hash));
    let insert = diesel::insert_into(users::table).values(values);
    conn.execute(insert).await.map_err(taken)?;
    Ok(row)
}

/// Makes an account as `input` says. Whose role or status changes is signed out everywhere; links
/// to choose a password are void once the address or the status changes. Unchanged input changes
/// nothing.
///
/// # Errors
/// 412 when it changed meanwhile; 409 when nobody would be left to manage accounts; 409 and 422
/// as for [`create`].
pub async fn update(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &UserRow,
    if_match: &IfMatch,
    input: &UserInput,
) -> Result<UserRow> {
    if_match.check(old.version)?;
    conn.advisory_lock("users").await?;
    let mut row = UserRow {
        email: folded(input.email.as_str()),
        name: input.name.as_str().to_owned(),
        role: input.role,
        status: input.status,
        locale: input
            .locale
            .as_ref()
            .map(|locale| locale.as_str().to_owned()),
        author_id: author_of(conn, input.author.as_ref()).await?,
        ..old.clone()
    };
    if row.as_input() == old.as_input() {
        return Ok(old.clone());
    }
    if !row.is_acting_admin() {
        keep_an_admin(conn, old).await?;
    }
    check_unique(conn, &row).await?;
    row.version += 1;
    row.updated_at = edit.now;
    row.updated_by = Some(edit.by.to_owned());
    write(conn, old, &row).await?;
    if (old.role, old.status) != (row.role, row.status) {
        revoke_sessions(conn, &row.id, edit.now).await?;
    }
    if (&old.email, old.status) != (&row.email, row.status) {
        // They were sent to an address that is not the account's, or to somebody who may not.
        withdraw_links(conn, &row.id).await?;
    }
    Ok(row)
}

/// Changes the fields that people may change of their own account.
///
/// # Errors
/// 412 when it changed meanwhile.
pub async fn update_self(
    conn: &mut Conn,
    now: Time,
    old: &UserRow,
    if_match: &IfMatch,
    name: &Line<200>,
    locale: Option<&Locale>,
) -> Result<UserRow> {
    if_match.check(old.version)?;
    let mut row = UserRow {
        name: name.as_str().to_owned(),
        locale: locale.map(|locale| locale.as_str().to_owned()),
        ..old.clone()
    };
    if row.as_input() == old.as_input() {
        return Ok(old.clone());
    }
    row.version += 1;
    row.updated_at = now;
    row.updated_by = Some(row.id.clone());
    write(conn, old, &row).await?;
    Ok(row)
}

async fn write(conn: &mut Conn, old: &UserRow, row: &UserRow) -> Result<()> {
    let unchanged = users::table
        .filter(users::id.eq(old.id.clone()))
        .filter(users::version.eq(old.version));
    let update = diesel::update(unchanged).set(row.clone());
    if conn.execute(update).await.map_err(taken)? > 0 {
        return Ok(());
    }
    let now = require(conn, &old.id).await?;
    Err(stale(now.version))
}

/// Deletes an account with its sessions. Its articles stay.
///
/// # Errors
/// 412 when it changed meanwhile, 409 when nobody would be left to manage accounts.
pub async fn delete(conn: &mut Conn, old: &UserRow, if_match: &IfMatch) -> Result<()> {
    if_match.check(old.version)?;
    conn.advisory_lock("users").await?;
    keep_an_admin(conn, old).await?;
    let unchanged = users::table
        .filter(users::id.eq(old.id.clone()))
        .filter(users::version.eq(old.version));
    if conn.execute(diesel::delete(unchanged)).await? == 0 {
        let now = require(conn, &old.id).await?;
        return Err(stale(now.version));
    }
    Ok(())
}

impl UserRow {
    fn is_acting_admin(&self) -> bool {
        self.role == Role::Admin && self.status == UserStatus::Active
    }
}

/// Whether this is the last account that can manage accounts. To be called under the
/// [`advisory_lock`](Conn::advisory_lock) `users`.
///
/// # Errors
/// Errors of the database.
pub async fn is_last_admin(conn: &mut Conn, user: &UserRow) -> Result<bool> {
    if !user.is_acting_admin() {
        return Ok(false);
    }
    let others = users::table
        .filter(users::role.eq(Role::Admin))
        .filter(users::status.eq(UserStatus::Active))
        .filter(users::id.ne(user.id.clone()))
        .select(users::id)
        .limit(1);
    Ok(conn.first::<String>(others).await?.is_none())
}

async fn keep_an_admin(conn: &mut Conn, leaving: &UserRow) -> Result<()> {
    if !is_last_admin(conn, leaving).await? {
        return Ok(());
    }
    let detail = "This is the last active admin; create another one first.";
    Err(Error::new(Code::Conflict, detail))
}

async fn author_of(conn: &mut Conn, author: Option<&Reference>) -> Result<Option<String>> {
    let Some(reference) = author else {
        return Ok(None);
    };
    if let Some(author) = lookup::get::<Authors>(conn, reference).await? {
        return Ok(Some(author.id));
    }
    let detail = format!(
        "There is no author with the id or slug “{}”.",
        reference.as_str()
    );
    Err(Error::field("/author", "unknown_reference", detail))
}

async fn check_unique(conn: &mut Conn, row: &UserRow) -> Result<()> {
    let mut errors = Vec::new();
    let others = || users::table.filter(users::id.ne(row.id.clone()));
    let email = others().filter(users::email.eq(row.email.clone()));
    if conn
        .first::<String>(email.select(users::id))
        .await?
        .is_some()
    {
        let detail = "The e-mail address is already used by another account.";
        errors.push(FieldError::at("/email", "taken", detail));
    }
    if let Some(author) = &row.author_id {
        let linked = others().filter(users::author_id.eq(Some(author.clone())));
        if conn
            .first::<String>(linked.select(users::id))
            .await?
            .is_some()
        {
            let detail = "The author is already linked to another account.";
            errors.push(FieldError::at("/author", "taken", detail));
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::fields(Code::Conflict, errors))
    }
}

fn taken(error: diesel::result::Error) -> Error {
    if violation(&error).is_some() {
        let detail = "The e-mail address or author was taken by a concurrent request.";
        return Error::new(Code::Conflict, detail);
    }
    error.into()
}
