//! Settings: the compiled-in defaults, then a file, then the environment, then flags.
//!
//! `masthead.default.toml` lists them all. This is the one place that reads the environment.

mod accounts;
mod limits;
mod mail;
mod metrics;
mod overload;
mod secret;
mod sections;
mod traces;

use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{Config, Environment, File, FileFormat};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use self::accounts::{AuthSettings, OidcSettings, PublicReads, Secret};
pub use self::limits::{LimitsSettings, Rate};
pub use self::mail::{Encryption, MailRoute, MailSettings, SmtpUrl};
pub use self::metrics::MetricsSettings;
pub use self::overload::OverloadSettings;
pub use self::secret::{HiddenUrl, ShowUrl};
pub use self::sections::*;
pub use self::traces::TracesSettings;

use crate::db::{DatabaseUrl, Options, PostgresOptions, SqliteOptions};

/// The defaults, which are also the reference of all settings.
pub const DEFAULTS: &str = include_str!("../../masthead.default.toml");

/// The settings in force. Printed or logged, they hide secrets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How the service listens.
    pub server: ServerSettings,
    /// Where files are kept.
    pub data: DataSettings,
    /// Which database, and how it is used.
    pub database: DatabaseSettings,
    /// The publication.
    pub site: SiteSettings,
    /// How articles live.
    pub newsroom: NewsroomSettings,
    /// How far pages go.
    pub paging: PagingSettings,
    /// Lifetimes for caches.
    pub cache: CacheSettings,
    /// Which pages may call from a browser.
    pub cors: CorsSettings,
    /// Accounts and sessions.
    pub auth: AuthSettings,
    /// Single sign-on.
    pub oidc: OidcSettings,
    /// The cost of hashing passwords.
    pub passwords: PasswordSettings,
    /// How mail is sent.
    pub mail: MailSettings,
    /// How often something may be done.
    pub limits: LimitsSettings,
    /// Load shedding.
    pub overload: OverloadSettings,
    /// The log.
    pub log: LogSettings,
    /// Metrics for operators.
    pub metrics: MetricsSettings,
    /// Traces for operators.
    pub traces: TracesSettings,
}

/// Settings given on the command line.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`: a file that must exist.
    pub config: Option<PathBuf>,
    /// `--database`.
    pub database: Option<String>,
    /// `--log`.
    pub log: Option<String>,
    /// `--listen`.
    pub listen: Option<String>,
}

/// Settings that cannot be used, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    fn new(error: impl std::fmt::Display) -> Self {
        Self(without_urls(&error.to_string().replace('\n', " ")))
    }
}

/// A message without the addresses that it quotes: they may hold a password.
fn without_urls(message: &str) -> String {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`');
    let hide = |word: &str| {
        let rest = word.trim_end_matches(ends);
        match rest.split_once("://") {
            Some((scheme, _)) => {
                format!("{scheme}://…{}", word.get(rest.len()..).unwrap_or_default())
            }
            None => word.to_owned(),
        }
    };
    message.split_inclusive(ends).map(hide).collect()
}

impl Settings {
    /// Reads the settings from the file, the environment and the flags.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown name, a value of the wrong kind, or one that
    /// cannot be used.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        let mut sources = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        let beside = Path::new("masthead.toml");
        match &flags.config {
            Some(file) if !file.exists() => {
                return Err(ConfigError(format!(
                    "the file {} does not exist",
                    file.display()
                )));
            }
            Some(file) => sources = sources.add_source(toml_file(file)),
            None if beside.exists() => sources = sources.add_source(toml_file(beside)),
            None => {}
        }
        sources = sources.add_source(
            Environment::with_prefix("MASTHEAD")
                .prefix_separator("__")
                .separator("__")
                .try_parsing(true)
                .list_separator(",")
                .with_list_parse_key("cors.allowed_origins")
                .with_list_parse_key("database.replica_urls")
                .with_list_parse_key("server.trusted_proxies")
                .with_list_parse_key("auth.cookie_origins")
                .with_list_parse_key("oidc.scopes")
                .with_list_parse_key("oidc.return_urls"),
        );
        #[expect(clippy::disallowed_methods, reason = "this is the place that reads it")]
        let from_environment = std::env::var("DATABASE_URL")
            .ok()
            .filter(|url| !url.is_empty());
        for (name, value) in [
            ("database.url", from_environment.as_ref()),
            ("database.url", flags.database.as_ref()),
            ("server.listen", flags.listen.as_ref()),
            ("log.filter", flags.log.as_ref()),
        ] {
            if let Some(value) = value {
                sources = sources
                    .set_override(name, value.as_str())
                    .map_err(ConfigError::new)?;
            }
        }
        let merged = sources.build().map_err(ConfigError::new)?;
        let settings: Self = serde_path_to_error::deserialize(merged).map_err(|error| {
            let at = error.path().to_string();
            let inner = error.into_inner().to_string();
            ConfigError::new(if at == "." {
                inner
            } else {
                format!("{at}: {inner}")
            })
        })?;
        settings.validate()?;
        Ok(settings)
    }

    /// The defaults alone, as tests start from.
    ///
    /// # Errors
    /// When the compiled-in file is wrong, which a test rules out.
    pub fn defaults() -> Result<Self, ConfigError> {
        let sources = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        let merged = sources.build().map_err(ConfigError::new)?;
        merged.try_deserialize().map_err(ConfigError::new)
    }

    fn validate(&self) -> Result<(), ConfigError> {
        self.database_url()?;
        self.replica_urls()?;
        let too_small = |what: &str| Err(ConfigError(format!("{what} is too small")));
        if self.server.body_limit < 1_024 {
            return too_small("server.body_limit");
        }
        if self.database.max_connections == 0 {
            return too_small("database.max_connections");
        }
        if self.database.wait_milliseconds == 0 {
            return too_small("database.wait_milliseconds");
        }
        if self.paging.max_depth < 100 {
            return too_small("paging.max_depth");
        }
        let faults = [
            self.passwords.fault(),
            self.newsroom.fault(),
            self.overload.fault(),
            self.traces.fault(),
        ];
        if let Some(fault) = faults.into_iter().flatten().next() {
            return Err(ConfigError(fault.to_owned()));
        }
        self.mail.route()?;
        if let Some(fault) = self.limits.fault() {
            return Err(ConfigError(fault));
        }
        self.validate_accounts().map_err(ConfigError)
    }

    /// The database to use.
    ///
    /// # Errors
    /// When the URL has another scheme.
    pub fn database_url(&self) -> Result<DatabaseUrl, ConfigError> {
        match self.database.url.expose() {
            "" => Ok(DatabaseUrl::Sqlite(self.data.dir.join("masthead.db"))),
            url => DatabaseUrl::parse(url).map_err(ConfigError::new),
        }
    }

    /// The read replicas.
    fn replica_urls(&self) -> Result<Vec<SecretString>, ConfigError> {
        let fault = |why: &str| Err(ConfigError(format!("database.replica_urls: {why}")));
        let mut replicas = Vec::new();
        for url in &self.database.replica_urls {
            match DatabaseUrl::parse(url.expose()).map_err(ConfigError::new)? {
                DatabaseUrl::Postgres(url) => replicas.push(url),
                DatabaseUrl::Sqlite(_) => {
                    return fault("read replicas are supported on PostgreSQL only");
                }
            }
        }
        let primary = self.database_url()?;
        if !replicas.is_empty() && matches!(primary, DatabaseUrl::Sqlite(_)) {
            return fault("SQLite does not support read replicas");
        }
        Ok(replicas)
    }

    /// Names read replicas, as tests do.
    pub fn set_replica_urls(&mut self, urls: &[&str]) {
        self.database.replica_urls = urls.iter().map(|url| HiddenUrl::new(url)).collect();
    }

    /// Whether the database is the default file in the data folder.
    #[must_use]
    pub fn uses_data_dir(&self) -> bool {
        self.database.url.expose().is_empty()
    }

    /// Names another database, as tests do.
    pub fn set_database_url(&mut self, url: &str) {
        self.database.url = HiddenUrl::new(url);
    }

    /// How the database is opened.
    #[must_use]
    pub fn database_options(&self) -> Options {
        let database = &self.database;
        Options {
            sqlite: SqliteOptions {
                durable: database.durable,
                mmap_bytes: database.mmap_bytes,
                cache_kib: database.cache_kib,
                wait: Duration::from_millis(database.wait_milliseconds),
            },
            postgres: PostgresOptions {
                max_connections: database.max_connections,
                connect_timeout: Duration::from_secs(database.connect_timeout_seconds),
                wait: Duration::from_millis(database.wait_milliseconds),
                ca_file: Some(database.ca_file.clone()).filter(|file| !file.as_os_str().is_empty()),
                replicas: self.replica_urls().unwrap_or_default(),
            },
        }
    }
}

impl Settings {
    /// How many requests are worked on at once where `overload.concurrency` leaves it open. On
    /// PostgreSQL a request waits for the database most of the time, with a connection or on the way
    /// to one; on SQLite the workers do that work themselves, but for what is written or searched.
    #[must_use]
    pub fn derived_concurrency(&self) -> usize {
        let workers = self.server.worker_count();
        match self.database_url() {
            Ok(DatabaseUrl::Postgres(_)) => {
                let servers = 1 + self.database.replica_urls.len();
                (2 * servers * self.database.max_connections).max(8 * workers)
            }
            _ => 16 * workers,
        }
    }
}

fn toml_file(path: &Path) -> File<config::FileSourceFile, FileFormat> {
    File::new(&path.to_string_lossy(), FileFormat::Toml)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_whole() {
        let settings = Settings::defaults().expect("defaults");
        settings.validate().expect("valid");
        assert!(settings.uses_data_dir());
    }

    #[test]
    fn unknown_names_are_refused_by_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("a.toml");
        std::fs::write(&file, "[server]\nlisten_on = \"x\"\n").expect("written");
        let flags = Flags {
            config: Some(file),
            ..Flags::default()
        };
        let error = Settings::load(&flags).expect_err("refused").to_string();
        assert!(error.contains("listen_on"), "{error}");
    }

    #[test]
    fn flags_win_and_passwords_are_hidden() {
        let flags = Flags {
            database: Some("postgres://me:hunter2@db/news".to_owned()),
            ..Flags::default()
        };
        let settings = Settings::load(&flags).expect("settings");
        let shown = format!("{settings:?} {}", toml::to_string(&settings).expect("toml"));
        assert!(shown.contains("postgres://me@db"), "{shown}");
        assert!(!shown.contains("hunter2"));
    }

    #[test]
    fn replicas_are_of_postgresql() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("a.toml");
        let load = |url: &str, replica: &str| {
            let text = format!("[database]\nurl = \"{url}\"\nreplica_urls = [\"{replica}\"]\n");
            std::fs::write(&file, text).expect("written");
            Settings::load(&Flags {
                config: Some(file.clone()),
                ..Flags::default()
            })
        };
        let (primary, replica) = ("postgres://a/news", "postgres://me:hunter2@b/news");
        let settings = load(primary, replica).expect("settings");
        assert_eq!(settings.database_options().postgres.replicas.len(), 1);
        let shown = toml::to_string(&settings).expect("toml");
        assert!(shown.contains("postgres://me@b:5432/news"), "{shown}");
        for (url, replica) in [
            ("", replica),
            (primary, "sqlite:b.db"),
            (primary, "mysql://me:hunter2@b"),
        ] {
            let error = load(url, replica).expect_err("refused").to_string();
            assert!(
                error.contains("replica") || error.contains("URL"),
                "{error}"
            );
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn no_message_repeats_a_password() {
        let dir = tempfile::tempdir().expect("a folder");
        for (name, text) in [
            ("kind.toml", "database = \"postgres://me:hunter2@h/d\"\n"),
            (
                "quote.toml",
                "[database]\nurl = \"postgres://me:hunter2@h/d\n",
            ),
            (
                "scheme.toml",
                "[database]\nurl = \"mysql://me:hunter2@h/d\"\n",
            ),
        ] {
            let file = dir.path().join(name);
            std::fs::write(&file, text).expect("written");
            let flags = Flags {
                config: Some(file),
                ..Flags::default()
            };
            let error = Settings::load(&flags).expect_err("refused").to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
