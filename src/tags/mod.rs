//! Tags: topics, sections, places, people and more, in a tree.

pub mod api;
pub(crate) mod check;
pub mod list;
pub mod live;
pub mod merge;
pub mod store;
pub mod tag;
mod tree;
