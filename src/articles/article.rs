//! What an article is made of, and the rules that need no database.

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
    /// Where an article is in its life.
    pub enum Status {
        /// Being written; only editors see it.
        Draft => "draft",
        /// Written; those who may publish are to look at it.
        InReview => "in_review",
        /// The public sees it from a moment to come.
        Scheduled => "scheduled",
        /// The public sees the copy that was published last.
        Published => "published",
        /// It was public once, and is not any more.
        Unpublished => "unpublished",
        /// Put away: it is not changed until it is taken up again.
        Archived => "archived",
    }
}

string_enum! {
    /// What someone did for an article.
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

/// A body as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"format": "markdown", "source": "The bridge *reopened* on Monday.\n\n## What was done\n\n…"}))]
pub struct BodyInput {
    /// How the source is written.
    #[deserr(default = BodyFormat::Markdown)]
    #[schema(required = false, default = "markdown")]
    pub format: BodyFormat,
    /// The source.
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

/// Someone who is credited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct CreditInput {
    /// The author's id or slug.
    pub author: Reference,
    /// What they did.
    #[deserr(default = AuthorRole::Author)]
    #[schema(required = false, default = "author")]
    pub role: AuthorRole,
}

/// The picture that leads an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct LeadImage {
    /// Where the picture is.
    pub media: Link,
    /// What it shows, for those who cannot see it.
    #[deserr(default)]
    #[schema(required = false)]
    pub alt: Option<Text<1, 1000>>,
    /// The text below it.
    #[deserr(default)]
    #[schema(required = false)]
    pub caption: Option<Text<1, 2000>>,
    /// Who took it, and for whom.
    #[deserr(default)]
    #[schema(required = false)]
    pub credit: Option<Line<300>>,
}

/// A correction that was made after publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Correction {
    /// When it was made.
    pub at: Time,
    /// What was wrong, and what is right.
    pub text: Text<1, 2000>,
}

/// What was said of an article when it went to review or came back from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// `submit` or `send-back`.
    pub action: super::workflow::allowed::Action,
    /// What was said.
    pub note: Option<String>,
    /// When.
    pub at: Time,
    /// The id of whoever did it.
    pub by: String,
}

/// An article as it is created, or replaced by `PUT`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({
    "title": "Harbour bridge reopens after two years",
    "standfirst": "Trams cross again from Monday; cars have to wait until spring.",
    "section": "cities",
    "body": {"format": "markdown", "source": "The first tram crossed at six.\n\n## What was done\n\n…"},
}))]
pub struct ArticleInput {
    /// The last part of its address, unique within the locale; made from the title when it is
    /// missing.
    #[deserr(default)]
    #[schema(required = false)]
    pub slug: Option<Slug>,
    /// Its language; the site's default when it is missing.
    #[deserr(default)]
    #[schema(required = false)]
    pub locale: Option<Locale>,
    /// The headline on the page.
    pub title: Line<300>,
    /// The headline for search results, where it differs.
    #[deserr(default)]
    #[schema(required = false)]
    pub seo_title: Option<Line<300>>,
    /// The word or two above the headline.
    #[deserr(default)]
    #[schema(required = false)]
    pub kicker: Option<Line<100>>,
    /// The summary below the headline.
    #[deserr(default)]
    #[schema(required = false)]
    pub standfirst: Option<Text<1, 1000>>,
    /// The byline as it is to be printed, where the names of the authors do not do.
    #[deserr(default)]
    #[schema(required = false)]
    pub byline: Option<Line<300>>,
    /// Where it was reported from.
    #[deserr(default)]
    #[schema(required = false)]
    pub dateline: Option<Line<100>>,
    /// The section of the publication, as a slug.
    #[deserr(default)]
    #[schema(required = false)]
    pub section: Option<Slug>,
    /// The text.
    #[deserr(default)]
    #[schema(required = false)]
    pub body: BodyInput,
    /// Who is credited, in order.
    #[deserr(default)]
    #[schema(required = false, max_items = 50)]
    pub authors: Vec<CreditInput>,
    /// Its tags by id or slug, in order; the first is the primary one.
    #[deserr(default)]
    #[schema(required = false, max_items = 50)]
    pub tags: Vec<Reference>,
    /// The picture that leads it.
    #[deserr(default)]
    #[schema(required = false)]
    pub lead_image: Option<LeadImage>,
    /// Articles to read next, by id or slug (a slug is looked up in this article's locale).
    #[deserr(default)]
    #[schema(required = false, max_items = 50)]
    pub related: Vec<Reference>,
    /// Whether the front page should show it.
    #[deserr(default)]
    #[schema(required = false, default = false)]
    pub featured: bool,
    /// The date of publication; publishing sets it when it is missing. One in the future keeps
    /// a published article from the public until then.
    #[deserr(default)]
    #[schema(required = false)]
    pub published_at: Option<Time>,
    /// From when on the public does not see it any more; after `published_at`.
    #[deserr(default)]
    #[schema(required = false)]
    pub expires_at: Option<Time>,
    /// Its first address, when it stands elsewhere too.
    #[deserr(default)]
    #[schema(required = false)]
    pub canonical_url: Option<WebUrl>,
    /// For search engines and social networks.
    #[deserr(default)]
    #[schema(required = false)]
    pub seo: Seo,
    /// Corrections, the oldest first. Once the article was published, more may follow and none
    /// may go or change.
    #[deserr(default)]
    #[schema(required = false, max_items = 50)]
    pub corrections: Vec<Correction>,
    /// Who is to work on it: the id of an account. Only editors see it.
    #[deserr(default)]
    #[schema(required = false, value_type = Option<uuid::Uuid>)]
    pub assignee: Option<Reference>,
    /// What articles that are translations of each other share; a new one when it is missing.
    #[deserr(default)]
    #[schema(required = false, value_type = Option<uuid::Uuid>)]
    pub translation_group: Option<Reference>,
    /// An article that this is a translation of, by id or slug: takes over its group. Only to
    /// write.
    #[deserr(default)]
    #[schema(required = false)]
    pub translation_of: Option<Reference>,
    /// Free data, public with the article.
    #[deserr(default)]
    #[schema(required = false)]
    pub metadata: Metadata,
    /// Paths under which it stood on an earlier site, for `GET /v1/redirects`.
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
                let detail = format!("has {length} items; {MAX_LINKS} are the most.");
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
