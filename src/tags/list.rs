//! Lists of tags.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::{IntoParams, ToSchema};

use super::api::{TagAnswer, editorial_fields};
use super::tag::{FIELDS, TRANSLATED, TagKind, Visibility};
use super::{live, store};
use crate::auth::permission::ReadDrafts;
use crate::auth::{Caller, Public, Reader};
use crate::db::Sql;
use crate::db::schema::editorial::tags;
use crate::db::schema::live::live_tags;
use crate::db::sql::condition::{compare, lower};
use crate::error::Result;
use crate::http::localise::Chain;
use crate::http::object::{self, Object};
use crate::http::page::{Columns, Page, PageParams, Window};
use crate::http::params::Params;
use crate::http::respond::{self, Meta};
use crate::query::cursor::CursorKey;
use crate::query::field_names;
use crate::query::fields::FieldSet;
use crate::query::filter::{Condition, FieldKind, Filterable, Value, parse};
use crate::query::sort::{Direction, SortKey};
use crate::values::{Reference, Refusal};

field_names! {
    /// What a public list of tags may be sorted by.
    pub enum TagSort {
        /// The name.
        Name => "name",
        /// The slug.
        Slug => "slug",
        /// When it changed last.
        UpdatedAt => "updated_at",
    }
}

impl Columns for TagSort {
    fn column(self) -> &'static str {
        match self {
            Self::Name => "live_tags.name",
            Self::Slug => "live_tags.slug",
            Self::UpdatedAt => "live_tags.updated_at",
        }
    }
}

field_names! {
    /// What an editor's list of tags may be sorted by.
    pub enum EditorialTagSort {
        /// The name.
        Name => "name",
        /// The slug.
        Slug => "slug",
        /// When it changed last.
        UpdatedAt => "updated_at",
        /// When it was created.
        CreatedAt => "created_at",
    }
}

impl Columns for EditorialTagSort {
    fn column(self) -> &'static str {
        match self {
            Self::Name => "tags.name",
            Self::Slug => "tags.slug",
            Self::UpdatedAt => "tags.updated_at",
            Self::CreatedAt => "tags.created_at",
        }
    }
}

field_names! {
    /// What `filter` may ask of tags in public.
    pub enum TagField {
        /// The name.
        Name => "name",
        /// The slug.
        Slug => "slug",
        /// What it stands for.
        Kind => "kind",
        /// The tag above.
        Parent => "parent",
        /// When it changed last.
        UpdatedAt => "updated_at",
    }
}

impl Filterable for TagField {
    fn kind(self) -> FieldKind {
        match self {
            Self::Name | Self::Slug => FieldKind::Text,
            Self::Kind => FieldKind::Enum(TagKind::NAMES),
            Self::Parent => FieldKind::Link,
            Self::UpdatedAt => FieldKind::Time,
        }
    }
}

field_names! {
    /// What `filter` may ask of tags as editors.
    pub enum EditorialTagField {
        /// The name.
        Name => "name",
        /// The slug.
        Slug => "slug",
        /// What it stands for.
        Kind => "kind",
        /// The tag above.
        Parent => "parent",
        /// When it changed last.
        UpdatedAt => "updated_at",
        /// When it was created.
        CreatedAt => "created_at",
        /// Who sees it.
        Visibility => "visibility",
    }
}

impl Filterable for EditorialTagField {
    fn kind(self) -> FieldKind {
        match self {
            Self::Name | Self::Slug => FieldKind::Text,
            Self::Kind => FieldKind::Enum(TagKind::NAMES),
            Self::Parent => FieldKind::Link,
            Self::UpdatedAt | Self::CreatedAt => FieldKind::Time,
            Self::Visibility => FieldKind::Enum(Visibility::NAMES),
        }
    }
}

/// The parameters of a list of tags, besides those of every list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct TagListParams {
    /// Only tags of these kinds: repeat it, or join several by commas.
    #[param(required = false, example = "place")]
    kind: String,
    /// Only tags directly below these: ids or slugs; repeat, or join by commas.
    #[param(required = false, example = "world")]
    parent: String,
    /// Only tags with this visibility. Needs a key.
    #[param(required = false, inline, value_type = Visibility)]
    visibility: String,
    /// Conditions in the filter language, on `name`, `slug`, `kind`, `parent`, `updated_at`;
    /// with a key also on `created_at` and `visibility`.
    #[param(
        required = false,
        max_length = 2000,
        example = "kind=place AND NOT parent:world"
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
    /// The members to send, such as `name,slug,parent.name`.
    #[param(required = false, example = "slug,name")]
    fields: String,
}

/// A page of tags.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "it describes the answer, which is put together from stored text"
)]
pub struct TagList {
    /// The tags.
    data: Vec<TagAnswer>,
    /// Where the page lies.
    page: Page,
}

const DEFAULT_SORT: Direction = Direction::Ascending;

/// Lists tags.
#[utoipa::path(get, path = "/v1/tags", operation_id = "listTags", tag = "Tags",
    params(PageParams, TagListParams),
    responses((status = 200, description = "A page of tags.", body = TagList)),
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

/// The names of the kinds that were asked for.
fn kinds(params: &mut Params) -> Option<Vec<String>> {
    let kinds = params.parsed_list("kind", |text| {
        TagKind::named(text).ok_or_else(|| {
            let detail = format!("must be one of {}.", TagKind::NAMES.join(", "));
            Refusal::new("not_allowed", detail)
        })
    });
    kinds.map(|kinds| kinds.iter().map(|kind| kind.name().to_owned()).collect())
}

async fn list_live(
    public: &Public,
    request: &HttpRequest,
    params: &mut Params,
) -> Result<HttpResponse> {
    let chain = Chain::read(params);
    let kinds = kinds(params);
    let parents = params.parsed_list("parent", Reference::parse);
    if params.has("visibility") {
        return Err(public.refuse_drafts());
    }
    let app = public.app();
    let default = SortKey {
        by: TagSort::Name,
        direction: DEFAULT_SORT,
    };
    let window = Window::read(params, app, "public", default, "live_tags.id")?;
    let filter = params.query("filter", parse::<TagField>);
    let fields = params.query("fields", |text| FieldSet::parse(text, FIELDS));
    params.finish()?;
    let mut all = Vec::new();
    all.extend(kinds.map(|kinds| Sql::new("live_tags.kind").is_in(kinds)));
    all.extend(parents.map(|p| Sql::any(p.iter().map(|p| live_parent(p.as_str())))));
    all.extend(filter.map(|filter| lower(&filter, &live_leaf)));
    let condition = Sql::all(all);
    let mut conn = public.read().await?;
    let mut rows = live::page(&mut conn, condition.clone(), &window).await?;
    let mut page = window.page(
        app,
        &mut rows,
        |row, sort| match sort {
            TagSort::Name => CursorKey::Text(row.name.clone()),
            TagSort::Slug => CursorKey::Text(row.slug.clone()),
            TagSort::UpdatedAt => CursorKey::Integer(row.updated_at.0),
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
    let objects = live::complete(&mut conn, rows, &chain).await?;
    let objects = objects.into_iter().map(|(object, _)| object).collect();
    let bytes = object::list(objects, &page, fields.as_ref())?;
    Ok(respond::public(request, app, bytes, &meta))
}

async fn list_editorial(
    caller: &Caller<ReadDrafts>,
    request: &HttpRequest,
    params: &mut Params,
) -> Result<HttpResponse> {
    let chain = Chain::read(params);
    let kinds = kinds(params);
    let parents = params.parsed_list("parent", Reference::parse);
    let app = caller.app();
    let default = SortKey {
        by: EditorialTagSort::Name,
        direction: DEFAULT_SORT,
    };
    let window = Window::read(params, app, "editorial", default, "tags.id")?;
    let visibility = params.parsed("visibility", |text| {
        Visibility::named(text)
            .ok_or_else(|| Refusal::new("not_allowed", "must be public or internal."))
    });
    let filter = params.query("filter", parse::<EditorialTagField>);
    let fields = params.query("fields", |text| FieldSet::parse(text, &editorial_fields()));
    params.finish()?;
    let mut all = Vec::new();
    all.extend(kinds.map(|kinds| Sql::new("tags.kind").is_in(kinds)));
    all.extend(parents.map(|p| Sql::any(p.iter().map(|p| parent(p.as_str())))));
    all.extend(visibility.map(|v| Sql::new("tags.visibility = ").text(v.name())));
    all.extend(filter.map(|filter| lower(&filter, &leaf)));
    let condition = Sql::all(all);
    let mut conn = caller.read().await?;
    let mut rows = store::page(&mut conn, condition.clone(), &window).await?;
    let mut page = window.page(
        app,
        &mut rows,
        |row, sort| match sort {
            EditorialTagSort::Name => CursorKey::Text(row.name.clone()),
            EditorialTagSort::Slug => CursorKey::Text(row.slug.clone()),
            EditorialTagSort::UpdatedAt => CursorKey::Integer(row.updated_at.0),
            EditorialTagSort::CreatedAt => CursorKey::Integer(row.created_at.0),
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
    let tags = store::complete(&mut conn, rows, &chain).await?;
    let translated = |tag| {
        let mut object = Object::of(tag)?;
        chain.apply(&mut object, TRANSLATED)?;
        Ok(object)
    };
    let objects = tags.iter().map(translated).collect::<Result<Vec<_>>>()?;
    let bytes = object::list(objects, &page, fields.as_ref())?;
    Ok(respond::editorial(
        request,
        StatusCode::OK,
        None,
        bytes,
        &meta,
    ))
}

fn live_leaf(condition: &Condition<TagField>) -> Sql<live_tags::table> {
    let column = match condition.field {
        TagField::Name => "live_tags.name",
        TagField::Slug => "live_tags.slug",
        TagField::Kind => "live_tags.kind",
        TagField::UpdatedAt => "live_tags.updated_at",
        TagField::Parent => return of_reference(&condition.value, live_parent),
    };
    compare(column, condition.op, &condition.value)
}

fn leaf(condition: &Condition<EditorialTagField>) -> Sql<tags::table> {
    let column = match condition.field {
        EditorialTagField::Name => "tags.name",
        EditorialTagField::Slug => "tags.slug",
        EditorialTagField::Kind => "tags.kind",
        EditorialTagField::UpdatedAt => "tags.updated_at",
        EditorialTagField::CreatedAt => "tags.created_at",
        EditorialTagField::Visibility => "tags.visibility",
        EditorialTagField::Parent => return of_reference(&condition.value, parent),
    };
    compare(column, condition.op, &condition.value)
}

/// A condition on what a filter names by its id or slug, an id in either case; false for what
/// can be neither.
fn of_reference<T>(value: &Value, condition: impl Fn(&str) -> Sql<T>) -> Sql<T> {
    match Reference::parse(&value.to_string()) {
        Ok(reference) => condition(reference.as_str()),
        Err(_) => Sql::new("FALSE"),
    }
}

/// Directly below the public tag of this id or slug. `EXISTS`, so that it is never NULL.
fn live_parent(reference: &str) -> Sql<live_tags::table> {
    Sql::new("EXISTS (SELECT 1 FROM live_tags AS above WHERE above.id = live_tags.parent_id AND ")
        .sql("(above.id = ")
        .text(reference)
        .sql(" OR above.slug = ")
        .text(reference)
        .sql("))")
}

/// Directly below the tag of this id or slug.
fn parent(reference: &str) -> Sql<tags::table> {
    Sql::new("EXISTS (SELECT 1 FROM tags AS above WHERE above.id = tags.parent_id AND ")
        .sql("(above.id = ")
        .text(reference)
        .sql(" OR above.slug = ")
        .text(reference)
        .sql("))")
}
