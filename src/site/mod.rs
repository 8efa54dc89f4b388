//! The service's description of itself: front page, API document, health.

pub mod account;
pub mod api;
pub mod cache;
pub mod docs;
pub mod health;
pub mod jwks;
