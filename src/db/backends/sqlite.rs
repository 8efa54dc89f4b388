//! SQLite: one writer behind a fair lock, and as many readers as are in use at once.
//!
//! Readers run on the thread that serves the request: a query bounded by an index costs less
//! than handing it to another thread. What is not bounded goes to the blocking pool by
//! [`Database::read_heavy`](crate::db::Database::read_heavy).

use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _};
use diesel::{Connection as _, ConnectionError, QueryResult, SqliteConnection};
use tokio::sync::OwnedMutexGuard;

use super::instrument::StatementCounter;
use crate::db::DbError;
use crate::db::pools::PoolFigures;
use crate::telemetry::histogram::DurationHistogram;

/// The pragmas of each connection; see the SQLite manual.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// `synchronous=FULL` instead of `NORMAL`: a commit survives a power cut, not only a crash.
    pub durable: bool,
    /// How much of the file is mapped into memory, in bytes.
    pub mmap_bytes: u64,
    /// How much each connection caches, in KiB.
    pub cache_kib: u32,
    /// Longest wait for the connection that writes.
    pub wait: Duration,
}

/// A SQLite file with its connections.
pub(in crate::db) struct SqliteDb {
    path: PathBuf,
    options: SqliteOptions,
    writer: Arc<tokio::sync::Mutex<SqliteConnection>>,
    waiting: AtomicUsize,
    waits: DurationHistogram,
    readers: Arc<Readers>,
    counter: StatementCounter,
}

/// The connections for reading.
#[derive(Default)]
struct Readers {
    idle: Mutex<Vec<SqliteConnection>>,
    in_use: AtomicUsize,
}

impl Readers {
    fn idle(&self) -> MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that waits for the writer, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(in crate::db) type Writer = OwnedMutexGuard<SqliteConnection>;

impl SqliteDb {
    pub(in crate::db) fn open(
        path: PathBuf,
        options: SqliteOptions,
        counter: StatementCounter,
    ) -> Result<Self, ConnectionError> {
        let mut writer = connect(&path, &options)?;
        writer.set_instrumentation(counter.clone());
        Ok(Self {
            path,
            options,
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            waiting: AtomicUsize::new(0),
            waits: DurationHistogram::default(),
            readers: Arc::default(),
            counter,
        })
    }

    /// A connection for reading: an idle one, else a new one.
    pub(in crate::db) fn reader(&self) -> Result<PooledReader, ConnectionError> {
        let idle = self.readers.idle().pop();
        let conn = match idle {
            Some(conn) => conn,
            None => {
                let mut conn = connect(&self.path, &self.options)?;
                conn.batch_execute("PRAGMA query_only=ON")
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                // Not before: pragmas are not counted.
                conn.set_instrumentation(self.counter.clone());
                conn
            }
        };
        self.readers.in_use.fetch_add(1, Ordering::Relaxed);
        Ok(PooledReader {
            conn: Some(conn),
            readers: Arc::clone(&self.readers),
        })
    }

    /// The same, and all that it reads is of one moment, until it goes back.
    pub(in crate::db) fn snapshot(&self) -> Result<PooledReader, DbError> {
        let mut reader = self.reader()?;
        reader.begin()?;
        Ok(reader)
    }

    /// The connection for writing, in the order of the askers.
    ///
    /// # Errors
    /// When others have it for longer than one may wait.
    pub(in crate::db) async fn writer(&self) -> Result<Writer, DbError> {
        let since = Instant::now();
        let waiting = Waiting::begin(&self.waiting);
        let writer = tokio::time::timeout(self.options.wait, self.lock()).await;
        drop(waiting);
        self.waits.observe(since.elapsed());
        writer.map_err(|_elapsed| DbError::Busy)
    }

    /// The same, however long it takes.
    async fn lock(&self) -> Writer {
        let mut writer = Arc::clone(&self.writer).lock_owned().await;
        // A request that was dropped half-way must not leave its transaction to the next one.
        if is_in_transaction(&mut writer)
            && AnsiTransactionManager::rollback_transaction(&mut *writer).is_err()
        {
            tracing::error!("rolling back an abandoned transaction failed");
        }
        writer
    }

    /// The figures of the connections.
    pub(in crate::db) fn figures(&self) -> [PoolFigures; 2] {
        let writes = usize::from(self.writer.try_lock().is_err());
        let writer = PoolFigures {
            name: "writer".to_owned(),
            max: Some(1),
            in_use: writes,
            idle: 1 - writes,
            waiting: self.waiting.load(Ordering::Relaxed),
            waits: Some(self.waits.snapshot()),
        };
        let readers = PoolFigures {
            name: "readers".to_owned(),
            max: None,
            in_use: self.readers.in_use.load(Ordering::Relaxed),
            idle: self.readers.idle().len(),
            waiting: 0,
            waits: None,
        };
        [writer, readers]
    }

    /// A number that changes when another process has written. On the connection that writes, since
    /// what that one writes does not count.
    pub(in crate::db) async fn others(&self) -> diesel::QueryResult<i64> {
        #[derive(diesel::QueryableByName)]
        struct Version {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            data_version: i64,
        }
        let mut writer = self.lock().await;
        // It belongs to no request, and is not counted.
        writer.set_instrumentation(StatementCounter::default());
        let query = diesel::sql_query("PRAGMA data_version");
        let version = diesel::RunQueryDsl::get_result::<Version>(query, &mut *writer);
        writer.set_instrumentation(self.counter.clone());
        Ok(version?.data_version)
    }

    /// Folds the write-ahead log into the file, as is good before leaving.
    pub(in crate::db) async fn close(&self) {
        let mut writer = self.lock().await;
        self.readers.idle().clear();
        if let Err(error) = writer.batch_execute("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)")
        {
            tracing::warn!(%error, "checkpointing the write-ahead log failed");
        }
    }
}

fn is_in_transaction(conn: &mut SqliteConnection) -> bool {
    let status = AnsiTransactionManager::transaction_manager_status_mut(conn);
    status.transaction_depth().ok().flatten().is_some()
}

pub(in crate::db) fn connect(
    path: &std::path::Path,
    options: &SqliteOptions,
) -> Result<SqliteConnection, ConnectionError> {
    let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
    let pragmas = format!(
        "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA synchronous={}; \
         PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-{}; \
         PRAGMA mmap_size={}",
        if options.durable { "FULL" } else { "NORMAL" },
        options.cache_kib,
        options.mmap_bytes,
    );
    conn.batch_execute(&pragmas)
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// A connection for reading that goes back to the idle ones when it is dropped.
pub(in crate::db) struct PooledReader {
    conn: Option<SqliteConnection>,
    readers: Arc<Readers>,
}

impl PooledReader {
    /// Lets all that is read see the same state, until it goes back. It also saves locks: outside a
    /// transaction each statement takes and gives back one of its own, in two calls of the system.
    fn begin(&mut self) -> QueryResult<()> {
        AnsiTransactionManager::begin_transaction_sql(&mut **self, "BEGIN")
    }
}

impl Drop for PooledReader {
    fn drop(&mut self) {
        self.readers.in_use.fetch_sub(1, Ordering::Relaxed);
        if let Some(mut conn) = self.conn.take() {
            // A connection that cannot end its transaction would show the next reader old content.
            if is_in_transaction(&mut conn)
                && AnsiTransactionManager::commit_transaction(&mut conn).is_err()
            {
                return;
            }
            self.readers.idle().push(conn);
        }
    }
}

impl Deref for PooledReader {
    type Target = SqliteConnection;
    #[expect(clippy::expect_used, reason = "it is taken in drop only")]
    fn deref(&self) -> &SqliteConnection {
        self.conn.as_ref().expect("taken in drop only")
    }
}

impl DerefMut for PooledReader {
    #[expect(clippy::expect_used, reason = "it is taken in drop only")]
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.conn.as_mut().expect("taken in drop only")
    }
}

#[cfg(test)]
mod tests {
    use diesel::RunQueryDsl as _;
    use diesel::sql_types::Text;

    use super::*;

    #[derive(diesel::QueryableByName)]
    struct Compiled {
        #[diesel(sql_type = Text)]
        compile_options: String,
    }

    #[test]
    fn statements_are_not_prepared_anew_for_what_is_bound() {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        let options: Vec<Compiled> = diesel::sql_query("PRAGMA compile_options")
            .load(&mut conn)
            .unwrap();
        // Of .cargo/config.toml.
        assert!(
            options
                .iter()
                .any(|one| one.compile_options == "ENABLE_QPSG")
        );
    }
}
