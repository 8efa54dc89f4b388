//! The JSON forms of articles: responses, and the names that `fields` may use.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::article::{AuthorRole, BodyFormat, Correction, LeadImage, Review};
use super::states::{Status, Transition};
use crate::db::{Json, Time};
use crate::http::answer::Answer;
use crate::text::body::Heading;
use crate::values::{Metadata, Seo};

/// An article, as seen by the public. Lists omit `body`, `lead_image`, `authors`, `tags` and
/// `related` unless requested by `include` or `fields`; a single article omits only `related`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Article {
    /// Id, a UUID of version 7.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// Last segment of the URL; unique within the locale.
    pub slug: String,
    /// Language (BCP 47).
    #[schema(example = "en")]
    pub locale: String,
    /// Headline on the page.
    pub title: String,
    /// Headline for search results, if different.
    pub seo_title: Option<String>,
    /// Kicker: one or two words above the headline.
    pub kicker: Option<String>,
    /// Standfirst: the summary below the headline.
    pub standfirst: Option<String>,
    /// Byline to print instead of the names of the authors.
    pub byline: Option<String>,
    /// Dateline: the place of reporting.
    pub dateline: Option<String>,
    /// Section of the publication.
    pub section: Option<String>,
    /// Whether the article is featured on the front page.
    pub featured: bool,
    /// Date of publication. Null only in drafts without one.
    pub published_at: Option<Time>,
    /// Date of first publication.
    pub first_published_at: Option<Time>,
    /// Time of the last change in this version.
    pub updated_at: Time,
    /// When the article stops being public.
    pub expires_at: Option<Time>,
    /// URL of the original, if this is a copy.
    pub canonical_url: Option<String>,
    /// Metadata for search engines and social networks.
    #[schema(value_type = Seo)]
    pub seo: Json<Seo>,
    /// Corrections, the oldest first.
    #[schema(value_type = Vec<Correction>)]
    pub corrections: Json<Vec<Correction>>,
    /// Time of the last correction.
    pub corrected_at: Option<Time>,
    /// Id shared by articles that are translations of each other.
    #[schema(value_type = uuid::Uuid)]
    pub translation_group: String,
    /// Custom data.
    #[schema(value_type = Metadata)]
    pub metadata: Json<Metadata>,
    /// Number of words in the body; for Chinese and Japanese, characters.
    #[schema(minimum = 0)]
    pub word_count: i32,
    /// Reading time in minutes, rounded up.
    #[schema(minimum = 0)]
    pub reading_minutes: i32,
    /// Lead image.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LeadImage>, required = false)]
    pub lead_image: Option<Json<Option<LeadImage>>>,
    /// Credited authors, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub authors: Option<Vec<Credit>>,
    /// Tags, in order; the first is the primary one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub tags: Option<Vec<crate::tags::tag::TagSummary>>,
    /// Related articles.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub related: Option<Vec<ArticleSummary>>,
    /// Translations of the article.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub translations: Option<Vec<TranslationSummary>>,
    /// Body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub body: Option<ArticleBody>,
}

/// A credited author, with their role.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Credit {
    /// The author.
    #[serde(flatten)]
    pub author: crate::authors::author::Author,
    /// Role of the author in this article.
    pub role: AuthorRole,
}

/// The body of an article.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ArticleBody {
    /// Format of the source.
    pub format: BodyFormat,
    /// Sanitised HTML, without scripts, styles and unsafe URL schemes.
    pub html: String,
    /// Plain text.
    pub text: String,
    /// Sub-headings in order, with their anchors in `html`.
    #[schema(value_type = Vec<OutlineItem>)]
    pub outline: Json<Vec<Heading>>,
    /// Source of the body. Only for editors.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub source: Option<String>,
}

/// A sub-heading.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OutlineItem {
    /// Level of the heading, 2 to 6, as in `h2` to `h6`.
    #[schema(minimum = 2, maximum = 6)]
    level: u8,
    /// Text of the heading.
    text: String,
    /// Id of the heading in the HTML.
    #[schema(example = "what-was-done")]
    anchor: String,
}

/// Summary of an article.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ArticleSummary {
    /// Id.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// Slug.
    pub slug: String,
    /// Language.
    pub locale: String,
    /// Headline.
    pub title: String,
    /// Kicker: one or two words above the headline.
    pub kicker: Option<String>,
    /// Standfirst: the summary below the headline.
    pub standfirst: Option<String>,
    /// Section.
    pub section: Option<String>,
    /// Date of publication.
    pub published_at: Option<Time>,
}

/// A translation of the article.
#[derive(Debug, Clone, Serialize, ToSchema, diesel::prelude::Queryable)]
pub struct TranslationSummary {
    /// Id.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// Slug.
    pub slug: String,
    /// Language.
    pub locale: String,
    /// Headline.
    pub title: String,
}

/// A translation, with the group of translations that it belongs to.
#[derive(Debug, Clone, diesel::prelude::Queryable)]
pub(super) struct GroupedTranslation {
    pub group: String,
    pub summary: TranslationSummary,
}

/// The translations of an article: the others of its group.
pub(super) fn translations_of<'a>(
    all: &'a [GroupedTranslation],
    group: &str,
    id: &str,
) -> Vec<&'a TranslationSummary> {
    let all = all.iter().filter(|one| one.group == group);
    let others = all.filter(|one| one.summary.id != id);
    others.map(|one| &one.summary).collect()
}

/// A scheduled version.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Scheduled {
    /// Version of the article.
    pub version: i64,
    /// Start of publication.
    pub publish_at: Time,
    /// End of publication.
    pub expires_at: Option<Time>,
}

/// The members of an [`ArticleSummary`], to be picked out of a stored card.
pub const SUMMARY_FIELDS: &str = "id,slug,locale,title,kicker,standfirst,section,published_at";

/// An article, as seen by editors: the working copy.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EditorialArticle {
    /// The article as the public would see it if it were published now.
    #[serde(flatten)]
    pub article: Article,
    /// Status in the editorial workflow.
    pub status: Status,
    /// Version number, incremented by each change; the number in the ETag.
    pub version: i64,
    /// Published version; null if none.
    pub live_version: Option<i64>,
    /// Whether the article has changed since it was last published or scheduled.
    pub has_unpublished_changes: bool,
    /// Scheduled version, if any.
    #[schema(value_type = Option<Scheduled>)]
    pub scheduled: Option<Scheduled>,
    /// Note on the last submission or return.
    #[schema(value_type = Option<Review>)]
    pub review: Option<Json<Review>>,
    /// Assignee: the id of an account.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub assignee: Option<String>,
    /// Time of deletion; null if the article is not in the trash.
    pub deleted_at: Option<Time>,
    /// Time of creation.
    pub created_at: Time,
    /// Id of the user or key that created it.
    pub created_by: Option<String>,
    /// Id of the user or key that last changed it.
    pub updated_by: Option<String>,
    /// Paths of the article on an earlier site. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub aliases: Option<Vec<String>>,
    /// Actions that the caller may carry out in the current state. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub allowed_transitions: Option<Vec<Transition>>,
}

/// An article as it is read.
pub type ArticleAnswer = Answer<Article, EditorialArticle>;

/// The members of an article that `fields` may name.
pub const FIELDS: &[&str] = &[
    "id",
    "slug",
    "locale",
    "title",
    "seo_title",
    "kicker",
    "standfirst",
    "byline",
    "dateline",
    "section",
    "featured",
    "published_at",
    "first_published_at",
    "updated_at",
    "expires_at",
    "canonical_url",
    "seo",
    "seo.title",
    "seo.description",
    "seo.image",
    "corrections",
    "corrections.at",
    "corrections.text",
    "corrected_at",
    "translation_group",
    "metadata",
    "word_count",
    "reading_minutes",
    "lead_image",
    "lead_image.media",
    "lead_image.alt",
    "lead_image.caption",
    "lead_image.credit",
    "authors",
    "authors.id",
    "authors.slug",
    "authors.name",
    "authors.bio",
    "authors.title",
    "authors.avatar",
    "authors.website",
    "authors.social",
    "authors.seo",
    "authors.metadata",
    "authors.updated_at",
    "authors.role",
    "tags",
    "tags.id",
    "tags.slug",
    "tags.name",
    "tags.kind",
    "related",
    "related.id",
    "related.slug",
    "related.locale",
    "related.title",
    "related.kicker",
    "related.standfirst",
    "related.section",
    "related.published_at",
    "translations",
    "translations.id",
    "translations.slug",
    "translations.locale",
    "translations.title",
    "body",
    "body.format",
    "body.html",
    "body.text",
    "body.outline",
];

/// The members that only editors may name besides.
pub const EDITORIAL_FIELDS: &[&str] = &[
    "status",
    "version",
    "live_version",
    "has_unpublished_changes",
    "scheduled",
    "scheduled.version",
    "scheduled.publish_at",
    "scheduled.expires_at",
    "review",
    "review.action",
    "review.note",
    "review.at",
    "review.by",
    "assignee",
    "deleted_at",
    "created_at",
    "created_by",
    "updated_by",
    "aliases",
    "allowed_transitions",
    "body.source",
];

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::Value;
    use utoipa::OpenApi;

    use super::*;

    #[derive(OpenApi)]
    #[openapi(components(schemas(Article, EditorialArticle)))]
    struct Document;

    /// The members of a schema, or of the items or alternatives that it has.
    fn members<'d>(schema: &'d Value, document: &'d Value) -> BTreeMap<&'d str, &'d Value> {
        let mut all = BTreeMap::new();
        if let Some(name) = schema["$ref"].as_str() {
            let target = document.pointer(name.trim_start_matches('#'));
            all.extend(members(target.unwrap(), document));
        }
        let properties = schema["properties"].as_object().into_iter().flatten();
        all.extend(properties.map(|(name, schema)| (name.as_str(), schema)));
        for kind in ["allOf", "anyOf", "oneOf"] {
            for part in schema[kind].as_array().into_iter().flatten() {
                all.extend(members(part, document));
            }
        }
        if schema["items"].is_object() {
            all.extend(members(&schema["items"], document));
        }
        all
    }

    /// The names of the members of a schema, and of their members.
    fn names(schema: &str) -> BTreeSet<String> {
        let document = serde_json::to_value(Document::openapi()).unwrap();
        let mut all = BTreeSet::new();
        for (name, member) in members(&document["components"]["schemas"][schema], &document) {
            all.insert(name.to_owned());
            let inner = members(member, &document).into_keys();
            all.extend(inner.map(|inner| format!("{name}.{inner}")));
        }
        all
    }

    #[test]
    fn fields_may_name_each_member_of_a_response() {
        let listed = |fields: &[&str]| fields.iter().map(|name| (*name).to_owned()).collect();
        let mut public = names("Article");
        assert!(public.remove("body.source"));
        // Authors are shown in the language of the article.
        assert!(public.remove("authors.translations"));
        assert_eq!(public, listed(FIELDS));

        let mut editorial = names("EditorialArticle");
        // A list of transitions is sent whole.
        editorial.retain(|name| !name.starts_with("allowed_transitions."));
        assert!(editorial.remove("authors.translations"));
        let only_editorial: BTreeSet<String> = editorial.difference(&public).cloned().collect();
        assert_eq!(only_editorial, listed(EDITORIAL_FIELDS));
    }

    #[test]
    fn a_summary_is_made_of_its_own_members() {
        let document = serde_json::to_value(Document::openapi()).unwrap();
        let schema = &document["components"]["schemas"]["ArticleSummary"];
        let members: BTreeSet<&str> = members(schema, &document).into_keys().collect();
        assert_eq!(members, SUMMARY_FIELDS.split(',').collect());
    }
}
