//! The public keys of access tokens, for other services to check them with.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Guest;
use crate::auth::credentials::signing::Jwk;
use crate::error::Result;
use crate::http::params::NoParams;
use crate::http::precondition::{not_modified, public_tag};
use crate::http::respond;

/// Public keys (RFC 7517).
#[derive(Debug, Serialize, ToSchema)]
pub struct JwkSet {
    /// The keys: the current signing key, the next one and earlier ones.
    keys: Vec<Jwk>,
}

/// Returns the public keys for verifying access tokens (RFC 7517). A new key is published ten
/// minutes before it is used for signing.
#[utoipa::path(get, path = "/.well-known/jwks.json", operation_id = "getJwks", tag = "Service",
    responses((status = 200, description = "The keys.", body = JwkSet)),
    security((), ("bearer" = [])))]
pub async fn keys(guest: Guest, request: HttpRequest, _params: NoParams) -> Result<HttpResponse> {
    let now = guest.app().clock.now();
    let keys = guest.auth().signing.published(guest.db(), now).await?;
    let bytes = respond::json(&JwkSet { keys })?;
    let etag = public_tag(&bytes);
    let unchanged = not_modified(&request, &etag, None);
    let mut answer = if unchanged {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    answer
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"));
    if unchanged {
        return Ok(answer.finish());
    }
    Ok(answer
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(bytes))
}
