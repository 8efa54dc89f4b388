//! The rows of articles, as editors see them, and their changes.

use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde_json::{Value, json};

use super::article::{ArticleInput, BodyFormat, Correction, LeadImage, Status};
use super::links::{self, Links};
use super::{publish, slugs};
use crate::app::Edit;
use crate::config::SiteSettings;
use crate::db::schema::editorial::articles;
use crate::db::{Conn, Json, Time, columns};
use crate::error::{Code, Error, FieldError, Result};
use crate::http::precondition::IfMatch;
use crate::text::body::{Heading, Rendered, render};
use crate::text::fold::fold;
use crate::values::{Line, Metadata, Reference, Seo, Text, WebUrl};

/// A row of `articles` without what is long.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = articles, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg), treat_none_as_null = true)]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct ArticleRow {
    pub id: String,
    pub slug: String,
    pub locale: String,
    pub title: String,
    pub seo_title: Option<String>,
    pub kicker: Option<String>,
    pub standfirst: Option<String>,
    pub byline: Option<String>,
    pub dateline: Option<String>,
    pub section: Option<String>,
    pub status: Status,
    pub featured: bool,
    pub published_at: Option<Time>,
    pub first_published_at: Option<Time>,
    pub expires_at: Option<Time>,
    pub canonical_url: Option<String>,
    pub seo: Json<Seo>,
    pub lead_image: Option<Json<LeadImage>>,
    pub corrections: Json<Vec<Correction>>,
    pub translation_group: String,
    pub metadata: Json<Metadata>,
    pub word_count: i32,
    pub reading_minutes: i32,
    pub version: i64,
    pub live_version: Option<i64>,
    pub created_at: Time,
    pub created_by: Option<String>,
    pub updated_at: Time,
    pub updated_by: Option<String>,
    pub deleted_at: Option<Time>,
}

/// What is long in a row of `articles`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = articles, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct BodyRow {
    pub outline: Json<Vec<Heading>>,
    pub body_format: BodyFormat,
    pub body_source: String,
    pub body_html: String,
    pub body_text: String,
    pub search_text: String,
}

/// An article with its body and its links, ready to be stored.
struct Whole {
    row: ArticleRow,
    body: BodyRow,
    links: Links,
}

impl Whole {
    /// As it would be sent to be created, for patches to apply to.
    fn as_input(&self) -> Value {
        let row = &self.row;
        json!({
            "slug": row.slug, "locale": row.locale, "title": row.title,
            "seo_title": row.seo_title, "kicker": row.kicker, "standfirst": row.standfirst,
            "byline": row.byline, "dateline": row.dateline, "section": row.section,
            "body": {"format": self.body.body_format, "source": self.body.body_source},
            "authors": self.links.authors.iter()
                .map(|(id, role)| json!({"author": id, "role": role})).collect::<Vec<_>>(),
            "tags": self.links.tags, "lead_image": row.lead_image, "related": self.links.related,
            "featured": row.featured, "published_at": row.published_at,
            "expires_at": row.expires_at, "canonical_url": row.canonical_url, "seo": row.seo,
            "corrections": row.corrections, "translation_group": row.translation_group,
            "metadata": row.metadata, "aliases": self.links.aliases,
        })
    }
}

/// The article of this id, also when it is in the trash.
///
/// # Errors
/// Those of the database.
pub async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<ArticleRow>> {
    let query = articles::table.filter(articles::id.eq(id.to_owned()));
    Ok(conn.first(query.select(columns::<ArticleRow>())).await?)
}

/// The body of an article.
///
/// # Errors
/// 404 when there is none.
pub async fn body(conn: &mut Conn, id: &str) -> Result<BodyRow> {
    let query = articles::table.filter(articles::id.eq(id.to_owned()));
    let body = conn.first(query.select(columns::<BodyRow>())).await?;
    body.ok_or_else(|| Error::not_found("article"))
}

/// The article as it would be sent to be created.
///
/// # Errors
/// Those of the database.
pub async fn as_input(conn: &mut Conn, row: &ArticleRow) -> Result<Value> {
    let body = body(conn, &row.id).await?;
    let links = Links::load(conn, &row.id).await?;
    Ok(Whole {
        row: row.clone(),
        body,
        links,
    }
    .as_input())
}

/// Whether no article of this locale has the slug.
///
/// # Errors
/// Those of the database.
pub async fn slug_is_free(conn: &mut Conn, locale: &str, slug: &str) -> Result<bool> {
    Ok(slugs::among(conn, locale, vec![slug.to_owned()])
        .await?
        .is_empty())
}

/// Creates an article: a draft.
///
/// # Errors
/// 422 for references to what is not there, 409 for a slug or an alias that is taken.
pub async fn create(
    conn: &mut Conn,
    edit: Edit<'_>,
    site: &SiteSettings,
    input: &ArticleInput,
) -> Result<ArticleRow> {
    let body = rendered(input);
    create_rendered(conn, edit, site, input, body).await
}

/// [`create`] with a body that was rendered before.
///
/// # Errors
/// As there.
pub async fn create_rendered(
    conn: &mut Conn,
    edit: Edit<'_>,
    site: &SiteSettings,
    input: &ArticleInput,
    rendered: Rendered,
) -> Result<ArticleRow> {
    let id = edit.ids.next();
    let blank = ArticleRow {
        id: id.clone(),
        slug: String::new(),
        locale: site.default_locale.as_str().to_owned(),
        title: String::new(),
        seo_title: None,
        kicker: None,
        standfirst: None,
        byline: None,
        dateline: None,
        section: None,
        status: Status::Draft,
        featured: false,
        published_at: None,
        first_published_at: None,
        expires_at: None,
        canonical_url: None,
        seo: Json::default(),
        lead_image: None,
        corrections: Json::default(),
        translation_group: id,
        metadata: Json::default(),
        word_count: 0,
        reading_minutes: 0,
        version: 1,
        live_version: None,
        created_at: edit.now,
        created_by: Some(edit.by.to_owned()),
        updated_at: edit.now,
        updated_by: Some(edit.by.to_owned()),
        deleted_at: None,
    };
    let mut row = filled(&blank, input, &rendered);
    row.translation_group = translation_group(conn, site, input, &row).await?;
    row.slug = slugs::choose(conn, input, &row, None).await?;
    let links = Links::resolve(conn, site, input, &row).await?;
    let body = body_row(input, &row, rendered);
    conn.execute(diesel::insert_into(articles::table).values((row.clone(), body)))
        .await?;
    slugs::claim(conn, None, &row).await?;
    links.write(conn, &row.id).await?;
    Ok(row)
}

/// Makes an article as `input` says. The public does not see the change until it is published.
/// Unchanged input changes nothing, not even the version.
///
/// # Errors
/// 412 when it changed meanwhile, 422 and 409 as for [`create`].
pub async fn update(
    conn: &mut Conn,
    edit: Edit<'_>,
    site: &SiteSettings,
    old: &ArticleRow,
    if_match: &IfMatch,
    input: &ArticleInput,
) -> Result<ArticleRow> {
    let body = rendered(input);
    update_rendered(conn, edit, site, old, if_match, input, body).await
}

/// [`update`] with a body that was rendered before.
///
/// # Errors
/// As there.
pub async fn update_rendered(
    conn: &mut Conn,
    edit: Edit<'_>,
    site: &SiteSettings,
    old: &ArticleRow,
    if_match: &IfMatch,
    input: &ArticleInput,
    rendered: Rendered,
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    let mut row = filled(old, input, &rendered);
    if input.locale.is_none() {
        row.locale = site.default_locale.as_str().to_owned();
    }
    row.translation_group = translation_group(conn, site, input, &row).await?;
    row.slug = slugs::choose(conn, input, &row, Some(old)).await?;
    let links = Links::resolve(conn, site, input, &row).await?;
    let body = body_row(input, &row, rendered);
    let whole = Whole { row, body, links };
    // As texts: metadata whose members stand in another order is another text to echo.
    if whole.as_input().to_string() == as_input(conn, old).await?.to_string() {
        return Ok(old.clone());
    }
    let Whole {
        mut row,
        body,
        links,
    } = whole;
    row.version += 1;
    row.updated_at = edit.now;
    row.updated_by = Some(edit.by.to_owned());
    let update = diesel::update(unchanged(old)).set((row.clone(), body));
    if conn.execute(update).await? == 0 {
        return Err(stale(conn, old).await);
    }
    slugs::claim(conn, Some(old), &row).await?;
    links.write(conn, &row.id).await?;
    Ok(row)
}

/// Puts the working copy where the public sees it. An article without a publication date gets
/// this moment. Publishing what is published already changes nothing.
///
/// # Errors
/// 412 when it changed meanwhile, 422 when it would end before it begins.
pub async fn publish(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    if old.live_version == Some(old.version) {
        return Ok(old.clone());
    }
    let published_at = old.published_at.unwrap_or(edit.now);
    if old.expires_at.is_some_and(|until| until <= published_at) {
        let detail = "must be after the date of publication; change it first.";
        let error = FieldError::at("/expires_at", "contradiction", detail);
        return Err(Error::fields(Code::InvalidFields, vec![error]));
    }
    let version = old.version + 1;
    let row = ArticleRow {
        status: Status::Published,
        published_at: Some(published_at),
        first_published_at: Some(
            old.first_published_at
                .map_or(published_at, |at| at.min(published_at)),
        ),
        version,
        live_version: Some(version),
        updated_by: Some(edit.by.to_owned()),
        ..old.clone()
    };
    if conn
        .execute(diesel::update(unchanged(old)).set(row.clone()))
        .await?
        == 0
    {
        return Err(stale(conn, old).await);
    }
    publish::write(conn, &row, edit.now).await?;
    Ok(row)
}

/// Takes an article from the public.
///
/// # Errors
/// 412 when it changed meanwhile, 409 when it is not published.
pub async fn unpublish(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    if old.live_version.is_none() {
        let detail = format!("It is not published; its status is {}.", old.status.name());
        return Err(Error::new(Code::Conflict, detail));
    }
    let row = ArticleRow {
        status: Status::Unpublished,
        version: old.version + 1,
        live_version: None,
        updated_by: Some(edit.by.to_owned()),
        ..old.clone()
    };
    if conn
        .execute(diesel::update(unchanged(old)).set(row.clone()))
        .await?
        == 0
    {
        return Err(stale(conn, old).await);
    }
    publish::withdraw(conn, &row.id).await?;
    Ok(row)
}

/// Puts an article into the trash: neither the public nor editors find it any more, and its
/// slug is free.
///
/// # Errors
/// 412 when it changed meanwhile.
pub async fn trash(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
) -> Result<()> {
    if_match.check(old.version)?;
    let row = ArticleRow {
        status: if old.live_version.is_some() {
            Status::Unpublished
        } else {
            old.status
        },
        version: old.version + 1,
        live_version: None,
        updated_at: edit.now,
        updated_by: Some(edit.by.to_owned()),
        deleted_at: Some(edit.now),
        ..old.clone()
    };
    if conn
        .execute(diesel::update(unchanged(old)).set(row))
        .await?
        == 0
    {
        return Err(stale(conn, old).await);
    }
    publish::withdraw(conn, &old.id).await?;
    links::release(conn, &old.id).await
}

/// The row, as long as nobody changed it.
#[diesel::dsl::auto_type(no_type_alias)]
fn unchanged(old: &ArticleRow) -> _ {
    let id: String = old.id.clone();
    let version: i64 = old.version;
    articles::table
        .filter(articles::id.eq(id))
        .filter(articles::version.eq(version))
        .filter(articles::deleted_at.is_null())
}

/// The error when someone was faster.
async fn stale(conn: &mut Conn, old: &ArticleRow) -> Error {
    match by_id(conn, &old.id).await {
        Ok(Some(row)) if row.deleted_at.is_none() => {
            match IfMatch::Versions(Vec::new()).check(row.version) {
                Err(error) => error,
                Ok(()) => Error::internal("an empty If-Match passed"),
            }
        }
        Ok(_) => Error::not_found("article"),
        Err(error) => error,
    }
}

/// The body of an input, rendered.
#[must_use]
pub fn rendered(input: &ArticleInput) -> Rendered {
    render(input.body.format.into(), input.body.source.as_str())
}

/// The row with the plain fields of an input.
fn filled(old: &ArticleRow, input: &ArticleInput, rendered: &Rendered) -> ArticleRow {
    ArticleRow {
        locale: input
            .locale
            .as_ref()
            .map_or(old.locale.clone(), |l| l.as_str().to_owned()),
        title: input.title.as_str().to_owned(),
        seo_title: input.seo_title.clone().map(Line::into_string),
        kicker: input.kicker.clone().map(Line::into_string),
        standfirst: input.standfirst.clone().map(Text::into_string),
        byline: input.byline.clone().map(Line::into_string),
        dateline: input.dateline.clone().map(Line::into_string),
        section: input.section.as_ref().map(|slug| slug.as_str().to_owned()),
        featured: input.featured,
        published_at: input.published_at,
        expires_at: input.expires_at,
        canonical_url: input.canonical_url.clone().map(WebUrl::into_string),
        seo: Json(input.seo.clone()),
        lead_image: input.lead_image.clone().map(Json),
        corrections: Json(input.corrections.clone()),
        metadata: Json(input.metadata.clone()),
        word_count: i32::try_from(rendered.word_count).unwrap_or(i32::MAX),
        reading_minutes: i32::try_from(rendered.reading_minutes).unwrap_or(i32::MAX),
        ..old.clone()
    }
}

fn body_row(input: &ArticleInput, row: &ArticleRow, rendered: Rendered) -> BodyRow {
    let headlines = [
        Some(&row.title),
        row.seo_title.as_ref(),
        row.kicker.as_ref(),
    ];
    let mut all: Vec<&str> = headlines
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    all.extend(row.standfirst.as_deref());
    all.push(&rendered.text);
    BodyRow {
        search_text: fold(&all.join("\n")),
        outline: Json(rendered.outline),
        body_format: input.body.format,
        body_source: input.body.source.as_str().to_owned(),
        body_html: rendered.html,
        body_text: rendered.text,
    }
}

/// The group of translations that an input puts an article into.
async fn translation_group(
    conn: &mut Conn,
    site: &SiteSettings,
    input: &ArticleInput,
    row: &ArticleRow,
) -> Result<String> {
    let Some(of) = &input.translation_of else {
        let named = input.translation_group.as_ref().map(Reference::as_str);
        return Ok(named.unwrap_or(&row.id).to_owned());
    };
    if input
        .translation_group
        .as_ref()
        .is_some_and(|group| group.as_str() != row.translation_group)
    {
        let detail = "must not be given together with translation_group.";
        let error = FieldError::at("/translation_of", "contradiction", detail);
        return Err(Error::fields(Code::InvalidFields, vec![error]));
    }
    let mut errors = Vec::new();
    let found = slugs::get(conn, of, None, site).await;
    match found.or_else(|error| links::ambiguous(error, "/translation_of", &mut errors))? {
        Some(other) => Ok(other.translation_group),
        None if errors.is_empty() => Err(links::unknown("/translation_of", "article", of)),
        None => Err(Error::fields(Code::InvalidFields, errors)),
    }
}
