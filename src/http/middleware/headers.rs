//! Headers of every response for browsers and caches.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web;

use crate::app::App;

const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");

/// The policy of responses that are not pages.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

/// The headers by which every response varies: credentials, since invalid ones are refused on every
/// route, and the origin.
const VARIES_BY: [&str; 2] = ["Authorization", "Origin"];
/// The same as the value of a header.
const VARIES: &str = "Authorization, Origin";

/// The prefixes of our cookies' names.
const COOKIES: [&str; 2] = ["masthead_", "__Secure-masthead_"];

/// The middleware.
///
/// # Errors
/// Errors of the wrapped service.
pub async fn headers<B: MessageBody>(
    app: web::Data<App>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let keyed = has_credentials(request.headers());
    let mut answer = next.call(request).await?;
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        let policy = HeaderValue::from_static(NO_PAGE);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if is_html(headers) {
        let policy = HeaderValue::from_static("same-origin");
        headers.insert(CROSS_ORIGIN_OPENER_POLICY, policy);
    }
    let seconds = app.settings.server.hsts_seconds;
    if seconds > 0
        && let Ok(value) = HeaderValue::from_str(&format!("max-age={seconds}"))
    {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    // No cache may keep a response to a particular caller.
    if keyed {
        let value = HeaderValue::from_static("private, no-store");
        headers.insert(header::CACHE_CONTROL, value);
    }
    vary(headers);
    Ok(answer)
}

/// Whether a request has credentials, valid or not.
pub(crate) fn has_credentials(headers: &HeaderMap) -> bool {
    let is_ours = |line: &HeaderValue| {
        line.as_bytes().split(|byte| *byte == b';').any(|cookie| {
            let name = cookie.trim_ascii_start();
            COOKIES.iter().any(|ours| name.starts_with(ours.as_bytes()))
        })
    };
    headers.contains_key(header::AUTHORIZATION) || headers.get_all(header::COOKIE).any(is_ours)
}

fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// Adds the headers by which every response varies to `Vary`, and keeps its present members.
fn vary(headers: &mut HeaderMap) {
    if !headers.contains_key(header::VARY) {
        headers.insert(header::VARY, HeaderValue::from_static(VARIES));
        return;
    }
    let mut members: Vec<String> = Vec::new();
    let said = headers.get_all(header::VARY).cloned().collect::<Vec<_>>();
    let said = said.iter().filter_map(|line| line.to_str().ok());
    for member in said.flat_map(|line| line.split(',')).chain(VARIES_BY) {
        let member = member.trim();
        let known = |known: &String| known.eq_ignore_ascii_case(member);
        if !member.is_empty() && !members.iter().any(known) {
            members.push(member.to_owned());
        }
    }
    if let Ok(value) = HeaderValue::from_str(&members.join(", ")) {
        headers.insert(header::VARY, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vary_keeps_what_it_says_and_says_it_once() {
        for (lines, expected) in [
            (&[][..], "Authorization, Origin"),
            (&["Origin"], "Origin, Authorization"),
            (
                &["accept-encoding, AUTHORIZATION", "Accept-Encoding"],
                "accept-encoding, AUTHORIZATION, Origin",
            ),
            (&["", "Authorization, Origin"], "Authorization, Origin"),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::VARY, HeaderValue::from_static(line));
            }
            vary(&mut headers);
            let all: Vec<_> = headers.get_all(header::VARY).collect();
            assert_eq!(all, [expected], "{lines:?}");
        }
    }

    #[test]
    fn credentials_are_a_key_or_a_cookie_of_ours() {
        for (name, value, found) in [
            (header::AUTHORIZATION, "Bearer x", true),
            (header::AUTHORIZATION, "", true),
            (header::COOKIE, "masthead_session=1", true),
            (header::COOKIE, "a=b; __Secure-masthead_session=1", true),
            (header::COOKIE, "a=b;masthead_x=", true),
            (header::COOKIE, "a=masthead_session", false),
            (header::COOKIE, "my_masthead_session=1", false),
            (header::ACCEPT, "masthead_", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            assert_eq!(has_credentials(&headers), found, "{value}");
        }
    }
}
