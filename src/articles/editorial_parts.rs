//! The parts of working copies: who is credited, tags, related articles, translations, bodies.

use std::collections::{BTreeMap, HashMap};

use diesel::{ExpressionMethods as _, JoinOnDsl as _, QueryDsl as _};

use super::access::Scope;
use super::article::AuthorRole;
use super::live::visible;
use super::live_copy::{body, card};
use super::live_parts::{Translated, others_of};
use super::row::{ArticleRow, BodyRow};
use super::shape::{Include, Shape};
use super::transitions::Transition;
use super::view::{Article, ArticleSummary, Credit, EditorialArticle, Scheduled};
use crate::authors::store::AuthorRow;
use crate::db::schema::editorial::{
    article_aliases, article_authors, article_related, article_tags, articles, authors, tags,
};
use crate::db::schema::live::live_articles;
use crate::db::{Conn, Json, Sql, columns};
use crate::error::{Error, Result};
use crate::http::object::Object;
use crate::tags::tag::{TagOfArticle, TagSummary};

/// The answers for these rows with the parts that were asked for; one statement for each part,
/// however many rows there are. `single` is for one article: what the caller may do with it.
pub(super) async fn complete(
    conn: &mut Conn,
    rows: Vec<ArticleRow>,
    shape: &Shape,
    scope: &Scope,
    single: Option<Vec<Transition>>,
) -> Result<Vec<Object>> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let wants = |part| shape.has(part) && !ids.is_empty();
    let mut authors = if wants(Include::Authors) {
        credits(conn, &ids, &locales(&rows)).await?
    } else {
        HashMap::new()
    };
    let mut tags = if wants(Include::Tags) {
        tags_of(conn, &ids, &locales(&rows)).await?
    } else {
        HashMap::new()
    };
    let mut related = if wants(Include::Related) {
        related(conn, &ids, scope).await?
    } else {
        HashMap::new()
    };
    let translated = if wants(Include::Translations) {
        translations(conn, &rows, scope).await?
    } else {
        Vec::new()
    };
    let mut bodies = if shape.body && !ids.is_empty() {
        bodies(conn, &ids).await?
    } else {
        HashMap::new()
    };
    let aliased = match &shape.fields {
        Some(fields) => fields.contains("aliases"),
        None => single.is_some(),
    };
    let mut aliases = if aliased && !ids.is_empty() {
        aliases(conn, &ids).await?
    } else {
        HashMap::new()
    };
    rows.iter()
        .map(|row| {
            let id = &row.id;
            let mut article = card(row);
            article.lead_image = shape
                .has(Include::LeadImage)
                .then(|| Json(row.lead_image.as_ref().map(|image| image.0.clone())));
            article.authors = shape
                .has(Include::Authors)
                .then(|| authors.remove(id).unwrap_or_default());
            article.tags = shape
                .has(Include::Tags)
                .then(|| tags.remove(id).unwrap_or_default());
            article.related = shape
                .has(Include::Related)
                .then(|| related.remove(id).unwrap_or_default());
            article.translations = shape.has(Include::Translations).then(|| {
                let others = others_of(&translated, (&row.translation_group, id));
                others.into_iter().cloned().collect()
            });
            article.body = bodies.remove(id).map(|long| body(long, true));
            let aliases = aliased.then(|| aliases.remove(id).unwrap_or_default());
            Object::of(&shown(row, article, aliases, single.clone()))
        })
        .collect()
}

/// The working copy of a row, around its parts.
fn shown(
    row: &ArticleRow,
    article: Article,
    aliases: Option<Vec<String>>,
    single: Option<Vec<Transition>>,
) -> EditorialArticle {
    EditorialArticle {
        article,
        status: row.status,
        version: row.version,
        live_version: row.live_version,
        has_unpublished_changes: row.has_unpublished_changes(),
        scheduled: row
            .next_version
            .zip(row.next_at)
            .map(|(version, publish_at)| Scheduled {
                version,
                publish_at,
                expires_at: row.next_until,
            }),
        review: row.review.clone(),
        assignee: row.assignee.clone(),
        deleted_at: row.deleted_at,
        created_at: row.created_at,
        created_by: row.created_by.clone(),
        updated_by: row.updated_by.clone(),
        aliases,
        allowed_transitions: single,
    }
}

/// The language of each article.
type Locales<'a> = HashMap<&'a str, &'a str>;

fn locales(rows: &[ArticleRow]) -> Locales<'_> {
    rows.iter()
        .map(|row| (row.id.as_str(), row.locale.as_str()))
        .collect()
}

async fn credits(
    conn: &mut Conn,
    ids: &[String],
    locales: &Locales<'_>,
) -> Result<HashMap<String, Vec<Credit>>> {
    let condition =
        Sql::<article_authors::table>::new("article_authors.article_id").is_in(ids.to_vec());
    let query = article_authors::table
        .inner_join(authors::table.on(authors::id.eq(article_authors::author_id)))
        .filter(condition)
        .order((article_authors::article_id, article_authors::position))
        .select((
            article_authors::article_id,
            article_authors::role,
            columns::<AuthorRow>(),
        ));
    let rows: Vec<(String, AuthorRole, AuthorRow)> = conn.load(query).await?;
    let mut all: HashMap<String, Vec<Credit>> = HashMap::new();
    for (article, role, author) in rows {
        let locale = locales.get(article.as_str()).copied().unwrap_or_default();
        let author = author.card().in_article(locale);
        all.entry(article)
            .or_default()
            .push(Credit { author, role });
    }
    Ok(all)
}

async fn tags_of(
    conn: &mut Conn,
    ids: &[String],
    locales: &Locales<'_>,
) -> Result<HashMap<String, Vec<TagSummary>>> {
    let condition = Sql::<article_tags::table>::new("article_tags.article_id").is_in(ids.to_vec());
    let query = article_tags::table
        .inner_join(tags::table.on(tags::id.eq(article_tags::tag_id)))
        .filter(condition)
        .order((article_tags::article_id, article_tags::position))
        .select((
            article_tags::article_id,
            (tags::id, tags::slug, tags::name, tags::kind),
            tags::translations,
        ));
    let rows: Vec<TagOfArticle> = conn.load(query).await?;
    let mut all: HashMap<String, Vec<TagSummary>> = HashMap::new();
    for (article, (id, slug, name, kind), Json(translations)) in rows {
        let locale = locales.get(article.as_str()).copied().unwrap_or_default();
        let summary = TagSummary {
            id,
            slug,
            name,
            kind,
        };
        let summary = summary.translated(&translations, &[locale]);
        all.entry(article).or_default().push(summary);
    }
    Ok(all)
}

/// The related articles that may be known of: working copies where these may be read, and what
/// the public sees of the others.
async fn related(
    conn: &mut Conn,
    ids: &[String],
    scope: &Scope,
) -> Result<HashMap<String, Vec<ArticleSummary>>> {
    let of_these =
        || Sql::<article_related::table>::new("article_related.article_id").is_in(ids.to_vec());
    let query = article_related::table
        .inner_join(articles::table.on(articles::id.eq(article_related::related_id)))
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

/// The working copies of the groups of translations that these rows belong to; of those that may
/// not be read, what the public sees.
async fn translations(
    conn: &mut Conn,
    rows: &[ArticleRow],
    scope: &Scope,
) -> Result<Vec<Translated>> {
    let groups = || {
        rows.iter()
            .map(|row| row.translation_group.clone())
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
    let mut all: Vec<Translated> = conn.load(query).await?;
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
        let public: Vec<Translated> = conn.load(query).await?;
        let read: Vec<String> = all.iter().map(|(_, one)| one.id.clone()).collect();
        all.extend(
            public
                .into_iter()
                .filter(|(_, one)| !read.contains(&one.id)),
        );
    }
    all.sort_by(|(_, a), (_, b)| (&a.locale, &a.id).cmp(&(&b.locale, &b.id)));
    Ok(all)
}

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

async fn bodies(conn: &mut Conn, ids: &[String]) -> Result<HashMap<String, BodyRow>> {
    let condition = Sql::<articles::table>::new("articles.id").is_in(ids.to_vec());
    let query = articles::table
        .filter(condition)
        .select((articles::id, columns::<BodyRow>()));
    let rows: Vec<(String, BodyRow)> = conn.load(query).await?;
    Ok(rows.into_iter().collect())
}

async fn aliases(conn: &mut Conn, ids: &[String]) -> Result<HashMap<String, Vec<String>>> {
    let condition =
        Sql::<article_aliases::table>::new("article_aliases.article_id").is_in(ids.to_vec());
    let query = article_aliases::table
        .filter(condition)
        .order((article_aliases::article_id, article_aliases::position))
        .select((article_aliases::article_id, article_aliases::path));
    let rows: Vec<(String, String)> = conn.load(query).await?;
    let mut all: HashMap<String, Vec<String>> = HashMap::new();
    for (article, path) in rows {
        all.entry(article).or_default().push(path);
    }
    Ok(all)
}
