//! First revisions, many at a time.

use diesel::prelude::Insertable;
use serde_json::Value;

use super::content::{Content, deflate};
use super::store::{NewRevision, RevisionRow};
use crate::articles::row::ArticleRow;
use crate::db::Conn;
use crate::db::schema::editorial::{revision_bodies, revisions};
use crate::error::Result;

#[derive(Insertable)]
#[diesel(table_name = revision_bodies)]
struct NewBody {
    article_id: String,
    digest: String,
    source: Vec<u8>,
}

/// The first revision of an article, ready to be stored.
pub struct FirstRevision {
    revision: NewRevision,
    body: NewBody,
}

impl FirstRevision {
    /// The article as it is, as it would be sent, after a first step of this name.
    ///
    /// # Errors
    /// Never: the body is deflated in memory.
    pub fn new(row: &ArticleRow, action: &str, whole: Value) -> Result<Self> {
        let content = Content::of(whole);
        let body = NewBody {
            article_id: row.id.clone(),
            digest: content.digest(),
            source: deflate(&content.source)?,
        };
        let revision = RevisionRow {
            article_id: row.id.clone(),
            number: 1,
            version: row.version,
            action: action.to_owned(),
            autosave: false,
            at: row.updated_at,
            by: row.updated_by.clone(),
            note: None,
            title: row.title.clone(),
        };
        let revision = NewRevision {
            row: revision,
            fields: Value::Object(content.fields).to_string(),
            body: body.digest.clone(),
        };
        Ok(Self { revision, body })
    }
}

/// Stores first revisions of articles that have none, with a statement for each table.
///
/// # Errors
/// Errors of the database.
pub async fn insert(conn: &mut Conn, all: Vec<FirstRevision>) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let (rows, bodies): (Vec<_>, Vec<_>) =
        all.into_iter().map(|one| (one.revision, one.body)).unzip();
    conn.execute(diesel::insert_into(revision_bodies::table).values(bodies))
        .await?;
    conn.execute(diesel::insert_into(revisions::table).values(rows))
        .await?;
    Ok(())
}
