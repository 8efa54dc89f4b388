//! Authors and tags.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use serde_json::json;

use super::dice::Dice;
use super::story::begin;
use super::words::{FIRST_NAMES, LAST_NAMES, PLACES, SECTIONS, SUBJECTS};
use super::{BY, Options, story};
use crate::app::Edit;
use crate::authors::Authors;
use crate::authors::author::AuthorInput;
use crate::clock::{Clock, Ids};
use crate::db::Conn;
use crate::error::Result;
use crate::http::body;
use crate::resources::store;
use crate::tags::Tags;
use crate::tags::tag::TagInput;

fn ids(options: &Options, purpose: &str) -> Ids {
    let clock = Clock::Manual(Arc::new(AtomicI64::new(begin(options).0)));
    let mut dice = Dice::of(options.seed, purpose, 0);
    Ids::drawn(clock, move || dice.bytes())
}

/// Stores the authors, and gives their ids.
pub async fn authors(conn: &mut Conn, options: &Options) -> Result<Vec<String>> {
    let ids = ids(options, "authors");
    let edit = Edit {
        ids: &ids,
        now: begin(options),
        by: BY,
    };
    let mut made = Vec::with_capacity(options.authors);
    for number in 0..options.authors {
        let name = author_name(number);
        let bio = format!("{name} writes about {}.", of(SECTIONS, number));
        let input: AuthorInput = body::check(json!({"name": name, "bio": bio}))?;
        let row = Box::pin(store::create::<Authors>(conn, edit, &input)).await?;
        made.push(row.id);
    }
    Ok(made)
}

fn author_name(number: usize) -> String {
    let first = of(FIRST_NAMES, number);
    let last = of(LAST_NAMES, number / FIRST_NAMES.len() + number);
    match number / (FIRST_NAMES.len() * LAST_NAMES.len()) {
        0 => format!("{first} {last}"),
        round => format!("{first} {last} {}", story::in_letters(round).to_uppercase()),
    }
}

/// Stores the tags, and gives their ids, the most frequent first.
pub async fn tags(conn: &mut Conn, options: &Options) -> Result<Vec<String>> {
    let ids = ids(options, "tags");
    let edit = Edit {
        ids: &ids,
        now: begin(options),
        by: BY,
    };
    let mut made: Vec<String> = Vec::with_capacity(options.tags);
    for number in 0..options.tags {
        let (name, kind) = tag_name(number);
        let above = made.get(number / 3 % SECTIONS.len());
        let above = above.filter(|_| number >= SECTIONS.len() && number.is_multiple_of(3));
        let input = json!({"name": name, "kind": kind, "parent": above});
        let input: TagInput = body::check(input)?;
        let row = Box::pin(store::create::<Tags>(conn, edit, &input)).await?;
        made.push(row.id);
    }
    Ok(made)
}

fn tag_name(number: usize) -> (String, &'static str) {
    if let Some(section) = SECTIONS.get(number) {
        let mut name = section.to_string();
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        return (name, "section");
    }
    let kind = match number % 40 {
        39 => "internal",
        other => match other % 10 {
            0..=4 => "topic",
            5 | 6 => "place",
            7 => "person",
            8 => "organisation",
            _ => "series",
        },
    };
    let (subject, place) = (of(SUBJECTS, number), of(PLACES, number / SUBJECTS.len()));
    let name = match number / (SUBJECTS.len() * PLACES.len()) {
        0 => format!("{subject} in {place}"),
        round => format!("{subject} in {place} {}", round + 1),
    };
    (name, kind)
}

/// The text of a number, round and round.
fn of(texts: &'static [&'static str], number: usize) -> &'static str {
    let text = texts.get(number.checked_rem(texts.len()).unwrap_or_default());
    text.copied().unwrap_or_default()
}
