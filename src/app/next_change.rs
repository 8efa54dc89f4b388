//! When the public will see something else though nobody does anything.

use std::sync::{Mutex, PoisonError};

use crate::db::Time;
use crate::db::invalidation::Invalidations;

/// Remembers the next moment at which an article appears or vanishes, as long as nothing changes that.
#[derive(Debug, Default)]
pub struct NextChange(Mutex<Option<Known>>);

#[derive(Debug, Clone, Copy)]
struct Known {
    /// The stamp of the last change before it was asked for.
    stamp: u64,
    asked: Time,
    next: Option<Time>,
}

impl NextChange {
    /// What is known of it, if that still holds; `None` when it must be asked for.
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
        let known = Known { stamp, asked, next };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }
}
