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

/// What the front page says.
#[derive(Debug, Serialize, ToSchema)]
pub struct Root {
    /// The product.
    #[schema(example = "Masthead")]
    product: &'static str,
    /// Its version; only to callers with a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    version: Option<&'static str>,
    /// The publication's name.
    #[schema(example = "The Courier")]
    site: String,
    /// Where the API document is.
    #[schema(example = "/openapi.json")]
    openapi: &'static str,
    /// Where the documentation for people is.
    #[schema(example = "/docs")]
    docs: &'static str,
}

/// Names the product and leads to its documentation.
#[utoipa::path(get, path = "/", operation_id = "getRoot", tag = "Service",
    responses((status = 200, description = "The product and its documentation.", body = Root)),
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

/// This API's document, OpenAPI 3.1.
#[utoipa::path(get, path = "/openapi.json", operation_id = "getOpenApi", tag = "Service",
    responses((status = 200, description = "The document.", body = serde_json::Value)),
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

/// What a code of a problem means.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemKind {
    /// The code.
    #[schema(example = "stale_version")]
    code: &'static str,
    /// The HTTP status it comes with.
    #[schema(example = 412, minimum = 400, maximum = 599)]
    status: u16,
    /// The problem in a few words.
    #[schema(example = "Changed meanwhile")]
    title: &'static str,
    /// What it means and what to do about it.
    meaning: &'static str,
}

/// Explains a kind of problem: the `type` of a problem document leads here.
#[utoipa::path(get, path = "/problems/{code}", operation_id = "getProblem", tag = "Service",
    params(("code" = String, Path, description = "The code.", example = "stale_version")),
    responses((status = 200, description = "What the code means.", body = ProblemKind)),
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
