//! Asks again what a read replica left unanswered.
//!
//! A replica that dies, is promoted or cancels a query in favour of its replay (PostgreSQL, “Handling
//! query conflicts”) fails reads under way. They are asked once more, of the primary.

use std::rc::Rc;
use std::time::Duration;

use actix_http::body::MessageBody;
use actix_http::{Payload, Request, Response};
use actix_service::Service;
use actix_web::body::BoxBody;
use actix_web::http::{Method, StatusCode};

use super::Answer;
use crate::app::App;
use crate::error::Code;
use crate::http::middleware::headers::has_credentials;

/// How long a read may take while replicas are asked: one that hangs says nothing.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Asks the service behind, a second time if it may be a replica's fault that it cannot answer.
pub(super) async fn ask<S, B>(behind: &Rc<S>, app: &App, request: Request) -> Answer
where
    S: Service<Request, Error = actix_web::Error> + 'static,
    S::Response: Into<Response<B>> + 'static,
    B: MessageBody + 'static,
{
    let again = copy(app, &request);
    let asked = async {
        let answer = behind.call(request).await?;
        Ok::<Response<BoxBody>, actix_web::Error>(answer.into().map_into_boxed_body())
    };
    let Some(again) = again else {
        return asked.await;
    };
    match tokio::time::timeout(MAX_WAIT, asked).await {
        Ok(answer) if !answer.as_ref().is_ok_and(failed) => return answer,
        // It failed, or took too long.
        Ok(_) | Err(_) => app.distrust_replicas(),
    }
    let answer = behind.call(again).await?;
    Ok(answer.into().map_into_boxed_body())
}

fn failed(answer: &Response<BoxBody>) -> bool {
    let failed = matches!(
        answer.status(),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::CONFLICT | StatusCode::INTERNAL_SERVER_ERROR
    );
    failed && !is_overload(answer)
}

/// The request once more, if a replica may be asked for it.
fn copy(app: &App, request: &Request) -> Option<Request> {
    let head = request.head();
    let may = app.may_ask_replica()
        && (head.method == Method::GET || head.method == Method::HEAD)
        && head.uri.path().starts_with("/v1/")
        && !has_credentials(&head.headers);
    may.then(|| {
        let mut again = Request::with_payload(Payload::None);
        *again.head_mut() = head.clone();
        again
    })
}

/// Whether a request was refused only because too much is asked at the moment.
pub(super) fn is_overload(answer: &Response<BoxBody>) -> bool {
    answer.extensions().get::<Code>() == Some(&Code::Overloaded)
}
