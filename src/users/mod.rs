//! Accounts: people who may sign in. An author is a byline; an account may be linked to one.

pub mod api;
pub mod credentials;
pub mod list;
pub mod me;
pub mod roles;
pub mod store;
pub mod user;
