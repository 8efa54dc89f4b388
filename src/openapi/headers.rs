//! The headers of answers, as the document says them.

use actix_web::http::Method;
use utoipa::openapi::Response;
use utoipa::openapi::header::HeaderBuilder;

use super::{leads_elsewhere, text};
use crate::resources::info::Resources;

pub(super) fn text_header(description: &str) -> utoipa::openapi::header::Header {
    HeaderBuilder::new()
        .schema(Some(text()))
        .description(Some(description))
        .build()
}

/// The headers of an answer to a request that was counted.
pub(super) const RATE_LIMITS: [(&str, &str); 2] = [
    (
        "RateLimit-Policy",
        "The rate limits that apply: a quota of `q` requests in a window of `w` seconds.",
    ),
    (
        "RateLimit",
        "The remaining quota of each limit: `r` requests, and `t` seconds until the next one is \
         available.",
    ),
];

/// The headers of every answer, and those of its kind.
pub(super) fn answer_headers(
    response: &mut Response,
    status: &str,
    (method, path): (&Method, &str),
    public: bool,
    resources: Resources,
) {
    let mut add = |name: &str, description: &str| {
        response
            .headers
            .insert(name.to_owned(), text_header(description).into());
    };
    add(
        "X-Request-Id",
        "The id of the request, as in the server's log.",
    );
    add(
        "Cache-Control",
        "Caching directives; `private, no-store` with a key.",
    );
    if path.starts_with("/health") {
        return;
    }
    add("Vary", "The request headers that the response depends on.");
    if path.starts_with("/v1/") {
        for (name, description) in RATE_LIMITS {
            add(name, description);
        }
    }
    if leads_elsewhere(path) {
        return;
    }
    for (name, description) in of_kept(method, path, public) {
        add(name, description);
    }
    if let Some(description) = language(method, path, resources) {
        add("Content-Language", description);
    }
    let signs_in = ["/v1/auth/login", "/v1/auth/refresh", "/v1/me/password"].contains(&path);
    if signs_in || path.starts_with("/v1/auth/logout") {
        add(
            "Set-Cookie",
            "The refresh token, if it is kept in a cookie; cleared when the session ends.",
        );
    }
    if status != "204" && !signs_in {
        add(
            "ETag",
            "A strong ETag: the version of the resource with a key, a hash of the bytes for the \
             public.",
        );
    }
    let is_state = ["/lock", "/publishable", "/preview-tokens"]
        .iter()
        .any(|end| path.ends_with(end));
    if *method == Method::GET && path.starts_with("/v1/") && !path.ends_with('}') && !is_state {
        add(
            "Link",
            "Links to the pages `first`, `prev`, `next` and `last` (RFC 8288).",
        );
    }
    if *method == Method::GET && path.starts_with("/v1/") && path.ends_with('}') && public {
        add(
            "Last-Modified",
            "Time of the last change; only for the public, and only where it is known.",
        );
    }
    if path == "/v1/articles/{article}" && [Method::PATCH, Method::PUT].contains(method) {
        add(
            "Preference-Applied",
            "`merge` if the change was merged with later changes (RFC 7240).",
        );
    }
    if status == "201" && !path.ends_with("/preview-tokens") {
        add("Location", "URL of the created resource.");
    }
}

/// The headers of public responses that may be cached.
fn of_kept(method: &Method, path: &str, public: bool) -> Vec<(&'static str, &'static str)> {
    if *method != Method::GET || !path.starts_with("/v1/") || !public {
        return Vec::new();
    }
    vec![
        (
            "Cache-Status",
            "Whether the response was generated for this request or came from the cache (RFC \
             9211).",
        ),
        (
            "Age",
            "Seconds since the response was last known to be current: 0 unless the database is \
             unavailable.",
        ),
        (
            "Surrogate-Key",
            "Surrogate keys of the content shown, for purging a CDN; sent only if enabled in the \
             settings.",
        ),
    ]
}

/// The meaning of `Content-Language`, where it may be there (RFC 9110, 8.5).
fn language(method: &Method, path: &str, resources: Resources) -> Option<&'static str> {
    let reads = *method == Method::GET;
    let article =
        path.starts_with("/v1/articles/") || (path == "/v1/articles" && *method == Method::POST);
    if (article || path.starts_with("/v1/preview/")) && *method != Method::DELETE {
        Some("Language of the article (RFC 9110, 8.5).")
    } else if reads && path.ends_with("/articles") {
        Some("Language of the articles, if one was requested (RFC 9110, 8.5).")
    } else if reads
        && (resources.iter()).any(|info| info.has_path(path) && !info.translated.is_empty())
    {
        Some("Language of the names, where it is known (RFC 9110, 8.5).")
    } else {
        None
    }
}
