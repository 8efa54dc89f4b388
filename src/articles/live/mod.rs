//! Live copies: the articles that the public reads.

pub(crate) mod bylines;
pub(crate) mod conditions;
pub(crate) mod copy;
pub mod find;
pub mod includes;
pub(crate) mod invalidation;
mod planner_hints;
pub mod publish;
pub(crate) mod query_plan;
pub mod redirects_api;
pub(crate) mod slugs;
