//! Lists of authors.

use actix_web::{HttpRequest, HttpResponse};
use utoipa::{IntoParams, ToSchema};

use super::api::AuthorAnswer;
use super::resource::Authors;
use crate::auth::Reader;
use crate::db::Sql;
use crate::db::sql::condition::{compare, compare_nullable};
use crate::error::Result;
use crate::http::page::{Page, PageParams};
use crate::http::params::Params;
use crate::query::field_names;
use crate::query::filter::{Condition, FieldKind, Filterable};
use crate::resources::list::{self, ListField};

field_names! {
    /// Fields by which editors filter authors.
    pub enum EditorialAuthorField {
        /// Name.
        Name => "name",
        /// The slug.
        Slug => "slug",
        /// Time of the last change.
        UpdatedAt => "updated_at",
        /// Time of creation.
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

impl<T> ListField<T> for EditorialAuthorField {
    fn condition(condition: &Condition<Self>) -> Sql<T> {
        let column = match condition.field {
            Self::Name => "name",
            Self::Slug => "slug",
            Self::UpdatedAt => "updated_at",
            Self::CreatedAt => "created_at",
            Self::Email => return compare_nullable("email", condition.op, &condition.value),
        };
        compare(column, condition.op, &condition.value)
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
    /// Filter expression on `name`, `slug`, `updated_at`; with a key also on `created_at` and
    /// `email`.
    #[param(
        required = false,
        max_length = 2000,
        example = "name=\"Jane Doe\" OR slug=john-roe"
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
    /// Members to return, such as `name,slug,social.url`.
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
    /// Position of the page within the list.
    page: Page,
}

/// Lists authors.
#[utoipa::path(get, path = "/v1/authors", operation_id = "listAuthors", tag = "Authors",
    params(PageParams, AuthorListParams),
    responses((status = 200, description = "A page of authors.", body = AuthorList)),
    security((), ("bearer" = [])))]
pub async fn list(reader: Reader, request: HttpRequest, params: Params) -> Result<HttpResponse> {
    list::list::<Authors>(reader, &request, params).await
}
