//! Articles as they are shown.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::article::{AuthorRole, BodyFormat, Correction, LeadImage, Review, Status};
use super::workflow::allowed::Transition;
use crate::db::{Json, Time};
use crate::http::answer::Answer;
use crate::text::body::Heading;
use crate::values::{Metadata, Seo};

/// An article, as the public sees it. Lists leave out `body`, `lead_image`, `authors`, `tags`
/// and `related` unless `include` or `fields` asks for them; a single article leaves out
/// `related` only.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Article {
    /// Its id, a UUID of version 7.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// The last part of its address; unique within the locale.
    pub slug: String,
    /// Its language (BCP 47).
    #[schema(example = "en")]
    pub locale: String,
    /// The headline on the page.
    pub title: String,
    /// The headline for search results, where it differs.
    pub seo_title: Option<String>,
    /// The word or two above the headline.
    pub kicker: Option<String>,
    /// The summary below the headline.
    pub standfirst: Option<String>,
    /// The byline as it is to be printed, where the names of the authors do not do.
    pub byline: Option<String>,
    /// Where it was reported from.
    pub dateline: Option<String>,
    /// The section of the publication.
    pub section: Option<String>,
    /// Whether the front page should show it.
    pub featured: bool,
    /// When it was published. Null only in drafts that say nothing of it.
    pub published_at: Option<Time>,
    /// When it was published for the first time.
    pub first_published_at: Option<Time>,
    /// When this version of it was written.
    pub updated_at: Time,
    /// From when on the public does not see it any more.
    pub expires_at: Option<Time>,
    /// Its first address, when it stands elsewhere too.
    pub canonical_url: Option<String>,
    /// For search engines and social networks.
    #[schema(value_type = Seo)]
    pub seo: Json<Seo>,
    /// Corrections, the oldest first.
    #[schema(value_type = Vec<Correction>)]
    pub corrections: Json<Vec<Correction>>,
    /// When the last correction was made.
    pub corrected_at: Option<Time>,
    /// What articles that are translations of each other share.
    #[schema(value_type = uuid::Uuid)]
    pub translation_group: String,
    /// Free data.
    #[schema(value_type = Metadata)]
    pub metadata: Json<Metadata>,
    /// Words of the body; of Chinese and Japanese, characters.
    #[schema(minimum = 0)]
    pub word_count: i32,
    /// How long it takes to read, in minutes, rounded up.
    #[schema(minimum = 0)]
    pub reading_minutes: i32,
    /// The picture that leads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LeadImage>, required = false)]
    pub lead_image: Option<Json<Option<LeadImage>>>,
    /// Who is credited, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub authors: Option<Vec<Credit>>,
    /// Its tags, in order; the first is the primary one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub tags: Option<Vec<crate::tags::tag::TagSummary>>,
    /// Articles to read next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub related: Option<Vec<ArticleSummary>>,
    /// The same article in other languages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub translations: Option<Vec<TranslationSummary>>,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub body: Option<ArticleBody>,
}

/// Someone who is credited: the author, and what they did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Credit {
    /// The author.
    #[serde(flatten)]
    pub author: crate::authors::author::Author,
    /// What they did.
    pub role: AuthorRole,
}

/// The text of an article.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ArticleBody {
    /// How the source is written.
    pub format: BodyFormat,
    /// HTML that is safe to show: no scripts, styles or foreign addresses of other schemes.
    pub html: String,
    /// Plain text.
    pub text: String,
    /// The sub-headings in order, with the anchors that they have in `html`.
    #[schema(value_type = Vec<OutlineItem>)]
    pub outline: Json<Vec<Heading>>,
    /// The source as it was written. Only to editors.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub source: Option<String>,
}

/// A sub-heading.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OutlineItem {
    /// 2 to 6, as in `h2` to `h6`.
    #[schema(minimum = 2, maximum = 6)]
    level: u8,
    /// Its text.
    text: String,
    /// The id that it has in the HTML.
    #[schema(example = "what-was-done")]
    anchor: String,
}

/// Another article, in brief.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ArticleSummary {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// Its slug.
    pub slug: String,
    /// Its language.
    pub locale: String,
    /// Its headline.
    pub title: String,
    /// The word or two above the headline.
    pub kicker: Option<String>,
    /// The summary below the headline.
    pub standfirst: Option<String>,
    /// Its section.
    pub section: Option<String>,
    /// When it was published.
    pub published_at: Option<Time>,
}

/// The same article in another language.
#[derive(Debug, Clone, Serialize, ToSchema, diesel::prelude::Queryable)]
pub struct TranslationSummary {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// Its slug.
    pub slug: String,
    /// Its language.
    pub locale: String,
    /// Its headline.
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

/// A version that waits for its time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Scheduled {
    /// The version.
    pub version: i64,
    /// From when on the public sees it.
    pub publish_at: Time,
    /// Until when.
    pub expires_at: Option<Time>,
}

/// The members of an [`ArticleSummary`], to be picked out of a stored card.
pub const SUMMARY_FIELDS: &str = "id,slug,locale,title,kicker,standfirst,section,published_at";

/// An article, as editors see it: the working copy.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EditorialArticle {
    /// What the public would see if it were published now.
    #[serde(flatten)]
    pub article: Article,
    /// Where it is in its life.
    pub status: Status,
    /// Counts the changes; the number in the ETag.
    pub version: i64,
    /// The version that the public sees; null when it sees none.
    pub live_version: Option<i64>,
    /// Whether it changed since it was published or scheduled last.
    pub has_unpublished_changes: bool,
    /// The version that is scheduled, if one is.
    #[schema(value_type = Option<Scheduled>)]
    pub scheduled: Option<Scheduled>,
    /// What was said when it last went to review or came back.
    #[schema(value_type = Option<Review>)]
    pub review: Option<Json<Review>>,
    /// Who is to work on it: the id of an account.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub assignee: Option<String>,
    /// When it was put into the trash; null when it is not there.
    pub deleted_at: Option<Time>,
    /// When it was created.
    pub created_at: Time,
    /// The id of the key that created it.
    pub created_by: Option<String>,
    /// The id of the key that changed it last.
    pub updated_by: Option<String>,
    /// Paths under which it stood on an earlier site. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub aliases: Option<Vec<String>>,
    /// What the caller may do with it as it is. Not in lists.
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
