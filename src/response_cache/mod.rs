//! The response cache in front of everything else: it answers public reads from earlier answers
//! (RFC 9111), before anything is routed, and keeps new ones.
//!
//! An answer is kept until something that it shows changes ([`Invalidations`](crate::db::invalidation)) or the
//! next article appears or vanishes, not for a time; so each that is given is as good as a new one.
//! Nothing is kept of requests with credentials. Only while the database is away may an answer be
//! given of which that is not known (`stale-if-error`, RFC 5861).

pub mod cache_key;
mod content_encoding;
mod cors_origin;
mod encoded_response;
mod entry;
mod retry;
mod shared;
mod single_flight;
mod store;
mod worker_cache;

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_http::body::MessageBody;
use actix_http::{Request, Response};
use actix_service::{Service, ServiceFactory};
use actix_web::body::BoxBody;
use actix_web::dev::AppConfig;
use actix_web::web;
use futures_util::future::{Either, LocalBoxFuture};
use opentelemetry::context::FutureExt as _;

use self::shared::{Shared, asked_plainly};
use self::single_flight::{Made, make};
pub use self::store::ResponseCache;
use crate::app::App;
use crate::resources::info::Resources;
use crate::telemetry::http_metrics::WorkerHttpMetrics;

/// Puts the front before a service.
pub struct ResponseCacheLayer<S, B> {
    behind: S,
    shared: Rc<Shared>,
    body: PhantomData<fn() -> B>,
}

impl<S, B> ResponseCacheLayer<S, B> {
    /// The front before a service, with what is kept, where all that is answered is counted, and of which
    /// resources there are answers.
    pub fn new(
        behind: S,
        app: web::Data<App>,
        kept: Arc<ResponseCache>,
        counts: Arc<WorkerHttpMetrics>,
        resources: Resources,
    ) -> Self {
        let shared = Rc::new(Shared::new(app, kept, counts, resources));
        Self {
            behind,
            shared,
            body: PhantomData,
        }
    }
}

impl<S, B> ServiceFactory<Request> for ResponseCacheLayer<S, B>
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
    type Service = ResponseCacheService<S::Service, B>;
    type InitError = S::InitError;
    type Future = LocalBoxFuture<'static, Result<Self::Service, S::InitError>>;

    fn new_service(&self, config: AppConfig) -> Self::Future {
        let behind = self.behind.new_service(config);
        let shared = Rc::clone(&self.shared);
        Box::pin(async move {
            let behind = Rc::new(behind.await?);
            Ok(ResponseCacheService {
                behind,
                shared,
                body: PhantomData,
            })
        })
    }
}

/// The front of one worker.
pub struct ResponseCacheService<S, B> {
    behind: Rc<S>,
    shared: Rc<Shared>,
    body: PhantomData<fn() -> B>,
}

type Answer = Result<Response<BoxBody>, actix_web::Error>;

impl<S, B> Service<Request> for ResponseCacheService<S, B>
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
        let now = shared.app.clock.now();
        let may = shared.may_be_kept(&request);
        if may && let Some((answer, route)) = shared.worker_answer(&request, now) {
            shared.count(&request, &answer, (route, span), since);
            return Either::Left(ready(Ok(answer)));
        }
        let key = may.then(|| shared.key(&request)).flatten();
        let known = key.as_ref().and_then(|key| shared.kept.get(key));
        if let Some(entry) = &known
            && let Some(answer) =
                shared.answer_of(entry, |coding| entry.form(coding), &request, now)
        {
            if let (Some(asked), Some(key)) = (asked_plainly(&request), &key) {
                shared.worker_cache.offer(asked, entry, key);
            }
            shared.count(&request, &answer, (entry.route, span), since);
            return Either::Left(ready(Ok(answer)));
        }
        let in_flight = shared.counts.begin(request.method().clone(), since);
        let (behind, shared) = (Rc::clone(&self.behind), Rc::clone(shared));
        Either::Right(Box::pin(async move {
            let work = async {
                match key {
                    Some(key) => make(&behind, &shared, request, &key, (known, now)).await,
                    None => retry::ask(&behind, &shared.app, request)
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
                Ok(made) => in_flight.answered(made.route, made.answer.status()),
                Err(error) => {
                    let status = error.as_response_error().status_code();
                    in_flight.answered(None, status);
                }
            }
            made.map(|made| made.answer)
        }))
    }
}
