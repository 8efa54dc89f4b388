//! The header `Idempotency-Key`.

use actix_web::http::header::HeaderMap;

use super::IDEMPOTENCY_KEY;
use crate::error::{Code, Error, FieldError, Result};

/// The most characters of a key.
const MAX_LENGTH: usize = 255;

/// Reads the key: a String of Structured Fields (RFC 9651) as the draft demands, `"…"`, or the
/// same without the quotation marks. Either way it is 1 to 255 visible ASCII characters; without
/// quotation marks there is none of `"`, `,`, `;` and `\` among them.
///
/// # Errors
/// 400 naming the header, also when it is there more than once.
pub fn read(headers: &HeaderMap) -> Result<String> {
    let mut lines = headers.get_all(IDEMPOTENCY_KEY);
    let key = match (lines.next(), lines.next()) {
        (Some(line), None) => line.to_str().ok().and_then(parse),
        _ => None,
    };
    key.ok_or_else(|| {
        let detail = "must be given once, as 1 to 255 visible ASCII characters, with or without double \
            quotes.";
        let error = FieldError::header("Idempotency-Key", "idempotency_key", detail);
        Error::fields(Code::MalformedRequest, vec![error])
    })
}

fn parse(line: &str) -> Option<String> {
    let line = line.trim_matches([' ', '\t']);
    let key = match line.strip_prefix('"') {
        Some(opened) => unescaped(opened.strip_suffix('"')?)?,
        None if line.contains(['"', ',', ';', '\\']) => return None,
        None => line.to_owned(),
    };
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    ((1..=MAX_LENGTH).contains(&key.len()) && visible).then_some(key)
}

/// The content of a quoted string, in which `\` escapes another `\` or a quotation mark, and nothing
/// else.
fn unescaped(quoted: &str) -> Option<String> {
    let mut text = String::with_capacity(quoted.len());
    let mut rest = quoted.chars();
    while let Some(one) = rest.next() {
        match one {
            '"' => return None,
            '\\' => match rest.next() {
                Some(escaped @ ('"' | '\\')) => text.push(escaped),
                _ => return None,
            },
            one => text.push(one),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn of(lines: &[&str]) -> Result<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(
                IDEMPOTENCY_KEY,
                HeaderValue::from_bytes(line.as_bytes()).unwrap(),
            );
        }
        read(&headers)
    }

    #[test]
    fn keys_are_bare_or_quoted() {
        let longest = "k".repeat(255);
        for (line, key) in [
            ("8e03978e-40d5-43dd-bc93-6894a57f9324", None),
            (
                "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"",
                Some("8e03978e-40d5-43dd-bc93-6894a57f9324"),
            ),
            ("a+b/c==", None),
            (" padded\t", Some("padded")),
            ("\"a,b;c\"", Some("a,b;c")),
            (r#""a\"b\\c""#, Some(r#"a"b\c"#)),
            (longest.as_str(), None),
        ] {
            assert_eq!(of(&[line]).unwrap(), key.unwrap_or(line), "{line}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_by_name() {
        let long = "k".repeat(256);
        let long_quoted = format!("\"{long}\"");
        for lines in [
            &[""][..],
            &["\"\""],
            &["\""],
            &["\"open"],
            &["open\""],
            &["two words"],
            &["\"two words\""],
            &["a,b"],
            &["\"a\";p=1"],
            &[r#""a\b""#],
            &[r#""a\""#],
            &["\"a\"b\""],
            &["schlüssel"],
            &[long.as_str()],
            &[long_quoted.as_str()],
            &["a", "a"],
        ] {
            let error = of(lines).unwrap_err();
            assert_eq!(error.code(), Code::MalformedRequest, "{lines:?}");
            let named: Vec<_> = error.field_errors().iter().map(FieldError::place).collect();
            assert_eq!(named, ["Idempotency-Key"], "{lines:?}");
        }
    }
}
