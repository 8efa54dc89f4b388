//! What happened to an article since the version that a change is based on.

use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde_json::{Value, json};

use super::store::{self, RevisionRow};
use super::three_way::{changed, of_fields};
use crate::articles::drafts::document::Document;
use crate::articles::row::ArticleRow;
use crate::db::schema::editorial::revisions;
use crate::db::{Conn, columns};
use crate::error::{Error, Result};
use crate::http::precondition::{IfMatch, stale};

/// The most changes that a problem lists.
const MOST: i64 = 20;

/// The article as it was at the version that a change is based on, if that is still kept.
///
/// # Errors
/// Those of the database.
pub async fn base(conn: &mut Conn, row: &ArticleRow, if_match: &IfMatch) -> Result<Option<Value>> {
    let Some(version) = if_match.base(row.version) else {
        return Ok(None);
    };
    match store::of_version(conn, &row.id, version).await? {
        Some(revision) => store::content(conn, &revision).await.map(Some),
        None => Ok(None),
    }
}

/// The error for a change that is based on an older version: who did what since, and what is
/// different now.
pub async fn explain(conn: &mut Conn, document: &Document, if_match: &IfMatch) -> Error {
    let current = document.row.version;
    let error = stale(current);
    let Some(version) = if_match.base(current) else {
        return error;
    };
    match told(conn, document, version).await {
        Ok((changes, None)) => error.with("changes", changes),
        Ok((changes, Some(fields))) => error
            .with("changes", changes)
            .with("changed_fields", fields),
        Err(other) => other,
    }
}

async fn told(
    conn: &mut Conn,
    document: &Document,
    version: i64,
) -> Result<(Vec<Value>, Option<Vec<String>>)> {
    let id = &document.row.id;
    let query = revisions::table
        .filter(revisions::article_id.eq(id.clone()))
        .filter(revisions::version.gt(version))
        .order(revisions::number.desc())
        .limit(MOST)
        .select(columns::<RevisionRow>());
    let rows: Vec<RevisionRow> = conn.load(query).await?;
    let changes = rows.iter().rev().map(|row| {
        json!({"version": row.version, "action": row.action, "at": row.at, "by": row.by, "note": row.note})
    });
    let changes = changes.collect();
    let fields = match store::of_version(conn, id, version).await? {
        Some(revision) => {
            let old = store::content(conn, &revision).await?;
            let new = document.as_input();
            Some(changed(&of_fields(&old), &of_fields(&new)))
        }
        None => None,
    };
    Ok((changes, fields))
}
