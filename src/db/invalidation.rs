//! What changed of that which the public sees: whoever keeps answers asks here whether one still
//! holds.
//!
//! Each change has a stamp, a number that rises. Of each [`SurrogateKey`] the stamp of its last change is
//! kept, in a table of fixed size: keys that share a place make an answer end that need not, never
//! the other way round. So a change costs the same however many answers are kept.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// How many places the table has; a power of two.
const PLACES: usize = 1 << 15;

/// What an answer depends on, and what a change is of. As text it is a word, which CDNs know as a
/// surrogate key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SurrogateKey<'a> {
    /// Everything there is.
    All,
    /// Which articles there are, and all that lists show of them.
    Articles,
    /// The same of the articles with the tag of this id.
    ArticlesOfTag(&'a str),
    /// The same of the articles that credit the author of this id.
    ArticlesOfAuthor(&'a str),
    /// The article of this id.
    Article(&'a str),
    /// Which articles are found by this slug.
    Slug(&'a str),
    /// Which articles are translations of each other: the id of the group.
    Translations(&'a str),
    /// Which authors there are.
    Authors,
    /// The author of this id.
    Author(&'a str),
    /// Which tags there are.
    Tags,
    /// The tag of this id.
    Tag(&'a str),
}

impl<'a> SurrogateKey<'a> {
    /// The key of a word.
    #[must_use]
    pub fn parse(word: &'a str) -> Option<Self> {
        let (kind, id) = word.split_once(':').unwrap_or((word, ""));
        let is_fit = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let named = !id.is_empty() && id.len() <= 300 && id.chars().all(is_fit);
        Some(match (kind, named) {
            ("all", false) => Self::All,
            ("articles", false) => Self::Articles,
            ("authors", false) => Self::Authors,
            ("tags", false) => Self::Tags,
            ("tag-articles", true) => Self::ArticlesOfTag(id),
            ("author-articles", true) => Self::ArticlesOfAuthor(id),
            ("article", true) => Self::Article(id),
            ("slug", true) => Self::Slug(id),
            ("translations", true) => Self::Translations(id),
            ("author", true) => Self::Author(id),
            ("tag", true) => Self::Tag(id),
            _ => return None,
        })
        .filter(|key| key.to_string() == word)
    }

    /// Its place in the table.
    fn place(self) -> u32 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() & (PLACES as u64 - 1)).unwrap_or_default();
        u32::try_from(place).unwrap_or_default()
    }
}

impl std::fmt::Display for SurrogateKey<'_> {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => to.write_str("all"),
            Self::Articles => to.write_str("articles"),
            Self::ArticlesOfTag(id) => write!(to, "tag-articles:{id}"),
            Self::ArticlesOfAuthor(id) => write!(to, "author-articles:{id}"),
            Self::Article(id) => write!(to, "article:{id}"),
            Self::Slug(slug) => write!(to, "slug:{slug}"),
            Self::Translations(id) => write!(to, "translations:{id}"),
            Self::Authors => to.write_str("authors"),
            Self::Author(id) => write!(to, "author:{id}"),
            Self::Tags => to.write_str("tags"),
            Self::Tag(id) => write!(to, "tag:{id}"),
        }
    }
}

/// What an answer depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dependencies {
    places: Vec<u32>,
    words: Option<String>,
}

impl Dependencies {
    /// Nothing so far; the keys are kept as words, too, if that is wanted.
    #[must_use]
    pub fn new(with_words: bool) -> Self {
        let words = with_words.then(String::new);
        Self {
            places: Vec::new(),
            words,
        }
    }

    /// It depends on this, too.
    pub fn on(&mut self, key: SurrogateKey<'_>) {
        let place = key.place();
        if self.places.contains(&place) {
            return;
        }
        self.places.push(place);
        if let Some(words) = &mut self.words {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(&key.to_string());
        }
    }

    /// The keys as words, if they were kept.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        self.words.as_deref()
    }

    /// Whether it is said of an answer what it depends on.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !self.places.is_empty()
    }
}

/// What changed and when, by stamps.
pub struct Invalidations {
    name: String,
    places: Box<[AtomicU64]>,
    all: AtomicU64,
    last: AtomicU64,
    one_at_a_time: Mutex<()>,
    heard: AtomicBool,
    noted: Notify,
}

impl Invalidations {
    /// Nothing has changed. `heard` says whether changes by others are heard of from the start.
    #[must_use]
    pub fn new(heard: bool) -> Self {
        let mut name = [0_u8; 8];
        // Without randomness all instances have one name and hear nobody: so none is heard of.
        let named = getrandom::fill(&mut name).is_ok();
        Self {
            name: format!("{:016x}", u64::from_be_bytes(name)),
            places: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
            all: AtomicU64::new(0),
            last: AtomicU64::new(0),
            one_at_a_time: Mutex::new(()),
            heard: AtomicBool::new(heard && named),
            noted: Notify::new(),
        }
    }

    /// The name of this instance among others.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The stamp of the last change.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }

    /// Notes a change of these. Whoever read before it was committed asked for the last stamp
    /// before this call, and whoever asks for it afterwards reads what was committed.
    pub fn note<'a>(&self, keys: impl IntoIterator<Item = SurrogateKey<'a>>) {
        let _alone = self
            .one_at_a_time
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let stamp = self.last.load(Ordering::Relaxed) + 1;
        for key in keys {
            match key {
                SurrogateKey::All => self.all.store(stamp, Ordering::Release),
                key => {
                    if let Some(place) = self.places.get(key.place() as usize) {
                        place.store(stamp, Ordering::Release);
                    }
                }
            }
        }
        self.last.store(stamp, Ordering::Release);
        self.noted.notify_one();
    }

    /// Waits until a change is noted that was not waited for yet. For one that waits at a time.
    pub(super) async fn noted(&self) {
        self.noted.notified().await;
    }

    /// Whether nothing of what an answer depends on has changed since a stamp.
    #[must_use]
    pub fn holds(&self, dependencies: &Dependencies, since: u64) -> bool {
        let changed = |place: &u32| {
            let place = self.places.get(*place as usize);
            place.is_none_or(|place| place.load(Ordering::Acquire) > since)
        };
        !self.all_changed(since) && !dependencies.places.iter().any(changed)
    }

    /// Whether everything was said to have changed since a stamp.
    #[must_use]
    pub fn all_changed(&self, since: u64) -> bool {
        self.all.load(Ordering::Acquire) > since
    }

    /// Whether this has not changed since a stamp.
    #[must_use]
    pub fn is_as(&self, key: SurrogateKey<'_>, since: u64) -> bool {
        let place = self.places.get(key.place() as usize);
        !self.all_changed(since)
            && place.is_some_and(|place| place.load(Ordering::Acquire) <= since)
    }

    /// Whether changes that others make are heard of.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.heard.load(Ordering::Acquire)
    }

    /// Others are heard from now on; what was missed is made up for by taking it that everything
    /// changed.
    pub(super) fn hear(&self) {
        self.note([SurrogateKey::All]);
        self.heard.store(true, Ordering::Release);
    }

    /// Others are not heard any more.
    pub(super) fn lose(&self) {
        self.heard.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_holds_until_something_of_its_own_changes() {
        let changes = Invalidations::new(true);
        let mut dependencies = Dependencies::new(true);
        assert!(!dependencies.is_known());
        dependencies.on(SurrogateKey::Article("a"));
        dependencies.on(SurrogateKey::Tag("t"));
        dependencies.on(SurrogateKey::Tag("t"));
        assert_eq!(dependencies.words(), Some("article:a tag:t"));
        let read = changes.last();
        changes.note([SurrogateKey::Article("b"), SurrogateKey::Author("t")]);
        assert!(changes.holds(&dependencies, read));
        changes.note([SurrogateKey::Tag("t")]);
        assert!(!changes.holds(&dependencies, read));
        let again = changes.last();
        assert!(changes.holds(&dependencies, again));
        changes.note([SurrogateKey::All]);
        assert!(!changes.holds(&dependencies, again));
    }

    #[test]
    fn keys_are_words_and_back() {
        for word in [
            "all",
            "articles",
            "tag-articles:0a",
            "author-articles:0a",
            "article:0a",
            "slug:harbour-bridge",
            "translations:0a",
            "authors",
            "author:0a",
            "tags",
            "tag:0a",
        ] {
            assert_eq!(SurrogateKey::parse(word).unwrap().to_string(), word);
        }
        for word in [
            "",
            "article",
            "article:",
            "all:",
            "all:x",
            "tag:a b",
            "Tag:a",
            "x:y",
            "articles:a",
        ] {
            assert_eq!(SurrogateKey::parse(word), None, "{word}");
        }
    }
}
