//! Lists of articles over HTTP: all articles, those of an author, those of a tag.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::ToSchema;

use crate::app::App;
use crate::articles::draft_access::Scope;
use crate::articles::drafts::list::DraftListQuery;
use crate::articles::list_params::{ArticleFilters, ArticleListParams, ArticlesOf, side};
use crate::articles::live::{ArticleField, ArticleSort, LiveListQuery};
use crate::articles::response::ArticleAnswer;
use crate::articles::selection::Selection;
use crate::auth::permission::ReadDrafts;
use crate::auth::{Caller, Public, Reader};
use crate::authors::Authors;
use crate::db::{Conn, LiveConn, ReadClass};
use crate::error::{Error, Result};
use crate::http::lookup::Lookup;
use crate::http::object;
use crate::http::page::{Page, PageParams, Window};
use crate::http::params::{Params, PathReference};
use crate::http::respond::{self, Meta};
use crate::query::filter::parse;
use crate::query::sort::{Direction, SortKey};
use crate::resources::{live as live_resources, lookup};
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
pub async fn list(reader: Reader, request: HttpRequest, params: Params) -> Result<HttpResponse> {
    answer(reader, &request, ArticlesOf::All, params).await
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
    params: Params,
) -> Result<HttpResponse> {
    let of = ArticlesOf::Author(author.or_not_found("author")?);
    answer(reader, &request, of, params).await
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
    params: Params,
) -> Result<HttpResponse> {
    let of = ArticlesOf::Tag(tag.or_not_found("tag")?);
    answer(reader, &request, of, params).await
}

async fn answer(
    reader: Reader,
    request: &HttpRequest,
    of: ArticlesOf<Reference>,
    mut params: Params,
) -> Result<HttpResponse> {
    match side(reader, &mut params)? {
        Reader::Public(public) => live_articles(&public, request, of, params).await,
        Reader::Editorial(caller) => drafts(&caller, request, of, params).await,
    }
}

/// Responds with a page of published articles.
async fn live_articles(
    public: &Public,
    request: &HttpRequest,
    of: ArticlesOf<Reference>,
    mut params: Params,
) -> Result<HttpResponse> {
    let app = public.app();
    let now = app.clock.now();
    let query = live_query(&mut params, app);
    let query = match of {
        ArticlesOf::All => Ok(query?),
        // An author or tag that is missing or moved is an error before any of the parameters.
        ArticlesOf::Author(_) | ArticlesOf::Tag(_) => query,
    };
    let class = query
        .as_ref()
        .map_or(ReadClass::Bounded, LiveListQuery::class);
    let shared = public.shared().clone();
    let load = async move |conn: &mut LiveConn| {
        let of = match of {
            ArticlesOf::All => ArticlesOf::All,
            ArticlesOf::Author(reference) => {
                match live_resources::find::<Authors>(conn, &reference).await? {
                    Lookup::Found(row) => ArticlesOf::Author(row.id),
                    Lookup::Redirect(slug) => return Ok(Lookup::Redirect(author_path(&slug))),
                }
            }
            ArticlesOf::Tag(reference) => {
                match live_resources::find::<Tags>(conn, &reference).await? {
                    Lookup::Found(row) => ArticlesOf::Tag(row.id),
                    Lookup::Redirect(slug) => return Ok(Lookup::Redirect(tag_path(&slug))),
                }
            }
        };
        let found = query?.load(conn, of, &shared, now).await?;
        Ok::<_, Error>(Lookup::Found(found))
    };
    let found = match public.run(class, load).await? {
        Lookup::Found(found) => found,
        Lookup::Redirect(path) => return Ok(respond::moved(request, app, &path)),
    };
    let query = found.query;
    let meta = Meta {
        link: Some(query.window.link(&params, &found.page)),
        language: query.language(),
        until: found.until,
        dependencies: found.dependencies,
        ..Meta::default()
    };
    let fields = query.selection.fields.as_ref();
    let bytes = object::list(found.articles, &found.page, fields)?;
    Ok(respond::public(request, app, bytes, &meta))
}

/// Reads the parameters of a list of published articles.
fn live_query(params: &mut Params, app: &App) -> Result<LiveListQuery> {
    let filters = ArticleFilters::read(params);
    let expression = params.query("filter", parse::<ArticleField>);
    // `false` changes nothing and is accepted; `side` has refused `true`.
    params.boolean("counts");
    let selection = Selection::read(params, false, &[], false);
    let default = SortKey {
        by: ArticleSort::PublishedAt,
        direction: Direction::Descending,
    };
    let window = Window::read(params, app, "public", default, "live_articles.id")?;
    params.finish()?;
    Ok(LiveListQuery {
        filters,
        expression,
        window,
        selection,
    })
}

/// Responds with a page of drafts.
async fn drafts(
    caller: &Caller<ReadDrafts>,
    request: &HttpRequest,
    of: ArticlesOf<Reference>,
    mut params: Params,
) -> Result<HttpResponse> {
    let app = caller.app();
    let query = DraftListQuery::read(&mut params, caller);
    let query = match of {
        ArticlesOf::All => Ok(query?),
        ArticlesOf::Author(_) | ArticlesOf::Tag(_) => query,
    };
    let class = query
        .as_ref()
        .map_or(ReadClass::Bounded, |query| query.class(&of));
    let (shared, scope) = (caller.shared().clone(), Scope::of(caller));
    let load = async move |conn: &mut Conn| {
        let of = match of {
            ArticlesOf::All => ArticlesOf::All,
            ArticlesOf::Author(reference) => match lookup::find::<Authors>(conn, &reference).await?
            {
                Lookup::Found(row) => ArticlesOf::Author(row.id),
                Lookup::Redirect(slug) => return Ok(Lookup::Redirect(author_path(&slug))),
            },
            ArticlesOf::Tag(reference) => match lookup::find::<Tags>(conn, &reference).await? {
                Lookup::Found(row) => ArticlesOf::Tag(row.id),
                Lookup::Redirect(slug) => return Ok(Lookup::Redirect(tag_path(&slug))),
            },
        };
        let found = query?.load(conn, of, &scope, &shared).await?;
        Ok::<_, Error>(Lookup::Found(found))
    };
    let found = match caller.run(class, load).await? {
        Lookup::Found(found) => found,
        Lookup::Redirect(path) => return Ok(respond::moved(request, app, &path)),
    };
    let meta = Meta {
        link: Some(found.query.window.link(&params, &found.page)),
        ..Meta::default()
    };
    let (fields, counts) = (found.query.selection.fields.as_ref(), found.counts.as_ref());
    let bytes = object::list_with(found.drafts, &found.page, fields, counts)?;
    let status = StatusCode::OK;
    Ok(respond::editorial(request, status, None, bytes, &meta))
}

fn author_path(slug: &str) -> String {
    format!("/v1/authors/{slug}/articles")
}

fn tag_path(slug: &str) -> String {
    format!("/v1/tags/{slug}/articles")
}
