//! Which field, parameter or header is wrong, and how.

use std::ops::ControlFlow;

use deserr::{DeserializeError, ErrorKind, IntoValue, MergeWithError, ValuePointerRef};
use serde::Serialize;
use utoipa::ToSchema;

/// An invalid field, parameter or header. It has a `pointer` (in a body), a `parameter` (in the
/// query or path) or a `header`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Position in the body as a JSON Pointer (RFC 6901); empty for the body as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/authors/0/author", required = false, nullable = false)]
    pointer: Option<String>,
    /// Name of the parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "limit", required = false, nullable = false)]
    parameter: Option<String>,
    /// Name of the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "If-Match", required = false, nullable = false)]
    header: Option<String>,
    /// Error code, for programs.
    #[schema(example = "unknown_reference")]
    code: String,
    /// Explanation, for people.
    #[schema(example = "There is no author with the slug or id “jane-doe”.")]
    detail: String,
}

impl FieldError {
    fn new(code: &str, detail: impl Into<String>) -> Self {
        Self {
            pointer: None,
            parameter: None,
            header: None,
            code: code.to_owned(),
            detail: detail.into(),
        }
    }

    /// An error at a place in the body.
    pub fn at(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self {
            pointer: Some(pointer.into()),
            ..Self::new(code, detail)
        }
    }

    /// An error in a parameter.
    pub fn parameter(name: &str, code: &str, detail: impl Into<String>) -> Self {
        Self {
            parameter: Some(name.to_owned()),
            ..Self::new(code, detail)
        }
    }

    /// An error in a header.
    pub fn header(name: &str, code: &str, detail: impl Into<String>) -> Self {
        Self {
            header: Some(name.to_owned()),
            ..Self::new(code, detail)
        }
    }

    /// The same within a larger body.
    #[must_use]
    pub fn within(mut self, place: &str) -> Self {
        self.pointer = self.pointer.map(|pointer| format!("{place}{pointer}"));
        self
    }

    /// The place, for a sentence.
    #[must_use]
    pub fn place(&self) -> &str {
        let place = self
            .pointer
            .as_ref()
            .or(self.parameter.as_ref())
            .or(self.header.as_ref());
        place.map_or("", String::as_str)
    }

    /// The error code, for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The explanation, for people.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

/// All that is wrong with a body: reading goes on after each error, so that a caller learns of
/// all of them at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    /// One error at this place.
    #[must_use]
    pub fn one(location: ValuePointerRef<'_>, code: &str, detail: impl Into<String>) -> Self {
        Self(vec![FieldError::at(pointer(location), code, detail)])
    }
}

/// The place as a JSON Pointer (RFC 6901).
fn pointer(location: ValuePointerRef<'_>) -> String {
    match location {
        ValuePointerRef::Origin => String::new(),
        ValuePointerRef::Key { key, prev } => {
            format!(
                "{}/{}",
                pointer(*prev),
                key.replace('~', "~0").replace('/', "~1")
            )
        }
        ValuePointerRef::Index { index, prev } => format!("{}/{index}", pointer(*prev)),
    }
}

impl MergeWithError<FieldErrors> for FieldErrors {
    fn merge(
        found: Option<Self>,
        other: FieldErrors,
        _location: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        let mut all = found.unwrap_or_default();
        all.0.extend(other.0);
        ControlFlow::Continue(all)
    }
}

impl DeserializeError for FieldErrors {
    fn error<V: IntoValue>(
        found: Option<Self>,
        error: ErrorKind<'_, V>,
        location: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        let list = |names: &[&str]| {
            names
                .iter()
                .map(|name| format!("“{name}”"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let one = match error {
            ErrorKind::IncorrectValueKind { actual, accepted } => {
                let accepted = accepted
                    .iter()
                    .map(|kind| kind_name(*kind))
                    .collect::<Vec<_>>();
                let detail = format!(
                    "must be {}, not {}.",
                    accepted.join(" or "),
                    kind_name(actual.kind())
                );
                Self::one(location, "wrong_type", detail)
            }
            ErrorKind::MissingField { field } => {
                Self::one(location.push_key(field), "missing", "is required.")
            }
            ErrorKind::UnknownKey { key, accepted } => {
                let detail = format!("is not a known field. Allowed fields: {}.", list(accepted));
                Self::one(location.push_key(key), "unknown_field", detail)
            }
            ErrorKind::UnknownValue { value, accepted } => {
                let value = value.chars().take(50).collect::<String>();
                let detail = format!("must be one of {}, not “{value}”.", list(accepted));
                Self::one(location, "not_allowed", detail)
            }
            ErrorKind::BadSequenceLen { expected, .. } => Self::one(
                location,
                "wrong_length",
                format!("must have exactly {expected} items."),
            ),
            ErrorKind::Unexpected { msg } => Self::one(location, "invalid", msg),
        };
        Self::merge(found, one, location)
    }
}

fn kind_name(kind: deserr::ValueKind) -> &'static str {
    use deserr::ValueKind;
    match kind {
        ValueKind::Null => "null",
        ValueKind::Boolean => "true or false",
        ValueKind::Integer => "a whole number",
        ValueKind::NegativeInteger => "a negative whole number",
        ValueKind::Float => "a number with a fraction",
        ValueKind::String => "a text",
        ValueKind::Sequence => "an array",
        ValueKind::Map => "an object",
    }
}
