//! The editorial workflow: states, transitions, and the requirements of publication.

pub mod allowed;
pub mod api;
pub mod corrections_api;
pub mod due;
pub mod requirements;
pub mod requirements_api;
pub mod store;
