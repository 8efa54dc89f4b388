//! The fields that public lists of articles are filtered and sorted by, and their SQL.

use crate::db::Sql;
use crate::db::schema::live::live_articles;
use crate::db::sql::condition::{compare, compare_nullable};
use crate::http::page::Columns;
use crate::query::field_names;
use crate::query::filter::{Condition, FieldKind, Filterable};

field_names! {
    /// The fields that `filter` may name in public.
    pub enum ArticleField {
        /// A tag.
        Tag => "tag",
        /// Someone credited.
        Author => "author",
        /// The language.
        Locale => "locale",
        /// The section.
        Section => "section",
        /// Whether the article is featured on the front page.
        Featured => "featured",
        /// The headline.
        Title => "title",
        /// The slug.
        Slug => "slug",
        /// Date of publication.
        PublishedAt => "published_at",
        /// Date of first publication.
        FirstPublishedAt => "first_published_at",
        /// When it was written.
        UpdatedAt => "updated_at",
        /// Words of the body.
        WordCount => "word_count",
    }
}

impl Filterable for ArticleField {
    fn kind(self) -> FieldKind {
        match self {
            Self::Tag | Self::Author => FieldKind::Link,
            Self::Locale | Self::Section | Self::Title | Self::Slug => FieldKind::Text,
            Self::Featured => FieldKind::Bool,
            Self::PublishedAt | Self::FirstPublishedAt | Self::UpdatedAt => FieldKind::Time,
            Self::WordCount => FieldKind::Integer,
        }
    }
}

field_names! {
    /// The fields that a public list of articles may be sorted by.
    pub enum ArticleSort {
        /// Date of publication.
        PublishedAt => "published_at",
        /// Date of first publication.
        FirstPublishedAt => "first_published_at",
        /// When it was written.
        UpdatedAt => "updated_at",
        /// The headline, by code point.
        Title => "title",
        /// Words of the body.
        WordCount => "word_count",
    }
}

impl Columns for ArticleSort {
    fn column(self) -> &'static str {
        match self {
            Self::PublishedAt => "live_articles.published_at",
            Self::FirstPublishedAt => "live_articles.first_published_at",
            Self::UpdatedAt => "live_articles.updated_at",
            Self::Title => "live_articles.title",
            Self::WordCount => "live_articles.word_count",
        }
    }
}

/// The SQL of one comparison of a filter on published articles.
pub(super) fn leaf(condition: &Condition<ArticleField>) -> Sql<live_articles::table> {
    let (op, value) = (condition.op, &condition.value);
    match condition.field {
        ArticleField::Tag => tagged(vec![value.to_string()]),
        ArticleField::Author => credited(vec![value.to_string()]),
        ArticleField::Locale => compare("live_articles.locale", op, value),
        ArticleField::Section => compare_nullable("live_articles.section", op, value),
        ArticleField::Featured => compare("live_articles.featured", op, value),
        ArticleField::Title => compare("live_articles.title", op, value),
        ArticleField::Slug => compare("live_articles.slug", op, value),
        ArticleField::PublishedAt => compare("live_articles.published_at", op, value),
        ArticleField::FirstPublishedAt => compare("live_articles.first_published_at", op, value),
        ArticleField::UpdatedAt => compare("live_articles.updated_at", op, value),
        ArticleField::WordCount => compare("live_articles.word_count", op, value),
    }
}

/// Published articles with any of these public tags (ids or slugs).
fn tagged(tags: Vec<String>) -> Sql<live_articles::table> {
    Sql::new("live_articles.copy IN (SELECT link.copy FROM live_article_tags AS link ")
        .sql("JOIN live_tags AS tag ON tag.id = link.tag_id WHERE tag.slug")
        .is_in(tags.clone())
        .sql(" OR tag.id")
        .is_in(tags)
        .sql(")")
}

/// Published articles that credit any of these authors (ids or slugs).
fn credited(authors: Vec<String>) -> Sql<live_articles::table> {
    Sql::new("live_articles.copy IN (SELECT link.copy FROM live_article_authors AS link ")
        .sql("JOIN live_authors AS author ON author.id = link.author_id WHERE author.slug")
        .is_in(authors.clone())
        .sql(" OR author.id")
        .is_in(authors)
        .sql(")")
}
