//! How long things took, counted by size without a lock.

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
pub struct Durations {
    buckets: [AtomicU64; BUCKETS],
    nanoseconds: AtomicU64,
}

impl Durations {
    /// Counts one.
    pub fn note(&self, took: Duration) {
        let micros = u64::try_from(took.as_nanos().div_ceil(1_000)).unwrap_or(u64::MAX);
        let place = BOUNDS.iter().position(|bound| micros <= *bound);
        if let Some(bucket) = self.buckets.get(place.unwrap_or(BOUNDS.len())) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanos, Ordering::Relaxed);
    }

    /// What was counted so far.
    #[must_use]
    pub fn counted(&self) -> Counted {
        let mut counted = Counted::default();
        counted.add(self);
        counted
    }
}

/// What histograms held at one moment, added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    buckets: [u64; BUCKETS],
    nanoseconds: u64,
}

impl Counted {
    /// Adds what a histogram holds now.
    pub fn add(&mut self, more: &Durations) {
        for (sum, bucket) in self.buckets.iter_mut().zip(&more.buckets) {
            *sum += bucket.load(Ordering::Relaxed);
        }
        self.nanoseconds += more.nanoseconds.load(Ordering::Relaxed);
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// How long they took together, in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        Duration::from_nanos(self.nanoseconds).as_secs_f64()
    }

    /// How many fell into each bucket, with its upper bound in seconds; the last has none.
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
        let durations = Durations::default();
        for nanos in [
            0,
            100_000,
            100_001,
            1_000_000,
            10_000_000_000,
            10_000_000_001,
        ] {
            durations.note(Duration::from_nanos(nanos));
        }
        let counted = durations.counted();
        let filled: Vec<_> = counted
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
        assert_eq!(counted.count(), 6);
        assert!((counted.seconds() - 20.001_200_002).abs() < 1e-9);
    }

    #[test]
    fn several_are_added_up() {
        let (one, other) = (Durations::default(), Durations::default());
        one.note(Duration::from_millis(2));
        other.note(Duration::from_millis(2));
        let mut sum = one.counted();
        sum.add(&other);
        assert_eq!(sum.count(), 2);
        assert!((sum.seconds() - 0.004).abs() < 1e-9);
    }
}
