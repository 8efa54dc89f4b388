//! The trash over HTTP.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use deserr::Deserr;
use diesel::QueryDsl as _;
use utoipa::{IntoParams, ToSchema};

use super::store as trash;
use crate::articles::context::{Context, WriteContext};
use crate::articles::draft_access::{Scope, owned, readable};
use crate::articles::drafts::includes::complete;
use crate::articles::drafts::read::Working;
use crate::articles::respond::answer;
use crate::articles::response::{Article, EditorialArticle};
use crate::articles::row::{ArticleRow, working_copies};
use crate::articles::selection::Selection;
use crate::articles::workflow::act::current;
use crate::auth::Caller;
use crate::auth::permission::{PurgeArticles, ReadDrafts, WriteArticles};
use crate::db::schema::editorial::articles;
use crate::db::{Conn, Sql, columns};
use crate::error::{FieldErrors, Result};
use crate::http::answer::KeyAnswer;
use crate::http::body::Body;
use crate::http::object;
use crate::http::page::{Columns, Page, PageParams, Window};
use crate::http::params::{NoParams, Params, PathReference};
use crate::http::precondition::IfMatch;
use crate::http::respond::{self, Meta};
use crate::query::cursor::CursorKey;
use crate::query::field_names;
use crate::query::sort::{Direction, SortKey};
use crate::values::{Reference, Slug};

field_names! {
    /// The sort keys of the trash.
    pub enum TrashSort {
        /// When it was put there.
        DeletedAt => "deleted_at",
    }
}

impl Columns for TrashSort {
    fn column(self) -> &'static str {
        "articles.deleted_at"
    }
}

/// The parameters of the trash, besides those of every list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct TrashParams {
    /// Sort order: `deleted_at`; a leading `-` reverses it.
    #[param(
        required = false,
        default = "-deleted_at",
        pattern = "^-?deleted_at$",
        example = "deleted_at"
    )]
    sort: String,
    /// Members to return, such as `id,title,deleted_at`.
    #[param(required = false, example = "id,title,deleted_at")]
    fields: String,
    /// Related data to include: `authors`, `tags`, `lead_image`, `related`, `translations`.
    #[param(required = false, example = "authors")]
    include: String,
}

/// An article in the trash, as it is read.
pub type TrashedAnswer = KeyAnswer<Article, EditorialArticle>;

/// A page of deleted articles.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "it describes the answer, which is put together from objects"
)]
pub struct TrashList {
    /// The articles.
    data: Vec<TrashedAnswer>,
    /// Position of the page within the list.
    page: Page,
}

/// Options for restoring an article.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct RestoreInput {
    /// New slug, if the original one has been taken in the meantime.
    #[deserr(default)]
    #[schema(required = false)]
    pub slug: Option<Slug>,
}

/// Lists the articles in the trash.
#[utoipa::path(get, path = "/v1/trash", operation_id = "listTrash", tag = "Trash",
    params(PageParams, TrashParams),
    responses((status = 200, description = "A page of articles.", body = TrashList)),
    security(("bearer" = [])))]
pub async fn list(
    caller: Caller<ReadDrafts>,
    request: HttpRequest,
    mut params: Params,
) -> Result<HttpResponse> {
    let app = caller.app();
    let shape = Selection::read(&mut params, true, &[], false);
    let default = SortKey {
        by: TrashSort::DeletedAt,
        direction: Direction::Descending,
    };
    let window = Window::read(&mut params, app, "trash", default, "articles.id")?;
    params.finish()?;
    let mut all = vec![Sql::<articles::table>::new(
        "articles.deleted_at IS NOT NULL",
    )];
    all.extend(readable(caller.principal()));
    let which = Sql::all(all);
    let query = working_copies()
        .filter(Sql::all(
            [Some(which.clone()), window.condition()]
                .into_iter()
                .flatten(),
        ))
        .order(window.order::<articles::table>())
        .limit(window.rows())
        .offset(window.offset())
        .select(columns::<ArticleRow>());
    let mut conn = caller.read().await?;
    let mut rows: Vec<ArticleRow> = conn.load(query).await?;
    let mut page = window.page(
        app,
        &mut rows,
        |row, _| CursorKey::Integer(row.deleted_at.map_or(0, |at| at.0)),
        |row| &row.id,
    );
    if window.total {
        page.total = Some(conn.one(articles::table.filter(which).count()).await?);
    }
    let meta = Meta {
        link: Some(window.link(&params, &page)),
        ..Meta::default()
    };
    let scope = Scope::of(&caller);
    let copies = rows.into_iter().map(Working::from).collect();
    let objects = complete(&mut conn, copies, &shape, &scope, None).await?;
    let bytes = object::list(objects, &page, shape.fields.as_ref())?;
    let status = StatusCode::OK;
    Ok(respond::editorial(&request, status, None, bytes, &meta))
}

/// Restores an article from the trash. It is unchanged but not public.
#[utoipa::path(post, path = "/v1/articles/{article}/restore", operation_id = "restoreArticle", tag = "Trash",
    params(("article" = uuid::Uuid, Path, description = "Id of the article; its slug may be used by another one now.")),
    request_body = RestoreInput,
    responses((status = 200, description = "The updated article.", body = EditorialArticle)),
    security(("bearer" = [])))]
pub async fn restore(
    caller: Caller<WriteArticles>,
    request: HttpRequest,
    article: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    Body(wish): Body<RestoreInput>,
) -> Result<HttpResponse> {
    let id = article.or_not_found("article")?;
    let scope = &Scope::of(&caller);
    let read = Context::of(&caller, scope);
    let mut conn = caller.write().await?;
    let document = conn
        .transaction(async |conn: &mut Conn| {
            let found = trash::find(conn, read, id.as_str()).await?;
            let edit = caller.edit(&owned(conn, &caller, &found.row).await?)?;
            let ctx = WriteContext::new(edit, read);
            let old = current(conn, ctx, found, &if_match).await?;
            trash::restore(conn, ctx, old, wish.slug.as_ref()).await
        })
        .await?;
    let (status, shape) = (StatusCode::OK, Selection::whole());
    answer(&mut conn, &caller, &request, status, document, &shape).await
}

/// Permanently deletes an article that is in the trash.
#[utoipa::path(delete, path = "/v1/trash/{article}", operation_id = "purgeArticle", tag = "Trash",
    params(("article" = Reference, Path, description = "Id of the article.")),
    responses((status = 204, description = "The article was permanently deleted.")),
    security(("bearer" = [])))]
pub async fn purge(
    caller: Caller<PurgeArticles>,
    article: PathReference,
    _params: NoParams,
    if_match: IfMatch,
) -> Result<HttpResponse> {
    let id = article.or_not_found("article")?;
    let scope = &Scope::of(&caller);
    let ctx = Context::of(&caller, scope);
    let mut conn = caller.write().await?;
    conn.transaction(async |conn: &mut Conn| {
        let old = trash::find(conn, ctx, id.as_str()).await?.row;
        let edit = caller.edit(&owned(conn, &caller, &old).await?)?;
        if_match.check(old.version)?;
        trash::purge(conn, edit, &old.id).await
    })
    .await?;
    Ok(respond::deleted())
}
