//! The rows of tags, and the forms that are made of them.

use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};
use serde::Serialize;

use super::tag::{Tag, TagKind, TagSummary, TagTranslations, Visibility};
use crate::db::schema::editorial::tags;
use crate::db::schema::live::live_tags;
use crate::db::{Json, Time};
use crate::values::{Metadata, Seo};

/// A row of `tags`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tags, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg), treat_none_as_null = true)]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct TagRow {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub description: Option<String>,
    pub kind: TagKind,
    pub parent_id: Option<String>,
    pub image: Option<String>,
    pub seo: Json<Seo>,
    pub visibility: Visibility,
    pub metadata: Json<Metadata>,
    pub version: i64,
    pub created_at: Time,
    pub created_by: Option<String>,
    pub updated_at: Time,
    pub updated_by: Option<String>,
    pub translations: Json<TagTranslations>,
}

impl TagRow {
    /// The tag itself as the public sees it.
    #[must_use]
    pub fn card(&self) -> Tag {
        Tag {
            id: self.id.clone(),
            slug: self.slug.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            kind: self.kind,
            image: self.image.clone(),
            seo: self.seo.clone(),
            metadata: self.metadata.clone(),
            updated_at: self.updated_at,
            translations: self.translations.clone(),
            parent: None,
        }
    }

    /// The tag in brief, as it is shown with articles and below other tags.
    #[must_use]
    pub fn summary(&self) -> TagSummary {
        TagSummary {
            id: self.id.clone(),
            slug: self.slug.clone(),
            name: self.name.clone(),
            kind: self.kind,
        }
    }
}

/// A row of `live_tags`.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = live_tags, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg), treat_none_as_null = true)]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct LiveTagRow {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub kind: TagKind,
    pub parent_id: Option<String>,
    pub updated_at: Time,
    pub card: String,
    pub translations: Json<TagTranslations>,
}

/// The tag above another.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = live_tags, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
pub(super) struct Above {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub kind: TagKind,
    pub translations: Json<TagTranslations>,
}
