//! The query language of the lists: what `filter=`, `sort=`, `cursor=`, `fields=` and `include=`
//! may say, and nothing of what it is said about.
//!
//! Pure: no database, no HTTP, no clock, and no subject is known here. A subject names what it
//! offers by enums that implement [`Named`] (and [`filter::Filterable`]); the lists are closed, so
//! that whatever passes these parsers can be turned into a query without further checks. Every
//! refusal is a [`QueryError`] that names the place and says what was expected there.

pub mod cursor;
mod error;
pub mod fields;
pub mod filter;
pub mod include;
mod named;
mod nearest;
pub mod sort;

pub use error::QueryError;
pub use named::Named;
pub(crate) use named::field_names;
