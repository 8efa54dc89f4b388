//! API keys: credentials, management and limits.

mod api;
mod bounds;
mod changes;
mod credentials;
mod public_reads;
mod reach;
mod rights;
