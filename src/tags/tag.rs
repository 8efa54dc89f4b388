//! The model of a tag, and the rules that need no database.

use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::{Json, Time};
use crate::error::{FieldError, FieldErrors};
use crate::values::{Line, Link, Metadata, Reference, Seo, Slug, Text, Translations, string_enum};

string_enum! {
    /// Kind of a tag.
    pub enum TagKind {
        /// A subject matter.
        Topic => "topic",
        /// A part of the publication.
        Section => "section",
        /// Somewhere.
        Place => "place",
        /// Someone.
        Person => "person",
        /// A company, party, club or other body.
        Organisation => "organisation",
        /// Articles that belong together.
        Series => "series",
        /// For the newsroom's own use; never public.
        Internal => "internal",
    }
}

string_enum! {
    /// Visibility of a tag.
    pub enum Visibility {
        /// Everyone.
        Public => "public",
        /// Editors only.
        Internal => "internal",
    }
}

/// The translation of a tag's name and description.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct TagTranslation {
    /// Name.
    #[deserr(default)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub name: Option<Line<200>>,
    /// Description in a few sentences.
    #[deserr(default)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub description: Option<Text<1, 2000>>,
}

/// The names of a tag in other languages.
pub type TagTranslations = Translations<TagTranslation>;

/// A tag as created, or replaced by `PUT`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"name": "East Asia", "kind": "place", "parent": "world"}))]
pub struct TagInput {
    /// Last segment of the URL; derived from the name by default.
    #[deserr(default)]
    #[schema(required = false)]
    pub slug: Option<Slug>,
    /// Name.
    pub name: Line<200>,
    /// Description in a few sentences.
    #[deserr(default)]
    #[schema(required = false)]
    pub description: Option<Text<1, 2000>>,
    /// Kind of the tag.
    #[deserr(default = TagKind::Topic)]
    #[schema(required = false, default = "topic")]
    pub kind: TagKind,
    /// Id or slug of the parent tag.
    #[deserr(default)]
    #[schema(required = false)]
    pub parent: Option<Reference>,
    /// Picture.
    #[deserr(default)]
    #[schema(required = false)]
    pub image: Option<Link>,
    /// For search engines.
    #[deserr(default)]
    #[schema(required = false)]
    pub seo: Seo,
    /// Visibility; always internal for tags of the kind `internal`, public by default for others.
    #[deserr(default)]
    #[schema(required = false)]
    pub visibility: Option<Visibility>,
    /// Custom data, public with the tag.
    #[deserr(default)]
    #[schema(required = false)]
    pub metadata: Metadata,
    /// Translations by language (BCP 47), at most 50.
    #[deserr(default)]
    #[schema(required = false)]
    pub translations: TagTranslations,
}

impl TagInput {
    /// Who sees the tag.
    #[must_use]
    pub fn effective_visibility(&self) -> Visibility {
        match (self.kind, self.visibility) {
            (TagKind::Internal, _) => Visibility::Internal,
            (_, Some(visibility)) => visibility,
            (_, None) => Visibility::Public,
        }
    }

    /// Rules between the fields.
    #[must_use]
    pub fn contradictions(&self) -> Vec<FieldError> {
        if self.kind == TagKind::Internal && self.visibility == Some(Visibility::Public) {
            let detail = "must not be public, because the kind is internal.";
            return vec![FieldError::at("/visibility", "contradiction", detail)];
        }
        Vec::new()
    }
}

/// Summary of a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TagSummary {
    /// Id.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// Slug.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Kind of the tag.
    pub kind: TagKind,
}

/// A tag, as seen by the public.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tag {
    /// Id, a UUID of version 7.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// Last segment of the URL; unique.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// Kind of the tag.
    pub kind: TagKind,
    /// Picture.
    pub image: Option<String>,
    /// For search engines.
    #[schema(value_type = Seo)]
    pub seo: Json<Seo>,
    /// Custom data.
    #[schema(value_type = Metadata)]
    pub metadata: Json<Metadata>,
    /// Time of the last change.
    pub updated_at: Time,
    /// Translations by language.
    #[schema(value_type = TagTranslations)]
    pub translations: Json<TagTranslations>,
    /// Parent tag; null for a top-level tag, or if the parent is not public.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<TagSummary>, required = true)]
    pub parent: Option<Option<TagSummary>>,
}

/// A tag, as seen by editors.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EditorialTag {
    /// Public members.
    #[serde(flatten)]
    pub tag: Tag,
    /// Visibility.
    pub visibility: Visibility,
    /// Version number, incremented by each change; the number in the ETag.
    pub version: i64,
    /// Time of creation.
    pub created_at: Time,
    /// Id of the user or key that created it.
    pub created_by: Option<String>,
    /// Id of the user or key that last changed it.
    pub updated_by: Option<String>,
}

impl TagSummary {
    /// The tag in brief, in the first language of a chain that has a name for it.
    #[must_use]
    pub fn translated(mut self, translations: &TagTranslations, chain: &[impl AsRef<str>]) -> Self {
        if let Some(name) = translations.find(chain, |texts| texts.name.as_ref()) {
            self.name = name.as_str().to_owned();
        }
        self
    }
}

/// The members of a tag that a translation has.
pub const TRANSLATED: &[&str] = &["name", "description"];

/// The members of a tag that `fields` may name.
pub const FIELDS: &[&str] = &[
    "id",
    "slug",
    "name",
    "description",
    "kind",
    "image",
    "seo",
    "seo.title",
    "seo.description",
    "seo.image",
    "metadata",
    "updated_at",
    "translations",
    "parent",
    "parent.id",
    "parent.slug",
    "parent.name",
    "parent.kind",
];

/// The members that only editors may name besides.
pub const EDITORIAL_FIELDS: &[&str] = &[
    "visibility",
    "version",
    "created_at",
    "created_by",
    "updated_by",
];
