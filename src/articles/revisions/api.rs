//! The revisions of an article over HTTP: list, content, comparison.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use diesel::QueryDsl as _;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::diff::{self, Change};
use super::store::{self, RevisionRow};
use super::three_way::of_fields;
use crate::articles::article::ArticleInput;
use crate::articles::drafts::lookup::permitted;
use crate::articles::row::ArticleRow;

use crate::auth::Caller;
use crate::auth::permission::ReadDrafts;
use crate::db::schema::editorial::revisions;
use crate::db::{Sql, Time, columns};
use crate::error::{Error, Result};
use crate::http::object::{self, Object};
use crate::http::page::{Columns, Page, PageParams, Window};
use crate::http::params::{NoParams, Number, Params, PathReference};
use crate::http::respond::{self, Meta};
use crate::query::cursor::CursorKey;
use crate::query::field_names;
use crate::query::sort::{Direction, SortKey};
use crate::values::Reference;

field_names! {
    /// The sort keys of a list of revisions.
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
    /// Sort order: `number`; a leading `-` reverses it.
    #[param(
        required = false,
        default = "-number",
        pattern = "^-?number$",
        example = "number"
    )]
    sort: String,
}

/// A revision of an article, without its content.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Revision {
    /// Sequence number within the article; merged autosaves leave gaps.
    #[schema(minimum = 1)]
    pub number: i64,
    /// Version of the article.
    pub version: i64,
    /// Action: `create`, `save`, `merge`, `publish`, `schedule`, `submit` and so on.
    #[schema(example = "save")]
    pub action: String,
    /// Whether it was an autosave.
    pub autosave: bool,
    /// Time of the action.
    pub at: Time,
    /// Id of the user or key that carried out the action.
    pub by: Option<String>,
    /// Note on the change.
    pub note: Option<String>,
    /// Headline of the article.
    pub title: String,
    /// Whether this is the published revision.
    pub is_live: bool,
    /// Whether this is the scheduled revision.
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

/// A revision with the content of the article.
#[derive(Debug, Serialize, ToSchema)]
pub struct WholeRevision {
    /// The revision.
    #[serde(flatten)]
    pub revision: Revision,
    /// Content of the article in the form used to create it; authors, tags and articles by id.
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
    /// Position of the page within the list.
    page: Page,
}

/// The differences between two revisions.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionDiff {
    /// First revision.
    pub from: Revision,
    /// Second revision.
    pub to: Revision,
    /// Members that differ.
    pub changes: Vec<Change>,
}

/// Lists the revisions of an article, without their content.
#[utoipa::path(get, path = "/v1/articles/{article}/revisions", operation_id = "listRevisions", tag = "Revisions",
    params(("article" = Reference, Path, description = "Id or slug of the article."), PageParams, RevisionListParams),
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
        |row, _| CursorKey::Integer(row.number),
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

/// Reads a revision of an article.
#[utoipa::path(get, path = "/v1/articles/{article}/revisions/{number}", operation_id = "getRevision", tag = "Revisions",
    params(("article" = Reference, Path, description = "Id or slug of the article."),
        ("number" = i64, Path, description = "Number of the revision.")),
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
    params(("article" = Reference, Path, description = "Id or slug of the article."),
        ("number" = i64, Path, description = "Number of the first revision."),
        ("other" = i64, Path, description = "Number of the second revision.")),
    responses((status = 200, description = "The differences.", body = RevisionDiff)),
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
