//! Changes of a resource.

use serde_json::json;

use super::resource::{Resource, Stamp};
use super::slugs::{self, SlugRequest};
use super::tables::{Input as _, Row as _, WorkingRow as _};
use super::{live, lookup, merge};
use crate::app::Edit;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::body::check;
use crate::http::precondition::{IfMatch, stale};
use crate::text::slug::slugify;
use crate::values::{Line, Reference, Slug};

/// Creates one.
///
/// # Errors
/// 422 for a parent that is not there, 409 for a slug that is taken.
pub async fn create<R: Resource>(
    conn: &mut Conn,
    edit: Edit<'_>,
    input: &R::Input,
) -> Result<R::Row> {
    let id = edit.ids.next();
    let parent = R::resolve_parent(conn, input, None).await?;
    let slug = choose_slug::<R>(conn, input, None).await?;
    let stamp = Stamp {
        id,
        slug,
        version: 1,
        created_at: edit.now,
        created_by: Some(edit.by.to_owned()),
        updated_at: edit.now,
        updated_by: Some(edit.by.to_owned()),
    };
    let row = R::row(stamp, input, parent);
    R::insert(conn, row.clone()).await?;
    R::TABLES.merged.forget(conn, &[row.slug()]).await?;
    live::write::<R>(conn, None, &row, edit.now).await?;
    Ok(row)
}

/// Makes one as `input` says; unchanged input changes nothing, not even the version.
///
/// # Errors
/// 412 when it changed meanwhile, 422 and 409 as for [`create`].
pub async fn update<R: Resource>(
    conn: &mut Conn,
    edit: Edit<'_>,
    old: &R::Row,
    if_match: &IfMatch,
    input: &R::Input,
) -> Result<R::Row> {
    if_match.check(old.version())?;
    let parent = R::resolve_parent(conn, input, Some(old.id())).await?;
    let slug = choose_slug::<R>(conn, input, Some(old.slug())).await?;
    let mut stamp = Stamp {
        slug,
        ..old.stamp()
    };
    let row = R::row(stamp.clone(), input, parent.clone());
    // As texts: metadata whose members stand in another order is another text to echo.
    let (new_text, old_text) = (R::as_input(&row).to_string(), R::as_input(old).to_string());
    if new_text == old_text {
        return Ok(row);
    }
    stamp.version += 1;
    stamp.updated_at = edit.now;
    stamp.updated_by = Some(edit.by.to_owned());
    let row = R::row(stamp, input, parent);
    if R::replace(conn, old, row.clone()).await? == 0 {
        return Err(overtaken::<R>(conn, old.id()).await?);
    }
    if row.slug() != old.slug() {
        R::TABLES.merged.forget(conn, &[row.slug()]).await?;
    }
    live::write::<R>(conn, Some(old), &row, edit.now).await?;
    Ok(row)
}

/// Deletes one that nothing uses.
///
/// # Errors
/// 412 when it changed meanwhile, 409 when it is in use.
pub(super) async fn delete<R: Resource>(
    conn: &mut Conn,
    old: &R::Row,
    if_match: &IfMatch,
) -> Result<()> {
    if_match.check(old.version())?;
    merge::refuse_in_use::<R>(conn, old.id()).await?;
    remove::<R>(conn, old).await
}

/// Takes the row away if it is as it was.
///
/// # Errors
/// As for [`delete`].
pub(super) async fn remove<R: Resource>(conn: &mut Conn, old: &R::Row) -> Result<()> {
    if R::delete(conn, old).await? == 0 {
        return Err(overtaken::<R>(conn, old.id()).await?);
    }
    conn.changed(R::INFO.every());
    conn.changed(R::INFO.one(old.id()));
    Ok(())
}

/// The error of a write that came too late: 412, or 404 when the row is gone.
async fn overtaken<R: Resource>(conn: &mut Conn, id: &str) -> Result<Error> {
    let row = R::by_id(conn, id).await?;
    Ok(row.map_or_else(
        || Error::not_found(R::INFO.name),
        |row| stale(row.version()),
    ))
}

async fn choose_slug<R: Resource>(
    conn: &mut Conn,
    input: &R::Input,
    own: Option<&str>,
) -> Result<String> {
    let wish = SlugRequest {
        scope: R::INFO.collection,
        given: input.slug().as_ref().map(Slug::as_str),
        text: input.name().as_str(),
        fallback: R::INFO.name,
        own,
    };
    slugs::choose(conn, wish, async |conn: &mut Conn, slugs| {
        R::slugs_among(conn, slugs).await
    })
    .await
}

/// The one whose slug this name makes, created when there is none; for imports. Names that differ
/// only in case or accents are one, in the spelling that came first; one that was merged is the
/// other.
///
/// # Errors
/// Errors of the database.
pub async fn find_or_create<R: Resource>(
    conn: &mut Conn,
    edit: Edit<'_>,
    name: &Line<200>,
) -> Result<R::Row> {
    let slug = slugify(name.as_str()).and_then(|slug| Reference::parse(&slug).ok());
    let found = match slug {
        Some(slug) => lookup::get::<R>(conn, &slug).await?,
        // No letter is left for a slug to tell it by.
        None => R::by_name(conn, name.as_str()).await?,
    };
    match found {
        Some(row) => Ok(row),
        None => create::<R>(conn, edit, &check(json!({"name": name}))?).await,
    }
}
