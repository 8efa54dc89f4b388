//! The life of an article: published, taken back, put into the trash.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::article::Status;
use super::store::{self, ArticleRow};
use super::{links, publish as live_copy};
use crate::app::Edit;
use crate::db::Conn;
use crate::db::schema::editorial::articles;
use crate::error::{Code, Error, FieldError, Result};
use crate::http::precondition::{IfMatch, stale as stale_version};

/// Puts the working copy where the public sees it. An article without a publication date gets
/// this moment. Publishing what is published already changes nothing.
///
/// # Errors
/// 412 when it changed meanwhile, 422 when it would end before it begins.
pub async fn publish(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    if old.live_version == Some(old.version) {
        return Ok(old.clone());
    }
    let published_at = old.published_at.unwrap_or(edit.now);
    if old.expires_at.is_some_and(|until| until <= published_at) {
        let detail = "must be after the date of publication; change it first.";
        let error = FieldError::at("/expires_at", "contradiction", detail);
        return Err(Error::fields(Code::InvalidFields, vec![error]));
    }
    let version = old.version + 1;
    let row = ArticleRow {
        status: Status::Published,
        published_at: Some(published_at),
        first_published_at: Some(
            old.first_published_at
                .map_or(published_at, |at| at.min(published_at)),
        ),
        version,
        live_version: Some(version),
        updated_by: Some(edit.by.to_owned()),
        ..old.clone()
    };
    if conn
        .execute(diesel::update(unchanged(old)).set(row.clone()))
        .await?
        == 0
    {
        return Err(stale(conn, old).await);
    }
    live_copy::write(conn, &row, edit.now).await?;
    Ok(row)
}

/// Takes an article from the public.
///
/// # Errors
/// 412 when it changed meanwhile, 409 when it is not published.
pub async fn unpublish(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    if old.live_version.is_none() {
        let detail = format!("It is not published; its status is {}.", old.status.name());
        return Err(Error::new(Code::Conflict, detail));
    }
    let row = ArticleRow {
        status: Status::Unpublished,
        version: old.version + 1,
        live_version: None,
        updated_by: Some(edit.by.to_owned()),
        ..old.clone()
    };
    if conn
        .execute(diesel::update(unchanged(old)).set(row.clone()))
        .await?
        == 0
    {
        return Err(stale(conn, old).await);
    }
    live_copy::withdraw(conn, &row.id).await?;
    Ok(row)
}

/// Puts an article into the trash: neither the public nor editors find it any more, and its
/// slug is free.
///
/// # Errors
/// 412 when it changed meanwhile.
pub async fn trash(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
) -> Result<()> {
    if_match.check(old.version)?;
    let row = ArticleRow {
        status: if old.live_version.is_some() {
            Status::Unpublished
        } else {
            old.status
        },
        version: old.version + 1,
        live_version: None,
        updated_at: edit.now,
        updated_by: Some(edit.by.to_owned()),
        deleted_at: Some(edit.now),
        ..old.clone()
    };
    if conn
        .execute(diesel::update(unchanged(old)).set(row))
        .await?
        == 0
    {
        return Err(stale(conn, old).await);
    }
    live_copy::withdraw(conn, &old.id).await?;
    links::release(conn, &old.id).await
}

/// The row, as long as nobody changed it.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn unchanged(old: &ArticleRow) -> _ {
    let id: String = old.id.clone();
    let version: i64 = old.version;
    articles::table
        .filter(articles::id.eq(id))
        .filter(articles::version.eq(version))
        .filter(articles::deleted_at.is_null())
}

/// The error when someone was faster.
pub(super) async fn stale(conn: &mut Conn, old: &ArticleRow) -> Error {
    match store::by_id(conn, &old.id).await {
        Ok(Some(row)) if row.deleted_at.is_none() => stale_version(row.version),
        Ok(_) => Error::not_found("article"),
        Err(error) => error,
    }
}
