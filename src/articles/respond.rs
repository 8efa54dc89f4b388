//! The response of every operation that reads or changes one draft.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

use super::draft_access::{Scope, owned};
use super::drafts::includes::complete;
use super::drafts::read::Working;
use super::selection::Selection;
use super::states::allowed;
use crate::auth::Caller;
use crate::auth::permission::Needs;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::respond::{self, Meta};

/// Responds with a draft: its parts, the transitions that the caller may make and its version as
/// the ETag. A draft that was created has its address in `Location`.
///
/// # Errors
/// Errors of the database.
pub(super) async fn answer<P: Needs>(
    conn: &mut Conn,
    caller: &Caller<P>,
    request: &HttpRequest,
    status: StatusCode,
    copy: impl Into<Working>,
    selection: &Selection,
) -> Result<HttpResponse> {
    let copy = copy.into();
    let row = &copy.row;
    let (id, version) = (row.id.clone(), row.version);
    let meta = Meta {
        language: Some(row.locale.clone()),
        ..Meta::default()
    };
    let scope = Scope::of(caller);
    let owned = owned(conn, caller, row).await?;
    let possible = allowed(row.state(), caller.principal(), &owned);
    let mut objects = complete(conn, vec![copy], selection, &scope, Some(possible)).await?;
    let mut object = objects.pop().ok_or_else(|| Error::not_found("article"))?;
    object.select(selection.fields.as_ref())?;
    let bytes = object.into_bytes();
    let mut response = respond::editorial(request, status, Some(version), bytes, &meta);
    if status == StatusCode::CREATED {
        let location = header::HeaderValue::from_str(&format!("/v1/articles/{id}"));
        response
            .headers_mut()
            .insert(header::LOCATION, location.map_err(Error::internal)?);
    }
    Ok(response)
}
