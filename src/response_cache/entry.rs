//! An answer that is kept.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::web::Bytes;

use super::content_encoding::Coding;
use super::encoded_response::Form;
use crate::db::Time;
use crate::db::invalidation::Invalidations;
use crate::http::respond::Freshness;
use crate::limits::{RATE_LIMIT, RATE_LIMIT_POLICY};
use crate::telemetry::http_metrics::Route;

/// The size of an entry besides its body, in bytes; an estimate.
const OVERHEAD: usize = 4_096;

/// Headers that belong to one request alone and are not kept.
const OWN: [header::HeaderName; 3] = [header::DATE, header::CONTENT_LENGTH, header::AGE];

/// The whole answer to a `GET`, with what decides how long it is the right one.
pub struct Entry {
    plain: Form,
    /// In each of [`Coding::ALL`], once somebody asks for it.
    coded: [OnceLock<Option<Form>>; 3],
    modified: Option<HeaderValue>,
    /// The stamp of the last change before it was made.
    made_after: u64,
    /// The stamp of the last change of which it is known that it is still right.
    checked: AtomicU64,
    /// When it was made.
    pub made: Time,
    /// Its freshness; an answer without it is kept for nobody else.
    pub lasting: Option<Freshness>,
    /// Which route it is of, for whoever counts.
    pub route: Option<Route>,
}

impl Entry {
    /// The entry of an answer that was made at `made`, after the change with this stamp.
    pub fn new(
        mut headers: HeaderMap,
        body: Bytes,
        lasting: Option<Freshness>,
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
            modified,
            plain: Form::new(headers, body, Coding::Identity),
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
        OVERHEAD + 2 * self.plain.body().len()
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
    pub fn holds(&self, changes: &Invalidations) -> bool {
        let last = changes.last();
        if self.checked.load(Ordering::Relaxed) == last {
            return true;
        }
        let holds = self
            .lasting
            .as_ref()
            .is_some_and(|lasting| changes.holds(&lasting.dependencies, self.made_after));
        if holds {
            self.checked.store(last, Ordering::Relaxed);
        }
        holds
    }

    /// When what it shows changed last, as it says itself.
    pub fn modified(&self) -> Option<&HeaderValue> {
        self.modified.as_ref()
    }

    /// The answer in a coding; as it is where the coding does nothing for it.
    pub fn form(&self, coding: Coding) -> &Form {
        let place = Coding::ALL.iter().position(|one| *one == coding);
        let Some(coded) = place.and_then(|place| self.coded.get(place)) else {
            return &self.plain;
        };
        let coded = coded.get_or_init(|| {
            let body = coding.apply(self.plain.body())?;
            Some(Form::new(self.plain.headers(), body.into(), coding))
        });
        coded.as_ref().unwrap_or(&self.plain)
    }
}
