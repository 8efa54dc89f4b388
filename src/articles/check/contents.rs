//! Contents: each article has the row of its body and of what is printed with it.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::{Repair, Wrong};
use crate::articles::article::ArticleInput;
use crate::articles::drafts::store::{as_if, contents_of};
use crate::articles::revisions::store::{content, last};
use crate::articles::row::ArticleRow;
use crate::db::schema::editorial::{article_contents, articles};
use crate::db::{Conn, Time};
use crate::error::{Error, Result};
use crate::integrity::Violation;
use crate::text::body::render;
use crate::values;

/// The loss of the contents of an article; nothing if there is no such article.
pub(super) async fn lost(conn: &mut Conn, id: &str) -> Result<Option<Wrong>> {
    let query = articles::table
        .filter(articles::id.eq(id.to_owned()))
        .count();
    let there: i64 = conn.one(query).await?;
    if there == 0 {
        return Ok(None);
    }
    let violation = Violation::new("contents", format!("article {id}"), "has no contents");
    let repair = newest(conn, id).await?.map(|_| Repair::Contents);
    Ok(Some(Wrong { violation, repair }))
}

/// Writes the contents that the newest revision holds.
pub(super) async fn restore(conn: &mut Conn, id: &str) -> Result<()> {
    let input = newest(conn, id).await?;
    let input = input.ok_or_else(|| Error::not_found("article"))?;
    let rendered = render(input.body.format.into(), input.body.source.as_str());
    // Contents are made of the input alone.
    let blank = ArticleRow::blank(id.to_owned(), "", Time(0), "");
    let (row, body) = as_if(&blank, &input, rendered);
    let contents = contents_of(&row, body);
    conn.execute(diesel::insert_into(article_contents::table).values(contents))
        .await?;
    Ok(())
}

/// The newest revision, if it can be read.
async fn newest(conn: &mut Conn, id: &str) -> Result<Option<ArticleInput>> {
    let Some(last) = last(conn, id).await? else {
        return Ok(None);
    };
    let Ok(content) = content(conn, &last).await else {
        return Ok(None);
    };
    Ok(values::read(content).ok())
}
