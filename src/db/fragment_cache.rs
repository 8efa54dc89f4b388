//! Pieces of answers that many of them show, such as an author's card: kept until what they are of
//! changes, so that not every read has to ask for them.
//!
//! A piece of a public answer ([`Read`]) is right while [`Invalidations`] has no change of it after the
//! stamp that was the last before it was read. Between a commit and its note there is a moment in
//! which a reader sees the commit and not the note: then what shows the piece was touched by the same
//! commit, and a piece that was not read after that is not used for it.
//!
//! A piece of what editors see ([`Version`]) is right for whoever has just read that version's number,
//! unless everything is said to have changed. The two are kept apart: no public read can be given what
//! only editors see.

use std::sync::Arc;

use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

use super::Time;
use super::invalidation::{Invalidations, KeyKind, SurrogateKey};

/// How much memory the pieces may take, in bytes.
const ROOM: u64 = 8 * 1_024 * 1_024;
/// About how much one takes.
const USUAL: u64 = 512;

/// A piece of an answer as JSON; none of what is not public.
pub type Fragment = Option<Arc<str>>;

/// Of what a piece is, and in which language.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Name {
    kind: KeyKind,
    id: Box<str>,
    locale: Box<str>,
}

/// The same, to look for. It hashes as a [`Name`] does.
#[derive(Debug, Hash)]
struct Wanted<'a> {
    kind: KeyKind,
    id: &'a str,
    locale: &'a str,
}

impl Equivalent<Name> for Wanted<'_> {
    fn equivalent(&self, name: &Name) -> bool {
        self.kind == name.kind && *self.id == *name.id && *self.locale == *name.locale
    }
}

/// How a piece was read that is right until its subject changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read {
    /// The stamp of the last change before it was read.
    pub stamp: u64,
    /// A moment before it was read.
    pub at: Time,
}

/// Of which version of its subject a piece is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Version {
    /// The number of the version.
    pub number: i64,
    /// The stamp of the last change before it was read.
    pub stamp: u64,
}

#[derive(Clone)]
struct Entry<P> {
    piece: Fragment,
    proof: P,
}

#[derive(Clone)]
struct ByBytes;

impl<P> Weighter<Name, Entry<P>> for ByBytes {
    fn weight(&self, name: &Name, entry: &Entry<P>) -> u64 {
        let text = entry.piece.as_ref().map_or(0, |text| text.len());
        (name.id.len() + name.locale.len() + text + 128) as u64
    }
}

/// The pieces that are known, with what shows whether they are right, within a bound of memory.
pub(super) struct FragmentCache<P>(Cache<Name, Entry<P>, ByBytes>);

impl<P: Clone> Default for FragmentCache<P> {
    fn default() -> Self {
        let items = usize::try_from(ROOM / USUAL).unwrap_or(usize::MAX);
        Self(Cache::with_weighter(items, ROOM, ByBytes))
    }
}

impl<P: Clone> FragmentCache<P> {
    fn entry(&self, key: SurrogateKey<'_>, locale: &str) -> Option<Entry<P>> {
        let (kind, id) = (key.kind(), key.id());
        self.0.get(&Wanted { kind, id, locale })
    }

    /// Keeps a piece.
    pub fn put(&self, key: SurrogateKey<'_>, locale: &str, piece: Fragment, proof: P) {
        let name = Name {
            kind: key.kind(),
            id: key.id().into(),
            locale: locale.into(),
        };
        self.0.insert(name, Entry { piece, proof });
    }
}

impl FragmentCache<Read> {
    /// The piece, if it was read after `touched` and is right.
    pub fn get(
        &self,
        changes: &Invalidations,
        key: SurrogateKey<'_>,
        locale: &str,
        touched: Time,
    ) -> Option<Fragment> {
        let entry = self.entry(key, locale)?;
        let Read { stamp, at } = entry.proof;
        let holds = changes.is_heard() && touched < at && changes.is_as(key, stamp);
        holds.then_some(entry.piece)
    }
}

impl FragmentCache<Version> {
    /// The piece, if it is of the version with this number.
    pub fn of(
        &self,
        changes: &Invalidations,
        key: SurrogateKey<'_>,
        locale: &str,
        number: i64,
    ) -> Option<Fragment> {
        let entry = self.entry(key, locale)?;
        let holds = entry.proof.number == number && !changes.all_changed(entry.proof.stamp);
        holds.then_some(entry.piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHOR: KeyKind = KeyKind::of_each("author");
    const TAG: KeyKind = KeyKind::of_each("tag");

    #[test]
    fn a_piece_is_known_until_what_it_is_of_changes() {
        let (known, changes) = (FragmentCache::<Read>::default(), Invalidations::new(true));
        let get = |key, locale, touched| known.get(&changes, key, locale, Time(touched));
        let (author, tag) = (AUTHOR.of("a"), TAG.of("a"));
        assert_eq!(get(author, "en", 0), None);
        let piece: Fragment = Some("{}".into());
        let read = || Read {
            stamp: changes.last(),
            at: Time(10),
        };
        let put = |key, piece| known.put(key, "en", piece, read());
        put(author, piece.clone());
        put(tag, None);
        assert_eq!(get(author, "en", 9), Some(piece.clone()));
        assert_eq!(get(tag, "en", 9), Some(None));
        assert_eq!(get(author, "de", 9), None);
        assert_eq!(get(author, "en", 10), None);
        changes.note([TAG.of("a")]);
        assert_eq!(get(author, "en", 9), Some(piece.clone()));
        assert_eq!(get(tag, "en", 9), None);
        changes.note([SurrogateKey::ALL]);
        assert_eq!(get(author, "en", 9), None);
        put(author, piece.clone());
        assert_eq!(get(author, "en", 9), Some(piece));
        changes.lose();
        assert_eq!(get(author, "en", 9), None);
    }

    #[test]
    fn a_piece_for_editors_is_known_by_its_version() {
        let (known, changes) = (
            FragmentCache::<Version>::default(),
            Invalidations::new(false),
        );
        let (author, tag) = (AUTHOR.of("a"), TAG.of("a"));
        let get = |key, locale, number| known.of(&changes, key, locale, number);
        let piece: Fragment = Some("{}".into());
        let stamp = changes.last();
        known.put(tag, "en", piece.clone(), Version { number: 3, stamp });
        assert_eq!(get(tag, "en", 3), Some(piece.clone()));
        assert_eq!(get(tag, "en", 4), None);
        assert_eq!(get(tag, "en", 2), None);
        assert_eq!(get(tag, "de", 3), None);
        assert_eq!(get(author, "en", 3), None);
        changes.note([tag]);
        assert_eq!(get(tag, "en", 3), Some(piece));
        changes.note([SurrogateKey::ALL]);
        assert_eq!(get(tag, "en", 3), None);
    }
}
