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

use crate::db::sql::dialect::{Violation, violation};
use crate::db::{DbError, IdempotencyMark};

/// The error of a failed request. Boxed, so that results of what seldom fails stay small.
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

    /// Notes for the log what happened inside.
    fn because(mut self, cause: String) -> Self {
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

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Query(error) => error.into(),
            DbError::Unavailable(cause) => Self::new(
                Code::Unavailable,
                "The database is unavailable; try again later.",
            )
            .because(cause),
            DbError::Busy => Self::new(
                Code::Overloaded,
                "Timed out waiting for a database connection; try again.",
            )
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("1")),
            DbError::Migration(cause) => Self::internal(cause),
        }
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error as Diesel};
        let cause = error.to_string();
        let known = match violation(&error) {
            Some(Violation::SlugTaken) => Some(Self::new(
                Code::SlugTaken,
                "The slug was taken by a concurrent request.",
            )),
            Some(Violation::Duplicate) => Some(Self::new(
                Code::Conflict,
                "A concurrent request saved the same value; read it again.",
            )),
            Some(Violation::Reference) => Some(Self::new(
                Code::Conflict,
                "A related resource was changed by a concurrent request; try again.",
            )),
            None if IdempotencyMark::is_taken_over(&error) => Some(Self::new(
                Code::IdempotencyRunning,
                "The same request is in progress elsewhere; this one changed nothing.",
            )),
            None => match &error {
                Diesel::DatabaseError(
                    DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                    _,
                )
                | Diesel::BrokenTransactionManager => Some(Self::new(
                    Code::Unavailable,
                    "The connection to the database was lost; try again.",
                )),
                Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
                    Some(Self::new(
                        Code::Conflict,
                        "The request conflicted with a concurrent one; try again.",
                    ))
                }
                Diesel::DatabaseError(_, info) if is_ending(info.message()) => Some(Self::new(
                    Code::Unavailable,
                    "The connection to the database was lost; try again.",
                )),
                Diesel::DatabaseError(_, info) if is_full(info.message()) => Some(Self::new(
                    Code::InsufficientStorage,
                    "The database is out of space; nothing was saved.",
                )),
                Diesel::DatabaseError(_, info) if is_busy(info.message()) => Some(Self::new(
                    Code::Unavailable,
                    "The database is busy with another write; try again.",
                )),
                _ => None,
            },
        };
        match known {
            Some(known) => known.because(cause),
            None => Self::internal(cause),
        }
    }
}

/// Errors for which there is no kind: SQLite's lock is held by another process (SQLITE_BUSY), or
/// PostgreSQL broke a deadlock (40P01).
fn is_busy(message: &str) -> bool {
    message.contains("database is locked") || message.contains("deadlock detected")
}

/// PostgreSQL cuts a connection, since it is stopped or crashed or an administrator says so (57P01,
/// 57P02).
fn is_ending(message: &str) -> bool {
    message.contains("terminating connection")
}

/// There is no room on the disk (SQLITE_FULL, 53100), as SQLite and the C library say it in English.
fn is_full(message: &str) -> bool {
    message.contains("database or disk is full") || message.contains("No space left on device")
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
