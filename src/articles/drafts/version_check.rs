//! The version check of a change: against `If-Match` before anything is done, and in SQL when the
//! row is written.

use std::ops::Deref;

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::document::{Document, by_id};
use crate::articles::row::ArticleRow;
use crate::db::schema::editorial::articles;
use crate::db::{Conn, Time};
use crate::error::{Error, Result};
use crate::http::precondition::{IfMatch, stale as stale_version};

/// A working copy, as it is at the moment of the change, whose version is one that the change may be
/// based on. Every change of an article takes one, so that `If-Match` is checked exactly once.
#[derive(Debug, Clone)]
pub struct Current(Document);

/// A working copy that is of another version than the change may be based on.
#[derive(Debug)]
pub struct Overtaken(pub Box<Document>);

impl Current {
    /// Checks a working copy that was read in the transaction of the change.
    ///
    /// # Errors
    /// The working copy, when its version is another.
    pub fn checked(
        document: Document,
        if_match: &IfMatch,
        now: Time,
    ) -> std::result::Result<Self, Overtaken> {
        match if_match.check(document.row.version) {
            Ok(()) => Ok(Self(document.at(now))),
            Err(_) => Err(Overtaken(Box::new(document))),
        }
    }

    /// Takes a working copy for a change that may be based on any version.
    #[must_use]
    pub fn any(document: Document, now: Time) -> Self {
        Self(document.at(now))
    }

    /// Checks in the transaction of the change that a working copy that was read before it still has
    /// its version.
    ///
    /// # Errors
    /// 412 with the current version, 404 when the article is gone or in the trash.
    pub async fn still(conn: &mut Conn, document: Document, now: Time) -> Result<Self> {
        let query = articles::table
            .filter(articles::id.eq(document.row.id.clone()))
            .filter(articles::deleted_at.is_null())
            .select(articles::version);
        match conn.first::<i64>(query).await? {
            Some(version) if version == document.row.version => Ok(Self(document.at(now))),
            Some(version) => Err(stale_version(version)),
            None => Err(Error::not_found("article")),
        }
    }

    /// The working copy.
    #[must_use]
    pub fn into_document(self) -> Document {
        self.0
    }
}

impl Deref for Current {
    type Target = Document;

    fn deref(&self) -> &Document {
        &self.0
    }
}

/// Writes the row in place of the old one.
///
/// # Errors
/// 412 when the article was changed meanwhile.
pub(in crate::articles) async fn save(
    conn: &mut Conn,
    old: &ArticleRow,
    row: &ArticleRow,
) -> Result<()> {
    let update = diesel::update(unchanged(old)).set(row.clone());
    if conn.execute(update).await? == 0 {
        return Err(stale(conn, old).await);
    }
    Ok(())
}

/// The row, as long as it has the version of `old` and is not in the trash.
#[diesel::dsl::auto_type(no_type_alias)]
pub(in crate::articles) fn unchanged(old: &ArticleRow) -> _ {
    let id: String = old.id.clone();
    let version: i64 = old.version;
    articles::table
        .filter(articles::id.eq(id))
        .filter(articles::version.eq(version))
        .filter(articles::deleted_at.is_null())
}

/// The error of a change that came too late: 412 with the current version, or 404.
pub(in crate::articles) async fn stale(conn: &mut Conn, old: &ArticleRow) -> Error {
    match by_id(conn, &old.id).await {
        Ok(Some(row)) if row.deleted_at.is_none() => stale_version(row.version),
        Ok(_) => Error::not_found("article"),
        Err(error) => error,
    }
}
