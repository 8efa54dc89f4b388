//! What is to be known of the pools of connections.

use crate::telemetry::histogram::Counted;

/// A pool of connections at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolFigures {
    /// `primary`, `replica-1`, …; on SQLite `readers` and `writer`.
    pub name: String,
    /// The most connections that it may have, where that is bounded.
    pub most: Option<usize>,
    /// Connections that somebody uses.
    pub in_use: usize,
    /// Connections that are open and free.
    pub idle: usize,
    /// How many wait for a connection.
    pub waiting: usize,
    /// How long it took to get one, where there may be a wait; also those that got none.
    pub waits: Option<Counted>,
}
