//! Previews: a draft or a revision in the form of a public read.

use std::collections::HashMap;

use diesel::QueryDsl as _;

use crate::articles::article::{ArticleInput, AuthorRole};
use crate::articles::bylines::TagTexts;
use crate::articles::card::{body, card};
use crate::articles::drafts::read as drafts;
use crate::articles::drafts::store;
use crate::articles::links::Links;
use crate::articles::live;
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
use crate::tags::tag::TagSummary;
use crate::values::Reference;

/// The draft or revision that a preview shows.
pub struct Draft {
    row: ArticleRow,
    body: BodyRow,
    links: Links,
}

impl Draft {
    /// The language.
    #[must_use]
    pub fn locale(&self) -> &str {
        &self.row.locale
    }
}

/// Loads the draft of an article, or one of its revisions.
///
/// # Errors
/// 404 for a revision that is not kept any more; those of the database.
pub async fn draft(conn: &mut Conn, row: ArticleRow, revision: Option<i64>) -> Result<Draft> {
    let Some(number) = revision else {
        let (links, body) = drafts::whole(conn, &row.id).await?;
        return Ok(Draft { row, body, links });
    };
    let revision = revisions::numbered(conn, &row.id, number).await?;
    let input: ArticleInput = check(revisions::content(conn, &revision).await?)?;
    // Revisions refer to everything by id.
    let id = |reference: &Reference| reference.as_str().to_owned();
    let authors = input.authors.iter().map(|one| (id(&one.author), one.role));
    let links = Links {
        authors: authors.collect(),
        tags: input.tags.iter().map(id).collect(),
        related: input.related.iter().map(id).collect(),
        aliases: Vec::new(),
    };
    let rendered = render(&input).await?;
    let (row, body) = store::as_if(&row, &input, rendered);
    let row = ArticleRow {
        updated_at: revision.at,
        ..row
    };
    Ok(Draft { row, body, links })
}

/// Makes the JSON of a draft as the public would see it: with public tags only, and with the related
/// articles and translations that are published.
///
/// # Errors
/// Errors of the database.
pub async fn shown(
    conn: &mut Conn,
    live_conn: &mut LiveConn,
    draft: Draft,
    selection: &Selection,
    now: Time,
) -> Result<Object> {
    let row = &draft.row;
    let mut article = card(row.clone());
    article.lead_image = selection
        .has(Include::LeadImage)
        .then(|| Json(row.details.lead_image.as_ref().map(|image| image.0.clone())));
    if selection.has(Include::Authors) {
        article.authors = Some(credits(conn, &draft.links.authors, draft.locale()).await?);
    }
    if selection.has(Include::Tags) {
        article.tags = Some(public_tags(conn, &draft.links.tags, draft.locale()).await?);
    }
    if selection.has(Include::Translations) {
        let group = row.translation_group.clone();
        let all = live::translations(live_conn, vec![group.clone()], now).await?;
        let others = translations_of(&all, &group, &row.id);
        article.translations = Some(others.into_iter().cloned().collect());
    }
    let related = match selection.has(Include::Related) {
        true => Some(live::summaries(live_conn, &draft.links.related, now).await?),
        false => None,
    };
    if selection.body {
        article.body = Some(body(draft.body, false));
    }
    let mut object = Object::of(&article)?;
    if let Some(related) = related {
        object.push_json("related", &crate::http::object::array(&related));
    }
    Ok(object)
}

/// The credits of a draft, in the language of the article.
async fn credits(
    conn: &mut Conn,
    credited: &[(String, AuthorRole)],
    locale: &str,
) -> Result<Vec<Credit>> {
    let ids = credited.iter().map(|(id, _)| id.clone()).collect();
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
    Ok(credited.iter().filter_map(credit).collect())
}

/// The public ones among these tags, in the language of the article.
async fn public_tags(conn: &mut Conn, ids: &[String], locale: &str) -> Result<Vec<TagSummary>> {
    let public =
        Sql::<tags::table>::new("tags.visibility = 'public' AND tags.id").is_in(ids.to_vec());
    let texts = (tags::slug, tags::name, tags::kind, tags::translations);
    let query = tags::table.filter(public).select((tags::id, texts));
    let rows: Vec<(String, TagTexts)> = conn.load(query).await?;
    let texts: HashMap<String, TagTexts> = rows.into_iter().collect();
    let summary = |id: &String| Some(texts.get(id)?.summary(id, locale));
    Ok(ids.iter().filter_map(summary).collect())
}
