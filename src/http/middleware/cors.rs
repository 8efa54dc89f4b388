//! CORS: the origins whose pages may call the API.

use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web;

use crate::app::App;
use crate::config::Settings;
use crate::http::idempotency::{IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED};
use crate::limits::{RATE_LIMIT, RATE_LIMIT_POLICY};

/// CORS after the WHATWG Fetch standard, without credentials: any origin may be allowed without
/// danger. Origins that may use the refresh cookie are allowed here, too; [`credentials`] adds
/// what they get besides.
pub fn cors(settings: &Settings) -> Cors {
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
            IDEMPOTENCY_KEY,
        ])
        .expose_headers([
            header::ETAG,
            header::LINK,
            header::LOCATION,
            header::ALLOW,
            header::RETRY_AFTER,
            RATE_LIMIT,
            RATE_LIMIT_POLICY,
            IDEMPOTENCY_REPLAYED,
            HeaderName::from_static("x-request-id"),
        ])
        // `headers` says what answers vary by.
        .disable_vary_header()
        .block_on_origin_mismatch(false)
        .max_age(3_600);
    let allowed = &settings.cors.allowed_origins;
    if allowed.iter().any(|origin| origin == "*") {
        cors = cors.allow_any_origin().send_wildcard();
    } else {
        for origin in allowed.iter().chain(&settings.auth.cookie_origins) {
            cors = cors.allowed_origin(origin);
        }
    }
    cors
}

/// The middleware that lets pages of `auth.cookie_origins` send the refresh cookie along: what
/// CORS allows them, it allows with credentials, and to this origin by its name. It must run
/// outside [`cors`], whose answers to preflights it completes.
///
/// # Errors
/// Errors of the wrapped service.
pub async fn credentials<B: MessageBody>(
    app: web::Data<App>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let may = |origin: &HeaderValue| {
        let mut origins = app.settings.auth.cookie_origins.iter();
        origins.any(|one| one.as_bytes() == origin.as_bytes())
    };
    let mut answer = next.call(request).await?;
    let headers = answer.headers_mut();
    if let Some(origin) = origin.filter(may)
        && headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN)
    {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let yes = HeaderValue::from_static("true");
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    }
    // Without the other header it has no effect.
    if !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        headers.remove(header::ACCESS_CONTROL_EXPOSE_HEADERS);
    }
    Ok(answer)
}
