//! The tests of the API over HTTP: one program, a room for each part of the API, each story told on
//! SQLite and on PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![expect(clippy::too_many_lines, reason = "a story is told in one piece")]

#[allow(
    dead_code,
    unused_imports,
    reason = "callers, content and clock for stories to come"
)]
#[macro_use]
mod support;

mod accounts;
mod articles;
mod attacks;
mod auth;
mod cache;
mod cli;
mod database;
mod drafts;
mod http;
mod keys;
mod lists;
mod operations;
mod resilience;
mod resources;
mod workflow;
