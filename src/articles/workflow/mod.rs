//! The editorial workflow: states, transitions, and the requirements of publication.

pub(in crate::articles) mod act;
pub mod api;
pub mod corrections_api;
pub mod due;
pub mod requirements;
pub mod requirements_api;
pub(in crate::articles) mod restore;
pub mod rules;
pub mod save;
pub mod store;
