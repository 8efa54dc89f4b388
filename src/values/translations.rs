//! Translations of names.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use deserr::{
    DeserializeError as _, Deserr, ErrorKind, IntoValue, Map as _, Value, ValueKind,
    ValuePointerRef,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::Locale;
use crate::error::FieldErrors;

/// The most languages that one thing may be translated into.
pub const MAX_LOCALES: usize = 50;

/// Texts by language: an object from language tags (BCP 47) to a `T`, in the order of the tags;
/// 50 of them at most. A language without any text is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Translations<T>(BTreeMap<String, T>);

impl<T> Default for Translations<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Translations<T> {
    /// The first text that a language of the chain has, each language together with those above
    /// it: `zh-Hant-TW`, `zh-Hant`, `zh` (the lookup of RFC 4647, section 3.4).
    pub fn find<'a, V>(
        &'a self,
        chain: &[impl AsRef<str>],
        text: impl Fn(&'a T) -> Option<V>,
    ) -> Option<V> {
        chain
            .iter()
            .flat_map(|tag| with_parents(tag.as_ref()))
            .find_map(|tag| self.0.get(tag).and_then(&text))
    }
}

/// A language tag, and what is left of it as its last subtags are taken off one by one.
pub fn with_parents(tag: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(tag), |tag| tag.rsplit_once('-').map(|(rest, _)| rest))
}

impl<T> Deserr<FieldErrors> for Translations<T>
where
    T: Deserr<FieldErrors> + Default + PartialEq,
{
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        let map = match value {
            Value::Map(map) => map,
            other => {
                let wrong = ErrorKind::IncorrectValueKind {
                    actual: other,
                    accepted: &[ValueKind::Map],
                };
                return Err(deserr::take_cf_content(FieldErrors::error(
                    None, wrong, location,
                )));
            }
        };
        if map.len() > MAX_LOCALES {
            let detail = format!("has {} languages; the maximum is {MAX_LOCALES}.", map.len());
            return Err(FieldErrors::one(location, "too_many", detail));
        }
        let (mut all, mut errors) = (BTreeMap::new(), Vec::new());
        let mut seen = Vec::new();
        for (key, value) in map.into_iter() {
            let place = location.push_key(&key);
            match Locale::parse(&key) {
                Err(refusal) => {
                    errors.extend(FieldErrors::one(place, refusal.code, refusal.detail).0);
                }
                Ok(locale) if seen.contains(&locale) => {
                    let detail = format!("is “{}”, which occurs more than once.", locale.as_str());
                    errors.extend(FieldErrors::one(place, "duplicate", detail).0);
                }
                Ok(locale) => {
                    match T::deserialize_from_value(value.into_value(), place) {
                        Ok(texts) if texts == T::default() => {}
                        Ok(texts) => {
                            all.insert(locale.as_str().to_owned(), texts);
                        }
                        Err(wrong) => errors.extend(wrong.0),
                    }
                    seen.push(locale);
                }
            }
        }
        if errors.is_empty() {
            Ok(Self(all))
        } else {
            Err(FieldErrors(errors))
        }
    }
}

impl<T: ToSchema> PartialSchema for Translations<T> {
    fn schema() -> RefOr<Schema> {
        let texts = Ref::from_schema_name(T::name());
        let tag = match Locale::schema() {
            RefOr::T(schema) => Some(schema),
            RefOr::Ref(_) => None,
        };
        let object = ObjectBuilder::new()
            .schema_type(Type::Object)
            .property_names(tag)
            .additional_properties(Some(texts))
            .max_properties(Some(MAX_LOCALES))
            .description(Some("Texts by language tag (BCP 47)."))
            .examples([json!({"fr": {"name": "Le Havre"}})]);
        object.build().into()
    }
}

impl<T: ToSchema> ToSchema for Translations<T> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{}s", T::name()))
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{Line, read};

    type Names = Translations<Option<Line<20>>>;

    fn names(json: serde_json::Value) -> Result<Names, FieldErrors> {
        read(json)
    }

    #[test]
    fn a_language_matches_through_those_above_it() {
        let all = names(json!({"zh": "a", "ZH-hant": "b", "fr": "c"})).unwrap();
        let find = |chain: &[&str]| {
            let text = |name: &Option<Line<20>>| name.as_ref().map(|name| name.as_str().to_owned());
            all.find(chain, text)
        };
        assert_eq!(find(&["zh-Hant-TW"]).as_deref(), Some("b"));
        assert_eq!(find(&["zh-Hans"]).as_deref(), Some("a"));
        assert_eq!(find(&["de", "fr-CA"]).as_deref(), Some("c"));
        assert_eq!(find(&["de"]), None);
        assert_eq!(find(&[]), None);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_language() {
        let errors = names(json!({"nope!": "a", "fr": "", "de": "x", "DE": "y"})).unwrap_err();
        let errors: Vec<_> = errors.0.iter().map(|e| (e.place(), e.code())).collect();
        let expected = [
            ("/nope!", "not_a_locale"),
            ("/fr", "too_short"),
            ("/DE", "duplicate"),
        ];
        assert_eq!(errors, expected);
        assert!(names(json!([])).is_err());
    }

    #[test]
    fn languages_without_a_text_are_left_out() {
        assert_eq!(names(json!({"fr": null})).unwrap(), Names::default());
    }
}
