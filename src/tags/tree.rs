//! The tree that tags make: each has one tag above it at most.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::Tags;
use super::tag::TagInput;
use crate::db::schema::editorial::tags;
use crate::db::{Conn, Sql};
use crate::error::{Error, Result};
use crate::resources::lookup;

/// The lock of whoever changes the tree.
pub(super) const LOCK: &str = "tags.tree";
/// How many levels the tree may have.
const MAX_DEPTH: usize = 10;

/// The id of the parent that `input` names for the tag `own_id` (none for a new one).
///
/// # Errors
/// 422 when the parent is not there, is below the tag itself, or would make the tree too deep.
pub(super) async fn resolve_parent(
    conn: &mut Conn,
    input: &TagInput,
    own_id: Option<&str>,
) -> Result<Option<String>> {
    let Some(reference) = &input.parent else {
        return Ok(None);
    };
    let refuse = |code: &str, detail: String| Err(Error::field("/parent", code, detail));
    // Two changes of the tree at once could close a circle.
    conn.advisory_lock(LOCK).await?;
    let Some(parent) = lookup::get::<Tags>(conn, reference).await? else {
        let detail = format!(
            "There is no tag with the id or slug “{}”.",
            reference.as_str()
        );
        return refuse("unknown_reference", detail);
    };
    let Some(above) = depth(conn, &parent.id, own_id).await? else {
        return refuse(
            "cycle",
            "would make the tag a descendant of itself.".to_owned(),
        );
    };
    let own = match own_id {
        Some(id) => height(conn, id).await?,
        None => 1,
    };
    if above + own > MAX_DEPTH {
        let detail = format!("would make the tree deeper than {MAX_DEPTH} levels.");
        return refuse("too_deep", detail);
    }
    Ok(Some(parent.id))
}

/// Looks whether a tag may take the place of another above those below that one.
///
/// # Errors
/// The error of `refuse`, when it is below that one itself or the tree would be too deep.
pub(super) async fn may_adopt(
    conn: &mut Conn,
    (gone, kept): (&str, &str),
    refuse: impl Fn(&str, String) -> Error,
) -> Result<()> {
    let Some(above) = depth(conn, kept, Some(gone)).await? else {
        let detail = "is a descendant of the tag to merge.".to_owned();
        return Err(refuse("cycle", detail));
    };
    let below = height(conn, gone).await? - 1;
    if below > 0 && above + below > MAX_DEPTH {
        let detail = format!("would make the tree deeper than {MAX_DEPTH} levels.");
        return Err(refuse("too_deep", detail));
    }
    Ok(())
}

/// Whether those above a tag come to an end within the bound.
///
/// # Errors
/// Errors of the database.
pub(super) async fn is_in_bounds(conn: &mut Conn, id: &str) -> Result<bool> {
    Ok(depth(conn, id, None)
        .await?
        .is_some_and(|levels| levels <= MAX_DEPTH))
}

/// How many levels the tag and those above it make; `None` when `not_above` is among them. The bound
/// holds for what is stored already, so the walk comes to the top or there: one statement a level.
async fn depth(conn: &mut Conn, id: &str, not_above: Option<&str>) -> Result<Option<usize>> {
    let mut levels = 0;
    let mut above = Some(id.to_owned());
    while let Some(id) = above.filter(|_| levels <= MAX_DEPTH) {
        if Some(id.as_str()) == not_above {
            return Ok(None);
        }
        levels += 1;
        let query = tags::table.filter(tags::id.eq(id)).select(tags::parent_id);
        above = conn.first::<Option<String>>(query).await?.flatten();
    }
    Ok(Some(levels))
}

/// How many levels the tag and those below it make: one statement a level.
async fn height(conn: &mut Conn, id: &str) -> Result<usize> {
    let mut level = vec![id.to_owned()];
    let mut levels = 0;
    while !level.is_empty() && levels <= MAX_DEPTH {
        levels += 1;
        let below = Sql::<tags::table>::new("tags.parent_id").is_in(level);
        level = conn
            .load(tags::table.filter(below).select(tags::id))
            .await?;
    }
    Ok(levels)
}
