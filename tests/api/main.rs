//! The tests of the API over HTTP: one program, a module a subject, each story told on SQLite
//! and on PostgreSQL.
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

mod cli;
mod cli_keys;
mod cli_settings;
mod article_bad_input;
mod article_fields;
mod article_limits;
mod article_lists;
mod article_orders;
mod article_parts;
mod article_slugs;
mod article_versions;
mod articles;
mod articles_found;
mod authors;
mod document;
mod filter;
mod health;
mod http;
mod import;
mod import_blog;
mod key_bounds;
mod key_reach;
mod key_rights;
mod keys;
mod keys_api;
mod keys_changed;
mod live;
mod methods;
mod migrations;
mod numbered;
mod paging;
mod public_reads;
mod same_answers;
mod sample;
mod slugs;
mod statements;
mod tags;
mod tree;
