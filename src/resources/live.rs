//! The public side of a resource: found by readers, brought up to each change.

use super::resource::Resource;
use super::tables::Row as _;
use crate::db::invalidation::SurrogateKey;
use crate::db::{Conn, LiveConn, Sql, Time};
use crate::error::{Error, Result};
use crate::http::lookup::Lookup;
use crate::values::Reference;

/// The public one of this id or slug; when it has another slug now or was merged into another, the
/// slug to find it by.
///
/// # Errors
/// 404 when there is none.
pub async fn find<R: Resource>(
    conn: &mut LiveConn,
    reference: &Reference,
) -> Result<Lookup<R::Live>> {
    if let Some(row) = R::Live::find(conn, reference).await? {
        return Ok(Lookup::Found(row));
    }
    let slug = R::live_formerly(conn, reference.as_str()).await?;
    slug.map(Lookup::Redirect)
        .ok_or_else(|| Error::not_found(R::INFO.name))
}

/// The ids of the public ones of these ids and slugs, as far as there are such.
///
/// # Errors
/// Errors of the database.
pub async fn ids_of<R: Resource>(
    conn: &mut LiveConn,
    references: &[Reference],
) -> Result<Vec<String>> {
    Ok(R::live_ids(conn, references).await?)
}

/// Brings the public side up to a change.
///
/// # Errors
/// Errors of the database.
pub(super) async fn write<R: Resource>(
    conn: &mut Conn,
    old: Option<&R::Row>,
    row: &R::Row,
    now: Time,
) -> Result<()> {
    if let Some(old) = old.filter(|old| old.slug() != row.slug()) {
        R::TABLES.former.note(conn, old.slug(), row.id()).await?;
    }
    // The slug is in use again: it leads here, not to where it led before.
    R::TABLES.former.forget(conn, &[row.slug()]).await?;
    if old.is_some_and(|old| R::is_shown_alike(old, row)) {
        return Ok(());
    }
    let (was_public, is_public) = (old.is_some_and(R::is_public), R::is_public(row));
    match R::live_row(row)? {
        Some(live) => {
            R::upsert_live(conn, live).await?;
        }
        None => {
            let gone = Sql::<()>::new("DELETE FROM ").sql(R::TABLES.live);
            conn.execute(gone.sql(" WHERE id = ").text(row.id()))
                .await?;
        }
    }
    if was_public || is_public {
        conn.changed(R::INFO.every());
        conn.changed(R::INFO.one(row.id()));
    }
    let Some(old) = old else {
        return Ok(());
    };
    if was_public != is_public {
        // Articles show it or not, though it is not among what they showed before.
        conn.changed(SurrogateKey::ALL);
    }
    if was_public != is_public || (is_public && R::alters_articles(old, row)) {
        touch::<R>(conn, row.id(), now).await?;
    }
    Ok(())
}

/// Notes that articles that show it look otherwise from now on, though nobody changed them.
///
/// # Errors
/// Errors of the database.
pub(super) async fn touch<R: Resource>(conn: &mut Conn, id: &str, now: Time) -> Result<()> {
    let Some(links) = R::LINKS else {
        return Ok(());
    };
    let touch = Sql::<()>::new("UPDATE live_articles SET touched_at = ")
        .integer(now.0)
        .sql(" WHERE copy IN (SELECT copy FROM ")
        .sql(links.live.table)
        .sql(" WHERE ")
        .sql(links.live.to)
        .sql(" = ")
        .text(id)
        .sql(")");
    conn.execute(touch).await?;
    Ok(())
}
