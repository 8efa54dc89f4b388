//! The references of an article, by id.

use super::article::AuthorRole;

/// The references of an article by id, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// Authors, with their roles.
    pub authors: Vec<(String, AuthorRole)>,
    /// Tags; the first is the primary one.
    pub tags: Vec<String>,
    /// Related articles.
    pub related: Vec<String>,
    /// Paths on an earlier site.
    pub aliases: Vec<String>,
}
