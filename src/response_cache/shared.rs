//! State shared by the requests of a worker, and answers from the cache.

use std::sync::Arc;
use std::time::Instant;

use actix_http::{Request, Response};
use actix_web::body::{self, BoxBody};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web;

use super::cache_key;
use super::content_encoding::Coding;
use super::cors_origin::Origins;
use super::encoded_response::Form;
use super::entry::Entry;
use super::store::{self, Outcome, ResponseCache, Tally};
use super::worker_cache::WorkerCache;
use crate::app::App;
use crate::clock::Ids;
use crate::db::Time;
use crate::http::cache_control::cache_control;
use crate::http::client::address_of;
use crate::http::middleware::accept::accepts_json;
use crate::http::middleware::headers::has_credentials;
use crate::http::middleware::problems::X_REQUEST_ID;
use crate::http::respond::Freshness;
use crate::resources::info::Resources;
use crate::telemetry::http_metrics::{Route, WorkerHttpMetrics};
use crate::telemetry::trace_context::TraceContext;
use crate::telemetry::traces::RequestSpan;

/// State shared by all requests of a worker.
pub(super) struct Shared {
    pub app: web::Data<App>,
    pub kept: Arc<ResponseCache>,
    pub worker_cache: WorkerCache,
    origins: Origins,
    pub counts: Arc<WorkerHttpMetrics>,
    outcomes: Arc<Tally>,
    /// The ids of its requests; those of the app are made one at a time.
    ids: Ids,
    resources: Resources,
}

/// The path and query of a request that comes from no page, as they were sent.
pub(super) fn asked_plainly(request: &Request) -> Option<&str> {
    let head = request.head();
    if head.headers.contains_key(header::ORIGIN) {
        return None;
    }
    head.uri.path_and_query().map(|asked| asked.as_str())
}

impl Shared {
    /// The shared state of another worker.
    pub fn new(
        app: web::Data<App>,
        kept: Arc<ResponseCache>,
        counts: Arc<WorkerHttpMetrics>,
        resources: Resources,
    ) -> Self {
        Self {
            worker_cache: WorkerCache::new(kept.room_of_worker()),
            origins: Origins::of(&app.settings),
            outcomes: kept.tally(),
            ids: Ids::new(app.clock.clone()),
            app,
            kept,
            counts,
            resources,
        }
    }

    /// Counts an answer that was found.
    pub fn count(
        &self,
        request: &Request,
        answer: &Response<BoxBody>,
        (route, span): (Option<Route>, Option<RequestSpan>),
        since: Instant,
    ) {
        if let Some(span) = span {
            self.end(span, route, answer);
        }
        let (method, status) = (request.method(), answer.status());
        self.counts.observe(route, method, status, since.elapsed());
    }

    /// The answer that the worker has kept for itself, and its route.
    pub fn worker_answer(
        &self,
        request: &Request,
        now: Time,
    ) -> Option<(Response<BoxBody>, Option<Route>)> {
        let asked = asked_plainly(request)?;
        let own = self.worker_cache.get(asked)?;
        let entry = own.entry();
        let answer = self.answer_of(entry, |coding| own.form(coding), request, now);
        match answer {
            Some(_) => {
                if let Some(key) = own.key_if_due() {
                    self.kept.get(key);
                }
            }
            None => self.worker_cache.forget(asked),
        }
        answer.map(|answer| (answer, entry.route))
    }

    /// The span of a request, where spans are exported.
    pub fn span(&self, request: &Request) -> Option<RequestSpan> {
        self.app.traces.tracer()?;
        let head = request.head();
        let context = TraceContext::of(&head.headers);
        let traces = &self.app.traces;
        traces.request(context.as_ref(), &head.method, head.uri.path())
    }

    pub fn end(&self, span: RequestSpan, route: Option<Route>, answer: &Response<BoxBody>) {
        let route = route.and_then(|route| self.counts.name(route));
        let id = answer.headers().get(X_REQUEST_ID);
        let id = id.and_then(|id| id.to_str().ok());
        span.answered(route, answer.status(), id);
    }

    /// Whether a request may be answered with what is kept.
    pub fn may_be_kept(&self, request: &Request) -> bool {
        let head = request.head();
        let headers = &head.headers;
        self.kept.is_on()
            && (head.method == Method::GET || head.method == Method::HEAD)
            && head.uri.path().starts_with("/v1/")
            && !has_credentials(headers)
            && !headers.contains_key(header::TRANSFER_ENCODING)
            && !headers.contains_key(header::CONTENT_LENGTH)
            && accepts_json(headers)
    }

    /// The key of such a request.
    pub fn key(&self, request: &Request) -> Option<String> {
        let head = request.head();
        let origin = self.origins.class(head.headers.get(header::ORIGIN))?;
        let query = head.uri.query().unwrap_or_default();
        let mut key = cache_key::normal(head.uri.path(), query, self.resources)?;
        key.push_str(&origin);
        Some(key)
    }

    /// The answer of an entry that is surely right, by its forms.
    pub fn answer_of<'f>(
        &self,
        entry: &Entry,
        form: impl Fn(Coding) -> &'f Form,
        request: &Request,
        now: Time,
    ) -> Option<Response<BoxBody>> {
        let changes = self.app.changes();
        if !entry.is_of(now) {
            return None;
        }
        let away = !changes.is_heard();
        if away && !self.kept.is_away(now) {
            return None;
        }
        if !away && !entry.holds(changes) {
            return None;
        }
        if away && !self.may_be_stale(entry, now) {
            return None;
        }
        let standing = if self.app.limits.counts_public_reads() {
            let head = request.head();
            let address = address_of(&self.app, head.peer_addr, &head.headers);
            // Who asks too much is told so where all are.
            Some(self.app.limits.public_read(address).ok()?)
        } else {
            None
        };
        let asked = &request.head().headers;
        if away {
            return Some(self.stale(entry, asked, now));
        }
        let form = form(Coding::chosen(asked));
        let mut answer = self.finish((entry, form), asked, Outcome::Hit);
        if let Some(standing) = standing {
            standing.add_to(answer.headers_mut());
        }
        tracing::debug!(path = request.path(), "served stale content from the cache");
        Some(answer)
    }

    /// Whether an entry may be used though it is not known to be right: while the database is away,
    /// for the time that is said in `stale-if-error`.
    pub fn may_be_stale(&self, entry: &Entry, now: Time) -> bool {
        let longest = i64::from(self.app.settings.cache.stale_if_error) * 1_000;
        entry.is_of(now) && now.0 - entry.made.0 <= longest
    }

    pub fn stale(&self, entry: &Entry, asked: &header::HeaderMap, now: Time) -> Response<BoxBody> {
        let form = entry.form(Coding::chosen(asked));
        let mut answer = self.finish((entry, form), asked, Outcome::Stale);
        let age = (now.0 - entry.made.0).max(0) / 1_000;
        answer.headers_mut().insert(header::AGE, age.into());
        answer
    }

    pub fn finish(
        &self,
        (entry, form): (&Entry, &Form),
        asked: &header::HeaderMap,
        outcome: Outcome,
    ) -> Response<BoxBody> {
        self.outcomes.count(outcome);
        let mut answer = form.answer(asked, entry.modified());
        let headers = answer.headers_mut();
        headers.insert(store::CACHE_STATUS, outcome.status());
        if outcome == Outcome::Hit {
            headers.insert(header::AGE, HeaderValue::from_static("0"));
        }
        // How long others may keep it shrinks as its end comes nearer.
        if let Some(until) = entry.until()
            && let Ok(value) = HeaderValue::from_str(&cache_control(&self.app, Some(until)))
        {
            headers.insert(header::CACHE_CONTROL, value);
        }
        if let Ok(id) = HeaderValue::from_str(&self.ids.next()) {
            headers.insert(X_REQUEST_ID, id);
        }
        answer
    }

    /// Keeps an answer that was made, if it says how long it lasts, and gives it.
    pub async fn keep(
        &self,
        answer: Response<BoxBody>,
        asked: &header::HeaderMap,
        made: (u64, Time),
        guard: Option<store::Guard<'_>>,
    ) -> Result<Response<BoxBody>, actix_web::Error> {
        let lasting = answer.extensions().get::<Freshness>().cloned();
        let route = answer.extensions().get::<Route>().copied();
        let (mut head, whole) = answer.into_parts();
        let body = match body::to_bytes(whole).await {
            Ok(body) => body,
            Err(error) => return Err(actix_web::error::ErrorInternalServerError(error)),
        };
        let id = head.headers_mut().remove("x-request-id").next();
        let limits: Vec<_> = [crate::limits::RATE_LIMIT, crate::limits::RATE_LIMIT_POLICY]
            .into_iter()
            .filter_map(|name| Some((name.clone(), head.headers().get(&name)?.clone())))
            .collect();
        let is_kept = lasting.is_some();
        let headers = std::mem::take(head.headers_mut());
        let entry = Arc::new(Entry::new(headers, body, lasting, made, route));
        let outcome = match guard {
            Some(guard) if is_kept => {
                guard.put(Arc::clone(&entry));
                Outcome::Stored
            }
            _ => Outcome::Passed,
        };
        let form = entry.form(Coding::chosen(asked));
        let mut answer = self.finish((&entry, form), asked, outcome);
        let headers = answer.headers_mut();
        if let Some(id) = id {
            headers.insert(X_REQUEST_ID, id);
        }
        for (name, value) in limits {
            headers.insert(name, value);
        }
        Ok(answer)
    }
}
