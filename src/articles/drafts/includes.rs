//! The parts of drafts: authors, tags, related articles, translations, bodies.

use std::collections::{BTreeMap, HashMap};

use diesel::{ExpressionMethods as _, JoinOnDsl as _, QueryDsl as _};

use super::bylines::bylines;
use super::read as drafts;
use super::read::Working;
use crate::articles::card::{body, card};
use crate::articles::draft_access::Scope;
use crate::articles::response::{
    ArticleSummary, EditorialArticle, GroupedTranslation, Scheduled, translations_of,
};
use crate::articles::row::ArticleRow;
use crate::articles::selection::{Include, Selection};
use crate::articles::states::Transition;
use crate::articles::visibility::visible;
use crate::db::schema::editorial::{article_contents, article_related, articles};
use crate::db::schema::live::live_articles;
use crate::db::{Conn, Sql, columns};
use crate::error::{Error, Result};
use crate::http::object::Object;

/// Makes the JSON of these drafts with the parts that were selected: one statement for each part that
/// was not read with the rows, however many there are. `transitions` is given for a single article:
/// those that the caller may make.
pub(in crate::articles) async fn complete(
    conn: &mut Conn,
    mut copies: Vec<Working>,
    selection: &Selection,
    scope: &Scope,
    transitions: Option<Vec<Transition>>,
) -> Result<Vec<Object>> {
    let aliased = match &selection.fields {
        Some(fields) => fields.contains("aliases"),
        None => transitions.is_some(),
    };
    let lacks = |copy: &Working| {
        (selection.has_links() && copy.linked.is_none())
            || (selection.body && copy.long.is_none())
            || (aliased && copy.aliases.is_none())
    };
    if copies.iter().any(lacks) {
        drafts::read_rest(conn, &mut copies, selection.body).await?;
    }
    let ids: Vec<String> = copies.iter().map(|copy| copy.row.id.clone()).collect();
    let wants = |part| selection.has(part) && !ids.is_empty();
    let has_related = copies.iter().any(|copy| copy.has_related);
    let mut related = if has_related && wants(Include::Related) {
        related(conn, &ids, scope).await?
    } else {
        HashMap::new()
    };
    // The public may find another in the group that left it since, which a narrow scope shows.
    let may_have_translations =
        scope.narrowed_at().is_some() || copies.iter().any(|copy| copy.may_have_translations);
    let translated = if may_have_translations && wants(Include::Translations) {
        translations(conn, &copies, scope).await?
    } else {
        Vec::new()
    };
    let bylines = bylines(conn, &copies, selection).await?;
    let mut objects = Vec::with_capacity(copies.len());
    for (copy, bylines) in copies.into_iter().zip(bylines) {
        let mut row = copy.row;
        let (id, group) = (row.id.clone(), row.translation_group.clone());
        let lead_image = row.details.lead_image.take();
        let mut object = Object::of(&editorial(row, transitions.clone()))?;
        if selection.has(Include::LeadImage) {
            object.push("lead_image", &lead_image)?;
        }
        if selection.has(Include::Authors) {
            object.push_json("authors", bylines.authors.as_str());
        }
        if selection.has(Include::Tags) {
            object.push_json("tags", bylines.tags.as_str());
        }
        if selection.has(Include::Related) {
            object.push("related", &related.remove(&id).unwrap_or_default())?;
        }
        if selection.has(Include::Translations) {
            let others = translations_of(&translated, &group, &id);
            object.push("translations", &others)?;
        }
        if let Some(aliases) = copy.aliases.filter(|_| aliased) {
            object.push("aliases", &aliases)?;
        }
        if let Some(long) = copy.long.filter(|_| selection.body) {
            object.push("body", &body(long, true))?;
        }
        objects.push(object);
    }
    Ok(objects)
}

/// The JSON form of a draft without its parts.
fn editorial(mut row: ArticleRow, transitions: Option<Vec<Transition>>) -> EditorialArticle {
    let scheduled = row.next_version.zip(row.next_at);
    EditorialArticle {
        status: row.status,
        version: row.version,
        live_version: row.live_version,
        has_unpublished_changes: row.has_unpublished_changes(),
        scheduled: scheduled.map(|(version, publish_at)| Scheduled {
            version,
            publish_at,
            expires_at: row.next_until,
        }),
        review: row.review.take(),
        assignee: row.assignee.take(),
        deleted_at: row.deleted_at,
        created_at: row.created_at,
        created_by: row.created_by.take(),
        updated_by: row.updated_by.take(),
        aliases: None,
        allowed_transitions: transitions,
        article: card(row),
    }
}

/// The related articles in scope: drafts where these may be read, and the live copies of the
/// others.
async fn related(
    conn: &mut Conn,
    ids: &[String],
    scope: &Scope,
) -> Result<HashMap<String, Vec<ArticleSummary>>> {
    let of_these =
        || Sql::<article_related::table>::new("article_related.article_id").is_in(ids.to_vec());
    let query = article_related::table
        .inner_join(articles::table.on(articles::id.eq(article_related::related_id)))
        .inner_join(article_contents::table.on(article_contents::article_id.eq(articles::id)))
        .filter(of_these())
        .filter(articles::deleted_at.is_null())
        .filter(scope.open())
        .select((
            article_related::article_id,
            article_related::position,
            columns::<ArticleRow>(),
        ));
    let rows: Vec<(String, i32, ArticleRow)> = conn.load(query).await?;
    let read =
        |(article, position, row): (String, i32, ArticleRow)| ((article, position), summary(row));
    let mut found: BTreeMap<(String, i32), ArticleSummary> = rows.into_iter().map(read).collect();
    if let Some(now) = scope.narrowed_at() {
        let query = article_related::table.filter(of_these()).select((
            article_related::article_id,
            article_related::position,
            article_related::related_id,
        ));
        let links: Vec<(String, i32, String)> = conn.load(query).await?;
        let named = links.iter().map(|(.., related)| related.clone()).collect();
        let query = live_articles::table
            .filter(Sql::<live_articles::table>::new("live_articles.id").is_in(named))
            .filter(visible(now))
            .select((live_articles::id, live_articles::card));
        let cards: Vec<(String, String)> = conn.load(query).await?;
        for (article, position, related) in links {
            let card = cards.iter().find(|(id, _)| *id == related);
            let link = (article, position);
            if let Some((_, card)) = card.filter(|_| !found.contains_key(&link)) {
                found.insert(link, serde_json::from_str(card).map_err(Error::internal)?);
            }
        }
    }
    let mut all: HashMap<String, Vec<ArticleSummary>> = HashMap::new();
    for ((article, _), related) in found {
        all.entry(article).or_default().push(related);
    }
    Ok(all)
}

/// The articles of these groups of translations: drafts where these may be read, and the live copies
/// of the others.
async fn translations(
    conn: &mut Conn,
    copies: &[Working],
    scope: &Scope,
) -> Result<Vec<GroupedTranslation>> {
    let groups = || {
        copies
            .iter()
            .map(|copy| copy.row.translation_group.clone())
            .collect()
    };
    let of_these = Sql::<articles::table>::new("articles.translation_group").is_in(groups());
    let query = articles::table
        .filter(of_these)
        .filter(articles::deleted_at.is_null())
        .filter(scope.open())
        .select((
            articles::translation_group,
            (
                articles::id,
                articles::slug,
                articles::locale,
                articles::title,
            ),
        ));
    let mut all: Vec<GroupedTranslation> = conn.load(query).await?;
    if let Some(now) = scope.narrowed_at() {
        let of_these =
            Sql::<live_articles::table>::new("live_articles.translation_group").is_in(groups());
        let query = live_articles::table
            .filter(of_these)
            .filter(visible(now))
            .select((
                live_articles::translation_group,
                (
                    live_articles::id,
                    live_articles::slug,
                    live_articles::locale,
                    live_articles::title,
                ),
            ));
        let public: Vec<GroupedTranslation> = conn.load(query).await?;
        let read: Vec<String> = all.iter().map(|one| one.summary.id.clone()).collect();
        let is_new = |one: &GroupedTranslation| !read.contains(&one.summary.id);
        all.extend(public.into_iter().filter(is_new));
    }
    all.sort_by(|one, other| {
        let (one, other) = (&one.summary, &other.summary);
        (&one.locale, &one.id).cmp(&(&other.locale, &other.id))
    });
    Ok(all)
}

/// The summary of a draft.
fn summary(row: ArticleRow) -> ArticleSummary {
    ArticleSummary {
        id: row.id,
        slug: row.slug,
        locale: row.locale,
        title: row.title,
        kicker: row.kicker,
        standfirst: row.standfirst,
        section: row.section,
        published_at: row.published_at,
    }
}
