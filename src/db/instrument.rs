//! Counts the statements that are sent to a database.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use diesel::connection::{Instrumentation, InstrumentationEvent};

/// Counts statements, transaction control left out. Clones count together.
#[derive(Clone, Default)]
pub struct StatementCounter(Arc<Statements>);

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
        self.0.total.load(Ordering::Relaxed)
    }

    /// From now on tells `hear` each statement, and behind ` -- binds: ` what is bound. That may be
    /// a secret, so this is for tests. There is one listener; a second is not told anything.
    pub fn listen(&self, hear: impl Fn(&str) + Send + Sync + 'static) {
        drop(self.0.listener.set(Box::new(hear)));
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
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let whole = query.to_string();
            // What is bound may be a password's hash or a key: it is no matter for a log.
            let text = whole.split(" -- binds: ").next().unwrap_or_default();
            let control = ["BEGIN", "COMMIT", "ROLLBACK", "PRAGMA"];
            if !control.iter().any(|word| text.starts_with(word)) {
                self.0.total.fetch_add(1, Ordering::Relaxed);
                if let Some(hear) = self.0.listener.get() {
                    hear(&whole);
                }
            }
            tracing::trace!(target: "masthead::sql", "{text}");
        }
    }
}
