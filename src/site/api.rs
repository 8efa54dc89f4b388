//! The front page, the API document, and the explanation of each problem.

use std::sync::OnceLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{App, VERSION};
use crate::auth::Visitor;
use crate::error::{Code, Error, Result};
use crate::http::params::NoParams;
use crate::http::precondition::{digest, not_modified};
use crate::http::respond::{self, Meta};

/// Information about the service.
#[derive(Debug, Serialize, ToSchema)]
pub struct Root {
    /// Name of the product.
    #[schema(example = "Masthead")]
    product: &'static str,
    /// Version of the product; only for callers with a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    version: Option<&'static str>,
    /// Name of the publication.
    #[schema(example = "The Courier")]
    site: String,
    /// URL of the OpenAPI document.
    #[schema(example = "/openapi.json")]
    openapi: &'static str,
    /// URL of the documentation for people.
    #[schema(example = "/docs")]
    docs: &'static str,
}

/// Returns the name of the product and links to its documentation.
#[utoipa::path(get, path = "/", operation_id = "getRoot", tag = "Service",
    responses((status = 200, description = "The product and links to its documentation.", body = Root)),
    security((), ("bearer" = [])))]
pub async fn root(
    visitor: Visitor,
    app: web::Data<App>,
    request: HttpRequest,
    _params: NoParams,
) -> Result<HttpResponse> {
    let root = Root {
        product: "Masthead",
        version: visitor.authenticated.then_some(VERSION),
        site: app.settings.site.name.clone(),
        openapi: "/openapi.json",
        docs: "/docs",
    };
    let bytes = respond::json(&root)?;
    Ok(if visitor.authenticated {
        respond::editorial(
            &request,
            actix_web::http::StatusCode::OK,
            None,
            bytes,
            &Meta::default(),
        )
    } else {
        respond::public(&request, &app, bytes, &Meta::default())
    })
}

/// The API document, made when it is first requested.
pub struct ApiDocument {
    make: fn() -> serde_json::Result<String>,
    made: OnceLock<(web::Bytes, String)>,
}

impl ApiDocument {
    /// A document whose text `make` gives.
    #[must_use]
    pub fn new(make: fn() -> serde_json::Result<String>) -> Self {
        let made = OnceLock::new();
        Self { make, made }
    }

    /// The text and its ETag.
    fn get(&self) -> Result<&(web::Bytes, String)> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let text = (self.make)().map_err(Error::internal)?;
        let etag = format!("\"{}\"", digest(text.as_bytes()));
        Ok(self.made.get_or_init(|| (web::Bytes::from(text), etag)))
    }
}

/// Returns the OpenAPI 3.1 document of this API.
#[utoipa::path(get, path = "/openapi.json", operation_id = "getOpenApi", tag = "Service",
    responses((status = 200, description = "The OpenAPI document.", body = serde_json::Value)),
    security((), ("bearer" = [])))]
pub async fn openapi(
    document: web::Data<ApiDocument>,
    request: HttpRequest,
    _params: NoParams,
) -> Result<HttpResponse> {
    let (bytes, etag) = document.get()?;
    let unchanged = not_modified(&request, etag, None);
    let mut answer = if unchanged {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    answer
        .insert_header((header::ETAG, etag.as_str()))
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"));
    if unchanged {
        return Ok(answer.finish());
    }
    Ok(answer
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(bytes.clone()))
}

/// Explanation of a problem code.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemKind {
    /// The code.
    #[schema(example = "stale_version")]
    code: &'static str,
    /// HTTP status of the problem.
    #[schema(example = 412, minimum = 400, maximum = 599)]
    status: u16,
    /// Title of the problem.
    #[schema(example = "Stale version")]
    title: &'static str,
    /// Meaning of the code, and what to do about it.
    meaning: &'static str,
}

/// Explains a problem code: the `type` of a problem links here.
#[utoipa::path(get, path = "/problems/{code}", operation_id = "getProblem", tag = "Service",
    params(("code" = String, Path, description = "The code.", example = "stale_version")),
    responses((status = 200, description = "Explanation of the code.", body = ProblemKind)),
    security((), ("bearer" = [])))]
pub async fn problem(
    app: web::Data<App>,
    request: HttpRequest,
    code: web::Path<String>,
    _params: NoParams,
) -> Result<HttpResponse> {
    let code = Code::named(&code).ok_or_else(|| Error::not_found("problem"))?;
    let kind = ProblemKind {
        code: code.name(),
        status: code.status().as_u16(),
        title: code.title(),
        meaning: code.meaning(),
    };
    Ok(respond::public(
        &request,
        &app,
        respond::json(&kind)?,
        &Meta::default(),
    ))
}
