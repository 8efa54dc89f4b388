//! The rows of tags, as editors see them, and their changes.

use std::collections::HashMap;

use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde_json::json;

use super::list::EditorialTagSort;
use super::live;
use super::merge;
use super::tag::{EditorialTag, Tag, TagInput, TagKind, TagSummary, TagTranslations, Visibility};
use super::tree::resolve_parent;
use crate::app::Edit;
use crate::db::schema::editorial::tags;
use crate::db::{Conn, Json, Sql, Time, columns};
use crate::error::{Error, Result};
use crate::http::localise::Chain;
use crate::http::lookup::Lookup;
use crate::http::page::Window;
use crate::http::precondition::{IfMatch, stale};
use crate::resources::slugs::{self, SlugRequest};
use crate::text::slug::slugify;
use crate::values::{Line, Link, Metadata, Reference, Seo, Slug, Text};

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
    /// The tag as it would be sent to be created, for patches to apply to.
    #[must_use]
    pub fn as_input(&self) -> serde_json::Value {
        // Public is what most kinds are by themselves: unsaid, a patch that makes the kind internal
        // contradicts nothing. What is internal stays so until someone says otherwise.
        let internal = self.visibility == Visibility::Internal;
        let visibility = internal.then_some(self.visibility);
        json!({
            "slug": self.slug, "name": self.name, "description": self.description,
            "kind": self.kind, "parent": self.parent_id, "image": self.image, "seo": self.seo,
            "visibility": visibility, "metadata": self.metadata,
            "translations": self.translations,
        })
    }

    /// What the public sees of the tag itself.
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

/// The tag that has this id or slug now.
async fn here(conn: &mut Conn, reference: &Reference) -> Result<Option<TagRow>> {
    let query = tags::table.select(columns::<TagRow>()).limit(1);
    let text = reference.as_str().to_owned();
    Ok(if reference.is_id() {
        conn.first(query.filter(tags::id.eq(text))).await?
    } else {
        conn.first(query.filter(tags::slug.eq(text))).await?
    })
}

/// The tag of this id or slug; of one that was merged into another, that one.
///
/// # Errors
/// Those of the database.
pub async fn get(conn: &mut Conn, reference: &Reference) -> Result<Option<TagRow>> {
    if let Some(row) = here(conn, reference).await? {
        return Ok(Some(row));
    }
    match merge::merged(conn, reference).await? {
        Some(id) => by_id(conn, &id).await.map(Some),
        None => Ok(None),
    }
}

/// The tag of this id or slug; when it has another slug now or was merged into another, the slug
/// to find it by.
///
/// # Errors
/// 404 when there is none.
pub async fn find(conn: &mut Conn, reference: &Reference) -> Result<Lookup<TagRow>> {
    if let Some(row) = here(conn, reference).await? {
        return Ok(Lookup::Found(row));
    }
    let id = match conn.first(live::former(reference.as_str())).await? {
        Some(id) => Some(id),
        None => merge::merged(conn, reference).await?,
    };
    if let Some(id) = id {
        let query = tags::table.filter(tags::id.eq(id)).select(tags::slug);
        if let Some(slug) = conn.first::<String>(query).await? {
            return Ok(Lookup::Redirect(slug));
        }
    }
    Err(Error::not_found("tag"))
}

/// The tag of a path segment for a change, in which nothing former is followed.
///
/// # Errors
/// 404 when there is none.
pub async fn require(conn: &mut Conn, reference: &Reference) -> Result<TagRow> {
    here(conn, reference)
        .await?
        .ok_or_else(|| Error::not_found("tag"))
}

/// The tag of this id as it is now.
///
/// # Errors
/// 404 when it is gone.
pub(super) async fn by_id(conn: &mut Conn, id: &str) -> Result<TagRow> {
    let query = tags::table.filter(tags::id.eq(id.to_owned()));
    let row = conn.first(query.select(columns::<TagRow>())).await?;
    row.ok_or_else(|| Error::not_found("tag"))
}

/// The tags with these ids.
///
/// # Errors
/// Those of the database.
pub async fn by_ids(conn: &mut Conn, ids: Vec<String>) -> Result<HashMap<String, TagRow>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = tags::table
        .filter(Sql::<tags::table>::new("tags.id").is_in(ids))
        .select(columns::<TagRow>());
    let rows: Vec<TagRow> = conn.load(query).await?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// The tags as editors see them, each with the tag above it, which is named in the first language
/// of the chain that it has a name in: one statement for all.
///
/// # Errors
/// Those of the database.
pub async fn complete(
    conn: &mut Conn,
    rows: Vec<TagRow>,
    chain: &Chain,
) -> Result<Vec<EditorialTag>> {
    let mut above: Vec<String> = rows
        .iter()
        .filter_map(|row| row.parent_id.clone())
        .collect();
    above.sort();
    above.dedup();
    let above = by_ids(conn, above).await?;
    Ok(rows
        .into_iter()
        .map(|row| EditorialTag {
            visibility: row.visibility,
            version: row.version,
            created_at: row.created_at,
            created_by: row.created_by.clone(),
            updated_by: row.updated_by.clone(),
            tag: Tag {
                parent: Some(
                    row.parent_id
                        .as_ref()
                        .and_then(|id| above.get(id))
                        .map(|above| {
                            above
                                .summary()
                                .translated(&above.translations.0, chain.tags())
                        }),
                ),
                ..row.card()
            },
        })
        .collect())
}

/// The rows of a page.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut Conn,
    condition: Sql<tags::table>,
    window: &Window<EditorialTagSort>,
) -> Result<Vec<TagRow>> {
    let condition = Sql::all([Some(condition), window.condition()].into_iter().flatten());
    let query = tags::table
        .filter(condition)
        .order(window.order::<tags::table>())
        .limit(window.rows())
        .offset(window.offset())
        .select(columns::<TagRow>());
    Ok(conn.load(query).await?)
}

/// How many rows meet a condition.
///
/// # Errors
/// Those of the database.
pub async fn count(conn: &mut Conn, condition: Sql<tags::table>) -> Result<i64> {
    Ok(conn.one(tags::table.filter(condition).count()).await?)
}

/// Creates a tag.
///
/// # Errors
/// 422 for a parent that is not there, 409 for a slug that is taken.
pub async fn create(conn: &mut Conn, edit: Edit<'_>, input: &TagInput) -> Result<TagRow> {
    let id = edit.ids.next();
    let parent = resolve_parent(conn, input, None).await?;
    let slug = choose_slug(conn, input, None).await?;
    let row = TagRow {
        id,
        slug,
        name: input.name.as_str().to_owned(),
        description: input.description.clone().map(Text::into_string),
        kind: input.kind,
        parent_id: parent,
        image: input.image.clone().map(Link::into_string),
        seo: Json(input.seo.clone()),
        visibility: input.effective_visibility(),
        metadata: Json(input.metadata.clone()),
        version: 1,
        created_at: edit.now,
        created_by: Some(edit.by.to_owned()),
        updated_at: edit.now,
        updated_by: Some(edit.by.to_owned()),
        translations: Json(input.translations.clone()),
    };
    conn.execute(diesel::insert_into(tags::table).values(row.clone()))
        .await?;
    merge::reclaim(conn, &row.slug).await?;
    live::write(conn, None, &row, edit.now).await?;
    Ok(row)
}

/// Makes a tag as `input` says; unchanged input changes nothing, not even the version.
///
/// # Errors
/// 412 when it changed meanwhile, 422 and 409 as for [`create`].
pub async fn update(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &TagRow,
    if_match: &IfMatch,
    input: &TagInput,
) -> Result<TagRow> {
    if_match.check(old.version)?;
    let parent = resolve_parent(conn, input, Some(&old.id)).await?;
    let slug = choose_slug(conn, input, Some(&old.slug)).await?;
    let mut row = TagRow {
        slug,
        name: input.name.as_str().to_owned(),
        description: input.description.clone().map(Text::into_string),
        kind: input.kind,
        parent_id: parent,
        image: input.image.clone().map(Link::into_string),
        seo: Json(input.seo.clone()),
        visibility: input.effective_visibility(),
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
    let current = tags::table
        .filter(tags::id.eq(old.id.clone()))
        .filter(tags::version.eq(old.version));
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

/// Deletes a tag that nothing uses.
///
/// # Errors
/// 412 when it changed meanwhile, 409 when articles or other tags use it.
pub async fn delete(conn: &mut Conn, old: &TagRow, if_match: &IfMatch) -> Result<()> {
    if_match.check(old.version)?;
    merge::refuse_in_use(conn, &old.id).await?;
    remove(conn, old).await
}

/// Takes the row away if it is as it was.
pub(super) async fn remove(conn: &mut Conn, old: &TagRow) -> Result<()> {
    let delete = tags::table
        .filter(tags::id.eq(old.id.clone()))
        .filter(tags::version.eq(old.version));
    if conn.execute(diesel::delete(delete)).await? == 0 {
        return Err(overtaken(conn, &old.id).await?);
    }
    conn.changed(super::INFO.every());
    conn.changed(super::INFO.one(&old.id));
    Ok(())
}

/// The error of a write that came too late: 412, or 404 when the tag is gone.
async fn overtaken(conn: &mut Conn, id: &str) -> Result<Error> {
    let query = tags::table.filter(tags::id.eq(id.to_owned()));
    let version = conn.first(query.select(tags::version)).await?;
    Ok(version.map_or_else(|| Error::not_found("tag"), stale))
}

/// The slug that a tag gets.
async fn choose_slug(conn: &mut Conn, input: &TagInput, own: Option<&str>) -> Result<String> {
    let wish = SlugRequest {
        scope: "tags",
        given: input.slug.as_ref().map(Slug::as_str),
        text: input.name.as_str(),
        fallback: "tag",
        own,
    };
    slugs::choose(conn, wish, async |conn: &mut Conn, slugs| {
        let condition = Sql::<tags::table>::new("tags.slug").is_in(slugs);
        conn.load(tags::table.filter(condition).select(tags::slug))
            .await
    })
    .await
}

/// The tag whose slug this name makes, created when there is none; for imports. Names that differ
/// only in case or accents are one tag, in the spelling that came first; one that was merged is
/// the other.
///
/// # Errors
/// Those of the database.
pub async fn find_or_create(conn: &mut Conn, edit: Edit<'_>, name: &Line<200>) -> Result<TagRow> {
    let slug = slugify(name.as_str()).and_then(|slug| Reference::parse(&slug).ok());
    let found = match slug {
        Some(slug) => get(conn, &slug).await?,
        // No letter is left for a slug to tell it by.
        None => {
            let name = name.as_str().to_owned();
            let query = tags::table.filter(tags::name.eq(name)).order(tags::id);
            conn.first(query.limit(1).select(columns::<TagRow>()))
                .await?
        }
    };
    match found {
        Some(row) => Ok(row),
        None => create(conn, edit, &TagInput::named(name.clone())).await,
    }
}
