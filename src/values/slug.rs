//! Slugs, and references by slug or id.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Refusal, from_text};
use crate::error::FieldErrors;
use crate::text::slug::{MAX_SLUG_LEN, is_slug};

/// The last segment of a URL: lower-case ASCII letters and digits, with hyphens between words. It
/// must not look like an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 100, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "harbour-bridge-reopens")]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// Checks a slug.
    ///
    /// # Errors
    /// When it has other characters, is too long or looks like an id.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if is_slug(text) {
            return Ok(Self(text.to_owned()));
        }
        if text.len() > MAX_SLUG_LEN {
            let detail = format!(
                "has {} characters; the maximum is {MAX_SLUG_LEN}.",
                text.chars().count()
            );
            return Err(Refusal::new("too_long", detail));
        }
        if is_id(text) {
            return Err(Refusal::new("like_an_id", "must not look like an id."));
        }
        let rule = "must consist of lower-case letters a to z and digits, with single hyphens between \
            words.";
        Err(Refusal::new("not_a_slug", rule))
    }

    /// The slug of what a `PUT` replaces: the one that was given, else the one it has.
    #[must_use]
    pub fn or_stored(given: Option<Self>, stored: &str) -> Option<Self> {
        given.or_else(|| Self::parse(stored).ok())
    }

    /// The slug.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The slug.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Deserr<FieldErrors> for Slug {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        from_text(value, location, Self::parse)
    }
}

/// An id or a slug. Ids are normalised to lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(
    value_type = String,
    min_length = 1,
    max_length = 100,
    pattern = "^([a-z0-9]+(-[a-z0-9]+)*|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$",
    example = "jane-doe"
)]
#[serde(transparent)]
pub struct Reference(String);

impl Reference {
    /// Checks a reference: only its shape, not whether there is such a thing.
    ///
    /// # Errors
    /// When it is neither an id nor a slug.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if is_id(text) {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        if is_slug(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(Refusal::new("not_a_reference", "must be an id or a slug."))
    }

    /// Whether it is an id.
    #[must_use]
    pub fn is_id(&self) -> bool {
        is_id(&self.0)
    }

    /// The id or slug.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id or slug.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Deserr<FieldErrors> for Reference {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        from_text(value, location, Self::parse)
    }
}

/// Whether a text has the shape of an id (a UUID with hyphens).
fn is_id(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}
