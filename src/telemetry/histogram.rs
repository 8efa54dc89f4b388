//! Histograms of durations, without a lock.
//!
//! Why not those of `prometheus-client`: `docs/decisions/0010-libraries.md`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the buckets, in microseconds: 100 µs to 10 s.
const BOUNDS: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 10_000_000,
];
const BUCKETS: usize = BOUNDS.len() + 1;

/// A histogram of durations that any number of threads add to.
#[derive(Debug, Default)]
pub struct DurationHistogram {
    buckets: [AtomicU64; BUCKETS],
    nanoseconds: AtomicU64,
}

impl DurationHistogram {
    /// Adds a duration.
    pub fn observe(&self, took: Duration) {
        let micros = u64::try_from(took.as_nanos().div_ceil(1_000)).unwrap_or(u64::MAX);
        let place = BOUNDS.iter().position(|bound| micros <= *bound);
        if let Some(bucket) = self.buckets.get(place.unwrap_or(BOUNDS.len())) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanos, Ordering::Relaxed);
    }

    /// The counts of this moment.
    #[must_use]
    pub fn snapshot(&self) -> HistogramSnapshot {
        let mut snapshot = HistogramSnapshot::default();
        snapshot.add(self);
        snapshot
    }
}

/// The counts of one or more histograms at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistogramSnapshot {
    buckets: [u64; BUCKETS],
    nanoseconds: u64,
}

impl HistogramSnapshot {
    /// Adds the counts that a histogram has now.
    pub fn add(&mut self, more: &DurationHistogram) {
        for (sum, bucket) in self.buckets.iter_mut().zip(&more.buckets) {
            *sum += bucket.load(Ordering::Relaxed);
        }
        self.nanoseconds += more.nanoseconds.load(Ordering::Relaxed);
    }

    /// The number of durations.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The sum of the durations, in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        Duration::from_nanos(self.nanoseconds).as_secs_f64()
    }

    /// The count of each bucket with its upper bound in seconds, which is infinite for the last.
    #[must_use]
    pub fn buckets(&self) -> Vec<(f64, u64)> {
        let bounds = BOUNDS.iter().map(|bound| {
            let bound = Duration::from_micros(*bound);
            bound.as_secs_f64()
        });
        bounds.chain([f64::INFINITY]).zip(self.buckets).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_its_own_bucket() {
        let durations = DurationHistogram::default();
        for nanos in [
            0,
            100_000,
            100_001,
            1_000_000,
            10_000_000_000,
            10_000_000_001,
        ] {
            durations.observe(Duration::from_nanos(nanos));
        }
        let snapshot = durations.snapshot();
        let filled: Vec<_> = snapshot
            .buckets()
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .collect();
        let expected = [
            (0.000_1, 2),
            (0.000_25, 1),
            (0.001, 1),
            (10.0, 1),
            (f64::INFINITY, 1),
        ];
        assert_eq!(filled, expected);
        assert_eq!(snapshot.count(), 6);
        assert!((snapshot.seconds() - 20.001_200_002).abs() < 1e-9);
    }

    #[test]
    fn several_are_added_up() {
        let (one, other) = (DurationHistogram::default(), DurationHistogram::default());
        one.observe(Duration::from_millis(2));
        other.observe(Duration::from_millis(2));
        let mut sum = one.snapshot();
        sum.add(&other);
        assert_eq!(sum.count(), 2);
        assert!((sum.seconds() - 0.004).abs() < 1e-9);
    }
}
