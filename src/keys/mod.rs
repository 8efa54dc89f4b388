//! API keys: what machines call with.

pub mod store;
