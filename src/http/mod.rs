//! HTTP manners that all subjects share.

pub mod answer;
pub mod body;
pub mod cache_control;
pub mod client;
pub mod lookup;
pub mod idempotency;
pub mod localise;
pub mod middleware;
pub mod object;
pub mod page;
pub mod params;
pub mod precondition;
pub mod prefer;
pub mod respond;
