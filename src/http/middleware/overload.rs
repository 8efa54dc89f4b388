//! Load shedding: each request gets a permit, waits for one, or is rejected.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::HttpMessage as _;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes};
use futures_util::Stream;
use futures_util::future::LocalBoxFuture;

use crate::app::App;
use crate::error::{Code, Error};
use crate::overload::{Permit, Refusal};

/// The paths that need no permit: probes of the server's health, and single sign-on, which waits for
/// another server most of the time and has limits of its own.
const EXEMPT: [&str; 2] = ["/health/", "/v1/auth/oidc/"];

/// The permit of a request, while it holds one.
type HeldPermit = Rc<RefCell<Option<Permit>>>;

/// The middleware.
///
/// # Errors
/// Errors of the wrapped service; a request without a permit is answered with 503.
pub async fn admit<B: MessageBody>(
    app: web::Data<App>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let path = request.path();
    if EXEMPT.iter().any(|start| path.starts_with(start)) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let permit = match app.admission.acquire().await {
        Ok(permit) => permit,
        Err(why) => {
            let refusal = refusal(why, &app);
            return Ok(request.error_response(refusal).map_into_right_body());
        }
    };
    // A worker runs the statements of SQLite on its own thread. Yielding first lets it read from all
    // its connections, so that the length of the queue is known; a small body has arrived by then.
    tokio::task::yield_now().await;
    let held = Rc::new(RefCell::new(Some(permit)));
    let body = request.take_payload();
    if !matches!(body, Payload::None) {
        let gated = GatedBody {
            body,
            held: Rc::clone(&held),
            app,
            reacquire: None,
        };
        let payload = Box::pin(gated);
        request.set_payload(Payload::Stream { payload });
    }
    let answer = next.call(request).await;
    held.take();
    Ok(answer?.map_into_left_body())
}

fn refusal(why: Refusal, app: &App) -> Error {
    let detail = match why {
        Refusal::QueueFull => "The server is overloaded; try again.",
        Refusal::WaitedTooLong => {
            "The server is overloaded: the request waited too long; try again."
        }
    };
    // Spread, so that clients do not all come back at the same moment.
    let refused: u64 = app.admission.refusals().map(|(_, count)| count).sum();
    let seconds = HeaderValue::from(1 + refused % 3);
    Error::new(Code::Overloaded, detail).with_header(header::RETRY_AFTER, seconds)
}

/// A body whose request holds no permit while it waits for bytes: a slow upload must not hold up
/// others. The permit is acquired again before the end of the body is passed on.
struct GatedBody {
    body: Payload,
    held: HeldPermit,
    app: web::Data<App>,
    reacquire: Option<LocalBoxFuture<'static, Option<Permit>>>,
}

impl Stream for GatedBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.reacquire.is_none() {
            match Pin::new(&mut this.body).poll_next(context) {
                Poll::Pending => {
                    this.held.take();
                    return Poll::Pending;
                }
                Poll::Ready(Some(chunk)) => return Poll::Ready(Some(chunk)),
                Poll::Ready(None) if this.held.borrow().is_some() => return Poll::Ready(None),
                Poll::Ready(None) => {
                    let app = this.app.clone();
                    this.reacquire = Some(Box::pin(async move { app.admission.reacquire().await }));
                }
            }
        }
        if let Some(reacquire) = &mut this.reacquire {
            let permit = ready!(reacquire.as_mut().poll(context));
            this.reacquire = None;
            *this.held.borrow_mut() = permit;
        }
        Poll::Ready(None)
    }
}
