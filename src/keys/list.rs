//! Lists of keys.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::{IntoParams, ToSchema};

use super::key::{Key, KeyStatus};
use super::store;
use crate::auth::Caller;
use crate::auth::permission::ManageKeys;
use crate::db::schema::accounts::keys;
use crate::db::{Sql, Time};
use crate::error::Result;
use crate::http::object::{self, Object};
use crate::http::page::{Columns, Page, PageParams, Window};
use crate::http::params::Params;
use crate::http::respond::{self, Meta};
use crate::query::cursor::CursorKey;
use crate::query::field_names;
use crate::query::sort::{Direction, SortKey};
use crate::values::Refusal;

field_names! {
    /// The sort keys of a list of keys.
    pub enum KeySort {
        /// Time of creation.
        CreatedAt => "created_at",
        /// The name.
        Name => "name",
    }
}

impl Columns for KeySort {
    fn column(self) -> &'static str {
        match self {
            Self::CreatedAt => "keys.created_at",
            Self::Name => "keys.name",
        }
    }
}

/// The parameters of a list of keys, besides those of every list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct KeyListParams {
    /// Only keys with any of these statuses; repeat the parameter or separate values by commas.
    #[param(required = false, inline, value_type = KeyStatus)]
    status: String,
    /// Sort order: `created_at`, `name`; a leading `-` reverses it. Text is sorted by code point.
    #[param(
        required = false,
        default = "-created_at",
        example = "name",
        pattern = "^-?(created_at|name)(,-?(created_at|name)){0,3}$"
    )]
    sort: String,
}

/// A page of keys.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "it describes the answer, which is put together from text"
)]
pub struct KeyList {
    /// The keys.
    data: Vec<Key>,
    /// Position of the page within the list.
    page: Page,
}

/// Lists all keys, including expired and revoked ones.
#[utoipa::path(get, path = "/v1/keys", operation_id = "listKeys", tag = "Keys",
    params(PageParams, KeyListParams),
    responses((status = 200, description = "A page of keys.", body = KeyList)),
    security(("bearer" = [])))]
pub async fn list(
    caller: Caller<ManageKeys>,
    request: HttpRequest,
    mut params: Params,
) -> Result<HttpResponse> {
    let app = caller.app();
    let now = app.clock.now();
    let states = params.parsed_list("status", |text| {
        KeyStatus::named(text).ok_or_else(|| {
            let detail = format!("must be one of {}.", KeyStatus::NAMES.join(", "));
            Refusal::new("not_allowed", detail)
        })
    });
    let default = SortKey {
        by: KeySort::CreatedAt,
        direction: Direction::Descending,
    };
    let window = Window::read(&mut params, app, "keys", default, "keys.id")?;
    params.finish()?;
    let condition = states.map(|states| Sql::any(states.iter().map(|one| is(*one, now))));
    let condition = Sql::all(condition);
    let mut conn = caller.read().await?;
    let mut rows = store::page(&mut conn, condition.clone(), &window).await?;
    let mut page = window.page(
        app,
        &mut rows,
        |row, sort| match sort {
            KeySort::CreatedAt => CursorKey::Integer(row.created_at.0),
            KeySort::Name => CursorKey::Text(row.name.clone()),
        },
        |row| &row.id,
    );
    if window.total {
        page.total = Some(store::count(&mut conn, condition).await?);
    }
    let meta = Meta {
        link: Some(window.link(&params, &page)),
        ..Meta::default()
    };
    let keys = store::complete(&mut conn, rows, now).await?;
    let objects = keys.iter().map(Object::of).collect::<Result<Vec<_>>>()?;
    let bytes = object::list(objects, &page, None)?;
    let status = StatusCode::OK;
    Ok(respond::editorial(&request, status, None, bytes, &meta))
}

/// The keys in a state, as [`KeyRow::status`](super::store::KeyRow::status) has it.
fn is(status: KeyStatus, now: Time) -> Sql<keys::table> {
    match status {
        KeyStatus::Revoked => Sql::new("keys.revoked_at IS NOT NULL"),
        KeyStatus::Expired => Sql::new(
            "keys.revoked_at IS NULL AND keys.expires_at IS NOT NULL AND keys.expires_at <= ",
        )
        .integer(now.0),
        KeyStatus::Active => {
            Sql::new("keys.revoked_at IS NULL AND (keys.expires_at IS NULL OR keys.expires_at > ")
                .integer(now.0)
                .sql(")")
        }
    }
}
