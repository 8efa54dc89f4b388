//! Free data beside the fields.

use deserr::{
    DeserializeError as _, Deserr, ErrorKind, IntoValue, Value, ValueKind, ValuePointerRef,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use crate::error::FieldErrors;

/// The most that free data may take, in bytes of its JSON.
const MAX_BYTES: usize = 16_384;
/// The deepest that free data may nest.
const MAX_DEPTH: usize = 8;

/// A custom JSON object, stored as sent: at most 16,384 bytes of JSON, nested at most 8 levels
/// deep.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(value_type = Object, example = json!({"desk": "foreign"}))]
#[serde(transparent)]
pub struct Metadata(pub Map<String, Json>);

impl Deserr<FieldErrors> for Metadata {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        let object = match Json::deserialize_from_value(value, location)? {
            Json::Object(object) => object,
            other => {
                let wrong = ErrorKind::IncorrectValueKind {
                    actual: other.into_value(),
                    accepted: &[ValueKind::Map],
                };
                return Err(deserr::take_cf_content(FieldErrors::error::<Json>(
                    None, wrong, location,
                )));
            }
        };
        if object.values().any(|value| depth(value) >= MAX_DEPTH) {
            let detail = format!("is nested too deeply; the maximum is {MAX_DEPTH} levels.");
            return Err(FieldErrors::one(location, "too_deep", detail));
        }
        let text = serde_json::to_string(&object).unwrap_or_default();
        if text.len() > MAX_BYTES {
            let detail = format!(
                "has {} bytes of JSON; the maximum is {MAX_BYTES}.",
                text.len()
            );
            return Err(FieldErrors::one(location, "too_long", detail));
        }
        if text.contains("\\u0000") {
            return Err(FieldErrors::one(
                location,
                "control_character",
                "must not contain NUL.",
            ));
        }
        Ok(Self(object))
    }
}

/// How many levels of objects and arrays a value has. Bodies are parsed with a bound on their
/// depth, so this recursion is bounded too.
fn depth(value: &Json) -> usize {
    match value {
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Json::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
