//! Tags: topics, sections, places, people and more, in a tree.

pub mod api;
pub(crate) mod check;
pub mod list;
pub mod live;
pub mod merge;
pub mod store;
pub mod tag;
mod tree;

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
            "Topics, sections, places, people and more, in a tree.",
        )],
    )
};
