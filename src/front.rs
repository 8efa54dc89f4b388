//! What stands in front of everything else: it answers public reads with what it kept of earlier
//! answers (RFC 9111), before anything is routed, and keeps those that are made.
//!
//! An answer is kept until something that it shows changes ([`Changes`](crate::db::changes)) or the
//! next article appears or vanishes, not for a time; so each that is given is as good as a new one.
//! Nothing is kept of requests with credentials. Only while the database is away may an answer be
//! given of which that is not known (`stale-if-error`, RFC 5861).

mod again;
mod coding;
mod entry;
mod kept;
mod make;
pub mod normal;
mod origin;

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_http::body::MessageBody;
use actix_http::{Request, Response};
use actix_service::{Service, ServiceFactory};
use actix_web::body::{self, BoxBody};
use actix_web::dev::AppConfig;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web;
use futures_util::future::{Either, LocalBoxFuture};
use opentelemetry::context::FutureExt as _;

use self::coding::Coding;
use self::entry::Entry;
pub use self::kept::Kept;
use self::kept::Outcome;
use self::make::{Made, make};
use self::origin::Origins;
use crate::app::App;
use crate::db::Time;
use crate::error::Code;
use crate::http::accept::accepts_json;
use crate::http::client::address_of;
use crate::http::headers::has_credentials;
use crate::http::problems::X_REQUEST_ID;
use crate::http::respond::{Lasting, cache_control};
use crate::trace_context::TraceContext;
use crate::traces::RequestSpan;
use crate::traffic::{Route, Shard};

/// Puts the front before a service.
pub struct Front<S, B> {
    behind: S,
    shared: Rc<Shared>,
    body: PhantomData<fn() -> B>,
}

struct Shared {
    app: web::Data<App>,
    kept: Arc<Kept>,
    origins: Origins,
    counts: Arc<Shard>,
}

impl<S, B> Front<S, B> {
    /// The front before a service, with what is kept and where all that is answered is counted.
    pub fn new(behind: S, app: web::Data<App>, kept: Arc<Kept>, counts: Arc<Shard>) -> Self {
        let origins = Origins::of(&app.settings);
        let shared = Rc::new(Shared {
            app,
            kept,
            origins,
            counts,
        });
        Self {
            behind,
            shared,
            body: PhantomData,
        }
    }
}

impl<S, B> ServiceFactory<Request> for Front<S, B>
where
    S: ServiceFactory<Request, Config = AppConfig, Error = actix_web::Error> + 'static,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = Response<BoxBody>;
    type Error = actix_web::Error;
    type Config = AppConfig;
    type Service = FrontService<S::Service, B>;
    type InitError = S::InitError;
    type Future = LocalBoxFuture<'static, Result<Self::Service, S::InitError>>;

    fn new_service(&self, config: AppConfig) -> Self::Future {
        let behind = self.behind.new_service(config);
        let shared = Rc::clone(&self.shared);
        Box::pin(async move {
            let behind = Rc::new(behind.await?);
            Ok(FrontService {
                behind,
                shared,
                body: PhantomData,
            })
        })
    }
}

/// The front of one worker.
pub struct FrontService<S, B> {
    behind: Rc<S>,
    shared: Rc<Shared>,
    body: PhantomData<fn() -> B>,
}

type Answer = Result<Response<BoxBody>, actix_web::Error>;

impl<S, B> Service<Request> for FrontService<S, B>
where
    S: Service<Request, Error = actix_web::Error> + 'static,
    S::Response: Into<Response<B>> + 'static,
    B: MessageBody + 'static,
{
    type Response = Response<BoxBody>;
    type Error = actix_web::Error;
    type Future = Either<Ready<Answer>, LocalBoxFuture<'static, Answer>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.behind.poll_ready(context)
    }

    fn call(&self, request: Request) -> Self::Future {
        let since = Instant::now();
        let shared = &self.shared;
        let span = shared.span(&request);
        let key = shared.key(&request);
        let now = shared.app.clock.now();
        let known = key.as_ref().and_then(|key| shared.kept.get(key));
        if let Some(entry) = &known
            && let Some(answer) = shared.answer_of(entry, &request, now)
        {
            if let Some(span) = span {
                shared.end(span, entry.route, &answer);
            }
            let (method, status) = (request.method(), answer.status());
            shared
                .counts
                .note(entry.route, method, status, since.elapsed());
            return Either::Left(ready(Ok(answer)));
        }
        let under_way = shared.counts.begin(request.method().clone(), since);
        let (behind, shared) = (Rc::clone(&self.behind), Rc::clone(shared));
        Either::Right(Box::pin(async move {
            let work = async {
                match key {
                    Some(key) => make(&behind, &shared, request, &key, (known, now)).await,
                    None => again::ask(&behind, &shared.app, request)
                        .await
                        .map(Made::new),
                }
            };
            let made = match &span {
                Some(span) => work.with_context(span.context()).await,
                None => work.await,
            };
            if let (Some(span), Ok(made)) = (span, &made) {
                shared.end(span, made.route, &made.answer);
            }
            match &made {
                Ok(made) => under_way.answered(made.route, made.answer.status()),
                Err(error) => {
                    let status = error.as_response_error().status_code();
                    under_way.answered(None, status);
                }
            }
            made.map(|made| made.answer)
        }))
    }
}

/// Whether a request was refused only because too much is asked at the moment.
fn is_overload(answer: &Response<BoxBody>) -> bool {
    answer.extensions().get::<Code>() == Some(&Code::Overloaded)
}

impl Shared {
    /// The span of a request, where spans are exported.
    fn span(&self, request: &Request) -> Option<RequestSpan> {
        self.app.traces.tracer()?;
        let head = request.head();
        let context = TraceContext::of(&head.headers);
        let traces = &self.app.traces;
        traces.request(context.as_ref(), &head.method, head.uri.path())
    }

    fn end(&self, span: RequestSpan, route: Option<Route>, answer: &Response<BoxBody>) {
        let route = route.and_then(|route| self.counts.name(route));
        let id = answer.headers().get(X_REQUEST_ID);
        let id = id.and_then(|id| id.to_str().ok());
        span.answered(route, answer.status(), id);
    }

    /// The key of a request that may be answered with what is kept.
    fn key(&self, request: &Request) -> Option<String> {
        let head = request.head();
        let headers = &head.headers;
        let path = head.uri.path();
        let may = self.kept.is_on()
            && (head.method == Method::GET || head.method == Method::HEAD)
            && path.starts_with("/v1/")
            && !has_credentials(headers)
            && !headers.contains_key(header::TRANSFER_ENCODING)
            && !headers.contains_key(header::CONTENT_LENGTH)
            && accepts_json(headers);
        if !may {
            return None;
        }
        let origin = self.origins.class(headers.get(header::ORIGIN))?;
        let mut key = normal::normal(path, head.uri.query().unwrap_or_default())?;
        key.push_str(&origin);
        Some(key)
    }

    /// The answer of an entry that is surely right.
    fn answer_of(&self, entry: &Entry, request: &Request, now: Time) -> Option<Response<BoxBody>> {
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
        let mut answer = self.finish(entry, asked, Outcome::Hit);
        if let Some(standing) = standing {
            standing.add_to(answer.headers_mut());
        }
        tracing::debug!(path = request.path(), "answered with what was kept");
        Some(answer)
    }

    /// Whether an entry may be used though it is not known to be right: while the database is away,
    /// for the time that is said in `stale-if-error`.
    fn may_be_stale(&self, entry: &Entry, now: Time) -> bool {
        let longest = i64::from(self.app.settings.cache.stale_if_error) * 1_000;
        entry.is_of(now) && now.0 - entry.made.0 <= longest
    }

    fn stale(&self, entry: &Entry, asked: &header::HeaderMap, now: Time) -> Response<BoxBody> {
        let mut answer = self.finish(entry, asked, Outcome::Stale);
        let age = (now.0 - entry.made.0).max(0) / 1_000;
        answer.headers_mut().insert(header::AGE, age.into());
        answer
    }

    fn finish(
        &self,
        entry: &Entry,
        asked: &header::HeaderMap,
        outcome: Outcome,
    ) -> Response<BoxBody> {
        self.kept.count(outcome);
        let mut answer = entry.answer(asked, Coding::chosen(asked));
        let headers = answer.headers_mut();
        headers.insert(kept::CACHE_STATUS, outcome.status());
        if matches!(outcome, Outcome::Stored | Outcome::Passed) {
            headers.remove(header::AGE);
        }
        // How long others may keep it shrinks as its end comes nearer.
        if let Some(until) = entry.until()
            && let Ok(value) = HeaderValue::from_str(&cache_control(&self.app, Some(until)))
        {
            headers.insert(header::CACHE_CONTROL, value);
        }
        if let Ok(id) = HeaderValue::from_str(&self.app.ids.next()) {
            headers.insert(X_REQUEST_ID, id);
        }
        answer
    }

    /// Keeps an answer that was made, if it says how long it lasts, and gives it.
    async fn keep(
        &self,
        answer: Response<BoxBody>,
        asked: &header::HeaderMap,
        made: (u64, Time),
        guard: Option<kept::Guard<'_>>,
    ) -> Answer {
        let lasting = answer.extensions().get::<Lasting>().cloned();
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
        let mut answer = self.finish(&entry, asked, outcome);
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
