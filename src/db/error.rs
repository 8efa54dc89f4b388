//! Failures of the database, and the problems that they become.

use actix_web::http::header::{self, HeaderValue};
use diesel::ConnectionError;

use super::IdempotencyMark;
use super::sql::dialect::{Violation, violation};
use crate::error::{Code, Error};

/// A failure of the database.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// It cannot be reached.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// No connection became free within the longest wait.
    #[error("timed out waiting for a database connection")]
    Busy,
    /// A query failed.
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
    /// The schema could not be brought up to date.
    #[error("migration failed: {0}")]
    Migration(String),
}

impl From<ConnectionError> for DbError {
    fn from(error: ConnectionError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Query(error) => error.into(),
            DbError::Unavailable(cause) => Self::new(
                Code::Unavailable,
                "The database is unavailable; try again later.",
            )
            .because(cause),
            DbError::Busy => Self::new(
                Code::Overloaded,
                "Timed out waiting for a database connection; try again.",
            )
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("1")),
            DbError::Migration(cause) => Self::internal(cause),
        }
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error as Diesel};
        let cause = error.to_string();
        let known = match violation(&error) {
            Some(Violation::SlugTaken) => Some(Self::new(
                Code::SlugTaken,
                "The slug was taken by a concurrent request.",
            )),
            Some(Violation::Duplicate) => Some(Self::new(
                Code::Conflict,
                "A concurrent request saved the same value; read it again.",
            )),
            Some(Violation::Reference) => Some(Self::new(
                Code::Conflict,
                "A related resource was changed by a concurrent request; try again.",
            )),
            None if IdempotencyMark::is_taken_over(&error) => Some(Self::new(
                Code::IdempotencyRunning,
                "The same request is in progress elsewhere; this one changed nothing.",
            )),
            None => match &error {
                Diesel::DatabaseError(
                    DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                    _,
                )
                | Diesel::BrokenTransactionManager => Some(Self::new(
                    Code::Unavailable,
                    "The connection to the database was lost; try again.",
                )),
                Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
                    Some(Self::new(
                        Code::Conflict,
                        "The request conflicted with a concurrent one; try again.",
                    ))
                }
                Diesel::DatabaseError(_, info) if is_ending(info.message()) => Some(Self::new(
                    Code::Unavailable,
                    "The connection to the database was lost; try again.",
                )),
                Diesel::DatabaseError(_, info) if is_full(info.message()) => Some(Self::new(
                    Code::InsufficientStorage,
                    "The database is out of space; nothing was saved.",
                )),
                Diesel::DatabaseError(_, info) if is_busy(info.message()) => Some(Self::new(
                    Code::Unavailable,
                    "The database is busy with another write; try again.",
                )),
                _ => None,
            },
        };
        match known {
            Some(known) => known.because(cause),
            None => Self::internal(cause),
        }
    }
}

/// Whether SQLite's lock is held by another process (SQLITE_BUSY), or PostgreSQL broke a deadlock
/// (40P01). diesel has no kind for either, so the message decides.
fn is_busy(message: &str) -> bool {
    message.contains("database is locked") || message.contains("deadlock detected")
}

/// Whether PostgreSQL closed the connection: it shuts down, it crashed, or an administrator ended
/// the session (57P01, 57P02).
fn is_ending(message: &str) -> bool {
    message.contains("terminating connection")
}

/// Whether the disk is full (SQLITE_FULL, 53100), by the English messages of SQLite and the C
/// library.
fn is_full(message: &str) -> bool {
    message.contains("database or disk is full") || message.contains("No space left on device")
}
