//! Lists of working copies, for editors.

use std::collections::{BTreeMap, HashMap};

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use diesel::{ExpressionMethods as _, JoinOnDsl as _, QueryDsl as _};

use super::access::{Scope, readable};
use super::article::{AuthorRole, Status};
use super::filter::{EditorialArticleField, EditorialArticleSort, credited, leaf, tagged};
use super::list::Plain;
use super::live::visible;
use super::publish::{body, card};
use super::shape::{Include, Shape};
use super::store::{ArticleRow, BodyRow};
use super::view::{ArticleSummary, Credit, EditorialArticle};
use crate::auth::Caller;
use crate::auth::permission::ReadDrafts;
use crate::authors::store::AuthorRow;
use crate::db::condition::{like_pattern, lower};
use crate::db::schema::editorial::{
    article_aliases, article_authors, article_related, article_tags, articles, authors, tags,
};
use crate::db::schema::live::live_articles;
use crate::db::{Conn, Json, Sql, columns};
use crate::error::{Error, Result};
use crate::http::object::{self, Object};
use crate::http::page::Window;
use crate::http::params::Params;
use crate::http::respond::{self, Meta};
use crate::query::cursor::Key;
use crate::query::filter::parse;
use crate::query::sort::{Direction, SortKey};
use crate::tags::tag::{TagKind, TagSummary};
use crate::values::{Reference, Refusal};

/// Answers with a page of working copies, those that meet `only` if it is given.
pub(super) async fn answer(
    caller: &Caller<ReadDrafts>,
    request: &HttpRequest,
    mut params: Params,
    only: Option<Sql<articles::table>>,
) -> Result<HttpResponse> {
    let app = caller.app();
    let plain = Plain::read(&mut params);
    let states = params.parsed_list("status", |text| {
        Status::named(text).ok_or_else(|| {
            Refusal::new(
                "not_allowed",
                format!("must be one of {}.", Status::NAMES.join(", ")),
            )
        })
    });
    let filter = params.query("filter", parse::<EditorialArticleField>);
    let shape = Shape::read(&mut params, true, &[], false);
    let default = SortKey {
        by: EditorialArticleSort::UpdatedAt,
        direction: Direction::Descending,
    };
    let window = Window::read(&mut params, app, "editorial", default, "articles.id")?;
    params.finish()?;

    let mut all = vec![Sql::new("articles.deleted_at IS NULL")];
    all.extend(readable(caller.principal()));
    all.extend(only);
    all.extend(states.map(|states| {
        let names = states.iter().map(|state| state.name().to_owned()).collect();
        Sql::new("articles.status").is_in(names)
    }));
    all.extend(conditions(plain));
    all.extend(filter.map(|filter| lower(&filter, &leaf)));
    let condition = Sql::all(all);

    let find = async move |conn: &mut Conn| {
        let query = articles::table
            .filter(Sql::all(
                [Some(condition.clone()), window.condition()]
                    .into_iter()
                    .flatten(),
            ))
            .order(window.order::<articles::table>())
            .limit(window.rows())
            .offset(window.offset())
            .select(columns::<ArticleRow>());
        let rows: Vec<ArticleRow> = conn.load(query).await?;
        let total: Option<i64> = match window.total {
            true => Some(conn.one(articles::table.filter(condition).count()).await?),
            false => None,
        };
        Ok::<_, Error>((rows, total, window))
    };
    let (mut rows, total, window) = caller.db().read_heavy(find).await?;
    let mut page = window.page(app, &mut rows, key, |row| &row.id);
    page.total = total;
    let meta = Meta {
        link: Some(window.link(&params, &page)),
        ..Meta::default()
    };
    let scope = Scope::of(caller);
    let objects = complete(&mut caller.read().await?, rows, &shape, &scope, false).await?;
    let bytes = object::list(objects, &page, shape.fields.as_ref())?;
    Ok(respond::editorial(
        request,
        StatusCode::OK,
        None,
        bytes,
        &meta,
    ))
}

fn conditions(plain: Plain) -> Vec<Sql<articles::table>> {
    let texts = |references: Vec<Reference>| -> Vec<String> {
        references
            .iter()
            .map(|reference| reference.as_str().to_owned())
            .collect()
    };
    let mut all = Vec::new();
    all.extend(plain.tags.map(|tags| tagged(texts(tags))));
    all.extend(plain.authors.map(|authors| credited(texts(authors))));
    all.extend(
        plain
            .locales
            .map(|locales| Sql::new("articles.locale").is_in(locales)),
    );
    all.extend(plain.sections.map(|sections| {
        Sql::new("articles.section IS NOT NULL AND articles.section").is_in(sections)
    }));
    all.extend(
        plain
            .featured
            .map(|is| Sql::new("articles.featured = ").boolean(is)),
    );
    all.extend(
        plain
            .after
            .map(|at| Sql::new("articles.published_at >= ").integer(at.0)),
    );
    all.extend(
        plain
            .before
            .map(|at| Sql::new("articles.published_at < ").integer(at.0)),
    );
    all.extend(plain.words.iter().map(|word| {
        Sql::new("articles.search_text LIKE ")
            .text(like_pattern(word))
            .sql(" ESCAPE '\\'")
    }));
    all
}

fn key(row: &ArticleRow, sort: EditorialArticleSort) -> Key {
    match sort {
        EditorialArticleSort::UpdatedAt => Key::Integer(row.updated_at.0),
        EditorialArticleSort::CreatedAt => Key::Integer(row.created_at.0),
        EditorialArticleSort::PublishedAt => Key::Integer(row.published_at.map_or(0, |at| at.0)),
        EditorialArticleSort::FirstPublishedAt => {
            Key::Integer(row.first_published_at.map_or(0, |at| at.0))
        }
        EditorialArticleSort::Title => Key::Text(row.title.clone()),
        EditorialArticleSort::WordCount => Key::Integer(i64::from(row.word_count)),
    }
}

/// The answers for these rows with the parts that were asked for; one statement for each part,
/// however many rows there are.
pub(super) async fn complete(
    conn: &mut Conn,
    rows: Vec<ArticleRow>,
    shape: &Shape,
    scope: &Scope,
    with_aliases: bool,
) -> Result<Vec<Object>> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let wants = |part| shape.has(part) && !ids.is_empty();
    let mut authors = if wants(Include::Authors) {
        credits(conn, &ids).await?
    } else {
        HashMap::new()
    };
    let mut tags = if wants(Include::Tags) {
        tags_of(conn, &ids).await?
    } else {
        HashMap::new()
    };
    let mut related = if wants(Include::Related) {
        related(conn, &ids, scope).await?
    } else {
        HashMap::new()
    };
    let mut bodies = if shape.body && !ids.is_empty() {
        bodies(conn, &ids).await?
    } else {
        HashMap::new()
    };
    let aliased = match &shape.fields {
        Some(fields) => fields.contains("aliases"),
        None => with_aliases,
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
            article.body = bodies.remove(id).map(|long| body(long, true));
            Object::of(&EditorialArticle {
                article,
                status: row.status,
                version: row.version,
                live_version: row.live_version,
                has_unpublished_changes: row.live_version.is_some_and(|live| live < row.version),
                created_at: row.created_at,
                created_by: row.created_by.clone(),
                updated_by: row.updated_by.clone(),
                aliases: aliased.then(|| aliases.remove(id).unwrap_or_default()),
            })
        })
        .collect()
}

async fn credits(conn: &mut Conn, ids: &[String]) -> Result<HashMap<String, Vec<Credit>>> {
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
        all.entry(article).or_default().push(Credit {
            author: author.card(),
            role,
        });
    }
    Ok(all)
}

async fn tags_of(conn: &mut Conn, ids: &[String]) -> Result<HashMap<String, Vec<TagSummary>>> {
    let condition = Sql::<article_tags::table>::new("article_tags.article_id").is_in(ids.to_vec());
    let query = article_tags::table
        .inner_join(tags::table.on(tags::id.eq(article_tags::tag_id)))
        .filter(condition)
        .order((article_tags::article_id, article_tags::position))
        .select((
            article_tags::article_id,
            (tags::id, tags::slug, tags::name, tags::kind),
        ));
    let rows: Vec<(String, (String, String, String, TagKind))> = conn.load(query).await?;
    let mut all: HashMap<String, Vec<TagSummary>> = HashMap::new();
    for (article, (id, slug, name, kind)) in rows {
        all.entry(article).or_default().push(TagSummary {
            id,
            slug,
            name,
            kind,
        });
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
