//! Who is credited in published articles and which tags they have, as their answers show it.
//!
//! An article names them by id ([`credited`], [`tagged`]); what is shown of each is known from
//! earlier reads or read for all that are not known at once.

use std::collections::HashMap;

use diesel::QueryDsl as _;

use super::live::LiveRow;
use super::live_copy::{credited, tagged};
use super::shape::{Include, Shape};
use crate::authors::live::in_article;
use crate::db::changes::{Depends, Key};
use crate::db::schema::live::{live_authors, live_tags};
use crate::db::{AnyOf, Json, LiveConn, LiveQuery, Loads, LoadsBeside, Piece, Time};
use crate::error::{Error, Result};
use crate::http::object::Array;
use crate::tags::tag::{TagKind, TagSummary, TagTranslations};

/// What is shown of the authors and the tags of some articles, one after another.
pub(super) struct Pieces {
    authors: std::vec::IntoIter<Piece>,
    tags: std::vec::IntoIter<Piece>,
}

impl Pieces {
    /// Those of these articles that were asked for.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(
        conn: &mut LiveConn,
        rows: &[LiveRow],
        shape: &Shape,
        now: Time,
    ) -> Result<Self> {
        let ids = |row| credited(row).map(|(_role, id)| id);
        let credits = rows.iter().filter(|_| shape.has(Include::Authors));
        let credits = credits.flat_map(|row| ids(&row.credits).map(|id| Link::new(row, id)));
        let tags = rows.iter().filter(|_| shape.has(Include::Tags));
        let tags = tags.flat_map(|row| tagged(&row.tag_ids).map(|id| Link::new(row, id)));
        let credits = Links::look_up(conn, Key::Author, credits.collect());
        let tags = Links::look_up(conn, Key::Tag, tags.collect());
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
            authors: credits.complete(conn, now, |link| author(cards.get(link.id), link))?,
            tags: tags.complete(conn, now, |link| tag(summaries.get(link.id), link))?,
        })
    }

    /// Whom the next article credits, and as what.
    pub fn authors(&mut self, row: &LiveRow, depends: &mut Depends) -> Array {
        let mut all = Array::default();
        for ((role, id), piece) in credited(&row.credits).zip(&mut self.authors) {
            if let Some(piece) = piece {
                depends.on(Key::Author(id));
                all.push_with(&piece, "role", role);
            }
        }
        all
    }

    /// The tags of the next article. Internal ones have no piece.
    pub fn tags(&mut self, row: &LiveRow, depends: &mut Depends) -> Array {
        let mut all = Array::default();
        for (id, piece) in tagged(&row.tag_ids).zip(&mut self.tags) {
            if let Some(piece) = piece {
                depends.on(Key::Tag(id));
                all.push(&piece);
            }
        }
        all
    }
}

/// What an article shows.
#[derive(Debug, Clone, Copy)]
struct Link<'r> {
    id: &'r str,
    locale: &'r str,
    touched: Time,
}

impl<'r> Link<'r> {
    fn new(row: &'r LiveRow, id: &'r str) -> Self {
        let (locale, touched) = (row.locale.as_str(), row.touched_at);
        Self {
            id,
            locale,
            touched,
        }
    }
}

/// Links of one kind, and what is known of each.
struct Links<'r> {
    key: fn(&'r str) -> Key<'r>,
    all: Vec<(Link<'r>, Option<Piece>)>,
}

impl<'r> Links<'r> {
    fn look_up(conn: &LiveConn, key: fn(&'r str) -> Key<'r>, links: Vec<Link<'r>>) -> Self {
        let known = |link: &Link<'r>| conn.known(key(link.id), link.locale, link.touched);
        let all = links.into_iter().map(|link| (link, known(&link)));
        let all = all.collect();
        Self { key, all }
    }

    /// The ids of those of which nothing is known, each once.
    fn missing(&self) -> Vec<String> {
        let missing = self.all.iter().filter(|(_, known)| known.is_none());
        let mut ids: Vec<String> = missing.map(|(link, _)| link.id.to_owned()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The pieces of all; those that are not known yet are made, and are known from now on.
    fn complete(
        self,
        conn: &LiveConn,
        now: Time,
        make: impl Fn(&Link<'_>) -> Result<Piece>,
    ) -> Result<std::vec::IntoIter<Piece>> {
        let mut made: HashMap<(&str, &str), Piece> = HashMap::new();
        let mut pieces = Vec::with_capacity(self.all.len());
        for (link, known) in self.all {
            let name = (link.id, link.locale);
            let piece = match (known, made.get(&name)) {
                (Some(piece), _) => piece,
                (None, Some(piece)) => piece.clone(),
                (None, None) => {
                    let piece = make(&link)?;
                    conn.make_known((self.key)(link.id), link.locale, piece.clone(), now);
                    made.insert(name, piece.clone());
                    piece
                }
            };
            pieces.push(piece);
        }
        Ok(pieces.into_iter())
    }
}

/// The cards of these authors.
fn cards<'q>(
    ids: Vec<String>,
) -> impl Loads<'q, (String, String)> + LoadsBeside<'q, (String, String)> + LiveQuery + use<'q> {
    live_authors::table
        .filter(AnyOf::new(live_authors::id, ids))
        .select((live_authors::id, live_authors::card))
}

fn author(card: Option<&String>, link: &Link<'_>) -> Result<Piece> {
    let Some(card) = card else { return Ok(None) };
    let object = in_article(card.clone(), link.locale)?;
    Ok(Some(object.as_str().into()))
}

/// A tag by its id: what is shown of it, and its names in other languages.
type Named = (String, (Texts, Json<TagTranslations>));
type Texts = (String, String, TagKind);

/// These tags in brief, but for internal ones: they have no row in `live_tags`.
fn summaries<'q>(
    ids: Vec<String>,
) -> impl Loads<'q, Named> + LoadsBeside<'q, Named> + LiveQuery + use<'q> {
    let texts = (live_tags::slug, live_tags::name, live_tags::kind);
    live_tags::table
        .filter(AnyOf::new(live_tags::id, ids))
        .select((live_tags::id, (texts, live_tags::translations)))
}

fn tag(named: Option<&(Texts, Json<TagTranslations>)>, link: &Link<'_>) -> Result<Piece> {
    let Some(((slug, name, kind), Json(translations))) = named else {
        return Ok(None);
    };
    let summary = TagSummary {
        id: link.id.to_owned(),
        slug: slug.clone(),
        name: name.clone(),
        kind: *kind,
    };
    let summary = summary.translated(translations, &[link.locale]);
    let json = serde_json::to_string(&summary).map_err(Error::internal)?;
    Ok(Some(json.into()))
}
