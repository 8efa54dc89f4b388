//! Which database a URL names.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

/// A database that Masthead can use, read from a URL.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// `sqlite:PATH`: a file, made when it is missing (its folder must exist).
    Sqlite(PathBuf),
    /// `postgres://user:password@host:port/name`: secret, since it holds the password.
    Postgres(SecretString),
}

/// A URL that names no database that Masthead knows.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database URL must be sqlite:PATH or postgres://user:password@host/name, not {given:?}"
)]
pub struct UnknownDatabase {
    /// The scheme that was given; never the whole URL, which may hold a password.
    given: String,
}

impl DatabaseUrl {
    /// Reads a database URL.
    ///
    /// # Errors
    /// When the scheme is neither `sqlite:` nor `postgres://` (or `postgresql://`), or the path
    /// is empty.
    pub fn parse(text: &str) -> Result<Self, UnknownDatabase> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if !path.is_empty() {
                return Ok(Self::Sqlite(PathBuf::from(path)));
            }
        } else if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(SecretString::from(text)));
        }
        let scheme = text.split_once(':').map_or(text, |(scheme, _)| scheme);
        let given = scheme.chars().take(40).collect::<String>();
        Err(UnknownDatabase {
            given: format!("{given}:…"),
        })
    }

    /// The SQLite file, when it is one.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

/// Shows where the database is, with the password hidden.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(secret) => match url::Url::parse(secret.expose_secret()) {
                Ok(mut url) => {
                    if url.password().is_some() && url.set_password(Some("***")).is_err() {
                        return f.write_str("postgres://…");
                    }
                    url.set_query(None);
                    write!(f, "{url}")
                }
                Err(_) => f.write_str("postgres://…"),
            },
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_picks_the_database() {
        assert!(
            matches!(DatabaseUrl::parse("sqlite:a.db"), Ok(DatabaseUrl::Sqlite(p)) if p == Path::new("a.db"))
        );
        assert!(
            matches!(DatabaseUrl::parse("sqlite:///tmp/a.db"), Ok(DatabaseUrl::Sqlite(p)) if p == Path::new("/tmp/a.db"))
        );
        assert!(matches!(
            DatabaseUrl::parse("postgresql://h/d"),
            Ok(DatabaseUrl::Postgres(_))
        ));
        for wrong in ["mysql://h/d", "a.db", "sqlite:", ""] {
            assert!(DatabaseUrl::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let url = DatabaseUrl::parse("postgres://me:hunter2@h/d?password=hunter2").expect("a URL");
        assert!(!format!("{url} {url:?}").contains("hunter2"));
        let refused = DatabaseUrl::parse("mysql://me:hunter2@h/d").expect_err("refused");
        assert!(!refused.to_string().contains("hunter2"));
    }
}
