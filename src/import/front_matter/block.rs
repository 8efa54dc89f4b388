//! The block at the head of a file, cut out and read into values that know their lines.

use std::collections::HashMap;

use serde_json::{Map, Number, Value};
use toml::de::{DeTable, DeValue};

use super::FrontMatterError;

/// The longest block that is read, in bytes. The YAML scanner takes time quadratic in the depth of
/// brackets, so a file of nothing else would keep it busy for hours.
const MAX_BYTES: usize = 64 * 1024;

/// The block as text, and what comes after it.
pub(super) struct Block<'a> {
    /// The file from its start to the closing delimiter: its lines are the file's lines.
    head: &'a str,
    /// Between the delimiters.
    text: &'a str,
    format: Format,
    /// The line of the opening delimiter, from 1.
    opening: usize,
    pub(super) body: &'a str,
    pub(super) body_line: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Toml,
    Yaml,
}

/// The keys of a block, not yet made sense of.
pub(super) struct Keys {
    pub(super) values: Map<String, Value>,
    /// Lines in the file by key, `taxonomies.tags` for a key one level down.
    lines: HashMap<String, usize>,
    opening: usize,
}

impl Keys {
    /// The line of a key; that of the opening delimiter where it is not known.
    pub(super) fn line(&self, path: &str) -> usize {
        self.lines.get(path).copied().unwrap_or(self.opening)
    }
}

/// Cuts the block out. Blank lines and a byte order mark may come before it.
pub(super) fn split(file: &str) -> Result<Block<'_>, FrontMatterError> {
    let file = file.strip_prefix('\u{feff}').unwrap_or(file);
    let mut start = 0;
    let mut open: Option<(Format, usize, usize)> = None;
    for (number, line) in (1..).zip(file.split_inclusive('\n')) {
        let end = start + line.len();
        let mark = line.trim_end();
        match open {
            None if mark.is_empty() => {}
            None => open = Some((opening(mark, number)?, number, end)),
            Some((format, opening, text_start)) if closes(format, mark) => {
                return Ok(Block {
                    head: file.get(..start).unwrap_or_default(),
                    text: file.get(text_start..start).unwrap_or_default(),
                    format,
                    opening,
                    body: file.get(end..).unwrap_or_default(),
                    body_line: number + 1,
                });
            }
            Some(_) => {}
        }
        start = end;
    }
    Err(match open {
        Some((Format::Toml, line, _)) => {
            FrontMatterError::new(line, "the closing line +++ is missing")
        }
        Some((Format::Yaml, line, _)) => {
            FrontMatterError::new(line, "the closing line --- is missing")
        }
        None => FrontMatterError::new(1, "the file is empty"),
    })
}

fn opening(mark: &str, line: usize) -> Result<Format, FrontMatterError> {
    match mark {
        "+++" => Ok(Format::Toml),
        "---" => Ok(Format::Yaml),
        _ if mark.starts_with('{') => Err(FrontMatterError::new(
            line,
            "front matter in JSON is not supported, only TOML and YAML",
        )),
        _ => Err(FrontMatterError::new(
            line,
            "front matter is missing: the file must start with a line +++ (TOML) or --- (YAML)",
        )),
    }
}

/// YAML ends a document with `...` too, and Jekyll accepts it.
fn closes(format: Format, mark: &str) -> bool {
    match format {
        Format::Toml => mark == "+++",
        Format::Yaml => mark == "---" || mark == "...",
    }
}

impl Block<'_> {
    /// Reads the block. Dates of TOML become strings; keys keep the order of the file.
    pub(super) fn keys(&self) -> Result<Keys, FrontMatterError> {
        if self.text.len() > MAX_BYTES {
            return Err(FrontMatterError::new(
                self.opening,
                "the block is longer than 64 KiB",
            ));
        }
        match self.format {
            Format::Toml => self.toml(),
            Format::Yaml => self.yaml(),
        }
    }

    fn toml(&self) -> Result<Keys, FrontMatterError> {
        let line_at = |offset: usize| {
            let before = self.text.as_bytes().iter().take(offset);
            self.opening + 1 + before.filter(|&&byte| byte == b'\n').count()
        };
        let table = DeTable::parse(self.text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            FrontMatterError::new(line_at(offset), error.message())
        })?;
        let mut lines = HashMap::new();
        for (key, value) in table.get_ref() {
            let name = key.get_ref();
            lines.insert(name.to_string(), line_at(key.span().start));
            for (inner, _) in value.get_ref().as_table().into_iter().flatten() {
                lines.insert(
                    format!("{name}.{}", inner.get_ref()),
                    line_at(inner.span().start),
                );
            }
        }
        Ok(Keys {
            values: from_toml_table(table.into_inner()),
            lines,
            opening: self.opening,
        })
    }

    fn yaml(&self) -> Result<Keys, FrontMatterError> {
        let bad = |error: &yaml_serde::Error| {
            // To YAML a carriage return ends a line too, and some characters that editors show.
            let line = error.location().map_or(self.opening, |place| {
                let before = self.head.chars().take(place.index());
                1 + before.filter(|&c| c == '\n').count()
            });
            FrontMatterError::new(line, &error.to_string())
        };
        let mut tree: yaml_serde::Value =
            yaml_serde::from_str(self.head).map_err(|error| bad(&error))?;
        tree.apply_merge().map_err(|error| bad(&error))?;
        let values = match from_yaml(tree) {
            Value::Object(values) => values,
            Value::Null => Map::new(),
            _ => {
                return Err(FrontMatterError::new(
                    self.opening,
                    "the block is not a mapping",
                ));
            }
        };
        Ok(Keys {
            values,
            lines: self.yaml_lines(),
            opening: self.opening,
        })
    }

    /// Where the keys of the first two levels stand. The parser does not tell, but in YAML only
    /// a key of the first level may begin at the margin.
    fn yaml_lines(&self) -> HashMap<String, usize> {
        let mut lines = HashMap::new();
        let mut parent = "";
        for (number, line) in (self.opening + 1..).zip(self.text.lines()) {
            let Some((key, _)) = line.split_once(':') else {
                continue;
            };
            let name = key.trim().trim_matches(['"', '\'']);
            if key.starts_with([' ', '\t']) {
                lines.entry(format!("{parent}.{name}")).or_insert(number);
            } else {
                parent = name;
                lines.entry(name.to_owned()).or_insert(number);
            }
        }
        lines
    }
}

fn from_toml_table(table: DeTable<'_>) -> Map<String, Value> {
    let mut entries: Vec<_> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let pairs = entries.into_iter();
    pairs
        .map(|(key, value)| (key.into_inner().into(), from_toml(value.into_inner())))
        .collect()
}

fn from_toml(value: DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::String(number.to_string()), Value::from),
        // JSON has no infinity and no NaN: their text is kept.
        DeValue::Float(number) => {
            let finite = number.as_str().parse().ok().and_then(Number::from_f64);
            finite.map_or_else(|| Value::String(number.as_str().to_owned()), Value::Number)
        }
        DeValue::Boolean(flag) => Value::Bool(flag),
        DeValue::Datetime(moment) => Value::String(moment.to_string()),
        DeValue::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|item| from_toml(item.into_inner()))
                .collect(),
        ),
        DeValue::Table(table) => Value::Object(from_toml_table(table)),
    }
}

/// Keys that are not text become text, and tags (`!name`) are dropped.
fn from_yaml(value: yaml_serde::Value) -> Value {
    match value {
        yaml_serde::Value::Null => Value::Null,
        yaml_serde::Value::Bool(flag) => Value::Bool(flag),
        yaml_serde::Value::Number(number) => from_yaml_number(&number),
        yaml_serde::Value::String(text) => Value::String(text),
        yaml_serde::Value::Sequence(items) => {
            Value::Array(items.into_iter().map(from_yaml).collect())
        }
        yaml_serde::Value::Mapping(pairs) => {
            let pairs = pairs.into_iter();
            Value::Object(
                pairs
                    .map(|(key, value)| (key_text(key), from_yaml(value)))
                    .collect(),
            )
        }
        yaml_serde::Value::Tagged(tagged) => from_yaml(tagged.value),
    }
}

fn from_yaml_number(number: &yaml_serde::Number) -> Value {
    let whole = number
        .as_i64()
        .map(Value::from)
        .or_else(|| number.as_u64().map(Value::from));
    let real = || {
        number
            .as_f64()
            .and_then(Number::from_f64)
            .map(Value::Number)
    };
    whole
        .or_else(real)
        .unwrap_or_else(|| Value::String(number.to_string()))
}

fn key_text(key: yaml_serde::Value) -> String {
    match from_yaml(key) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
