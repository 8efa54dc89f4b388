//! A connection to either database.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use diesel::SqliteConnection;
use diesel::query_dsl::methods::{ExecuteDsl as SyncExecute, LoadQuery as SyncLoad};
use diesel::result::{Error, QueryResult};
use diesel_async::AsyncPgConnection;
use diesel_async::methods::{ExecuteDsl as AsyncExecute, LoadQuery as AsyncLoad};
use diesel_async::pooled_connection::deadpool::Object;
use sha2::{Digest as _, Sha256};

use super::backends::sqlite::{PooledReader, Writer};
use super::fragment_cache::{Fragment, FragmentCache, Version};
use super::invalidation::{Invalidations, OwnedKey, SurrogateKey};
use super::{IdempotencyMark, Sql, listen};

/// A query that gives rows of `U` on every database.
pub trait Loads<'q, U>:
    SyncLoad<'q, SqliteConnection, U> + AsyncLoad<'q, AsyncPgConnection, U> + 'q
{
}
impl<'q, U, Q> Loads<'q, U> for Q where
    Q: SyncLoad<'q, SqliteConnection, U> + AsyncLoad<'q, AsyncPgConnection, U> + 'q
{
}

/// One that may run beside another on the same connection. (It is no other kind of query; the
/// compiler cannot see that a future of one may be sent to another thread.)
pub trait LoadsBeside<'q, U>:
    SyncLoad<'q, SqliteConnection, U> + for<'c> AsyncLoad<'q, &'c AsyncPgConnection, U> + 'q
{
}
impl<'q, U, Q> LoadsBeside<'q, U> for Q where
    Q: SyncLoad<'q, SqliteConnection, U> + for<'c> AsyncLoad<'q, &'c AsyncPgConnection, U> + 'q
{
}

/// A statement that changes rows on every database.
pub trait Executes:
    SyncExecute<SqliteConnection, diesel::sqlite::Sqlite> + AsyncExecute<AsyncPgConnection>
{
}
impl<Q> Executes for Q where
    Q: SyncExecute<SqliteConnection, diesel::sqlite::Sqlite> + AsyncExecute<AsyncPgConnection>
{
}

/// A connection with access to every table. Public reads are given a
/// [`LiveConn`](super::LiveConn) instead.
///
/// On SQLite its futures are ready at once: a query runs where it is called.
pub struct Conn {
    inner: Inner,
    mark: Option<IdempotencyMark>,
    in_transaction: bool,
    changes: Arc<Invalidations>,
    known: Arc<FragmentCache<Version>>,
    /// The stamp of the last change before the connection was taken.
    stamp: u64,
    /// The public content that the transaction changes.
    changed: Vec<OwnedKey>,
}

pub(super) enum Inner {
    Sqlite(SqliteConn),
    Postgres(Box<Object<AsyncPgConnection>>),
}

pub(super) enum SqliteConn {
    Reader(PooledReader),
    Writer(Writer),
}

impl Deref for SqliteConn {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Reader(reader) => reader,
            Self::Writer(writer) => writer,
        }
    }
}

impl DerefMut for SqliteConn {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Reader(reader) => reader,
            Self::Writer(writer) => writer,
        }
    }
}

impl Conn {
    pub(super) fn new(
        inner: Inner,
        changes: Arc<Invalidations>,
        known: Arc<FragmentCache<Version>>,
    ) -> Self {
        Self {
            inner,
            mark: None,
            in_transaction: false,
            stamp: changes.last(),
            changes,
            known,
            changed: Vec::new(),
        }
    }

    pub(super) fn changes(&self) -> &Invalidations {
        &self.changes
    }

    /// The fragment for editors of this version of a resource in a language, where it is cached.
    #[must_use]
    pub fn known(&self, key: SurrogateKey<'_>, locale: &str, version: i64) -> Option<Fragment> {
        self.known.of(&self.changes, key, locale, version)
    }

    /// Caches the fragment for editors of this version of a resource. Not within a transaction, whose
    /// changes are not committed yet.
    pub fn make_known(&self, key: SurrogateKey<'_>, locale: &str, piece: Fragment, version: i64) {
        if !self.in_transaction {
            let (number, stamp) = (version, self.stamp);
            self.known
                .put(key, locale, piece, Version { number, stamp });
        }
    }

    /// Records that the transaction changes this public content: its commit invalidates the responses
    /// that depend on it, on every instance.
    pub fn changed(&mut self, key: SurrogateKey<'_>) {
        if !self.changed.iter().any(|known| known.key() == key) {
            self.changed.push(key.into());
        }
    }

    /// The connection with a mark, which the first committed transaction writes too.
    #[must_use]
    pub fn marked(self, mark: Option<IdempotencyMark>) -> Self {
        Self { mark, ..self }
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// Errors of the database.
    pub async fn load<'q, U: Send>(&mut self, query: impl Loads<'q, U>) -> QueryResult<Vec<U>> {
        match &mut self.inner {
            Inner::Sqlite(conn) => diesel::RunQueryDsl::load(query, &mut **conn),
            Inner::Postgres(conn) => diesel_async::RunQueryDsl::load(query, &mut ***conn).await,
        }
    }

    /// All rows of two queries that do not need each other's: on PostgreSQL both are sent before
    /// either is answered.
    ///
    /// # Errors
    /// Errors of the database.
    pub async fn load_both<'q, A: Send, B: Send>(
        &mut self,
        one: impl LoadsBeside<'q, A>,
        other: impl LoadsBeside<'q, B>,
    ) -> QueryResult<(Vec<A>, Vec<B>)> {
        match &mut self.inner {
            Inner::Sqlite(conn) => {
                let rows = diesel::RunQueryDsl::load(one, &mut **conn)?;
                Ok((rows, diesel::RunQueryDsl::load(other, &mut **conn)?))
            }
            Inner::Postgres(conn) => {
                let conn: &AsyncPgConnection = conn;
                let (mut first, mut second) = (conn, conn);
                tokio::try_join!(
                    diesel_async::RunQueryDsl::load(one, &mut first),
                    diesel_async::RunQueryDsl::load(other, &mut second),
                )
            }
        }
    }

    /// The first row of a query, if there is one. The query should say `LIMIT 1` or ask for a
    /// unique row.
    ///
    /// # Errors
    /// Errors of the database.
    pub async fn first<'q, U: Send>(&mut self, query: impl Loads<'q, U>) -> QueryResult<Option<U>> {
        Ok(self.load(query).await?.into_iter().next())
    }

    /// The only row of a query that always has one, such as a count.
    ///
    /// # Errors
    /// Errors of the database; `NotFound` when there is no row.
    pub async fn one<'q, U: Send>(&mut self, query: impl Loads<'q, U>) -> QueryResult<U> {
        self.first(query).await?.ok_or(Error::NotFound)
    }

    /// Runs a statement and returns how many rows it changed. Outside a transaction it is one of
    /// its own, so that it bears the [`IdempotencyMark`] if there is one.
    ///
    /// # Errors
    /// Errors of the database; see [`violation`](super::sql::dialect::violation) for constraints.
    pub async fn execute<'q>(&mut self, statement: impl Executes + 'q) -> QueryResult<usize> {
        if self.in_transaction || self.due().is_none() {
            return self.run(statement).await;
        }
        self.transaction(async |conn: &mut Conn| conn.run(statement).await)
            .await
    }

    /// [`execute`](Self::execute) without the mark.
    pub(super) async fn run<'q>(&mut self, statement: impl Executes + 'q) -> QueryResult<usize> {
        match &mut self.inner {
            Inner::Sqlite(conn) => SyncExecute::execute(statement, &mut **conn),
            Inner::Postgres(conn) => AsyncExecute::execute(statement, &mut ***conn).await,
        }
    }

    /// Runs `work` in a transaction: committed when it gives `Ok`, rolled back otherwise. On
    /// SQLite it begins as `IMMEDIATE`, since a transaction that reads before it writes could
    /// otherwise fail as busy. The [`IdempotencyMark`] of a [`marked`](Self::marked) connection is written
    /// with it.
    ///
    /// # Errors
    /// Errors of `work` and of the database; for a mark that can no longer be written, one of
    /// which [`IdempotencyMark::is_taken_over`] is true.
    pub async fn transaction<R, E>(
        &mut self,
        work: impl AsyncFnOnce(&mut Conn) -> Result<R, E>,
    ) -> Result<R, E>
    where
        E: From<Error>,
    {
        self.begin().await?;
        self.in_transaction = true;
        let done = work(self).await;
        let done = match done {
            Ok(done) => self.conclude().await.map(|()| done).map_err(E::from),
            Err(error) => Err(error),
        };
        if done.is_err() {
            // Best effort: the error that led here is the one to report, and a connection that is
            // left inside a transaction is not used again.
            drop(self.rollback().await);
            self.changed.clear();
        }
        self.in_transaction = false;
        done
    }

    /// Runs reads that all see the database as it is at one moment, whatever is written meanwhile.
    ///
    /// # Errors
    /// Errors of `work` and of the database.
    pub async fn snapshot<R, E>(
        &mut self,
        work: impl AsyncFnOnce(&mut Conn) -> Result<R, E>,
    ) -> Result<R, E>
    where
        E: From<Error>,
    {
        match &mut self.inner {
            Inner::Sqlite(conn) => {
                use diesel::connection::AnsiTransactionManager;
                AnsiTransactionManager::begin_transaction_sql(&mut **conn, "BEGIN")?;
            }
            Inner::Postgres(_) => {
                self.begin().await?;
                let level = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
                self.run(Sql::<()>::new(level)).await?;
            }
        }
        self.in_transaction = true;
        let done = work(self).await;
        self.in_transaction = false;
        // Nothing was written: a snapshot that cannot be ended loses nothing.
        drop(self.rollback().await);
        done
    }

    /// Writes the mark, if it is due, and commits.
    async fn conclude(&mut self) -> QueryResult<()> {
        let due = self.due();
        if let Some(mark) = &due {
            mark.write(self).await?;
        }
        if !self.changed.is_empty()
            && let Inner::Postgres(_) = &self.inner
        {
            let message = listen::message(&self.changes, &self.changed);
            self.run(listen::notify(message)).await?;
        }
        let committed = self.commit().await;
        // Also when the answer to the commit was lost: it may have taken place.
        let changed = std::mem::take(&mut self.changed);
        if !changed.is_empty() {
            self.changes.note(changed.iter().map(OwnedKey::key));
        }
        committed?;
        if let Some(mark) = due {
            mark.note_committed();
        }
        Ok(())
    }

    /// The mark, while no transaction was committed with it.
    fn due(&self) -> Option<IdempotencyMark> {
        self.mark.clone().filter(|mark| !mark.is_committed())
    }

    /// Takes an advisory lock on `name` until the transaction ends. On SQLite write transactions are
    /// exclusive anyway.
    ///
    /// # Errors
    /// Errors of the database.
    pub async fn advisory_lock(&mut self, name: &str) -> QueryResult<()> {
        if let Inner::Postgres(_) = &self.inner {
            let digest = Sha256::digest(name.as_bytes());
            let key = digest
                .iter()
                .take(8)
                .fold(0_i64, |key, byte| (key << 8) | i64::from(*byte));
            let lock = Sql::<()>::new("SELECT pg_advisory_xact_lock(")
                .integer(key)
                .sql(")");
            self.execute(lock).await?;
        }
        Ok(())
    }

    /// Locks the rows that this query finds until the transaction ends: no other transaction changes
    /// them or refers to them by a foreign key. On SQLite write transactions are exclusive anyway.
    ///
    /// # Errors
    /// Errors of the database.
    pub async fn lock_rows(&mut self, rows: Sql<()>) -> QueryResult<()> {
        if let Inner::Postgres(_) = &self.inner {
            self.execute(rows.sql(" FOR UPDATE")).await?;
        }
        Ok(())
    }

    async fn begin(&mut self) -> QueryResult<()> {
        match &mut self.inner {
            Inner::Sqlite(conn) => {
                diesel::connection::AnsiTransactionManager::begin_transaction_sql(
                    &mut **conn,
                    "BEGIN IMMEDIATE",
                )
            }
            Inner::Postgres(conn) => {
                use diesel_async::{AnsiTransactionManager, TransactionManager as _};
                AnsiTransactionManager::begin_transaction(&mut ***conn).await
            }
        }
    }

    async fn commit(&mut self) -> QueryResult<()> {
        match &mut self.inner {
            Inner::Sqlite(conn) => {
                use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
                AnsiTransactionManager::commit_transaction(&mut **conn)
            }
            Inner::Postgres(conn) => {
                use diesel_async::{AnsiTransactionManager, TransactionManager as _};
                AnsiTransactionManager::commit_transaction(&mut ***conn).await
            }
        }
    }

    async fn rollback(&mut self) -> QueryResult<()> {
        match &mut self.inner {
            Inner::Sqlite(conn) => {
                use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
                AnsiTransactionManager::rollback_transaction(&mut **conn)
            }
            Inner::Postgres(conn) => {
                use diesel_async::{AnsiTransactionManager, TransactionManager as _};
                AnsiTransactionManager::rollback_transaction(&mut ***conn).await
            }
        }
    }
}
