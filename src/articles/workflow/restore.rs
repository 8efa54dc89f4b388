//! Resets a working copy: to an earlier revision, or to the version last published or scheduled.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::save::{Change, revert, update};
use crate::articles::article::ArticleInput;
use crate::articles::context::{Context, WriteContext};
use crate::articles::drafts::document::Document;
use crate::articles::drafts::slugs;
use crate::articles::drafts::version_check::{Current, save};
use crate::articles::live::publish::renumber;
use crate::articles::rendering::render;
use crate::articles::revisions::store::{RevisionMeta, RevisionRow, content, of_version};
use crate::articles::states::wrong_state;
use crate::authors::Authors;
use crate::db::Conn;
use crate::error::{Code, Error, Result};
use crate::http::body::check;
use crate::resources::lookup;
use crate::tags::Tags;
use crate::values::Reference;

/// The members that an earlier revision does not bring back: address, dates, corrections, assignee.
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

/// Resets the working copy to a revision, but for its address, its dates, its corrections and its
/// assignee. Authors, tags and articles that are gone since are left out, which the note of the new
/// revision says.
///
/// # Errors
/// 409 when the state of the article does not allow a change.
pub async fn restore(
    conn: &mut Conn,
    ctx: WriteContext<'_>,
    old: Current,
    revision: &RevisionRow,
) -> Result<Document> {
    let mut fields = members(content(conn, revision).await?);
    let current = members(old.as_input());
    for name in KEPT {
        let value = current.get(*name).cloned();
        fields.insert((*name).to_owned(), value.unwrap_or(Value::Null));
    }
    let gone = leave_out(conn, *ctx, &mut fields).await?;
    let note = match gone.as_slice() {
        [] => format!("Revision {}.", revision.number),
        gone => format!("Revision {}, without {}.", revision.number, gone.join(", ")),
    };
    let input: ArticleInput = check(Value::Object(fields))?;
    let change = Change {
        rendered: render(&input).await?,
        input: &input,
        meta: RevisionMeta::noted("restore", Some(&note)),
    };
    update(conn, ctx, old, change).await
}

/// Resets the working copy to the version last published or scheduled; the assignee is kept.
///
/// # Errors
/// 409 when nothing is published or scheduled, when that version is older than the revisions, or when
/// its slug is another article's now.
pub async fn discard(
    conn: &mut Conn,
    ctx: WriteContext<'_>,
    old: Current,
    note: Option<&str>,
) -> Result<Document> {
    let Some(published) = old.row.last_published_version() else {
        let detail = "The article has no published or scheduled version to discard to.";
        return Err(wrong_state(old.row.state(), detail));
    };
    if published == old.row.version {
        return Ok(old.into_document());
    }
    let Some(revision) = of_version(conn, &old.row.id, published).await? else {
        let detail = "The published version is older than the oldest revision; publish it again \
            first.";
        return Err(Error::new(Code::Conflict, detail));
    };
    let mut fields = members(content(conn, &revision).await?);
    fields.insert("assignee".to_owned(), json!(old.row.assignee));
    let gone = leave_out(conn, *ctx, &mut fields).await?;
    let input: ArticleInput = check(Value::Object(fields))?;
    let change = Change {
        rendered: render(&input).await?,
        input: &input,
        meta: RevisionMeta::noted("discard", note),
    };
    let mut document = revert(conn, ctx, old, change).await?;
    if !gone.is_empty() {
        // The public is still shown what could not be brought back.
        return Ok(document);
    }
    // The working copy is the published version again: they bear one number.
    let mut row = document.row.clone();
    if row.next_version.is_some() {
        row.next_version = Some(row.version);
    } else {
        row.live_version = Some(row.version);
    }
    save(conn, &document.row, &row).await?;
    renumber(conn, &row.id, published, row.version).await?;
    document.row = row;
    Ok(document)
}

fn members(whole: Value) -> Map<String, Value> {
    match whole {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Removes references that lead nowhere any more from the members of an article; returns their kinds.
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
            // A target that was merged into another counts as that one, and is kept once.
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
