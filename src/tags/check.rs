//! What can be wrong with tags: what the public sees of them, the tree, and former addresses.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::live::{self, LiveTagRow};
use super::merge::reclaim;
use super::store::TagRow;
use super::tree;
use crate::app::Edit;
use crate::db::invalidation::SurrogateKey;
use crate::db::schema::editorial::{merged_tags, tags};
use crate::db::schema::live::{live_tag_slugs, live_tags};
use crate::db::{Conn, Sql, Time, columns};
use crate::error::Result;
use crate::integrity::{Subject, Violation, differing};

/// How many are looked at in one snapshot.
const SOME: i64 = 200;

/// All tags.
pub(crate) struct Tags;

impl Subject for Tags {
    async fn some_after(conn: &mut Conn, id: &str) -> Result<Vec<String>> {
        let query = tags::table
            .filter(tags::id.gt(id.to_owned()))
            .order(tags::id)
            .limit(SOME)
            .select(tags::id);
        Ok(conn.load(query).await?)
    }

    async fn find(conn: &mut Conn, id: &str, _now: Time) -> Result<Vec<Violation>> {
        let Some(row) = by_id(conn, id).await? else {
            return Ok(Vec::new());
        };
        let place = format!("tag {id}");
        let mut found = Vec::new();
        let query = live_tags::table.filter(live_tags::id.eq(id.to_owned()));
        let seen: Option<LiveTagRow> = conn.first(query.select(columns::<LiveTagRow>())).await?;
        let detail = match (live::row_of(&row)?, seen) {
            (None, None) => None,
            (Some(_), None) => Some("is public, and the public does not find it".to_owned()),
            (None, Some(_)) => Some("is internal, and the public finds it".to_owned()),
            (Some(expected), Some(seen)) => match differing(&expected, &seen)? {
                differ if differ.is_empty() => None,
                differ => Some(format!(
                    "is shown otherwise than it is: {}",
                    differ.join(", ")
                )),
            },
        };
        found.extend(detail.map(|detail| Violation::new("live_tag", &place, detail)));
        for (table, key) in shadowed(conn, &row).await? {
            let detail = format!("has “{key}”, which leads elsewhere by {table}");
            found.push(Violation::new("address", &place, detail));
        }
        if !tree::is_in_bounds(conn, id).await? {
            let detail = "is in a circle of tags, or too deep below others";
            found.push(Violation::new("tree", &place, detail));
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
        let former = Sql::<live_tag_slugs::table>::new("live_tag_slugs.slug").is_in(keys);
        conn.execute(diesel::delete(live_tag_slugs::table.filter(former)))
            .await?;
        live::write(conn, None, &row, edit.now).await?;
        live::touch(conn, id, edit.now).await?;
        conn.changed(SurrogateKey::ALL);
        Ok(())
    }
}

async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<TagRow>> {
    let query = tags::table.filter(tags::id.eq(id.to_owned()));
    Ok(conn.first(query.select(columns::<TagRow>())).await?)
}

/// What the tag is found by and what leads elsewhere at the same time, with the table that says so.
async fn shadowed(conn: &mut Conn, row: &TagRow) -> Result<Vec<(&'static str, String)>> {
    let keys = vec![row.id.clone(), row.slug.clone()];
    let merged = Sql::<merged_tags::table>::new("merged_tags.former").is_in(keys.clone());
    let merged = merged_tags::table
        .filter(merged)
        .select(merged_tags::former);
    let former = Sql::<live_tag_slugs::table>::new("live_tag_slugs.slug").is_in(keys);
    let former = live_tag_slugs::table
        .filter(former)
        .select(live_tag_slugs::slug);
    let (merged, former) = (conn.load(merged).await?, conn.load(former).await?);
    let merged = merged.into_iter().map(|key: String| ("merged_tags", key));
    let former = former
        .into_iter()
        .map(|key: String| ("live_tag_slugs", key));
    Ok(merged.chain(former).collect())
}
