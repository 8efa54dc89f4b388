//! What can go wrong with an operation, as the document says it.

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

/// What can go wrong with an operation.
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
            "The request or a parameter of it is not as it must be.",
        ),
        (
            Code::Unauthorized,
            if needs_credentials(operation) {
                "No key was given, or it is not valid."
            } else if leads_elsewhere(path) {
                "The key that was given is not valid, or the sign-on is refused."
            } else {
                "The key that was given is not valid."
            },
        ),
        (Code::Internal, "Something went wrong on the server."),
        (
            Code::Unavailable,
            if leads_elsewhere(path) {
                "The database, or the provider, cannot be reached at the moment, or too much is asked."
            } else {
                "The database cannot be reached at the moment, or too much is asked."
            },
        ),
    ];
    problems.push((Code::NotAcceptable, "`Accept` leaves JSON out."));
    if path.starts_with("/v1/") {
        problems.push((Code::TooManyRequests, "There were too many requests."));
    }
    if path.contains('{') || path == "/v1/redirects" {
        problems.push((Code::NotFound, "There is nothing of this name."));
    }
    if leads_elsewhere(path) {
        problems.push((Code::NotFound, "Single sign-on is not set up."));
    }
    // Of public reads, because what is asked for may be for editors.
    if write || needs_credentials(operation) || resources.has_public_path(path) {
        problems.push((Code::Forbidden, "The key's role does not allow this."));
    }
    if write {
        problems.push((
            Code::Conflict,
            "A slug or name is taken, something is in use, or its state does not allow this.",
        ));
        problems.push((Code::InsufficientStorage, "The database has no room left."));
    }
    problems.extend(of_life(path));
    if is_versioned(method, path) {
        problems.push((
            Code::StaleVersion,
            "It changed since the version in `If-Match`.",
        ));
        problems.push((Code::PreconditionRequired, "`If-Match` is missing."));
    }
    if operation.request_body.is_some() {
        problems.push((Code::PayloadTooLarge, "The body is over the limit."));
        problems.push((Code::UnsupportedMediaType, "The body is of another type."));
        problems.push((
            Code::InvalidFields,
            "Fields of the body are not as they must be.",
        ));
    }
    if takes_idempotency_key(operation, method) {
        // In the place of those with the same status, which they tell of too.
        problems.push((
            Code::IdempotencyRunning,
            "A slug or name is taken, something is in use, or its state does not allow this; or the request with this `Idempotency-Key` is still running, or its answer is lost.",
        ));
        problems.push((
            Code::IdempotencyKeyReused,
            "Fields of the body are not as they must be, or the `Idempotency-Key` is another request's.",
        ));
        if operation.request_body.is_none() {
            problems.push((Code::PayloadTooLarge, "The body is over the limit."));
        }
    }
    problems
}

/// What goes wrong with the trash and with previews.
fn of_life(path: &str) -> Option<(Code, &'static str)> {
    if path.contains("/trash/") || path.ends_with("{article}/restore") {
        return Some((Code::Purged, "It was deleted for good."));
    }
    path.starts_with("/v1/preview/").then_some((
        Code::PreviewUnknown,
        "The token is none, ended, was revoked, or is for another article.",
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
            text_header("The id of the request, by which the log knows it."),
        );
    match code {
        Code::Unauthorized | Code::Forbidden => {
            problem = problem.header(
                "WWW-Authenticate",
                text_header("How to authenticate (RFC 6750)."),
            );
        }
        Code::Unavailable | Code::IdempotencyRunning => {
            problem = problem.header(
                "Retry-After",
                text_header("Seconds after which to try again."),
            );
        }
        Code::TooManyRequests => {
            let after = text_header("Seconds after which to try again.");
            problem = problem.header("Retry-After", after);
            for (name, description) in RATE_LIMITS {
                problem = problem.header(name, text_header(description));
            }
        }
        _ => {}
    }
    problem.build()
}
