//! The queue of requests that wait for a permit: its bounds, and for how long it has not been empty.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::config::OverloadSettings;

/// The requests that wait.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    bounds: Bounds,
}

#[derive(Debug, Default)]
struct State {
    waiting: usize,
    /// Since when the queue has not been empty.
    since: Option<Instant>,
}

/// The most requests that may wait, and the longest waits.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    length: usize,
    longest: Duration,
    standing: Duration,
}

impl Bounds {
    /// The longest wait in a queue that has not been empty for this long.
    fn max_wait(&self, stood: Duration) -> Duration {
        if stood > self.longest {
            self.standing.min(self.longest)
        } else {
            self.longest
        }
    }
}

/// A place in the queue; dropping it leaves the queue.
pub(super) struct Place<'a>(&'a Queue);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.waiting -= 1;
        if state.waiting == 0 {
            state.since = None;
        }
    }
}

impl Queue {
    pub(super) fn new(settings: &OverloadSettings) -> Self {
        Self {
            state: Mutex::default(),
            bounds: Bounds {
                length: settings.waiting,
                longest: Duration::from_millis(settings.wait_milliseconds),
                standing: Duration::from_millis(settings.standing_milliseconds),
            },
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, unless the queue is full.
    pub(super) fn enter(&self, now: Instant) -> Option<Place<'_>> {
        let mut state = self.state();
        if state.waiting >= self.bounds.length {
            return None;
        }
        state.waiting += 1;
        state.since.get_or_insert(now);
        Some(Place(self))
    }

    /// The longest wait as the queue is now.
    pub(super) fn max_wait(&self, now: Instant) -> Duration {
        let since = self.state().since;
        let stood = since.map(|since| now.saturating_duration_since(since));
        self.bounds.max_wait(stood.unwrap_or_default())
    }

    /// The longest wait in a queue that passes.
    pub(super) fn longest_wait(&self) -> Duration {
        self.bounds.longest
    }

    /// The number of requests that wait.
    pub(super) fn len(&self) -> usize {
        self.state().waiting
    }

    /// Whether some request has waited at every moment until now.
    #[cfg(test)]
    pub(super) fn is_standing(&self) -> bool {
        self.state().since.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_in_a_standing_queue_is_shorter() {
        let bounds = Bounds {
            length: 1,
            longest: Duration::from_millis(500),
            standing: Duration::from_millis(50),
        };
        for (stood, wait) in [(0, 500), (500, 500), (501, 50), (60_000, 50)] {
            let stood = Duration::from_millis(stood);
            assert_eq!(bounds.max_wait(stood), Duration::from_millis(wait));
        }
    }
}
