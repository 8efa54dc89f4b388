//! Credentials: API keys, access tokens, the keys that sign them, and random secrets.

pub mod key;
pub mod random;
pub mod signing;
pub mod token;
