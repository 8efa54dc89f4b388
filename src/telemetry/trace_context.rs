//! The trace context of a request: `traceparent` and `tracestate` of W3C Trace Context.
//!
//! Why not the propagator of `opentelemetry_sdk`: `docs/decisions/0010-libraries.md`.

use std::collections::HashSet;

use actix_web::http::header::{HeaderMap, HeaderName};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The most members of a `tracestate`.
const MAX_MEMBERS: usize = 32;

/// The content of the headers `traceparent` and `tracestate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace: not 0.
    pub trace_id: u128,
    /// The caller's span: not 0.
    pub parent_id: u64,
    /// Whether the caller records it.
    pub sampled: bool,
    /// The members of `tracestate` as key and value; empty when the header is malformed.
    pub state: Vec<(String, String)>,
}

impl TraceContext {
    /// The trace context of a request; none without the header, or when it is malformed.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut lines = headers.get_all(TRACEPARENT);
        let (parent, None) = (lines.next()?, lines.next()) else {
            return None;
        };
        let mut context = Self::parse(parent.to_str().ok()?)?;
        let state = headers.get_all(TRACESTATE).map(|line| line.to_str().ok());
        if let Some(lines) = state.collect::<Option<Vec<_>>>() {
            context.state = members(&lines.join(",")).unwrap_or_default();
        }
        Some(context)
    }

    /// Reads a `traceparent`.
    fn parse(text: &str) -> Option<Self> {
        let (version, rest) = (hex(text.get(..2)?)?, text.get(2..)?);
        let known = rest.get(..53)?;
        // Later versions may append fields, after another hyphen.
        let more = rest.get(53..)?;
        if version == 0xff || (version == 0 && !more.is_empty()) {
            return None;
        }
        if !more.is_empty() && !more.starts_with('-') {
            return None;
        }
        let mut parts = known.split('-');
        let ("", trace, parent, flags, None) = (
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next(),
        ) else {
            return None;
        };
        if (trace.len(), parent.len(), flags.len()) != (32, 16, 2) {
            return None;
        }
        let (trace_id, parent_id) = (hex(trace)?, u64::try_from(hex(parent)?).ok()?);
        let sampled = hex(flags)? & 1 == 1;
        (trace_id != 0 && parent_id != 0).then_some(Self {
            trace_id,
            parent_id,
            sampled,
            state: Vec::new(),
        })
    }
}

/// A number of hexadecimal digits, all in lower case.
fn hex(text: &str) -> Option<u128> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_hex = text.bytes().all(is_digit);
    is_hex.then(|| u128::from_str_radix(text, 16).ok())?
}

/// The members of a `tracestate`, unless one is malformed.
fn members(text: &str) -> Option<Vec<(String, String)>> {
    let (mut all, mut keys) = (Vec::new(), HashSet::new());
    for member in text.split(',') {
        let member = member.trim_matches([' ', '\t']);
        if member.is_empty() {
            continue;
        }
        let (key, value) = member.split_once('=')?;
        if !is_key(key) || !is_value(value) || !keys.insert(key) {
            return None;
        }
        all.push((key.to_owned(), value.to_owned()));
    }
    (all.len() <= MAX_MEMBERS).then_some(all)
}

/// `key` of the recommendation: a simple key, or that of a tenant in a multi-tenant system.
fn is_key(key: &str) -> bool {
    let first = |byte: u8| byte.is_ascii_lowercase();
    let rest = |byte: u8| {
        byte.is_ascii_lowercase()
            || byte.is_ascii_digit()
            || matches!(byte, b'_' | b'-' | b'*' | b'/')
    };
    let is = |part: &str, digit_first: bool, most: usize| {
        let mut bytes = part.bytes();
        let begins = bytes
            .next()
            .is_some_and(|byte| first(byte) || digit_first && byte.is_ascii_digit());
        begins && part.len() <= most && bytes.all(rest)
    };
    match key.split_once('@') {
        None => is(key, false, 256),
        Some((tenant, system)) => is(tenant, true, 241) && is(system, false, 14),
    }
}

/// `value` of the recommendation: printable ASCII without comma, equals sign and a blank at the end.
fn is_value(value: &str) -> bool {
    let is_char = |byte: u8| matches!(byte, b' '..=b'~') && byte != b',' && byte != b'=';
    !value.is_empty() && value.len() <= 256 && value.bytes().all(is_char) && !value.ends_with(' ')
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn of(lines: &[(&str, &str)]) -> Option<TraceContext> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        TraceContext::of(&headers)
    }

    #[test]
    fn a_parent_is_read() {
        let context = of(&[("traceparent", GOOD)]).unwrap();
        assert_eq!(context.trace_id, 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
        assert_eq!(context.parent_id, 0xb7ad_6b71_6920_3331);
        assert!(context.sampled && context.state.is_empty());
        for (text, sampled) in [
            (
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
                false,
            ),
            (
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-fe",
                false,
            ),
            (
                "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                true,
            ),
            (
                "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what",
                true,
            ),
        ] {
            let context = TraceContext::parse(text);
            assert_eq!(context.map(|one| one.sampled), Some(sampled), "{text}");
        }
    }

    #[test]
    fn a_malformed_parent_is_none() {
        for text in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.what",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
            "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "0ß-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_eq!(TraceContext::parse(text), None, "{text}");
        }
        assert_eq!(of(&[("traceparent", GOOD), ("traceparent", GOOD)]), None);
        assert_eq!(of(&[("tracestate", "a=1")]), None);
    }

    #[test]
    fn a_malformed_state_is_left_out_and_the_parent_stays() {
        let state = |lines: &[&str]| {
            let mut all = vec![("traceparent", GOOD)];
            all.extend(lines.iter().map(|line| ("tracestate", *line)));
            let members = of(&all).unwrap().state;
            let texts = members.iter().map(|(key, value)| format!("{key}={value}"));
            texts.collect::<Vec<_>>().join(",")
        };
        for (lines, expected) in [
            (
                &["rojo=00f067aa0ba902b7, congo=t61rcWkgMzE"][..],
                "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
            ),
            (&["a=1", "b=2,,"], "a=1,b=2"),
            (&["1t@sys=x y"], "1t@sys=x y"),
            (&["a=1,a=2"], ""),
            (&["A=1"], ""),
            (&["1a=1"], ""),
            (&["a@1b=1"], ""),
            (&["a"], ""),
            (&["a="], ""),
            (&["a=b=c"], ""),
            (&["a@b@c=1"], ""),
        ] {
            assert_eq!(state(lines), expected, "{lines:?}");
        }
        let many: Vec<_> = (0..33).map(|number| format!("k{number}=1")).collect();
        assert_eq!(state(&[&many.join(",")]), "");
        assert_ne!(state(&[&many[..32].join(",")]), "");
        assert_eq!(state(&[&format!("a={}", "x".repeat(257))]), "");
    }
}
