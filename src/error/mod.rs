//! The one error of the service, and how it looks on the wire: RFC 9457 problem details.
//!
//! Handlers and what they call return [`Error`]. Each carries a [`Code`], which decides the
//! status, the title and the stable `type` URI. What went wrong inside (a failed query, say) is
//! logged and never shown.

mod code;
mod fields;

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use self::code::Code;
pub use self::fields::{FieldError, FieldErrors};

/// The error of a failed request. Boxed, so that the results of calls that seldom fail stay small.
#[derive(Debug)]
pub struct Error(Box<Parts>);

#[derive(Debug)]
struct Parts {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<String>,
}

/// A short way to write the result of what a handler calls.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with this code, explained by `detail` (a sentence for the caller to read).
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            members: Map::new(),
            headers: Vec::new(),
            cause: None,
        }))
    }

    /// Nothing is there, or nothing that the caller may know of.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}."))
    }

    /// The fields of a body, or the parameters of a query, that are not as they must be.
    #[must_use]
    pub fn fields(code: Code, errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] if one.place().is_empty() => format!("The body {}", one.detail()),
            [one] => format!("{}: {}", one.place(), one.detail()),
            several => format!("{} values are invalid.", several.len()),
        };
        let mut error = Self::new(code, detail);
        error.0.errors = errors;
        error
    }

    /// 422: a field of the body is not as it must be.
    #[must_use]
    pub fn field(pointer: &str, code: &str, detail: impl Into<String>) -> Self {
        let error = FieldError::at(pointer, code, detail);
        Self::fields(Code::InvalidFields, vec![error])
    }

    /// 409: another one has the slug that was asked for; `free` is one that nobody has.
    #[must_use]
    pub fn slug_taken(slug: &str, free: &str) -> Self {
        let detail = format!("The slug “{slug}” is already in use; “{free}” is available.");
        Self::new(Code::SlugTaken, detail).with("suggestion", free)
    }

    /// Something that is not the caller's fault: logged, answered with 500 and no detail.
    pub fn internal(cause: impl fmt::Display) -> Self {
        let detail = "An unexpected error occurred; the server's log has the details.";
        Self::new(Code::Internal, detail).because(cause.to_string())
    }

    /// Adds the cause, which is logged and never shown to the caller.
    #[must_use]
    pub fn because(mut self, cause: String) -> Self {
        self.0.cause = Some(cause);
        self
    }

    /// Adds a member of its own to the problem, such as the current version; it must not be one that
    /// every problem has.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.0.members.insert(member.to_owned(), value.into());
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The code, by which a caller's program tells errors apart.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The sentence for the caller.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The fields it is about.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// The internal cause, for the log.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The same error in a part of a larger body.
    #[must_use]
    pub fn within(mut self, place: &str) -> Self {
        let errors = std::mem::take(&mut self.0.errors);
        self.0.errors = errors.into_iter().map(|one| one.within(place)).collect();
        self
    }

    /// The problem document.
    #[must_use]
    pub fn problem(&self, instance: &str, request_id: &str) -> Problem {
        Problem {
            kind: self.0.code.type_uri(),
            title: self.0.code.title().to_owned(),
            status: self.0.code.status().as_u16(),
            detail: self.0.detail.clone(),
            instance: instance.to_owned(),
            code: self.0.code.name().to_owned(),
            request_id: request_id.to_owned(),
            errors: self.0.errors.clone(),
            members: self.0.members.clone(),
        }
    }

    /// The answer to a request of this path and id.
    #[must_use]
    pub fn response(&self, instance: &str, request_id: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.0.code.status());
        for (name, value) in &self.0.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        if let Some(seconds) = self.0.code.retry_after() {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        // What is wrong now may be right in a moment: no cache may keep it.
        response
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::CONTENT_TYPE, "application/problem+json"));
        let mut response = match serde_json::to_vec(&self.problem(instance, request_id)) {
            Ok(body) => response.body(body),
            Err(_) => response.finish(),
        };
        // For what stands in front and sees no more than the answer.
        response.extensions_mut().insert(self.0.code);
        response
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.name(), self.0.detail)?;
        for error in self.0.errors.iter().filter(|_| self.0.errors.len() > 1) {
            write!(f, " {}: {}", error.place(), error.detail())?;
        }
        match &self.0.cause {
            Some(cause) => write!(f, " ({cause})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// actix asks this when a handler fails; the path and the request id are put in by the
/// middleware in [`crate::http::middleware::problems`].
impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.0.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.response("", "")
    }
}

/// The body of every 4xx and 5xx response (RFC 9457). Some codes add members, such as
/// `current_version` or `used_by`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Stable URL of the problem type, relative to the server; it explains the code.
    #[serde(rename = "type")]
    #[schema(example = "/problems/not_found")]
    pub kind: String,
    /// Short summary of the problem type.
    #[schema(example = "Not found")]
    pub title: String,
    /// HTTP status code.
    #[schema(example = 404, minimum = 400, maximum = 599)]
    pub status: u16,
    /// Explanation of this occurrence, for people.
    #[schema(example = "There is no such article.")]
    pub detail: String,
    /// Requested path.
    #[schema(example = "/v1/articles/no-such-thing")]
    pub instance: String,
    /// Problem code, for programs: the last segment of `type`.
    #[schema(example = "not_found")]
    pub code: String,
    /// Id of the request, as in the header `X-Request-Id` and the server's log.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    pub request_id: String,
    /// All invalid fields, parameters and headers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// Members of the code's own.
    #[serde(flatten)]
    #[schema(ignore)]
    pub members: Map<String, Value>,
}
