//! The answers that are kept, within a bound of memory.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::http::header::{HeaderName, HeaderValue};
use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle, PlaceholderGuard};

use super::entry::Entry;
use crate::db::Time;

/// The header `Cache-Status` (RFC 9211).
pub const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// For how long a database that did not answer is not asked again by whoever can be given something
/// else, in milliseconds.
const AWAY: i64 = 1_000;

/// The outcome of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered with what was kept.
    Hit,
    /// It was answered with what was kept though it may not be right, since the database is away.
    Stale,
    /// An answer was made and kept.
    Stored,
    /// An answer was made and not kept.
    Passed,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Hit, Self::Stale, Self::Stored, Self::Passed];

    /// Its name among the figures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Stale => "stale",
            Self::Stored => "stored",
            Self::Passed => "passed",
        }
    }

    pub(super) fn status(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Hit => "masthead; hit",
            Self::Stale => "masthead; hit; detail=\"stale: the database is away\"",
            Self::Stored => "masthead; fwd=miss; stored",
            Self::Passed => "masthead; fwd=miss",
        })
    }
}

#[derive(Clone)]
enum Slot {
    ResponseCache(Arc<Entry>),
    /// The last answer could not be kept: whoever waited for it asks by themselves.
    Alone,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<String, Slot> for ByBytes {
    fn weight(&self, key: &String, slot: &Slot) -> u64 {
        let entry = match slot {
            Slot::ResponseCache(entry) => entry.weight(),
            Slot::Alone => 0,
        };
        (key.len() + 64 + entry) as u64
    }
}

type Hasher = quick_cache::DefaultHashBuilder;
type Lifecycle = DefaultLifecycle<String, Slot>;
type Inner = Cache<String, Slot, ByBytes, Hasher, Lifecycle>;
type Place<'a> = PlaceholderGuard<'a, String, Slot, ByBytes, Hasher, Lifecycle>;

/// Answers by the normal form of their requests. All workers share them.
pub struct ResponseCache {
    cache: Option<Inner>,
    tallies: Mutex<Vec<Arc<Tally>>>,
    /// How many bytes a worker may keep of it for itself.
    room_of_worker: usize,
    away_until: AtomicI64,
}

/// How often each outcome was in one worker.
#[derive(Debug, Default)]
pub(super) struct Tally([AtomicU64; 4]);

impl Tally {
    pub fn count(&self, outcome: Outcome) {
        if let Some(count) = self.0.get(outcome as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The next step after a miss.
pub enum Wait<'a> {
    /// Somebody else made it meanwhile.
    Made(Arc<Entry>),
    /// Make it, for all that wait.
    Make(Guard<'a>),
    /// Make it, for nobody else.
    Alone,
}

/// The duty to make an answer that others wait for.
pub struct Guard<'a> {
    cache: &'a Inner,
    key: String,
    inner: Option<Place<'a>>,
}

impl Guard<'_> {
    /// Gives it to all.
    pub fn put(mut self, entry: Arc<Entry>) {
        if let Some(inner) = self.inner.take() {
            drop(inner.insert(Slot::ResponseCache(entry)));
        }
    }

    /// Nothing better came of it.
    pub fn put_back(self, entry: Arc<Entry>) {
        self.put(entry);
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        // They would else try one after another.
        if let Some(inner) = self.inner.take()
            && inner.insert(Slot::Alone).is_ok()
        {
            self.cache
                .remove_if(&self.key, |slot| matches!(slot, Slot::Alone));
        }
    }
}

impl ResponseCache {
    /// Room for so many MiB; none with 0. So many workers share it, and all of them together may hold
    /// on to a sixteenth more.
    #[must_use]
    pub fn new(mib: u32, workers: usize) -> Self {
        let bytes = u64::from(mib) * 1_024 * 1_024;
        let items = usize::try_from(bytes / 16_384).unwrap_or(usize::MAX);
        let of_workers = usize::try_from(bytes / 16).unwrap_or(usize::MAX);
        Self {
            cache: (mib > 0).then(|| Cache::with_weighter(items, bytes, ByBytes)),
            tallies: Mutex::default(),
            room_of_worker: of_workers / workers.max(1),
            away_until: AtomicI64::new(i64::MIN),
        }
    }

    pub(super) fn room_of_worker(&self) -> usize {
        self.room_of_worker
    }

    fn tallies(&self) -> MutexGuard<'_, Vec<Arc<Tally>>> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where another worker counts.
    pub(super) fn tally(&self) -> Arc<Tally> {
        let tally = Arc::<Tally>::default();
        self.tallies().push(Arc::clone(&tally));
        tally
    }

    pub(super) fn is_on(&self) -> bool {
        self.cache.is_some()
    }

    pub(super) fn get(&self, key: &str) -> Option<Arc<Entry>> {
        match self.cache.as_ref()?.get(key)? {
            Slot::ResponseCache(entry) => Some(entry),
            Slot::Alone => None,
        }
    }

    /// Waits for whoever makes the answer already. `old` is what was found and does not do.
    pub(super) async fn wait(&self, key: &str, old: Option<&Arc<Entry>>) -> Wait<'_> {
        let Some(cache) = &self.cache else {
            return Wait::Alone;
        };
        if let Some(old) = old {
            cache.remove_if(
                key,
                |slot| matches!(slot, Slot::ResponseCache(entry) if Arc::ptr_eq(entry, old)),
            );
        }
        match cache.get_value_or_guard_async(key).await {
            Ok(Slot::ResponseCache(entry)) => Wait::Made(entry),
            Ok(Slot::Alone) => Wait::Alone,
            Err(inner) => Wait::Make(Guard {
                cache,
                key: key.to_owned(),
                inner: Some(inner),
            }),
        }
    }

    /// How often each outcome was, by name.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let tallies = self.tallies().clone();
        Outcome::ALL.into_iter().map(move |outcome| {
            let counts = tallies
                .iter()
                .filter_map(|tally| tally.0.get(outcome as usize));
            let count = counts.map(|count| count.load(Ordering::Relaxed)).sum();
            (outcome.name(), count)
        })
    }

    /// How many answers are kept, and about how many bytes they take.
    #[must_use]
    pub fn size(&self) -> (usize, u64) {
        let cache = self.cache.as_ref();
        cache.map_or((0, 0), |cache| (cache.len(), cache.weight()))
    }

    /// The database did not answer.
    pub(super) fn note_away(&self, now: Time) {
        self.away_until.store(now.0 + AWAY, Ordering::Relaxed);
    }

    /// Whether the database did not answer just now.
    pub(super) fn is_away(&self, now: Time) -> bool {
        now.0 < self.away_until.load(Ordering::Relaxed)
    }
}
