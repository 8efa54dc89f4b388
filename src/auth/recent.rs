//! Who was recognised a moment ago, so that not every request asks the database.
//!
//! An entry is used for `auth.recheck_seconds` at most: that is how long another instance may
//! take to notice that a session or a key is void. The instance that makes it void forgets all
//! entries at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;

use super::principal::Principal;
use crate::db::Time;

/// How many are remembered.
const CAPACITY: usize = 10_000;

/// Somebody who was recognised.
#[derive(Clone)]
pub struct Entry {
    /// Who it is.
    pub principal: Arc<Principal>,
    /// Hash of a key's secret; empty for a token.
    pub hash: Arc<str>,
    /// When the key or the token ends, whatever this memory says.
    pub expires_at: Option<Time>,
    checked_at: Time,
}

/// The memory of one instance.
pub struct Recent {
    entries: Cache<String, Entry>,
    generation: AtomicU64,
    bound_ms: i64,
}

impl Recent {
    /// A memory that keeps an entry for this many milliseconds.
    #[must_use]
    pub fn new(bound_ms: i64) -> Self {
        Self {
            entries: Cache::new(CAPACITY),
            generation: AtomicU64::new(0),
            bound_ms,
        }
    }

    /// Who goes by this name, if that was checked within the bound.
    #[must_use]
    pub fn get(&self, name: &str, now: Time) -> Option<Entry> {
        let entry = self.entries.get(name)?;
        // A clock that was set back makes an entry no younger.
        let age = now.0 - entry.checked_at.0;
        ((0..self.bound_ms).contains(&age)).then_some(entry)
    }

    /// The state of the memory before the database is asked.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Remembers somebody, unless something became void since `generation`: what the database
    /// said may be older than that.
    pub fn put(
        &self,
        name: &str,
        principal: Principal,
        hash: &str,
        expires_at: Option<Time>,
        checked_at: Time,
        generation: u64,
    ) -> Arc<Principal> {
        let principal = Arc::new(principal);
        let entry = Entry {
            principal: Arc::clone(&principal),
            hash: Arc::from(hash),
            expires_at,
            checked_at,
        };
        if self.bound_ms > 0 && self.generation() == generation {
            self.entries.insert(name.to_owned(), entry);
            if self.generation() != generation {
                self.entries.remove(name);
            }
        }
        principal
    }

    /// Forgets everybody, since somebody's rights have changed.
    pub fn forget(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.entries.clear();
    }
}
