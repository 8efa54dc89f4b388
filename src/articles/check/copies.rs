//! Live copies: those that the article's row says there are, and each as publication wrote it.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::expected::{self, Frame};
use super::{Repair, Stored, Wrong};
use crate::articles::drafts::document::input_of;
use crate::articles::live::copy::LiveCopy;
use crate::articles::live::copy::read_back::of_article;
use crate::db::schema::live::live_article_aliases;
use crate::db::{Conn, Sql, Time};
use crate::error::Result;

/// Which copy of an article one is, by its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The one that is seen, or was until another took its place.
    Live,
    /// The one that is to be seen.
    Next,
    /// One that is not seen any more.
    Ended,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Live => "published copy",
            Self::Next => "scheduled copy",
            Self::Ended => "expired copy",
        }
    }
}

/// The faults of an article's live copies; `name` names one that is missing.
pub(super) async fn examine(
    conn: &mut Conn,
    stored: &Stored,
    now: Time,
    name: &dyn Fn() -> String,
) -> Result<Vec<Wrong>> {
    let row = &stored.row;
    let mut wrong = Vec::new();
    let mut missing: Vec<(i64, Part)> = [
        (row.live_version, Part::Live),
        (row.next_version, Part::Next),
    ]
    .into_iter()
    .filter_map(|(version, part)| Some((version?, part)))
    .collect();
    for copy in of_article(conn, &row.id).await? {
        if copy.is_retired() {
            // It stays a minute, for reads under way, and is seen by nobody else.
            if !copy.contradictions()?.is_empty() {
                let detail = "has a withdrawn copy that is still visible";
                wrong.push(stored.wrong("live_copy", detail, Some(gone(&copy))));
            }
            continue;
        }
        let place = missing
            .iter()
            .position(|(version, _)| *version == copy.version());
        let part = match place {
            Some(place) => missing.swap_remove(place).1,
            None if copy.seen().1.is_some_and(|until| until <= now) => Part::Ended,
            None => {
                let version = copy.version();
                let detail =
                    format!("has a live copy of version {version}, which is not published");
                wrong.push(stored.wrong("live_copy", detail, Some(gone(&copy))));
                continue;
            }
        };
        wrong.extend(one(conn, stored, (copy, part), now).await?);
    }
    missing.sort_unstable_by_key(|(version, _)| *version);
    for (version, part) in missing {
        let detail = format!("has no {} of version {version}", part.name());
        let first = row.first_published_at;
        let from = row.next_at.filter(|_| part == Part::Next);
        let repair = match content(conn, stored, version).await? {
            Content::ResponseCache(content) => {
                let frame = Frame {
                    name: name(),
                    version,
                    slug: None,
                    first,
                    updated_at: row.updated_at,
                    from,
                    touched_at: now,
                };
                let made = expected::copy(conn, stored, content, frame, None).await?;
                let made = made.map(|(copy, aliases)| (until(stored, copy, part), aliases));
                let name = String::new();
                made.ok()
                    .map(|made| Repair::Copy(name, Some(Box::new(made))))
            }
            _ => None,
        };
        wrong.push(stored.wrong("live_copy", detail, repair));
    }
    Ok(wrong)
}

fn gone(copy: &LiveCopy) -> Repair {
    Repair::Copy(copy.name().to_owned(), None)
}

/// The content of a version, if known.
enum Content {
    ResponseCache(serde_json::Value),
    Damaged,
    Unknown,
}

async fn content(conn: &mut Conn, stored: &Stored, version: i64) -> Result<Content> {
    Ok(match stored.history.content(conn, version).await? {
        Some(Ok(content)) => Content::ResponseCache(content),
        // The working copy is of the same version: it says the same.
        _ if version == stored.row.version => {
            Content::ResponseCache(input_of(conn, &stored.row).await?)
        }
        Some(Err(_)) => Content::Damaged,
        None => Content::Unknown,
    })
}

/// The copy, seen for as long as its part is.
fn until(stored: &Stored, copy: LiveCopy, part: Part) -> LiveCopy {
    let expires = copy.seen().1;
    match (part, stored.row.next_at) {
        (Part::Live, Some(next)) => copy.until(Some(expires.map_or(next, |at| at.min(next)))),
        _ => copy,
    }
}

/// The fault of one copy.
async fn one(
    conn: &mut Conn,
    stored: &Stored,
    (found, part): (LiveCopy, Part),
    now: Time,
) -> Result<Option<Wrong>> {
    let name = part.name();
    let content = match content(conn, stored, found.version()).await? {
        Content::ResponseCache(content) => content,
        Content::Damaged | Content::Unknown => {
            let names = found.contradictions()?;
            let detail = format!("has an inconsistent {name}: {}", names.join(", "));
            return Ok((!names.is_empty()).then(|| stored.wrong("live_copy", detail, None)));
        }
    };
    let (first, updated_at) = found.dates();
    let from = match part {
        Part::Next => stored.row.next_at,
        // Seen, by its row: so not from a moment to come.
        Part::Live => Some(found.seen().0).filter(|from| *from <= now),
        Part::Ended => Some(found.seen().0),
    };
    let frame = Frame {
        name: found.name().to_owned(),
        version: found.version(),
        slug: slug(&found, &content),
        first: Some(first),
        updated_at,
        from,
        touched_at: found.touched_at(),
    };
    let (copy, aliases) = match expected::copy(conn, stored, content, frame, Some(&found)).await? {
        Ok(expected) => expected,
        Err(why) => return Ok(Some(stored.wrong("live_copy", why, None))),
    };
    let copy = match part {
        Part::Ended => copy.until(found.seen().1),
        _ => until(stored, copy, part),
    };
    let mut names = copy.differing(&found)?;
    let aliases = aliases_of(conn, stored, &found, aliases, &mut names).await?;
    if names.is_empty() {
        return Ok(None);
    }
    let detail = format!(
        "has a {name} that differs from the published version: {}",
        names.join(", ")
    );
    let copy = copy.touched(now);
    let repair = Repair::Copy(found.name().to_owned(), Some(Box::new((copy, aliases))));
    Ok(Some(stored.wrong("live_copy", detail, Some(repair))))
}

/// The slug that a copy is found by. It may have given way to another article's, so it is not always
/// the revision's; where the copy says two, the revision's is right.
fn slug(found: &LiveCopy, content: &serde_json::Value) -> Option<String> {
    let (shown, column) = (found.shown_slug(), found.slug());
    let kept = content.get("slug").and_then(|slug| slug.as_str());
    let one_is_kept = shown.as_deref() == kept || Some(column) == kept;
    let agree = shown.as_deref() == Some(column);
    let slug = if one_is_kept && !agree { kept } else { None };
    Some(slug.unwrap_or(column).to_owned())
}

/// The aliases that should lead to a copy. It may lack some: another article that was published with
/// one took it.
async fn aliases_of(
    conn: &mut Conn,
    stored: &Stored,
    found: &LiveCopy,
    mut aliases: Vec<String>,
    names: &mut Vec<String>,
) -> Result<Vec<String>> {
    let own = live_article_aliases::table
        .filter(live_article_aliases::copy.eq(found.name().to_owned()))
        .select(live_article_aliases::path);
    let there: Vec<String> = conn.load(own).await?;
    let lacks = aliases.iter().any(|path| !there.contains(path));
    if lacks && found.version() == stored.row.version {
        // Its own working copy has it, so another article can have it live alone.
        let others = Sql::<live_article_aliases::table>::new("live_article_aliases.copy <> ")
            .text(found.name())
            .sql(" AND live_article_aliases.path")
            .is_in(aliases.clone());
        let others = live_article_aliases::table
            .filter(others)
            .select(live_article_aliases::path);
        let taken: Vec<String> = conn.load(others).await?;
        aliases.retain(|path| there.contains(path) || !taken.contains(path));
    } else {
        aliases.retain(|path| there.contains(path));
    }
    if there.len() != aliases.len() {
        names.push("aliases".to_owned());
    }
    Ok(aliases)
}
