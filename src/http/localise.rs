//! The languages that a reader wants names in, and their translation.

use serde_json::{Map, Value};

use super::object::Object;
use super::params::Params;
use crate::error::{Error, Result};
use crate::values::{Locale, with_parents};

/// The languages that a reader wants, the best first; empty for no translation.
#[derive(Debug, Clone, Default)]
pub struct Chain(Vec<String>);

impl Chain {
    /// Reads the parameter `locale`: a language tag, or several joined by commas.
    pub fn read(params: &mut Params) -> Self {
        let chain = params.parsed_list("locale", Locale::parse);
        Self(
            chain
                .into_iter()
                .flatten()
                .map(Locale::into_string)
                .collect(),
        )
    }

    /// The languages, the best first.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.0
    }

    /// Puts these members of an object into the first language of the chain that its
    /// `translations` have for each of them. Gives the language of the whole, if all texts of
    /// the object are in one that is known.
    ///
    /// # Errors
    /// When the text is not JSON, that is never.
    pub fn apply(&self, object: &mut Object, members: &[&str]) -> Result<Option<String>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let mut value: Map<String, Value> =
            serde_json::from_str(object.as_str()).map_err(Error::internal)?;
        let language = translate(&mut value, members, &self.0);
        *object = Object::prepared(Value::Object(value).to_string());
        Ok(language)
    }
}

/// [`Chain::apply`] for an object that is not text.
pub fn translate(
    object: &mut Map<String, Value>,
    members: &[&str],
    chain: &[impl AsRef<str>],
) -> Option<String> {
    let mut languages: Vec<Option<String>> = Vec::new();
    for member in members {
        let found = object.get("translations").and_then(|all| {
            let mut tags = chain.iter().flat_map(|tag| with_parents(tag.as_ref()));
            tags.find_map(|tag| {
                let text = all.get(tag)?.get(*member)?;
                text.is_string().then(|| (tag.to_owned(), text.clone()))
            })
        });
        match found {
            Some((tag, text)) => {
                object.insert((*member).to_owned(), text);
                languages.push(Some(tag));
            }
            // The language of what was not translated is not known.
            None if object.get(*member).is_some_and(Value::is_string) => languages.push(None),
            None => {}
        }
    }
    let seo = object.get("seo").and_then(Value::as_object);
    if seo.is_some_and(|seo| {
        seo.iter()
            .any(|(name, text)| name != "image" && text.is_string())
    }) {
        languages.push(None);
    }
    let first = languages.first().cloned().flatten()?;
    let one = languages
        .iter()
        .all(|other| other.as_deref() == Some(&first));
    one.then_some(first)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn translated(object: Value, chain: &[&str]) -> (Value, Option<String>) {
        let Value::Object(mut object) = object else {
            panic!("an object")
        };
        let language = translate(&mut object, &["name", "bio"], chain);
        object.remove("translations");
        (Value::Object(object), language)
    }

    #[test]
    fn each_member_is_in_the_first_language_that_has_it() {
        let author = json!({"name": "a", "bio": "b", "translations": {
            "fr": {"name": "f"}, "zh": {"name": "z", "bio": "y"},
        }});
        let (found, language) = translated(author.clone(), &["fr", "zh"]);
        assert_eq!((found, language), (json!({"name": "f", "bio": "y"}), None));
        let (found, language) = translated(author.clone(), &["zh-Hant"]);
        assert_eq!(found, json!({"name": "z", "bio": "y"}));
        assert_eq!(language.as_deref(), Some("zh"));
        let (found, language) = translated(author, &["fr"]);
        assert_eq!((found, language), (json!({"name": "f", "bio": "b"}), None));
    }

    #[test]
    fn a_text_in_a_language_of_its_own_leaves_it_open() {
        let author = json!({"name": "a", "bio": null, "seo": {"title": "t"},
            "translations": {"fr": {"name": "f"}}});
        assert_eq!(translated(author, &["fr"]).1, None);
        let author = json!({"name": "a", "bio": null, "seo": {"title": null, "image": "/x"},
            "translations": {"fr": {"name": "f"}}});
        assert_eq!(translated(author, &["fr"]).1.as_deref(), Some("fr"));
    }
}
