//! The state of the limits for a caller, and the headers that report it.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

use crate::error::{Code, Error, Result};

/// `RateLimit-Policy`: the limits that a request was counted by.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// `RateLimit`: the remaining requests of each.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// A limit as the headers name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Policy {
    pub(super) name: &'static str,
    pub(super) requests: u32,
    pub(super) seconds: u32,
}

/// The result of counting a request against one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LimitResult {
    pub(super) policy: Policy,
    pub(super) allowed: bool,
    /// The number of requests that may follow at once.
    pub(super) remaining: u64,
    /// Seconds until one more may come, rounded up.
    pub(super) wait: u64,
}

/// The results of all limits that a request was counted against; empty when there were none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Standing(Vec<LimitResult>);

impl Standing {
    /// Allows the request when all limits do. The refusal does not reveal which of them it was.
    pub(super) fn of(counted: impl IntoIterator<Item = Option<LimitResult>>) -> Result<Self> {
        let mut counted: Vec<LimitResult> = counted.into_iter().flatten().collect();
        counted.sort_by_key(|counted| counted.remaining);
        let refused = counted.iter().filter(|counted| !counted.allowed);
        let Some(wait) = refused.map(|counted| counted.wait).max() else {
            return Ok(Self(counted));
        };
        let alike = |counted: LimitResult| LimitResult {
            allowed: false,
            remaining: 0,
            wait,
            ..counted
        };
        counted.sort_by_key(|counted| counted.policy.requests);
        let standing = Self(counted.into_iter().map(alike).collect());
        let plural = if wait == 1 { "" } else { "s" };
        let detail = format!("Too many requests; try again in {wait} second{plural}.");
        let mut refusal = Error::new(Code::TooManyRequests, detail)
            .with_header(RETRY_AFTER, HeaderValue::from(wait));
        for (name, value) in standing.headers() {
            refusal = refusal.with_header(name, value);
        }
        Err(refusal)
    }

    /// Adds `RateLimit-Policy` and `RateLimit` to the headers of an answer.
    pub fn add_to(&self, headers: &mut HeaderMap) {
        for (name, value) in self.headers() {
            headers.insert(name, value);
        }
    }

    /// Adds the same headers to the answer of an error.
    pub fn on(&self, error: Error) -> Error {
        let add = |error: Error, (name, value)| error.with_header(name, value);
        self.headers().into_iter().fold(error, add)
    }

    /// The headers after draft-ietf-httpapi-ratelimit-headers-11, as lists of structured fields
    /// (RFC 9651): the limit closest to its end comes first.
    fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let list = |item: fn(&LimitResult) -> String| {
            let items: Vec<String> = self.0.iter().map(item).collect();
            HeaderValue::from_str(&items.join(", "))
        };
        let policies = list(|counted| {
            let Policy {
                name,
                requests,
                seconds,
            } = counted.policy;
            format!("\"{name}\";q={requests};w={seconds}")
        });
        let left = list(|counted| {
            let LimitResult {
                policy,
                remaining,
                wait,
                ..
            } = counted;
            format!("\"{}\";r={remaining};t={wait}", policy.name)
        });
        [(RATE_LIMIT_POLICY, policies), (RATE_LIMIT, left)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.ok()?)))
            .collect()
    }
}
