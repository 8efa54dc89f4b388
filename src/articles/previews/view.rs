//! A draft or a revision in the shape of a public read.

use std::collections::HashMap;

use diesel::QueryDsl as _;

use crate::articles::article::{ArticleInput, AuthorRole};
use crate::articles::card::{body, card};
use crate::articles::drafts::read as drafts;
use crate::articles::drafts::store;
use crate::articles::live::includes as live_includes;
use crate::articles::rendering::render;
use crate::articles::response::{Credit, translations_of};
use crate::articles::revisions::store as revisions;
use crate::articles::row::{ArticleRow, BodyRow};
use crate::articles::selection::{Include, Selection};
use crate::authors::row::AuthorRow;
use crate::db::schema::editorial::{authors, tags};
use crate::db::{Conn, Json, LiveConn, Sql, Time, columns};
use crate::error::Result;
use crate::http::body::check;
use crate::http::object::Object;
use crate::tags::tag::{TagKind, TagSummary, TagTranslations};

/// What a preview shows.
pub struct Draft {
    row: ArticleRow,
    body: BodyRow,
    authors: Vec<(String, AuthorRole)>,
    tags: Vec<String>,
    related: Vec<String>,
}

impl Draft {
    /// The language.
    #[must_use]
    pub fn locale(&self) -> &str {
        &self.row.locale
    }
}

/// The working copy of an article, or what it was at a revision.
///
/// # Errors
/// 404 when the revision is not kept any more; those of the database.
pub async fn draft(conn: &mut Conn, row: ArticleRow, revision: Option<i64>) -> Result<Draft> {
    let Some(number) = revision else {
        let (links, body) = drafts::whole(conn, &row.id).await?;
        return Ok(Draft {
            body,
            row,
            authors: links.authors,
            tags: links.tags,
            related: links.related,
        });
    };
    let revision = revisions::numbered(conn, &row.id, number).await?;
    let input: ArticleInput = check(revisions::content(conn, &revision).await?)?;
    // Revisions name everything by its id.
    let id = |reference: &crate::values::Reference| reference.as_str().to_owned();
    let authors = input.authors.iter().map(|one| (id(&one.author), one.role));
    let (authors, tags) = (authors.collect(), input.tags.iter().map(id).collect());
    let related = input.related.iter().map(id).collect();
    let rendered = render(&input).await?;
    let (row, body) = store::as_if(&row, &input, rendered);
    Ok(Draft {
        row: ArticleRow {
            updated_at: revision.at,
            ..row
        },
        body,
        authors,
        tags,
        related,
    })
}

/// The draft as the public would see it: with public tags only, and with those related articles and
/// translations that are public.
///
/// # Errors
/// Those of the database.
pub async fn shown(
    conn: &mut Conn,
    live: &mut LiveConn,
    draft: Draft,
    shape: &Selection,
    now: Time,
) -> Result<Object> {
    let row = &draft.row;
    let mut article = card(row.clone());
    article.lead_image = shape
        .has(Include::LeadImage)
        .then(|| Json(row.details.lead_image.as_ref().map(|image| image.0.clone())));
    if shape.has(Include::Authors) {
        article.authors = Some(credits(conn, &draft.authors, draft.locale()).await?);
    }
    if shape.has(Include::Tags) {
        article.tags = Some(public_tags(conn, &draft.tags, draft.locale()).await?);
    }
    if shape.has(Include::Translations) {
        let group = row.translation_group.clone();
        let all = live_includes::translations(live, vec![group.clone()], now).await?;
        let others = translations_of(&all, &group, &row.id);
        article.translations = Some(others.into_iter().cloned().collect());
    }
    let related = match shape.has(Include::Related) {
        true => Some(live_includes::summaries(live, &draft.related, now).await?),
        false => None,
    };
    if shape.body {
        article.body = Some(body(draft.body, false));
    }
    let mut object = Object::of(&article)?;
    if let Some(related) = related {
        object.push_json("related", &crate::http::object::array(&related));
    }
    Ok(object)
}

async fn credits(
    conn: &mut Conn,
    wanted: &[(String, AuthorRole)],
    locale: &str,
) -> Result<Vec<Credit>> {
    let ids = wanted.iter().map(|(id, _)| id.clone()).collect();
    let query = authors::table
        .filter(Sql::<authors::table>::new("authors.id").is_in(ids))
        .select(columns::<AuthorRow>());
    let rows: Vec<AuthorRow> = conn.load(query).await?;
    let mut rows: HashMap<String, AuthorRow> =
        rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    let credit = |(id, role): &(String, AuthorRole)| {
        rows.remove(id).map(|row| Credit {
            author: row.card().in_article(locale),
            role: *role,
        })
    };
    Ok(wanted.iter().filter_map(credit).collect())
}

async fn public_tags(conn: &mut Conn, wanted: &[String], locale: &str) -> Result<Vec<TagSummary>> {
    let public =
        Sql::<tags::table>::new("tags.visibility = 'public' AND tags.id").is_in(wanted.to_vec());
    let query = tags::table.filter(public).select((
        (tags::id, tags::slug, tags::name, tags::kind),
        tags::translations,
    ));
    type Row = ((String, String, String, TagKind), Json<TagTranslations>);
    let rows: Vec<Row> = conn.load(query).await?;
    let mut rows: HashMap<String, TagSummary> = rows
        .into_iter()
        .map(|((id, slug, name, kind), Json(translations))| {
            let summary = TagSummary {
                id: id.clone(),
                slug,
                name,
                kind,
            };
            (id, summary.translated(&translations, &[locale]))
        })
        .collect();
    Ok(wanted.iter().filter_map(|id| rows.remove(id)).collect())
}
