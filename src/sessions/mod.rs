//! Signing in and out: passwords, single sign-on, sessions, refresh tokens, links that carry a
//! token.

pub mod cookie;
pub mod links;
pub mod login;
pub mod logout;
pub mod oidc;
pub mod one_time;
pub mod password;
pub mod refresh;
mod refusals;
pub mod store;
pub mod tokens;
