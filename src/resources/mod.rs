//! Resources: the logic that authors and tags share.

pub mod reassign;
pub mod slugs;
