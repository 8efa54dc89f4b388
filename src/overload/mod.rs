//! Admission control: how many requests are in progress at once, and how many may queue.
//!
//! Beyond the capacity of a server an unbounded queue helps nobody: the client has left before the
//! answer comes. So the number of requests in progress is limited, the queue is bounded in length
//! and in time, and every other request is rejected at once, which costs next to nothing and lets
//! the client try again elsewhere or later. Permits are granted in the order of arrival.
//!
//! The longest wait depends on whether the queue is a passing burst or a standing queue, as in CoDel
//! (RFC 8289): once the queue has not been empty for as long as the longest wait, the wait shrinks to
//! [`OverloadSettings::standing_milliseconds`]. So under a lasting overload the requests that are
//! served are served soon.

mod queue;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::queue::Queue;
use crate::config::OverloadSettings;
use crate::telemetry::histogram::{DurationHistogram, HistogramSnapshot};

/// The shortest time between two log lines about rejected requests.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Grants permits to requests.
#[derive(Debug)]
pub struct Admission {
    permits: Arc<Semaphore>,
    limit: usize,
    queue: Queue,
    refused: [AtomicU64; Refusal::ALL.len()],
    waits: DurationHistogram,
    last_logged: Mutex<Option<Instant>>,
}

/// The reason for rejecting a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The queue is full.
    QueueFull,
    /// The request waited for the longest time.
    WaitedTooLong,
}

impl Refusal {
    const ALL: [Self; 2] = [Self::QueueFull, Self::WaitedTooLong];

    /// The label of the metric.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::WaitedTooLong => "waited_too_long",
        }
    }
}

/// The right to be in progress; dropping it releases it.
#[derive(Debug)]
pub struct Permit(#[expect(dead_code, reason = "dropping it releases it")] OwnedSemaphorePermit);

impl Admission {
    /// Admission by these settings; `derived` is the limit where the settings give none.
    #[must_use]
    pub fn new(settings: &OverloadSettings, derived: usize) -> Self {
        let limit = match settings.concurrency {
            0 => derived.max(1),
            limit => limit,
        };
        Self {
            permits: Arc::new(Semaphore::new(limit)),
            limit,
            queue: Queue::new(settings),
            refused: Default::default(),
            waits: DurationHistogram::default(),
            last_logged: Mutex::default(),
        }
    }

    /// Waits for a permit.
    ///
    /// # Errors
    /// When the queue is full, or the wait would take too long.
    pub async fn acquire(&self) -> Result<Permit, Refusal> {
        // No request jumps the queue: a released permit goes to the first that waits.
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            self.waits.observe(Duration::ZERO);
            return Ok(Permit(permit));
        }
        let came = Instant::now();
        let Some(place) = self.queue.enter(came) else {
            return Err(self.refuse(Refusal::QueueFull));
        };
        let permit = Arc::clone(&self.permits).acquire_owned();
        let got = tokio::time::timeout(self.queue.max_wait(came), permit).await;
        let now = Instant::now();
        let waited = now.duration_since(came);
        // It may have become a standing queue in the meantime.
        let in_time = waited <= self.queue.max_wait(now);
        drop(place);
        match got {
            Ok(Ok(permit)) if in_time => {
                self.waits.observe(waited);
                Ok(Permit(permit))
            }
            _ => Err(self.refuse(Refusal::WaitedTooLong)),
        }
    }

    /// Waits for another permit for a request that released its own half-way. Such a request is not
    /// rejected any more: when no permit comes in time, it goes on without one.
    pub async fn reacquire(&self) -> Option<Permit> {
        let permit = Arc::clone(&self.permits).acquire_owned();
        let got = tokio::time::timeout(self.queue.longest_wait(), permit).await;
        got.ok()?.ok().map(Permit)
    }

    fn refuse(&self, why: Refusal) -> Refusal {
        if let Some(count) = self.refused.get(why as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let now = Instant::now();
        let mut last_logged = self
            .last_logged
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if last_logged.is_none_or(|at| now.duration_since(at) > LOG_INTERVAL) {
            *last_logged = Some(now);
            drop(last_logged);
            tracing::warn!(
                refused = self.refusals().map(|(_, count)| count).sum::<u64>(),
                reason = why.name(),
                "overloaded: rejecting requests"
            );
        }
        why
    }

    /// The number of rejected requests so far, by reason.
    pub fn refusals(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.refused.iter();
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        Refusal::ALL.iter().map(|why| why.name()).zip(counts)
    }

    /// The figures of this moment.
    #[must_use]
    pub fn figures(&self) -> AdmissionFigures {
        AdmissionFigures {
            limit: self.limit,
            in_progress: self.limit.saturating_sub(self.permits.available_permits()),
            waiting: self.queue.len(),
            waits: self.waits.snapshot(),
        }
    }
}

/// The figures of admission at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmissionFigures {
    /// The most requests that may be in progress.
    pub limit: usize,
    /// The requests in progress.
    pub in_progress: usize,
    /// The requests in the queue.
    pub waiting: usize,
    /// The waits of the requests that got a permit.
    pub waits: HistogramSnapshot,
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn admission(concurrency: usize, waiting: usize, wait_milliseconds: u64) -> Admission {
        let settings = OverloadSettings {
            concurrency,
            waiting,
            wait_milliseconds,
            standing_milliseconds: 5,
        };
        Admission::new(&settings, 7)
    }

    #[test]
    fn what_the_settings_leave_open_is_derived() {
        assert_eq!(admission(0, 1, 1).figures().limit, 7);
        assert_eq!(admission(3, 1, 1).figures().limit, 3);
    }

    #[tokio::test]
    async fn permits_are_granted_in_order_and_the_rest_is_rejected() {
        let admission = admission(1, 2, 60_000);
        let first = admission.acquire().await.unwrap();
        let (second, third) = (admission.acquire(), admission.acquire());
        tokio::pin!(second, third);
        assert!(second.as_mut().now_or_never().is_none());
        assert!(third.as_mut().now_or_never().is_none());
        assert_eq!(admission.acquire().await.unwrap_err(), Refusal::QueueFull);
        let figures = admission.figures();
        assert_eq!((figures.in_progress, figures.waiting), (1, 2));
        drop(first);
        // It is the second's already.
        assert!(third.as_mut().now_or_never().is_none());
        let held = second.await.unwrap();
        assert!(third.as_mut().now_or_never().is_none());
        drop(held);
        drop(third.await.unwrap());
        let figures = admission.figures();
        assert_eq!((figures.in_progress, figures.waiting), (0, 0));
        assert!(!admission.queue.is_standing());
        let refused: Vec<_> = admission.refusals().collect();
        assert_eq!(refused, [("queue_full", 1), ("waited_too_long", 0)]);
    }

    #[tokio::test]
    async fn nobody_waits_for_ever_and_who_leaves_gives_up_their_place() {
        let admission = admission(1, 1, 1);
        let held = admission.acquire().await.unwrap();
        assert_eq!(
            admission.acquire().await.unwrap_err(),
            Refusal::WaitedTooLong
        );
        {
            let gone = admission.acquire();
            tokio::pin!(gone);
            assert!(gone.as_mut().now_or_never().is_none());
            assert_eq!(admission.figures().waiting, 1);
        }
        assert_eq!(admission.figures().waiting, 0);
        // What was under way is not refused in the middle.
        assert!(admission.reacquire().await.is_none());
        drop(held);
        assert!(admission.reacquire().await.is_some());
        assert_eq!(admission.figures().in_progress, 0);
    }
}
