//! Read replicas: hot standbys of the PostgreSQL primary that answer public reads.
//!
//! A replica is asked only while it has replayed everything that this instance knows to have changed
//! of that which the public sees; otherwise the primary is asked. So an answer by a replica is as
//! good as one by the primary, and may be kept like one. Whether it has is told by positions in the
//! write-ahead log: after each change, whoever [listens](crate::db::listen) asks the primary for the
//! position up to which the log is written, and each replica is watched for how far it has replayed.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio_postgres::types::PgLsn;
use tokio_postgres::{Client, Connection, Row};

use super::instrument::StatementCounter;
use super::postgres::{PostgresDb, PostgresOptions, Work, describe};
use crate::db::DbError;
use crate::db::invalidation::Invalidations;
use crate::db::pools::PoolFigures;

/// How often a replica is asked while it is behind, and while it is not.
const BEHIND: Duration = Duration::from_millis(10);
const LEVEL: Duration = Duration::from_millis(250);
/// How long it may take to answer before it is left out.
const MAX_WAIT: Duration = Duration::from_secs(2);
/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// Of which database a server has a copy.
macro_rules! whose {
    () => {
        "(SELECT system_identifier FROM pg_control_system()) || '/' || current_database()"
    };
}

/// The query for the state of a replica: whether it follows a primary, and how far it has replayed. A
/// standby that was promoted follows none.
const STANDING: &str = concat!(
    "SELECT pg_is_in_recovery(), coalesce(pg_last_wal_replay_lsn(), '0/0'::pg_lsn), ",
    whose!()
);

/// The query for the state of the primary.
pub(in crate::db) const PLACE: &str = concat!("SELECT pg_current_wal_insert_lsn(), ", whose!());

/// The requirement on a replica: every change up to a stamp is within a position of this database's log.
#[derive(Debug, Clone)]
struct Need {
    stamp: u64,
    position: u64,
    whose: String,
}

/// The replicas of a database, and which of them may be asked.
pub(in crate::db) struct Replicas {
    all: Vec<Replica>,
    need: watch::Sender<Option<Need>>,
    turn: AtomicUsize,
    reads: AtomicU64,
}

struct Replica {
    /// Its number in the settings, for the log: an address may be a secret.
    number: usize,
    db: PostgresDb,
    /// How far it has replayed; 0 while it may not be asked.
    replayed: AtomicU64,
    /// Rises whenever it is found to be unreliable.
    faults: AtomicU64,
    /// Whether the log says that it is left out.
    told: AtomicBool,
}

impl Replicas {
    pub(in crate::db) fn new(
        options: &PostgresOptions,
        counter: &StatementCounter,
    ) -> Result<Self, DbError> {
        let replica = |(index, url)| {
            Ok(Replica {
                number: index + 1,
                db: PostgresDb::new(url, options, counter.clone())?,
                replayed: AtomicU64::new(0),
                faults: AtomicU64::new(0),
                told: AtomicBool::new(false),
            })
        };
        let all = options.replicas.iter().enumerate().map(replica);
        Ok(Self {
            all: all.collect::<Result<_, DbError>>()?,
            need: watch::Sender::new(None),
            turn: AtomicUsize::new(0),
            reads: AtomicU64::new(0),
        })
    }

    pub(in crate::db) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Every change up to this stamp is within what the primary says of itself ([`PLACE`]).
    ///
    /// # Errors
    /// When it says something else.
    pub(in crate::db) fn need(&self, stamp: u64, place: &Row) -> Result<(), tokio_postgres::Error> {
        let position: PgLsn = place.try_get(0)?;
        let need = Need {
            stamp,
            position: u64::from(position),
            whose: place.try_get(1)?,
        };
        self.need.send_replace(Some(need));
        Ok(())
    }

    /// The position up to which a replica must have replayed now, if that is known.
    fn needed(&self, changes: &Invalidations) -> Option<u64> {
        let need = self.need.borrow();
        let need = need.as_ref().filter(|need| need.stamp == changes.last())?;
        changes.is_heard().then_some(need.position)
    }

    /// A replica that has all that is known to have changed; they take turns.
    pub(in crate::db) fn current(&self, changes: &Invalidations) -> Option<&PostgresDb> {
        if self.all.is_empty() {
            return None;
        }
        let position = self.needed(changes)?;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.all.len();
        let mut in_turn = self.all.iter().cycle().skip(turn).take(self.all.len());
        let found = in_turn.find(|replica| replica.has(position))?;
        self.reads.fetch_add(1, Ordering::Relaxed);
        Some(&found.db)
    }

    /// Whether one of them may be asked now.
    pub(in crate::db) fn may_be_asked(&self, changes: &Invalidations) -> bool {
        let position = (!self.all.is_empty())
            .then(|| self.needed(changes))
            .flatten();
        position.is_some_and(|position| self.all.iter().any(|one| one.has(position)))
    }

    /// One of them did not answer: none is asked until it has shown that it does.
    pub(in crate::db) fn distrust(&self) {
        for replica in &self.all {
            replica.faults.fetch_add(1, Ordering::AcqRel);
            replica.replayed.store(0, Ordering::Release);
        }
    }

    /// How many there are, how many may be asked now, and how many reads went to them.
    pub(in crate::db) fn figures(&self, changes: &Invalidations) -> ReplicaFigures {
        let has = |position| self.all.iter().filter(|one| one.has(position)).count();
        ReplicaFigures {
            known: self.all.len(),
            current: self.needed(changes).map_or(0, has),
            reads: self.reads.load(Ordering::Relaxed),
        }
    }

    /// The figures of their pools.
    pub(in crate::db) fn pools(&self) -> impl Iterator<Item = PoolFigures> {
        let pool = |one: &Replica| one.db.figures(format!("replica-{}", one.number));
        self.all.iter().map(pool)
    }

    /// Watches all of them, until it is dropped.
    pub(in crate::db) async fn watch(&self) {
        join_all(self.all.iter().map(|one| one.watch(self.need.subscribe()))).await;
    }

    pub(in crate::db) fn close(&self) {
        for replica in &self.all {
            replica.db.close();
        }
    }
}

/// The figures of the replicas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplicaFigures {
    /// How many the settings name.
    pub known: usize,
    /// How many may be asked now.
    pub current: usize,
    /// How many connections for public reads led to them so far.
    pub reads: u64,
}

impl Replica {
    fn has(&self, position: u64) -> bool {
        let replayed = self.replayed.load(Ordering::Acquire);
        replayed > 0 && replayed >= position
    }

    async fn watch(&self, need: watch::Receiver<Option<Need>>) {
        loop {
            let watching = Watching {
                replica: self,
                need: need.clone(),
            };
            let why = self.db.connector().with(watching).await;
            self.leave_out(&why);
            tokio::time::sleep(AGAIN).await;
        }
    }

    fn leave_out(&self, why: &str) {
        self.replayed.store(0, Ordering::Release);
        // Connections of before may be of no use.
        self.db.forget();
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(replica = self.number, why, "read replica taken out of use");
        }
    }

    /// It has replayed so far, unless it was found unreliable meanwhile.
    fn note(&self, replayed: u64, faults: u64) -> Result<(), String> {
        self.replayed.store(replayed, Ordering::Release);
        if self.faults.load(Ordering::Acquire) != faults {
            return Err("a read failed".to_owned());
        }
        if self.told.swap(false, Ordering::Relaxed) {
            tracing::info!(replica = self.number, "read replica in use");
        }
        Ok(())
    }
}

struct Watching<'a> {
    replica: &'a Replica,
    need: watch::Receiver<Option<Need>>,
}

impl Watching<'_> {
    /// Looks how far it has replayed, again and again; ends with why it may be asked no more.
    async fn look(&mut self, client: &Client) -> Result<Infallible, String> {
        let failed = |error: tokio_postgres::Error| describe(&error);
        let faults = self.replica.faults.load(Ordering::Acquire);
        let statement = client.prepare(STANDING).await.map_err(failed)?;
        loop {
            let row = tokio::time::timeout(MAX_WAIT, client.query_one(&statement, &[])).await;
            let row = row.map_err(|_elapsed| "no response".to_owned())?;
            let row = row.map_err(failed)?;
            let follows: bool = row.try_get(0).map_err(failed)?;
            let replayed: PgLsn = row.try_get(1).map_err(failed)?;
            if !follows {
                return Err("it no longer follows a primary".to_owned());
            }
            let whose: String = row.try_get(2).map_err(failed)?;
            let need = self.need.borrow_and_update().clone();
            if need.as_ref().is_some_and(|need| need.whose != whose) {
                return Err("it is a replica of another database".to_owned());
            }
            let replayed = u64::from(replayed);
            let behind = need.is_none_or(|need| replayed < need.position);
            self.replica.note(replayed, faults)?;
            let pause = if behind { BEHIND } else { LEVEL };
            // A new need is looked after at once.
            drop(tokio::time::timeout(pause, self.need.changed()).await);
            if self.replica.faults.load(Ordering::Acquire) != faults {
                return Err("a read failed".to_owned());
            }
        }
    }
}

impl Work for Watching<'_> {
    async fn run<S, T>(mut self, client: Client, connection: Connection<S, T>) -> String
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
        T: AsyncRead + AsyncWrite + Unpin + Send,
    {
        tokio::select! {
            ended = connection => match ended {
                Ok(()) => "the connection was closed".to_owned(),
                Err(error) => describe(&error),
            },
            looked = self.look(&client) => match looked {
                Ok(never) => match never {},
                Err(why) => why,
            },
        }
    }
}
