//! Which pages of other origins may call the API from a browser.

use actix_cors::Cors;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName};

use crate::config::CorsSettings;
use crate::limits::{RATE_LIMIT, RATE_LIMIT_POLICY};

/// CORS after the WHATWG Fetch standard. No cookie authenticates, so credentials mode is off
/// and any origin may be allowed without danger.
pub fn cors(settings: &CorsSettings) -> Cors {
    let mut cors = Cors::default()
        .allowed_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allowed_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
        ])
        .expose_headers([
            header::ETAG,
            header::LINK,
            header::LOCATION,
            header::ALLOW,
            header::RETRY_AFTER,
            RATE_LIMIT,
            RATE_LIMIT_POLICY,
            HeaderName::from_static("x-request-id"),
        ])
        // `headers` says what answers vary by.
        .disable_vary_header()
        .block_on_origin_mismatch(false)
        .max_age(3_600);
    if settings.allowed_origins.iter().any(|origin| origin == "*") {
        cors = cors.allow_any_origin().send_wildcard();
    } else {
        for origin in &settings.allowed_origins {
            cors = cors.allowed_origin(origin);
        }
    }
    cors
}
