//! The next time public content changes by itself: a scheduled publication or an expiry.

use std::sync::{Mutex, PoisonError};

use crate::db::Time;
use crate::db::invalidation::Invalidations;

/// Remembers the next moment at which an article appears or vanishes, as long as nothing changes that.
#[derive(Debug, Default)]
pub struct NextChange(Mutex<Option<Remembered>>);

#[derive(Debug, Clone, Copy)]
struct Remembered {
    /// The stamp of the last change before it was asked for.
    stamp: u64,
    asked: Time,
    next: Option<Time>,
}

impl NextChange {
    /// The time, where it is known and still holds; `None` when the database has to be asked.
    #[must_use]
    pub fn known(&self, changes: &Invalidations, now: Time) -> Option<Option<Time>> {
        let known = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let holds = changes.is_heard()
            && known.stamp == changes.last()
            && known.asked <= now
            && known.next.is_none_or(|next| now < next);
        holds.then_some(known.next)
    }

    /// Remembers it. `stamp` is that of the last change before it was asked for.
    pub fn remember(&self, stamp: u64, asked: Time, next: Option<Time>) {
        let known = Remembered { stamp, asked, next };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }
}
