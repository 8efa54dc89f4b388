//! Single accounts over HTTP, for those who manage them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::store::{self, UserRow};
use super::user::{NewUserInput, User, UserInput, covers};
use crate::auth::Caller;
use crate::auth::permission::ManageUsers;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::answer::PatchOf;
use crate::http::body::{Body, MergePatch, check};
use crate::http::params::{NoParams, PathReference};
use crate::http::precondition::IfMatch;
use crate::http::respond::{self, Meta};
use crate::values::Reference;

/// A patch of an account.
pub type UserPatch = PatchOf<UserInput>;

/// Reads an account by id.
#[utoipa::path(get, path = "/v1/users/{user}", operation_id = "getUser", tag = "Accounts",
    params(("user" = Reference, Path, description = "Id of the account.")),
    responses((status = 200, description = "The account.", body = User)),
    security(("bearer" = [])))]
pub async fn get(
    caller: Caller<ManageUsers>,
    request: HttpRequest,
    user: PathReference,
    _params: NoParams,
) -> Result<HttpResponse> {
    let mut conn = caller.read().await?;
    let row = store::require(&mut conn, user.or_not_found("account")?.as_str()).await?;
    answer(&mut conn, &request, row).await
}

/// Creates an account. An account without a password needs an invitation, which is a separate
/// request.
#[utoipa::path(post, path = "/v1/users", operation_id = "createUser", tag = "Accounts",
    request_body = NewUserInput,
    responses((status = 201, description = "The created account.", body = User)),
    security(("bearer" = [])))]
pub async fn create(
    caller: Caller<ManageUsers>,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<NewUserInput>,
) -> Result<HttpResponse> {
    covers(caller.principal(), input.role)?;
    let edit = caller.edit_all()?;
    let hash = match &input.password {
        None => None,
        Some(password) => {
            let about = password.check_for(input.email.as_str(), input.name.as_str());
            about.map_err(|refusal| Error::field("/password", refusal.code, refusal.detail))?;
            Some(caller.auth().hasher.hash(password).await?)
        }
    };
    let mut conn = caller.write().await?;
    let row = conn
        .transaction(async |conn: &mut Conn| store::create(conn, edit, &input.user(), hash).await)
        .await?;
    let (path, version) = (format!("/v1/users/{}", row.id), row.version);
    let bytes = respond::json(&store::show(&mut conn, row).await?)?;
    respond::created(&request, &path, version, bytes)
}

/// Changes some members of an account (JSON Merge Patch, RFC 7396). A change of role or status
/// immediately ends all sessions of the account.
#[utoipa::path(patch, path = "/v1/users/{user}", operation_id = "patchUser", tag = "Accounts",
    params(("user" = Reference, Path, description = "Id of the account.")),
    request_body(content = UserPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The updated account.", body = User)),
    security(("bearer" = [])))]
pub async fn patch(
    caller: Caller<ManageUsers>,
    request: HttpRequest,
    user: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    patch: MergePatch,
) -> Result<HttpResponse> {
    let change = |old: &UserRow| check(patch.apply(old.as_input()));
    write(&caller, &request, &user, &if_match, change).await
}

/// Replaces an account. Omitted members are set to their defaults.
#[utoipa::path(put, path = "/v1/users/{user}", operation_id = "putUser", tag = "Accounts",
    params(("user" = Reference, Path, description = "Id of the account.")),
    request_body = UserInput,
    responses((status = 200, description = "The updated account.", body = User)),
    security(("bearer" = [])))]
pub async fn put(
    caller: Caller<ManageUsers>,
    request: HttpRequest,
    user: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    Body(input): Body<UserInput>,
) -> Result<HttpResponse> {
    let change = |_: &UserRow| Ok(input.clone());
    write(&caller, &request, &user, &if_match, change).await
}

async fn write(
    caller: &Caller<ManageUsers>,
    request: &HttpRequest,
    user: &PathReference,
    if_match: &IfMatch,
    change: impl Fn(&UserRow) -> Result<UserInput>,
) -> Result<HttpResponse> {
    let reference = user.or_not_found("account")?;
    let edit = caller.edit_all()?;
    let mut conn = caller.write().await?;
    let row = conn
        .transaction(async |conn: &mut Conn| {
            let old = store::require(conn, reference.as_str()).await?;
            covers(caller.principal(), old.role)?;
            if_match.check(old.version)?;
            let input = change(&old)?;
            covers(caller.principal(), input.role)?;
            store::update(conn, edit, &old, if_match, &input).await
        })
        .await?;
    caller.auth().forget();
    let version = row.version;
    let bytes = respond::json(&store::show(&mut conn, row).await?)?;
    Ok(respond::written(request, version, bytes))
}

/// Deletes an account and ends all its sessions. Its content is kept, and still refers to its id.
#[utoipa::path(delete, path = "/v1/users/{user}", operation_id = "deleteUser", tag = "Accounts",
    params(("user" = Reference, Path, description = "Id of the account.")),
    responses((status = 204, description = "The account was deleted.")),
    security(("bearer" = [])))]
pub async fn delete(
    caller: Caller<ManageUsers>,
    user: PathReference,
    _params: NoParams,
    if_match: IfMatch,
) -> Result<HttpResponse> {
    let reference = user.or_not_found("account")?;
    caller.require_unrestricted()?;
    let mut conn = caller.write().await?;
    conn.transaction(async |conn: &mut Conn| {
        let old = store::require(conn, reference.as_str()).await?;
        covers(caller.principal(), old.role)?;
        store::delete(conn, &old, &if_match).await
    })
    .await?;
    caller.auth().forget();
    Ok(respond::deleted())
}

/// Answers with an account.
pub(super) async fn answer(
    conn: &mut Conn,
    request: &HttpRequest,
    row: UserRow,
) -> Result<HttpResponse> {
    let version = Some(row.version);
    let bytes = respond::json(&store::show(conn, row).await?)?;
    let meta = Meta::default();
    Ok(respond::editorial(
        request,
        StatusCode::OK,
        version,
        bytes,
        &meta,
    ))
}
