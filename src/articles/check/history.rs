//! Revisions: there is one of the article as it is and of what is public, each with its body.

use std::collections::HashSet;

use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde_json::Value;

use super::{Repair, Stored, Wrong, expected};
use crate::articles::drafts::document::{body, by_id, input_of};
use crate::articles::revisions::content::{Content, deflate};
use crate::articles::revisions::store::{RevisionRow, content, insert, last};
use crate::db::schema::editorial::{revision_bodies, revisions};
use crate::db::{Conn, columns};
use crate::error::{Error, Result};

/// The history of an article, without the contents.
pub(super) struct History {
    kept: Vec<(RevisionRow, String)>,
    bodies: HashSet<String>,
}

/// The content of a revision, or why it cannot be read.
pub(super) type Read = std::result::Result<Value, String>;

impl History {
    pub(super) async fn load(conn: &mut Conn, id: &str) -> Result<Self> {
        let rows = revisions::table
            .filter(revisions::article_id.eq(id.to_owned()))
            .order(revisions::number)
            .select((columns::<RevisionRow>(), revisions::body));
        let digests = revision_bodies::table
            .filter(revision_bodies::article_id.eq(id.to_owned()))
            .select(revision_bodies::digest);
        Ok(Self {
            kept: conn.load(rows).await?,
            bodies: conn.load::<String>(digests).await?.into_iter().collect(),
        })
    }

    /// The revision of a version.
    pub(super) fn of(&self, version: i64) -> Option<&(RevisionRow, String)> {
        self.kept.iter().find(|(row, _)| row.version == version)
    }

    /// The content of the revision of a version; nothing when there is no such revision.
    pub(super) async fn content(&self, conn: &mut Conn, version: i64) -> Result<Option<Read>> {
        let Some((row, digest)) = self.of(version) else {
            return Ok(None);
        };
        if !self.bodies.contains(digest) {
            return Ok(Some(Err("has no body".to_owned())));
        }
        let whole = match content(conn, row).await {
            Ok(whole) => whole,
            // The database was asked for the rest already: this one is damaged itself.
            Err(error) => match error.cause() {
                Some(cause) => return Ok(Some(Err(format!("is unreadable: {cause}")))),
                None => return Err(error),
            },
        };
        let is_whole = Content::of(whole.clone()).digest() == *digest;
        let read = is_whole.then_some(whole);
        Ok(Some(read.ok_or_else(|| {
            "has a body that does not match its hash".to_owned()
        })))
    }
}

/// The faults of an article's history. One that has none is older than revisions are.
pub(super) async fn examine(conn: &mut Conn, stored: &Stored) -> Result<Vec<Wrong>> {
    let (history, row) = (&stored.history, &stored.row);
    let mut wrong = Vec::new();
    let digest = digest_of(&stored.body.body_source);
    for (revision, body) in &history.kept {
        if !history.bodies.contains(body) {
            let detail = format!("has no body for its revision {}", revision.number);
            let repair = (*body == digest).then(|| Repair::Source(digest.clone()));
            wrong.push(stored.wrong("revision", detail, repair));
        }
    }
    let used: HashSet<&String> = history.kept.iter().map(|(_, body)| body).collect();
    if history.bodies.iter().any(|body| !used.contains(body)) {
        let detail = "has bodies that no revision refers to";
        wrong.push(stored.wrong("revision", detail, Some(Repair::Unused)));
    }
    let Some((newest, body)) = history.kept.last() else {
        return Ok(wrong);
    };
    if newest.version < row.version {
        let detail = format!("has no revision for its version {}", row.version);
        wrong.push(stored.wrong("revision", detail, Some(Repair::Revision)));
    } else if newest.version > row.version {
        let detail = format!("is older than its revision {}", newest.number);
        wrong.push(stored.wrong("revision", detail, None));
    }
    for version in [row.live_version, row.next_version].into_iter().flatten() {
        let begun = history.kept.iter().any(|(row, _)| row.version < version);
        if begun && version != row.version && history.of(version).is_none() {
            let detail =
                format!("has no revision for its published or scheduled version {version}");
            wrong.push(stored.wrong("revision", detail, None));
        }
    }
    let number = newest.number;
    match history.content(conn, row.version).await? {
        Some(Ok(content)) => {
            let working = input_of(conn, row).await?;
            let differ = expected::differing(conn, &content, &working).await?;
            if !differ.is_empty() {
                let detail = format!("differs from its revision {number}: {}", differ.join(", "));
                wrong.push(stored.wrong("working_copy", detail, None));
            }
        }
        Some(Err(why)) if history.bodies.contains(body) => {
            let detail = format!("has a revision {number} that {why}");
            let repair = (*body == digest).then(|| Repair::Source(digest.clone()));
            wrong.push(stored.wrong("revision", detail, repair));
        }
        _ => {}
    }
    Ok(wrong)
}

fn digest_of(source: &str) -> String {
    let content = Content {
        fields: serde_json::Map::new(),
        source: source.to_owned(),
    };
    content.digest()
}

/// Makes a revision of the working copy.
pub(super) async fn record(conn: &mut Conn, id: &str) -> Result<()> {
    let row = by_id(conn, id).await?;
    let row = row.ok_or_else(|| Error::not_found("article"))?;
    let number = last(conn, id).await?.map_or(0, |last| last.number) + 1;
    let revision = RevisionRow {
        article_id: row.id.clone(),
        number,
        version: row.version,
        action: "save".to_owned(),
        autosave: false,
        at: row.updated_at,
        by: row.updated_by.clone(),
        note: None,
        title: row.title.clone(),
    };
    let content = Content::of(input_of(conn, &row).await?);
    insert(conn, revision, content).await
}

/// Keeps the source of the working copy under its digest, in the place of what was there.
pub(super) async fn keep_source(conn: &mut Conn, id: &str, digest: String) -> Result<()> {
    let own = revision_bodies::table
        .filter(revision_bodies::article_id.eq(id.to_owned()))
        .filter(revision_bodies::digest.eq(digest.clone()));
    conn.execute(diesel::delete(own)).await?;
    let source = deflate(&body(conn, id).await?.body_source)?;
    let row = (
        revision_bodies::article_id.eq(id.to_owned()),
        revision_bodies::digest.eq(digest),
        revision_bodies::source.eq(source),
    );
    conn.execute(diesel::insert_into(revision_bodies::table).values(row))
        .await?;
    Ok(())
}
