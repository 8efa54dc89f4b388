//! Languages, as BCP 47 names them.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use icu_locale_core::LanguageIdentifier;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Refusal, from_text};
use crate::error::FieldErrors;

/// A language tag according to BCP 47 (RFC 5646), such as `en`, `pt-BR` or `zh-Hant`, normalised to
/// the usual case. Extensions are not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(
    value_type = String,
    min_length = 2,
    max_length = 35,
    pattern = "^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*$",
    example = "en"
)]
#[serde(transparent)]
pub struct Locale(String);

impl Locale {
    /// Checks a language tag.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let well_formed = (2..=35).contains(&text.len()) && !text.contains('_');
        match LanguageIdentifier::try_from_str(text) {
            Ok(id) if well_formed && !id.is_unknown() && id.to_string().len() >= 2 => {
                Ok(Self(id.to_string()))
            }
            _ => Err(Refusal::new(
                "not_a_locale",
                "must be a language tag such as “en”, “pt-BR” or “zh-Hant” (BCP 47).",
            )),
        }
    }

    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tag.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Deserr<FieldErrors> for Locale {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        from_text(value, location, Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_put_in_their_usual_case() {
        for (given, usual) in [
            ("EN", "en"),
            ("pt-br", "pt-BR"),
            ("ZH-hant-tw", "zh-Hant-TW"),
        ] {
            assert_eq!(Locale::parse(given).unwrap().as_str(), usual);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "e",
            "english-language",
            "en_GB",
            "en-",
            "123",
            "en-u-ca-buddhist",
            "en GB",
        ] {
            assert!(Locale::parse(text).is_err(), "{text}");
        }
    }
}
