//! Fragments shared by many articles, such as a tag: from the cache, the missing ones loaded in one
//! query.

use std::collections::HashMap;

use diesel::prelude::Queryable;

use crate::db::{Fragment, Json};
use crate::error::{Error, Result};
use crate::tags::tag::{TagKind, TagSummary, TagTranslations};

/// A link of an article to a subject of which it shows a fragment.
#[derive(Debug, Clone, Copy)]
pub(super) struct FragmentLink<'r, P> {
    /// The id of the subject.
    pub id: &'r str,
    /// The language of the article.
    pub locale: &'r str,
    /// The proof that a cached fragment must match: a version, or the time of the last change.
    pub proof: P,
}

/// Links of one kind, each with its fragment if that is cached.
pub(super) struct FragmentLinks<'r, P>(Vec<(FragmentLink<'r, P>, Option<Fragment>)>);

impl<'r, P> FragmentLinks<'r, P> {
    /// Looks the links up in the cache.
    pub fn look_up(
        links: impl Iterator<Item = FragmentLink<'r, P>>,
        cached: impl Fn(&FragmentLink<'r, P>) -> Option<Fragment>,
    ) -> Self {
        let looked_up = |link: FragmentLink<'r, P>| {
            let fragment = cached(&link);
            (link, fragment)
        };
        Self(links.map(looked_up).collect())
    }

    /// The ids without a cached fragment, each once.
    pub fn missing(&self) -> Vec<String> {
        let missing = self.0.iter().filter(|(_, cached)| cached.is_none());
        let mut ids: Vec<String> = missing.map(|(link, _)| link.id.to_owned()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The fragments of all links in order. Missing ones are made, once for each language.
    ///
    /// # Errors
    /// Errors of `make`.
    pub fn complete(
        self,
        mut make: impl FnMut(&FragmentLink<'r, P>) -> Result<Fragment>,
    ) -> Result<std::vec::IntoIter<Fragment>> {
        let mut made: HashMap<(&str, &str), Fragment> = HashMap::new();
        let mut fragments = Vec::with_capacity(self.0.len());
        for (link, cached) in self.0 {
            let name = (link.id, link.locale);
            let fragment = match (cached, made.get(&name)) {
                (Some(fragment), _) => fragment,
                (None, Some(fragment)) => fragment.clone(),
                (None, None) => {
                    let fragment = make(&link)?;
                    made.insert(name, fragment.clone());
                    fragment
                }
            };
            fragments.push(fragment);
        }
        Ok(fragments.into_iter())
    }
}

/// The columns of a tag that its summary is made of, but for its id.
#[derive(Debug, Clone, Queryable)]
pub(super) struct TagTexts {
    slug: String,
    name: String,
    kind: TagKind,
    translations: Json<TagTranslations>,
}

impl TagTexts {
    /// The summary of the tag of this id, in the language of an article.
    pub fn summary(&self, id: &str, locale: &str) -> TagSummary {
        let summary = TagSummary {
            id: id.to_owned(),
            slug: self.slug.clone(),
            name: self.name.clone(),
            kind: self.kind,
        };
        summary.translated(&self.translations.0, &[locale])
    }

    /// The same as JSON.
    ///
    /// # Errors
    /// Never, for rows that were read.
    pub fn fragment(&self, id: &str, locale: &str) -> Result<Fragment> {
        let json = serde_json::to_string(&self.summary(id, locale)).map_err(Error::internal)?;
        Ok(Some(json.into()))
    }
}
