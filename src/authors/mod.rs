//! Authors: those whom bylines name.

pub mod api;
pub mod author;
pub(crate) mod check;
pub mod list;
pub mod live;
pub mod merge;
pub mod store;
