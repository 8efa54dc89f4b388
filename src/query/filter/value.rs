//! Values: from the text of a condition to what the field's kind asks for.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

use super::super::error::echo;
use super::{FieldKind, MAX_TEXT, Value};

/// The form of a value of this kind, for messages.
pub(super) fn described(kind: FieldKind) -> String {
    match kind {
        FieldKind::Text => "a word, or text in quotation marks".to_owned(),
        FieldKind::Enum(words) => format!("one of {}", words.join(", ")),
        FieldKind::Bool => "true or false".to_owned(),
        FieldKind::Integer => "a whole number".to_owned(),
        FieldKind::Time => "a time such as 2026-01-01T00:00:00Z".to_owned(),
        FieldKind::Link => "a slug or an id".to_owned(),
    }
}

/// The value that `text` stands for; otherwise the rest of a sentence that begins with the field.
pub(super) fn check(kind: FieldKind, text: String) -> Result<Value, String> {
    match kind {
        FieldKind::Text => plain(text).map(Value::Text),
        FieldKind::Link if text.is_empty() => {
            Err("requires a slug or an id, not an empty string".to_owned())
        }
        FieldKind::Link => plain(text).map(Value::Text),
        FieldKind::Enum(words) if words.contains(&text.as_str()) => Ok(Value::Text(text)),
        FieldKind::Bool if text == "true" => Ok(Value::Bool(true)),
        FieldKind::Bool if text == "false" => Ok(Value::Bool(false)),
        FieldKind::Enum(_) | FieldKind::Bool => Err(takes(kind, &text)),
        FieldKind::Integer => integer(&text).map(Value::Integer),
        FieldKind::Time => time(&text).map(Value::Time),
    }
}

fn takes(kind: FieldKind, text: &str) -> String {
    format!("requires {}, not {}", described(kind), echo(text))
}

fn plain(text: String) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        Err("must not contain control characters".to_owned())
    } else if text.chars().nth(MAX_TEXT).is_some() {
        Err(format!("has a maximum of {MAX_TEXT} characters"))
    } else {
        Ok(text)
    }
}

fn integer(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(takes(FieldKind::Integer, text));
    }
    let range = format!("must be between {} and {}", i64::MIN, i64::MAX);
    text.parse().ok().ok_or(range)
}

fn time(text: &str) -> Result<i64, String> {
    // The library also reads a blank for the `T`, as RFC 3339 leaves open; one spelling is enough,
    // and a blank is most often a `+` that a URL lost.
    let parsed = DateTime::parse_from_rfc3339(text)
        .ok()
        .filter(|_| !text.contains(' '));
    if let Some(time) = parsed {
        let time = time.with_timezone(&Utc);
        return match time.year() {
            1..=9999 => Ok(time.timestamp_millis()),
            _ => Err("must be a time within the years 1 to 9999, UTC".to_owned()),
        };
    }
    let shown = echo(text);
    Err(
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            format!(
                "must be a time, and {shown} is only a date; write for example {date}T00:00:00Z"
            )
        } else if NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").is_ok() {
            format!(
                "must be a time with an offset, and {shown} has none; add Z for UTC, or +hh:mm (in \
                 a URL, write + as %2B)"
            )
        } else if text.contains(' ') {
            format!(
                "must be a time such as 2026-01-01T00:00:00Z, without spaces (in a URL, write + as \
                 %2B), not {shown}"
            )
        } else {
            format!("must be a time (RFC 3339) such as 2026-01-01T00:00:00Z, not {shown}")
        },
    )
}
