//! What lists of articles may be filtered and sorted by, and how that is SQL.

use super::article::Status;
use super::row::status_at;
use crate::db::schema::editorial::articles;
use crate::db::schema::live::live_articles;
use crate::db::sql::condition::{compare, compare_nullable};
use crate::db::{Sql, Time};
use crate::http::page::Columns;
use crate::query::field_names;
use crate::query::filter::{Condition, Filterable, Kind, Op};

field_names! {
    /// What `filter` may ask of published articles.
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
    fn kind(self) -> Kind {
        match self {
            Self::Tag | Self::Author => Kind::Link,
            Self::Locale | Self::Section | Self::Title | Self::Slug => Kind::Text,
            Self::Featured => Kind::Bool,
            Self::PublishedAt | Self::FirstPublishedAt | Self::UpdatedAt => Kind::Time,
            Self::WordCount => Kind::Integer,
        }
    }
}

field_names! {
    /// What `filter` may ask of articles as editors.
    pub enum EditorialArticleField {
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
        /// When it was published, or is to be.
        PublishedAt => "published_at",
        /// Date of first publication.
        FirstPublishedAt => "first_published_at",
        /// When it was written.
        UpdatedAt => "updated_at",
        /// Words of the body.
        WordCount => "word_count",
        /// Status in the editorial workflow.
        Status => "status",
        /// Time of creation.
        CreatedAt => "created_at",
    }
}

impl Filterable for EditorialArticleField {
    fn kind(self) -> Kind {
        match self {
            Self::Tag | Self::Author => Kind::Link,
            Self::Locale | Self::Section | Self::Title | Self::Slug => Kind::Text,
            Self::Featured => Kind::Bool,
            Self::PublishedAt | Self::FirstPublishedAt | Self::UpdatedAt | Self::CreatedAt => {
                Kind::Time
            }
            Self::WordCount => Kind::Integer,
            Self::Status => Kind::Enum(Status::NAMES),
        }
    }
}

field_names! {
    /// What a public list of articles may be sorted by.
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

field_names! {
    /// What an editor's list of articles may be sorted by.
    pub enum EditorialArticleSort {
        /// When it was written.
        UpdatedAt => "updated_at",
        /// Time of creation.
        CreatedAt => "created_at",
        /// When it was published; those without a date are the oldest.
        PublishedAt => "published_at",
        /// When it was published for the first time; those that never were are the oldest.
        FirstPublishedAt => "first_published_at",
        /// The headline, by code point.
        Title => "title",
        /// Words of the body.
        WordCount => "word_count",
    }
}

impl Columns for EditorialArticleSort {
    fn column(self) -> &'static str {
        match self {
            Self::UpdatedAt => "articles.updated_at",
            Self::CreatedAt => "articles.created_at",
            // NULL has another rank on each database, and no rank in a cursor.
            Self::PublishedAt => "COALESCE(articles.published_at, 0)",
            Self::FirstPublishedAt => "COALESCE(articles.first_published_at, 0)",
            Self::Title => "articles.title",
            Self::WordCount => "articles.word_count",
        }
    }
}

/// A part of a filter on published articles.
pub(super) fn live_leaf(condition: &Condition<ArticleField>) -> Sql<live_articles::table> {
    let (op, value) = (condition.op, &condition.value);
    match condition.field {
        ArticleField::Tag => live_tagged(vec![value.to_string()]),
        ArticleField::Author => live_credited(vec![value.to_string()]),
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

/// A part of a filter on working copies.
pub(super) fn leaf(
    condition: &Condition<EditorialArticleField>,
    now: Time,
) -> Sql<articles::table> {
    use EditorialArticleField as Field;
    let (op, value) = (condition.op, &condition.value);
    match condition.field {
        Field::Tag => tagged(vec![value.to_string()]),
        Field::Author => credited(vec![value.to_string()]),
        Field::Locale => compare("articles.locale", op, value),
        Field::Section => compare_nullable("articles.section", op, value),
        Field::Featured => compare("articles.featured", op, value),
        Field::Title => compare("articles.title", op, value),
        Field::Slug => compare("articles.slug", op, value),
        Field::PublishedAt => compare_nullable("articles.published_at", op, value),
        Field::FirstPublishedAt => compare_nullable("articles.first_published_at", op, value),
        Field::UpdatedAt => compare("articles.updated_at", op, value),
        Field::WordCount => compare("articles.word_count", op, value),
        Field::Status => {
            let sign = if op == Op::Ne { " <> " } else { " = " };
            status_at(now).sql(sign).text(value.to_string())
        }
        Field::CreatedAt => compare("articles.created_at", op, value),
    }
}

/// Published articles with any of these public tags (ids or slugs).
pub(super) fn live_tagged(tags: Vec<String>) -> Sql<live_articles::table> {
    Sql::new("live_articles.copy IN (SELECT link.copy FROM live_article_tags AS link ")
        .sql("JOIN live_tags AS tag ON tag.id = link.tag_id WHERE tag.slug")
        .is_in(tags.clone())
        .sql(" OR tag.id")
        .is_in(tags)
        .sql(")")
}

/// Published articles that credit any of these authors (ids or slugs).
pub(super) fn live_credited(authors: Vec<String>) -> Sql<live_articles::table> {
    Sql::new("live_articles.copy IN (SELECT link.copy FROM live_article_authors AS link ")
        .sql("JOIN live_authors AS author ON author.id = link.author_id WHERE author.slug")
        .is_in(authors.clone())
        .sql(" OR author.id")
        .is_in(authors)
        .sql(")")
}

/// Working copies with any of these tags (ids or slugs).
pub(super) fn tagged(tags: Vec<String>) -> Sql<articles::table> {
    Sql::new("articles.id IN (SELECT link.article_id FROM article_tags AS link ")
        .sql("JOIN tags AS tag ON tag.id = link.tag_id WHERE tag.slug")
        .is_in(tags.clone())
        .sql(" OR tag.id")
        .is_in(tags)
        .sql(")")
}

/// Working copies that credit any of these authors (ids or slugs).
pub(super) fn credited(authors: Vec<String>) -> Sql<articles::table> {
    Sql::new("articles.id IN (SELECT link.article_id FROM article_authors AS link ")
        .sql("JOIN authors AS author ON author.id = link.author_id WHERE author.slug")
        .is_in(authors.clone())
        .sql(" OR author.id")
        .is_in(authors)
        .sql(")")
}
