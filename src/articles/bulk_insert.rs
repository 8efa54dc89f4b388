//! Bulk insertion of articles, for a database that is filled.
//!
//! Everything costly is done beforehand, without the database; nothing is looked up, so the caller
//! answers for slugs that are free and for links that lead somewhere.

use super::drafts::document::as_input;
use super::drafts::links;
use super::drafts::store::contents_of;
use super::links::Links;
use super::live::copy as live_copy;
use super::live::copy::{LiveCopy, Times};
use super::revisions::first::{self, FirstRevision};
use super::row::{ArticleRow, BodyRow};
use crate::db::Conn;
use crate::db::schema::editorial::{article_contents, articles};
use crate::error::{Error, Result};

/// An article with all rows that writing it, and publishing it if it is published, would make.
pub struct Ready {
    row: ArticleRow,
    body: BodyRow,
    links: Links,
    revision: FirstRevision,
    live: Option<LiveCopy>,
}

impl Ready {
    /// An article with its links. One that is live is seen from its date on, as a copy of this
    /// name. Aliases are not taken.
    ///
    /// # Errors
    /// When one that is live lacks a date, or has aliases.
    pub fn new(row: ArticleRow, body: BodyRow, links: Links, copy: String) -> Result<Self> {
        if !links.aliases.is_empty() {
            return Err(Error::internal("aliases are not stored in bulk"));
        }
        let is_live = row.live_version.is_some();
        let action = if is_live { "publish" } else { "create" };
        let content = as_input(&row, &body, &links);
        let revision = FirstRevision::new(&row, action, content)?;
        let live = if is_live {
            let Some(published_at) = row.published_at else {
                return Err(Error::internal("a live copy needs a date"));
            };
            let times = Times {
                published_at,
                from: published_at,
                touched_at: published_at,
            };
            let live = LiveCopy::new(copy, &row, body.clone(), links.clone(), times)?;
            Some(live)
        } else {
            None
        };
        Ok(Self {
            row,
            body,
            links,
            revision,
            live,
        })
    }
}

/// Stores articles, with a statement for each table. They may refer to each other and to what is
/// there already. A row of `articles` binds 29 values, and SQLite takes 32,766 in a statement: 500
/// articles at once are safe.
///
/// # Errors
/// Errors of the database.
pub async fn store(conn: &mut Conn, all: Vec<Ready>) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(all.len());
    let mut contents = Vec::with_capacity(all.len());
    let mut linked = Vec::with_capacity(all.len());
    let mut revisions = Vec::with_capacity(all.len());
    let mut copies = Vec::with_capacity(all.len());
    for one in all {
        linked.push((one.row.id.clone(), one.links));
        contents.push(contents_of(&one.row, one.body));
        rows.push(one.row);
        revisions.push(one.revision);
        copies.extend(one.live);
    }
    conn.execute(diesel::insert_into(articles::table).values(rows))
        .await?;
    conn.execute(diesel::insert_into(article_contents::table).values(contents))
        .await?;
    links::add_all(conn, linked).await?;
    first::insert(conn, revisions).await?;
    live_copy::insert(conn, copies).await
}
