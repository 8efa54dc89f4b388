//! The model of an article, and the rules that need no database.

use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::Time;
use crate::error::{FieldError, FieldErrors};
use crate::text::body as text;
use crate::values::{
    Line, Link, Locale, Metadata, Reference, Seo, SitePath, Slug, Text, WebUrl, string_enum,
};

/// The most authors, tags, related articles and so on that an article may have.
pub const MAX_LINKS: usize = 50;

string_enum! {
    /// Someone's role in an article.
    pub enum AuthorRole {
        /// Wrote it.
        Author => "author",
        /// Contributed to it.
        Contributor => "contributor",
        /// Took its photographs.
        Photographer => "photographer",
        /// Drew its illustrations.
        Illustrator => "illustrator",
        /// Edited it.
        Editor => "editor",
        /// Translated it.
        Translator => "translator",
    }
}

string_enum! {
    /// How a body is written.
    pub enum BodyFormat {
        /// CommonMark with tables, footnotes and strikethrough as GitHub has them.
        Markdown => "markdown",
        /// HTML; what is not allowed in an article is taken out.
        Html => "html",
    }
}

impl From<BodyFormat> for text::BodyFormat {
    fn from(format: BodyFormat) -> Self {
        match format {
            BodyFormat::Markdown => Self::Markdown,
            BodyFormat::Html => Self::Html,
        }
    }
}

/// The body of an article, as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"format": "markdown", "source": "The bridge *reopened* on Monday.\n\n## What was done\n\n…"}))]
pub struct BodyInput {
    /// Format of the source.
    #[deserr(default = BodyFormat::Markdown)]
    #[schema(required = false, default = "markdown")]
    pub format: BodyFormat,
    /// Source of the body.
    #[deserr(default = Text::default())]
    #[schema(required = false)]
    pub source: Text<0, 1_000_000>,
}

impl Default for BodyInput {
    fn default() -> Self {
        Self {
            format: BodyFormat::Markdown,
            source: Text::default(),
        }
    }
}

/// A credited author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct CreditInput {
    /// Id or slug of the author.
    pub author: Reference,
    /// Role of the author in this article.
    #[deserr(default = AuthorRole::Author)]
    #[schema(required = false, default = "author")]
    pub role: AuthorRole,
}

/// The lead image of an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct LeadImage {
    /// URL of the picture.
    pub media: Link,
    /// Alternative text, for people who cannot see the picture.
    #[deserr(default)]
    #[schema(required = false)]
    pub alt: Option<Text<1, 1000>>,
    /// Caption.
    #[deserr(default)]
    #[schema(required = false)]
    pub caption: Option<Text<1, 2000>>,
    /// Credit: photographer and agency.
    #[deserr(default)]
    #[schema(required = false)]
    pub credit: Option<Line<300>>,
}

/// A correction made after publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Correction {
    /// Time of creation.
    pub at: Time,
    /// Text of the correction: the error and the correct information.
    pub text: Text<1, 2000>,
}

/// The note on the last submission or return of an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// Action: `submit` or `send-back`.
    pub action: super::states::Action,
    /// Text of the note.
    pub note: Option<String>,
    /// Time of the action.
    pub at: Time,
    /// Id of the user or key that carried out the action.
    pub by: String,
}

/// An article as created, or replaced by `PUT`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({
    "title": "Harbour bridge reopens after two years",
    "standfirst": "Trams cross again from Monday; cars have to wait until spring.",
    "section": "cities",
    "body": {"format": "markdown", "source": "The first tram crossed at six.\n\n## What was done\n\n…"},
}))]
pub struct ArticleInput {
    /// Last segment of the URL, unique within the locale; derived from the title by default.
    #[deserr(default)]
    #[schema(required = false)]
    pub slug: Option<Slug>,
    /// Language; by default the site's.
    #[deserr(default)]
    #[schema(required = false)]
    pub locale: Option<Locale>,
    /// Headline on the page.
    pub title: Line<300>,
    /// Headline for search results, if different.
    #[deserr(default)]
    #[schema(required = false)]
    pub seo_title: Option<Line<300>>,
    /// Kicker: one or two words above the headline.
    #[deserr(default)]
    #[schema(required = false)]
    pub kicker: Option<Line<100>>,
    /// Standfirst: the summary below the headline.
    #[deserr(default)]
    #[schema(required = false)]
    pub standfirst: Option<Text<1, 1000>>,
    /// Byline to print instead of the names of the authors.
    #[deserr(default)]
    #[schema(required = false)]
    pub byline: Option<Line<300>>,
    /// Dateline: the place of reporting.
    #[deserr(default)]
    #[schema(required = false)]
    pub dateline: Option<Line<100>>,
    /// Section of the publication, as a slug.
    #[deserr(default)]
    #[schema(required = false)]
    pub section: Option<Slug>,
    /// Body.
    #[deserr(default)]
    #[schema(required = false)]
    pub body: BodyInput,
    /// Credited authors, in order.
    #[deserr(default)]
    #[schema(required = false, max_items = 50)]
    pub authors: Vec<CreditInput>,
    /// Tags by id or slug, in order; the first is the primary one.
    #[deserr(default)]
    #[schema(required = false, max_items = 50)]
    pub tags: Vec<Reference>,
    /// Lead image.
    #[deserr(default)]
    #[schema(required = false)]
    pub lead_image: Option<LeadImage>,
    /// Related articles by id or slug (a slug is looked up in this article's locale).
    #[deserr(default)]
    #[schema(required = false, max_items = 50)]
    pub related: Vec<Reference>,
    /// Whether the article is featured on the front page.
    #[deserr(default)]
    #[schema(required = false, default = false)]
    pub featured: bool,
    /// Date of publication; set on publishing by default. A published article with a future date is
    /// not public until then.
    #[deserr(default)]
    #[schema(required = false)]
    pub published_at: Option<Time>,
    /// When the article stops being public; after `published_at`.
    #[deserr(default)]
    #[schema(required = false)]
    pub expires_at: Option<Time>,
    /// URL of the original, if this is a copy.
    #[deserr(default)]
    #[schema(required = false)]
    pub canonical_url: Option<WebUrl>,
    /// Metadata for search engines and social networks.
    #[deserr(default)]
    #[schema(required = false)]
    pub seo: Seo,
    /// Corrections, the oldest first. Once the article has been published, corrections can be added
    /// but not changed or removed.
    #[deserr(default)]
    #[schema(required = false, max_items = 50)]
    pub corrections: Vec<Correction>,
    /// Assignee: the id of an account. Visible only to editors.
    #[deserr(default)]
    #[schema(required = false, value_type = Option<uuid::Uuid>)]
    pub assignee: Option<Reference>,
    /// Id shared by articles that are translations of each other; a new one by default.
    #[deserr(default)]
    #[schema(required = false, value_type = Option<uuid::Uuid>)]
    pub translation_group: Option<Reference>,
    /// Article that this one translates, by id or slug: adopts its translation group. Write-only.
    #[deserr(default)]
    #[schema(required = false)]
    pub translation_of: Option<Reference>,
    /// Custom data, public with the article.
    #[deserr(default)]
    #[schema(required = false)]
    pub metadata: Metadata,
    /// Paths of the article on an earlier site, for `GET /v1/redirects`.
    #[deserr(default)]
    #[schema(required = false, max_items = 50)]
    pub aliases: Vec<SitePath>,
}

impl ArticleInput {
    /// Rules between the fields, and bounds on lists.
    #[must_use]
    pub fn contradictions(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let (Some(from), Some(until)) = (self.published_at, self.expires_at)
            && until <= from
        {
            errors.push(FieldError::at(
                "/expires_at",
                "contradiction",
                "must be after published_at.",
            ));
        }
        if self
            .translation_group
            .as_ref()
            .is_some_and(|group| !group.is_id())
        {
            errors.push(FieldError::at(
                "/translation_group",
                "not_an_id",
                "must be an id.",
            ));
        }
        if self.assignee.as_ref().is_some_and(|id| !id.is_id()) {
            errors.push(FieldError::at("/assignee", "not_an_id", "must be an id."));
        }
        for (name, length) in [
            ("/authors", self.authors.len()),
            ("/tags", self.tags.len()),
            ("/related", self.related.len()),
            ("/corrections", self.corrections.len()),
            ("/aliases", self.aliases.len()),
        ] {
            if length > MAX_LINKS {
                let detail = format!("has {length} items; the maximum is {MAX_LINKS}.");
                errors.push(FieldError::at(name, "too_many", detail));
            }
        }
        errors
    }
}

/// A path as it is stored and looked up: without a slash at its end.
#[must_use]
pub fn plain_path(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => "/",
        plain => plain,
    }
}
