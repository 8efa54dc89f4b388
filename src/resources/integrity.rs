//! The check of a resource: its public side, the addresses that lead to it, and its own rules.

use super::live;
use super::resource::Resource;
use super::tables::Row as _;
use crate::app::Edit;
use crate::db::invalidation::SurrogateKey;
use crate::db::{Conn, Time};
use crate::error::Result;
use crate::integrity::{Reference, Remedy, Subject, Violation, differing};

/// How many are looked at in one snapshot.
const SOME: i64 = 200;

impl<R: Resource + Sync> Subject for R {
    const COUNTED_AS: Option<&'static str> = Some(R::INFO.collection);

    fn references(&self) -> Vec<Reference> {
        let (tables, live) = (R::TABLES, R::TABLES.live);
        let of = |(table, column)| Reference {
            table,
            column,
            to: tables.table,
            key: "id",
            remedy: Remedy::Delete,
            only: None,
        };
        let keys = [tables.merged, tables.former].map(|keys| (keys.table, keys.to));
        let all = keys.into_iter().chain([(live, "id")]).map(of);
        all.chain(R::REFERENCES.iter().copied()).collect()
    }

    async fn some_after(&self, conn: &mut Conn, id: &str) -> Result<Vec<String>> {
        Ok(R::ids_after(conn, id, SOME).await?)
    }

    async fn find(&self, conn: &mut Conn, id: &str, _now: Time) -> Result<Vec<Violation>> {
        let Some(row) = R::by_id(conn, id).await? else {
            return Ok(Vec::new());
        };
        let place = format!("{} {id}", R::INFO.name);
        let mut found = Vec::new();
        let detail = live_fault::<R>(conn, &row).await?;
        found.extend(detail.map(|detail| Violation::new(R::LIVE_VIOLATION, &place, detail)));
        let keys = vec![row.id().to_owned(), row.slug().to_owned()];
        let [merged, former] = R::leading_elsewhere(conn, keys).await?;
        for (keys, table) in [(merged, R::TABLES.merged), (former, R::TABLES.former)] {
            let table = table.table;
            let detail = |key| format!("has “{key}”, which redirects elsewhere in {table}");
            let violation = |key| Violation::new("address", &place, detail(key));
            found.extend(keys.into_iter().map(violation));
        }
        let other = R::examine(conn, id).await?;
        found.extend(other.map(|(kind, detail)| Violation::new(kind, &place, detail)));
        Ok(found)
    }

    async fn repair(&self, conn: &mut Conn, edit: Edit<'_>, id: &str) -> Result<()> {
        let Some(row) = R::by_id(conn, id).await? else {
            return Ok(());
        };
        for table in [R::TABLES.merged, R::TABLES.former] {
            table.forget(conn, &[row.id(), row.slug()]).await?;
        }
        live::write::<R>(conn, None, &row, edit.now).await?;
        live::touch::<R>(conn, id, edit.now).await?;
        conn.changed(SurrogateKey::ALL);
        Ok(())
    }
}

/// The fault of the public side of a row.
async fn live_fault<R: Resource>(conn: &mut Conn, row: &R::Row) -> Result<Option<String>> {
    let Some(seen) = R::live_row_of(conn, row.id()).await? else {
        let missing = R::live_row(row)?.map(|_| "is public but not visible to the public");
        return Ok(missing.map(str::to_owned));
    };
    let Some(expected) = R::expected_live(row, &seen)? else {
        return Ok(Some("is internal but visible to the public".to_owned()));
    };
    let differ = differing(&expected, &seen)?;
    let detail = || format!("has a public copy that differs: {}", differ.join(", "));
    Ok((!differ.is_empty()).then(detail))
}
