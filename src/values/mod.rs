//! Checked values: each type is a rule for a field, so that a value that exists is one that
//! may be stored. The rule that refuses a body is also the one that the API document states.

mod string_enum;
mod link;
mod locale;
mod metadata;
mod network;
mod seo;
mod slug;
mod text;
mod time;
mod translations;

pub use self::link::{Email, Link, SitePath, WebUrl};
pub use self::locale::Locale;
pub use self::metadata::Metadata;
pub use self::network::{Network, NotANetwork};
pub use self::seo::Seo;
pub use self::slug::{Reference, Slug};
pub(crate) use self::string_enum::string_enum;
pub(crate) use self::text::text_form;
pub use self::text::{Line, Text};
pub use self::time::{Time, in_rfc3339};
pub use self::translations::{Translations, with_parents};

use deserr::{
    DeserializeError as _, Deserr, ErrorKind, IntoValue, Value, ValueKind, ValuePointerRef,
};

use crate::error::FieldErrors;

/// Why a text is not a value of a type: a code for programs and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For programs, such as `too_long`.
    pub code: &'static str,
    /// For people; the end of a sentence that begins with the field's name.
    pub detail: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

/// Reads a text at this place of a body and makes a value of it.
pub(crate) fn from_text<T, V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef<'_>,
    make: impl FnOnce(&str) -> Result<T, Refusal>,
) -> Result<T, FieldErrors> {
    match value {
        Value::String(text) => {
            make(&text).map_err(|refusal| FieldErrors::one(location, refusal.code, refusal.detail))
        }
        other => Err(deserr::take_cf_content(FieldErrors::error(
            None,
            ErrorKind::IncorrectValueKind {
                actual: other,
                accepted: &[ValueKind::String],
            },
            location,
        ))),
    }
}

/// Reads a value from JSON, collecting all that is wrong with it.
///
/// # Errors
/// Every field that is not as it must be.
pub fn read<T: Deserr<FieldErrors>>(json: serde_json::Value) -> Result<T, FieldErrors> {
    deserr::deserialize::<T, _, FieldErrors>(json)
}
