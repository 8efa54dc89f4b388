//! Invalidation: the changes of public data, by which a cache learns whether an answer still holds.
//!
//! Each change has a stamp, a number that rises. For each [`SurrogateKey`] the stamp of its last
//! change is kept, in a table of fixed size: keys that share a place may end an answer needlessly,
//! never the other way round. So a change costs the same however many answers are kept.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// How many places the table has; a power of two.
const PLACES: usize = 1 << 15;

/// A kind of surrogate key: one of a whole collection, such as `tags`, or of each of its members, such
/// as `tag:` with an id. Subjects describe theirs; this room knows none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyKind {
    word: &'static str,
    of_each: bool,
}

impl KeyKind {
    /// The kind of key that a whole collection has.
    #[must_use]
    pub const fn of_all(word: &'static str) -> Self {
        let of_each = false;
        Self { word, of_each }
    }

    /// The kind of key that each member of a collection has, by its id.
    #[must_use]
    pub const fn of_each(word: &'static str) -> Self {
        let of_each = true;
        Self { word, of_each }
    }

    /// The word that keys of this kind begin with.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.word
    }

    /// Whether a key of this kind names a member.
    #[must_use]
    pub const fn is_of_each(self) -> bool {
        self.of_each
    }

    /// The key of the whole.
    #[must_use]
    pub const fn whole(self) -> SurrogateKey<'static> {
        SurrogateKey { kind: self, id: "" }
    }

    /// The key of the member of this id.
    #[must_use]
    pub const fn of(self, id: &str) -> SurrogateKey<'_> {
        SurrogateKey { kind: self, id }
    }
}

/// Something that an answer depends on, or that changed. As text it is a word, which CDNs know as a
/// surrogate key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SurrogateKey<'a> {
    kind: KeyKind,
    id: &'a str,
}

impl<'a> SurrogateKey<'a> {
    /// Everything there is.
    pub const ALL: SurrogateKey<'static> = KeyKind::of_all("all").whole();

    /// The key of a word, if it is of one of these kinds.
    #[must_use]
    pub fn parse(word: &'a str, kinds: &[KeyKind]) -> Option<Self> {
        let (kind, id) = word.split_once(':').unwrap_or((word, ""));
        let is_fit = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let of_each = !id.is_empty() && id.len() <= 300 && id.chars().all(is_fit);
        let mut kinds = kinds.iter().copied().chain([Self::ALL.kind]);
        let kind = kinds.find(|one| one.word == kind && one.of_each == of_each)?;
        Some(SurrogateKey { kind, id }).filter(|key| key.to_string() == word)
    }

    /// The kind of the key.
    #[must_use]
    pub const fn kind(self) -> KeyKind {
        self.kind
    }

    /// The id of the member that it names; empty for a whole.
    #[must_use]
    pub const fn id(self) -> &'a str {
        self.id
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
        to.write_str(self.kind.word)?;
        if self.kind.of_each {
            write!(to, ":{}", self.id)?;
        }
        Ok(())
    }
}

/// A key that is kept until a transaction is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnedKey {
    kind: KeyKind,
    id: Box<str>,
}

impl OwnedKey {
    /// The key.
    pub fn key(&self) -> SurrogateKey<'_> {
        self.kind.of(&self.id)
    }
}

impl From<SurrogateKey<'_>> for OwnedKey {
    fn from(key: SurrogateKey<'_>) -> Self {
        Self {
            kind: key.kind,
            id: key.id.into(),
        }
    }
}

/// Dependencies of an answer.
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

/// Changes and their stamps.
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
            if key == SurrogateKey::ALL {
                self.all.store(stamp, Ordering::Release);
            } else if let Some(place) = self.places.get(key.place() as usize) {
                place.store(stamp, Ordering::Release);
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
        self.note([SurrogateKey::ALL]);
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

    const TAG: KeyKind = KeyKind::of_each("tag");
    const ARTICLE: KeyKind = KeyKind::of_each("article");
    const AUTHOR: KeyKind = KeyKind::of_each("author");

    #[test]
    fn an_answer_holds_until_something_of_its_own_changes() {
        let changes = Invalidations::new(true);
        let mut dependencies = Dependencies::new(true);
        assert!(!dependencies.is_known());
        dependencies.on(ARTICLE.of("a"));
        dependencies.on(TAG.of("t"));
        dependencies.on(TAG.of("t"));
        assert_eq!(dependencies.words(), Some("article:a tag:t"));
        let read = changes.last();
        changes.note([ARTICLE.of("b"), AUTHOR.of("t")]);
        assert!(changes.holds(&dependencies, read));
        changes.note([TAG.of("t")]);
        assert!(!changes.holds(&dependencies, read));
        let again = changes.last();
        assert!(changes.holds(&dependencies, again));
        changes.note([SurrogateKey::ALL]);
        assert!(!changes.holds(&dependencies, again));
    }

    #[test]
    fn keys_are_words_and_back() {
        let kinds = [
            KeyKind::of_all("articles"),
            KeyKind::of_each("tag-articles"),
            KeyKind::of_each("slug"),
            ARTICLE,
            TAG,
        ];
        for word in [
            "all",
            "articles",
            "tag-articles:0a",
            "article:0a",
            "slug:harbour-bridge",
            "tag:0a",
        ] {
            let key = SurrogateKey::parse(word, &kinds);
            assert_eq!(key.unwrap().to_string(), word);
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
            "author:0a",
            "articles:a",
        ] {
            assert_eq!(SurrogateKey::parse(word, &kinds), None, "{word}");
        }
    }
}
