//! What can be wrong with authors: what the public sees of them, and former addresses.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::live::{self, LiveAuthorRow};
use super::merge::reclaim;
use super::store::AuthorRow;
use crate::app::Edit;
use crate::db::invalidation::SurrogateKey;
use crate::db::schema::editorial::{authors, merged_authors};
use crate::db::schema::live::{live_author_slugs, live_authors};
use crate::db::{Conn, Sql, Time, columns};
use crate::error::Result;
use crate::integrity::{Subject, Violation, differing};

/// How many are looked at in one snapshot.
const SOME: i64 = 200;

/// All authors.
pub(crate) struct Authors;

impl Subject for Authors {
    async fn some_after(conn: &mut Conn, id: &str) -> Result<Vec<String>> {
        let query = authors::table
            .filter(authors::id.gt(id.to_owned()))
            .order(authors::id)
            .limit(SOME)
            .select(authors::id);
        Ok(conn.load(query).await?)
    }

    async fn find(conn: &mut Conn, id: &str, _now: Time) -> Result<Vec<Violation>> {
        let Some(row) = by_id(conn, id).await? else {
            return Ok(Vec::new());
        };
        let place = format!("author {id}");
        let mut found = Vec::new();
        let query = live_authors::table.filter(live_authors::id.eq(id.to_owned()));
        let seen: Option<LiveAuthorRow> =
            conn.first(query.select(columns::<LiveAuthorRow>())).await?;
        let detail = match seen {
            None => Some("is not found by the public".to_owned()),
            Some(seen) => {
                // What only editors see changes the author's time, and not what the public is shown.
                let shown_at = seen.updated_at.min(row.updated_at);
                let shown = AuthorRow {
                    updated_at: shown_at,
                    ..row.clone()
                };
                match differing(&live::row_of(&shown)?, &seen)? {
                    differ if differ.is_empty() => None,
                    differ => Some(format!(
                        "is shown otherwise than it is: {}",
                        differ.join(", ")
                    )),
                }
            }
        };
        found.extend(detail.map(|detail| Violation::new("live_author", &place, detail)));
        for (table, key) in shadowed(conn, &row).await? {
            let detail = format!("has “{key}”, which leads elsewhere by {table}");
            found.push(Violation::new("address", &place, detail));
        }
        Ok(found)
    }

    async fn repair(conn: &mut Conn, edit: Edit<'_>, id: &str) -> Result<()> {
        let Some(row) = by_id(conn, id).await? else {
            return Ok(());
        };
        for key in [&row.id, &row.slug] {
            reclaim(conn, key).await?;
        }
        let keys = vec![row.id.clone(), row.slug.clone()];
        let former = Sql::<live_author_slugs::table>::new("live_author_slugs.slug").is_in(keys);
        conn.execute(diesel::delete(live_author_slugs::table.filter(former)))
            .await?;
        live::write(conn, None, &row, edit.now).await?;
        live::touch(conn, id, edit.now).await?;
        conn.changed(SurrogateKey::ALL);
        Ok(())
    }
}

async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<AuthorRow>> {
    let query = authors::table.filter(authors::id.eq(id.to_owned()));
    Ok(conn.first(query.select(columns::<AuthorRow>())).await?)
}

/// What the author is found by and what leads elsewhere at the same time, with the table that says so.
async fn shadowed(conn: &mut Conn, row: &AuthorRow) -> Result<Vec<(&'static str, String)>> {
    let keys = vec![row.id.clone(), row.slug.clone()];
    let merged = Sql::<merged_authors::table>::new("merged_authors.former").is_in(keys.clone());
    let merged = merged_authors::table
        .filter(merged)
        .select(merged_authors::former);
    let former = Sql::<live_author_slugs::table>::new("live_author_slugs.slug").is_in(keys);
    let former = live_author_slugs::table
        .filter(former)
        .select(live_author_slugs::slug);
    let (merged, former) = (conn.load(merged).await?, conn.load(former).await?);
    let merged = merged
        .into_iter()
        .map(|key: String| ("merged_authors", key));
    let former = former
        .into_iter()
        .map(|key: String| ("live_author_slugs", key));
    Ok(merged.chain(former).collect())
}
