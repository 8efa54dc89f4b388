//! Revisions: the article after each change, their comparison and their restoration.

pub mod api;
pub mod conflicts;
pub mod content;
pub mod diff;
pub mod first;
pub mod normalise;
pub mod store;
pub mod three_way;
