//! What articles show of others that many of them show, such as a tag: known from earlier reads, or
//! read for all that are not known at once.

use std::collections::HashMap;

use crate::db::{Fragment, Json};
use crate::error::{Error, Result};
use crate::tags::tag::{TagKind, TagSummary, TagTranslations};

/// That an article shows something, in its language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link<'r, P> {
    /// The id of what is shown.
    pub id: &'r str,
    /// The language of the article.
    pub locale: &'r str,
    /// What a piece must answer to that is known of it.
    pub proof: P,
}

/// Links of one kind, and what is known of each.
pub(super) struct Links<'r, P>(Vec<(Link<'r, P>, Option<Fragment>)>);

impl<'r, P> Links<'r, P> {
    /// The links, each with what is known of it.
    pub fn look_up(
        links: impl Iterator<Item = Link<'r, P>>,
        known: impl Fn(&Link<'r, P>) -> Option<Fragment>,
    ) -> Self {
        let looked_up = |link: Link<'r, P>| {
            let piece = known(&link);
            (link, piece)
        };
        Self(links.map(looked_up).collect())
    }

    /// The ids of those of which nothing is known, each once.
    pub fn missing(&self) -> Vec<String> {
        let missing = self.0.iter().filter(|(_, known)| known.is_none());
        let mut ids: Vec<String> = missing.map(|(link, _)| link.id.to_owned()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The pieces of all in order; those that are not known yet are made, once for a language.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn complete(
        self,
        mut make: impl FnMut(&Link<'r, P>) -> Result<Fragment>,
    ) -> Result<std::vec::IntoIter<Fragment>> {
        let mut made: HashMap<(&str, &str), Fragment> = HashMap::new();
        let mut pieces = Vec::with_capacity(self.0.len());
        for (link, known) in self.0 {
            let name = (link.id, link.locale);
            let piece = match (known, made.get(&name)) {
                (Some(piece), _) => piece,
                (None, Some(piece)) => piece.clone(),
                (None, None) => {
                    let piece = make(&link)?;
                    made.insert(name, piece.clone());
                    piece
                }
            };
            pieces.push(piece);
        }
        Ok(pieces.into_iter())
    }
}

/// What a tag in brief is made of but its id: its slug, name and kind, and its names in other
/// languages.
pub(super) type TagTexts = ((String, String, TagKind), Json<TagTranslations>);

/// A tag in brief, as an article in this language shows it.
///
/// # Errors
/// Never, for rows that were read.
pub(super) fn tag(id: &str, texts: &TagTexts, locale: &str) -> Result<Fragment> {
    let ((slug, name, kind), Json(translations)) = texts;
    let summary = TagSummary {
        id: id.to_owned(),
        slug: slug.clone(),
        name: name.clone(),
        kind: *kind,
    };
    let summary = summary.translated(translations, &[locale]);
    let json = serde_json::to_string(&summary).map_err(Error::internal)?;
    Ok(Some(json.into()))
}
