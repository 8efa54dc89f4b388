//! The rows of authors, and the forms that are made of them.

use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};
use serde::Serialize;
use serde_json::{Map, Value};

use super::author::{
    Author, AuthorSummary, AuthorTranslations, EditorialAuthor, SocialLink, TRANSLATED,
};
use crate::db::schema::editorial::authors;
use crate::db::schema::live::live_authors;
use crate::db::{Json, Time};
use crate::error::{Error, Result};
use crate::http::localise::translate;
use crate::http::object::Object;
use crate::values::{Metadata, Seo};

/// A row of `authors`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = authors, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg), treat_none_as_null = true)]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct AuthorRow {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub bio: Option<String>,
    pub title: Option<String>,
    pub avatar: Option<String>,
    pub website: Option<String>,
    pub social: Json<Vec<SocialLink>>,
    pub email: Option<String>,
    pub seo: Json<Seo>,
    pub metadata: Json<Metadata>,
    pub version: i64,
    pub created_at: Time,
    pub created_by: Option<String>,
    pub updated_at: Time,
    pub updated_by: Option<String>,
    pub translations: Json<AuthorTranslations>,
}

impl AuthorRow {
    /// The author as the public sees it.
    #[must_use]
    pub fn card(&self) -> Author {
        Author {
            id: self.id.clone(),
            slug: self.slug.clone(),
            name: self.name.clone(),
            bio: self.bio.clone(),
            title: self.title.clone(),
            avatar: self.avatar.clone(),
            website: self.website.clone(),
            social: self.social.clone(),
            seo: self.seo.clone(),
            metadata: self.metadata.clone(),
            updated_at: self.updated_at,
            translations: Some(self.translations.clone()),
        }
    }

    /// The author as editors see it.
    #[must_use]
    pub fn editorial(&self) -> EditorialAuthor {
        EditorialAuthor {
            author: self.card(),
            email: self.email.clone(),
            version: self.version,
            created_at: self.created_at,
            created_by: self.created_by.clone(),
            updated_by: self.updated_by.clone(),
        }
    }

    /// The author in brief.
    #[must_use]
    pub fn summary(&self) -> AuthorSummary {
        AuthorSummary {
            id: self.id.clone(),
            slug: self.slug.clone(),
            name: self.name.clone(),
        }
    }
}

/// A row of `live_authors`.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = live_authors, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct LiveAuthorRow {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub updated_at: Time,
    pub card: String,
}

/// How a card ends of somebody whose name is not translated.
const UNTRANSLATED: &str = ",\"translations\":{}}";

/// The author as an article in this language shows it, made of the card.
///
/// # Errors
/// Never, for cards as they are written here.
pub fn in_article(mut card: String, locale: &str) -> Result<Object> {
    if card.ends_with(UNTRANSLATED) {
        card.truncate(card.len() - UNTRANSLATED.len());
        card.push('}');
        return Ok(Object::prepared(card));
    }
    let mut author: Map<String, Value> = serde_json::from_str(&card).map_err(Error::internal)?;
    translate(&mut author, TRANSLATED, &[locale]);
    author.shift_remove("translations");
    Object::of(&author)
}
