//! Back to an earlier revision, or to what was let go to the public.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::store::{RevisionMeta, RevisionRow, content, of_version};
use crate::app::Edit;
use crate::articles::article::ArticleInput;
use crate::articles::context::Context;
use crate::articles::drafts::slugs;
use crate::articles::drafts::store::{self, Change};
use crate::articles::live::publish::renumber;
use crate::articles::rendering::render;
use crate::articles::row::ArticleRow;
use crate::articles::workflow::allowed::wrong_state;
use crate::articles::workflow::store::save;
use crate::authors::Authors;
use crate::db::Conn;
use crate::error::{Code, Error, Result};
use crate::http::body::check;
use crate::http::precondition::IfMatch;
use crate::resources::lookup;
use crate::tags::Tags;
use crate::values::Reference;

/// What an earlier revision does not bring back: where the article stands, when, and what was
/// said since.
const KEPT: &[&str] = &[
    "slug",
    "locale",
    "translation_group",
    "published_at",
    "expires_at",
    "corrections",
    "assignee",
    "aliases",
];

/// Makes the working copy what it was at a revision, but for its address, its dates, its
/// corrections and who is to work on it. Authors, tags and articles that are gone since are left
/// out, which the note of the new revision says.
///
/// # Errors
/// 412 when it changed meanwhile, 409 when its state does not take a change.
pub async fn restore(
    conn: &mut Conn,
    edit: Edit<'_>,
    ctx: Context<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
    revision: &RevisionRow,
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    let mut fields = members(content(conn, revision).await?);
    let current = members(store::as_input(conn, old).await?);
    for name in KEPT {
        let value = current.get(*name).cloned();
        fields.insert((*name).to_owned(), value.unwrap_or(Value::Null));
    }
    let gone = leave_out(conn, ctx, &mut fields).await?;
    let note = match gone.as_slice() {
        [] => format!("Revision {}.", revision.number),
        gone => format!("Revision {}, without {}.", revision.number, gone.join(", ")),
    };
    let input: ArticleInput = check(Value::Object(fields))?;
    let step = RevisionMeta::noted("restore", Some(&note));
    let change = Change {
        rendered: render(&input).await?,
        input: &input,
        step,
    };
    store::update_rendered(conn, edit, ctx, old, if_match, change).await
}

/// Makes the working copy what was let go to the public last; who is to work on it stays.
///
/// # Errors
/// 412 when it changed meanwhile; 409 when nothing was let go, or what was is older than the
/// revisions, or its slug is another's now.
pub async fn discard(
    conn: &mut Conn,
    edit: Edit<'_>,
    ctx: Context<'_>,
    old: &ArticleRow,
    if_match: &IfMatch,
    note: Option<&str>,
) -> Result<ArticleRow> {
    if_match.check(old.version)?;
    let Some(released) = old.last_published_version() else {
        let detail = "The article has no published or scheduled version to discard to.";
        return Err(wrong_state(old, detail));
    };
    if released == old.version {
        return Ok(old.clone());
    }
    let Some(revision) = of_version(conn, &old.id, released).await? else {
        let detail = "The published version is older than the oldest revision; publish it again \
            first.";
        return Err(Error::new(Code::Conflict, detail));
    };
    let mut fields = members(content(conn, &revision).await?);
    fields.insert("assignee".to_owned(), json!(old.assignee));
    let gone = leave_out(conn, ctx, &mut fields).await?;
    let input: ArticleInput = check(Value::Object(fields))?;
    let step = RevisionMeta::noted("discard", note);
    let change = Change {
        rendered: render(&input).await?,
        input: &input,
        step,
    };
    let row = store::revert(conn, edit, ctx, old, change).await?;
    if !gone.is_empty() {
        // The public is still shown what could not be brought back.
        return Ok(row);
    }
    // The working copy is what was let go again: they bear one number.
    let mut released_row = row.clone();
    if row.next_version.is_some() {
        released_row.next_version = Some(row.version);
    } else {
        released_row.live_version = Some(row.version);
    }
    save(conn, &row, &released_row).await?;
    renumber(conn, &row.id, released, row.version).await?;
    Ok(released_row)
}

fn members(whole: Value) -> Map<String, Value> {
    match whole {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Takes references to what is gone out of the members of an article; tells which.
async fn leave_out(
    conn: &mut Conn,
    ctx: Context<'_>,
    fields: &mut Map<String, Value>,
) -> Result<Vec<String>> {
    let mut gone = Vec::new();
    for (name, what) in [
        ("authors", "an author"),
        ("tags", "a tag"),
        ("related", "a related article"),
    ] {
        let Some(Value::Array(items)) = fields.get(name).cloned() else {
            continue;
        };
        let mut kept: Vec<Value> = Vec::new();
        let mut ids: HashSet<String> = HashSet::new();
        for item in items {
            let text = item.get("author").unwrap_or(&item).as_str();
            let Some(reference) = text.and_then(|text| Reference::parse(text).ok()) else {
                continue;
            };
            // One that was merged into another is that one now; it is there once.
            let found = match name {
                "authors" => lookup::get::<Authors>(conn, &reference)
                    .await?
                    .map(|row| row.id),
                "tags" => lookup::get::<Tags>(conn, &reference)
                    .await?
                    .map(|row| row.id),
                _ => slugs::get(conn, &reference, &[], ctx)
                    .await?
                    .map(|row| row.id),
            };
            match found {
                Some(id) => {
                    if ids.insert(id) {
                        kept.push(item);
                    }
                }
                None => gone.push(what.to_owned()),
            }
        }
        fields.insert(name.to_owned(), Value::Array(kept));
    }
    Ok(gone)
}
