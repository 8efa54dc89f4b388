//! The API document, OpenAPI 3.1: what the handlers declare, completed with what holds for all
//! of them, so that it cannot be forgotten on one.

mod headers;
mod links;
mod members;
mod parameter_forms;
mod problems;
mod request_headers;
mod schemas;

use actix_web::http::Method;
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::openapi::path::{HttpMethod, Operation, Parameter};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathItem,
    PathsBuilder, RefOr, ResponseBuilder, ServerBuilder,
};
use utoipa::{Path, ToSchema};

use self::headers::{RATE_LIMITS, answer_headers, text_header};
use crate::error::Problem;
use crate::resources::info::Resources;

/// The document, as it grows.
pub struct Document {
    resources: Resources,
    paths: PathsBuilder,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Document {
    pub(crate) fn new(resources: Resources) -> Self {
        let mut schemas = vec![(
            Problem::name().into_owned(),
            <Problem as utoipa::PartialSchema>::schema(),
        )];
        Problem::schemas(&mut schemas);
        Self {
            resources,
            paths: PathsBuilder::new(),
            schemas,
        }
    }

    /// Adds an operation.
    pub(crate) fn add<P>(&mut self, method: &Method, path: &str)
    where
        P: Path + SchemaReferences + for<'t> Tags<'t>,
    {
        // utoipa demands a path of its own in the attribute of each handler; the table is what counts.
        debug_assert_eq!(P::path(), path, "the path in the handler's attribute");
        P::schemas(&mut self.schemas);
        let mut operation = complete(P::operation(), method, path, self.resources);
        operation.tags = Some(P::tags().into_iter().map(str::to_owned).collect());
        if operation.description.is_none() {
            operation.description.clone_from(&operation.summary);
        }
        let item = PathItem::new(http_method(method), operation);
        self.paths = std::mem::take(&mut self.paths).path(path, item);
    }

    /// The whole document.
    pub(crate) fn finish(self) -> OpenApi {
        let mut components = ComponentsBuilder::new();
        let mut schemas = self.schemas;
        schemas.sort_by(|(a, _), (b, _)| a.cmp(b));
        schemas.dedup_by(|(a, _), (b, _)| a == b);
        for (name, schema) in schemas {
            components = components.schema(name, schema);
        }
        let key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("mhk_… or JWT")
            .description(Some("An API key, or the access token returned by a login."))
            .build();
        let info = InfoBuilder::new()
            .title("Masthead")
            .version(API_VERSION)
            .description(Some(include_str!("../openapi.md")))
            .license(Some(
                LicenseBuilder::new()
                    .name("MIT OR Apache-2.0")
                    .identifier(Some("MIT OR Apache-2.0"))
                    .build(),
            ))
            .build();
        let sections = self.resources.iter().flat_map(|info| info.sections);
        let tags = sections.chain(OTHER_SECTIONS).map(|(name, text)| {
            TagBuilder::new()
                .name(*name)
                .description(Some(*text))
                .build()
        });
        OpenApiBuilder::new()
            .info(info)
            .servers(Some([ServerBuilder::new()
                .url("/")
                .description(Some("This server."))
                .build()]))
            .tags(Some(tags.collect::<Vec<_>>()))
            .paths(self.paths.build())
            .components(Some(
                components
                    .security_scheme("bearer", SecurityScheme::Http(key))
                    .build(),
            ))
            .build()
    }
}

/// The version of the API, as in its paths. That of the program is told to callers with a key.
const API_VERSION: &str = "1";

/// The sections of what is no resource.
const OTHER_SECTIONS: &[(&str, &str)] = &[
    (
        "Keys",
        "API keys: creating, changing, rotating and revoking them.",
    ),
    ("Accounts", "User accounts and their roles."),
    ("Sessions", "Signing in and out."),
    (
        "Service",
        "The service itself: health, documentation and maintenance.",
    ),
];

fn http_method(method: &Method) -> HttpMethod {
    match method.as_str() {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

/// Adds what follows from the method and the path: headers and problems.
fn complete(
    mut operation: Operation,
    method: &Method,
    path: &str,
    resources: Resources,
) -> Operation {
    let write = !method.is_safe();
    let in_api = path.starts_with("/v1/");
    if is_versioned(method, path) {
        push(&mut operation, request_headers::if_match());
        if path == "/v1/articles/{article}" && *method != Method::DELETE {
            push(&mut operation, request_headers::prefer());
        }
    } else if !write && !path.starts_with("/health") && !leads_elsewhere(path) {
        push(&mut operation, request_headers::if_none_match());
    }
    let repeatable = takes_idempotency_key(&operation, method);
    if repeatable {
        push(&mut operation, request_headers::idempotency_key());
    }

    let problems = problems::of(&operation, method, path, resources);
    if !write {
        let unchanged =
            ResponseBuilder::new().description("Not modified: the caller's copy is current.");
        if in_api {
            let moved = ResponseBuilder::new()
                .description("The slug is a former one: `Location` is the current URL.")
                .header("Location", text_header("The current URL."));
            // What is kept from the public goes by ids, which do not change.
            if path.contains('{') && !needs_credentials(&operation) {
                operation
                    .responses
                    .responses
                    .insert("308".to_owned(), RefOr::T(moved.build()));
            }
        }
        if !path.starts_with("/health") && !leads_elsewhere(path) {
            operation
                .responses
                .responses
                .insert("304".to_owned(), RefOr::T(unchanged.build()));
        }
    }
    let public = !needs_credentials(&operation);
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            answer_headers(response, status, (method, path), public, resources);
            if repeatable {
                let headers = &mut response.headers;
                headers.insert("Idempotency-Replayed".to_owned(), replayed().into());
            }
        }
    }
    for (code, description) in problems {
        let status = code.status().as_str().to_owned();
        let mut answer = problems::answer(code, description);
        if repeatable && status != "401" {
            answer
                .headers
                .insert("Idempotency-Replayed".to_owned(), replayed().into());
        }
        if status == "401" && (path == "/v1/auth/refresh" || leads_elsewhere(path)) {
            let emptied = text_header("Clears the cookie of the ended session.");
            answer
                .headers
                .insert("Set-Cookie".to_owned(), emptied.into());
        }
        operation
            .responses
            .responses
            .insert(status, RefOr::T(answer));
    }
    operation
}

fn replayed() -> utoipa::openapi::header::Header {
    text_header(
        "`true` if this is the stored response to an earlier request with the same \
         `Idempotency-Key`.",
    )
}

/// Whether an operation changes what has a version already.
fn is_versioned(method: &Method, path: &str) -> bool {
    // A session has no versions: it is open or over.
    let acts = path.starts_with("/v1/articles/{article}/")
        || path.ends_with("/rotate")
        || path.ends_with("/merge");
    // Nor have an edit lock and a preview token.
    let unversioned = path.starts_with("/v1/auth/")
        || path.ends_with("/lock")
        || path.contains("/preview-tokens");
    !method.is_safe() && !unversioned && (*method != Method::POST || acts)
}

/// Whether it can be sent again with the same `Idempotency-Key`.
fn takes_idempotency_key(operation: &Operation, method: &Method) -> bool {
    *method == Method::POST && needs_credentials(operation)
}

/// Whether a read shows nothing but leads a browser on: single sign-on.
fn leads_elsewhere(path: &str) -> bool {
    path.starts_with("/v1/auth/oidc/")
}

/// Whether nobody gets past it without credentials.
fn needs_credentials(operation: &Operation) -> bool {
    let public = serde_json::json!({});
    let ways = operation.security.iter().flatten();
    !ways
        .map(serde_json::to_value)
        .any(|way| way.is_ok_and(|way| way == public))
}

fn push(operation: &mut Operation, parameter: Parameter) {
    operation
        .parameters
        .get_or_insert_default()
        .push(RefOr::T(parameter));
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// The text of a document, as it is served and as `openapi/openapi.json` holds it.
///
/// # Errors
/// Never, as a test shows.
pub(crate) fn text_of(
    document: &OpenApi,
    resources: Resources,
) -> Result<String, serde_json::Error> {
    let mut document = serde_json::to_value(document)?;
    schemas::inline_texts(&mut document);
    schemas::require_nullable(&mut document);
    members::of_problems(&mut document);
    members::without_defaults(&mut document);
    members::open_metadata(&mut document);
    parameter_forms::form_parameters(&mut document, resources);
    parameter_forms::form_members(&mut document, resources);
    parameter_forms::close_bodies(&mut document);
    parameter_forms::unique_items(&mut document);
    schemas::loosen_parts(&mut document);
    links::add(&mut document);
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}
