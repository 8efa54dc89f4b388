//! Authors and tags.

mod authors;
pub mod merges;
mod merges_refused;
mod shared;
mod tag_slugs;
mod tag_tree;
mod tags;
mod translated_names;
