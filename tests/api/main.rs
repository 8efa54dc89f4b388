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

mod account_page;
mod cli;
mod cli_keys;
mod cli_settings;
mod cli_users;
mod article_bad_input;
mod article_fields;
mod article_limits;
mod article_lists;
mod article_orders;
mod article_parts;
mod article_readers;
mod article_slugs;
mod article_versions;
mod articles;
mod articles_found;
mod attacks_d1;
mod attacks_d1_lists;
mod attacks_d1_hidden;
mod attacks_d1_drafts;
mod attacks_d2;
mod attacks_d2_texts;
mod attacks_d3;
mod attacks_d3_life;
mod attacks_d3_rights;
mod attacks_d4_accounts;
mod attacks_d4_limits;
mod attacks_d4_tokens;
mod attacks_d4_keys;
mod attacks_d4_web;
mod authors;
mod backup;
mod batch;
mod batch_refused;
mod check;
mod check_damage;
mod collisions;
mod database_restarts;
mod desk;
mod disk_full;
mod document;
mod drafts_beside_live;
mod schedules;
mod edit_locks;
mod filter;
mod generate;
mod health;
mod http;
mod idempotency;
mod idempotency_crash;
mod import;
mod import_blog;
mod kept;
mod kept_wire;
mod key_bounds;
mod key_reach;
mod key_rights;
mod keys;
mod known_pieces;
mod limits;
mod keys_api;
mod keys_changed;
mod killed_batches;
mod killed_writers;
mod life_clock;
mod life_meets;
mod life_model;
mod life_offsets;
mod live;
mod mail;
mod many_editors;
mod me;
mod merges;
mod merges_refused;
mod methods;
mod metrics;
mod migrations;
mod numbered;
mod oidc;
mod oidc_returns;
mod oidc_roles;
mod oidc_tokens;
mod overload;
mod paging;
mod permission_table;
mod previews;
mod preview_tokens;
mod public_reads;
mod query_plans;
mod same_answers;
mod password_links;
mod replicas;
mod revisions;
mod revisions_kept;
mod sample;
mod secrets;
mod session_cookie;
mod sessions;
mod session_list;
mod slow_clients;
mod slugs;
mod states;
mod statements;
mod tags;
mod traces;
mod translated_names;
mod translations;
mod trash;
mod tree;
mod user_rights;
mod users;
mod upgrade;
mod user_list;
