//! Brings in content from elsewhere.

pub mod dates;
pub mod front_matter;
pub mod markdown;
pub mod tree;
