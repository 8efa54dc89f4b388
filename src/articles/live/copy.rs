//! The rows of a live copy, made from a draft.

pub mod read_back;

use diesel::prelude::{Insertable, Queryable, Selectable};
use serde::Serialize;

use crate::articles::article::AuthorRole;
use crate::articles::card::{body, card};
use crate::articles::links::Links;
use crate::articles::row::{ArticleRow, BodyRow};
use crate::db::schema::live::{
    live_article_authors, live_article_related, live_article_tags, live_articles,
};
use crate::db::{Conn, Time, insert_rows};
use crate::error::{Error, Result};

#[derive(Debug, Clone, Serialize, Insertable, Queryable, Selectable)]
#[diesel(table_name = live_articles, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg), treat_none_as_default_value = false)]
struct NewLive {
    copy: String,
    id: String,
    locale: String,
    slug: String,
    title: String,
    section: Option<String>,
    featured: bool,
    translation_group: String,
    visible_from: Time,
    visible_until: Option<Time>,
    published_at: Time,
    first_published_at: Time,
    updated_at: Time,
    expires_at: Option<Time>,
    word_count: i32,
    version: i64,
    touched_at: Time,
    lead_image: Option<String>,
    card: String,
    body: String,
    search_text: String,
    credits: String,
    tag_ids: String,
}

#[derive(Debug, Clone, Serialize, Insertable, Queryable, Selectable)]
#[diesel(table_name = live_article_authors, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg), treat_none_as_default_value = false)]
struct NewCredit {
    author_id: String,
    published_at: Time,
    article_id: String,
    copy: String,
    visible_from: Time,
    visible_until: Option<Time>,
    position: i32,
    role: AuthorRole,
    locale: String,
    section: Option<String>,
}

#[derive(Debug, Clone, Serialize, Insertable, Queryable, Selectable)]
#[diesel(table_name = live_article_tags, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg), treat_none_as_default_value = false)]
struct NewTag {
    tag_id: String,
    published_at: Time,
    article_id: String,
    copy: String,
    visible_from: Time,
    visible_until: Option<Time>,
    position: i32,
    locale: String,
    section: Option<String>,
}

#[derive(Debug, Clone, Serialize, Insertable, Queryable, Selectable)]
#[diesel(table_name = live_article_related, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
struct NewRelated {
    copy: String,
    position: i32,
    related_id: String,
}

/// The times of a live copy.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The date of publication that the public sees.
    pub published_at: Time,
    /// The time from which the copy is public.
    pub from: Time,
    /// The time of writing.
    pub touched_at: Time,
}

/// The columns of a live copy from which its cache keys are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct CopyKeys<'a> {
    /// Its slug.
    pub(super) slug: &'a str,
    /// Its group of translations.
    pub(super) group: &'a str,
    /// Its credits, as the copy holds them.
    pub(super) credits: &'a str,
    /// The ids of its tags, as the copy holds them.
    pub(super) tags: &'a str,
}

/// The rows of a live copy in the live tables, without its aliases.
#[derive(Debug, Clone)]
pub struct LiveCopy {
    row: NewLive,
    authors: Vec<NewCredit>,
    tags: Vec<NewTag>,
    related: Vec<NewRelated>,
}

impl LiveCopy {
    /// Makes the copy of this name from a draft. It is public until the article expires.
    ///
    /// # Errors
    /// Never, for rows that were read or made of a checked input.
    pub fn new(
        copy: String,
        row: &ArticleRow,
        long: BodyRow,
        links: Links,
        times: Times,
    ) -> Result<Self> {
        let published_at = times.published_at;
        let first = row.first_published_at.unwrap_or(published_at);
        let mut shown = card(row.clone());
        shown.first_published_at = Some(first);
        let credits = links.authors.iter().map(|(id, role)| credit(*role, id));
        let credits = credits.collect::<Vec<_>>().join(" ");
        let row = NewLive {
            copy,
            id: row.id.clone(),
            locale: row.locale.clone(),
            slug: row.slug.clone(),
            title: row.title.clone(),
            section: row.section.clone(),
            featured: row.featured,
            translation_group: row.translation_group.clone(),
            visible_from: times.from,
            visible_until: row.expires_at,
            published_at,
            first_published_at: first,
            updated_at: row.updated_at,
            expires_at: row.expires_at,
            word_count: row.word_count,
            version: row.version,
            touched_at: times.touched_at,
            lead_image: row.details.lead_image.as_ref().map(text).transpose()?,
            card: text(&shown)?,
            search_text: long.search_text.clone(),
            body: text(&body(long, false))?,
            credits,
            tag_ids: links.tags.join(" "),
        };
        let numbered = (0_i32..).zip(links.authors);
        let authors = numbered.map(|(position, (author_id, role))| NewCredit {
            author_id,
            published_at,
            article_id: row.id.clone(),
            copy: row.copy.clone(),
            visible_from: row.visible_from,
            visible_until: row.visible_until,
            position,
            role,
            locale: row.locale.clone(),
            section: row.section.clone(),
        });
        let authors = authors.collect();
        let numbered = (0_i32..).zip(links.tags);
        let tags = numbered.map(|(position, tag_id)| NewTag {
            tag_id,
            published_at,
            article_id: row.id.clone(),
            copy: row.copy.clone(),
            visible_from: row.visible_from,
            visible_until: row.visible_until,
            position,
            locale: row.locale.clone(),
            section: row.section.clone(),
        });
        let tags = tags.collect();
        let numbered = (0_i32..).zip(links.related);
        let related = numbered.map(|(position, related_id)| NewRelated {
            copy: row.copy.clone(),
            position,
            related_id,
        });
        let related = related.collect();
        Ok(Self {
            row,
            authors,
            tags,
            related,
        })
    }

    /// The columns from which its cache keys are made.
    pub(super) fn keys(&self) -> CopyKeys<'_> {
        CopyKeys {
            slug: &self.row.slug,
            group: &self.row.translation_group,
            credits: &self.row.credits,
            tags: &self.row.tag_ids,
        }
    }

    /// The name of the copy: the key of its row.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.row.copy
    }
}

/// Inserts copies, with one statement for each table. Each row binds up to 23 values, and SQLite
/// takes 32,766 in a statement.
///
/// # Errors
/// Errors of the database.
pub async fn insert(conn: &mut Conn, copies: Vec<LiveCopy>) -> Result<()> {
    let mut rows = Vec::with_capacity(copies.len());
    let (mut authors, mut tags, mut related) = (Vec::new(), Vec::new(), Vec::new());
    for copy in copies {
        rows.push(copy.row);
        authors.extend(copy.authors);
        tags.extend(copy.tags);
        related.extend(copy.related);
    }
    insert_rows!(conn, live_articles::table, rows);
    insert_rows!(conn, live_article_authors::table, authors);
    insert_rows!(conn, live_article_tags::table, tags);
    insert_rows!(conn, live_article_related::table, related);
    Ok(())
}

/// The text of a credit in a live copy: role and id.
fn credit(role: AuthorRole, author: &str) -> String {
    format!("{}:{author}", role.name())
}

/// Whom a live copy credits, by what it notes of it: roles and ids, in order.
pub(in crate::articles) fn credited(credits: &str) -> impl Iterator<Item = (&str, &str)> {
    credits.split(' ').filter_map(|word| word.split_once(':'))
}

/// The ids of the tags of a live copy in order, internal ones included, from their text.
pub(in crate::articles) fn tagged(tag_ids: &str) -> impl Iterator<Item = &str> {
    tag_ids.split(' ').filter(|id| !id.is_empty())
}

/// A value as JSON text.
fn text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}
