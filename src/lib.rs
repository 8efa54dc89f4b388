//! Masthead: a headless CMS for newsrooms.
//!
//! The map of the code, from the outside in: a module may use those below it and knows nothing of
//! those above.

// The command line: a file for each subcommand.
pub mod cli;
// The server: binds, runs, stops.
pub mod server;
// Kept answers to public reads, in front of routing.
pub mod response_cache;
// Metrics for Prometheus.
pub mod metrics;
// Periodic work: recording due transitions, clearing expired rows.
pub mod jobs;
// The registry: the one list of all resources.
pub mod registry;
// The URL table: routes and API document.
pub mod routes;
// The API document, completed with what holds for every operation.
pub mod openapi;
// Front page, document, health: the service's description of itself.
pub mod site;
// Import of content from elsewhere.
pub mod import;
// A large newspaper made by chance, for trials at scale.
pub mod generate;
// The sample newspaper.
pub mod sample;
// Articles: working copies and live copies.
pub mod articles;
// Authors: the people credited in bylines.
pub mod authors;
// Tags: a tree of topics, sections, places and more.
pub mod tags;
// The logic that authors and tags share.
pub mod resources;
// The check of a database: violations, and the run over all subjects.
pub mod integrity;
// Signing in and out.
pub mod sessions;
// Accounts: people who may sign in.
pub mod users;
// API keys: the credentials of machines.
pub mod keys;
// HTTP conventions that all subjects share.
pub mod http;
// Authentication and authorisation.
pub mod auth;
// The context of every request: database, clock, ids, secrets.
pub mod app;
// Load shedding: requests in progress, the queue, refusals.
pub mod overload;
// Rate limits.
pub mod limits;
// Mail: plain texts by SMTP.
pub mod mail;
// Settings.
pub mod config;
// The error, and its form on the wire.
pub mod error;
// The clock and the ids.
pub mod clock;
// Checked values: the rules of single fields.
pub mod values;
// The database: the only place that knows that there are two kinds.
pub mod db;
// Log, traces, counters and histograms.
pub mod telemetry;
// TLS for outgoing connections.
pub mod tls;
// The query language of lists; pure.
pub mod query;
// Texts: Markdown and HTML, slugs, words; pure.
pub mod text;
