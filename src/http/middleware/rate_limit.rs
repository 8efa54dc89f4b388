//! Rate limits, by caller, before a request reaches a handler.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, web};

use crate::app::App;
use crate::auth::Identity;
use crate::error::Result;
use crate::http::client::client_address;
use crate::limits::{RATE_LIMIT, Standing};

/// Counts writes and, where a limit is set, public reads; refuses with 429 beyond the limit. It must
/// run inside [`authenticate`](crate::auth::authenticate), which identifies the caller.
///
/// # Errors
/// Errors of the wrapped service.
pub async fn rate_limit(
    app: web::Data<App>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> std::result::Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    match count(&app, &request) {
        Ok(standing) => {
            let mut answer = next.call(request).await?;
            // A handler with a stricter limit of its own has set the header already.
            if !answer.headers().contains_key(RATE_LIMIT) {
                standing.add_to(answer.headers_mut());
            }
            Ok(answer.map_into_left_body())
        }
        // An answer, not an `Err`: that would pass by the middleware that completes problems.
        Err(refusal) => Ok(request.error_response(refusal).map_into_right_body()),
    }
}

fn count(app: &App, request: &ServiceRequest) -> Result<Standing> {
    let identity = request.extensions().get::<Identity>().cloned();
    let caller = identity.as_ref().and_then(Identity::id);
    let address = || client_address(app, request.request());
    if !request.method().is_safe() {
        // Whatever the path: a misspelt one, or one that no route matches, counts like any other.
        return app.limits.write(caller, address());
    }
    if caller.is_none() && app.limits.counts_public_reads() && is_in_api(request) {
        return app.limits.public_read(address());
    }
    Ok(Standing::default())
}

/// Whether a read may be one of the API: only a matched route outside it is exempt.
fn is_in_api(request: &ServiceRequest) -> bool {
    let route = request.match_pattern();
    route.is_none_or(|route| route.starts_with("/v1/"))
}
