//! Counts the statements that are sent to a database, and makes spans of them.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use opentelemetry_sdk::trace::SdkTracer;
use tracing::Level;

use crate::telemetry::traces::StatementSpans;

/// Where statements are logged.
const SQL: &str = "masthead::sql";

/// Counts statements, transaction control left out. Clones count together.
#[derive(Default)]
pub struct StatementCounter {
    shared: Arc<Statements>,
    /// Whether the next statement begins or ends a transaction.
    control: bool,
    /// The statements of its own connection that are under way.
    spans: StatementSpans,
}

impl Clone for StatementCounter {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            ..Self::default()
        }
    }
}

#[derive(Default)]
struct Statements {
    total: AtomicU64,
    listener: OnceLock<Listener>,
    tracer: OnceLock<(SdkTracer, &'static str)>,
}

type Listener = Box<dyn Fn(&str) + Send + Sync>;

impl StatementCounter {
    /// How many statements have been sent so far.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.shared.total.load(Ordering::Relaxed)
    }

    /// From now on a statement for a request that is recorded has a span, of this kind of database.
    pub(in crate::db) fn trace(&self, tracer: SdkTracer, system: &'static str) {
        drop(self.shared.tracer.set((tracer, system)));
    }

    /// Begins the span of a statement, or of what controls a transaction.
    fn begin_span(&mut self, query: &dyn fmt::Display) {
        if let Some((tracer, system)) = self.shared.tracer.get()
            && StatementSpans::is_wanted()
        {
            let text = query.to_string();
            self.spans.begin(tracer, system, without_binds(&text));
        }
    }

    /// From now on tells `hear` each statement, and behind ` -- binds: ` what is bound. That may be
    /// a secret, so this is for tests. There is one listener; a second is not told anything.
    pub fn listen(&self, hear: impl Fn(&str) + Send + Sync + 'static) {
        drop(self.shared.listener.set(Box::new(hear)));
    }
}

/// The text of a statement alone. What is bound may be a password's hash or a key: it is no matter for
/// a log or a span.
fn without_binds(text: &str) -> &str {
    text.split(" -- binds: ").next().unwrap_or_default()
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
                self.begin_span(query);
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
                    tracing::trace!(target: SQL, "{}", without_binds(&text));
                }
            }
            InstrumentationEvent::FinishQuery { error, .. } => self.spans.end(error.is_some()),
            _ => {}
        }
    }
}
