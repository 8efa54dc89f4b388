//! Whether an article could be published, over HTTP.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::requirements::missing;
use crate::articles::context::Context;
use crate::articles::draft_access::{Scope, owned};
use crate::articles::drafts::document::require;
use crate::auth::Caller;
use crate::auth::permission::ReadDrafts;
use crate::error::{FieldError, Result};
use crate::http::params::{NoParams, PathReference};
use crate::http::respond;
use crate::values::Reference;

/// The result of checking the requirements for publication.
#[derive(Debug, Serialize, ToSchema)]
pub struct Publishable {
    /// Whether all requirements are met.
    pub publishable: bool,
    /// Missing requirements, each with a pointer into the article.
    pub missing: Vec<FieldError>,
}

/// Checks whether the working copy meets the requirements for publication.
#[utoipa::path(get, path = "/v1/articles/{article}/publishable", operation_id = "getPublishable", tag = "Articles",
    params(("article" = Reference, Path, description = "Id or slug of the article.")),
    responses((status = 200, description = "The missing requirements.", body = Publishable)),
    security(("bearer" = [])))]
pub async fn get(
    caller: Caller<ReadDrafts>,
    request: HttpRequest,
    article: PathReference,
    _params: NoParams,
) -> Result<HttpResponse> {
    let reference = article.or_not_found("article")?;
    let scope = &Scope::of(&caller);
    let mut conn = caller.read().await?;
    let document = require(&mut conn, &reference, Context::of(&caller, scope)).await?;
    caller.permit(&owned(&mut conn, &caller, &document.row).await?)?;
    let missing = missing(&caller.app().settings, &document);
    let answer = Publishable {
        publishable: missing.is_empty(),
        missing,
    };
    Ok(respond::unversioned(&request, respond::json(&answer)?))
}
