//! Authors: those whom bylines name.

pub mod api;
pub mod author;
pub(crate) mod check;
pub mod list;
pub mod live;
pub mod merge;
pub mod store;

use crate::resources::info::ResourceInfo;

/// The description of authors.
pub const INFO: ResourceInfo = ResourceInfo {
    translated: author::TRANSLATED,
    ..ResourceInfo::new(
        "author",
        "authors",
        &[("Authors", "Those whom bylines name.")],
    )
};
