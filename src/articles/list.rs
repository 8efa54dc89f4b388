//! Lists of articles: all of them, those of an author, those of a tag.

use actix_web::{HttpRequest, HttpResponse};
use utoipa::ToSchema;

use super::drafts::list as draft_list;
use super::filter::{ArticleField, ArticleSort, live_leaf};
use super::list_params::{ArticleListParams, Plain, side};
use super::live::conditions::ListConditions;
use super::live::find as live;
use super::live::find::LiveRow;
use super::live::includes as live_includes;
use super::live::query_plan;
use super::response::ArticleAnswer;
use super::selection::Selection;
use crate::articles::{INFO as ARTICLES, OF_AUTHOR, OF_TAG};
use crate::auth::{Public, Reader};
use crate::authors::Authors;
use crate::authors::INFO as AUTHORS;
use crate::db::LiveConn;
use crate::db::invalidation::Dependencies;
use crate::db::sql::condition::lower;
use crate::error::{Error, Result};
use crate::http::lookup::Lookup;
use crate::http::object;
use crate::http::page::{Page, PageParams, Window};
use crate::http::params::{Params, PathReference};
use crate::http::respond::{self, Meta};
use crate::query::cursor::Key;
use crate::query::filter::parse;
use crate::query::sort::{Direction, SortKey};
use crate::resources::{live as live_resources, lookup};
use crate::tags::INFO as TAGS;
use crate::tags::Tags;
use crate::values::Reference;

/// A page of articles.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "it describes the answer, which is put together from stored text"
)]
pub struct ArticleList {
    /// The articles.
    data: Vec<ArticleAnswer>,
    /// Position of the page within the list.
    page: Page,
    /// Number of articles of each status, if requested by `counts=true`.
    #[schema(required = false, nullable = false, value_type = Option<StateCounts>)]
    counts: Option<StateCounts>,
}

/// Numbers of articles by status.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "it describes the answer, which is put together from counts"
)]
pub struct StateCounts {
    /// Being written.
    draft: i64,
    /// Waiting for review.
    in_review: i64,
    /// Scheduled for publication.
    scheduled: i64,
    /// Public.
    published: i64,
    /// No longer public.
    unpublished: i64,
    /// Archived.
    archived: i64,
}

/// Lists articles: published ones for the public, all working copies with a key.
#[utoipa::path(get, path = "/v1/articles", operation_id = "listArticles", tag = "Articles",
    params(PageParams, ArticleListParams),
    responses((status = 200, description = "A page of articles.", body = ArticleList)),
    security((), ("bearer" = [])))]
pub async fn list(
    reader: Reader,
    request: HttpRequest,
    mut params: Params,
) -> Result<HttpResponse> {
    match side(reader, &mut params)? {
        Reader::Public(public) => answer(&public, &request, params, Within::All).await,
        Reader::Editorial(caller) => draft_list::answer(&caller, &request, params, None).await,
    }
}

/// Lists the articles that credit an author.
#[utoipa::path(get, path = "/v1/authors/{author}/articles", operation_id = "listArticlesOfAuthor", tag = "Articles",
    params(("author" = Reference, Path, description = "Id or slug of the author."), PageParams, ArticleListParams),
    responses((status = 200, description = "A page of articles.", body = ArticleList)),
    security((), ("bearer" = [])))]
pub async fn of_author(
    reader: Reader,
    request: HttpRequest,
    author: PathReference,
    mut params: Params,
) -> Result<HttpResponse> {
    let reference = author.or_not_found("author")?;
    let moved = |slug: String| format!("/v1/authors/{slug}/articles");
    match side(reader, &mut params)? {
        Reader::Public(public) => {
            let found =
                live_resources::find::<Authors>(&mut public.read().await?, &reference).await?;
            match found {
                Lookup::Redirect(slug) => Ok(respond::moved(&request, public.app(), &moved(slug))),
                Lookup::Found(row) => {
                    answer(&public, &request, params, Within::Author(row.id)).await
                }
            }
        }
        Reader::Editorial(caller) => {
            let found = lookup::find::<Authors>(&mut caller.read().await?, &reference).await?;
            match found {
                Lookup::Redirect(slug) => Ok(respond::moved(&request, caller.app(), &moved(slug))),
                Lookup::Found(row) => {
                    let of = super::filter::credited(vec![row.id]);
                    draft_list::answer(&caller, &request, params, Some(of)).await
                }
            }
        }
    }
}

/// Lists the articles with a tag.
#[utoipa::path(get, path = "/v1/tags/{tag}/articles", operation_id = "listArticlesOfTag", tag = "Articles",
    params(("tag" = Reference, Path, description = "Id or slug of the tag."), PageParams, ArticleListParams),
    responses((status = 200, description = "A page of articles.", body = ArticleList)),
    security((), ("bearer" = [])))]
pub async fn of_tag(
    reader: Reader,
    request: HttpRequest,
    tag: PathReference,
    mut params: Params,
) -> Result<HttpResponse> {
    let reference = tag.or_not_found("tag")?;
    let moved = |slug: String| format!("/v1/tags/{slug}/articles");
    match side(reader, &mut params)? {
        Reader::Public(public) => {
            let found = live_resources::find::<Tags>(&mut public.read().await?, &reference).await?;
            match found {
                Lookup::Redirect(slug) => Ok(respond::moved(&request, public.app(), &moved(slug))),
                Lookup::Found(row) => answer(&public, &request, params, Within::Tag(row.id)).await,
            }
        }
        Reader::Editorial(caller) => {
            let found = lookup::find::<Tags>(&mut caller.read().await?, &reference).await?;
            match found {
                Lookup::Redirect(slug) => Ok(respond::moved(&request, caller.app(), &moved(slug))),
                Lookup::Found(row) => {
                    let with = super::filter::tagged(vec![row.id]);
                    draft_list::answer(&caller, &request, params, Some(with)).await
                }
            }
        }
    }
}

/// The list that was asked for by its address.
enum Within {
    /// All published articles.
    All,
    /// Those with the tag of this id.
    Tag(String),
    /// Those that credit the author of this id.
    Author(String),
}

/// What a list depends on besides the articles that it shows: which articles meet the first of its
/// conditions, and what its names lead to.
fn depends_on(
    mut dependencies: Dependencies,
    wanted: &ListConditions,
    plain: &Plain,
) -> Dependencies {
    for id in wanted.tags.iter().flatten() {
        dependencies.on(TAGS.one(id));
    }
    for id in wanted.authors.iter().flatten() {
        dependencies.on(AUTHORS.one(id));
    }
    match (wanted.tags.first(), wanted.authors.first()) {
        (Some(tags), _) => tags.iter().for_each(|id| dependencies.on(OF_TAG.of(id))),
        (None, Some(authors)) => authors
            .iter()
            .for_each(|id| dependencies.on(OF_AUTHOR.of(id))),
        (None, None) => dependencies.on(ARTICLES.every()),
    }
    // Of translations the nearest is shown: that may be one that does not meet the rest.
    if wanted.locales.as_ref().is_some_and(|all| all.len() > 1) {
        dependencies.on(ARTICLES.every());
    }
    // What a name leads to that leads nowhere yet, or that an expression looks up by itself.
    let expression = wanted.rest.len() > plain.words.len();
    let unknown = |asked: &Option<Vec<Reference>>, found: &[Vec<String>]| {
        let found = found.last().map_or(0, Vec::len);
        asked.as_ref().is_some_and(|all| all.len() > found)
    };
    if expression || unknown(&plain.tags, &wanted.tags) {
        dependencies.on(TAGS.every());
    }
    if expression || unknown(&plain.authors, &wanted.authors) {
        dependencies.on(AUTHORS.every());
    }
    dependencies
}

/// Answers with a page of published articles.
async fn answer(
    public: &Public,
    request: &HttpRequest,
    mut params: Params,
    within: Within,
) -> Result<HttpResponse> {
    let app = public.app();
    let now = app.clock.now();
    let plain = Plain::read(&mut params);
    let filter = params.query("filter", parse::<ArticleField>);
    // Who sends what holds anyway is not refused for it; `side` has refused the rest.
    params.boolean("counts");
    let shape = Selection::read(&mut params, false, &[], false);
    let default = SortKey {
        by: ArticleSort::PublishedAt,
        direction: Direction::Descending,
    };
    let window = Window::read(&mut params, app, "public", default, "live_articles.id")?;
    params.finish()?;

    let sort = match window.sort() {
        [one] => Some(one.by),
        _ => None,
    };
    let bounded = plain.words.is_empty()
        && filter.is_none()
        && !window.total
        && sort == Some(ArticleSort::PublishedAt);
    let language = match plain.locales.as_deref() {
        Some([one]) => Some(one.clone()),
        _ => None,
    };
    let mut wanted = plain.wanted();
    wanted
        .rest
        .extend(filter.map(|filter| lower(&filter, &live_leaf)));
    match within {
        Within::All => {}
        Within::Tag(id) => wanted.tags.push(vec![id]),
        Within::Author(id) => wanted.authors.push(vec![id]),
    }
    let mut conn = public.read().await?;
    look_up(&mut wanted, &plain, &mut conn).await?;
    let mut dependencies = depends_on(app.dependencies(), &wanted, &plain);

    let find = async move |conn: &mut LiveConn| {
        let walk = query_plan::choose(conn, &wanted, sort, now).await?;
        let rows = query_plan::page(conn, &walk, &wanted, &window, now).await?;
        let total = match window.total {
            true => Some(query_plan::count(conn, &walk, &wanted, now).await?),
            false => None,
        };
        Ok::<_, Error>((rows, total, window))
    };
    let (mut rows, total, window) = if bounded {
        find(&mut conn).await?
    } else {
        // It takes a connection of its own: nobody holds one and waits for another.
        drop(conn);
        let found = public.live_db().heavy(find).await?;
        conn = public.read().await?;
        found
    };
    let mut page = window.page(app, &mut rows, key, |row| &row.id);
    page.total = total;
    let until = live::next_change(app, &mut conn, now).await?;
    let objects = live_includes::complete(&mut conn, rows, &shape, now, &mut dependencies).await?;
    let meta = Meta {
        link: Some(window.link(&params, &page)),
        language,
        until,
        dependencies,
        ..Meta::default()
    };
    let bytes = object::list(objects, &page, shape.fields.as_ref())?;
    Ok(respond::public(request, app, bytes, &meta))
}

/// Looks up the tags and authors that are asked for; there need not be such.
async fn look_up(wanted: &mut ListConditions, plain: &Plain, conn: &mut LiveConn) -> Result<()> {
    if let Some(tags) = &plain.tags {
        wanted
            .tags
            .push(live_resources::ids_of::<Tags>(conn, tags).await?);
    }
    if let Some(authors) = &plain.authors {
        let ids = live_resources::ids_of::<Authors>(conn, authors).await?;
        wanted.authors.push(ids);
    }
    Ok(())
}

fn key(row: &LiveRow, sort: ArticleSort) -> Key {
    match sort {
        ArticleSort::PublishedAt => Key::Integer(row.published_at.0),
        ArticleSort::FirstPublishedAt => Key::Integer(row.first_published_at.0),
        ArticleSort::UpdatedAt => Key::Integer(row.updated_at.0),
        ArticleSort::Title => Key::Text(row.title.clone()),
        ArticleSort::WordCount => Key::Integer(i64::from(row.word_count)),
    }
}
