//! The sections of the settings, as `masthead.default.toml` has them.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::secret::HiddenUrl;
use crate::db::DatabaseUrl;
pub use crate::telemetry::log::LogFormat;
use crate::values::{Locale, Network};

/// Section `[server]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port.
    pub listen: SocketAddr,
    /// Where others reach it; empty when it is not known.
    pub public_url: String,
    /// Worker threads; 0 is one per processor.
    pub workers: usize,
    /// Largest body, in bytes.
    pub body_limit: usize,
    /// Longest wait for requests under way, in seconds.
    pub shutdown_seconds: u64,
    /// Proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<Network>,
    /// How long browsers use HTTPS alone, in seconds; 0 says nothing of it.
    pub hsts_seconds: u32,
}

impl ServerSettings {
    /// How many workers there are.
    #[must_use]
    pub fn worker_count(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers,
        }
    }
}

/// Section `[data]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSettings {
    /// The folder.
    pub dir: PathBuf,
}

/// Section `[database]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// The URL as it was given; empty for the default.
    pub url: HiddenUrl<DatabaseUrl>,
    /// PostgreSQL: hot standbys that answer public reads.
    pub replica_urls: Vec<HiddenUrl<DatabaseUrl>>,
    /// PostgreSQL: most connections.
    pub max_connections: usize,
    /// PostgreSQL: how long opening a connection may take, in seconds.
    pub connect_timeout_seconds: u64,
    /// Longest wait for a connection while all are in use, in milliseconds.
    pub wait_milliseconds: u64,
    /// PostgreSQL: certificates to trust; empty for the public ones.
    pub ca_file: PathBuf,
    /// SQLite: `synchronous=FULL`.
    pub durable: bool,
    /// SQLite: mapped bytes.
    pub mmap_bytes: u64,
    /// SQLite: cache in KiB.
    pub cache_kib: u32,
}

/// Section `[site]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteSettings {
    /// The publication's name.
    pub name: String,
    /// The locale of articles that name none.
    pub default_locale: Locale,
}

/// Section `[newsroom]`: the life of articles.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewsroomSettings {
    /// Whether a lead image without an alternative text may be published.
    pub require_alt_text: bool,
    /// Most revisions of an article; 0 keeps all.
    pub keep_revisions: u32,
    /// How long revisions are kept, in days; 0 keeps them for good.
    pub keep_revisions_days: u32,
    /// How long articles stay in the trash, in days; 0 keeps them there.
    pub keep_trash_days: u32,
    /// How long an edit lock holds without being renewed, in seconds.
    pub lock_seconds: u32,
    /// The site's preview page, with `{id}`, `{slug}`, `{locale}` and `{token}`; empty for none.
    pub preview_url: String,
    /// The interval at which due transitions are recorded, in seconds; 0 leaves it to other instances.
    pub record_seconds: u32,
}

impl NewsroomSettings {
    /// The first fault of the settings, if any.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let url = self.preview_url.as_str();
        let is_url = ["https://", "http://"]
            .iter()
            .any(|start| url.starts_with(start));
        if !(10..=3_600).contains(&self.lock_seconds) {
            Some("newsroom.lock_seconds must be between 10 and 3600")
        } else if !url.is_empty() && !is_url {
            Some("newsroom.preview_url must start with https:// or http://")
        } else if !url.is_empty() && !url.contains("{token}") {
            Some("newsroom.preview_url must contain {token}, the placeholder for the token")
        } else {
            None
        }
    }
}

/// Section `[paging]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PagingSettings {
    /// How deep numbered pages go, in items.
    pub max_depth: u32,
}

/// Section `[cache]`: what is kept of public answers, and what others are told about keeping them
/// (`Cache-Control`, RFC 9111 and RFC 5861).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheSettings {
    /// `max-age`.
    pub max_age: u32,
    /// `s-maxage`.
    pub shared_max_age: u32,
    /// `stale-while-revalidate`.
    pub stale_while_revalidate: u32,
    /// `stale-if-error`.
    pub stale_if_error: u32,
    /// How much memory kept answers take, in MiB; 0 keeps none.
    pub memory_mib: u32,
    /// Whether responses list their content in `Surrogate-Key`.
    pub surrogate_keys: bool,
}

/// Section `[cors]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorsSettings {
    /// Origins, or `*`.
    pub allowed_origins: Vec<String>,
}

/// Section `[log]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// The filter.
    pub filter: String,
    /// The form of the lines.
    pub format: LogFormat,
}

/// Section `[passwords]`: what hashing one costs, with Argon2id (RFC 9106).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordSettings {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes; they take turns on one thread.
    pub parallelism: u32,
}

/// The least memory for a password, in KiB, that settings may ask for.
const LEAST_MEMORY_KIB: u32 = 8 * 1_024;

impl PasswordSettings {
    /// The first fault of the settings, if any: the setting's name and why it is refused. The upper
    /// bounds are those up to which [`Hasher`](crate::auth::password::Hasher) follows a stored
    /// hash.
    pub(super) fn fault(&self) -> Option<&'static str> {
        if self.memory_kib < LEAST_MEMORY_KIB {
            Some("passwords.memory_kib is too small: the minimum is 8192 (8 MiB)")
        } else if self.memory_kib > MAX_MEMORY_KIB {
            Some("passwords.memory_kib is too large: the maximum is 1048576 (1 GiB)")
        } else if !(1..=MAX_ITERATIONS).contains(&self.iterations) {
            Some("passwords.iterations must be between 1 and 100")
        } else if !(1..=MAX_PARALLELISM).contains(&self.parallelism) {
            Some("passwords.parallelism must be between 1 and 16")
        } else {
            None
        }
    }
}

/// The most memory for a password, in KiB.
pub const MAX_MEMORY_KIB: u32 = 1_024 * 1_024;

/// The most passes for a password.
pub const MAX_ITERATIONS: u32 = 100;

/// The most lanes for a password.
pub const MAX_PARALLELISM: u32 = 16;
