//! What a tag is, and the rules that need no database.

use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::{Json, Time};
use crate::error::{FieldError, FieldErrors};
use crate::values::{Line, Link, Metadata, Reference, Seo, Slug, Text, Translations, string_enum};

string_enum! {
    /// What a tag stands for.
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
    /// Who sees a tag.
    pub enum Visibility {
        /// Everyone.
        Public => "public",
        /// Editors only.
        Internal => "internal",
    }
}

/// What a tag is called in another language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct TagTranslation {
    /// The name.
    #[deserr(default)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub name: Option<Line<200>>,
    /// What it is about, in a few sentences.
    #[deserr(default)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub description: Option<Text<1, 2000>>,
}

/// What a tag is called in other languages.
pub type TagTranslations = Translations<TagTranslation>;

/// A tag as it is created, or replaced by `PUT`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"name": "East Asia", "kind": "place", "parent": "world"}))]
pub struct TagInput {
    /// The last part of its address; made from the name when it is missing.
    #[deserr(default)]
    #[schema(required = false)]
    pub slug: Option<Slug>,
    /// The name.
    pub name: Line<200>,
    /// What it is about, in a few sentences.
    #[deserr(default)]
    #[schema(required = false)]
    pub description: Option<Text<1, 2000>>,
    /// What it stands for.
    #[deserr(default = TagKind::Topic)]
    #[schema(required = false, default = "topic")]
    pub kind: TagKind,
    /// The id or slug of the tag above it.
    #[deserr(default)]
    #[schema(required = false)]
    pub parent: Option<Reference>,
    /// A picture.
    #[deserr(default)]
    #[schema(required = false)]
    pub image: Option<Link>,
    /// For search engines.
    #[deserr(default)]
    #[schema(required = false)]
    pub seo: Seo,
    /// Who sees it; a tag of the kind `internal` is internal, other kinds are public unless
    /// this says otherwise.
    #[deserr(default)]
    #[schema(required = false)]
    pub visibility: Option<Visibility>,
    /// Free data, public with the tag.
    #[deserr(default)]
    #[schema(required = false)]
    pub metadata: Metadata,
    /// What it is called in other languages (BCP 47), 50 at most.
    #[deserr(default)]
    #[schema(required = false)]
    pub translations: TagTranslations,
}

impl TagInput {
    /// A topic of which nothing but the name is known.
    #[must_use]
    pub fn named(name: Line<200>) -> Self {
        Self {
            slug: None,
            name,
            description: None,
            kind: TagKind::Topic,
            parent: None,
            image: None,
            seo: Seo::default(),
            visibility: None,
            metadata: Metadata::default(),
            translations: Translations::default(),
        }
    }

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
            let detail = "cannot be public: the kind is internal.";
            return vec![FieldError::at("/visibility", "contradiction", detail)];
        }
        Vec::new()
    }
}

/// Another tag, in brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TagSummary {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it stands for.
    pub kind: TagKind,
}

/// A tag, as the public sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tag {
    /// Its id, a UUID of version 7.
    #[schema(value_type = uuid::Uuid)]
    pub id: String,
    /// The last part of its address; unique.
    pub slug: String,
    /// The name.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// What it stands for.
    pub kind: TagKind,
    /// A picture.
    pub image: Option<String>,
    /// For search engines.
    #[schema(value_type = Seo)]
    pub seo: Json<Seo>,
    /// Free data.
    #[schema(value_type = Metadata)]
    pub metadata: Json<Metadata>,
    /// When it changed last.
    pub updated_at: Time,
    /// What it is called in other languages.
    #[schema(value_type = TagTranslations)]
    pub translations: Json<TagTranslations>,
    /// The tag above it; null at the top, or when that tag is not public. Stored cards lack it:
    /// it is looked up at each read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<TagSummary>, required = true)]
    pub parent: Option<Option<TagSummary>>,
}

/// A tag, as editors see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EditorialTag {
    /// What everyone sees.
    #[serde(flatten)]
    pub tag: Tag,
    /// Who sees it.
    pub visibility: Visibility,
    /// Counts the changes; the number in the ETag.
    pub version: i64,
    /// When it was created.
    pub created_at: Time,
    /// The id of the key that created it.
    pub created_by: Option<String>,
    /// The id of the key that changed it last.
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
