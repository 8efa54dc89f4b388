//! Texts of a bounded length.

use std::borrow::Cow;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{Refusal, from_text};
use crate::error::FieldErrors;

/// A text of `MIN` to `MAX` characters (Unicode scalar values) that may have several lines.
/// White space at both ends is dropped unless the text may be empty; control characters other than line breaks and tabs are
/// refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<const MIN: usize, const MAX: usize>(String);

/// A text of one line, of 1 to `MAX` characters. White space at both ends is dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Line<const MAX: usize>(String);

fn check(text: &str, min: usize, max: usize, lines: bool) -> Result<String, Refusal> {
    // What may be empty is kept as it was written: the white space that begins a Markdown text
    // has a meaning.
    let text = if min == 0 { text } else { text.trim() };
    if let Some(odd) = text
        .chars()
        .find(|&c| c.is_control() && !(lines && matches!(c, '\n' | '\r' | '\t')))
    {
        let what = if matches!(odd, '\n' | '\r' | '\t') {
            "line breaks or tabs"
        } else {
            "control characters"
        };
        return Err(Refusal::new(
            "control_character",
            format!("must not contain {what} (found U+{:04X}).", odd as u32),
        ));
    }
    let length = text.chars().count();
    if length > max {
        return Err(Refusal::new(
            "too_long",
            format!("has {length} characters; the maximum is {max}."),
        ));
    }
    if length < min {
        let detail = if min == 1 {
            "must not be empty.".to_owned()
        } else {
            format!("must have at least {min} characters.")
        };
        return Err(Refusal::new("too_short", detail));
    }
    Ok(text.to_owned())
}

/// The form of a text: no control characters, and something besides white space unless it may be
/// empty.
pub(crate) fn text_form(min: usize, lines: bool) -> String {
    let odd = if lines {
        "\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f"
    } else {
        "\\u0000-\\u001f\\u007f-\\u009f"
    };
    if min == 0 {
        format!("^[^{odd}]*$")
    } else {
        format!("^[^{odd}]*[^\\s{odd}][^{odd}]*$")
    }
}

fn schema(min: usize, max: usize, lines: bool) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(text_form(min, lines)))
        .min_length((min > 0).then_some(min))
        .max_length(Some(max))
        .build()
        .into()
}

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// Checks a text.
    ///
    /// # Errors
    /// When it is too short or too long or holds control characters.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        check(text, MIN, MAX, true).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> Default for Text<0, MAX> {
    fn default() -> Self {
        Self(String::new())
    }
}

impl<const MAX: usize> Line<MAX> {
    /// Checks a text.
    ///
    /// # Errors
    /// When it is empty, too long, or of several lines.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        check(text, 1, MAX, false).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MIN: usize, const MAX: usize> Deserr<FieldErrors> for Text<MIN, MAX> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        from_text(value, location, Self::parse)
    }
}

impl<const MAX: usize> Deserr<FieldErrors> for Line<MAX> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        from_text(value, location, Self::parse)
    }
}

impl<const MIN: usize, const MAX: usize> PartialSchema for Text<MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        schema(MIN, MAX, true)
    }
}

impl<const MIN: usize, const MAX: usize> ToSchema for Text<MIN, MAX> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Text{MIN}To{MAX}"))
    }
}

impl<const MAX: usize> PartialSchema for Line<MAX> {
    fn schema() -> RefOr<Schema> {
        schema(1, MAX, false)
    }
}

impl<const MAX: usize> ToSchema for Line<MAX> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Line{MAX}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(Line::<3>::parse("東京都").is_ok());
        assert_eq!(Line::<3>::parse("abcd").unwrap_err().code, "too_long");
        assert_eq!(Line::<3>::parse(" \u{a0} ").unwrap_err().code, "too_short");
        assert!(Text::<0, 3>::parse("").is_ok());
    }

    #[test]
    fn control_characters_are_refused() {
        for text in ["a\0b", "a\u{7}b", "a\u{85}b"] {
            assert_eq!(
                Text::<0, 9>::parse(text).unwrap_err().code,
                "control_character"
            );
        }
        assert!(Text::<0, 9>::parse("a\r\n\tb").is_ok());
        assert_eq!(
            Line::<9>::parse("a\nb").unwrap_err().code,
            "control_character"
        );
    }
}
