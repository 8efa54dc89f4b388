//! The authors and tags of drafts, as JSON.
//!
//! The fragment of each is cached by version ([`Conn::known`](crate::db::Conn::known)); missing ones
//! are loaded in one query. Internal tags are among these, so nothing of this reaches the public.

use std::collections::HashMap;

use diesel::QueryDsl as _;

use super::read::{Linked, Working};
use crate::articles::bylines::{FragmentLink, FragmentLinks, TagTexts};
use crate::articles::selection::{Include, Selection};
use crate::authors::INFO as AUTHORS;
use crate::authors::row::AuthorRow;
use crate::db::schema::editorial::{authors, tags};
use crate::db::{AnyOf, Conn, Fragment, Loads, LoadsBeside, columns};
use crate::error::{Error, Result};
use crate::http::object::Array;
use crate::tags::INFO as TAGS;

/// The authors and tags of an article as JSON arrays.
#[derive(Default)]
pub(in crate::articles) struct Bylines {
    pub authors: Array,
    pub tags: Array,
}

/// The bylines of these articles in order, as far as they were selected; empty for an article that
/// was read without its links.
///
/// # Errors
/// Errors of the database.
pub(in crate::articles) async fn bylines(
    conn: &mut Conn,
    copies: &[Working],
    selection: &Selection,
) -> Result<Vec<Bylines>> {
    let linked = |part: Include| {
        let linked = copies.iter().filter_map(|copy| copy.linked.as_ref());
        linked.filter(move |_| selection.has(part))
    };
    let credits: Vec<_> = linked(Include::Authors).map(Linked::credits).collect();
    let tags: Vec<_> = linked(Include::Tags).map(Linked::tags).collect();
    let locales = || copies.iter().map(|copy| copy.row.locale.as_str());
    let author_links = locales().zip(&credits).flat_map(|(locale, all)| {
        let links = all.iter();
        links.map(move |(_role, id, version)| link(locale, id, *version))
    });
    let author_links = FragmentLinks::look_up(author_links, |link| {
        conn.known(AUTHORS.one(link.id), link.locale, link.proof)
    });
    let tag_links = locales().zip(&tags).flat_map(|(locale, all)| {
        let links = all.iter();
        links.map(move |(id, version)| link(locale, id, *version))
    });
    let tag_links = FragmentLinks::look_up(tag_links, |link| {
        conn.known(TAGS.one(link.id), link.locale, link.proof)
    });
    let (rows, texts) = missing(conn, author_links.missing(), tag_links.missing()).await?;
    let mut author_fragments = author_links.complete(|link| {
        let Some(row) = rows.get(link.id) else {
            return Ok(None);
        };
        let card = row.card().in_article(link.locale);
        let fragment = serde_json::to_string(&card).map_err(Error::internal)?;
        let fragment: Fragment = Some(fragment.into());
        conn.make_known(
            AUTHORS.one(link.id),
            link.locale,
            fragment.clone(),
            row.version,
        );
        Ok(fragment)
    })?;
    let mut tag_fragments = tag_links.complete(|link| {
        let Some((texts, version)) = texts.get(link.id) else {
            return Ok(None);
        };
        let fragment = texts.fragment(link.id, link.locale)?;
        conn.make_known(TAGS.one(link.id), link.locale, fragment.clone(), *version);
        Ok(fragment)
    })?;
    let (mut credits, mut tags) = (credits.iter(), tags.iter());
    let bylines = |copy: &Working| {
        let mut bylines = Bylines::default();
        if copy.linked.is_none() {
            return bylines;
        }
        for ((role, ..), fragment) in credits
            .next()
            .into_iter()
            .flatten()
            .zip(&mut author_fragments)
        {
            if let Some(fragment) = fragment {
                bylines.authors.push_with(&fragment, "role", role);
            }
        }
        for (_, fragment) in tags.next().into_iter().flatten().zip(&mut tag_fragments) {
            if let Some(fragment) = fragment {
                bylines.tags.push(&fragment);
            }
        }
        bylines
    };
    Ok(copies.iter().map(bylines).collect())
}

/// Loads the authors and tags that are not cached, by their ids.
async fn missing(
    conn: &mut Conn,
    authors: Vec<String>,
    tags: Vec<String>,
) -> Result<(HashMap<String, AuthorRow>, HashMap<String, (TagTexts, i64)>)> {
    let (authors, tags) = match (authors.is_empty(), tags.is_empty()) {
        (true, true) => Default::default(),
        (false, true) => (conn.load(rows(authors)).await?, Vec::new()),
        (true, false) => (Vec::new(), conn.load(summaries(tags)).await?),
        (false, false) => conn.load_both(rows(authors), summaries(tags)).await?,
    };
    let authors = authors.into_iter().map(|row| (row.id.clone(), row));
    let tags = tags.into_iter();
    let tags = tags.map(|(id, texts, version): IdentifiedTag| (id, (texts, version)));
    Ok((authors.collect(), tags.collect()))
}

/// A link of an article in this language, with the version of its subject as the proof.
fn link<'r>(locale: &'r str, id: &'r str, proof: i64) -> FragmentLink<'r, i64> {
    FragmentLink { id, locale, proof }
}

/// Selects the rows of these authors.
fn rows<'q>(ids: Vec<String>) -> impl Loads<'q, AuthorRow> + LoadsBeside<'q, AuthorRow> + use<'q> {
    authors::table
        .filter(AnyOf::new(authors::id, ids))
        .select(columns::<AuthorRow>())
}

/// A tag with its id and its version.
type IdentifiedTag = (String, TagTexts, i64);

/// Selects the texts and versions of these tags.
fn summaries<'q>(
    ids: Vec<String>,
) -> impl Loads<'q, IdentifiedTag> + LoadsBeside<'q, IdentifiedTag> + use<'q> {
    let texts = (tags::slug, tags::name, tags::kind, tags::translations);
    tags::table
        .filter(AnyOf::new(tags::id, ids))
        .select((tags::id, texts, tags::version))
}
