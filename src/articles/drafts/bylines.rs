//! Who is credited in working copies and which tags they have, as editors' answers show it.
//!
//! What is shown of each is known from earlier reads of that very version of it
//! ([`Conn::known`](crate::db::Conn::known)), or read for all that are not known at once. Internal
//! tags are among these, so nothing of this is ever given to the public.

use std::collections::HashMap;

use diesel::QueryDsl as _;

use super::read::{Linked, Working};
use crate::articles::bylines::{Link, Links, TagTexts, tag};
use crate::articles::selection::{Include, Selection};
use crate::authors::INFO as AUTHORS;
use crate::authors::row::AuthorRow;
use crate::db::schema::editorial::{authors, tags};
use crate::db::{AnyOf, Conn, Fragment, Loads, LoadsBeside, columns};
use crate::error::{Error, Result};
use crate::http::object::Array;
use crate::tags::INFO as TAGS;

/// What an article shows of its authors and of its tags.
#[derive(Default)]
pub(in crate::articles) struct Shown {
    pub authors: Array,
    pub tags: Array,
}

/// What each of these articles shows of what was asked for, in order; nothing for one that was read
/// without its links.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn shown(
    conn: &mut Conn,
    copies: &[Working],
    shape: &Selection,
) -> Result<Vec<Shown>> {
    let linked = |part: Include| {
        let linked = copies.iter().filter_map(|copy| copy.linked.as_ref());
        linked.filter(move |_| shape.has(part))
    };
    let credits: Vec<_> = linked(Include::Authors).map(Linked::credits).collect();
    let tags: Vec<_> = linked(Include::Tags).map(Linked::tags).collect();
    let locales = || copies.iter().map(|copy| copy.row.locale.as_str());
    let people = locales().zip(&credits).flat_map(|(locale, all)| {
        let links = all.iter();
        links.map(move |(_role, id, version)| link(locale, id, *version))
    });
    let people = Links::look_up(people, |link| {
        conn.known(AUTHORS.one(link.id), link.locale, link.proof)
    });
    let named = locales().zip(&tags).flat_map(|(locale, all)| {
        let links = all.iter();
        links.map(move |(id, version)| link(locale, id, *version))
    });
    let named = Links::look_up(named, |link| {
        conn.known(TAGS.one(link.id), link.locale, link.proof)
    });
    let (rows, texts) = missing(conn, people.missing(), named.missing()).await?;
    let mut people = people.complete(|link| {
        let Some(row) = rows.get(link.id) else {
            return Ok(None);
        };
        let shown = row.card().in_article(link.locale);
        let piece = serde_json::to_string(&shown).map_err(Error::internal)?;
        let piece: Fragment = Some(piece.into());
        conn.make_known(
            AUTHORS.one(link.id),
            link.locale,
            piece.clone(),
            row.version,
        );
        Ok(piece)
    })?;
    let mut named = named.complete(|link| {
        let Some((texts, version)) = texts.get(link.id) else {
            return Ok(None);
        };
        let piece = tag(link.id, texts, link.locale)?;
        conn.make_known(TAGS.one(link.id), link.locale, piece.clone(), *version);
        Ok(piece)
    })?;
    let (mut credits, mut tags) = (credits.iter(), tags.iter());
    let show = |copy: &Working| {
        let mut shown = Shown::default();
        if copy.linked.is_none() {
            return shown;
        }
        for ((role, ..), piece) in credits.next().into_iter().flatten().zip(&mut people) {
            if let Some(piece) = piece {
                shown.authors.push_with(&piece, "role", role);
            }
        }
        for (_, piece) in tags.next().into_iter().flatten().zip(&mut named) {
            if let Some(piece) = piece {
                shown.tags.push(&piece);
            }
        }
        shown
    };
    Ok(copies.iter().map(show).collect())
}

/// Reads authors and tags of which nothing is known, by their ids.
async fn missing(
    conn: &mut Conn,
    people: Vec<String>,
    named: Vec<String>,
) -> Result<(HashMap<String, AuthorRow>, HashMap<String, (TagTexts, i64)>)> {
    let (people, named) = match (people.is_empty(), named.is_empty()) {
        (true, true) => Default::default(),
        (false, true) => (conn.load(rows(people)).await?, Vec::new()),
        (true, false) => (Vec::new(), conn.load(summaries(named)).await?),
        (false, false) => conn.load_both(rows(people), summaries(named)).await?,
    };
    let people = people.into_iter().map(|row| (row.id.clone(), row));
    let named = named.into_iter();
    let named = named.map(|(id, texts, version): Named| (id, (texts, version)));
    Ok((people.collect(), named.collect()))
}

/// That an article in this language shows this version of something.
fn link<'r>(locale: &'r str, id: &'r str, proof: i64) -> Link<'r, i64> {
    Link { id, locale, proof }
}

/// The rows of these authors.
fn rows<'q>(ids: Vec<String>) -> impl Loads<'q, AuthorRow> + LoadsBeside<'q, AuthorRow> + use<'q> {
    authors::table
        .filter(AnyOf::new(authors::id, ids))
        .select(columns::<AuthorRow>())
}

/// A tag by its id, and its version.
type Named = (String, TagTexts, i64);

/// These tags in brief.
fn summaries<'q>(ids: Vec<String>) -> impl Loads<'q, Named> + LoadsBeside<'q, Named> + use<'q> {
    let texts = ((tags::slug, tags::name, tags::kind), tags::translations);
    tags::table
        .filter(AnyOf::new(tags::id, ids))
        .select((tags::id, texts, tags::version))
}
