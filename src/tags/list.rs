//! Lists of tags.

use actix_web::{HttpRequest, HttpResponse};
use utoipa::{IntoParams, ToSchema};

use super::api::TagAnswer;
use super::resource::Tags;
use super::tag::{TagKind, Visibility};
use crate::auth::{Public, Reader};
use crate::db::Sql;
use crate::db::schema::editorial::tags;
use crate::db::schema::live::live_tags;
use crate::db::sql::condition::compare;
use crate::error::Result;
use crate::http::page::{Page, PageParams};
use crate::http::params::Params;
use crate::query::field_names;
use crate::query::filter::{Condition, FieldKind, Filterable, Value};
use crate::resources::list::{self, ListField};
use crate::values::{Reference, Refusal};

field_names! {
    /// Fields by which the public filters tags.
    pub enum TagField {
        /// Name.
        Name => "name",
        /// The slug.
        Slug => "slug",
        /// Kind of the tag.
        FieldKind => "kind",
        /// The tag above.
        Parent => "parent",
        /// Time of the last change.
        UpdatedAt => "updated_at",
    }
}

impl Filterable for TagField {
    fn kind(self) -> FieldKind {
        match self {
            Self::Name | Self::Slug => FieldKind::Text,
            Self::FieldKind => FieldKind::Enum(TagKind::NAMES),
            Self::Parent => FieldKind::Link,
            Self::UpdatedAt => FieldKind::Time,
        }
    }
}

field_names! {
    /// Fields by which editors filter tags.
    pub enum EditorialTagField {
        /// Name.
        Name => "name",
        /// The slug.
        Slug => "slug",
        /// Kind of the tag.
        FieldKind => "kind",
        /// The tag above.
        Parent => "parent",
        /// Time of the last change.
        UpdatedAt => "updated_at",
        /// Time of creation.
        CreatedAt => "created_at",
        /// Visibility.
        Visibility => "visibility",
    }
}

impl Filterable for EditorialTagField {
    fn kind(self) -> FieldKind {
        match self {
            Self::Name | Self::Slug => FieldKind::Text,
            Self::FieldKind => FieldKind::Enum(TagKind::NAMES),
            Self::Parent => FieldKind::Link,
            Self::UpdatedAt | Self::CreatedAt => FieldKind::Time,
            Self::Visibility => FieldKind::Enum(Visibility::NAMES),
        }
    }
}

impl ListField<live_tags::table> for TagField {
    fn condition(condition: &Condition<Self>) -> Sql<live_tags::table> {
        let column = match condition.field {
            Self::Name => "name",
            Self::Slug => "slug",
            Self::FieldKind => "kind",
            Self::UpdatedAt => "updated_at",
            Self::Parent => return of_reference(&condition.value, live_parent),
        };
        compare(column, condition.op, &condition.value)
    }
}

impl ListField<tags::table> for EditorialTagField {
    fn condition(condition: &Condition<Self>) -> Sql<tags::table> {
        let column = match condition.field {
            Self::Name => "name",
            Self::Slug => "slug",
            Self::FieldKind => "kind",
            Self::UpdatedAt => "updated_at",
            Self::CreatedAt => "created_at",
            Self::Visibility => "visibility",
            Self::Parent => return of_reference(&condition.value, parent),
        };
        compare(column, condition.op, &condition.value)
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
    /// Only tags of any of these kinds; repeat the parameter or separate values by commas.
    #[param(required = false, example = "place")]
    kind: String,
    /// Only children of any of these tags: ids or slugs; repeat the parameter or separate values by
    /// commas.
    #[param(required = false, example = "world")]
    parent: String,
    /// Only tags with this visibility. Requires a key.
    #[param(required = false, inline, value_type = Visibility)]
    visibility: String,
    /// Filter expression on `name`, `slug`, `kind`, `parent`, `updated_at`; with a key also on
    /// `created_at` and `visibility`.
    #[param(
        required = false,
        max_length = 2000,
        example = "kind=place AND NOT parent:world"
    )]
    filter: String,
    /// Sort order: `name`, `slug`, `updated_at`; with a key also `created_at`; a leading `-`
    /// reverses it. Text is sorted by code point.
    #[param(
        required = false,
        default = "name",
        example = "-updated_at,name",
        pattern = "^-?(name|slug|updated_at|created_at)(,-?(name|slug|updated_at|created_at)){0,3}$"
    )]
    sort: String,
    /// Languages of the names, in order of preference. Sorting and filters use the original names.
    #[param(required = false, example = "zh-Hant,zh,fr")]
    locale: String,
    /// Members to return, such as `name,slug,parent.name`.
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
    /// Position of the page within the list.
    page: Page,
}

/// Lists tags.
#[utoipa::path(get, path = "/v1/tags", operation_id = "listTags", tag = "Tags",
    params(PageParams, TagListParams),
    responses((status = 200, description = "A page of tags.", body = TagList)),
    security((), ("bearer" = [])))]
pub async fn list(reader: Reader, request: HttpRequest, params: Params) -> Result<HttpResponse> {
    list::list::<Tags>(reader, &request, params).await
}

/// The conditions of an editor's list besides its filter.
pub(super) fn narrow(params: &mut Params) -> Vec<Sql<tags::table>> {
    let mut all = Vec::new();
    all.extend(kinds(params).map(|kinds| Sql::new("tags.kind").is_in(kinds)));
    let parents = params.parsed_list("parent", Reference::parse);
    all.extend(parents.map(|p| Sql::any(p.iter().map(|p| parent(p.as_str())))));
    let visibility = params.parsed("visibility", |text| {
        Visibility::named(text)
            .ok_or_else(|| Refusal::new("not_allowed", "must be public or internal."))
    });
    all.extend(visibility.map(|v| Sql::new("tags.visibility = ").text(v.name())));
    all
}

/// The conditions of a public list besides its filter.
pub(super) fn narrow_public(
    params: &mut Params,
    public: &Public,
) -> Result<Vec<Sql<live_tags::table>>> {
    let mut all = Vec::new();
    all.extend(kinds(params).map(|kinds| Sql::new("live_tags.kind").is_in(kinds)));
    let parents = params.parsed_list("parent", Reference::parse);
    all.extend(parents.map(|p| Sql::any(p.iter().map(|p| live_parent(p.as_str())))));
    if params.has("visibility") {
        return Err(public.refuse_drafts());
    }
    Ok(all)
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
