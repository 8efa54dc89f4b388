//! References between rows: each leads to a row that is there.
//!
//! Foreign keys see to most of them when they are written. They do not when a tool wrote to the
//! database without them, or when a file was damaged and put together again.

use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::sql_types::Text;

use super::{AnySubject, Subject, Violation};
use crate::app::Edit;
use crate::db::invalidation::SurrogateKey;
use crate::db::{Conn, Time};
use crate::error::Result;

/// A column that leads to a row of another table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The table that it leads to.
    pub to: &'static str,
    /// The column there.
    pub key: &'static str,
    /// The remedy for a row that leads nowhere.
    pub remedy: Remedy,
    /// The condition on the rows that must lead somewhere, if not all must.
    pub only: Option<&'static str>,
}

/// The remedy for a row that leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The row is worth nothing without it, and goes.
    Delete,
    /// The reference is emptied.
    Clear,
}

/// Writes a list of references: table, column, what they lead to and the remedy, one a line.
macro_rules! references {
    ($( $table:ident . $column:ident -> $to:ident . $key:ident, $remedy:ident $(, $only:literal)?; )+) => {
        [$(
            $crate::integrity::Reference {
                table: stringify!($table),
                column: stringify!($column),
                to: stringify!($to),
                key: stringify!($key),
                remedy: $crate::integrity::Remedy::$remedy,
                only: [$(Some($only),)? None][0],
            },
        )+]
    };
}

pub(crate) use references;

/// The references between accounts, keys and sessions, which are no subject of a check.
const OF_ACCOUNTS: &[Reference] = &references! {
    identities.user_id -> users.id, Delete;
    key_secrets.key_id -> keys.id, Delete;
    one_time_tokens.user_id -> users.id, Delete;
    refresh_tokens.session_id -> sessions.id, Delete;
    sessions.user_id -> users.id, Delete;
    users.author_id -> authors.id, Clear;
};

/// All references, those of the subjects among them.
#[must_use]
pub fn all_of(subjects: &[&dyn AnySubject]) -> Vec<Reference> {
    let of_subjects = subjects.iter().flat_map(|one| one.all_references());
    OF_ACCOUNTS.iter().copied().chain(of_subjects).collect()
}

#[derive(QueryableByName)]
struct Gone {
    #[diesel(sql_type = Text)]
    key: String,
}

impl Reference {
    fn name(&self) -> String {
        format!("{}.{}", self.table, self.column)
    }

    /// The condition of rows that lead nowhere. All names are constants of the program.
    fn is_dangling(&self) -> String {
        let Self {
            table,
            column,
            to,
            key,
            ..
        } = self;
        let only = self.only.map(|only| format!("{only} AND "));
        let only = only.unwrap_or_default();
        format!(
            "{table}.{column} IS NOT NULL AND {only}NOT EXISTS \
             (SELECT 1 FROM {to} AS other WHERE other.{key} = {table}.{column})"
        )
    }

    /// The missing keys that its rows lead to, once for each row.
    async fn dangling(&self, conn: &mut Conn) -> Result<Vec<String>> {
        let (table, column, dangling) = (self.table, self.column, self.is_dangling());
        let query = format!("SELECT {column} AS key FROM {table} WHERE {dangling}");
        let rows: Vec<Gone> = conn.load(diesel::sql_query(query)).await?;
        Ok(rows.into_iter().map(|gone| gone.key).collect())
    }

    async fn repair(&self, conn: &mut Conn) -> Result<()> {
        let (table, column, dangling) = (self.table, self.column, self.is_dangling());
        let remedy = match self.remedy {
            Remedy::Delete => format!("DELETE FROM {table} WHERE {dangling}"),
            Remedy::Clear => format!("UPDATE {table} SET {column} = NULL WHERE {dangling}"),
        };
        conn.execute(diesel::sql_query(remedy)).await?;
        Ok(())
    }
}

/// All references.
pub(super) struct References(pub Vec<Reference>);

impl References {
    fn named(&self, name: &str) -> Option<&Reference> {
        self.0.iter().find(|one| one.name() == name)
    }
}

impl Subject for References {
    async fn some_after(&self, _conn: &mut Conn, id: &str) -> Result<Vec<String>> {
        let names = self.0.iter().map(Reference::name);
        // One at a time, so that no snapshot lasts for long.
        let next = names.filter(|name| name.as_str() > id).min();
        Ok(next.into_iter().collect())
    }

    async fn find(&self, conn: &mut Conn, id: &str, _now: Time) -> Result<Vec<Violation>> {
        let mut rows: BTreeMap<String, usize> = BTreeMap::new();
        let Some(reference) = self.named(id) else {
            return Ok(Vec::new());
        };
        for gone in reference.dangling(conn).await? {
            *rows.entry(gone).or_default() += 1;
        }
        let tell = |(gone, rows): (String, usize)| {
            let rows = match rows {
                1 => "1 row".to_owned(),
                more => format!("{more} rows"),
            };
            let detail = format!("refers to “{gone}”, which does not exist, in {rows}");
            Violation::new("reference", id, detail)
        };
        Ok(rows.into_iter().map(tell).collect())
    }

    async fn repair(&self, conn: &mut Conn, _edit: Edit<'_>, id: &str) -> Result<()> {
        if let Some(reference) = self.named(id) {
            reference.repair(conn).await?;
        }
        // It is not known what showed it.
        conn.changed(SurrogateKey::ALL);
        Ok(())
    }
}
