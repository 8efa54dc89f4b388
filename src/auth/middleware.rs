//! Authentication, before any handler runs.

use std::sync::Arc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, web};

use super::principal::Principal;
use super::state::Auth;
use crate::app::App;
use crate::error::{Code, Error, Result};

/// The caller of a request, before any permission is checked.
#[derive(Debug, Clone)]
pub enum Identity {
    /// A caller without credentials.
    Anonymous,
    /// A caller with an API key or an access token.
    Known(Arc<Principal>),
}

impl Identity {
    /// The caller's id, where there are credentials.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Known(principal) => Some(&principal.id),
        }
    }
}

/// Reads `Authorization: Bearer …`, if it is there. Credentials that are not valid are refused
/// on every route: a caller whose key was revoked must learn of it, not be served as the public.
///
/// # Errors
/// Errors of the wrapped service; credentials that are not valid are answered with 401.
pub async fn authenticate(
    app: web::Data<App>,
    auth: web::Data<Auth>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> std::result::Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    let mut lines = request.headers().get_all(header::AUTHORIZATION);
    let identity = match (lines.next(), lines.next()) {
        (None, _) => Ok(Identity::Anonymous),
        (Some(credentials), None) => identify(&app, &auth, credentials).await,
        (Some(_), Some(_)) => Err(invalid("The header Authorization is given more than once.")),
    };
    match identity {
        Ok(identity) => {
            request.extensions_mut().insert(identity);
            Ok(next.call(request).await?.map_into_left_body())
        }
        // An answer, not an `Err`: that would pass by the middleware that completes problems.
        Err(refusal) => Ok(request.error_response(refusal).map_into_right_body()),
    }
}

async fn identify(
    app: &web::Data<App>,
    auth: &Auth,
    credentials: &HeaderValue,
) -> Result<Identity> {
    let text = credentials.to_str().unwrap_or_default();
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(invalid(
            "Authorization must be “Bearer”, followed by an API key or access token.",
        ));
    }
    match auth.recognise(app, token.trim()).await? {
        Some(principal) => Ok(Identity::Known(principal)),
        None => Err(invalid(
            "The API key or access token is invalid, expired or revoked.",
        )),
    }
}

/// 401 for credentials that are not valid (RFC 6750, section 3.1).
fn invalid(detail: &str) -> Error {
    let challenge = HeaderValue::from_static("Bearer realm=\"masthead\", error=\"invalid_token\"");
    Error::new(Code::Unauthorized, detail).with_header(header::WWW_AUTHENTICATE, challenge)
}
