//! Masthead: a headless CMS for newsrooms.
//!
//! The map of the code, from the outside in; arrows point downwards only.

pub mod app;
pub mod articles;
pub mod auth;
pub mod authors;
pub mod cli;
pub mod config;
pub mod db;
pub mod error;
pub mod http;
pub mod import;
pub mod log;
pub mod openapi;
pub mod query;
pub mod routes;
pub mod server;
pub mod site;
pub mod tags;
pub mod text;
pub mod values;
