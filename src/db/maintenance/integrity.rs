//! Whether the file of a database is sound in itself, which SQLite can tell.

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl as _, SqliteConnection};

use crate::db::{Backend, Database, DbError};

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

impl Database {
    /// Faults that SQLite finds in its file (`PRAGMA integrity_check`), in its words, and the tables
    /// with rows that refer to none (`PRAGMA foreign_key_check`). PostgreSQL checks its pages when it
    /// reads them and its foreign keys when they are written, so nothing is reported of it.
    ///
    /// # Errors
    /// When the database cannot be read at all.
    pub fn integrity(&self) -> Result<(Vec<String>, Vec<String>), DbError> {
        match &self.backend {
            Backend::Sqlite(db) => {
                let mut conn = db.reader()?;
                Ok((structure(&mut conn)?, broken_references(&mut conn)?))
            }
            Backend::Postgres(..) => Ok((Vec::new(), Vec::new())),
        }
    }
}

/// The structural errors of a file; empty when it is sound.
pub(in crate::db) fn structure(conn: &mut SqliteConnection) -> Result<Vec<String>, DbError> {
    let query = "SELECT integrity_check AS word FROM pragma_integrity_check";
    let mut words = words(conn, query)?;
    words.retain(|word| word != "ok");
    Ok(words)
}

fn broken_references(conn: &mut SqliteConnection) -> Result<Vec<String>, DbError> {
    let query = "SELECT DISTINCT \"table\" AS word FROM pragma_foreign_key_check ORDER BY word";
    words(conn, query)
}

/// The rows of a query that gives one text, named `word`.
pub(in crate::db) fn words(
    conn: &mut SqliteConnection,
    query: &str,
) -> Result<Vec<String>, DbError> {
    let words: Vec<Word> = diesel::sql_query(query).load(conn)?;
    Ok(words.into_iter().map(|found| found.word).collect())
}
