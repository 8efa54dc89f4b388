//! Counts the statements that are sent to a database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent};

/// Counts statements, transaction control left out. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct StatementCounter(Arc<AtomicU64>);

impl StatementCounter {
    /// How many statements have been sent so far.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Instrumentation for StatementCounter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            // What is bound may be a password's hash or a key: it is no matter for a log.
            let text = text.split(" -- binds: ").next().unwrap_or_default();
            let control = ["BEGIN", "COMMIT", "ROLLBACK", "PRAGMA"];
            if !control.iter().any(|word| text.starts_with(word)) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
            tracing::trace!(target: "masthead::sql", "{text}");
        }
    }
}
