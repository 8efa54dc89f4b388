//! Resources: the description that lower layers go by, and the logic that authors and tags share.

pub mod info;
pub mod reassign;
pub mod slugs;
