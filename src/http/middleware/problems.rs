//! Gives every failed response the form of RFC 9457, and every response its
//! request's id.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use tracing_actix_web::RequestId;

use crate::error::{Code, Error};

/// The id of the request that an answer is to.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, as its answer names it.
#[must_use]
pub fn request_id(request: &HttpRequest) -> String {
    let extensions = request.extensions();
    let id = extensions.get::<RequestId>().map(ToString::to_string);
    id.unwrap_or_default()
}

/// The middleware.
///
/// # Errors
/// Errors of the wrapped service.
pub async fn problems<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let id = request
        .extensions()
        .get::<RequestId>()
        .map(ToString::to_string)
        .unwrap_or_default();
    let path = request.path().to_owned();
    let answer = next.call(request).await?;

    let status = answer.status();
    let failed = status.is_client_error() || status.is_server_error();
    let mut answer = if failed {
        let problem = render(&answer, &path, &id);
        let (request, old) = answer.into_parts();
        let problem = keep_headers(problem, old.headers());
        ServiceResponse::new(request, problem.map_into_right_body())
    } else {
        answer.map_into_left_body()
    };
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(X_REQUEST_ID, value);
    }
    Ok(answer)
}

fn render<B>(answer: &ServiceResponse<B>, path: &str, id: &str) -> HttpResponse {
    let status = answer.status();
    let ours = answer
        .response()
        .error()
        .and_then(|error| error.as_error::<Error>());
    if let Some(error) = ours {
        // Rejections may come by the thousand a second, and the log mentions them anyway.
        if status.is_server_error() && error.code() != Code::Overloaded {
            tracing::error!(
                request_id = id,
                path,
                cause = error.cause(),
                "{}",
                error.detail()
            );
        }
        return error.response(path, id);
    }
    // Something of the framework's: its text may tell about the inside, so it is only logged.
    if let Some(error) = answer.response().error() {
        tracing::debug!(request_id = id, path, %error, "rejected by the framework");
    }
    let code = match status {
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Code::PayloadTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        other if other.is_server_error() => Code::Internal,
        _ => Code::MalformedRequest,
    };
    let detail = match code {
        Code::NotFound => "There is no resource at this URL.",
        Code::PayloadTooLarge => "The body is too large.",
        Code::Internal => "An unexpected error occurred; the server's log has the details.",
        _ => "The request cannot be parsed.",
    };
    Error::new(code, detail).response(path, id)
}

/// Headers that other middleware added go on: CORS would be lost otherwise.
fn keep_headers(mut problem: HttpResponse, old: &header::HeaderMap) -> HttpResponse {
    for (name, value) in old {
        if !problem.headers().contains_key(name) && name != header::CONTENT_LENGTH {
            problem.headers_mut().append(name.clone(), value.clone());
        }
    }
    problem
}
