//! The article that a path names, for changes and for reads of its parts.

use super::slugs;
use crate::articles::context::Context;
use crate::articles::draft_access::{Scope, owned};
use crate::articles::row::ArticleRow;
use crate::auth::Caller;
use crate::auth::permission::Needs;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::params::PathReference;

/// The row of the article of a path, if the caller's permissions for `P` reach it. Former slugs are
/// not followed.
///
/// # Errors
/// 404 when there is none that the caller may know of, 403 when they may know of it only.
pub(in crate::articles) async fn permitted<P: Needs>(
    conn: &mut Conn,
    caller: &Caller<P>,
    article: &PathReference,
) -> Result<ArticleRow> {
    let reference = article.or_not_found("article")?;
    let scope = &Scope::of(caller);
    let found = slugs::get(conn, &reference, &[], Context::of(caller, scope)).await?;
    let row = found.ok_or_else(|| Error::not_found("article"))?;
    caller.permit(&owned(conn, caller, &row).await?)?;
    Ok(row)
}
