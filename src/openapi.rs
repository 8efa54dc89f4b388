//! The API document, OpenAPI 3.1: what the handlers declare, completed with what holds for all
//! of them, so that it cannot be forgotten on one.

mod schemas;

use actix_web::http::Method;
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder,
    PathItem, PathsBuilder, Ref, RefOr, Required, Response, ResponseBuilder, ServerBuilder,
};
use utoipa::{Path, ToSchema};

use crate::error::{Code, Problem};

/// The document, as it grows.
pub struct Document {
    paths: PathsBuilder,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Document {
    pub(crate) fn new() -> Self {
        let mut schemas = vec![(
            Problem::name().into_owned(),
            <Problem as utoipa::PartialSchema>::schema(),
        )];
        Problem::schemas(&mut schemas);
        Self {
            paths: PathsBuilder::new(),
            schemas,
        }
    }

    /// Adds an operation.
    pub(crate) fn add<P>(&mut self, method: &Method, path: &str)
    where
        P: Path + SchemaReferences + for<'t> Tags<'t>,
    {
        P::schemas(&mut self.schemas);
        let mut operation = complete(P::operation(), method, path);
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
            .description(Some("An API key, or the access token that a login gives."))
            .build();
        let info = InfoBuilder::new()
            .title("Masthead")
            .version(API_VERSION)
            .description(Some(include_str!("openapi.md")))
            .license(Some(
                LicenseBuilder::new()
                    .name("MIT OR Apache-2.0")
                    .identifier(Some("MIT OR Apache-2.0"))
                    .build(),
            ))
            .build();
        let tags = TAGS.iter().map(|(name, text)| {
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

const TAGS: &[(&str, &str)] = &[
    (
        "Articles",
        "Articles: drafts for editors, published articles for everyone.",
    ),
    ("Authors", "Those whom bylines name."),
    (
        "Tags",
        "Topics, sections, places, people and more, in a tree.",
    ),
    (
        "Keys",
        "API keys: made, changed, rotated and revoked by those who may manage them.",
    ),
    ("Service", "The service itself."),
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
fn complete(mut operation: Operation, method: &Method, path: &str) -> Operation {
    let write = !method.is_safe();
    let in_api = path.starts_with("/v1/");
    if is_versioned(method, path) {
        push(&mut operation, if_match());
    } else if !write && !path.starts_with("/health") {
        push(&mut operation, if_none_match());
    }

    let problems = problems(&operation, method, path);
    if !write {
        let unchanged =
            ResponseBuilder::new().description("The caller has it already: nothing changed.");
        if in_api {
            let moved = ResponseBuilder::new()
                .description("The slug is an old one: `Location` is the address now.")
                .header("Location", text_header("The address now."));
            // What is kept from the public goes by ids, which do not change.
            if path.contains('{') && !needs_credentials(&operation) {
                operation
                    .responses
                    .responses
                    .insert("308".to_owned(), RefOr::T(moved.build()));
            }
        }
        if !path.starts_with("/health") {
            operation
                .responses
                .responses
                .insert("304".to_owned(), RefOr::T(unchanged.build()));
        }
    }
    let public = !needs_credentials(&operation);
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            answer_headers(response, method, path, public);
        }
    }
    for (code, description) in problems {
        let status = code.status().as_str().to_owned();
        operation
            .responses
            .responses
            .insert(status, RefOr::T(problem(code, description)));
    }
    operation
}

/// What can go wrong with an operation.
fn problems(operation: &Operation, method: &Method, path: &str) -> Vec<(Code, &'static str)> {
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
            } else {
                "The key that was given is not valid."
            },
        ),
        (Code::Internal, "Something went wrong on the server."),
        (
            Code::Unavailable,
            "The database cannot be reached at the moment.",
        ),
    ];
    problems.push((Code::NotAcceptable, "`Accept` leaves JSON out."));
    if path.contains('{') || path == "/v1/redirects" {
        problems.push((Code::NotFound, "There is nothing of this name."));
    }
    if needs_credentials(operation) {
        problems.push((Code::Forbidden, "The key's role does not allow this."));
    }
    if write {
        problems.push((
            Code::Conflict,
            "A slug or name is taken, something is in use, or its state does not allow this.",
        ));
    }
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
    problems
}

/// Whether an operation changes what has a version already.
fn is_versioned(method: &Method, path: &str) -> bool {
    let acts = path.ends_with("publish") || path.ends_with("/rotate");
    !method.is_safe() && (*method != Method::POST || acts)
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

fn if_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some(
            "The ETag of the version that the change is based on, or `*`.",
        ))
        .schema(Some(text().examples(["\"7\"", "*"])))
        .build()
}

fn if_none_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The ETag of what the caller has; when it is still current, 304.",
        ))
        .schema(Some(text()))
        .build()
}

fn text_header(description: &str) -> utoipa::openapi::header::Header {
    HeaderBuilder::new()
        .schema(Some(text()))
        .description(Some(description))
        .build()
}

/// The headers of every answer, and those of its kind.
fn answer_headers(response: &mut Response, method: &Method, path: &str, public: bool) {
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
    if *method != Method::DELETE {
        add(
            "ETag",
            "The version, strong: of the resource for a key, of the bytes in public.",
        );
    }
    if *method == Method::GET && path.starts_with("/v1/") && !path.ends_with('}') {
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
    let article =
        path.starts_with("/v1/articles/") || (path == "/v1/articles" && *method == Method::POST);
    if article && *method != Method::DELETE {
        add(
            "Content-Language",
            "The language of the article (RFC 9110, 8.5).",
        );
    }
    if *method == Method::POST && !is_versioned(method, path) {
        add("Location", "The address of what was created.");
    }
}

fn problem(code: Code, description: &str) -> Response {
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
        Code::Unavailable => {
            problem = problem.header(
                "Retry-After",
                text_header("Seconds after which to try again."),
            );
        }
        _ => {}
    }
    problem.build()
}

/// The document as text, as it is served and as `openapi/openapi.json` holds it.
///
/// # Errors
/// Never, as a test shows.
pub fn text_of_document() -> Result<String, serde_json::Error> {
    let mut document = serde_json::to_value(crate::routes::document())?;
    schemas::inline_texts(&mut document);
    schemas::require_nullable(&mut document);
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}
