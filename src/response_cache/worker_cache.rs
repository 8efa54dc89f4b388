//! The cache of a worker: answers asked for again and again, kept for that worker alone.
//!
//! A hit in the cache that all workers share takes a lock and counts references, in memory that the
//! other workers write, too: on many processors the same memory goes from one to the next with each
//! request. Here nothing is shared but the bytes that are sent. An entry found here is checked for
//! validity like any other.

use std::cell::{Cell, OnceCell, RefCell};
use std::hash::BuildHasher as _;
use std::rc::Rc;
use std::sync::Arc;

use super::content_encoding::Coding;
use super::encoded_response::Form;
use super::entry::Entry;

/// How many answers a worker may keep; a power of two.
const PLACES: usize = 256;
/// How often one is used here before those who share all are told that it is.
const USES: u32 = 64;

/// An entry as one worker sends it.
pub(super) struct Own {
    entry: Arc<Entry>,
    key: String,
    /// In each coding, once it was sent in it.
    forms: [OnceCell<Form>; 4],
    uses: Cell<u32>,
}

impl Own {
    fn new(entry: Arc<Entry>, key: String) -> Self {
        Self {
            entry,
            key,
            forms: Default::default(),
            uses: Cell::new(0),
        }
    }

    /// The entry.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The answer in a coding.
    pub fn form(&self, coding: Coding) -> &Form {
        match self.forms.get(coding as usize) {
            Some(form) => form.get_or_init(|| self.entry.form(coding).of_worker()),
            None => self.entry.form(coding),
        }
    }

    /// Its key among all that is kept, now and then: what is not asked for there is forgotten there.
    pub fn key_if_due(&self) -> Option<&str> {
        let uses = self.uses.get().wrapping_add(1);
        self.uses.set(uses);
        uses.is_multiple_of(USES).then_some(&self.key)
    }
}

/// One place of the table.
#[derive(Default)]
struct Place {
    /// The hash of what was looked for here last, and not found.
    wanted: u64,
    held: Option<(Box<str>, Rc<Own>)>,
}

/// The answers of one worker, by paths and queries as they were sent.
pub(super) struct WorkerCache {
    hasher: quick_cache::DefaultHashBuilder,
    places: RefCell<Vec<Place>>,
    /// How many bytes the entries may take, and take.
    room: usize,
    taken: Cell<usize>,
}

impl WorkerCache {
    /// Nothing so far; entries may take so many bytes.
    pub fn new(room: usize) -> Self {
        let mut places = Vec::new();
        places.resize_with(PLACES, Place::default);
        Self {
            hasher: quick_cache::DefaultHashBuilder::default(),
            places: RefCell::new(places),
            room,
            taken: Cell::new(0),
        }
    }

    /// The answer to what is asked so, if it was kept here.
    pub fn get(&self, asked: &str) -> Option<Rc<Own>> {
        let place = self.place(asked).1;
        let places = self.places.borrow();
        let (held, own) = places.get(place)?.held.as_ref()?;
        (**held == *asked).then(|| Rc::clone(own))
    }

    /// Forgets an answer that no longer holds.
    pub fn forget(&self, asked: &str) {
        let place = self.place(asked).1;
        if let Some(place) = self.places.borrow_mut().get_mut(place) {
            self.let_go(place);
        }
    }

    /// Keeps an entry for what is asked so, if it is the second time that it was looked for here: what
    /// is asked for once does not take the place of what is asked for often.
    pub fn offer(&self, asked: &str, entry: &Arc<Entry>, key: &str) {
        let (hash, place) = self.place(asked);
        let mut places = self.places.borrow_mut();
        let Some(place) = places.get_mut(place) else {
            return;
        };
        if place.wanted != hash {
            place.wanted = hash;
            return;
        }
        self.let_go(place);
        let taken = self.taken.get() + entry.weight();
        if taken <= self.room {
            self.taken.set(taken);
            let own = Own::new(Arc::clone(entry), key.to_owned());
            place.held = Some((asked.into(), Rc::new(own)));
        }
    }

    fn let_go(&self, place: &mut Place) {
        if let Some((_, own)) = place.held.take() {
            self.taken.set(self.taken.get() - own.entry.weight());
        }
    }

    /// The hash of what is asked, and its place.
    fn place(&self, asked: &str) -> (u64, usize) {
        let hash = self.hasher.hash_one(asked);
        let place = usize::try_from(hash & (PLACES as u64 - 1));
        (hash, place.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderMap;
    use actix_web::web::Bytes;

    use super::*;
    use crate::db::Time;

    fn entry(bytes: usize) -> Arc<Entry> {
        let body = Bytes::from(vec![b'x'; bytes]);
        let made = (0, Time(0));
        Arc::new(Entry::new(HeaderMap::new(), body, None, made, None))
    }

    #[test]
    fn what_is_asked_for_again_is_kept() {
        let cache = WorkerCache::new(1 << 20);
        let one = entry(10);
        cache.offer("/a", &one, "/a");
        assert!(cache.get("/a").is_none(), "asked for once");
        cache.offer("/a", &one, "/a");
        let own = cache.get("/a").expect("asked for twice");
        assert_eq!(
            own.form(Coding::Identity).body(),
            one.form(Coding::Identity).body()
        );
        assert!(cache.get("/b").is_none());
        cache.forget("/a");
        assert!(cache.get("/a").is_none());
        assert_eq!(cache.taken.get(), 0);
        drop(own);
        assert_eq!(Arc::strong_count(&one), 1);
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let one = entry(10);
        let cache = WorkerCache::new(3 * one.weight());
        for round in 0..2 {
            for number in 0..2_000 {
                let asked = format!("/{number}");
                cache.offer(&asked, &one, &asked);
                cache.offer(&asked, &one, &asked);
                assert!(cache.taken.get() <= cache.room, "{round}");
            }
        }
        let held = cache
            .places
            .borrow()
            .iter()
            .filter(|place| place.held.is_some())
            .count();
        assert_eq!(cache.taken.get(), held * one.weight());
        assert!(held > 0);
    }

    #[test]
    fn those_who_share_all_are_told_now_and_then() {
        let own = Own::new(entry(1), "/a".to_owned());
        let told = (0..2 * USES).filter_map(|_| own.key_if_due()).count();
        assert_eq!(told, 2);
    }
}
