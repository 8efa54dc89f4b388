//! Responses: to the public, which caches may keep, and to editors, which they may not.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;

use super::cache_control::cache_control;
use super::precondition::{editorial_tag, http_date, not_modified, public_tag};
use crate::app::App;
use crate::db::Time;
use crate::db::invalidation::Dependencies;
use crate::error::{Error, Result};

/// The header with the keys by which a CDN purges.
pub const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");

/// The metadata of a representation.
#[derive(Debug, Clone, Default)]
pub struct Meta {
    /// The time of the last change.
    pub modified: Option<Time>,
    /// The end of its validity: no cache may keep it longer.
    pub until: Option<Time>,
    /// The links to other pages (RFC 8288).
    pub link: Option<String>,
    /// The language of its content (RFC 9110, 8.5).
    pub language: Option<String>,
    /// Its dependencies; a response without any is not cached.
    pub dependencies: Dependencies,
}

/// The validity of a response, for the response cache.
#[derive(Debug, Clone)]
pub struct Freshness {
    /// Its dependencies.
    pub dependencies: Dependencies,
    /// The time at which it expires by itself.
    pub until: Option<Time>,
}

/// JSON bytes of a value.
///
/// # Errors
/// Never, for the types of this service.
pub fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(Error::internal)
}

/// Answers the public: with `ETag` and `Cache-Control`; 304 when the caller has it already.
#[must_use]
pub fn public(request: &HttpRequest, app: &App, bytes: Vec<u8>, meta: &Meta) -> HttpResponse {
    let etag = public_tag(&bytes);
    let unchanged = not_modified(request, &etag, meta.modified);
    let mut answer = start(unchanged, &etag, meta);
    answer.insert_header((header::CACHE_CONTROL, cache_control(app, meta.until)));
    if let Some(words) = meta.dependencies.words().filter(|words| !words.is_empty()) {
        answer.insert_header((SURROGATE_KEY, words));
    }
    if meta.dependencies.is_known() {
        answer.extensions_mut().insert(Freshness {
            dependencies: meta.dependencies.clone(),
            until: meta.until,
        });
    }
    if unchanged {
        answer.finish()
    } else {
        answer.body(bytes)
    }
}

/// Answers an editor: never kept by a cache, with the version as `ETag`.
#[must_use]
pub fn editorial(
    request: &HttpRequest,
    status: StatusCode,
    version: Option<i64>,
    bytes: Vec<u8>,
    meta: &Meta,
) -> HttpResponse {
    let etag = editorial_tag(version, &bytes);
    // Only a read may be answered with 304.
    let unchanged = request.method().is_safe() && not_modified(request, &etag, None);
    let mut answer = start(unchanged, &etag, meta);
    if !unchanged {
        answer.status(status);
    }
    answer.insert_header((header::CACHE_CONTROL, "private, no-store"));
    if unchanged {
        answer.finish()
    } else {
        answer.body(bytes)
    }
}

/// Answers an authenticated caller with a representation that has no version.
#[must_use]
pub fn unversioned(request: &HttpRequest, bytes: Vec<u8>) -> HttpResponse {
    editorial(request, StatusCode::OK, None, bytes, &Meta::default())
}

/// Answers a write with the new representation.
#[must_use]
pub fn written(request: &HttpRequest, version: i64, bytes: Vec<u8>) -> HttpResponse {
    let meta = Meta::default();
    editorial(request, StatusCode::OK, Some(version), bytes, &meta)
}

/// Answers the editor who created something: 201 with its address.
///
/// # Errors
/// Never, for the paths of this service.
pub fn created(
    request: &HttpRequest,
    path: &str,
    version: i64,
    bytes: Vec<u8>,
) -> Result<HttpResponse> {
    let location = HeaderValue::from_str(path).map_err(Error::internal)?;
    let (status, meta) = (StatusCode::CREATED, Meta::default());
    let mut answer = editorial(request, status, Some(version), bytes, &meta);
    answer.headers_mut().insert(header::LOCATION, location);
    Ok(answer)
}

fn start(unchanged: bool, etag: &str, meta: &Meta) -> HttpResponseBuilder {
    let status = if unchanged {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    };
    let mut answer = HttpResponse::build(status);
    answer.insert_header((header::ETAG, etag));
    if !unchanged {
        answer.insert_header((header::CONTENT_TYPE, "application/json"));
    }
    if let Some(modified) = meta.modified {
        answer.insert_header((header::LAST_MODIFIED, http_date(modified)));
    }
    if let Some(link) = meta
        .link
        .as_deref()
        .and_then(|link| HeaderValue::from_str(link).ok())
    {
        answer.insert_header((header::LINK, link));
    }
    if let Some(language) = &meta.language {
        answer.insert_header((header::CONTENT_LANGUAGE, language.as_str()));
    }
    answer
}

/// 308 to the current path of something that was asked for by an old slug; the query goes along.
#[must_use]
pub fn moved(request: &HttpRequest, app: &App, path: &str) -> HttpResponse {
    let query = request.query_string();
    let location = if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    };
    moved_to(app, &location, None)
}

/// 308 to an address; no cache keeps it beyond `until`, when nothing is found there any more.
#[must_use]
pub fn moved_to(app: &App, location: &str, until: Option<Time>) -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, location))
        // An old slug may be given to another article: the redirect must not outlive that.
        .insert_header((header::CACHE_CONTROL, cache_control(app, until)))
        .finish()
}

/// 204: it is gone.
#[must_use]
pub fn deleted() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .finish()
}
