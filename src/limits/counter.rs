//! One limit: a counter for each caller or address.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::{DashMapStateStore, ShrinkableKeyedStateStore};
use governor::{Quota, RateLimiter};

use super::clock::LimitClock;
use super::standing::{LimitResult, Policy};
use crate::config::Rate;

/// The most counters of a limit. Beyond that some callers share one, so that a flood of callers fills
/// no memory and opens no limit.
const SLOTS: u32 = 1 << 20;

/// The number of counters from which those that are full again are dropped.
const MANY: usize = 10_000;

/// The number of requests between two checks of the number of counters.
const LOOK_EVERY: u32 = 1_024;

/// Counts requests by the generic cell rate algorithm: used capacity comes back evenly over the
/// window.
pub(super) struct Counter {
    policy: Policy,
    /// The nanoseconds in which the capacity for one request comes back.
    interval: u64,
    limiter: RateLimiter<u32, Store, LimitClock, NoOpMiddleware<Nanos>>,
    store: Store,
    clock: LimitClock,
    since: Nanos,
    requests: AtomicU32,
}

impl Counter {
    /// The counter of a rate; `None` where it is without limit.
    pub(super) fn new(name: &'static str, rate: Rate, clock: &LimitClock) -> Option<Self> {
        let requests = std::num::NonZeroU32::new(rate.requests)?;
        let interval = Duration::from_secs(rate.seconds.into()) / rate.requests;
        let quota = Quota::with_period(interval)?.allow_burst(requests);
        let store = Store::default();
        let since = clock.now();
        Some(Self {
            policy: Policy {
                name,
                requests: rate.requests,
                seconds: rate.seconds,
            },
            interval: Nanos::from(interval).as_u64(),
            limiter: RateLimiter::new(quota, store.clone(), clock.clone()),
            store,
            clock: clock.clone(),
            since,
            requests: AtomicU32::new(0),
        })
    }

    /// Counts a request of the caller with this hash.
    pub(super) fn count(&self, hash: u64) -> LimitResult {
        self.forget_the_old();
        let slot = u32::try_from(hash % u64::from(SLOTS)).unwrap_or_default();
        let refusal = self.limiter.check_key(&slot).err();
        let now = self.clock.now();
        let (remaining, wait) = match &refusal {
            Some(refusal) => (0, Nanos::from(refusal.wait_time_from(now)).as_u64()),
            None => self.left(&slot, now),
        };
        LimitResult {
            policy: self.policy,
            allowed: refusal.is_none(),
            remaining,
            wait: wait.div_ceil(1_000_000_000).max(1),
        }
    }

    /// How many requests are left to the slot, and the nanoseconds until there is one more.
    fn left(&self, slot: &u32, now: Nanos) -> (u64, u64) {
        let full = self.interval.saturating_mul(self.policy.requests.into());
        let passed = now.saturating_sub(self.since);
        let used = self.store.full_at(slot).saturating_sub(passed).as_u64();
        let free = full.saturating_sub(used);
        let part = free.checked_rem(self.interval).unwrap_or_default();
        let remaining = free.checked_div(self.interval).unwrap_or_default();
        (remaining, self.interval.saturating_sub(part))
    }

    fn forget_the_old(&self) {
        let requests = self.requests.fetch_add(1, Ordering::Relaxed);
        if requests.is_multiple_of(LOOK_EVERY) && self.limiter.len() > MANY {
            self.limiter.retain_recent();
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.limiter.len()
    }
}

/// The store of a limiter, readable from outside it.
#[derive(Debug, Clone, Default)]
struct Store(Arc<DashMapStateStore<u32>>);

impl Store {
    /// When the slot will be full again, since the limiter was made.
    fn full_at(&self, slot: &u32) -> Nanos {
        // An `Err` changes nothing in the store.
        let read = |at: Option<Nanos>| Err::<((), Nanos), Nanos>(at.unwrap_or_default());
        self.0
            .measure_and_replace(slot, read)
            .err()
            .unwrap_or_default()
    }
}

impl StateStore for Store {
    type Key = u32;

    fn measure_and_replace<T, F, E>(&self, key: &u32, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.0.measure_and_replace(key, f)
    }
}

impl ShrinkableKeyedStateStore<u32> for Store {
    fn retain_recent(&self, drop_below: Nanos) {
        self.0.retain_recent(drop_below);
    }

    fn shrink_to_fit(&self) {
        self.0.shrink_to_fit();
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
