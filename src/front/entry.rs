//! An answer that is kept.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_http::Response;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::web::Bytes;

use super::coding::Coding;
use super::kept::CACHE_STATUS;
use crate::db::Time;
use crate::db::changes::Changes;
use crate::http::problems::X_REQUEST_ID;
use crate::http::respond::Lasting;
use crate::limits::{RATE_LIMIT, RATE_LIMIT_POLICY};
use crate::traffic::Route;

/// What an entry takes besides its body, in bytes; an estimate.
const OVERHEAD: usize = 4_096;

/// What belongs to one request alone and is not kept.
const OWN: [header::HeaderName; 3] = [header::DATE, header::CONTENT_LENGTH, header::AGE];

/// The whole answer to a `GET`, with what decides how long it is the right one.
pub struct Entry {
    body: Bytes,
    /// As it is, then in each of [`Coding::ALL`] once somebody asks for it.
    plain: Headers,
    coded: [OnceLock<Option<(Headers, Bytes)>>; 3],
    modified: Option<HeaderValue>,
    /// The stamp of the last change before it was made.
    made_after: u64,
    /// The stamp of the last change of which it is known that it is still right.
    checked: AtomicU64,
    /// When it was made.
    pub made: Time,
    /// What ends it; an answer without that is kept for nobody else.
    pub lasting: Option<Lasting>,
    /// Which route it is of, for whoever counts.
    pub route: Option<Route>,
}

/// The headers of an answer with its body and without.
struct Headers {
    tag: Option<HeaderValue>,
    full: HeaderMap,
    unchanged: HeaderMap,
}

impl Headers {
    fn new(mut full: HeaderMap, coding: Coding) -> Self {
        // What each answer says for itself takes its place now: a map that grows is made anew.
        let later = HeaderValue::from_static("0");
        for name in [header::AGE, CACHE_STATUS, X_REQUEST_ID] {
            full.insert(name, later.clone());
        }
        let tag = full.get(header::ETAG).and_then(|tag| coding.tag(tag));
        if let Some(tag) = &tag {
            full.insert(header::ETAG, tag.clone());
        }
        if coding != Coding::Identity {
            let name = HeaderValue::from_static(coding.name());
            full.insert(header::CONTENT_ENCODING, name);
        }
        let mut unchanged = full.clone();
        unchanged.remove(header::CONTENT_TYPE);
        unchanged.remove(header::CONTENT_ENCODING);
        Self {
            tag,
            full,
            unchanged,
        }
    }
}

impl Entry {
    /// The entry of an answer that was made at `made`, after the change with this stamp.
    pub fn new(
        mut headers: HeaderMap,
        body: Bytes,
        lasting: Option<Lasting>,
        made: (u64, Time),
        route: Option<Route>,
    ) -> Self {
        for name in OWN {
            headers.remove(name);
        }
        headers.remove("x-request-id");
        headers.remove(RATE_LIMIT);
        headers.remove(RATE_LIMIT_POLICY);
        let vary = headers
            .get(header::VARY)
            .and_then(|vary| vary.to_str().ok());
        let vary = format!("{}, Accept-Encoding", vary.unwrap_or("Authorization"));
        if let Ok(vary) = HeaderValue::from_str(&vary) {
            headers.insert(header::VARY, vary);
        }
        let modified = headers.get(header::LAST_MODIFIED).cloned();
        Self {
            body,
            modified,
            plain: Headers::new(headers, Coding::Identity),
            coded: Default::default(),
            made_after: made.0,
            checked: AtomicU64::new(made.0),
            made: made.1,
            lasting,
            route,
        }
    }

    /// About how much memory it takes, with the codings that may come, in bytes.
    pub fn weight(&self) -> usize {
        OVERHEAD + 2 * self.body.len()
    }

    /// Whether its time is now.
    pub fn is_of(&self, now: Time) -> bool {
        let until = self.lasting.as_ref().and_then(|lasting| lasting.until);
        self.made <= now && until.is_none_or(|until| now < until)
    }

    /// When it ends by itself.
    pub fn until(&self) -> Option<Time> {
        self.lasting.as_ref().and_then(|lasting| lasting.until)
    }

    /// Whether nothing of what it shows has changed since it was made.
    pub fn holds(&self, changes: &Changes) -> bool {
        let last = changes.last();
        if self.checked.load(Ordering::Relaxed) == last {
            return true;
        }
        let holds = self
            .lasting
            .as_ref()
            .is_some_and(|lasting| changes.holds(&lasting.depends, self.made_after));
        if holds {
            self.checked.store(last, Ordering::Relaxed);
        }
        holds
    }

    /// The answer in a coding, to whoever asks by these conditions.
    pub fn answer(&self, asked: &HeaderMap, coding: Coding) -> Response<BoxBody> {
        let (headers, body) = match self.in_coding(coding) {
            Some((headers, body)) => (headers, body),
            None => (&self.plain, &self.body),
        };
        let unchanged = headers.tag.as_ref().is_some_and(|tag| {
            crate::http::precondition::is_known(asked, tag, self.modified.as_ref())
        });
        if unchanged {
            let mut answer = Response::with_body(StatusCode::NOT_MODIFIED, BoxBody::new(()));
            *answer.headers_mut() = headers.unchanged.clone();
            return answer;
        }
        let mut answer = Response::with_body(StatusCode::OK, BoxBody::new(body.clone()));
        *answer.headers_mut() = headers.full.clone();
        answer
    }

    fn in_coding(&self, coding: Coding) -> Option<(&Headers, &Bytes)> {
        let place = Coding::ALL.iter().position(|one| *one == coding)?;
        let coded = self.coded.get(place)?.get_or_init(|| {
            let body = coding.apply(&self.body)?;
            let headers = Headers::new(self.plain.full.clone(), coding);
            Some((headers, Bytes::from(body)))
        });
        coded.as_ref().map(|(headers, body)| (headers, body))
    }
}
