//! Lists of accounts.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::{IntoParams, ToSchema};

use super::store;
use super::user::{User, UserStatus};
use crate::auth::permission::ManageUsers;
use crate::auth::{Caller, Role};
use crate::db::Sql;
use crate::db::schema::accounts::users;
use crate::db::sql::condition::like_pattern;
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
    /// The sort keys of a list of accounts.
    pub enum UserSort {
        /// The name.
        Name => "name",
        /// The e-mail address.
        Email => "email",
        /// Time of creation.
        CreatedAt => "created_at",
    }
}

impl Columns for UserSort {
    fn column(self) -> &'static str {
        match self {
            Self::Name => "users.name",
            Self::Email => "users.email",
            Self::CreatedAt => "users.created_at",
        }
    }
}

/// The parameters of a list of accounts, besides those of every list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; they are read by name"
)]
pub struct UserListParams {
    /// Only accounts with any of these roles; repeat the parameter or separate values by commas.
    #[param(required = false, inline, value_type = Role)]
    role: String,
    /// Only accounts with this status.
    #[param(required = false, inline, value_type = UserStatus)]
    status: String,
    /// Only accounts with this text in the name or e-mail address; the case of the letters A to Z
    /// is ignored.
    #[param(required = false, min_length = 1, max_length = 200)]
    q: String,
    /// Sort order: `name`, `email`, `created_at`; a leading `-` reverses it.
    #[param(
        required = false,
        default = "name",
        example = "-created_at",
        pattern = "^-?(name|email|created_at)(,-?(name|email|created_at)){0,3}$"
    )]
    sort: String,
}

/// A page of accounts.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "it describes the answer, which is put together from objects"
)]
pub struct UserList {
    /// The accounts.
    data: Vec<User>,
    /// Position of the page within the list.
    page: Page,
}

/// Lists accounts.
#[utoipa::path(get, path = "/v1/users", operation_id = "listUsers", tag = "Accounts",
    params(PageParams, UserListParams),
    responses((status = 200, description = "A page of accounts.", body = UserList)),
    security(("bearer" = [])))]
pub async fn list(
    caller: Caller<ManageUsers>,
    request: HttpRequest,
    mut params: Params,
) -> Result<HttpResponse> {
    let app = caller.app();
    let not_one_of = |names: &[&str]| {
        Refusal::new(
            "not_allowed",
            format!("must be one of {}.", names.join(", ")),
        )
    };
    let roles = params.parsed_list("role", |text| {
        Role::named(text).ok_or_else(|| not_one_of(Role::NAMES))
    });
    let status = params.parsed("status", |text| {
        UserStatus::named(text).ok_or_else(|| not_one_of(UserStatus::NAMES))
    });
    let words = params.parsed("q", |text| match text.chars().count() {
        1..=200 => Ok(text.to_owned()),
        _ => Err(Refusal::new(
            "out_of_range",
            "must have between 1 and 200 characters.",
        )),
    });
    let default = SortKey {
        by: UserSort::Name,
        direction: Direction::Ascending,
    };
    let window = Window::read(&mut params, app, "accounts", default, "users.id")?;
    params.finish()?;

    let mut all: Vec<Sql<users::table>> = Vec::new();
    all.extend(roles.map(|roles| {
        let names = roles.iter().map(|role| role.name().to_owned()).collect();
        Sql::new("users.role").is_in(names)
    }));
    all.extend(status.map(|status| Sql::new("users.status = ").text(status.name())));
    all.extend(words.map(|words| {
        let pattern = like_pattern(&words.to_ascii_lowercase());
        Sql::new("LOWER(users.name) LIKE ")
            .text(pattern.clone())
            .sql(" ESCAPE '\\' OR users.email LIKE ")
            .text(pattern)
            .sql(" ESCAPE '\\'")
    }));
    let condition = Sql::all(all);

    let find = async move |conn: &mut crate::db::Conn| {
        let rows = store::page(conn, condition.clone(), &window).await?;
        let total = match window.total {
            true => Some(store::count(conn, condition).await?),
            false => None,
        };
        Ok::<_, crate::error::Error>((rows, total, window))
    };
    let (mut rows, total, window) = caller.db().read_heavy(find).await?;
    let mut page = window.page(
        app,
        &mut rows,
        |row, sort| match sort {
            UserSort::Name => CursorKey::Text(row.name.clone()),
            UserSort::Email => CursorKey::Text(row.email.clone()),
            UserSort::CreatedAt => CursorKey::Integer(row.created_at.0),
        },
        |row| &row.id,
    );
    page.total = total;
    let meta = Meta {
        link: Some(window.link(&params, &page)),
        ..Meta::default()
    };
    let shown = store::complete(&mut caller.read().await?, rows).await?;
    let objects = shown.iter().map(Object::of).collect::<Result<Vec<_>>>()?;
    let bytes = object::list(objects, &page, None)?;
    let status = StatusCode::OK;
    Ok(respond::editorial(&request, status, None, bytes, &meta))
}
