//! What an article was after each change, and what became of it since.

pub mod api;
pub mod by_id;
pub mod content;
pub mod diff;
pub mod merge;
pub mod restore;
pub mod since;
pub mod store;
