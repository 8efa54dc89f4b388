//! An answer in one coding, ready to be sent.

use actix_http::Response;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;

use super::content_encoding::Coding;
use crate::http::precondition::is_known;

/// How many headers each answer adds for itself.
const OWN: usize = 4;

/// The headers and the body of an answer in one coding.
pub(super) struct Form {
    tag: Option<HeaderValue>,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Form {
    /// The form of an answer that has these headers when it is sent as it is.
    pub fn new(mut headers: HeaderMap, body: Bytes, coding: Coding) -> Self {
        let tag = headers.get(header::ETAG).and_then(|tag| coding.tag(tag));
        if let Some(tag) = &tag {
            headers.insert(header::ETAG, tag.clone());
        }
        if coding != Coding::Identity {
            let name = HeaderValue::from_static(coding.name());
            headers.insert(header::CONTENT_ENCODING, name);
        }
        let headers = headers.into_iter().collect();
        Self { tag, headers, body }
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The headers, to make another form of.
    pub fn headers(&self) -> HeaderMap {
        self.headers.iter().cloned().collect()
    }

    /// The answer to whoever asks by these conditions: all of it, or that it has not changed.
    pub fn answer(&self, asked: &HeaderMap, modified: Option<&HeaderValue>) -> Response<BoxBody> {
        let known = |tag: &HeaderValue| is_known(asked, tag, modified);
        if self.tag.as_ref().is_some_and(known) {
            let mut answer = Response::with_body(StatusCode::NOT_MODIFIED, BoxBody::new(()));
            let of_body = [header::CONTENT_TYPE, header::CONTENT_ENCODING];
            self.fill(answer.headers_mut(), |name| !of_body.contains(name));
            return answer;
        }
        let mut answer = Response::with_body(StatusCode::OK, BoxBody::new(self.body.clone()));
        self.fill(answer.headers_mut(), |_| true);
        answer
    }

    /// Puts the headers into a map that an earlier answer of the worker has left, which has the room
    /// already; a copy of a map would have to be made and thrown away for each.
    fn fill(&self, map: &mut HeaderMap, is_sent: impl Fn(&HeaderName) -> bool) {
        map.reserve(self.headers.len() + OWN);
        for (name, value) in self.headers.iter().filter(|(name, _)| is_sent(name)) {
            map.append(name.clone(), value.clone());
        }
    }

    /// The same for one worker alone: what is counted whenever it is sent is counted in memory that no
    /// other worker writes.
    pub fn of_worker(&self) -> Self {
        let copy = |value: &HeaderValue| {
            HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| value.clone())
        };
        let headers = self.headers.iter();
        Self {
            tag: self.tag.as_ref().map(copy),
            headers: headers
                .map(|(name, value)| (name.clone(), copy(value)))
                .collect(),
            body: Bytes::from_owner(self.body.clone()),
        }
    }
}
