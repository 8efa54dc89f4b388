//! Attacks on sign-in, sessions, tokens and the browsers that hold them.

mod browsers;
mod limits;
mod sessions;
mod sign_on;
mod signing_keys;
mod tokens;
