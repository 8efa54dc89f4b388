//! The trash: deleted articles until they are restored or purged.

pub mod api;
pub mod store;
