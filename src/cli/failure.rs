//! Why a command failed, in one line.

use std::fmt;

use crate::config::ConfigError;
use crate::db::{DatabaseUrl, DbError};
use crate::error::{Code, Error};

/// Why a command failed: one line for whoever typed it.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure with this explanation; line breaks become spaces.
    pub fn new(message: impl fmt::Display) -> Self {
        let message = message.to_string();
        Self(message.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// A failure to use a database, which is named without its password.
    pub fn of_database(url: &DatabaseUrl, error: &DbError) -> Self {
        let why = match error {
            DbError::Unavailable(why) | DbError::Migration(why) => why.clone(),
            DbError::Query(error) => error.to_string(),
            DbError::Busy => error.to_string(),
        };
        Self::new(format!("cannot use the database {url}: {why}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(error)
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::new(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match (error.code(), error.cause()) {
            (Code::Internal, Some(cause)) => Self::new(cause),
            (Code::Unavailable, Some(cause)) => Self::new(format!("{} {cause}", error.detail())),
            _ if error.field_errors().len() > 1 => {
                let each = error.field_errors().iter();
                let each = each.map(|field| format!("{}: {}", field.place(), field.detail()));
                Self::new(each.collect::<Vec<_>>().join(" "))
            }
            _ => Self::new(error.detail()),
        }
    }
}
