//! The context of every request. It knows no route and no resource.

mod next_change;

use diesel::{ExpressionMethods as _, OptionalExtension as _, QueryDsl as _};
use secrecy::SecretBox;

pub use self::next_change::NextChange;
use crate::clock::{Clock, Ids};
use crate::config::Settings;
use crate::db::invalidation::{Dependencies, Invalidations, KeyKind};
use crate::db::schema::accounts::secrets;
use crate::db::{Conn, Database, DbError, LiveConn, PoolFigures, ReplicaFigures, Source, Time};
use crate::limits::Limits;
use crate::mail::Mailer;
use crate::overload::Admission;
use crate::query::cursor::CursorSecret;
use crate::telemetry::traces::Traces;

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Proof of access to content that is not public: held by an authenticated
/// [`Caller`](crate::auth::Caller), and by nothing else that answers requests.
pub trait Access {}

/// Everything that requests share: settings, database, clock, ids, keys, limits, mail.
pub struct App {
    db: Database,
    /// The settings in force.
    pub settings: Settings,
    /// The clock.
    pub clock: Clock,
    /// Makes ids.
    pub ids: Ids,
    /// Seals the cursors; the same on every instance.
    pub cursor_secret: CursorSecret,
    /// The secret from which the keys of stored responses are derived; the same on every instance.
    pub idempotency_secret: SecretBox<[u8; 32]>,
    /// When the public will see something else by itself.
    pub next_change: NextChange,
    /// How often something may be done.
    pub limits: Limits,
    /// The exporter of spans.
    pub traces: Traces,
    /// Admission control: the requests in progress and in the queue.
    pub admission: Admission,
    /// Sends mail; its task runs on the runtime that made this.
    pub mail: Mailer,
}

impl App {
    /// Puts the parts together; reads the secrets from the database, or makes them the first
    /// time.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn new(settings: Settings, db: Database, clock: Clock) -> Result<Self, DbError> {
        let cursor_secret = CursorSecret::new(secret(&db, "cursor", clock.now()).await?);
        let idempotency_secret = secret(&db, "idempotency", clock.now()).await?;
        let ids = Ids::new(clock.clone());
        let admission = Admission::new(&settings.overload, settings.derived_concurrency());
        let limits = Limits::new(&settings.limits, &clock);
        let (endpoint, ratio) = (&settings.traces.otlp_endpoint, settings.traces.sample_ratio);
        let traces = Traces::start(endpoint, ratio, VERSION).unwrap_or_else(|error| {
            tracing::error!(%error, "export of spans disabled");
            Traces::off()
        });
        if let Some(tracer) = traces.tracer() {
            db.trace(tracer);
        }
        // Settings that were loaded are sound; those put together by hand may be anything.
        let mail = Mailer::start(&settings.mail).unwrap_or_else(|error| {
            tracing::error!(%error, "sending of mail disabled");
            Mailer::disabled()
        });
        Ok(Self {
            db,
            settings,
            clock,
            ids,
            cursor_secret,
            idempotency_secret: SecretBox::new(Box::new(idempotency_secret)),
            next_change: NextChange::default(),
            limits,
            traces,
            admission,
            mail,
        })
    }

    /// A connection that reaches only public content.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn live(&self, source: Source) -> Result<LiveConn, DbError> {
        self.db.read_live(source).await
    }

    /// The database as the public may use it.
    #[must_use]
    pub fn live_db(&self, source: Source) -> LiveDatabase<'_> {
        LiveDatabase(&self.db, source)
    }

    /// Whether the settings name read replicas.
    #[must_use]
    pub fn has_replicas(&self) -> bool {
        self.db.has_replicas()
    }

    /// Whether a public read may be answered by a replica now.
    #[must_use]
    pub fn may_ask_replica(&self) -> bool {
        self.db.may_ask_replica()
    }

    /// A public read failed: no replica is asked until it has shown again that it answers.
    pub fn distrust_replicas(&self) {
        self.db.distrust_replicas();
    }

    /// The figures of the read replicas.
    #[must_use]
    pub fn replicas(&self) -> ReplicaFigures {
        self.db.replicas()
    }

    /// The whole database, for a caller who may see more than the public.
    #[must_use]
    pub fn db(&self, _caller: &impl Access) -> &Database {
        &self.db
    }

    /// The database for the authentication of a request, before there is a caller.
    pub(crate) fn db_to_authenticate(&self) -> &Database {
        &self.db
    }

    /// The database for periodic jobs, which have no caller.
    pub(crate) fn db_for_jobs(&self) -> &Database {
        &self.db
    }

    /// The log of changes to public content.
    #[must_use]
    pub fn changes(&self) -> &Invalidations {
        self.db.changes()
    }

    /// Listens for changes by other instances, until it is dropped.
    pub async fn listen(&self, kinds: &[KeyKind]) {
        self.db.listen(kinds).await;
    }

    /// The dependencies of a response, empty so far.
    #[must_use]
    pub fn dependencies(&self) -> Dependencies {
        Dependencies::new(self.settings.cache.surrogate_keys)
    }

    /// Whether requests can be served: the database answers and has the schema of this version.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn is_ready(&self) -> Result<bool, DbError> {
        self.db.is_current().await
    }

    /// How many SQL statements have been sent so far.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.db.statements().total()
    }

    /// The figures of the connection pools.
    #[must_use]
    pub fn pools(&self) -> Vec<PoolFigures> {
        self.db.pools()
    }

    /// Sends the mail and the spans that wait, flushes and closes the database.
    pub async fn close(&self) {
        self.mail.close().await;
        self.traces.close().await;
        self.db.close().await;
    }
}

/// The stamp of a write: new ids, the time and the author of the change.
#[derive(Clone, Copy)]
pub struct Edit<'a> {
    /// The generator of new ids.
    pub ids: &'a Ids,
    /// The time of the change.
    pub now: Time,
    /// The author of the change: the id of an account or key, or the name of a command.
    pub by: &'a str,
}

/// The database as the public may use it, with connections to live tables only.
pub struct LiveDatabase<'a>(&'a Database, Source);

impl LiveDatabase<'_> {
    /// Runs reads that no index bounds, out of the way of other requests.
    ///
    /// # Errors
    /// When the database cannot be reached, and those of `work`.
    pub async fn heavy<R, E>(
        &self,
        work: impl AsyncFnOnce(&mut LiveConn) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.0.read_live_heavy(self.1, work).await
    }
}

/// Reads a secret of 32 bytes, or makes it. Instances that make it at the same time agree on
/// one.
async fn secret(db: &Database, name: &str, now: Time) -> Result<[u8; 32], DbError> {
    let mut made = [0_u8; 32];
    getrandom::fill(&mut made).map_err(|error| DbError::Unavailable(error.to_string()))?;
    let text = hex::encode(made);
    let mut conn = db.write().await?;
    let stored = conn
        .transaction(async |conn: &mut Conn| -> Result<String, DbError> {
            let find = secrets::table
                .filter(secrets::name.eq(name))
                .select(secrets::value);
            if let Some(stored) = conn.first::<String>(find).await.optional()?.flatten() {
                return Ok(stored);
            }
            let row = (
                secrets::name.eq(name),
                secrets::value.eq(&text),
                secrets::created_at.eq(now),
            );
            let insert = diesel::insert_into(secrets::table)
                .values(row)
                .on_conflict_do_nothing();
            conn.execute(insert).await?;
            Ok(conn.one::<String>(find).await?)
        })
        .await?;
    let mut secret = [0_u8; 32];
    hex::decode_to_slice(stored, &mut secret)
        .map_err(|error| DbError::Unavailable(format!("the secret {name} is corrupt: {error}")))?;
    Ok(secret)
}
