//! Preferences of a request (RFC 7240).

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse};

use crate::error::Error;

/// The header in which an answer names the preferences that it followed.
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// The preferences of a request that are known; others are ignored, as the standard has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prefer {
    /// `merge`: a change based on an older version is merged with the changes since, as long as they
    /// touch different fields.
    pub merge: bool,
}

impl Prefer {
    fn read(request: &HttpRequest) -> Self {
        let lines = request.headers().get_all("prefer");
        let lines = lines.filter_map(|line| line.to_str().ok());
        let mut wishes = lines.flat_map(|line| line.split(','));
        let is_merge = |wish: &str| {
            let name = wish.split(';').next().unwrap_or_default();
            name.trim().eq_ignore_ascii_case("merge")
        };
        Self {
            merge: wishes.any(is_merge),
        }
    }
}

/// Says in an answer that a merge was made.
pub fn merged(response: &mut HttpResponse) {
    let value = HeaderValue::from_static("merge");
    response.headers_mut().insert(APPLIED, value);
}

impl FromRequest for Prefer {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(Ok(Self::read(request)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_merge_is_found_among_other_wishes() {
        for (value, merge) in [
            ("merge", true),
            ("return=minimal, Merge", true),
            ("merge; strictly=1", true),
            ("return=minimal", false),
            ("merged", false),
            ("wait=10; merge", false),
        ] {
            let request = TestRequest::default().insert_header(("Prefer", value));
            assert_eq!(
                Prefer::read(&request.to_http_request()).merge,
                merge,
                "{value}"
            );
        }
    }
}
