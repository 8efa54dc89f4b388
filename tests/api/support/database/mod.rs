//! Databases of tests: made, damaged, checked and asked for their plans.

pub mod check;
pub mod explain;
mod postgres;
mod scratch;

pub use postgres::{Replicated, Restartable, cluster};
pub use scratch::{KEYS, Kind, Scratch, key, key_named, parsed};
