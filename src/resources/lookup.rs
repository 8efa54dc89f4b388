//! Look-up by id or slug, current or former.

use super::resource::Resource;
use super::tables::Row as _;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::lookup::Lookup;
use crate::values::Reference;

/// The one of this id or slug; of one that was merged into another, that one.
///
/// # Errors
/// Errors of the database.
pub async fn get<R: Resource>(conn: &mut Conn, reference: &Reference) -> Result<Option<R::Row>> {
    if let Some(row) = R::Row::find(conn, reference).await? {
        return Ok(Some(row));
    }
    match R::merged_into(conn, reference.as_str()).await? {
        Some(id) => by_id::<R>(conn, &id).await.map(Some),
        None => Ok(None),
    }
}

/// The one of this id or slug; when it has another slug now or was merged into another, the slug to
/// find it by.
///
/// # Errors
/// 404 when there is none.
pub async fn find<R: Resource>(conn: &mut Conn, reference: &Reference) -> Result<Lookup<R::Row>> {
    if let Some(row) = R::Row::find(conn, reference).await? {
        return Ok(Lookup::Found(row));
    }
    let key = reference.as_str();
    let id = match R::formerly(conn, key).await? {
        Some(id) => Some(id),
        None => R::merged_into(conn, key).await?,
    };
    if let Some(id) = id
        && let Some(row) = R::by_id(conn, &id).await?
    {
        return Ok(Lookup::Redirect(row.slug().to_owned()));
    }
    Err(Error::not_found(R::INFO.name))
}

/// The one of a path segment for a change, in which nothing former is followed.
///
/// # Errors
/// 404 when there is none.
pub async fn require<R: Resource>(conn: &mut Conn, reference: &Reference) -> Result<R::Row> {
    let row = R::Row::find(conn, reference).await?;
    row.ok_or_else(|| Error::not_found(R::INFO.name))
}

/// The one of this id as it is now.
///
/// # Errors
/// 404 when it is gone.
pub async fn by_id<R: Resource>(conn: &mut Conn, id: &str) -> Result<R::Row> {
    let row = R::by_id(conn, id).await?;
    row.ok_or_else(|| Error::not_found(R::INFO.name))
}

/// The rows with these ids, in no order.
///
/// # Errors
/// Errors of the database.
pub async fn by_ids<R: Resource>(conn: &mut Conn, ids: Vec<String>) -> Result<Vec<R::Row>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(R::by_ids(conn, ids).await?)
}
