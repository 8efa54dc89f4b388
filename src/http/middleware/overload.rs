//! Gives each request its turn, or refuses it.

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

/// What is answered whatever else goes on: whoever looks after the server asks for its health. A
/// single sign-on waits for another server most of the time, and has limits of its own.
const EXEMPT: [&str; 2] = ["/health/", "/v1/auth/oidc/"];

/// The turn of a request, while it has one.
type Held = Rc<RefCell<Option<Permit>>>;

/// The middleware.
///
/// # Errors
/// Passes on those of what it wraps; who gets no turn is answered with 503.
pub async fn admit<B: MessageBody>(
    app: web::Data<App>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let path = request.path();
    if EXEMPT.iter().any(|start| path.starts_with(start)) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let turn = match app.admission.turn().await {
        Ok(turn) => turn,
        Err(why) => {
            let refusal = refusal(why, &app);
            return Ok(request.error_response(refusal).map_into_right_body());
        }
    };
    // A worker does what SQLite has to do on its own thread. Only when it has looked at all of its
    // connections before is it known how many wait; and a small body has come in by then.
    tokio::task::yield_now().await;
    let held = Rc::new(RefCell::new(Some(turn)));
    let body = request.take_payload();
    if !matches!(body, Payload::None) {
        let gate = Gate {
            body,
            held: Rc::clone(&held),
            app,
            again: None,
        };
        let payload = Box::pin(gate);
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
    // Not all at the same moment.
    let refused: u64 = app.admission.refusals().map(|(_, count)| count).sum();
    let seconds = HeaderValue::from(1 + refused % 3);
    Error::new(Code::Overloaded, detail).with_header(header::RETRY_AFTER, seconds)
}

/// A body that is waited for without a turn: whoever sends theirs slowly must not hold up others.
/// Its end comes with a turn again.
struct Gate {
    body: Payload,
    held: Held,
    app: web::Data<App>,
    again: Option<LocalBoxFuture<'static, Option<Permit>>>,
}

impl Stream for Gate {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.again.is_none() {
            match Pin::new(&mut this.body).poll_next(context) {
                Poll::Pending => {
                    this.held.take();
                    return Poll::Pending;
                }
                Poll::Ready(Some(chunk)) => return Poll::Ready(Some(chunk)),
                Poll::Ready(None) if this.held.borrow().is_some() => return Poll::Ready(None),
                Poll::Ready(None) => {
                    let app = this.app.clone();
                    this.again = Some(Box::pin(async move { app.admission.turn_again().await }));
                }
            }
        }
        if let Some(again) = &mut this.again {
            let turn = ready!(again.as_mut().poll(context));
            this.again = None;
            *this.held.borrow_mut() = turn;
        }
        Poll::Ready(None)
    }
}
