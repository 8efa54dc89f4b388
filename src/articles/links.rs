//! The references of an article, by id.

use super::article::AuthorRole;

/// The ids of what an article refers to, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// Authors, with what they did.
    pub authors: Vec<(String, AuthorRole)>,
    /// Tags; the first is the primary one.
    pub tags: Vec<String>,
    /// Related articles.
    pub related: Vec<String>,
    /// Paths on an earlier site.
    pub aliases: Vec<String>,
}
