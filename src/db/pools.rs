//! The figures of the connection pools.

use crate::telemetry::histogram::HistogramSnapshot;

/// A pool of connections at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolFigures {
    /// `primary`, `replica-1`, …; on SQLite `readers` and `writer`.
    pub name: String,
    /// The most connections, where they are bounded.
    pub max: Option<usize>,
    /// Connections in use.
    pub in_use: usize,
    /// Idle connections.
    pub idle: usize,
    /// Requests that wait for a connection.
    pub waiting: usize,
    /// The times to get a connection, or to be refused one, where there may be a wait.
    pub waits: Option<HistogramSnapshot>,
}
