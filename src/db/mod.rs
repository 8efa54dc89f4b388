//! The database layer, the only place that knows that there are two kinds of database.
//!
//! Each query is written once: [`Conn`] and [`LiveConn`] take diesel queries that compile for
//! SQLite and for PostgreSQL, and [`Sql`] puts conditions together at run time for both.

mod backends;
mod conn;
mod error;
mod fragment_cache;
pub mod idempotency_mark;
pub mod invalidation;
pub mod listen;
mod live;
pub mod maintenance;
pub mod pools;
pub mod schema;
pub mod sql;
mod types;
mod url;

use std::path::Path;
use std::sync::Arc;

use diesel::SqliteConnection;
use opentelemetry::Context;
use opentelemetry_sdk::trace::SdkTracer;

pub use self::backends::instrument::StatementCounter;
pub use self::backends::postgres::PostgresOptions;
pub use self::backends::replicas::ReplicaFigures;
pub use self::backends::sqlite::SqliteOptions;
pub use self::conn::{Conn, Executes, Loads, LoadsBeside};
pub use self::error::DbError;
pub use self::fragment_cache::Fragment;
pub use self::idempotency_mark::IdempotencyMark;
pub use self::live::{LiveConn, LiveQuery, LiveTable};
pub use self::maintenance::migrate::{Step, migrate};
pub use self::pools::PoolFigures;
pub use self::sql::any_of::AnyOf;
pub use self::sql::fragment::{Fixed, Sql};
pub use self::types::Json;
pub use self::url::{DatabaseUrl, UnknownDatabase};
pub use crate::values::Time;

pub(crate) use self::sql::insert::{FEW, insert_rows};

use self::backends::postgres::PostgresDb;
use self::backends::replicas::Replicas;
use self::backends::sqlite::SqliteDb;
use self::conn::{Inner, SqliteConn};
use self::fragment_cache::{FragmentCache, Read, Version};
use self::invalidation::{Invalidations, KeyKind};

/// How both databases are opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// For SQLite.
    pub sqlite: SqliteOptions,
    /// For PostgreSQL.
    pub postgres: PostgresOptions,
}

/// The columns of a row type, in the order of its fields, for `select` on either database.
/// (diesel's own `as_select` is bound to one of them.)
#[must_use]
pub fn columns<R: diesel::Selectable<diesel::sqlite::Sqlite>>() -> R::SelectExpression {
    R::construct_selection()
}

/// A database and its connections. Clones share them.
#[derive(Clone)]
pub struct Database {
    backend: Backend,
    counter: StatementCounter,
    changes: Arc<Invalidations>,
    known: Arc<FragmentCache<Read>>,
    known_to_editors: Arc<FragmentCache<Version>>,
}

#[derive(Clone)]
enum Backend {
    Sqlite(Arc<SqliteDb>),
    Postgres(Arc<PostgresDb>, Arc<Replicas>),
}

/// The cost of a read, which decides where it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadClass {
    /// An index bounds the rows that it touches.
    Bounded,
    /// No index bounds it: a search, a count, an unusual order.
    Heavy,
}

/// The server that a public read uses, where there is more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The primary.
    Primary,
    /// Any server that has caught up with the known changes.
    Current,
}

impl Database {
    /// Opens a database whose schema is up to date; see [`migrate`].
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn open(url: &DatabaseUrl, options: &Options) -> Result<Self, DbError> {
        let counter = StatementCounter::default();
        let backend = match url {
            DatabaseUrl::Sqlite(path) => Backend::Sqlite(Arc::new(SqliteDb::open(
                path.clone(),
                options.sqlite.clone(),
                counter.clone(),
            )?)),
            DatabaseUrl::Postgres(secret) => {
                let db = PostgresDb::new(secret, &options.postgres, counter.clone())?;
                // Not kept: a connection belongs to the runtime that opened it, and this one is
                // not the one that serves.
                drop(diesel_async::pooled_connection::deadpool::Object::take(
                    db.get().await?,
                ));
                let replicas = Replicas::new(&options.postgres, &counter)?;
                Backend::Postgres(Arc::new(db), Arc::new(replicas))
            }
        };
        // SQLite has one server: others that write are heard by looking now and then.
        let alone = matches!(backend, Backend::Sqlite(_));
        let changes = Arc::new(Invalidations::new(alone));
        Ok(Self {
            backend,
            counter,
            changes,
            known: Arc::default(),
            known_to_editors: Arc::default(),
        })
    }

    /// A connection for reads of editors.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read(&self) -> Result<Conn, DbError> {
        let inner = match &self.backend {
            Backend::Sqlite(db) => Inner::Sqlite(SqliteConn::Reader(db.reader()?)),
            Backend::Postgres(db, _) => Inner::Postgres(Box::new(db.get().await?)),
        };
        Ok(self.conn(inner))
    }

    /// A connection for the reads of one response: on SQLite a snapshot. Not to be kept while something
    /// is written and read again.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read_snapshot(&self) -> Result<Conn, DbError> {
        let Backend::Sqlite(db) = &self.backend else {
            return self.read().await;
        };
        let inner = Inner::Sqlite(SqliteConn::Reader(db.snapshot()?));
        Ok(self.conn(inner))
    }

    /// A connection for public reads, on SQLite a snapshot.
    /// Where there are read replicas, `source` says whether one of them will do.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read_live(&self, source: Source) -> Result<LiveConn, DbError> {
        // Before anything is read: later changes may be missing from it.
        let stamp = self.changes.last();
        let inner = match &self.backend {
            Backend::Sqlite(db) => Inner::Sqlite(SqliteConn::Reader(db.snapshot()?)),
            Backend::Postgres(primary, replicas) => {
                let replica = match source {
                    Source::Primary => None,
                    Source::Current => replicas.current(&self.changes),
                };
                let conn = match replica {
                    Some(replica) => match replica.get().await {
                        Ok(conn) => conn,
                        // It is well, but has no connection free.
                        Err(DbError::Busy) => primary.get().await?,
                        Err(_left_out) => {
                            replicas.distrust();
                            primary.get().await?
                        }
                    },
                    None => primary.get().await?,
                };
                Inner::Postgres(Box::new(conn))
            }
        };
        let conn = self.conn(inner);
        Ok(LiveConn::new(conn, Arc::clone(&self.known), stamp))
    }

    /// A connection for writing. On SQLite there is one: hold it briefly.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn write(&self) -> Result<Conn, DbError> {
        let inner = match &self.backend {
            Backend::Sqlite(db) => Inner::Sqlite(SqliteConn::Writer(db.writer().await?)),
            Backend::Postgres(db, _) => Inner::Postgres(Box::new(db.get().await?)),
        };
        Ok(self.conn(inner))
    }

    fn conn(&self, inner: Inner) -> Conn {
        let (changes, known) = (&self.changes, &self.known_to_editors);
        Conn::new(inner, Arc::clone(changes), Arc::clone(known))
    }

    /// Runs reads that no index bounds (searches, counts, unusual sorts) where they do not hold
    /// up other requests: on SQLite that is a thread of the blocking pool. There, all that they read
    /// is of one moment.
    ///
    /// # Errors
    /// When the database cannot be reached, and those of `work`.
    pub async fn read_heavy<R, E>(
        &self,
        work: impl AsyncFnOnce(&mut Conn) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let mut conn = self.read_snapshot().await?;
        match self.backend {
            Backend::Postgres(..) => work(&mut conn).await,
            Backend::Sqlite(_) => on_blocking_pool(conn, work).await,
        }
    }

    /// [`read_heavy`](Self::read_heavy) for public reads.
    ///
    /// # Errors
    /// As there.
    pub async fn read_live_heavy<R, E>(
        &self,
        source: Source,
        work: impl AsyncFnOnce(&mut LiveConn) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let mut conn = self.read_live(source).await?;
        match self.backend {
            Backend::Postgres(..) => work(&mut conn).await,
            Backend::Sqlite(_) => on_blocking_pool(conn, work).await,
        }
    }

    /// Whether the database can be reached and has the schema of this version.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn is_current(&self) -> Result<bool, DbError> {
        maintenance::migrate::is_current(&mut self.read().await?).await
    }

    /// The log of changes to public content by this instance and, while [`listen`](Self::listen) runs,
    /// by others.
    #[must_use]
    pub fn changes(&self) -> &Arc<Invalidations> {
        &self.changes
    }

    /// Listens for changes by others, until it is dropped: on PostgreSQL by notifications, on SQLite,
    /// where only commands write beside the server, by looking every half second. A key of another
    /// kind than these may be of anything.
    pub async fn listen(&self, kinds: &[KeyKind]) {
        match &self.backend {
            Backend::Sqlite(db) => listen::look(db, &self.changes).await,
            Backend::Postgres(db, replicas) => {
                let follow = listen::follow(db, replicas, &self.changes, kinds);
                tokio::join!(follow, replicas.watch());
            }
        }
    }

    /// Whether there are read replicas.
    #[must_use]
    pub fn has_replicas(&self) -> bool {
        matches!(&self.backend, Backend::Postgres(_, replicas) if !replicas.is_empty())
    }

    /// Whether a public read may be answered by a replica now.
    #[must_use]
    pub fn may_ask_replica(&self) -> bool {
        matches!(&self.backend, Backend::Postgres(_, all) if all.may_be_asked(&self.changes))
    }

    /// No replica is asked until it has shown again that it answers.
    pub fn distrust_replicas(&self) {
        if let Backend::Postgres(_, replicas) = &self.backend {
            replicas.distrust();
        }
    }

    /// The figures of the read replicas.
    #[must_use]
    pub fn replicas(&self) -> ReplicaFigures {
        match &self.backend {
            Backend::Sqlite(_) => ReplicaFigures::default(),
            Backend::Postgres(_, replicas) => replicas.figures(&self.changes),
        }
    }

    /// The figures of the connection pools, the writing one first.
    #[must_use]
    pub fn pools(&self) -> Vec<PoolFigures> {
        match &self.backend {
            Backend::Sqlite(db) => db.figures().into(),
            Backend::Postgres(db, replicas) => {
                let mut pools = vec![db.figures("primary".to_owned())];
                pools.extend(replicas.pools());
                pools
            }
        }
    }

    /// From now on a statement for a request that is recorded has a span. There is one tracer; a second
    /// is not told anything.
    pub fn trace(&self, tracer: &SdkTracer) {
        let system = match self.backend {
            Backend::Sqlite(_) => "sqlite",
            Backend::Postgres(..) => "postgresql",
        };
        self.counter.trace(tracer.clone(), system);
    }

    /// Counts the statements sent since the database was opened.
    #[must_use]
    pub fn statements(&self) -> &StatementCounter {
        &self.counter
    }

    /// Flushes and closes. Nothing may be asked of the database afterwards.
    pub async fn close(&self) {
        match &self.backend {
            Backend::Sqlite(db) => db.close().await,
            Backend::Postgres(db, replicas) => {
                replicas.close();
                db.close();
            }
        }
    }

    fn sqlite_for_migration(path: &Path, options: &Options) -> Result<SqliteConnection, DbError> {
        Ok(backends::sqlite::connect(path, &options.sqlite)?)
    }
}

/// Runs reads on a connection to SQLite on a thread of the blocking pool, as a part of the same trace.
async fn on_blocking_pool<C, R, E>(
    mut conn: C,
    work: impl AsyncFnOnce(&mut C) -> Result<R, E> + Send + 'static,
) -> Result<R, E>
where
    C: Send + 'static,
    R: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    let trace = Context::current();
    let done = tokio::task::spawn_blocking(move || {
        let _trace = trace.attach();
        futures_util::FutureExt::now_or_never(work(&mut conn))
    });
    match done.await {
        Ok(Some(result)) => result,
        // SQLite's futures are ready at once, so this is a wait for something else.
        Ok(None) => {
            Err(DbError::Unavailable("a SQLite operation did not complete".to_owned()).into())
        }
        Err(error) => Err(DbError::Unavailable(error.to_string()).into()),
    }
}
