//! API keys: the credentials of machines.

pub mod api;
pub mod key;
pub mod list;
pub mod store;
