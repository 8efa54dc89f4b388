//! The rows of authors, as editors see them, and their changes.

use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde_json::json;

use super::author::{
    Author, AuthorInput, AuthorSummary, AuthorTranslations, EditorialAuthor, SocialLink,
};
use super::list::EditorialAuthorSort;
use super::{live, merge};
use crate::app::Edit;
use crate::db::schema::editorial::authors;
use crate::db::{Conn, Json, Sql, Time, columns};
use crate::error::{Error, Result};
use crate::http::lookup::Lookup;
use crate::http::page::Window;
use crate::http::precondition::{IfMatch, stale};
use crate::resources::slugs::{self, SlugRequest};
use crate::text::slug::slugify;
use crate::values::{Email, Line, Link, Metadata, Reference, Seo, Slug, Text, WebUrl};

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
    /// The author as they would be sent to be created, for patches to apply to.
    #[must_use]
    pub fn as_input(&self) -> serde_json::Value {
        json!({
            "slug": self.slug, "name": self.name, "bio": self.bio, "title": self.title,
            "avatar": self.avatar, "website": self.website, "social": self.social,
            "email": self.email, "seo": self.seo, "metadata": self.metadata,
            "translations": self.translations,
        })
    }

    /// What the public sees of the author.
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

    /// What editors see of the author.
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

/// The author who has this id or slug now.
async fn here(conn: &mut Conn, reference: &Reference) -> Result<Option<AuthorRow>> {
    let query = authors::table.select(columns::<AuthorRow>()).limit(1);
    let text = reference.as_str().to_owned();
    Ok(if reference.is_id() {
        conn.first(query.filter(authors::id.eq(text))).await?
    } else {
        conn.first(query.filter(authors::slug.eq(text))).await?
    })
}

/// The author of this id or slug; of one who was merged into another, that one.
///
/// # Errors
/// Those of the database.
pub async fn get(conn: &mut Conn, reference: &Reference) -> Result<Option<AuthorRow>> {
    if let Some(row) = here(conn, reference).await? {
        return Ok(Some(row));
    }
    match merge::merged(conn, reference).await? {
        Some(id) => by_id(conn, &id).await.map(Some),
        None => Ok(None),
    }
}

/// The author of this id or slug; when they have another slug now or were merged into another, the
/// slug to find them by.
///
/// # Errors
/// 404 when there is none.
pub async fn find(conn: &mut Conn, reference: &Reference) -> Result<Lookup<AuthorRow>> {
    if let Some(row) = here(conn, reference).await? {
        return Ok(Lookup::Found(row));
    }
    let id = match conn.first(live::former(reference.as_str())).await? {
        Some(id) => Some(id),
        None => merge::merged(conn, reference).await?,
    };
    if let Some(id) = id {
        let query = authors::table
            .filter(authors::id.eq(id))
            .select(authors::slug);
        if let Some(slug) = conn.first::<String>(query).await? {
            return Ok(Lookup::Redirect(slug));
        }
    }
    Err(Error::not_found("author"))
}

/// The author of a path segment for a change, in which nothing former is followed.
///
/// # Errors
/// 404 when there is none.
pub async fn require(conn: &mut Conn, reference: &Reference) -> Result<AuthorRow> {
    here(conn, reference)
        .await?
        .ok_or_else(|| Error::not_found("author"))
}

/// The author of this id as they are now.
///
/// # Errors
/// 404 when they are gone.
pub(super) async fn by_id(conn: &mut Conn, id: &str) -> Result<AuthorRow> {
    let query = authors::table.filter(authors::id.eq(id.to_owned()));
    let row = conn.first(query.select(columns::<AuthorRow>())).await?;
    row.ok_or_else(|| Error::not_found("author"))
}

/// The authors with these ids, in no order.
///
/// # Errors
/// Those of the database.
pub async fn by_ids(conn: &mut Conn, ids: Vec<String>) -> Result<Vec<AuthorRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = authors::table
        .filter(Sql::<authors::table>::new("authors.id").is_in(ids))
        .select(columns::<AuthorRow>());
    Ok(conn.load(query).await?)
}

/// The rows of a page.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut Conn,
    condition: Sql<authors::table>,
    window: &Window<EditorialAuthorSort>,
) -> Result<Vec<AuthorRow>> {
    let condition = Sql::all([Some(condition), window.condition()].into_iter().flatten());
    let query = authors::table
        .filter(condition)
        .order(window.order::<authors::table>())
        .limit(window.rows())
        .offset(window.offset())
        .select(columns::<AuthorRow>());
    Ok(conn.load(query).await?)
}

/// How many rows meet a condition.
///
/// # Errors
/// Those of the database.
pub async fn count(conn: &mut Conn, condition: Sql<authors::table>) -> Result<i64> {
    Ok(conn.one(authors::table.filter(condition).count()).await?)
}

/// Creates an author.
///
/// # Errors
/// 409 for a slug that is taken.
pub async fn create(conn: &mut Conn, edit: Edit<'_>, input: &AuthorInput) -> Result<AuthorRow> {
    let slug = choose_slug(conn, input, None).await?;
    let row = AuthorRow {
        id: edit.ids.next(),
        slug,
        name: input.name.as_str().to_owned(),
        bio: input.bio.clone().map(Text::into_string),
        title: input.title.clone().map(Line::into_string),
        avatar: input.avatar.clone().map(Link::into_string),
        website: input.website.clone().map(WebUrl::into_string),
        social: Json(input.social.clone()),
        email: input.email.clone().map(Email::into_string),
        seo: Json(input.seo.clone()),
        metadata: Json(input.metadata.clone()),
        version: 1,
        created_at: edit.now,
        created_by: Some(edit.by.to_owned()),
        updated_at: edit.now,
        updated_by: Some(edit.by.to_owned()),
        translations: Json(input.translations.clone()),
    };
    conn.execute(diesel::insert_into(authors::table).values(row.clone()))
        .await?;
    merge::reclaim(conn, &row.slug).await?;
    live::write(conn, None, &row, edit.now).await?;
    Ok(row)
}

/// Makes an author as `input` says; unchanged input changes nothing, not even the version.
///
/// # Errors
/// 412 when they were changed meanwhile, 409 as for [`create`].
pub async fn update(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &AuthorRow,
    if_match: &IfMatch,
    input: &AuthorInput,
) -> Result<AuthorRow> {
    if_match.check(old.version)?;
    let slug = choose_slug(conn, input, Some(&old.slug)).await?;
    let mut row = AuthorRow {
        slug,
        name: input.name.as_str().to_owned(),
        bio: input.bio.clone().map(Text::into_string),
        title: input.title.clone().map(Line::into_string),
        avatar: input.avatar.clone().map(Link::into_string),
        website: input.website.clone().map(WebUrl::into_string),
        social: Json(input.social.clone()),
        email: input.email.clone().map(Email::into_string),
        seo: Json(input.seo.clone()),
        metadata: Json(input.metadata.clone()),
        translations: Json(input.translations.clone()),
        ..old.clone()
    };
    // As texts: metadata whose members stand in another order is another text to echo.
    let (new, before) = (row.as_input().to_string(), old.as_input().to_string());
    if new == before {
        return Ok(row);
    }
    row.version += 1;
    row.updated_at = edit.now;
    row.updated_by = Some(edit.by.to_owned());
    let current = authors::table
        .filter(authors::id.eq(old.id.clone()))
        .filter(authors::version.eq(old.version));
    let update = diesel::update(current).set(row.clone());
    if conn.execute(update).await? == 0 {
        return Err(overtaken(conn, &old.id).await?);
    }
    if row.slug != old.slug {
        merge::reclaim(conn, &row.slug).await?;
    }
    live::write(conn, Some(old), &row, edit.now).await?;
    Ok(row)
}

/// Deletes an author whom nothing names.
///
/// # Errors
/// 412 when they were changed meanwhile, 409 when articles name them or an account is theirs.
pub async fn delete(conn: &mut Conn, old: &AuthorRow, if_match: &IfMatch) -> Result<()> {
    if_match.check(old.version)?;
    merge::refuse_in_use(conn, &old.id).await?;
    remove(conn, old).await
}

/// Takes the row away if it is as it was.
pub(super) async fn remove(conn: &mut Conn, old: &AuthorRow) -> Result<()> {
    let delete = authors::table
        .filter(authors::id.eq(old.id.clone()))
        .filter(authors::version.eq(old.version));
    if conn.execute(diesel::delete(delete)).await? == 0 {
        return Err(overtaken(conn, &old.id).await?);
    }
    conn.changed(super::INFO.every());
    conn.changed(super::INFO.one(&old.id));
    Ok(())
}

/// The error of a write that came too late: 412, or 404 when the author is gone.
async fn overtaken(conn: &mut Conn, id: &str) -> Result<Error> {
    let query = authors::table.filter(authors::id.eq(id.to_owned()));
    let version = conn.first(query.select(authors::version)).await?;
    Ok(version.map_or_else(|| Error::not_found("author"), stale))
}

/// The slug that an author gets.
async fn choose_slug(conn: &mut Conn, input: &AuthorInput, own: Option<&str>) -> Result<String> {
    let wish = SlugRequest {
        scope: "authors",
        given: input.slug.as_ref().map(Slug::as_str),
        text: input.name.as_str(),
        fallback: "author",
        own,
    };
    slugs::choose(conn, wish, async |conn: &mut Conn, slugs| {
        let condition = Sql::<authors::table>::new("authors.slug").is_in(slugs);
        conn.load(authors::table.filter(condition).select(authors::slug))
            .await
    })
    .await
}

/// The author whose slug this name makes, created when there is none; for imports. Names that
/// differ only in case or accents are one author, in the spelling that came first; one who was
/// merged is the other.
///
/// # Errors
/// Those of the database.
pub async fn find_or_create(
    conn: &mut Conn,
    edit: Edit<'_>,
    name: &Line<200>,
) -> Result<AuthorRow> {
    let slug = slugify(name.as_str()).and_then(|slug| Reference::parse(&slug).ok());
    let found = match slug {
        Some(slug) => get(conn, &slug).await?,
        // No letter is left for a slug to tell them by.
        None => {
            let name = name.as_str().to_owned();
            let query = authors::table
                .filter(authors::name.eq(name))
                .order(authors::id);
            conn.first(query.limit(1).select(columns::<AuthorRow>()))
                .await?
        }
    };
    match found {
        Some(row) => Ok(row),
        None => create(conn, edit, &AuthorInput::named(name.clone())).await,
    }
}
