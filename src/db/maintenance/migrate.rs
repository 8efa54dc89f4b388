//! Brings a database to the schema of this version.

use diesel::SqliteConnection;
use diesel::backend::Backend;
use diesel::connection::SimpleConnection as _;
use diesel::sqlite::Sqlite;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::db::backends::postgres::Connector;
use crate::db::{Conn, Database, DatabaseUrl, DbError, Options};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number will do, as long as nobody else on the server takes it: instances that start at
/// the same time migrate one after another.
const ADVISORY_LOCK: i64 = 0x6d61_7374_6865_6164;

/// The operation to perform on the migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Only tell which are pending.
    Check,
    /// Run those that are pending.
    Up,
    /// Undo them all, for tests of the migrations themselves.
    Down,
}

diesel::table! {
    /// The table in which diesel records the migrations.
    __diesel_schema_migrations (version) {
        /// The beginning of the migration's name.
        version -> Text,
    }
}

/// Whether every migration of this version was run.
pub(in crate::db) async fn is_current(conn: &mut Conn) -> Result<bool, DbError> {
    use diesel::QueryDsl as _;
    let query = __diesel_schema_migrations::table.select(__diesel_schema_migrations::version);
    let run: Vec<String> = conn.load(query).await?;
    let begun = |name: &String| run.iter().any(|version| name.starts_with(version.as_str()));
    Ok(names::<Sqlite>(&SQLITE)?.iter().all(begun))
}

/// Names the pending migrations, or runs them, and returns their names in order.
///
/// # Errors
/// When the database cannot be reached or a migration fails; each runs in a transaction.
pub async fn migrate(
    url: &DatabaseUrl,
    options: &Options,
    step: Step,
) -> Result<Vec<String>, DbError> {
    let (url, options) = (url.clone(), options.clone());
    // A thread of its own with a runtime of its own: diesel's harness for PostgreSQL blocks,
    // which it may not do on the runtimes that serve requests.
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let done = run(&url, &options, step);
        drop(tell.send(done));
    });
    told.await
        .map_err(|_gone| DbError::Unavailable("the migrations were interrupted".to_owned()))?
}

fn run(url: &DatabaseUrl, options: &Options, step: Step) -> Result<Vec<String>, DbError> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            if step == Step::Check && !path.exists() {
                return names::<Sqlite>(&SQLITE);
            }
            let mut conn: SqliteConnection = Database::sqlite_for_migration(path, options)?;
            apply(&mut conn, || SQLITE, step)
        }
        DatabaseUrl::Postgres(secret) => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .map_err(|error| DbError::Unavailable(error.to_string()))?;
            let connector = Connector::new(secret, &options.postgres)?;
            let conn = runtime
                .block_on(connector.connect())
                .map_err(|error| DbError::Unavailable(error.to_string()))?;
            let guard = runtime.enter();
            let mut conn: AsyncConnectionWrapper<AsyncPgConnection> = conn.into();
            conn.batch_execute(&format!("SELECT pg_advisory_lock({ADVISORY_LOCK})"))?;
            let done = apply(&mut conn, || POSTGRES, step);
            drop(guard);
            done
        }
    }
}

fn names<DB: Backend>(source: &EmbeddedMigrations) -> Result<Vec<String>, DbError> {
    use diesel::migration::MigrationSource as _;
    let all: Vec<Box<dyn diesel::migration::Migration<DB>>> = source
        .migrations()
        .map_err(|error| DbError::Migration(error.to_string()))?;
    Ok(all
        .iter()
        .map(|migration| migration.name().to_string())
        .collect())
}

fn apply<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    source: fn() -> EmbeddedMigrations,
    step: Step,
) -> Result<Vec<String>, DbError> {
    let failed =
        |error: Box<dyn std::error::Error + Send + Sync>| DbError::Migration(error.to_string());
    let pending = conn.pending_migrations(source()).map_err(failed)?;
    let pending = pending
        .iter()
        .map(|migration| migration.name().to_string())
        .collect();
    match step {
        Step::Check => Ok(pending),
        Step::Up => {
            conn.run_pending_migrations(source()).map_err(failed)?;
            Ok(pending)
        }
        Step::Down => {
            let done = conn.revert_all_migrations(source()).map_err(failed)?;
            Ok(done.iter().map(ToString::to_string).collect())
        }
    }
}
