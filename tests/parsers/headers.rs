//! Headers of requests: a line of input is a header, its first character says which.

use actix_web::FromRequest as _;
use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use masthead::http::idempotency::key;
use masthead::http::middleware::accept::accepts_json;
use masthead::http::precondition::{IfMatch, is_known};
use masthead::http::prefer::Prefer;

const TAG: &str = "\"7-5f0e\"";

fn name(letter: u8) -> Option<HeaderName> {
    Some(match letter {
        b'a' => header::ACCEPT,
        b'k' => HeaderName::from_static("idempotency-key"),
        b'm' => header::IF_MATCH,
        b'n' => header::IF_NONE_MATCH,
        b'p' => HeaderName::from_static("prefer"),
        b's' => header::IF_MODIFIED_SINCE,
        _ => return None,
    })
}

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|&byte| byte == b'\n') {
        if let Some((letter, rest)) = line.split_first()
            && let Some(name) = name(*letter)
            && let Ok(value) = HeaderValue::from_bytes(rest)
        {
            headers.append(name, value);
        }
    }
    let takes_json = accepts_json(&headers);
    if !headers.contains_key(header::ACCEPT) {
        assert!(takes_json);
    }
    if let Ok(key) = key::read(&headers) {
        assert!((1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()));
        // Quoted by the rules of Structured Fields it is the same key.
        let quoted = format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""));
        let mut again = HeaderMap::new();
        let value = HeaderValue::from_str(&quoted).expect("visible characters");
        again.insert(HeaderName::from_static("idempotency-key"), value);
        assert_eq!(key::read(&again).ok(), Some(key));
    }
    let tag = HeaderValue::from_static(TAG);
    let modified = HeaderValue::from_static("Mon, 23 Nov 2026 06:30:00 GMT");
    let known = is_known(&headers, &tag, Some(&modified));
    if headers.contains_key(header::IF_NONE_MATCH) {
        let mut lines = headers.get_all(header::IF_NONE_MATCH);
        let named = lines.any(|line| {
            let line = String::from_utf8_lossy(line.as_bytes());
            line.contains(TAG) || line.trim() == "*"
        });
        assert!(named || !known, "nobody named this tag");
    }
    let mut request = TestRequest::default();
    for (name, value) in &headers {
        request = request.append_header((name.clone(), value.clone()));
    }
    let request = request.to_http_request();
    let _ = Prefer::extract(&request).into_inner();
    let asked = IfMatch::from_request(&request, &mut Payload::None).into_inner();
    if let Ok(IfMatch::Versions(versions)) = &asked {
        let line: Vec<String> = versions.iter().map(|one| format!("\"{one}\"")).collect();
        for version in versions {
            assert!(
                asked
                    .as_ref()
                    .is_ok_and(|asked| asked.check(*version).is_ok())
            );
        }
        if !versions.is_empty() {
            let again = IfMatch::parse(&line.join(", "));
            assert_eq!(again.ok().as_ref(), asked.as_ref().ok());
        }
        let base = asked.as_ref().ok().and_then(|asked| asked.base(8));
        assert!(base.is_none_or(|base| base < 8 && versions.contains(&base)));
    }
}
