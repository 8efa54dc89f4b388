//! The expected live and working copies, by the content of a revision.

use std::collections::HashSet;

use serde_json::Value;

use super::Stored;
use crate::articles::article::{ArticleInput, AuthorRole, plain_path};
use crate::articles::drafts::store;
use crate::articles::links::Links;
use crate::articles::live::copy::{LiveCopy, Times};
use crate::articles::row::ArticleRow;
use crate::authors::Authors;
use crate::db::{Conn, Time};
use crate::error::Result;
use crate::integrity;
use crate::resources::lookup;
use crate::tags::Tags;
use crate::text::body::render;
use crate::values::{self, Reference};

/// Data of a live copy that no revision holds.
pub(super) struct Frame {
    /// The name of the copy.
    pub(super) name: String,
    /// The version that it is of.
    pub(super) version: i64,
    /// The slug that it is found by; that of the revision if it is not known.
    pub(super) slug: Option<String>,
    /// When the article was first published; at its date if that is not known.
    pub(super) first: Option<Time>,
    /// When it was last changed.
    pub(super) updated_at: Time,
    /// Start of visibility; its date if that is not known.
    pub(super) from: Option<Time>,
    /// When something that it shows was last written.
    pub(super) touched_at: Time,
}

/// The copy that publication made of a revision's content, with its aliases. `found` is the stored
/// copy, if there is one. It is visible until the article expires.
///
/// # Errors
/// Errors of the database.
pub(super) async fn copy(
    conn: &mut Conn,
    stored: &Stored,
    content: Value,
    frame: Frame,
    found: Option<&LiveCopy>,
) -> Result<std::result::Result<(LiveCopy, Vec<String>), String>> {
    let input: ArticleInput = match values::read(content) {
        Ok(input) => input,
        Err(_) => {
            return Ok(Err(
                "was published from a revision that is unreadable".to_owned()
            ));
        }
    };
    let base = ArticleRow {
        first_published_at: frame.first,
        updated_at: frame.updated_at,
        version: frame.version,
        ..stored.row.clone()
    };
    let source = input.body.source.as_str();
    let same = source == stored.body.body_source && input.body.format == stored.body.body_format;
    let rendered = match same {
        true => stored.rendered.clone(),
        false => render(input.body.format.into(), source),
    };
    let (mut row, long) = store::as_if(&base, &input, rendered);
    if let Some(slug) = frame.slug {
        row.slug = slug;
    }
    let group = input.translation_group.as_ref().map(Reference::as_str);
    group
        .unwrap_or(&base.id)
        .clone_into(&mut row.translation_group);
    let Some(published_at) = row.published_at else {
        return Ok(Err(
            "was published from a revision without a date".to_owned()
        ));
    };
    let times = Times {
        published_at,
        from: frame.from.unwrap_or(published_at),
        touched_at: frame.touched_at,
    };
    let links = links(conn, &input, found).await?;
    let aliases = links.aliases.clone();
    let copy = LiveCopy::new(frame.name, &row, long, links, times)?;
    Ok(Ok((copy, aliases)))
}

/// The links of a revision as they are now: what was merged into another is that one.
async fn links(conn: &mut Conn, input: &ArticleInput, found: Option<&LiveCopy>) -> Result<Links> {
    let text = |reference: &Reference| reference.as_str().to_owned();
    let mut links = Links {
        authors: input
            .authors
            .iter()
            .map(|credit| (text(&credit.author), credit.role))
            .collect(),
        tags: input.tags.iter().map(text).collect(),
        related: input.related.iter().map(text).collect(),
        aliases: Vec::new(),
    };
    for path in &input.aliases {
        let path = plain_path(path.as_str()).to_owned();
        if !links.aliases.contains(&path) {
            links.aliases.push(path);
        }
    }
    // What is there says the same: then nothing was merged.
    let ids = links.authors.iter().map(|(id, _)| id.as_str());
    if !found.is_some_and(|found| found.credited().eq(ids)) {
        links.authors = authors_now(conn, links.authors).await?;
    }
    let ids = links.tags.iter().map(String::as_str);
    if !found.is_some_and(|found| found.tagged().eq(ids)) {
        links.tags = tags_now(conn, links.tags).await?;
    }
    Ok(links)
}

async fn authors_now(
    conn: &mut Conn,
    credits: Vec<(String, AuthorRole)>,
) -> Result<Vec<(String, AuthorRole)>> {
    let (mut now, mut seen) = (Vec::new(), HashSet::new());
    for (id, role) in credits {
        let Ok(reference) = Reference::parse(&id) else {
            continue;
        };
        if let Some(author) = lookup::get::<Authors>(conn, &reference).await?
            && seen.insert(author.id.clone())
        {
            now.push((author.id, role));
        }
    }
    Ok(now)
}

async fn tags_now(conn: &mut Conn, ids: Vec<String>) -> Result<Vec<String>> {
    let mut now: Vec<String> = Vec::new();
    for id in ids {
        let Ok(reference) = Reference::parse(&id) else {
            continue;
        };
        if let Some(tag) = lookup::get::<Tags>(conn, &reference).await?
            && !now.contains(&tag.id)
        {
            now.push(tag.id);
        }
    }
    Ok(now)
}

/// The members in which a working copy is not what its revision holds. Related articles and aliases
/// are left out: they go with other articles, which makes no version of this one.
///
/// # Errors
/// Errors of the database.
pub(super) async fn differing(
    conn: &mut Conn,
    revision: &Value,
    working: &Value,
) -> Result<Vec<String>> {
    let mut differ = integrity::differing(revision, working)?;
    differ.retain(|name| !["related", "aliases"].contains(&name.as_str()));
    if differ
        .iter()
        .any(|name| name == "authors" || name == "tags")
    {
        // Two that became one since are no difference.
        let [kept, now] = [revision, working].map(|whole| values::read(whole.clone()));
        if let (Ok(kept), Ok(now)) = (kept, now) {
            let kept = links(conn, &kept, None).await?;
            let now = links(conn, &now, None).await?;
            differ.retain(|name| match name.as_str() {
                "authors" => kept.authors != now.authors,
                "tags" => kept.tags != now.tags,
                _ => true,
            });
        }
    }
    Ok(differ)
}
