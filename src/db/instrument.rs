//! Counts the statements that are sent to a database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use tracing::Level;

/// Where statements are logged.
const SQL: &str = "masthead::sql";

/// Counts statements, transaction control left out. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct StatementCounter {
    count: Arc<AtomicU64>,
    /// Whether the next statement begins or ends a transaction.
    control: bool,
}

impl StatementCounter {
    /// How many statements have been sent so far.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

impl Instrumentation for StatementCounter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::BeginTransaction { .. }
            | InstrumentationEvent::CommitTransaction { .. }
            | InstrumentationEvent::RollbackTransaction { .. } => self.control = true,
            InstrumentationEvent::StartQuery { query, .. } => {
                if !std::mem::take(&mut self.control) {
                    self.count.fetch_add(1, Ordering::Relaxed);
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
