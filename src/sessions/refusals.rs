//! Refusals of credentials, which say nothing about the account.

use actix_web::http::header::{self, HeaderValue};

use crate::error::{Code, Error};

/// 401: the e-mail address and the password do not match. Whether the address has an account is not
/// revealed.
#[must_use]
pub fn refused() -> Error {
    not_signed_in("Unknown e-mail address, wrong password or suspended account.")
}

/// 401 for credentials of a sign-in or of a session.
#[must_use]
pub fn not_signed_in(detail: &str) -> Error {
    let challenge = HeaderValue::from_static("Bearer realm=\"masthead\"");
    Error::new(Code::InvalidCredentials, detail).with_header(header::WWW_AUTHENTICATE, challenge)
}
