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
#[error("the database URL must be sqlite:PATH or postgres://user:password@host/name, not {given}")]
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
        // Only what has the form of a scheme is repeated: the rest may hold a password.
        let is_scheme = |scheme: &&str| {
            scheme.len() <= 20
                && scheme
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '+')
        };
        let scheme = text
            .split_once("://")
            .map(|(scheme, _)| scheme)
            .filter(is_scheme);
        let given = scheme.map_or_else(|| "what was given".to_owned(), |s| format!("{s}://…"));
        Err(UnknownDatabase { given })
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
            // Read as it is for connecting, so that no odd character moves the password into
            // what is shown.
            Self::Postgres(secret) => {
                let Ok(config) = secret.expose_secret().parse::<tokio_postgres::Config>() else {
                    return f.write_str("postgres://…");
                };
                f.write_str("postgres://")?;
                if let Some(user) = config.get_user() {
                    write!(f, "{user}@")?;
                }
                let ports = config.get_ports();
                for (index, host) in config.get_hosts().iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    match host {
                        tokio_postgres::config::Host::Tcp(name) => write!(f, "{comma}{name}")?,
                        #[cfg(unix)]
                        tokio_postgres::config::Host::Unix(path) => {
                            write!(f, "{comma}{}", path.display())?;
                        }
                    }
                    if let Some(port) = ports.get(index).or_else(|| ports.first()) {
                        write!(f, ":{port}")?;
                    }
                }
                write!(f, "/{}", config.get_dbname().unwrap_or_default())
            }
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
        for odd in [
            "postgres://me:1#hunter2@h/d",
            "postgres://me:1/hunter2@h/d",
            "postgres://me:a?hunter2@h",
        ] {
            let url = DatabaseUrl::parse(odd).expect("a URL");
            assert!(!format!("{url} {url:?}").contains("hunter2"), "{url}");
        }
        for wrong in [
            "mysql://me:hunter2@h/d",
            "user=me password=hunter2 host=h",
            "hunter2",
        ] {
            let refused = DatabaseUrl::parse(wrong).expect_err("refused");
            assert!(!refused.to_string().contains("hunter2"), "{refused}");
        }
    }
}
