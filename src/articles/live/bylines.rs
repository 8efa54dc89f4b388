//! Who is credited in published articles and which tags they have, as their answers show it.
//!
//! An article names them by id ([`credited`], [`tagged`]); what is shown of each is known from
//! earlier reads or read for all that are not known at once.

use std::collections::HashMap;

use diesel::QueryDsl as _;

use super::copy::{credited, tagged};
use super::find::LiveRow;
use crate::articles::bylines::{Link, Links, TagTexts, tag};
use crate::articles::selection::{Include, Selection};
use crate::authors::INFO as AUTHORS;
use crate::authors::row::in_article;
use crate::db::invalidation::Dependencies;
use crate::db::schema::live::{live_authors, live_tags};
use crate::db::{AnyOf, Fragment, LiveConn, LiveQuery, Loads, LoadsBeside, Time};
use crate::error::Result;
use crate::http::object::Array;
use crate::tags::INFO as TAGS;

/// What is shown of the authors and the tags of some articles, one after another.
pub(in crate::articles) struct Pieces {
    authors: std::vec::IntoIter<Fragment>,
    tags: std::vec::IntoIter<Fragment>,
}

impl Pieces {
    /// Those of these articles that were asked for.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(
        conn: &mut LiveConn,
        rows: &[LiveRow],
        shape: &Selection,
        now: Time,
    ) -> Result<Self> {
        let ids = |row| credited(row).map(|(_role, id)| id);
        let credits = rows.iter().filter(|_| shape.has(Include::Authors));
        let credits = credits.flat_map(|row| ids(&row.credits).map(|id| link(row, id)));
        let tags = rows.iter().filter(|_| shape.has(Include::Tags));
        let tags = tags.flat_map(|row| tagged(&row.tag_ids).map(|id| link(row, id)));
        let credits = Links::look_up(credits, |link| {
            conn.known(AUTHORS.one(link.id), link.locale, link.proof)
        });
        let tags = Links::look_up(tags, |link| {
            conn.known(TAGS.one(link.id), link.locale, link.proof)
        });
        let missing = (credits.missing(), tags.missing());
        let (cards, summaries) = match (missing.0.is_empty(), missing.1.is_empty()) {
            (true, true) => Default::default(),
            (false, true) => (conn.load(cards(missing.0)).await?, Vec::new()),
            (true, false) => (Vec::new(), conn.load(summaries(missing.1)).await?),
            (false, false) => {
                let (authors, tags) = missing;
                conn.load_both(cards(authors), summaries(tags)).await?
            }
        };
        let cards: HashMap<String, String> = cards.into_iter().collect();
        let summaries: HashMap<String, _> = summaries.into_iter().collect();
        Ok(Self {
            authors: credits.complete(|link| {
                let piece = author(cards.get(link.id), link)?;
                conn.make_known(AUTHORS.one(link.id), link.locale, piece.clone(), now);
                Ok(piece)
            })?,
            tags: tags.complete(|link| {
                let texts = summaries.get(link.id);
                let piece = texts.map_or(Ok(None), |texts| tag(link.id, texts, link.locale))?;
                conn.make_known(TAGS.one(link.id), link.locale, piece.clone(), now);
                Ok(piece)
            })?,
        })
    }

    /// Whom the next article credits, and as what.
    pub fn authors(&mut self, row: &LiveRow, dependencies: &mut Dependencies) -> Array {
        let mut all = Array::default();
        for ((role, id), piece) in credited(&row.credits).zip(&mut self.authors) {
            if let Some(piece) = piece {
                dependencies.on(AUTHORS.one(id));
                all.push_with(&piece, "role", role);
            }
        }
        all
    }

    /// The tags of the next article. Internal ones have no piece.
    pub fn tags(&mut self, row: &LiveRow, dependencies: &mut Dependencies) -> Array {
        let mut all = Array::default();
        for (id, piece) in tagged(&row.tag_ids).zip(&mut self.tags) {
            if let Some(piece) = piece {
                dependencies.on(TAGS.one(id));
                all.push(&piece);
            }
        }
        all
    }
}

/// That a live copy shows something, with when it was touched.
fn link<'r>(row: &'r LiveRow, id: &'r str) -> Link<'r, Time> {
    let (locale, proof) = (row.locale.as_str(), row.touched_at);
    Link { id, locale, proof }
}

/// The cards of these authors.
fn cards<'q>(
    ids: Vec<String>,
) -> impl Loads<'q, (String, String)> + LoadsBeside<'q, (String, String)> + LiveQuery + use<'q> {
    live_authors::table
        .filter(AnyOf::new(live_authors::id, ids))
        .select((live_authors::id, live_authors::card))
}

fn author(card: Option<&String>, link: &Link<'_, Time>) -> Result<Fragment> {
    let Some(card) = card else { return Ok(None) };
    let object = in_article(card.clone(), link.locale)?;
    Ok(Some(object.as_str().into()))
}

/// A tag by its id.
type Named = (String, TagTexts);

/// These tags in brief, but for internal ones: they have no row in `live_tags`.
fn summaries<'q>(
    ids: Vec<String>,
) -> impl Loads<'q, Named> + LoadsBeside<'q, Named> + LiveQuery + use<'q> {
    let texts = (live_tags::slug, live_tags::name, live_tags::kind);
    live_tags::table
        .filter(AnyOf::new(live_tags::id, ids))
        .select((live_tags::id, (texts, live_tags::translations)))
}
