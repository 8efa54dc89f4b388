//! The authors and tags of published articles, as JSON.
//!
//! A live copy names them by id ([`credited`], [`tagged`]); the fragment of each is cached, and
//! missing ones are loaded in one query.

use std::collections::HashMap;

use diesel::QueryDsl as _;

use super::copy::{credited, tagged};
use super::find::LiveArticleRow;
use crate::articles::bylines::{FragmentLink, FragmentLinks, TagTexts};
use crate::articles::selection::{Include, Selection};
use crate::authors::INFO as AUTHORS;
use crate::authors::row::in_article;
use crate::db::invalidation::Dependencies;
use crate::db::schema::live::{live_authors, live_tags};
use crate::db::{AnyOf, Fragment, LiveConn, LiveQuery, Loads, LoadsBeside, Time};
use crate::error::Result;
use crate::http::object::Array;
use crate::tags::INFO as TAGS;

/// The fragments of the authors and tags of some articles, one article after another.
pub(in crate::articles) struct Bylines {
    authors: std::vec::IntoIter<Fragment>,
    tags: std::vec::IntoIter<Fragment>,
}

impl Bylines {
    /// Loads the fragments of these articles, as far as they were selected.
    ///
    /// # Errors
    /// Errors of the database.
    pub async fn of(
        conn: &mut LiveConn,
        rows: &[LiveArticleRow],
        selection: &Selection,
        now: Time,
    ) -> Result<Self> {
        let ids = |row| credited(row).map(|(_role, id)| id);
        let credits = rows.iter().filter(|_| selection.has(Include::Authors));
        let credits = credits.flat_map(|row| ids(&row.credits).map(|id| link(row, id)));
        let tags = rows.iter().filter(|_| selection.has(Include::Tags));
        let tags = tags.flat_map(|row| tagged(&row.tag_ids).map(|id| link(row, id)));
        let credits = FragmentLinks::look_up(credits, |link| {
            conn.known(AUTHORS.one(link.id), link.locale, link.proof)
        });
        let tags = FragmentLinks::look_up(tags, |link| {
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
                let fragment = author(cards.get(link.id), link)?;
                conn.make_known(AUTHORS.one(link.id), link.locale, fragment.clone(), now);
                Ok(fragment)
            })?,
            tags: tags.complete(|link| {
                let texts = summaries.get(link.id);
                let fragment =
                    texts.map_or(Ok(None), |texts| texts.fragment(link.id, link.locale))?;
                conn.make_known(TAGS.one(link.id), link.locale, fragment.clone(), now);
                Ok(fragment)
            })?,
        })
    }

    /// The authors of the next article, with their roles.
    pub fn authors(&mut self, row: &LiveArticleRow, dependencies: &mut Dependencies) -> Array {
        let mut all = Array::default();
        for ((role, id), fragment) in credited(&row.credits).zip(&mut self.authors) {
            if let Some(fragment) = fragment {
                dependencies.on(AUTHORS.one(id));
                all.push_with(&fragment, "role", role);
            }
        }
        all
    }

    /// The tags of the next article. Internal tags have no fragment.
    pub fn tags(&mut self, row: &LiveArticleRow, dependencies: &mut Dependencies) -> Array {
        let mut all = Array::default();
        for (id, fragment) in tagged(&row.tag_ids).zip(&mut self.tags) {
            if let Some(fragment) = fragment {
                dependencies.on(TAGS.one(id));
                all.push(&fragment);
            }
        }
        all
    }
}

/// A link of a live copy, with the time of the copy's last change as the proof.
fn link<'r>(row: &'r LiveArticleRow, id: &'r str) -> FragmentLink<'r, Time> {
    let (locale, proof) = (row.locale.as_str(), row.touched_at);
    FragmentLink { id, locale, proof }
}

/// Selects the cards of these authors.
fn cards<'q>(
    ids: Vec<String>,
) -> impl Loads<'q, (String, String)> + LoadsBeside<'q, (String, String)> + LiveQuery + use<'q> {
    live_authors::table
        .filter(AnyOf::new(live_authors::id, ids))
        .select((live_authors::id, live_authors::card))
}

/// The fragment of an author, from its card.
fn author(card: Option<&String>, link: &FragmentLink<'_, Time>) -> Result<Fragment> {
    let Some(card) = card else { return Ok(None) };
    let object = in_article(card.clone(), link.locale)?;
    Ok(Some(object.as_str().into()))
}

/// A tag with its id.
type IdentifiedTag = (String, TagTexts);

/// Selects the texts of these tags but for internal ones, which have no row in `live_tags`.
fn summaries<'q>(
    ids: Vec<String>,
) -> impl Loads<'q, IdentifiedTag> + LoadsBeside<'q, IdentifiedTag> + LiveQuery + use<'q> {
    let texts = (
        live_tags::slug,
        live_tags::name,
        live_tags::kind,
        live_tags::translations,
    );
    live_tags::table
        .filter(AnyOf::new(live_tags::id, ids))
        .select((live_tags::id, texts))
}
