//! Responses to methods without a handler.

use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};

use crate::error::{Code, Error, Result};

/// The value of `Allow` for these methods; `HEAD` goes with `GET`, and `OPTIONS` is everywhere.
#[must_use]
pub fn allow(methods: &[Method]) -> String {
    let mut names = Vec::new();
    for method in methods {
        names.push(method.as_str());
        if method == Method::GET {
            names.push("HEAD");
        }
    }
    names.push("OPTIONS");
    names.join(", ")
}

/// Answers `OPTIONS` with what the path allows, anything else with 405 (RFC 9110, 15.5.6).
///
/// # Errors
/// 405 with `Allow`.
pub fn other_method(request: &HttpRequest, allow: &str) -> Result<HttpResponse> {
    let value = HeaderValue::from_str(allow).map_err(Error::internal)?;
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::build(StatusCode::NO_CONTENT)
            .insert_header((header::ALLOW, value))
            .finish());
    }
    let detail = format!(
        "The method {} is not supported here. Supported methods: {allow}.",
        request.method()
    );
    Err(Error::new(Code::MethodNotAllowed, detail).with_header(header::ALLOW, value))
}
