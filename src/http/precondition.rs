//! Entity tags, and the conditions that requests attach to them (RFC 9110, sections 8.8.3 and
//! 13).
//!
//! An editorial resource's tag is `"<version>-<digest>"`: the version that a change must be
//! based on, and a digest of the very bytes, since the same version is shown in several shapes.
//! `If-Match` looks at the version alone, so `"7"` does as well as `"7-5f0e…"`. A public
//! resource's tag is `"p-<digest>"`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{FromRequest, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use xxhash_rust::xxh3::xxh3_128;

use crate::db::Time;
use crate::error::{Code, Error, Result};

/// The versions that a change may be based on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: any.
    Any,
    /// The versions of the tags given; weak tags never match.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// Lets a change go on if its base is the current version.
    ///
    /// # Errors
    /// 412 naming the current version.
    pub fn check(&self, current: i64) -> Result<()> {
        match self {
            Self::Any => Ok(()),
            Self::Versions(versions) if versions.contains(&current) => Ok(()),
            Self::Versions(_) => Err(stale(current)),
        }
    }

    /// The newest version before `current` that the change may be based on.
    #[must_use]
    pub fn base(&self, current: i64) -> Option<i64> {
        match self {
            Self::Any => None,
            Self::Versions(versions) => versions.iter().copied().filter(|one| *one < current).max(),
        }
    }

    fn read(request: &HttpRequest) -> Result<Self> {
        let lines: Vec<&str> = request
            .headers()
            .get_all(header::IF_MATCH)
            .filter_map(|line| line.to_str().ok())
            .collect();
        if lines.is_empty() {
            return Err(missing());
        }
        Self::parse(&lines.join(", "))
    }

    /// Reads the value of the header.
    ///
    /// # Errors
    /// 400 when it is malformed.
    pub fn parse(line: &str) -> Result<Self> {
        if line.trim() == "*" {
            return Ok(Self::Any);
        }
        let tags = tags(line).ok_or_else(|| {
            Error::new(
                Code::MalformedRequest,
                "If-Match must be an ETag in double quotes, or *.",
            )
        })?;
        let version = |tag: &Tag<'_>| {
            let number = tag
                .text
                .split_once('-')
                .map_or(tag.text, |(number, _)| number);
            if tag.weak { None } else { number.parse().ok() }
        };
        Ok(Self::Versions(tags.iter().filter_map(version).collect()))
    }
}

/// 428: the request does not name the version that the change is based on.
#[must_use]
pub fn missing() -> Error {
    let detail = "If-Match is required: the ETag of the version that the change is based on, or *.";
    Error::new(Code::PreconditionRequired, detail)
}

/// 412: the resource changed since it was read; its version is `current`.
#[must_use]
pub fn stale(current: i64) -> Error {
    let detail = format!("The current version is {current}; read it again and redo the change.");
    Error::new(Code::StaleVersion, detail).with("current_version", current)
}

/// For handlers of changes: 428 without `If-Match`, 400 when it cannot be read.
impl FromRequest for IfMatch {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(Self::read(request))
    }
}

struct Tag<'a> {
    weak: bool,
    text: &'a str,
}

/// The tags of a list, if it is well formed.
fn tags(line: &str) -> Option<Vec<Tag<'_>>> {
    let mut tags = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (weak, opened) = match rest.strip_prefix("W/") {
            Some(after) => (true, after),
            None => (false, rest),
        };
        let (text, after) = opened.strip_prefix('"')?.split_once('"')?;
        tags.push(Tag { weak, text });
        rest = after.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    (!tags.is_empty()).then_some(tags)
}

/// The digest of a representation: its XXH3 of 128 bits. It tells versions of one resource apart,
/// and proves nothing.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(xxh3_128(bytes).to_be_bytes())
}

/// The tag of a public representation. The letter keeps it apart from editors' tags, which begin with a
/// version.
#[must_use]
pub fn public_tag(bytes: &[u8]) -> String {
    format!("\"p-{}\"", digest(bytes))
}

/// The tag of a representation for editors, of this version if it has one.
#[must_use]
pub fn editorial_tag(version: Option<i64>, bytes: &[u8]) -> String {
    let digest = digest(bytes);
    match version {
        Some(version) => format!("\"{version}-{digest}\""),
        None => format!("\"{digest}\""),
    }
}

/// Whether the caller has this representation already: `If-None-Match`, or, without it,
/// `If-Modified-Since` (RFC 9110, 13.2.2).
#[must_use]
pub fn not_modified(request: &HttpRequest, etag: &str, modified: Option<Time>) -> bool {
    is_had(request.headers(), etag, modified)
}

/// The same for headers as they stand in an answer.
#[must_use]
pub fn is_known(asked: &HeaderMap, tag: &HeaderValue, modified: Option<&HeaderValue>) -> bool {
    if !asked.contains_key(header::IF_NONE_MATCH) && !asked.contains_key(header::IF_MODIFIED_SINCE)
    {
        return false;
    }
    let modified = modified
        .and_then(|value| httpdate::parse_http_date(value.to_str().ok()?).ok())
        .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_millis()).ok());
    is_had(asked, tag.to_str().unwrap_or_default(), modified.map(Time))
}

fn is_had(headers: &HeaderMap, etag: &str, modified: Option<Time>) -> bool {
    let mut lines = headers.get_all(header::IF_NONE_MATCH).peekable();
    if lines.peek().is_some() {
        let bare = etag.trim_matches('"');
        return lines.filter_map(|line| line.to_str().ok()).any(|line| {
            line.trim() == "*"
                || tags(line).is_some_and(|tags| tags.iter().any(|tag| tag.text == bare))
        });
    }
    let since = headers
        .get(header::IF_MODIFIED_SINCE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| httpdate::parse_http_date(text).ok())
        .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    match (since, modified) {
        (Some(since), Some(modified)) => {
            u64::try_from(modified.0 / 1_000).is_ok_and(|seconds| seconds <= since.as_secs())
        }
        _ => false,
    }
}

/// An instant as HTTP writes it (RFC 9110, 5.6.7).
#[must_use]
pub fn http_date(at: Time) -> String {
    let seconds = u64::try_from(at.0 / 1_000).unwrap_or_default();
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn versions_are_read_from_strong_tags() {
        let read = |value: &str| {
            IfMatch::read(
                &TestRequest::default()
                    .insert_header(("If-Match", value))
                    .to_http_request(),
            )
        };
        assert_eq!(read("*").unwrap(), IfMatch::Any);
        assert_eq!(read("\"7\"").unwrap(), IfMatch::Versions(vec![7]));
        assert_eq!(
            read("\"7-abc\", \"8\"").unwrap(),
            IfMatch::Versions(vec![7, 8])
        );
        assert_eq!(read("W/\"7\"").unwrap(), IfMatch::Versions(vec![]));
        // A comma within a tag belongs to it.
        assert_eq!(
            read("\"7-a,b\", \"8\"").unwrap(),
            IfMatch::Versions(vec![7, 8])
        );
        for wrong in ["7", "\"7", "", "\"7\" \"8\""] {
            assert_eq!(
                read(wrong).unwrap_err().code(),
                Code::MalformedRequest,
                "{wrong}"
            );
        }
        let none = IfMatch::read(&TestRequest::default().to_http_request());
        assert_eq!(none.unwrap_err().code(), Code::PreconditionRequired);
    }

    #[test]
    fn a_comma_within_a_tag_belongs_to_it() {
        let known = |value: &str, tag: &'static str| {
            let request = TestRequest::default().insert_header(("If-None-Match", value));
            let tag = HeaderValue::from_static(tag);
            is_known(request.to_http_request().headers(), &tag, None)
        };
        assert!(known("\"a,b\", \"c\"", "\"a,b\""));
        assert!(known("\"a,b\", \"c\"", "\"c\""));
        assert!(!known("\"a,b\"", "\"b\""));
    }
}
