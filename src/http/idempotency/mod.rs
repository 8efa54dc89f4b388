//! `Idempotency-Key`: a `POST` that is sent again is not carried out again, and is answered as it
//! was the first time (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! The middleware takes a record of the request before the handler runs, and gives the request a
//! [`IdempotencyMark`]. Whatever the handler commits first turns the record from running to committed, in the
//! same transaction; the handler knows nothing of it. Afterwards the answer is kept with the
//! record, or, when nothing was done, the record goes.

mod kept;
pub mod key;
mod seal;
mod store;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpResponse};
use opentelemetry::context::FutureExt as _;
use secrecy::ExposeSecret as _;
use tracing::Instrument as _;

use self::kept::Kept;
use self::seal::Seal;
use self::store::Claim;
use super::body;
use crate::auth::Caller;
use crate::auth::credentials::random;
use crate::auth::permission::ValidCredentials;
use crate::db::IdempotencyMark;
use crate::error::{Code, Error, Result};

/// The header with the key of a request.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of a replayed response.
pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The headers that take part in the fingerprint of a request, besides the body.
const FINGERPRINTED: [HeaderName; 3] = [
    header::CONTENT_TYPE,
    header::IF_MATCH,
    HeaderName::from_static("prefer"),
];

type Answer<B> = std::result::Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error>;

/// The middleware. It concerns a `POST` of the API with the header and with valid credentials, and
/// must run inside [`authenticate`](crate::auth::authenticate).
///
/// # Errors
/// Errors of the wrapped service.
pub async fn idempotency<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Answer<B> {
    let Some(caller) = concerned(&mut request).await else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let keyed = match KeyedRequest::read(caller, &mut request).await {
        Ok(keyed) => keyed,
        Err(refusal) => return Ok(refuse(request, refusal)),
    };
    // A task of its own: a client that hangs up and tries again finds the answer, not half a request.
    let (answered, answer) = tokio::sync::oneshot::channel();
    let carried_out = async move {
        // The client may have left.
        drop(answered.send(keyed.answer(request, next).await));
    };
    actix_web::rt::spawn(carried_out.in_current_span().with_current_context());
    match answer.await {
        Ok(answer) => answer,
        Err(_gone) => Err(Error::internal("request with an Idempotency-Key aborted").into()),
    }
}

/// The caller, where the header applies to the request.
async fn concerned(request: &mut ServiceRequest) -> Option<Caller<ValidCredentials>> {
    let in_api = |route: String| route.starts_with("/v1/");
    let is_named = request.method() == Method::POST
        && request.headers().contains_key(IDEMPOTENCY_KEY)
        && request.match_pattern().is_some_and(in_api);
    if !is_named {
        return None;
    }
    request.extract::<Caller<ValidCredentials>>().await.ok()
}

fn refuse<B>(request: ServiceRequest, refusal: Error) -> ServiceResponse<EitherBody<B, BoxBody>> {
    request.error_response(refusal).map_into_right_body()
}

/// A request with a key.
struct KeyedRequest {
    caller: Caller<ValidCredentials>,
    seal: Seal,
    fingerprint: String,
    mark: IdempotencyMark,
}

impl KeyedRequest {
    /// Reads the key and the body, and leaves the body to be read again.
    ///
    /// # Errors
    /// 400 for a key that is none or a body that breaks off, 413 for one that is too large.
    async fn read(caller: Caller<ValidCredentials>, request: &mut ServiceRequest) -> Result<Self> {
        let key = key::read(request.headers())?;
        let limit = caller.app().settings.server.body_limit;
        body::announced(request.request(), limit)?;
        let bytes = body::collect(request.take_payload(), limit).await?;
        let secret = caller.app().idempotency_secret.expose_secret();
        let seal = Seal::new(secret, &caller.principal().id, &key);
        let fingerprint = fingerprint(&seal, request, &bytes);
        request.set_payload(Payload::from(bytes));
        let owner = hex::encode(random::bytes::<16>()?);
        let mark = IdempotencyMark::new(seal.id.clone(), owner);
        Ok(Self {
            caller,
            seal,
            fingerprint,
            mark,
        })
    }

    async fn answer<B: MessageBody + 'static>(
        self,
        request: ServiceRequest,
        next: Next<B>,
    ) -> Answer<B> {
        match self.claim().await {
            Ok(None) => {}
            // Not by `into_response`, which would drop the problem of a failed answer.
            Ok(Some(kept)) => {
                let (request, _payload) = request.into_parts();
                return Ok(ServiceResponse::new(request, kept.map_into_right_body()));
            }
            Err(refusal) => return Ok(refuse(request, refusal)),
        }
        request.extensions_mut().insert(self.mark.clone());
        match next.call(request).await {
            Ok(answer) => Ok(self.conclude(answer).await),
            Err(error) => {
                self.release().await;
                Err(error)
            }
        }
    }

    /// Takes the record of the request; gives the answer that was kept, if there is one.
    ///
    /// # Errors
    /// 409 while it is carried out, or when its answer is lost; 422 for another request.
    async fn claim(&self) -> Result<Option<HttpResponse>> {
        let now = self.caller.app().clock.now();
        let claim = {
            let mut conn = self.caller.db().write().await?;
            store::claim(&mut conn, now, &self.mark, &self.fingerprint).await?
        };
        let (code, detail) = match claim {
            Claim::Ours => return Ok(None),
            Claim::Kept(sealed) => match self.open(&sealed) {
                Some(answer) => return Ok(Some(answer)),
                None => (Code::IdempotencyAnswerLost, LOST),
            },
            Claim::Lost => (Code::IdempotencyAnswerLost, LOST),
            Claim::Running => (
                Code::IdempotencyRunning,
                "The request with this Idempotency-Key is still in progress; try again shortly.",
            ),
            Claim::Other => (
                Code::IdempotencyKeyReused,
                "This Idempotency-Key was used for another request; use a new one for each.",
            ),
        };
        Err(Error::new(code, detail))
    }

    fn open(&self, sealed: &str) -> Option<HttpResponse> {
        let bytes = self.seal.open(&self.fingerprint, sealed)?;
        Kept::from_bytes(&bytes)?.into_answer()
    }

    /// Keeps the answer, or lets the record go when the request failed and did nothing.
    async fn conclude<B: MessageBody + 'static>(
        &self,
        answer: ServiceResponse<B>,
    ) -> ServiceResponse<EitherBody<B, BoxBody>> {
        if kept::has_failed(answer.status()) && self.release().await {
            return answer.map_into_left_body();
        }
        let (request, answer) = answer.into_parts();
        let (answer, bytes) = kept::buffered(answer).await;
        if let Err(error) = self.keep(&answer, &bytes).await {
            tracing::warn!(%error, "storing an idempotent response failed: a repeated request will not receive it");
        }
        ServiceResponse::new(request, answer.map_into_right_body())
    }

    async fn keep(&self, answer: &HttpResponse, body: &Bytes) -> Result<()> {
        let kept = Kept::of(answer, body).and_then(|kept| kept.to_bytes());
        let Some(kept) = kept else { return Ok(()) };
        let sealed = self.seal.close(&self.fingerprint, &kept)?;
        let mut conn = self.caller.db().write().await?;
        store::keep(&mut conn, &self.mark, &sealed).await
    }

    /// Removes the record if nothing was done; whether that is so.
    async fn release(&self) -> bool {
        if self.mark.is_committed() {
            return false;
        }
        let released = async {
            let mut conn = self.caller.db().write().await?;
            store::release(&mut conn, &self.mark).await
        };
        released.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "deleting the idempotency record of a failed request failed; it stays until it \
                expires");
            true
        })
    }
}

const LOST: &str = "The request was carried out, but its response was lost; read the resource to see the result. \
    The request is not carried out again.";

/// A digest of all that makes a request the same request.
fn fingerprint(seal: &Seal, request: &ServiceRequest, body: &[u8]) -> String {
    let uri = request.uri();
    let told: Vec<Vec<u8>> = FINGERPRINTED
        .iter()
        .map(|name| lines(request.headers(), name))
        .collect();
    let mut parts = vec![
        request.method().as_str().as_bytes(),
        uri.path().as_bytes(),
        uri.query().unwrap_or_default().as_bytes(),
    ];
    parts.extend(told.iter().map(Vec::as_slice));
    parts.push(body);
    seal.fingerprint(&parts)
}

/// The lines of a header as one (RFC 9110, 5.3).
fn lines(headers: &HeaderMap, name: &HeaderName) -> Vec<u8> {
    let lines: Vec<&[u8]> = headers
        .get_all(name)
        .map(header::HeaderValue::as_bytes)
        .collect();
    lines.join(&b", "[..])
}
