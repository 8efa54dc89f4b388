//! The model of an author, and the rules that need no database.

use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::{Json, Time};
use crate::error::{FieldError, FieldErrors};
use crate::values::{Email, Line, Link, Metadata, Seo, Slug, Text, Translations, WebUrl};

/// The most profiles elsewhere that an author may have.
pub const MAX_SOCIAL: usize = 20;

/// An author's profile on another site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct SocialLink {
    /// Name of the network, for display.
    #[schema(example = "Mastodon")]
    pub network: Line<50>,
    /// URL of the profile.
    pub url: WebUrl,
}

/// The translation of an author's name and biography.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct AuthorTranslation {
    /// Name, as in a byline.
    #[deserr(default)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub name: Option<Line<200>>,
    /// Job title.
    #[deserr(default)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub title: Option<Line<200>>,
    /// Biography in a few sentences.
    #[deserr(default)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub bio: Option<Text<1, 5000>>,
}

/// The names of an author in other languages.
pub type AuthorTranslations = Translations<AuthorTranslation>;

/// An author as created, or replaced by `PUT`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"name": "Jane Doe", "title": "Foreign editor"}))]
pub struct AuthorInput {
    /// Last segment of the URL; derived from the name by default.
    #[deserr(default)]
    #[schema(required = false)]
    pub slug: Option<Slug>,
    /// Name, as in a byline.
    pub name: Line<200>,
    /// Biography in a few sentences.
    #[deserr(default)]
    #[schema(required = false)]
    pub bio: Option<Text<1, 5000>>,
    /// Job title.
    #[deserr(default)]
    #[schema(required = false)]
    pub title: Option<Line<200>>,
    /// Portrait.
    #[deserr(default)]
    #[schema(required = false)]
    pub avatar: Option<Link>,
    /// Personal website.
    #[deserr(default)]
    #[schema(required = false)]
    pub website: Option<WebUrl>,
    /// Profiles on other sites, in display order.
    #[deserr(default)]
    #[schema(required = false, max_items = 20)]
    pub social: Vec<SocialLink>,
    /// E-mail address, for the newsroom only: never public.
    #[deserr(default)]
    #[schema(required = false)]
    pub email: Option<Email>,
    /// For search engines.
    #[deserr(default)]
    #[schema(required = false)]
    pub seo: Seo,
    /// Custom data, public with the author.
    #[deserr(default)]
    #[schema(required = false)]
    pub metadata: Metadata,
    /// Translations by language (BCP 47), at most 50.
    #[deserr(default)]
    #[schema(required = false)]
    pub translations: AuthorTranslations,
}

impl AuthorInput {
    /// Rules beyond those of each value.
    #[must_use]
    pub fn contradictions(&self) -> Vec<FieldError> {
        let count = self.social.len();
        if count > MAX_SOCIAL {
            let detail = format!("has {count} items; the maximum is {MAX_SOCIAL}.");
            return vec![FieldError::at("/social", "too_many", detail)];
        }
        Vec::new()
    }
}

/// Summary of an author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuthorSummary {
    /// Id.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// Slug.
    pub slug: String,
    /// Name.
    pub name: String,
}

/// An author, as seen by the public.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Author {
    /// Id, a UUID of version 7.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// Last segment of the URL; unique.
    pub slug: String,
    /// Name, as in a byline.
    pub name: String,
    /// Biography.
    pub bio: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// Portrait.
    pub avatar: Option<String>,
    /// Personal website.
    pub website: Option<String>,
    /// Profiles on other sites, in order.
    #[schema(value_type = Vec<SocialLink>, max_items = 20)]
    pub social: Json<Vec<SocialLink>>,
    /// For search engines.
    #[schema(value_type = Seo)]
    pub seo: Json<Seo>,
    /// Custom data.
    #[schema(value_type = Metadata)]
    pub metadata: Json<Metadata>,
    /// Time of the last change.
    pub updated_at: Time,
    /// Translations by language. Not within articles.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = AuthorTranslations, required = false, nullable = false)]
    pub translations: Option<Json<AuthorTranslations>>,
}

impl Author {
    /// The author as an article in this language shows them.
    #[must_use]
    pub fn in_article(mut self, locale: &str) -> Self {
        let Some(Json(all)) = self.translations.take() else {
            return self;
        };
        let chain = [locale];
        if let Some(name) = all.find(&chain, |texts| texts.name.as_ref()) {
            self.name = name.as_str().to_owned();
        }
        if let Some(title) = all.find(&chain, |texts| texts.title.as_ref()) {
            self.title = Some(title.as_str().to_owned());
        }
        if let Some(bio) = all.find(&chain, |texts| texts.bio.as_ref()) {
            self.bio = Some(bio.as_str().to_owned());
        }
        self
    }
}

/// The members of an author that a translation has.
pub const TRANSLATED: &[&str] = &["name", "title", "bio"];

/// An author, as seen by editors.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EditorialAuthor {
    /// Public members.
    #[serde(flatten)]
    pub author: Author,
    /// E-mail address, for the newsroom only.
    pub email: Option<String>,
    /// Version number, incremented by each change; the number in the ETag.
    pub version: i64,
    /// Time of creation.
    pub created_at: Time,
    /// Id of the user or key that created them.
    pub created_by: Option<String>,
    /// Id of the user or key that last changed them.
    pub updated_by: Option<String>,
}

/// The members of an author that `fields` may name.
pub const FIELDS: &[&str] = &[
    "id",
    "slug",
    "name",
    "bio",
    "title",
    "avatar",
    "website",
    "social",
    "social.network",
    "social.url",
    "seo",
    "seo.title",
    "seo.description",
    "seo.image",
    "metadata",
    "updated_at",
    "translations",
];

/// The members that only editors may name besides.
pub const EDITORIAL_FIELDS: &[&str] =
    &["email", "version", "created_at", "created_by", "updated_by"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn profiles_are_bounded_in_number() {
        let of = |count: usize| {
            let profile = json!({"network": "Mastodon", "url": "https://social.example/@jane"});
            let input = json!({"name": "Jane Doe", "social": vec![profile; count]});
            crate::values::read::<AuthorInput>(input).expect("an author")
        };
        assert!(of(MAX_SOCIAL).contradictions().is_empty());
        let errors = of(MAX_SOCIAL + 1).contradictions();
        assert_eq!(errors.first().map(FieldError::place), Some("/social"));
    }

    #[test]
    fn what_the_public_may_name_lacks_the_address() {
        assert!(!FIELDS.iter().any(|field| field.contains("email")));
    }
}
