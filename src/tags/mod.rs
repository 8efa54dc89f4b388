//! Tags: topics, sections, places, people and more, in a tree.

pub mod api;
pub mod list;
mod resource;
pub mod row;
pub mod tag;
mod tree;

pub use self::resource::Tags;
use self::tag::TagKind;
use crate::resources::info::{ParameterForm, ResourceInfo};

/// The description of tags.
pub const INFO: ResourceInfo = ResourceInfo {
    forms: &[
        ("parent", ParameterForm::References),
        ("kind", ParameterForm::Names(TagKind::NAMES)),
    ],
    translated: tag::TRANSLATED,
    ..ResourceInfo::new(
        "tag",
        "tags",
        &[(
            "Tags",
            "A tree of topics, sections, places, people and other terms.",
        )],
    )
};
