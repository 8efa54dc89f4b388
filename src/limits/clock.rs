//! The monotonic clock of the limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use governor::clock::Clock;
use governor::nanos::Nanos;

use crate::clock;

/// Latest time that is counted with, about 290 years: sums with it do not overflow.
const LATEST: u64 = u64::MAX / 2;

/// Nanoseconds since it was made.
#[derive(Debug, Clone)]
pub(super) struct LimitClock(Source);

#[derive(Debug, Clone)]
enum Source {
    /// The system's monotonic clock: setting the time of day changes nothing.
    System(Instant),
    /// The clock that a test sets. When it is set back, time stands still here.
    Manual {
        clock: clock::Clock,
        since: i64,
        latest: Arc<AtomicU64>,
    },
}

impl LimitClock {
    pub(super) fn new(clock: &clock::Clock) -> Self {
        Self(match clock {
            clock::Clock::System => Source::System(Instant::now()),
            clock::Clock::Manual(_) => Source::Manual {
                clock: clock.clone(),
                since: clock.now().0,
                latest: Arc::default(),
            },
        })
    }
}

impl Clock for LimitClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let nanos = match &self.0 {
            Source::System(since) => u64::try_from(since.elapsed().as_nanos()).unwrap_or(LATEST),
            Source::Manual {
                clock,
                since,
                latest,
            } => {
                let millis = clock.now().0.saturating_sub(*since);
                let nanos = u64::try_from(millis)
                    .unwrap_or_default()
                    .saturating_mul(1_000_000);
                latest.fetch_max(nanos, Ordering::SeqCst).max(nanos)
            }
        };
        Nanos::new(nanos.min(LATEST))
    }
}
