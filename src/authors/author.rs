//! What an author is, and the rules that need no database.

use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::{Json, Time};
use crate::error::{FieldError, FieldErrors};
use crate::values::{Email, Line, Link, Metadata, Seo, Slug, Text, Translations, WebUrl};

/// The most profiles elsewhere that an author may have.
pub const MAX_SOCIAL: usize = 20;

/// An author's profile elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct SocialLink {
    /// The network, as it is to be shown.
    #[schema(example = "Mastodon")]
    pub network: Line<50>,
    /// The address of the profile.
    pub url: WebUrl,
}

/// What an author is called in another language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct AuthorTranslation {
    /// The name, as in a byline.
    #[deserr(default)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub name: Option<Line<200>>,
    /// Their job title.
    #[deserr(default)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub title: Option<Line<200>>,
    /// Who they are, in a few sentences.
    #[deserr(default)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub bio: Option<Text<1, 5000>>,
}

/// What an author is called in other languages.
pub type AuthorTranslations = Translations<AuthorTranslation>;

/// An author as they are created, or replaced by `PUT`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"name": "Jane Doe", "title": "Foreign editor"}))]
pub struct AuthorInput {
    /// The last part of the address; made from the name when it is missing.
    #[deserr(default)]
    #[schema(required = false)]
    pub slug: Option<Slug>,
    /// The name, as in a byline.
    pub name: Line<200>,
    /// Who they are, in a few sentences.
    #[deserr(default)]
    #[schema(required = false)]
    pub bio: Option<Text<1, 5000>>,
    /// Their job title.
    #[deserr(default)]
    #[schema(required = false)]
    pub title: Option<Line<200>>,
    /// A picture of them.
    #[deserr(default)]
    #[schema(required = false)]
    pub avatar: Option<Link>,
    /// Their own site.
    #[deserr(default)]
    #[schema(required = false)]
    pub website: Option<WebUrl>,
    /// Their profiles elsewhere, in the order in which to show them.
    #[deserr(default)]
    #[schema(required = false, max_items = 20)]
    pub social: Vec<SocialLink>,
    /// Their e-mail address, for the newsroom only: never public.
    #[deserr(default)]
    #[schema(required = false)]
    pub email: Option<Email>,
    /// For search engines.
    #[deserr(default)]
    #[schema(required = false)]
    pub seo: Seo,
    /// Free data, public with the author.
    #[deserr(default)]
    #[schema(required = false)]
    pub metadata: Metadata,
    /// What they are called in other languages (BCP 47), 50 at most.
    #[deserr(default)]
    #[schema(required = false)]
    pub translations: AuthorTranslations,
}

impl AuthorInput {
    /// An author of whom nothing but the name is known.
    #[must_use]
    pub fn named(name: Line<200>) -> Self {
        Self {
            slug: None,
            name,
            bio: None,
            title: None,
            avatar: None,
            website: None,
            social: Vec::new(),
            email: None,
            seo: Seo::default(),
            metadata: Metadata::default(),
            translations: Translations::default(),
        }
    }

    /// Rules beyond those of each value.
    #[must_use]
    pub fn contradictions(&self) -> Vec<FieldError> {
        let count = self.social.len();
        if count > MAX_SOCIAL {
            let detail = format!("has {count} items; {MAX_SOCIAL} are the most.");
            return vec![FieldError::at("/social", "too_many", detail)];
        }
        Vec::new()
    }
}

/// An author, in brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuthorSummary {
    /// Their id.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// Their slug.
    pub slug: String,
    /// Their name.
    pub name: String,
}

/// An author, as the public sees them.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Author {
    /// Their id, a UUID of version 7.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// The last part of the address; unique.
    pub slug: String,
    /// The name, as in a byline.
    pub name: String,
    /// Who they are.
    pub bio: Option<String>,
    /// Their job title.
    pub title: Option<String>,
    /// A picture of them.
    pub avatar: Option<String>,
    /// Their own site.
    pub website: Option<String>,
    /// Their profiles elsewhere, in order.
    #[schema(value_type = Vec<SocialLink>, max_items = 20)]
    pub social: Json<Vec<SocialLink>>,
    /// For search engines.
    #[schema(value_type = Seo)]
    pub seo: Json<Seo>,
    /// Free data.
    #[schema(value_type = Metadata)]
    pub metadata: Json<Metadata>,
    /// When they were changed last.
    pub updated_at: Time,
    /// What they are called in other languages. Not within articles.
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

/// An author, as editors see them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EditorialAuthor {
    /// What everyone sees.
    #[serde(flatten)]
    pub author: Author,
    /// The e-mail address, for the newsroom only.
    pub email: Option<String>,
    /// Counts the changes; the number in the ETag.
    pub version: i64,
    /// When they were created.
    pub created_at: Time,
    /// The id of the key that created them.
    pub created_by: Option<String>,
    /// The id of the key that changed them last.
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
