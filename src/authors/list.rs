//! Lists of authors.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::{IntoParams, ToSchema};

use super::api::{AuthorAnswer, editorial_fields};
use super::author::{FIELDS, TRANSLATED};
use super::{live, store};
use crate::auth::permission::ReadDrafts;
use crate::auth::{Caller, Public, Reader};
use crate::db::Sql;
use crate::db::schema::editorial::authors;
use crate::db::schema::live::live_authors;
use crate::db::sql::condition::{compare, compare_nullable, lower};
use crate::error::Result;
use crate::http::localise::Chain;
use crate::http::object::{self, Object};
use crate::http::page::{Columns, Page, PageParams, Window};
use crate::http::params::Params;
use crate::http::respond::{self, Meta};
use crate::query::cursor::CursorKey;
use crate::query::field_names;
use crate::query::fields::FieldSet;
use crate::query::filter::{Condition, FieldKind, Filterable, parse};
use crate::query::sort::{Direction, SortKey};

field_names! {
    /// What a public list of authors may be sorted by.
    pub enum AuthorSort {
        /// The name.
        Name => "name",
        /// The slug.
        Slug => "slug",
        /// When they were changed last.
        UpdatedAt => "updated_at",
    }
}

impl Columns for AuthorSort {
    fn column(self) -> &'static str {
        match self {
            Self::Name => "live_authors.name",
            Self::Slug => "live_authors.slug",
            Self::UpdatedAt => "live_authors.updated_at",
        }
    }
}

field_names! {
    /// What an editor's list of authors may be sorted by.
    pub enum EditorialAuthorSort {
        /// The name.
        Name => "name",
        /// The slug.
        Slug => "slug",
        /// When they were changed last.
        UpdatedAt => "updated_at",
        /// When they were created.
        CreatedAt => "created_at",
    }
}

impl Columns for EditorialAuthorSort {
    fn column(self) -> &'static str {
        match self {
            Self::Name => "authors.name",
            Self::Slug => "authors.slug",
            Self::UpdatedAt => "authors.updated_at",
            Self::CreatedAt => "authors.created_at",
        }
    }
}

field_names! {
    /// What `filter` may ask of authors in public.
    pub enum AuthorField {
        /// The name.
        Name => "name",
        /// The slug.
        Slug => "slug",
        /// When they were changed last.
        UpdatedAt => "updated_at",
    }
}

impl Filterable for AuthorField {
    fn kind(self) -> FieldKind {
        match self {
            Self::Name | Self::Slug => FieldKind::Text,
            Self::UpdatedAt => FieldKind::Time,
        }
    }
}

field_names! {
    /// What `filter` may ask of authors as editors.
    pub enum EditorialAuthorField {
        /// The name.
        Name => "name",
        /// The slug.
        Slug => "slug",
        /// When they were changed last.
        UpdatedAt => "updated_at",
        /// When they were created.
        CreatedAt => "created_at",
        /// The e-mail address.
        Email => "email",
    }
}

impl Filterable for EditorialAuthorField {
    fn kind(self) -> FieldKind {
        match self {
            Self::Name | Self::Slug | Self::Email => FieldKind::Text,
            Self::UpdatedAt | Self::CreatedAt => FieldKind::Time,
        }
    }
}

/// The parameters of a list of authors, besides those of every list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct AuthorListParams {
    /// Conditions in the filter language, on `name`, `slug`, `updated_at`; with a key also on
    /// `created_at` and `email`.
    #[param(
        required = false,
        max_length = 2000,
        example = "name=\"Jane Doe\" OR slug=john-roe"
    )]
    filter: String,
    /// The order: `name`, `slug`, `updated_at`, with a key also `created_at`; `-` before a name
    /// turns it round. Texts are ordered by code point.
    #[param(
        required = false,
        default = "name",
        example = "-updated_at,name",
        pattern = "^-?(name|slug|updated_at|created_at)(,-?(name|slug|updated_at|created_at)){0,3}$"
    )]
    sort: String,
    /// The languages to name them in, the best first. The order and filters go by the names as
    /// they are.
    #[param(required = false, example = "zh-Hant,zh,fr")]
    locale: String,
    /// The members to send, such as `name,slug,social.url`.
    #[param(required = false, example = "slug,name")]
    fields: String,
}

/// A page of authors.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "it describes the answer, which is put together from stored text"
)]
pub struct AuthorList {
    /// The authors.
    data: Vec<AuthorAnswer>,
    /// Where the page lies.
    page: Page,
}

/// Lists authors.
#[utoipa::path(get, path = "/v1/authors", operation_id = "listAuthors", tag = "Authors",
    params(PageParams, AuthorListParams),
    responses((status = 200, description = "A page of authors.", body = AuthorList)),
    security((), ("bearer" = [])))]
pub async fn list(
    reader: Reader,
    request: HttpRequest,
    mut params: Params,
) -> Result<HttpResponse> {
    match reader {
        Reader::Public(public) => list_live(&public, &request, &mut params).await,
        Reader::Editorial(caller) => list_editorial(&caller, &request, &mut params).await,
    }
}

async fn list_live(
    public: &Public,
    request: &HttpRequest,
    params: &mut Params,
) -> Result<HttpResponse> {
    let app = public.app();
    let default = SortKey {
        by: AuthorSort::Name,
        direction: Direction::Ascending,
    };
    let chain = Chain::read(params);
    let window = Window::read(params, app, "public", default, "live_authors.id")?;
    let filter = params.query("filter", parse::<AuthorField>);
    let fields = params.query("fields", |text| FieldSet::parse(text, FIELDS));
    params.finish()?;
    let condition = Sql::all(filter.map(|filter| lower(&filter, &live_leaf)));
    let mut conn = public.read().await?;
    let mut rows = live::page(&mut conn, condition.clone(), &window).await?;
    let mut page = window.page(
        app,
        &mut rows,
        |row, sort| match sort {
            AuthorSort::Name => CursorKey::Text(row.name.clone()),
            AuthorSort::Slug => CursorKey::Text(row.slug.clone()),
            AuthorSort::UpdatedAt => CursorKey::Integer(row.updated_at.0),
        },
        |row| &row.id,
    );
    if window.total {
        page.total = Some(live::count(&mut conn, condition).await?);
    }
    let mut dependencies = app.dependencies();
    dependencies.on(super::INFO.every());
    let meta = Meta {
        link: Some(window.link(params, &page)),
        dependencies,
        ..Meta::default()
    };
    let bytes = object::list(live::complete(rows, &chain)?, &page, fields.as_ref())?;
    Ok(respond::public(request, app, bytes, &meta))
}

async fn list_editorial(
    caller: &Caller<ReadDrafts>,
    request: &HttpRequest,
    params: &mut Params,
) -> Result<HttpResponse> {
    let app = caller.app();
    let default = SortKey {
        by: EditorialAuthorSort::Name,
        direction: Direction::Ascending,
    };
    let chain = Chain::read(params);
    let window = Window::read(params, app, "editorial", default, "authors.id")?;
    let filter = params.query("filter", parse::<EditorialAuthorField>);
    let fields = params.query("fields", |text| FieldSet::parse(text, &editorial_fields()));
    params.finish()?;
    let condition = Sql::all(filter.map(|filter| lower(&filter, &leaf)));
    let mut conn = caller.read().await?;
    let mut rows = store::page(&mut conn, condition.clone(), &window).await?;
    let mut page = window.page(
        app,
        &mut rows,
        |row, sort| match sort {
            EditorialAuthorSort::Name => CursorKey::Text(row.name.clone()),
            EditorialAuthorSort::Slug => CursorKey::Text(row.slug.clone()),
            EditorialAuthorSort::UpdatedAt => CursorKey::Integer(row.updated_at.0),
            EditorialAuthorSort::CreatedAt => CursorKey::Integer(row.created_at.0),
        },
        |row| &row.id,
    );
    if window.total {
        page.total = Some(store::count(&mut conn, condition).await?);
    }
    let meta = Meta {
        link: Some(window.link(params, &page)),
        ..Meta::default()
    };
    let translated = |row: &store::AuthorRow| {
        let mut object = Object::of(&row.editorial())?;
        chain.apply(&mut object, TRANSLATED)?;
        Ok(object)
    };
    let objects = rows.iter().map(translated).collect::<Result<Vec<_>>>()?;
    let bytes = object::list(objects, &page, fields.as_ref())?;
    let status = StatusCode::OK;
    Ok(respond::editorial(request, status, None, bytes, &meta))
}

fn live_leaf(condition: &Condition<AuthorField>) -> Sql<live_authors::table> {
    let column = match condition.field {
        AuthorField::Name => "live_authors.name",
        AuthorField::Slug => "live_authors.slug",
        AuthorField::UpdatedAt => "live_authors.updated_at",
    };
    compare(column, condition.op, &condition.value)
}

fn leaf(condition: &Condition<EditorialAuthorField>) -> Sql<authors::table> {
    let column = match condition.field {
        EditorialAuthorField::Name => "authors.name",
        EditorialAuthorField::Slug => "authors.slug",
        EditorialAuthorField::UpdatedAt => "authors.updated_at",
        EditorialAuthorField::CreatedAt => "authors.created_at",
        EditorialAuthorField::Email => {
            return compare_nullable("authors.email", condition.op, &condition.value);
        }
    };
    compare(column, condition.op, &condition.value)
}
