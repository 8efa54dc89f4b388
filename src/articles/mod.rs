//! Articles: working copies for editors, live copies for the public.

pub mod api;
pub mod article;
pub mod batch;
pub mod bulk_insert;
mod bylines;
mod card;
pub(crate) mod check;
pub mod context;
pub mod draft_access;
pub mod drafts;
pub mod links;
pub mod list_params;
pub mod live;
pub mod locks;
pub mod previews;
pub mod rendering;
mod respond;
pub mod response;
pub mod revisions;
pub mod row;
pub mod selection;
mod slug_lookup;
pub mod states;
pub mod trash;
mod visibility;
pub mod workflow;
pub use self::selection::Include;
use crate::db::invalidation::KeyKind;
use crate::resources::info::{ParameterForm, ResourceInfo, names};

/// Which articles are found by a slug.
pub const SLUG: KeyKind = KeyKind::of_each("slug");
/// Which articles are translations of each other, by the id of the group.
pub const TRANSLATIONS: KeyKind = KeyKind::of_each("translations");
/// Which articles have the tag of an id, and all that lists show of them.
pub const OF_TAG: KeyKind = KeyKind::of_each("tag-articles");
/// The same of the articles that credit the author of an id.
pub const OF_AUTHOR: KeyKind = KeyKind::of_each("author-articles");

/// The description of articles.
pub const INFO: ResourceInfo = ResourceInfo {
    other_keys: &[OF_AUTHOR, OF_TAG, SLUG, TRANSLATIONS],
    default_sort: "-published_at",
    default_include: Some("authors,lead_image,tags"),
    flags: &["counts"],
    sets: &["author", "section", "tag"],
    forms: &[
        ("author", ParameterForm::References),
        ("tag", ParameterForm::References),
        ("section", ParameterForm::Slugs),
        ("assignee", ParameterForm::IdsOr(&["me", "none"])),
        ("include", ParameterForm::Parts(names::<Include>)),
    ],
    other_paths: &["/v1/redirects"],
    ..ResourceInfo::new(
        "article",
        "articles",
        &[
            (
                "Articles",
                "Articles: drafts for editors, published articles for the public.",
            ),
            (
                "Revisions",
                "The history of an article: its content after each change.",
            ),
            ("Trash", "Deleted articles that can still be restored."),
            (
                "Previews",
                "Access to one unpublished article by means of a token.",
            ),
        ],
    )
};
