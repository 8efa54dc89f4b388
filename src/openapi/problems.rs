//! The problems of each operation in the document.

use actix_web::http::Method;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::{
    RATE_LIMITS, is_versioned, leads_elsewhere, needs_credentials, takes_idempotency_key,
    text_header,
};
use crate::error::Code;
use crate::resources::info::Resources;

/// The problems of an operation.
pub(super) fn of(
    operation: &Operation,
    method: &Method,
    path: &str,
    resources: Resources,
) -> Vec<(Code, &'static str)> {
    let write = !method.is_safe();
    let mut problems: Vec<(Code, &'static str)> = vec![
        (
            Code::MalformedRequest,
            "The request or one of its parameters is invalid.",
        ),
        (
            Code::Unauthorized,
            if needs_credentials(operation) {
                "The key or access token is missing or invalid."
            } else if leads_elsewhere(path) {
                "The key or access token is invalid, or the sign-on was refused."
            } else {
                "The key or access token is invalid."
            },
        ),
        (Code::Internal, "Internal server error."),
        (
            Code::Unavailable,
            if leads_elsewhere(path) {
                "The database or the provider is unavailable, or the server is overloaded."
            } else {
                "The database is unavailable, or the server is overloaded."
            },
        ),
    ];
    problems.push((Code::NotAcceptable, "`Accept` excludes JSON."));
    if path.starts_with("/v1/") {
        problems.push((Code::TooManyRequests, "Too many requests."));
    }
    if path.contains('{') || path == "/v1/redirects" {
        problems.push((
            Code::NotFound,
            "No such resource, or none that the caller may see.",
        ));
    }
    if leads_elsewhere(path) {
        problems.push((Code::NotFound, "Single sign-on is not configured."));
    }
    // Of public reads, because what is asked for may be for editors.
    if write || needs_credentials(operation) || resources.has_public_path(path) {
        problems.push((Code::Forbidden, "The caller lacks the permission."));
    }
    if write {
        problems.push((
            Code::Conflict,
            "The slug or name is taken, the resource is in use, or its state does not allow the \
             operation.",
        ));
        problems.push((Code::InsufficientStorage, "The database is out of space."));
    }
    problems.extend(of_life(path));
    if is_versioned(method, path) {
        problems.push((
            Code::StaleVersion,
            "The resource has changed since the version in `If-Match`.",
        ));
        problems.push((Code::PreconditionRequired, "`If-Match` is missing."));
    }
    problems.extend_from_slice(of_body(operation));
    if takes_idempotency_key(operation, method) {
        // In the place of those with the same status, which they tell of too.
        problems.push((
            Code::IdempotencyRunning,
            "The slug or name is taken, the resource is in use, or its state does not allow the \
             operation; or the request with this `Idempotency-Key` is still in progress, or its \
             response was lost.",
        ));
        problems.push((
            Code::IdempotencyKeyReused,
            "Fields of the body are invalid, or the `Idempotency-Key` belongs to another request.",
        ));
        if operation.request_body.is_none() {
            problems.push((Code::PayloadTooLarge, "The body exceeds the size limit."));
        }
    }
    problems
}

/// The problems of an operation with a body.
fn of_body(operation: &Operation) -> &'static [(Code, &'static str)] {
    if operation.request_body.is_none() {
        return &[];
    }
    &[
        (Code::PayloadTooLarge, "The body exceeds the size limit."),
        (
            Code::UnsupportedMediaType,
            "The media type of the body is not supported.",
        ),
        (Code::InvalidFields, "Fields of the body are invalid."),
    ]
}

/// The problems of the trash and of previews.
fn of_life(path: &str) -> Option<(Code, &'static str)> {
    if path.contains("/trash/") || path.ends_with("{article}/restore") {
        return Some((Code::Purged, "The article was permanently deleted."));
    }
    path.starts_with("/v1/preview/").then_some((
        Code::PreviewUnknown,
        "The token is unknown, expired or revoked, or belongs to another article.",
    ))
}

/// The answer of a problem.
pub(super) fn answer(code: Code, description: &str) -> Response {
    let schema = RefOr::<Schema>::Ref(Ref::from_schema_name("Problem"));
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let mut problem = ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .header(
            "X-Request-Id",
            text_header("The id of the request, as in the server's log."),
        );
    match code {
        Code::Unauthorized | Code::Forbidden => {
            problem = problem.header(
                "WWW-Authenticate",
                text_header("Authentication challenge (RFC 6750)."),
            );
        }
        Code::Unavailable | Code::IdempotencyRunning => {
            problem = problem.header(
                "Retry-After",
                text_header("Seconds to wait before trying again."),
            );
        }
        Code::TooManyRequests => {
            let after = text_header("Seconds to wait before trying again.");
            problem = problem.header("Retry-After", after);
            for (name, description) in RATE_LIMITS {
                problem = problem.header(name, text_header(description));
            }
        }
        _ => {}
    }
    problem.build()
}
