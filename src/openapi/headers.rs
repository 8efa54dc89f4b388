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
        "The limits by which the request was counted: requests `q` in seconds `w`.",
    ),
    (
        "RateLimit",
        "What is left of each: requests `r`, and the seconds `t` until there is one more.",
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
        "The id of the request, by which the log knows it.",
    );
    add(
        "Cache-Control",
        "How long it may be kept; `private, no-store` with a key.",
    );
    if path.starts_with("/health") {
        return;
    }
    add("Vary", "What of the request changes the answer.");
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
            "The refresh token, where it goes into a cookie; emptied when the session is over.",
        );
    }
    if status != "204" && !signs_in {
        add(
            "ETag",
            "The version, strong: of the resource for a key, of the bytes in public.",
        );
    }
    let is_state = ["/lock", "/publishable", "/preview-tokens"]
        .iter()
        .any(|end| path.ends_with(end));
    if *method == Method::GET && path.starts_with("/v1/") && !path.ends_with('}') && !is_state {
        add(
            "Link",
            "The pages `first`, `prev`, `next`, `last` (RFC 8288).",
        );
    }
    if *method == Method::GET && path.starts_with("/v1/") && path.ends_with('}') && public {
        add(
            "Last-Modified",
            "When it changed last; only in public, and where that is known.",
        );
    }
    if path == "/v1/articles/{article}" && [Method::PATCH, Method::PUT].contains(method) {
        add(
            "Preference-Applied",
            "`merge` when the change was joined with what changed since (RFC 7240).",
        );
    }
    if status == "201" && !path.ends_with("/preview-tokens") {
        add("Location", "The address of what was created.");
    }
}

/// What is said of public answers that may be kept.
fn of_kept(method: &Method, path: &str, public: bool) -> Vec<(&'static str, &'static str)> {
    if *method != Method::GET || !path.starts_with("/v1/") || !public {
        return Vec::new();
    }
    vec![
        (
            "Cache-Status",
            "Whether it was made for this request or kept of an earlier one (RFC 9211).",
        ),
        (
            "Age",
            "For how many seconds it is not known any more that nothing changed: 0 unless the \
             database is away.",
        ),
        (
            "Surrogate-Key",
            "What it shows, for a CDN that purges by it, if the settings want it.",
        ),
    ]
}

/// What `Content-Language` is the language of, where it may be there (RFC 9110, 8.5).
fn language(method: &Method, path: &str, resources: Resources) -> Option<&'static str> {
    let reads = *method == Method::GET;
    let article =
        path.starts_with("/v1/articles/") || (path == "/v1/articles" && *method == Method::POST);
    if (article || path.starts_with("/v1/preview/")) && *method != Method::DELETE {
        Some("The language of the article (RFC 9110, 8.5).")
    } else if reads && path.ends_with("/articles") {
        Some("The language of the articles, where one was asked for (RFC 9110, 8.5).")
    } else if reads
        && (resources.iter()).any(|info| info.has_path(path) && !info.translated.is_empty())
    {
        Some("The language of the names, where it is certain (RFC 9110, 8.5).")
    } else {
        None
    }
}
