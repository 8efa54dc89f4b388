//! Masthead: a headless CMS for newsrooms.
//!
//! The map of the code, from the outside in; arrows point downwards only.

pub mod cli;
pub mod server;
pub mod routes;
pub mod openapi;
pub mod site;
pub mod import;
pub mod sample;
pub mod articles;
pub mod authors;
pub mod tags;
pub mod http;
pub mod auth;
pub mod app;
pub mod log;
pub mod db;
pub mod query;
pub mod values;
pub mod text;
pub mod error;
pub mod config;
