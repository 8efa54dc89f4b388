//! HTTP manners that all subjects share.

pub mod accept;
pub mod admission;
pub mod answer;
pub mod body;
pub mod client;
pub mod cors;
pub mod found;
pub mod headers;
pub mod idempotency;
pub mod localise;
pub mod methods;
pub mod object;
pub mod page;
pub mod params;
pub mod precondition;
pub mod prefer;
pub mod problems;
pub mod respond;
pub mod route;
