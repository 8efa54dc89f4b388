//! Masthead: a headless CMS for newsrooms.
//!
//! The map of the code, from the outside in: what stands lower knows nothing of what stands
//! higher.

// The command line: a file for each subcommand.
pub mod cli;
// The server: binds, runs, stops.
pub mod server;
// What is kept of public answers, in front of everything else.
pub mod front;
// Figures for whoever runs the service.
pub mod metrics;
// What is done from time to time.
pub mod upkeep;
// The whole URL table: routes and API document.
pub mod routes;
// The API document, completed with what holds for every operation.
pub mod openapi;
// Front page, document, health: what the service says of itself.
pub mod site;
// Content from elsewhere.
pub mod import;
// Whether the database is as it must be.
pub mod check;
// A large newspaper made by chance, to see how the program does at scale.
pub mod generate;
// The small newspaper to try things with.
pub mod sample;
// Articles: working copies and live copies.
pub mod articles;
// Authors: those whom bylines name.
pub mod authors;
// Tags: a tree of topics, sections, places and more.
pub mod tags;
// What a check of the database finds.
pub mod damage;
// What authors and tags share when one becomes part of another.
pub mod merges;
// Signing in and out.
pub mod sessions;
// Accounts: people who may sign in.
pub mod users;
// API keys: what machines call with.
pub mod keys;
// HTTP manners that all subjects share.
pub mod http;
// Who calls and what they may do.
pub mod auth;
// What every request shares: database, clock, ids, secrets.
pub mod app;
// How many requests are worked on at once.
pub mod admission;
// How often something may be done.
pub mod limits;
// What was asked and answered, counted.
pub mod traffic;
// Which slug a row gets.
pub mod slugs;
// Logs.
pub mod log;
// Mail: plain texts by an SMTP server.
pub mod mail;
// Settings.
pub mod config;
// The error, and its form on the wire.
pub mod error;
// Checked values: the rules of single fields.
pub mod values;
// The database: the only place that knows that there are two kinds.
pub mod db;
// Spans of requests and statements, for OpenTelemetry.
pub mod traces;
// Whose trace a request is part of.
pub mod trace_context;
// How long things took, counted.
pub mod durations;
// TLS towards others.
pub mod tls;
// The query language of the lists; pure.
pub mod query;
// Texts: Markdown and HTML, slugs, words; pure.
pub mod text;
