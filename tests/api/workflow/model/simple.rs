//! What an article is thought to be: its working copy, what was let go to the public, and from when
//! until when. It is simple rather than fast, and knows nothing of the code.

use std::collections::BTreeSet;

/// What a working copy or a live copy says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Content {
    /// The headline; it ends with the marker, which all other texts hold too.
    pub title: String,
    pub slug: String,
    pub locale: String,
    pub section: Option<String>,
    pub tags: Vec<String>,
    pub authors: Vec<String>,
    pub related: Vec<String>,
    pub aliases: Vec<String>,
    pub group: String,
    pub published_at: Option<i64>,
    pub expires_at: Option<i64>,
    pub corrections: Vec<String>,
    pub has_body: bool,
}

/// What the public sees, saw or is to see.
#[derive(Debug, Clone)]
pub struct Copy {
    pub version: i64,
    pub from: i64,
    pub until: Option<i64>,
    pub content: Content,
    /// The paths of an earlier site that it has a claim to; another may take one.
    pub claims: Vec<String>,
    /// Whether it gave its slug to another, and has one that was made of it.
    pub gave_way: bool,
}

impl Copy {
    pub fn is_seen(&self, now: i64) -> bool {
        self.from <= now && !self.has_ended(now)
    }

    pub fn has_ended(&self, now: i64) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Whether it is, or is to be, at this address at a moment or later.
    pub fn holds(&self, locale: &str, slug: &str, from: i64) -> bool {
        let content = &self.content;
        !self.gave_way
            && !self.has_ended(from)
            && (content.locale.as_str(), content.slug.as_str()) == (locale, slug)
    }
}

/// Where an article is when the public neither sees it nor is to see it.
pub type State = &'static str;

/// An article.
#[derive(Debug, Clone)]
pub struct Article {
    pub id: String,
    pub version: i64,
    pub content: Content,
    /// What it was at each version, from the first.
    pub history: Vec<Content>,
    pub copies: Vec<Copy>,
    /// The state without its copies.
    pub base: State,
    /// Whether the public saw it once.
    pub was_seen: bool,
    pub is_trashed: bool,
    pub is_purged: bool,
}

impl Article {
    pub fn seen(&self, now: i64) -> Option<&Copy> {
        self.copies.iter().find(|copy| copy.is_seen(now))
    }

    pub fn next(&self, now: i64) -> Option<&Copy> {
        self.copies.iter().find(|copy| copy.from > now)
    }

    pub fn state(&self, now: i64) -> State {
        if self.seen(now).is_some() {
            "published"
        } else if self.next(now).is_some() {
            "scheduled"
        } else if self.copies.is_empty() {
            self.base
        } else {
            "unpublished"
        }
    }

    pub fn was_seen(&self, now: i64) -> bool {
        self.was_seen || self.copies.iter().any(|copy| copy.from <= now)
    }

    /// The version that was let go last.
    pub fn released(&self, now: i64) -> Option<i64> {
        let copy = self.next(now).or_else(|| self.seen(now));
        copy.map(|copy| copy.version)
    }

    pub fn is_there(&self) -> bool {
        !self.is_trashed && !self.is_purged
    }
}

/// That the public found an article at an address until a moment.
#[derive(Debug, Clone)]
pub struct Held {
    pub locale: String,
    pub slug: String,
    pub article: usize,
    pub until: i64,
}

/// All articles.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub articles: Vec<Article>,
    pub held: Vec<Held>,
}

impl World {
    /// The first of `base`, `base-2`, `base-3` … that no working copy but an article's own has.
    pub fn free_slug(&self, base: &str, locale: &str, own: &str) -> String {
        let has = |slug: &str| {
            let mut all = self.articles.iter();
            all.any(|one| {
                let is = one.content.slug == slug && one.content.locale == locale;
                is && one.id != own && one.is_there()
            })
        };
        let numbered = (2..).map(|number| format!("{base}-{number}"));
        let mut all = std::iter::once(base.to_owned()).chain(numbered);
        all.find(|slug| !has(slug)).unwrap()
    }

    /// The copies that the public sees, each with its article.
    pub fn seen(&self, now: i64) -> Vec<(&Article, &Copy)> {
        let all = self.articles.iter();
        all.filter_map(|one| one.seen(now).map(|copy| (one, copy)))
            .collect()
    }

    /// Forgets the copies that have ended, but for what follows from them.
    pub fn settle(&mut self, index: usize, now: i64) {
        let article = &mut self.articles[index];
        article.base = article.state(now);
        article.was_seen = article.was_seen(now);
        let (ended, kept) = std::mem::take(&mut article.copies)
            .into_iter()
            .partition(|copy: &Copy| copy.has_ended(now));
        article.copies = kept;
        let ended: Vec<Copy> = ended;
        for copy in ended {
            self.note(index, &copy, now);
        }
    }

    /// Notes where the public found a copy until now.
    pub fn note(&mut self, index: usize, copy: &Copy, now: i64) {
        if copy.from <= now && !copy.gave_way {
            self.held.push(Held {
                locale: copy.content.locale.clone(),
                slug: copy.content.slug.clone(),
                article: index,
                until: copy.until.map_or(now, |until| until.min(now)),
            });
        }
    }

    /// Takes away the copies of an article that meet a condition.
    pub fn withdraw(&mut self, index: usize, now: i64, which: impl Fn(&Copy) -> bool) {
        let copies = std::mem::take(&mut self.articles[index].copies);
        for copy in copies {
            if which(&copy) {
                self.note(index, &copy, now);
            } else {
                self.articles[index].copies.push(copy);
            }
        }
    }

    /// Who was found at an address before and when last, the last first.
    pub fn former(&self, locale: &str, slug: &str, now: i64) -> Vec<(usize, i64)> {
        let mut all: Vec<(usize, i64)> = self
            .held
            .iter()
            .filter(|held| (held.locale.as_str(), held.slug.as_str()) == (locale, slug))
            .map(|held| (held.article, held.until))
            .collect();
        for (index, article) in self.articles.iter().enumerate() {
            let had = article
                .copies
                .iter()
                .filter(|copy| copy.from <= now && copy.holds(locale, slug, i64::MIN));
            all.extend(had.map(|copy| (index, copy.until.map_or(now, |until| until.min(now)))));
        }
        all.retain(|(index, _)| !self.articles[*index].is_purged);
        all.sort_by_key(|(_, until)| std::cmp::Reverse(*until));
        all
    }

    /// The markers that the public may see.
    pub fn shown(&self, now: i64) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for (_, copy) in self.seen(now) {
            let content = &copy.content;
            all.extend(markers(&content.title));
            all.extend(markers(&content.slug));
            all.extend(content.corrections.iter().flat_map(|text| markers(text)));
        }
        all
    }
}

/// How each marker begins; eight digits follow.
const SIGN: &str = "zq";

/// A word that no other text holds.
pub fn marker(number: u32) -> String {
    format!("{SIGN}{number:08}")
}

/// The markers in a text.
pub fn markers(text: &str) -> Vec<String> {
    let places = text.match_indices(SIGN);
    places
        .filter_map(|(at, _)| text.get(at..at + SIGN.len() + 8))
        .filter(|word| word.bytes().skip(2).all(|byte| byte.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}
