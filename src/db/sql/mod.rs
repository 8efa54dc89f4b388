//! Building blocks of SQL that are composed at run time, the same for both databases.

pub(crate) mod any_of;
pub mod condition;
pub mod dialect;
pub(crate) mod fragment;
pub(crate) mod insert;
pub mod keyset;
