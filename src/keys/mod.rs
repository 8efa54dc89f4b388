//! API keys: what machines call with.

pub mod api;
pub mod key;
pub mod list;
pub mod store;
