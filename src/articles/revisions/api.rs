//! What an article was after each change, and what became of it since; here over HTTP.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use diesel::QueryDsl as _;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::diff::{self, Change};
use super::restore as restoration;
use super::store::{self, RevisionRow};
use super::three_way::of_fields;
use crate::app::Edit;
use crate::articles::article::ArticleInput;
use crate::articles::context::Context;
use crate::articles::response::EditorialArticle;
use crate::articles::row::ArticleRow;
use crate::articles::workflow::api::{perform, permitted};
use crate::auth::Caller;
use crate::auth::permission::{ReadDrafts, WriteArticles};
use crate::db::schema::editorial::revisions;
use crate::db::{Conn, Sql, Time, columns};
use crate::error::{Error, Result};
use crate::http::body::{Body, Nothing};
use crate::http::object::{self, Object};
use crate::http::page::{Columns, Page, PageParams, Window};
use crate::http::params::{NoParams, Number, Params, PathReference};
use crate::http::precondition::IfMatch;
use crate::http::respond::{self, Meta};
use crate::query::cursor::Key;
use crate::query::field_names;
use crate::query::sort::{Direction, SortKey};
use crate::values::Reference;

field_names! {
    /// What a list of revisions may be sorted by.
    pub enum RevisionSort {
        /// The number: the order in which they came.
        Number => "number",
    }
}

impl Columns for RevisionSort {
    fn column(self) -> &'static str {
        "revisions.number"
    }
}

/// The parameters of a list of revisions, besides those of every list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct RevisionListParams {
    /// The order: `number`; `-` before it turns it round.
    #[param(
        required = false,
        default = "-number",
        pattern = "^-?number$",
        example = "number"
    )]
    sort: String,
}

/// What an article was after a change, in brief.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Revision {
    /// Counts the revisions of the article; autosaves that became one leave gaps.
    #[schema(minimum = 1)]
    pub number: i64,
    /// The version of the article that it is.
    pub version: i64,
    /// What was done: `create`, `save`, `merge`, `publish`, `schedule`, `submit` and so on.
    #[schema(example = "save")]
    pub action: String,
    /// Whether nobody asked for it to be saved.
    pub autosave: bool,
    /// When.
    pub at: Time,
    /// The id of the user or key that did it.
    pub by: Option<String>,
    /// What was said about it.
    pub note: Option<String>,
    /// The headline that the article had.
    pub title: String,
    /// Whether it is what the public sees.
    pub is_live: bool,
    /// Whether it is what the public is to see at a moment to come.
    pub is_scheduled: bool,
}

impl Revision {
    fn of(row: RevisionRow, article: &ArticleRow) -> Self {
        Self {
            is_live: article.live_version == Some(row.version),
            is_scheduled: article.next_version == Some(row.version),
            number: row.number,
            version: row.version,
            action: row.action,
            autosave: row.autosave,
            at: row.at,
            by: row.by,
            note: row.note,
            title: row.title,
        }
    }
}

/// A revision with what the article was.
#[derive(Debug, Serialize, ToSchema)]
pub struct WholeRevision {
    /// The revision.
    #[serde(flatten)]
    pub revision: Revision,
    /// The article as it would be sent to be created; authors, tags and articles by their ids.
    #[schema(value_type = ArticleInput)]
    pub article: Map<String, Value>,
}

/// A page of revisions.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "it describes the answer, which is put together from objects"
)]
pub struct RevisionList {
    /// The revisions.
    data: Vec<Revision>,
    /// Where the page lies.
    page: Page,
}

/// What is different between two revisions.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionDiff {
    /// The first.
    pub from: Revision,
    /// The second.
    pub to: Revision,
    /// The members that differ.
    pub changes: Vec<Change>,
}

/// Lists the revisions of an article, without what it was.
#[utoipa::path(get, path = "/v1/articles/{article}/revisions", operation_id = "listRevisions", tag = "Revisions",
    params(("article" = Reference, Path, description = "The id or slug of the article."), PageParams, RevisionListParams),
    responses((status = 200, description = "A page of revisions.", body = RevisionList)),
    security(("bearer" = [])))]
pub async fn list(
    caller: Caller<ReadDrafts>,
    request: HttpRequest,
    article: PathReference,
    mut params: Params,
) -> Result<HttpResponse> {
    let app = caller.app();
    let default = SortKey {
        by: RevisionSort::Number,
        direction: Direction::Descending,
    };
    let column = "revisions.article_id";
    let window = Window::read(&mut params, app, "revisions", default, column)?;
    params.finish()?;
    let mut conn = caller.read().await?;
    let row = permitted(&mut conn, &caller, &article).await?;
    let own = Sql::<revisions::table>::new("revisions.article_id = ").text(row.id.clone());
    let query = revisions::table
        .filter(Sql::all(
            [Some(own.clone()), window.condition()]
                .into_iter()
                .flatten(),
        ))
        .order(window.order::<revisions::table>())
        .limit(window.rows())
        .offset(window.offset())
        .select(columns::<RevisionRow>());
    let mut rows: Vec<RevisionRow> = conn.load(query).await?;
    let mut page = window.page(
        app,
        &mut rows,
        |row, _| Key::Integer(row.number),
        |row| &row.article_id,
    );
    if window.total {
        page.total = Some(conn.one(revisions::table.filter(own).count()).await?);
    }
    let meta = Meta {
        link: Some(window.link(&params, &page)),
        ..Meta::default()
    };
    let shown = rows.into_iter().map(|one| Revision::of(one, &row));
    let objects = shown
        .map(|one| Object::of(&one))
        .collect::<Result<Vec<_>>>()?;
    let bytes = object::list(objects, &page, None)?;
    let status = StatusCode::OK;
    Ok(respond::editorial(&request, status, None, bytes, &meta))
}

/// Reads what an article was at a revision.
#[utoipa::path(get, path = "/v1/articles/{article}/revisions/{number}", operation_id = "getRevision", tag = "Revisions",
    params(("article" = Reference, Path, description = "The id or slug of the article."),
        ("number" = i64, Path, description = "The number of the revision.")),
    responses((status = 200, description = "The revision.", body = WholeRevision)),
    security(("bearer" = [])))]
pub async fn get(
    caller: Caller<ReadDrafts>,
    request: HttpRequest,
    article: PathReference,
    number: Number,
    _params: NoParams,
) -> Result<HttpResponse> {
    let mut conn = caller.read().await?;
    let row = permitted(&mut conn, &caller, &article).await?;
    let revision = store::numbered(&mut conn, &row.id, number.get()?).await?;
    let content = store::content(&mut conn, &revision).await?;
    let whole = WholeRevision {
        article: of_fields(&content),
        revision: Revision::of(revision, &row),
    };
    Ok(respond::unversioned(&request, respond::json(&whole)?))
}

/// Compares two revisions of an article: member by member, texts word by word, lists item by item.
#[utoipa::path(get, path = "/v1/articles/{article}/revisions/{number}/diff/{other}", operation_id = "diffRevisions", tag = "Revisions",
    params(("article" = Reference, Path, description = "The id or slug of the article."),
        ("number" = i64, Path, description = "The number of the first revision."),
        ("other" = i64, Path, description = "The number of the second.")),
    responses((status = 200, description = "What is different.", body = RevisionDiff)),
    security(("bearer" = [])))]
pub async fn compare(
    caller: Caller<ReadDrafts>,
    request: HttpRequest,
    article: PathReference,
    number: Number,
    _params: NoParams,
) -> Result<HttpResponse> {
    let other = Number::named(&request, "other")?;
    let mut conn = caller.read().await?;
    let row = permitted(&mut conn, &caller, &article).await?;
    let from = store::numbered(&mut conn, &row.id, number.get()?).await?;
    let to = store::numbered(&mut conn, &row.id, other).await?;
    let old = store::content(&mut conn, &from).await?;
    let new = store::content(&mut conn, &to).await?;
    drop(conn);
    // Word by word takes a while for a long body.
    let work = tokio::task::spawn_blocking(move || diff::changes(&old, &new));
    let changes = work.await.map_err(Error::internal)?;
    let diff = RevisionDiff {
        from: Revision::of(from, &row),
        to: Revision::of(to, &row),
        changes,
    };
    Ok(respond::unversioned(&request, respond::json(&diff)?))
}

/// Makes the working copy what it was at a revision, as a new one. Its address, its dates, its
/// corrections and who is to work on it stay. The public does not see it until it is published.
#[utoipa::path(post, path = "/v1/articles/{article}/revisions/{number}/restore", operation_id = "restoreRevision", tag = "Revisions",
    params(("article" = Reference, Path, description = "The id or slug of the article."),
        ("number" = i64, Path, description = "The number of the revision.")),
    request_body = Nothing,
    responses((status = 200, description = "The article as it is now.", body = EditorialArticle)),
    security(("bearer" = [])))]
pub async fn restore(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    article: PathReference,
    number: Number,
    _params: NoParams,
    if_match: IfMatch,
    _body: Body<Nothing>,
) -> Result<HttpResponse> {
    let number = number.get()?;
    let act = async |conn: &mut Conn, edit: Edit<'_>, ctx: Context<'_>, old: &ArticleRow| {
        let revision = store::numbered(conn, &old.id, number).await?;
        restoration::restore(conn, edit, ctx, old, &if_match, &revision).await
    };
    perform(&caller, &request, &article, &if_match, act).await
}
