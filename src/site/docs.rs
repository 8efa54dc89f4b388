//! Swagger UI: the API document for people. Compiled in, so that it works without a network.

use std::sync::{Arc, LazyLock};

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use utoipa_swagger_ui::{Config, serve};

use crate::error::{Error, Result};

/// The content security policy of the page: its own files, and icons that stand in its style sheet.
/// Swagger UI styles what it makes inline.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::from("/openapi.json")
        .try_it_out_enabled(true)
        .display_operation_id(true)
        // It would send this server's address to another one.
        .validator_url("none");
    Arc::new(config)
});

/// A file of Swagger UI; the page itself for an empty name.
///
/// # Errors
/// 404 for names that it does not have.
pub async fn file(request: HttpRequest) -> Result<HttpResponse> {
    let name = request.match_info().get("file").unwrap_or_default();
    let file = serve(name, Arc::clone(&CONFIG)).map_err(Error::internal)?;
    let file = file.ok_or_else(|| Error::not_found("page"))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, file.content_type))
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_POLICY))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(file.bytes.into_owned()))
}

/// Leads from `/docs` to the page, whose files are named relative to it.
pub async fn page() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, "/docs/"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .finish()
}
