//! JSON objects as text, so that parts prepared at publication are joined without being parsed.

use serde::Serialize;

use super::page::Page;
use crate::error::{Error, Result};
use crate::query::fields::FieldSet;

/// The text of a JSON object.
#[derive(Debug, Clone)]
pub struct Object(String);

impl Object {
    /// Text that was made from an object, such as a stored card.
    #[must_use]
    pub fn prepared(text: String) -> Self {
        Self(text)
    }

    /// The object of a value that serialises as one.
    ///
    /// # Errors
    /// Never, for the types of this service.
    pub fn of(value: &impl Serialize) -> Result<Self> {
        serde_json::to_string(value)
            .map(Self)
            .map_err(Error::internal)
    }

    /// Adds a member whose value is JSON already.
    pub fn push_json(&mut self, name: &str, json: &str) {
        self.0.reserve(name.len() + json.len() + 5);
        self.0.pop(); // its closing brace
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
        self.0.push_str(json);
        self.0.push('}');
    }

    /// Adds a member.
    ///
    /// # Errors
    /// Never, for the types of this service.
    pub fn push(&mut self, name: &str, value: &impl Serialize) -> Result<()> {
        let json = serde_json::to_string(value).map_err(Error::internal)?;
        self.push_json(name, &json);
        Ok(())
    }

    /// Keeps the selected members only.
    ///
    /// # Errors
    /// When the text is not JSON, that is never.
    pub fn select(&mut self, fields: Option<&FieldSet>) -> Result<()> {
        if let Some(fields) = fields {
            let mut value = serde_json::from_str(&self.0).map_err(Error::internal)?;
            fields.prune(&mut value);
            self.0 = value.to_string();
        }
        Ok(())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// The text of a JSON array that is put together.
#[derive(Debug, Clone)]
pub struct Array(String);

impl Default for Array {
    fn default() -> Self {
        Self("[]".to_owned())
    }
}

impl Array {
    /// Adds an element that is JSON already.
    pub fn push(&mut self, json: &str) {
        self.open(json.len());
        self.0.push_str(json);
        self.0.push(']');
    }

    /// Adds an object that is JSON already and is not empty, with one member more: a word, which is
    /// the same in JSON.
    pub fn push_with(&mut self, object: &str, name: &str, word: &str) {
        let Some(open) = object.strip_suffix('}') else {
            return;
        };
        self.open(object.len() + name.len() + word.len() + 6);
        for text in [open, ",\"", name, "\":\"", word, "\"}]"] {
            self.0.push_str(text);
        }
    }

    /// Adds an element.
    ///
    /// # Errors
    /// Never, for the types of this service.
    pub fn push_value(&mut self, value: &impl Serialize) -> Result<()> {
        let json = serde_json::to_string(value).map_err(Error::internal)?;
        self.push(&json);
        Ok(())
    }

    /// Makes room before the closing bracket.
    fn open(&mut self, length: usize) {
        self.0.reserve(length + 1);
        self.0.pop();
        if self.0.len() > 1 {
            self.0.push(',');
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text of an array of objects.
#[must_use]
pub fn array(objects: &[Object]) -> String {
    let mut text = String::with_capacity(2 + objects.iter().map(|o| o.0.len() + 1).sum::<usize>());
    push_array(&mut text, objects);
    text
}

fn push_array(text: &mut String, objects: &[Object]) {
    text.push('[');
    for (index, object) in objects.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&object.0);
    }
    text.push(']');
}

/// The body of a list: `{"data": […], "page": {…}}`.
///
/// # Errors
/// Never, for the types of this service.
pub fn list(objects: Vec<Object>, page: &Page, fields: Option<&FieldSet>) -> Result<Vec<u8>> {
    list_with(objects, page, fields, None::<&()>)
}

/// The same with a member `counts`, if there are some.
///
/// # Errors
/// As for [`list`].
pub fn list_with(
    mut objects: Vec<Object>,
    page: &Page,
    fields: Option<&FieldSet>,
    counts: Option<&impl Serialize>,
) -> Result<Vec<u8>> {
    for object in &mut objects {
        object.select(fields)?;
    }
    let page = serde_json::to_string(page).map_err(Error::internal)?;
    let length = objects
        .iter()
        .map(|object| object.0.len() + 1)
        .sum::<usize>();
    let mut whole = Object(String::with_capacity(length + page.len() + 32));
    whole.0.push_str("{\"data\":");
    push_array(&mut whole.0, &objects);
    whole.0.push_str(",\"page\":");
    whole.0.push_str(&page);
    whole.0.push('}');
    if let Some(counts) = counts {
        whole.push("counts", counts)?;
    }
    Ok(whole.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_added_at_the_end() {
        let mut object = Object::prepared("{}".to_owned());
        object.push_json("a", "{\"b\":{}}");
        object.push_json("c", "[]");
        assert_eq!(object.as_str(), "{\"a\":{\"b\":{}},\"c\":[]}");
        let mut array = Array::default();
        array.push_with("{\"a\":{}}", "b", "c");
        array.push("1");
        assert_eq!(array.as_str(), "[{\"a\":{},\"b\":\"c\"},1]");
    }
}
