//! The fields that editors' lists of articles are filtered and sorted by, and their SQL.

use crate::articles::row::status_at;
use crate::articles::states::Status;
use crate::db::schema::editorial::articles;
use crate::db::sql::condition::{compare, compare_nullable};
use crate::db::{Sql, Time};
use crate::http::page::Columns;
use crate::query::field_names;
use crate::query::filter::{Condition, FieldKind, FilterOp, Filterable};

field_names! {
    /// The fields that `filter` may name for editors.
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
    fn kind(self) -> FieldKind {
        match self {
            Self::Tag | Self::Author => FieldKind::Link,
            Self::Locale | Self::Section | Self::Title | Self::Slug => FieldKind::Text,
            Self::Featured => FieldKind::Bool,
            Self::PublishedAt | Self::FirstPublishedAt | Self::UpdatedAt | Self::CreatedAt => {
                FieldKind::Time
            }
            Self::WordCount => FieldKind::Integer,
            Self::Status => FieldKind::Enum(Status::NAMES),
        }
    }
}

field_names! {
    /// The fields that an editor's list of articles may be sorted by.
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

/// The SQL of one comparison of a filter on drafts.
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
            let sign = if op == FilterOp::Ne { " <> " } else { " = " };
            status_at(now).sql(sign).text(value.to_string())
        }
        Field::CreatedAt => compare("articles.created_at", op, value),
    }
}

/// Drafts with any of these tags (ids or slugs).
pub(super) fn tagged(tags: Vec<String>) -> Sql<articles::table> {
    Sql::new("articles.id IN (SELECT link.article_id FROM article_tags AS link ")
        .sql("JOIN tags AS tag ON tag.id = link.tag_id WHERE tag.slug")
        .is_in(tags.clone())
        .sql(" OR tag.id")
        .is_in(tags)
        .sql(")")
}

/// Drafts that credit any of these authors (ids or slugs).
pub(super) fn credited(authors: Vec<String>) -> Sql<articles::table> {
    Sql::new("articles.id IN (SELECT link.article_id FROM article_authors AS link ")
        .sql("JOIN authors AS author ON author.id = link.author_id WHERE author.slug")
        .is_in(authors.clone())
        .sql(" OR author.id")
        .is_in(authors)
        .sql(")")
}
