//! The few places where the two databases' SQL differs.

use diesel::backend::Backend;
use diesel::pg::Pg;
use diesel::query_builder::AstPass;
use diesel::result::{DatabaseErrorKind, Error, QueryResult};
use diesel::sql_types::{Array, Text};
use diesel::sqlite::Sqlite;

/// A database whose SQL Masthead can write.
pub trait Dialect: Backend {
    /// Writes ` IN (…)` for a list of texts as one bound value, so that the statement's text,
    /// and with it the prepared statement, is the same for every length of the list.
    fn push_in_list<'b>(out: AstPass<'_, 'b, Self>, list: &'b TextList) -> QueryResult<()>;
}

/// Texts to compare with, ready to be bound on either database.
#[derive(Debug, Clone)]
pub struct TextList {
    texts: Vec<String>,
    json: String,
}

impl TextList {
    /// A list of texts.
    #[must_use]
    pub fn new(texts: Vec<String>) -> Self {
        // Text always is JSON.
        let json = serde_json::to_string(&texts).unwrap_or_default();
        Self { texts, json }
    }
}

impl Dialect for Sqlite {
    fn push_in_list<'b>(mut out: AstPass<'_, 'b, Self>, list: &'b TextList) -> QueryResult<()> {
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, String>(&list.json)?;
        out.push_sql("))");
        Ok(())
    }
}

impl Dialect for Pg {
    fn push_in_list<'b>(mut out: AstPass<'_, 'b, Self>, list: &'b TextList) -> QueryResult<()> {
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<Text>, Vec<String>>(&list.texts)?;
        out.push_sql(")");
        Ok(())
    }
}

/// The constraint that a write violated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// A slug that another row has.
    SlugTaken,
    /// Another value that must be unique.
    Duplicate,
    /// A row that others refer to, or a reference to a row that does not exist.
    Reference,
}

/// The constraint that an error is about, if it is about one. PostgreSQL names the constraint;
/// SQLite only says `UNIQUE constraint failed: table.column, table.column`.
#[must_use]
pub fn violation(error: &Error) -> Option<Violation> {
    let Error::DatabaseError(kind, info) = error else {
        return None;
    };
    match kind {
        DatabaseErrorKind::UniqueViolation => {
            let place = info.constraint_name().unwrap_or_else(|| info.message());
            Some(if place.contains("slug") {
                Violation::SlugTaken
            } else {
                Violation::Duplicate
            })
        }
        DatabaseErrorKind::ForeignKeyViolation | DatabaseErrorKind::RestrictViolation => {
            Some(Violation::Reference)
        }
        _ => None,
    }
}
