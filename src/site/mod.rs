//! Information about the service: its front page, its document, its health.

pub mod account;
pub mod api;
pub mod cache;
pub mod docs;
pub mod health;
pub mod jwks;
