//! Authors: the people whom bylines name.

pub mod api;
pub mod author;
pub mod list;
mod resource;
pub mod row;

pub use self::resource::Authors;
use crate::resources::info::ResourceInfo;

/// The description of authors.
pub const INFO: ResourceInfo = ResourceInfo {
    translated: author::TRANSLATED,
    ..ResourceInfo::new(
        "author",
        "authors",
        &[("Authors", "People credited in bylines.")],
    )
};
