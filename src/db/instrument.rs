//! Counts the statements that are sent to a database.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use tracing::Level;

/// Where statements are logged.
const SQL: &str = "masthead::sql";

/// Counts statements, transaction control left out. Clones count together.
#[derive(Clone, Default)]
pub struct StatementCounter {
    shared: Arc<Statements>,
    /// Whether the next statement begins or ends a transaction.
    control: bool,
}

#[derive(Default)]
struct Statements {
    total: AtomicU64,
    listener: OnceLock<Listener>,
}

type Listener = Box<dyn Fn(&str) + Send + Sync>;

impl StatementCounter {
    /// How many statements have been sent so far.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.shared.total.load(Ordering::Relaxed)
    }

    /// From now on tells `hear` each statement, and behind ` -- binds: ` what is bound. That may be
    /// a secret, so this is for tests. There is one listener; a second is not told anything.
    pub fn listen(&self, hear: impl Fn(&str) + Send + Sync + 'static) {
        drop(self.shared.listener.set(Box::new(hear)));
    }
}

impl fmt::Debug for StatementCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StatementCounter")
            .field(&self.total())
            .finish()
    }
}

impl Instrumentation for StatementCounter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::BeginTransaction { .. }
            | InstrumentationEvent::CommitTransaction { .. }
            | InstrumentationEvent::RollbackTransaction { .. } => self.control = true,
            InstrumentationEvent::StartQuery { query, .. } => {
                if std::mem::take(&mut self.control) {
                    return;
                }
                self.shared.total.fetch_add(1, Ordering::Relaxed);
                if let Some(hear) = self.shared.listener.get() {
                    hear(&query.to_string());
                }
                // The text is put together for the log alone: it costs as much as a short query.
                if tracing::enabled!(target: SQL, Level::TRACE) {
                    let text = query.to_string();
                    // What is bound may be a password's hash or a key: it is no matter for a log.
                    let text = text.split(" -- binds: ").next().unwrap_or_default();
                    tracing::trace!(target: SQL, "{text}");
                }
            }
            _ => {}
        }
    }
}
