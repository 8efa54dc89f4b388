//! The parts of published articles: authors, tags, related articles, translations, bodies.

use std::collections::HashMap;

use diesel::{ExpressionMethods as _, JoinOnDsl as _, QueryDsl as _};

use super::bylines::Bylines;
use super::find::{LiveArticle, LiveArticleRow};
use crate::articles::response::{GroupedTranslation, SUMMARY_FIELDS, translations_of};
use crate::articles::selection::{Include, Selection};
use crate::articles::visibility::visible;
use crate::articles::{INFO as ARTICLES, TRANSLATIONS};
use crate::db::invalidation::Dependencies;
use crate::db::schema::live::{live_article_related, live_articles};
use crate::db::{AnyOf, LiveConn, Sql, Time};
use crate::error::{Error, Result};
use crate::http::object::{Object, array};
use crate::query::fields::FieldSet;

/// Completes the cards of these rows, which were stored at publication, with the parts that were
/// selected: one statement for each part, however many rows there are.
///
/// # Errors
/// Errors of the database.
pub async fn complete(
    conn: &mut LiveConn,
    rows: Vec<LiveArticleRow>,
    selection: &Selection,
    now: Time,
    dependencies: &mut Dependencies,
) -> Result<Vec<Object>> {
    let bodies = if selection.body && !rows.is_empty() {
        bodies(conn, rows.iter().map(|row| row.copy.clone()).collect()).await?
    } else {
        HashMap::new()
    };
    assemble(conn, rows, bodies, selection, now, dependencies).await
}

/// Completes the card of one article.
///
/// # Errors
/// Errors of the database.
pub async fn complete_one(
    conn: &mut LiveConn,
    article: LiveArticle,
    selection: &Selection,
    now: Time,
    dependencies: &mut Dependencies,
) -> Result<Object> {
    let LiveArticle { row, body } = article;
    let bodies = body.map(|body| (row.copy.clone(), body));
    let bodies = bodies.into_iter().collect();
    let mut objects = assemble(conn, vec![row], bodies, selection, now, dependencies).await?;
    objects.pop().ok_or_else(|| Error::not_found("article"))
}

/// Joins cards and parts as text.
async fn assemble(
    conn: &mut LiveConn,
    rows: Vec<LiveArticleRow>,
    mut bodies: HashMap<String, String>,
    selection: &Selection,
    now: Time,
    dependencies: &mut Dependencies,
) -> Result<Vec<Object>> {
    for row in &rows {
        dependencies.on(ARTICLES.one(&row.id));
        if selection.has(Include::Translations) {
            dependencies.on(TRANSLATIONS.of(&row.translation_group));
        }
    }
    if selection.has(Include::Related) {
        // A related article that is not public yet may become so.
        dependencies.on(ARTICLES.every());
    }
    let mut bylines = Bylines::of(conn, &rows, selection, now).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.copy.clone()).collect();
    let wants = |part| selection.has(part) && !ids.is_empty();
    let mut related = if wants(Include::Related) {
        related(conn, &ids, now).await?
    } else {
        HashMap::new()
    };
    let translated = if wants(Include::Translations) {
        let groups = rows.iter().map(|row| row.translation_group.clone());
        translations(conn, groups.collect(), now).await?
    } else {
        Vec::new()
    };
    let mut objects = Vec::with_capacity(rows.len());
    for mut row in rows {
        let mut object = Object::prepared(std::mem::take(&mut row.card));
        if selection.has(Include::LeadImage) {
            object.push_json("lead_image", row.lead_image.as_deref().unwrap_or("null"));
        }
        if selection.has(Include::Authors) {
            object.push_json("authors", bylines.authors(&row, dependencies).as_str());
        }
        if selection.has(Include::Tags) {
            object.push_json("tags", bylines.tags(&row, dependencies).as_str());
        }
        if selection.has(Include::Related) {
            object.push_json(
                "related",
                &array(&related.remove(&row.copy).unwrap_or_default()),
            );
        }
        if selection.has(Include::Translations) {
            let others = translations_of(&translated, &row.translation_group, &row.id);
            object.push("translations", &others)?;
        }
        if let Some(body) = bodies.remove(&row.copy) {
            object.push_json("body", &body);
        }
        objects.push(object);
    }
    Ok(objects)
}

/// The summaries of the published articles that these copies relate to.
async fn related(
    conn: &mut LiveConn,
    ids: &[String],
    now: Time,
) -> Result<HashMap<String, Vec<Object>>> {
    let condition =
        Sql::<live_article_related::table>::new("live_article_related.copy").is_in(ids.to_vec());
    let query = live_article_related::table
        .inner_join(live_articles::table.on(live_articles::id.eq(live_article_related::related_id)))
        .filter(condition)
        .filter(visible(now))
        .order((live_article_related::copy, live_article_related::position))
        .select((live_article_related::copy, live_articles::card));
    let rows: Vec<(String, String)> = conn.load(query).await?;
    let summary = FieldSet::parse(SUMMARY_FIELDS, crate::articles::response::FIELDS)
        .map_err(Error::internal)?;
    let mut all: HashMap<String, Vec<Object>> = HashMap::new();
    for (article, card) in rows {
        let mut object = Object::prepared(card);
        object.select(Some(&summary))?;
        all.entry(article).or_default().push(object);
    }
    Ok(all)
}

/// The published articles of these groups of translations.
pub(in crate::articles) async fn translations(
    conn: &mut LiveConn,
    groups: Vec<String>,
    now: Time,
) -> Result<Vec<GroupedTranslation>> {
    let of_these =
        Sql::<live_articles::table>::new("live_articles.translation_group").is_in(groups);
    let query = live_articles::table
        .filter(of_these)
        .filter(visible(now))
        .order((live_articles::locale, live_articles::id))
        .select((
            live_articles::translation_group,
            (
                live_articles::id,
                live_articles::slug,
                live_articles::locale,
                live_articles::title,
            ),
        ));
    Ok(conn.load(query).await?)
}

/// The summaries of the published ones among these articles, in this order.
pub(in crate::articles) async fn summaries(
    conn: &mut LiveConn,
    ids: &[String],
    now: Time,
) -> Result<Vec<Object>> {
    let of_these = Sql::<live_articles::table>::new("live_articles.id").is_in(ids.to_vec());
    let query = live_articles::table
        .filter(of_these)
        .filter(visible(now))
        .select((live_articles::id, live_articles::card));
    let rows: Vec<(String, String)> = conn.load(query).await?;
    let mut cards: HashMap<String, String> = rows.into_iter().collect();
    let summary = FieldSet::parse(SUMMARY_FIELDS, crate::articles::response::FIELDS)
        .map_err(Error::internal)?;
    let mut all = Vec::new();
    for id in ids {
        if let Some(card) = cards.remove(id) {
            let mut object = Object::prepared(card);
            object.select(Some(&summary))?;
            all.push(object);
        }
    }
    Ok(all)
}

/// The JSON of the bodies of these copies.
async fn bodies(conn: &mut LiveConn, copies: Vec<String>) -> Result<HashMap<String, String>> {
    let query = live_articles::table
        .filter(AnyOf::new(live_articles::copy, copies))
        .select((live_articles::copy, live_articles::body));
    let rows: Vec<(String, String)> = conn.load(query).await?;
    Ok(rows.into_iter().collect())
}
