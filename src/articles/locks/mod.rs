//! Locks: the sign that somebody is editing an article.

pub mod api;
pub mod store;
