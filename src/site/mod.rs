//! What the service says of itself: its front page, its document, its health.

pub mod account;
pub mod api;
pub mod cache;
pub mod docs;
pub mod health;
pub mod jwks;
