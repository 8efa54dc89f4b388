//! Databases for single tests: copies of a template that is migrated once.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use masthead::app::Edit;
use masthead::auth::Role;
use masthead::auth::credentials::key::NewKey;
use masthead::clock::{Clock, Ids};
use masthead::config::Settings;
use masthead::db::migrate;
use masthead::db::{Database, DatabaseUrl, Step, Time};
use masthead::keys::store::{self, KeyRow};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio_postgres::NoTls;

use super::postgres::{Cluster, cluster};
use crate::support::block_on;

/// The two kinds of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    Sqlite,
    /// A database on the cluster for tests.
    Postgres,
}

/// The keys that every test database has. Known here only, and to no real server.
pub const KEYS: [(&str, Role, u8); 3] = [
    ("reader", Role::Viewer, 1),
    ("editor", Role::Editor, 2),
    ("admin", Role::Admin, 3),
];

/// The key of a test database that was made from this byte.
pub fn key(byte: u8) -> NewKey {
    NewKey::from_random(&[byte; 40])
}

/// The text of the key of this name.
pub fn key_named(name: &str) -> String {
    let (_, _, byte) = KEYS.iter().find(|(known, _, _)| *known == name).unwrap();
    key(*byte).text
}

/// A database for one test.
pub struct Scratch {
    /// Its URL, as the setting `database.url` takes it.
    pub url: String,
    place: Place,
}

enum Place {
    Folder {
        _dir: TempDir,
    },
    Cluster {
        name: String,
    },
    /// On a server that goes by itself.
    Elsewhere,
}

impl Scratch {
    /// A database with the schema and the keys.
    pub async fn migrated(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let scratch = Self::empty(kind).await;
                std::fs::write(scratch.path(), sqlite_template()).unwrap();
                scratch
            }
            Kind::Postgres => {
                let (cluster, name) = (cluster().unwrap(), new_name());
                cluster
                    .create_from_template(postgres_template(), &name)
                    .await;
                Self::on_cluster(cluster, name)
            }
        }
    }

    /// A database with nothing in it.
    pub async fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let dir = tempfile::tempdir().unwrap();
                let url = format!("sqlite:{}", dir.path().join("test.db").display());
                let place = Place::Folder { _dir: dir };
                Self { url, place }
            }
            Kind::Postgres => {
                let (cluster, name) = (cluster().unwrap(), new_name());
                cluster.create_empty(&name).await;
                Self::on_cluster(cluster, name)
            }
        }
    }

    /// The database of this URL, which is empty, with the schema and the keys.
    pub async fn at(url: &str) -> Self {
        let scratch = Self {
            url: url.to_owned(),
            place: Place::Elsewhere,
        };
        prepare(&scratch).await;
        scratch
    }

    fn on_cluster(cluster: &Cluster, name: String) -> Self {
        Self {
            url: cluster.url(&name),
            place: Place::Cluster { name },
        }
    }

    /// Settings for a server over this database.
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::defaults().unwrap();
        settings.set_database_url(&self.url);
        settings.database.max_connections = 4;
        settings.database.mmap_bytes = 0;
        settings.database.cache_kib = 1_000;
        // As cheap as hashing gets: what it costs is not what is tested.
        settings.passwords.memory_kib = 8;
        settings.passwords.iterations = 1;
        // A machine on which all tests run at once is slow: nobody is refused for that.
        settings.overload.wait_milliseconds = 60_000;
        settings.overload.standing_milliseconds = 60_000;
        settings.database.wait_milliseconds = 60_000;
        settings.server.listen = "127.0.0.1:0".parse().unwrap();
        settings.server.workers = 1;
        // Tests do it themselves, when they want it done.
        settings.newsroom.record_seconds = 0;
        settings
    }

    fn path(&self) -> PathBuf {
        self.url.strip_prefix("sqlite:").unwrap().into()
    }

    /// Removes it, whoever may still be connected.
    pub async fn remove(self) {
        match self.place {
            Place::Folder { .. } | Place::Elsewhere => {}
            Place::Cluster { name } => cluster().unwrap().drop(&name).await,
        }
    }
}

fn new_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("masthead_test_{}_{number}", std::process::id())
}

/// Migrates and stores the keys.
async fn prepare(scratch: &Scratch) {
    let settings = scratch.settings();
    let (url, options) = (
        settings.database_url().unwrap(),
        settings.database_options(),
    );
    migrate(&url, &options, Step::Up).await.unwrap();
    let db = Database::open(&url, &options).await.unwrap();
    let mut conn = db.write().await.unwrap();
    let ids = Ids::new(Clock::System);
    let edit = Edit {
        ids: &ids,
        now: Time(0),
        by: "tests",
    };
    for (name, role, byte) in KEYS {
        let id = format!("00000000-0000-7000-8000-0000000000{byte:02}");
        let row = KeyRow {
            id,
            ..KeyRow::new(edit, name, role)
        };
        store::create(&mut conn, &row, &key(byte)).await.unwrap();
    }
    drop(conn);
    db.close().await;
}

/// The bytes of a migrated file, made once in a process.
fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        on_a_thread(|| {
            block_on(async {
                let scratch = Scratch::empty(Kind::Sqlite).await;
                prepare(&scratch).await;
                std::fs::read(scratch.path()).unwrap()
            })
        })
    })
}

/// The name of a migrated database, made once on a cluster: processes that run one test each
/// share it. Its name tells its content, so that another content is another database.
fn postgres_template() -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| on_a_thread(|| block_on(make_postgres_template())))
}

async fn make_postgres_template() -> String {
    let cluster = cluster().unwrap();
    let template = format!("masthead_template_{}", digest_of_content());
    let (client, connection) = tokio_postgres::connect(&cluster.admin_url(), NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    client
        .batch_execute("SELECT pg_advisory_lock(20261123)")
        .await
        .unwrap();
    let there = "SELECT 1 FROM pg_database WHERE datname = $1";
    if client.query(there, &[&template]).await.unwrap().is_empty() {
        // Prepared under another name: what has the template's name is whole.
        let draft = Scratch::empty(Kind::Postgres).await;
        prepare(&draft).await;
        let Place::Cluster { name } = &draft.place else {
            panic!("a database on the cluster");
        };
        cluster.create_from_template(name, &template).await;
        draft.remove().await;
    }
    drop(client);
    let _ended = connection.await;
    template
}

fn digest_of_content() -> String {
    let mut files: Vec<PathBuf> = std::fs::read_dir("migrations/postgres")
        .unwrap()
        .map(|entry| entry.unwrap().path().join("up.sql"))
        .collect();
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        hash.update(std::fs::read(file).unwrap());
    }
    for (name, role, byte) in KEYS {
        hash.update(format!("{name} {role:?} {byte}"));
    }
    let hash = hash.finalize();
    hash.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// Runs blocking work off the runtime of the test that happens to come first.
fn on_a_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join().unwrap())
}

/// The URL in the form that the library takes.
pub fn parsed(scratch: &Scratch) -> DatabaseUrl {
    DatabaseUrl::parse(&scratch.url).unwrap()
}
