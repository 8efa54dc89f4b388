//! Single keys over HTTP.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::key::{Key, KeyInput, KeyRotationInput, KeyWithSecret};
use super::store::{self, KeyRow};
use crate::auth::Caller;
use crate::auth::credentials::key::NewKey;
use crate::auth::credentials::random;
use crate::auth::permission::ManageKeys;
use crate::db::{Conn, Time};
use crate::error::{Code, Error, FieldError, Result};
use crate::http::answer::PatchOf;
use crate::http::body::{Body, MergePatch, check};
use crate::http::params::{NoParams, PathReference};
use crate::http::precondition::IfMatch;
use crate::http::respond::{self, Meta};
use crate::values::Reference;

/// A patch of a key.
pub type KeyPatch = PatchOf<KeyInput>;

/// Reads a key by id.
#[utoipa::path(get, path = "/v1/keys/{key}", operation_id = "getKey", tag = "Keys",
    params(("key" = uuid::Uuid, Path, description = "Id of the key.")),
    responses((status = 200, description = "The key.", body = Key)),
    security(("bearer" = [])))]
pub async fn get(
    caller: Caller<ManageKeys>,
    request: HttpRequest,
    key: PathReference,
    _params: NoParams,
) -> Result<HttpResponse> {
    let mut conn = caller.read().await?;
    let row = store::require(&mut conn, &key.or_not_found("key")?).await?;
    let shown = shown(&mut conn, &caller, row).await?;
    let (version, bytes) = (shown.version, respond::json(&shown)?);
    let (status, meta) = (StatusCode::OK, Meta::default());
    Ok(respond::editorial(
        &request,
        status,
        Some(version),
        bytes,
        &meta,
    ))
}

/// Creates a key. Its secret is returned only in this response. Callers can grant only permissions
/// that they have.
#[utoipa::path(post, path = "/v1/keys", operation_id = "createKey", tag = "Keys",
    request_body = KeyInput,
    responses((status = 201, description = "The key with its secret.", body = KeyWithSecret)),
    security(("bearer" = [])))]
pub async fn create(
    caller: Caller<ManageKeys>,
    request: HttpRequest,
    _params: NoParams,
    Body(input): Body<KeyInput>,
) -> Result<HttpResponse> {
    valid(input.contradictions(now(&caller), None))?;
    let key = NewKey::from_random(&random::bytes()?);
    let mut conn = caller.write().await?;
    let row = conn
        .transaction(async |conn: &mut Conn| {
            let edit = caller.edit_granting(conn, &[input.grant()]).await?;
            let row = KeyRow::of(edit, &input);
            store::create(conn, &row, &key).await?;
            Ok::<_, Error>(row)
        })
        .await?;
    let (path, version) = (format!("/v1/keys/{}", row.id), row.version);
    let bytes = with_secret(&mut conn, &caller, row, key).await?;
    respond::created(&request, &path, version, bytes)
}

/// Changes some members of a key (JSON Merge Patch, RFC 7396). The expiry of an expired key can be
/// extended; a revoked key cannot be changed (409). Callers can grant only permissions that they
/// have, and cannot change keys with others.
#[utoipa::path(patch, path = "/v1/keys/{key}", operation_id = "patchKey", tag = "Keys",
    params(("key" = uuid::Uuid, Path, description = "Id of the key.")),
    request_body(content = KeyPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The updated key.", body = Key)),
    security(("bearer" = [])))]
pub async fn patch(
    caller: Caller<ManageKeys>,
    request: HttpRequest,
    key: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    patch: MergePatch,
) -> Result<HttpResponse> {
    let reference = key.or_not_found("key")?;
    let mut conn = caller.write().await?;
    let row = conn
        .transaction(async |conn: &mut Conn| {
            let old = require(conn, &reference, &if_match).await?;
            if old.revoked_at.is_some() {
                let detail = "A revoked key cannot be changed.";
                return Err(Error::new(Code::Conflict, detail));
            }
            let input: KeyInput = check(patch.apply(old.as_input()))?;
            valid(input.contradictions(now(&caller), old.expires_at))?;
            let grants = [old.grant(), input.grant()];
            let edit = caller.edit_granting(conn, &grants).await?;
            store::update(conn, edit, &old, &input).await
        })
        .await?;
    caller.auth().forget();
    let shown = shown(&mut conn, &caller, row).await?;
    let bytes = respond::json(&shown)?;
    Ok(respond::written(&request, shown.version, bytes))
}

/// Revokes a key with immediate effect; it stays in the list. Revoking it again has no effect.
#[utoipa::path(delete, path = "/v1/keys/{key}", operation_id = "revokeKey", tag = "Keys",
    params(("key" = uuid::Uuid, Path, description = "Id of the key.")),
    responses((status = 204, description = "The key is revoked.")),
    security(("bearer" = [])))]
pub async fn revoke(
    caller: Caller<ManageKeys>,
    key: PathReference,
    _params: NoParams,
    if_match: IfMatch,
) -> Result<HttpResponse> {
    let reference = key.or_not_found("key")?;
    let mut conn = caller.write().await?;
    conn.transaction(async |conn: &mut Conn| {
        let old = require(conn, &reference, &if_match).await?;
        // It takes rights away and gives none: whoever manages keys can stop one that leaked.
        let edit = caller.edit_granting(conn, &[]).await?;
        store::revoke(conn, edit, &old).await
    })
    .await?;
    caller.auth().forget();
    Ok(respond::deleted())
}

/// Generates a new secret for a key, returned only in this response. Earlier secrets stay valid for
/// a while, so that clients can be switched without interruption. Callers cannot rotate keys with
/// permissions that they lack.
#[utoipa::path(post, path = "/v1/keys/{key}/rotate", operation_id = "rotateKey", tag = "Keys",
    params(("key" = uuid::Uuid, Path, description = "Id of the key.")),
    request_body = KeyRotationInput,
    responses((status = 200, description = "The key with its new secret.", body = KeyWithSecret)),
    security(("bearer" = [])))]
pub async fn rotate(
    caller: Caller<ManageKeys>,
    request: HttpRequest,
    key: PathReference,
    _params: NoParams,
    if_match: IfMatch,
    Body(input): Body<KeyRotationInput>,
) -> Result<HttpResponse> {
    valid(input.contradictions())?;
    let reference = key.or_not_found("key")?;
    let key = NewKey::from_random(&random::bytes()?);
    let overlap_ms = i64::from(input.overlap_seconds) * 1_000;
    let mut conn = caller.write().await?;
    let row = conn
        .transaction(async |conn: &mut Conn| {
            let old = require(conn, &reference, &if_match).await?;
            let edit = caller.edit_granting(conn, &[old.grant()]).await?;
            store::rotate(conn, edit, &old, &key, overlap_ms).await
        })
        .await?;
    caller.auth().forget();
    let version = row.version;
    let bytes = with_secret(&mut conn, &caller, row, key).await?;
    Ok(respond::written(&request, version, bytes))
}

fn now(caller: &Caller<ManageKeys>) -> Time {
    caller.app().clock.now()
}

/// The key that a change is for, if it is at a version that the change is based on.
async fn require(conn: &mut Conn, reference: &Reference, if_match: &IfMatch) -> Result<KeyRow> {
    let row = store::require(conn, reference).await?;
    if_match.check(row.version)?;
    Ok(row)
}

async fn shown(conn: &mut Conn, caller: &Caller<ManageKeys>, row: KeyRow) -> Result<Key> {
    let mut keys = store::complete(conn, vec![row], now(caller)).await?;
    keys.pop().ok_or_else(|| Error::not_found("key"))
}

/// The answer that shows a secret.
async fn with_secret(
    conn: &mut Conn,
    caller: &Caller<ManageKeys>,
    row: KeyRow,
    secret: NewKey,
) -> Result<Vec<u8>> {
    let key = shown(conn, caller, row).await?;
    let secret = secret.text;
    respond::json(&KeyWithSecret { key, secret })
}

fn valid(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::fields(Code::InvalidFields, errors))
    }
}
