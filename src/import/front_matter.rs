//! Front matter: the block of keys at the head of a Markdown file, as Zola, Hugo and Jekyll
//! write it, read into the words of a newspaper. Pure: nothing here touches a file or a clock.

mod block;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

pub use super::dates::date_from_path;
pub use super::tree::language_suffix;
use block::Keys;

/// A Markdown file, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The content of the block.
    pub front: FrontMatter,
    /// The Markdown after the block, byte for byte.
    pub body: String,
    /// The line of the file on which the body begins, from 1.
    pub body_line: usize,
}

/// The keys of a block under one name each. A key that is absent, null or empty is `None` or an
/// empty list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FrontMatter {
    /// `title`; a number becomes text.
    pub title: Option<String>,
    /// `description`, else `summary`.
    pub description: Option<String>,
    /// When the page becomes visible: `publishDate` (Hugo: also `pubdate`, `published`), else
    /// `date`. See [`dates::parse`](super::dates::parse) for the forms.
    pub date: Option<DateTime<Utc>>,
    /// `updated`, `lastmod` or `modified`.
    pub updated: Option<DateTime<Utc>>,
    /// When the page ceases to be visible: Hugo's `expiryDate` or `unpublishDate`.
    pub expires: Option<DateTime<Utc>>,
    /// `slug`, as written.
    pub slug: Option<String>,
    /// `path`, `permalink` or `url`, as written: Jekyll's placeholders (`/:year/:title/`) remain.
    pub path: Option<String>,
    /// `authors` and `author`, then those under `taxonomies`; in order, each once. An author
    /// written as an object gives its `name`. Names are never taken apart.
    pub authors: Vec<String>,
    /// `tags` and `tag`, then those under `taxonomies`; in order, each once.
    pub tags: Vec<String>,
    /// `categories` and `category`, likewise.
    pub categories: Vec<String>,
    /// Older addresses: `aliases` and `redirect_from`, as written.
    pub aliases: Vec<String>,
    /// `draft: true` or `published: false`.
    pub draft: bool,
    /// `lang`, `language` or `locale`, as written.
    pub lang: Option<String>,
    /// Every other key, in the order of the file, then the members of `extra`. A member that has
    /// the name of such a key becomes `extra.name`. Authors written as objects stand here too,
    /// whole. Dates of TOML are strings.
    pub extra: Map<String, Value>,
}

/// Why a file cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct FrontMatterError {
    /// The line of the file, from 1.
    pub line: usize,
    /// The fault, for people.
    pub message: String,
}

impl FrontMatterError {
    fn new(line: usize, message: &str) -> Self {
        Self {
            line,
            message: message.to_owned(),
        }
    }
}

/// Takes a file apart. TOML between lines `+++` or YAML between lines `---`; a byte order mark
/// and Windows line ends are accepted. The names of keys are read as Hugo does, whatever their
/// case.
///
/// # Errors
/// When there is no block, when it is not closed, longer than 64 KiB or not valid, and when a key
/// that has a meaning here holds a value of the wrong kind (`authors = 3`).
pub fn parse(file: &str) -> Result<Document, FrontMatterError> {
    let block = block::split(file)?;
    let front = read(block.keys()?)?;
    Ok(Document {
        front,
        body: block.body.to_owned(),
        body_line: block.body_line,
    })
}

fn read(mut keys: Keys) -> Result<FrontMatter, FrontMatterError> {
    let mut front = FrontMatter {
        draft: keys.draft()?,
        ..FrontMatter::default()
    };
    front.title = keys.text(&["title"])?;
    front.description = keys.text(&["description", "summary"])?;
    // Hugo's `date` may be the day of writing; what says when to publish is the safer of two.
    front.date = keys.date(&["publishDate", "pubdate", "published", "date"])?;
    front.updated = keys.date(&["updated", "lastmod", "modified"])?;
    front.expires = keys.date(&["expiryDate", "unpublishDate"])?;
    front.slug = keys.text(&["slug"])?;
    front.path = keys.text(&["path", "permalink", "url"])?;
    front.lang = keys.text(&["lang", "language", "locale"])?;
    front.authors = keys.list("", &["authors", "author"], Reading::Names)?;
    front.tags = keys.list("", &["tags"], Reading::Words)?;
    front
        .tags
        .extend(keys.list("", &["tag"], Reading::Phrases)?);
    front.categories = keys.list("", &["categories"], Reading::Words)?;
    front
        .categories
        .extend(keys.list("", &["category"], Reading::Phrases)?);
    front.aliases = keys.list("", &["aliases", "redirect_from"], Reading::Phrases)?;
    let mut below = |names: &[&str]| keys.list("taxonomies", names, Reading::Phrases);
    front.authors.extend(below(&["authors", "author"])?);
    front.tags.extend(below(&["tags", "tag"])?);
    front.categories.extend(below(&["categories", "category"])?);
    for list in [
        &mut front.authors,
        &mut front.tags,
        &mut front.categories,
        &mut front.aliases,
    ] {
        keep_first(list);
    }
    front.extra = keys.rest();
    Ok(front)
}

/// How a list is to be read.
#[derive(Clone, Copy, PartialEq)]
enum Reading {
    /// A single string is several words, parted by commas or, without any, by spaces.
    Words,
    /// A single string is one item.
    Phrases,
    /// As phrases, and an object stands for its `name`.
    Names,
}

impl Keys {
    /// Takes a key out, whatever its case. Null and blank text count as absent.
    fn take(&mut self, name: &str) -> Option<(String, Value)> {
        let key = self
            .values
            .keys()
            .find(|key| key.eq_ignore_ascii_case(name))?
            .clone();
        let value = self.values.shift_remove(&key)?;
        let blank = value.as_str().is_some_and(|text| text.trim().is_empty());
        (!value.is_null() && !blank).then_some((key, value))
    }

    fn wrong(&self, key: &str, expected: &str) -> FrontMatterError {
        FrontMatterError::new(self.line(key), &format!("`{key}` must be {expected}"))
    }

    fn text(&mut self, names: &[&str]) -> Result<Option<String>, FrontMatterError> {
        let Some((key, value)) = names.iter().find_map(|name| self.take(name)) else {
            return Ok(None);
        };
        scalar(&value)
            .map(Some)
            .ok_or_else(|| self.wrong(&key, "text"))
    }

    fn date(&mut self, names: &[&str]) -> Result<Option<DateTime<Utc>>, FrontMatterError> {
        let Some((key, value)) = names.iter().find_map(|name| self.take(name)) else {
            return Ok(None);
        };
        let date = value.as_str().and_then(super::dates::parse);
        date.map(Some)
            .ok_or_else(|| self.wrong(&key, "a date such as 2026-09-01T08:00:00Z"))
    }

    /// `draft`, or the contrary of `published`, which to Hugo may be a date: then it stays.
    fn draft(&mut self) -> Result<bool, FrontMatterError> {
        let draft = match self.take("draft") {
            None => false,
            Some((key, value)) => flag(&value).ok_or_else(|| self.wrong(&key, "true or false"))?,
        };
        let hidden = match self.take("published") {
            None => false,
            Some((key, value)) => match flag(&value) {
                Some(published) => !published,
                None => {
                    self.values.insert(key, value);
                    false
                }
            },
        };
        Ok(draft || hidden)
    }

    /// The items of the keys of these names, one after another, below `parent` if it has a name.
    fn list(
        &mut self,
        parent: &str,
        names: &[&str],
        reading: Reading,
    ) -> Result<Vec<String>, FrontMatterError> {
        let mut found = Vec::new();
        for name in names {
            let Some((key, value)) = self.take_below(parent, name)? else {
                continue;
            };
            let items = match value {
                Value::Array(ref items) => items.iter().filter(|item| !item.is_null()).collect(),
                // Zola, Hugo and Jekyll have text or a list here, never a bare number.
                Value::String(_) | Value::Object(_) => vec![&value],
                _ => return Err(self.wrong(&key, "text or a list of texts")),
            };
            for item in &items {
                match item {
                    Value::String(text) if reading == Reading::Words && !value.is_array() => {
                        found.extend(words(text));
                    }
                    Value::Object(fields) if reading == Reading::Names => {
                        let name = fields.get("name").and_then(scalar);
                        found.push(name.ok_or_else(|| self.wrong(&key, "names, or have `name`"))?);
                    }
                    Value::Number(_) if reading == Reading::Names => {
                        return Err(self.wrong(&key, "a list of names"));
                    }
                    other => {
                        let text = scalar(other);
                        found.push(text.ok_or_else(|| self.wrong(&key, "a list of texts"))?);
                    }
                }
            }
            if items
                .iter()
                .any(|item| item.as_object().is_some_and(|fields| fields.len() > 1))
            {
                self.values.insert(key, value);
            }
        }
        found.retain(|item| !item.is_empty());
        Ok(found)
    }

    fn take_below(
        &mut self,
        parent: &str,
        name: &str,
    ) -> Result<Option<(String, Value)>, FrontMatterError> {
        if parent.is_empty() {
            return Ok(self.take(name));
        }
        let table = match self.values.get_mut(parent) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(table)) => table,
            Some(_) => return Err(self.wrong(parent, "a table")),
        };
        let value = table.shift_remove(name).filter(|value| !value.is_null());
        Ok(value.map(|value| (format!("{parent}.{name}"), value)))
    }

    /// The entries that were not used, followed by the members of `extra`.
    fn rest(mut self) -> Map<String, Value> {
        let own = match self.values.shift_remove("extra") {
            Some(Value::Object(members)) => members,
            Some(Value::Null) | None => Map::new(),
            Some(other) => Map::from_iter([("extra".to_owned(), other)]),
        };
        let mut rest = self.values;
        let emptied = |value: &Value| value.as_object().is_some_and(Map::is_empty);
        rest.retain(|key, value| key != "taxonomies" || !(value.is_null() || emptied(value)));
        for (key, value) in own {
            let key = if rest.contains_key(&key) {
                format!("extra.{key}")
            } else {
                key
            };
            rest.insert(key, value);
        }
        rest
    }
}

/// Text of a string, a number or a truth value.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// True or false, also in the words of YAML 1.1, which Jekyll reads: to take `published: no` for
/// a text would publish a draft.
fn flag(value: &Value) -> Option<bool> {
    let text = match value {
        Value::Bool(flag) => return Some(*flag),
        Value::String(text) => text.trim().to_ascii_lowercase(),
        _ => return None,
    };
    match text.as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn words(text: &str) -> Vec<String> {
    let owned = |part: &str| part.trim().to_owned();
    if text.contains(',') {
        text.split(',').map(owned).collect()
    } else {
        text.split_whitespace().map(owned).collect()
    }
}

fn keep_first(list: &mut Vec<String>) {
    let mut seen = std::collections::HashSet::new();
    list.retain(|item| seen.insert(item.clone()));
}
