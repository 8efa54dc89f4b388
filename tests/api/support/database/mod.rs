//! Databases of tests: made, damaged, checked and asked for their plans.

pub mod check;
pub mod explain;
mod postgres;
mod scratch;
mod skipped;

pub use postgres::{Replicated, Restartable, cluster, has_postgres};
pub use scratch::{KEYS, Kind, Scratch, key, key_named, parsed};
