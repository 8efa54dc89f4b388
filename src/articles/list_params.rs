//! The parameters of lists of articles, and the choice between live articles and drafts.

use utoipa::IntoParams;

use super::states::Status;
use crate::auth::Reader;
use crate::db::Time;
use crate::error::Result;
use crate::http::params::Params;
use crate::text::fold::fold;
use crate::values::{Locale, Reference, Refusal, Slug, in_rfc3339};

/// The parameters of a list of articles, besides those of every list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct ArticleListParams {
    /// Only articles with any of these tags: ids or slugs; repeat the parameter or separate values
    /// by commas.
    #[param(required = false, example = "world")]
    tag: String,
    /// Only articles that credit any of these authors: ids or slugs; repeat the parameter or
    /// separate values by commas.
    #[param(required = false, example = "jane-doe")]
    author: String,
    /// Only articles in this language. Several (`zh-Hant,zh,en`) form a fallback chain: of the
    /// translations of an article, the public gets the one in the first of these languages that
    /// exists; editors get all of them.
    #[param(required = false, example = "en")]
    locale: String,
    /// Only articles in any of these sections; repeat the parameter or separate values by commas.
    #[param(required = false, example = "world")]
    section: String,
    /// Only featured articles, or only others.
    #[param(required = false)]
    featured: bool,
    /// Only articles published at or after this time.
    #[param(required = false, value_type = Time, example = "2026-01-01T00:00:00Z")]
    published_after: String,
    /// Only articles published before this time.
    #[param(required = false, value_type = Time, example = "2027-01-01T00:00:00Z")]
    published_before: String,
    /// Only articles updated at or after this time.
    #[param(required = false, value_type = Time, example = "2026-01-01T00:00:00Z")]
    updated_after: String,
    /// Only articles updated before this time.
    #[param(required = false, value_type = Time, example = "2027-01-01T00:00:00Z")]
    updated_before: String,
    /// Only articles with all of these words in a headline, the standfirst or the body, ignoring
    /// case and accents.
    #[param(
        required = false,
        min_length = 1,
        max_length = 200,
        example = "harbour bridge"
    )]
    q: String,
    /// Only articles with any of these statuses. Requires a key.
    #[param(required = false, inline, value_type = Status)]
    status: String,
    /// Only articles assigned to any of these accounts: ids, `me`, or `none` for unassigned ones.
    /// Requires a key.
    #[param(required = false, example = "me")]
    assignee: String,
    /// Whether to count the articles of each status, ignoring the filter `status`. Requires a key.
    #[param(required = false, default = false)]
    counts: bool,
    /// With a key: `draft` lists the working copies of all articles, `live` the public versions.
    #[param(required = false, inline, value_type = ArticleVersion)]
    version: String,
    /// Filter expression on `tag`, `author`, `locale`, `section`, `featured`, `title`, `slug`,
    /// `published_at`, `first_published_at`, `updated_at`, `word_count`; with a key also on
    /// `status` and `created_at`. Mixing AND and OR requires parentheses.
    #[param(
        required = false,
        max_length = 2000,
        example = "featured=true AND NOT section=sport"
    )]
    filter: String,
    /// Sort order: `published_at`, `first_published_at`, `updated_at`, `title`, `word_count`; with
    /// a key also `created_at`; a leading `-` reverses it. Default: `-published_at`, with a key
    /// `-updated_at`.
    #[param(
        required = false,
        pattern = "^-?(published_at|first_published_at|updated_at|created_at|title|word_count)(,-?(published_at|first_published_at|updated_at|created_at|title|word_count)){0,3}$",
        example = "-published_at"
    )]
    sort: String,
    /// Members to return, such as `title,slug,authors.name`. Related data named here is included.
    #[param(required = false, example = "title,slug,published_at")]
    fields: String,
    /// Related data to include: `authors`, `tags`, `lead_image`, `related`, `translations`.
    #[param(required = false, example = "authors,tags")]
    include: String,
}

/// The filters that lists of live articles and lists of drafts share.
#[derive(Debug, Clone, Default)]
pub struct ArticleFilters {
    /// Tags, any of which an article has.
    pub tags: Option<Vec<Reference>>,
    /// Authors, any of whom an article credits.
    pub authors: Option<Vec<Reference>>,
    /// Locales; in public, several are a chain of fallbacks.
    pub locales: Option<Vec<String>>,
    /// Sections.
    pub sections: Option<Vec<String>>,
    /// Whether the article is featured on the front page.
    pub featured: Option<bool>,
    /// The earliest date of publication.
    pub after: Option<Time>,
    /// The date of publication before which all are.
    pub before: Option<Time>,
    /// The earliest date of the last change.
    pub updated_after: Option<Time>,
    /// The date of the last change before which all are.
    pub updated_before: Option<Time>,
    /// The words of `q`, folded; an article has all of them.
    pub words: Vec<String>,
}

impl ArticleFilters {
    /// Reads the parameters; errors are noted in `params`.
    pub(super) fn read(params: &mut Params) -> Self {
        let text = |values: Vec<Locale>| values.into_iter().map(Locale::into_string).collect();
        let words = params.parsed("q", |text| {
            let length = text.chars().count();
            let folded = fold(text);
            if length > 200 {
                Err(Refusal::new(
                    "too_long",
                    format!("has {length} characters; the maximum is 200."),
                ))
            } else if folded.trim().is_empty() {
                Err(Refusal::new("too_short", "must contain a word."))
            } else {
                Ok(folded.split_whitespace().map(str::to_owned).collect())
            }
        });
        Self {
            tags: params.parsed_list("tag", Reference::parse),
            authors: params.parsed_list("author", Reference::parse),
            locales: params.parsed_list("locale", Locale::parse).map(text),
            sections: params
                .parsed_list("section", Slug::parse)
                .map(|slugs| slugs.into_iter().map(Slug::into_string).collect()),
            featured: params.boolean("featured"),
            after: params.parsed("published_after", in_rfc3339),
            before: params.parsed("published_before", in_rfc3339),
            updated_after: params.parsed("updated_after", in_rfc3339),
            updated_before: params.parsed("updated_before", in_rfc3339),
            words: words.unwrap_or_default(),
        }
    }
}

/// The articles that the path of a list stands for, with a reference to an author or tag, or its
/// id.
#[derive(Debug, Clone)]
pub enum ArticlesOf<T> {
    /// All articles.
    All,
    /// The articles that credit this author.
    Author(T),
    /// The articles with this tag.
    Tag(T),
}

crate::values::string_enum! {
    /// Which copy of an article is meant.
    pub enum ArticleVersion {
        /// The one that the public sees.
        Live => "live",
        /// The one that editors work on.
        Draft => "draft",
    }
}

/// Decides between live articles and drafts: `version=live` gives an editor the live ones.
///
/// # Errors
/// 401 when the public asks for drafts, or uses a parameter that needs a key.
pub(super) fn side(reader: Reader, params: &mut Params) -> Result<Reader> {
    let version = params.parsed("version", |text| {
        let refusal = || Refusal::new("not_allowed", "must be live or draft.");
        ArticleVersion::named(text).ok_or_else(refusal)
    });
    match reader {
        // These parameters need a key.
        Reader::Public(public)
            if version == Some(ArticleVersion::Draft)
                || params.has("status")
                || params.has("assignee")
                || params.departs("counts", "false") =>
        {
            Err(public.refuse_drafts())
        }
        Reader::Editorial(caller) if version == Some(ArticleVersion::Live) => {
            Ok(Reader::Public(Reader::Editorial(caller).into_public()))
        }
        reader => Ok(reader),
    }
}
