//! The page that links of set-up, invitation and reset lead to, where a site has none of its
//! own. It asks for a password and sends it to the API; it can do nothing else.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use crate::error::{Error, Result};

/// The content security policy of the page: its own files, and calls to this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page.
pub async fn page() -> HttpResponse {
    serve("text/html; charset=utf-8", include_str!("page.html"))
}

/// A file of the page.
///
/// # Errors
/// 404 for names that it does not have.
pub async fn file(request: HttpRequest) -> Result<HttpResponse> {
    match request.match_info().get("file").unwrap_or_default() {
        "page.css" => Ok(serve("text/css; charset=utf-8", include_str!("page.css"))),
        "page.js" => Ok(serve(
            "text/javascript; charset=utf-8",
            include_str!("page.js"),
        )),
        _ => Err(Error::not_found("page")),
    }
}

fn serve(kind: &str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .body(text)
}
