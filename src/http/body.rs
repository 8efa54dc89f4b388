//! JSON bodies.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use deserr::Deserr;
use futures_util::StreamExt as _;
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::{Code, Error, FieldErrors, Result};
use crate::values;

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// A body that describes a whole `T`.
pub struct Body<T>(pub T);

/// A body that changes some members: JSON Merge Patch (RFC 7396).
pub struct MergePatch(pub Value);

/// The body of an action that takes nothing: an empty object.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct Nothing {}

type Reading<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

impl<T: Deserr<FieldErrors>> FromRequest for Body<T> {
    type Error = Error;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = read(request, payload, &[JSON]);
        Box::pin(async move { Ok(Self(check(json.await?)?)) })
    }
}

impl FromRequest for MergePatch {
    type Error = Error;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = read(request, payload, &[MERGE_PATCH, JSON]);
        Box::pin(async move {
            match json.await? {
                patch @ Value::Object(_) => Ok(Self(patch)),
                _ => {
                    let detail = "A merge patch must be a JSON object whose members replace those of the same name.";
                    Err(Error::new(Code::InvalidFields, detail))
                }
            }
        })
    }
}

/// Checks a JSON value against `T`; all errors at once.
///
/// # Errors
/// 422 naming each field.
pub fn check<T: Deserr<FieldErrors>>(json: Value) -> Result<T> {
    values::read(json).map_err(|errors| Error::fields(Code::InvalidFields, errors.0))
}

impl MergePatch {
    /// `current` with this patch applied (RFC 7396, section 2).
    #[must_use]
    pub fn apply(&self, mut current: Value) -> Value {
        json_patch::merge(&mut current, &self.0);
        current
    }
}

fn read(
    request: &HttpRequest,
    payload: &mut Payload,
    types: &'static [&'static str],
) -> Reading<Value> {
    let head = head(request, types);
    let payload = payload.take();
    Box::pin(async move { parse(&collect(payload, head?).await?) })
}

/// All bytes of a body that has at most `limit` of them.
///
/// # Errors
/// 413 for a larger one, of which no more is kept than that; 400 for one that breaks off.
pub(super) async fn collect(mut payload: Payload, limit: usize) -> Result<web::Bytes> {
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            Error::new(
                Code::MalformedRequest,
                format!("Reading the body failed: {error}."),
            )
        })?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// Checks what the headers say of the body; returns how large it may be.
fn head(request: &HttpRequest, types: &[&str]) -> Result<usize> {
    let app = request.app_data::<web::Data<App>>();
    let limit = app.map_or(0, |app| app.settings.server.body_limit);
    let given = request.content_type().trim().to_ascii_lowercase();
    if !types.contains(&given.as_str()) {
        let accepted = types.join(", ");
        let detail = if given.is_empty() {
            format!("The header Content-Type is missing; supported: {accepted}.")
        } else {
            format!(
                "The Content-Type must be {accepted}, not {}.",
                given.chars().take(60).collect::<String>()
            )
        };
        let value = HeaderValue::from_str(&accepted).map_err(Error::internal)?;
        let name = if types.contains(&MERGE_PATCH) {
            header::HeaderName::from_static("accept-patch")
        } else {
            header::ACCEPT
        };
        return Err(Error::new(Code::UnsupportedMediaType, detail).with_header(name, value));
    }
    if let Some(encoding) = request.headers().get(header::CONTENT_ENCODING)
        && encoding != "identity"
    {
        let detail = "Compressed bodies are not supported.";
        return Err(Error::new(Code::UnsupportedMediaType, detail).with_header(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        ));
    }
    announced(request, limit)?;
    Ok(limit)
}

/// Refuses a body that says that it is larger than `limit`, before any of it is read.
///
/// # Errors
/// 413.
pub(super) fn announced(request: &HttpRequest, limit: usize) -> Result<()> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced
        .and_then(|value| value.to_str().ok())
        .and_then(|n| n.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        return Err(too_large(limit));
    }
    Ok(())
}

fn too_large(limit: usize) -> Error {
    Error::new(
        Code::PayloadTooLarge,
        format!("The body exceeds the limit of {limit} bytes."),
    )
    .with("limit", limit)
}

fn parse(bytes: &[u8]) -> Result<Value> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let detail = format!(
            "The body is not valid UTF-8 (byte {}).",
            error.valid_up_to()
        );
        Error::new(Code::MalformedRequest, detail)
    })?;
    // serde_json's own bound on nesting (128) holds here, so nothing recurses without end.
    serde_json::from_str(text).map_err(|error| {
        Error::new(
            Code::MalformedJson,
            format!("The body is not valid JSON: {error}."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::MergePatch;
    use serde_json::json;

    #[test]
    fn the_examples_of_rfc_7396() {
        for (target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (
                json!({"a": "b", "b": "c"}),
                json!({"a": null}),
                json!({"b": "c"}),
            ),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (
                json!({"a": [{"b": "c"}]}),
                json!({"a": [1]}),
                json!({"a": [1]}),
            ),
            (
                json!({"e": null}),
                json!({"a": 1}),
                json!({"e": null, "a": 1}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ] {
            assert_eq!(MergePatch(patch).apply(target), result);
        }
    }
}
