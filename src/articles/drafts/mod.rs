//! Working copies: the rows that editors read and write.

pub(crate) mod bylines;
pub mod document;
pub mod filter;
pub(crate) mod includes;
pub mod links;
pub mod list;
pub(crate) mod lookup;
pub(crate) mod read;
pub(crate) mod reference_errors;
pub mod references;
pub mod slugs;
pub mod store;
pub(crate) mod translations;
pub mod version_check;
