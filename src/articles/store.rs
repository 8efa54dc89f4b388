//! The rows of articles, as editors see them, and their changes.

use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde_json::{Value, json};

use super::access::{Scope, Surroundings};
use super::article::{ArticleInput, BodyFormat, Correction, LeadImage, Status};
use super::life::{stale, unchanged};
use super::links::Links;
use super::slugs;
use crate::app::Edit;
use crate::config::SiteSettings;
use crate::db::schema::editorial::articles;
use crate::db::{Conn, Json, Time, columns};
use crate::error::{Error, Result};
use crate::http::precondition::IfMatch;
use crate::text::body::{Heading, Rendered, render};
use crate::text::fold::fold;
use crate::values::{Line, Metadata, Seo, Text, WebUrl};

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
    let scope = &Scope::all();
    create_rendered(conn, edit, Surroundings { site, scope }, input, body).await
}

/// [`create`] with a body that was rendered before.
///
/// # Errors
/// As there.
pub async fn create_rendered(
    conn: &mut Conn,
    edit: Edit<'_>,
    around: Surroundings<'_>,
    input: &ArticleInput,
    rendered: Rendered,
) -> Result<ArticleRow> {
    let id = edit.ids.next();
    let blank = ArticleRow {
        id: id.clone(),
        slug: String::new(),
        locale: around.site.default_locale.as_str().to_owned(),
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
    let (links, group) = Links::resolve(conn, around, input, &row).await?;
    row.translation_group = group;
    row.slug = slugs::choose(conn, input, &row, None).await?;
    let body = body_row(input, &row, rendered);
    conn.execute(diesel::insert_into(articles::table).values((row.clone(), body)))
        .await?;
    slugs::claim(conn, None, &row).await?;
    links.add(conn, &row.id).await?;
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
    let around = Surroundings {
        site,
        scope: &Scope::all(),
    };
    update_rendered(conn, edit, around, old, if_match, input, body).await
}

/// [`update`] with a body that was rendered before.
///
/// # Errors
/// As there.
pub async fn update_rendered(
    conn: &mut Conn,
    edit: Edit<'_>,
    around: Surroundings<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
    input: &ArticleInput,
    rendered: Rendered,
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    let mut row = filled(old, input, &rendered);
    if input.locale.is_none() {
        row.locale = around.site.default_locale.as_str().to_owned();
    }
    let (links, group) = Links::resolve(conn, around, input, &row).await?;
    row.translation_group = group;
    row.slug = slugs::choose(conn, input, &row, Some(old)).await?;
    let body = body_row(input, &row, rendered);
    let whole = Whole { row, body, links };
    // As texts: metadata whose members stand in another order is another text to echo.
    let (new, before) = (
        whole.as_input().to_string(),
        as_input(conn, old).await?.to_string(),
    );
    if new == before {
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
