//! The content of a revision: the article as it would be sent to be created, with the source of the
//! body apart, deflated.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};

/// The members of an article, but for the source of its body.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// The members; that of the body has its format only.
    pub fields: Map<String, Value>,
    /// The source of the body.
    pub source: String,
}

impl Content {
    /// Takes the source of the body out of an article as it would be sent.
    #[must_use]
    pub fn of(whole: Value) -> Self {
        let Value::Object(mut fields) = whole else {
            return Self {
                fields: Map::new(),
                source: String::new(),
            };
        };
        let body = fields.get_mut("body").and_then(Value::as_object_mut);
        let source = body.and_then(|body| body.remove("source"));
        let source = source.and_then(|source| source.as_str().map(str::to_owned));
        Self {
            fields,
            source: source.unwrap_or_default(),
        }
    }

    /// The article as it would be sent.
    #[must_use]
    pub fn whole(self) -> Value {
        let mut fields = self.fields;
        match fields.get_mut("body").and_then(Value::as_object_mut) {
            Some(body) => {
                body.insert("source".to_owned(), json!(self.source));
            }
            None => {
                fields.insert("body".to_owned(), json!({"source": self.source}));
            }
        }
        Value::Object(fields)
    }

    /// The name under which the source is kept: 128 bits of its SHA-256, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> String {
        let hash = Sha256::digest(self.source.as_bytes());
        hash.iter().take(16).fold(String::new(), |mut text, byte| {
            use std::fmt::Write as _;
            // Writing to a text does not fail.
            let _written = write!(text, "{byte:02x}");
            text
        })
    }
}

/// Deflates a text (RFC 1951).
///
/// # Errors
/// Never: it is written to memory.
pub fn deflate(text: &str) -> Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(text.as_bytes());
    written.map_err(Error::internal)?;
    encoder.finish().map_err(Error::internal)
}

/// Inflates it again.
///
/// # Errors
/// When it is damaged.
pub fn inflate(bytes: &[u8]) -> Result<String> {
    let mut text = String::new();
    let read = DeflateDecoder::new(bytes).read_to_string(&mut text);
    read.map_err(Error::internal)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_apart_comes_together_again() {
        let whole =
            json!({"title": "T", "body": {"format": "html", "source": "<p>Ärger 漢字</p>"}});
        let content = Content::of(whole.clone());
        assert_eq!(content.source, "<p>Ärger 漢字</p>");
        assert_eq!(content.fields["body"], json!({"format": "html"}));
        assert_eq!(content.digest().len(), 32);
        let small = deflate(&content.source).unwrap();
        assert_eq!(inflate(&small).unwrap(), content.source);
        assert_eq!(content.whole(), whole);
        let long = "The bridge reopened. ".repeat(500);
        assert!(deflate(&long).unwrap().len() < long.len() / 20);
    }
}
