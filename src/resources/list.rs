//! Lists of a resource, over HTTP.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::resource::Resource;
use super::tables::{Row, Slice, WorkingRow as _};
use crate::app::App;
use crate::auth::permission::ReadDrafts;
use crate::auth::{Caller, Public, Reader};
use crate::db::Sql;
use crate::db::sql::condition::{compare, lower};
use crate::error::Result;
use crate::http::localise::Chain;
use crate::http::object::{self, Object};
use crate::http::page::{Columns, Page, Window};
use crate::http::params::Params;
use crate::http::respond::{self, Meta};
use crate::query::cursor::CursorKey;
use crate::query::field_names;
use crate::query::fields::FieldSet;
use crate::query::filter::{Condition, FieldKind, Filterable, parse};
use crate::query::sort::{Direction, SortKey};

field_names! {
    /// The orders of a public list.
    pub enum PublicSort {
        /// Name.
        Name => "name",
        /// The slug.
        Slug => "slug",
        /// Time of the last change.
        UpdatedAt => "updated_at",
    }
}

impl Columns for PublicSort {
    fn column(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Slug => "slug",
            Self::UpdatedAt => "updated_at",
        }
    }
}

field_names! {
    /// The orders of an editor's list.
    pub enum EditorialSort {
        /// Name.
        Name => "name",
        /// The slug.
        Slug => "slug",
        /// Time of the last change.
        UpdatedAt => "updated_at",
        /// Time of creation.
        CreatedAt => "created_at",
    }
}

impl Columns for EditorialSort {
    fn column(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Slug => "slug",
            Self::UpdatedAt => "updated_at",
            Self::CreatedAt => "created_at",
        }
    }
}

/// The fields that a list of the table `T` may be filtered by.
pub trait ListField<T>: Filterable {
    /// The condition in SQL; never NULL.
    fn condition(condition: &Condition<Self>) -> Sql<T>;
}

field_names! {
    /// The fields of a public filter.
    pub enum PublicField {
        /// Name.
        Name => "name",
        /// The slug.
        Slug => "slug",
        /// Time of the last change.
        UpdatedAt => "updated_at",
    }
}

impl Filterable for PublicField {
    fn kind(self) -> FieldKind {
        match self {
            Self::Name | Self::Slug => FieldKind::Text,
            Self::UpdatedAt => FieldKind::Time,
        }
    }
}

impl<T> ListField<T> for PublicField {
    fn condition(condition: &Condition<Self>) -> Sql<T> {
        let column = match condition.field {
            Self::Name => "name",
            Self::Slug => "slug",
            Self::UpdatedAt => "updated_at",
        };
        compare(column, condition.op, &condition.value)
    }
}

/// Answers with a page, as the reader may see it.
///
/// # Errors
/// Errors of the parameters and of the database.
pub async fn list<R: Resource>(
    reader: Reader,
    request: &HttpRequest,
    mut params: Params,
) -> Result<HttpResponse> {
    match reader {
        Reader::Public(public) => list_live::<R>(&public, request, &mut params).await,
        Reader::Editorial(caller) => list_editorial::<R>(&caller, request, &mut params).await,
    }
}

fn by_name<S>(by: S) -> SortKey<S> {
    let direction = Direction::Ascending;
    SortKey { by, direction }
}

/// The rows of a page, and what is said of it.
async fn page<T: Row, S: Columns>(
    conn: &mut T::Conn,
    app: &App,
    window: &Window<S>,
    condition: Sql<T::Table>,
    key: impl Fn(&T, S) -> CursorKey,
) -> Result<(Vec<T>, Page)> {
    let mut rows = T::page(conn, Slice::of(window, condition.clone())).await?;
    let mut page = window.page(app, &mut rows, key, T::id);
    if window.total {
        page.total = Some(T::count(conn, condition).await?);
    }
    Ok((rows, page))
}

async fn list_live<R: Resource>(
    public: &Public,
    request: &HttpRequest,
    params: &mut Params,
) -> Result<HttpResponse> {
    let app = public.app();
    let chain = Chain::read(params);
    let mut all = R::narrow_public(params, public)?;
    let window = Window::read(params, app, "public", by_name(PublicSort::Name), "id")?;
    let filter = params.query("filter", parse::<R::Field>);
    let fields = params.query("fields", |text| FieldSet::parse(text, R::FIELDS));
    params.finish()?;
    all.extend(filter.map(|filter| lower(&filter, &R::Field::condition)));
    let mut conn = public.read().await?;
    let key = |row: &R::Live, sort| match sort {
        PublicSort::Name => CursorKey::Text(row.names().name.to_owned()),
        PublicSort::Slug => CursorKey::Text(row.slug().to_owned()),
        PublicSort::UpdatedAt => CursorKey::Integer(row.names().updated_at.0),
    };
    let (rows, page) = page(&mut conn, app, &window, Sql::all(all), key).await?;
    let mut dependencies = app.dependencies();
    dependencies.on(R::INFO.every());
    let meta = Meta {
        link: Some(window.link(params, &page)),
        dependencies,
        ..Meta::default()
    };
    let objects = R::public(&mut conn, rows, &chain).await?;
    let objects = objects.into_iter().map(|(object, _)| object).collect();
    let bytes = object::list(objects, &page, fields.as_ref())?;
    Ok(respond::public(request, app, bytes, &meta))
}

async fn list_editorial<R: Resource>(
    caller: &Caller<ReadDrafts>,
    request: &HttpRequest,
    params: &mut Params,
) -> Result<HttpResponse> {
    let app = caller.app();
    let chain = Chain::read(params);
    let mut all = R::narrow(params);
    let window = Window::read(params, app, "editorial", by_name(EditorialSort::Name), "id")?;
    let filter = params.query("filter", parse::<R::EditorialField>);
    let members = editorial_fields::<R>();
    let fields = params.query("fields", |text| FieldSet::parse(text, &members));
    params.finish()?;
    all.extend(filter.map(|filter| lower(&filter, &R::EditorialField::condition)));
    let mut conn = caller.read().await?;
    let key = |row: &R::Row, sort| match sort {
        EditorialSort::Name => CursorKey::Text(row.names().name.to_owned()),
        EditorialSort::Slug => CursorKey::Text(row.slug().to_owned()),
        EditorialSort::UpdatedAt => CursorKey::Integer(row.names().updated_at.0),
        EditorialSort::CreatedAt => CursorKey::Integer(row.created_at().0),
    };
    let (rows, page) = page(&mut conn, app, &window, Sql::all(all), key).await?;
    let meta = Meta {
        link: Some(window.link(params, &page)),
        ..Meta::default()
    };
    let translated = |row: &R::Editorial| {
        let mut object = Object::of(row)?;
        chain.apply(&mut object, R::INFO.translated)?;
        Ok(object)
    };
    let rows = R::editorial(&mut conn, rows, &chain).await?;
    let objects = rows.iter().map(translated).collect::<Result<Vec<_>>>()?;
    let bytes = object::list(objects, &page, fields.as_ref())?;
    let status = StatusCode::OK;
    Ok(respond::editorial(request, status, None, bytes, &meta))
}

/// The members that an editor may name in `fields`.
pub(super) fn editorial_fields<R: Resource>() -> Vec<&'static str> {
    R::FIELDS
        .iter()
        .chain(R::EDITORIAL_FIELDS)
        .copied()
        .collect()
}
