//! How many requests are worked on at once, and how many may wait for their turn.
//!
//! Beyond what a server can do, work that waits without a bound helps nobody: whoever waited too long
//! has left before the answer comes. So only so many requests are worked on at a time, so many wait,
//! each for so long; the others are refused at once, which costs next to nothing, and may try again
//! elsewhere or later. Turns are given in the order in which requests came.
//!
//! How long one may wait depends on whether the queue is a burst that passes or stands, as with CoDel
//! (RFC 8289): once somebody has waited at every moment for as long as one may wait, the wait is only
//! as long as [`OverloadSettings::standing_milliseconds`]. So those who are served under an overload
//! that lasts are served soon.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::OverloadSettings;
use crate::telemetry::histogram::{Counted, Durations};

/// How often the log says that requests are refused.
const TELL: Duration = Duration::from_secs(10);

/// Gives turns to requests.
#[derive(Debug)]
pub struct Admission {
    turns: Arc<Semaphore>,
    most: usize,
    queue: Mutex<Queue>,
    bounds: Bounds,
    refused: [AtomicU64; Refusal::ALL.len()],
    waits: Durations,
    last_logged: Mutex<Option<Instant>>,
}

/// How many may wait, and how long.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    waiting: usize,
    longest: Duration,
    standing: Duration,
}

impl Bounds {
    /// How long one may wait in a queue in which somebody has waited for so long without a break.
    fn patience(&self, stood: Duration) -> Duration {
        if stood > self.longest {
            self.standing.min(self.longest)
        } else {
            self.longest
        }
    }
}

/// Who waits.
#[derive(Debug, Default)]
struct Queue {
    waiting: usize,
    /// Since when somebody has waited at every moment.
    since: Option<Instant>,
}

/// Why a request is not worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// As many wait already as may.
    QueueFull,
    /// It waited as long as one may.
    WaitedTooLong,
}

impl Refusal {
    const ALL: [Self; 2] = [Self::QueueFull, Self::WaitedTooLong];

    /// Its name among the figures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::WaitedTooLong => "waited_too_long",
        }
    }
}

/// The right to be worked on, until it is dropped.
#[derive(Debug)]
pub struct Permit(
    #[expect(dead_code, reason = "it is given back when it is dropped")] OwnedSemaphorePermit,
);

/// Somebody who waits; no more once it is dropped.
struct Waiting<'a>(&'a Admission);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.waiting -= 1;
        if queue.waiting == 0 {
            queue.since = None;
        }
    }
}

impl Admission {
    /// Turns by these settings; `derived` is how many there are where the settings leave it open.
    #[must_use]
    pub fn new(settings: &OverloadSettings, derived: usize) -> Self {
        let most = match settings.concurrency {
            0 => derived.max(1),
            most => most,
        };
        Self {
            turns: Arc::new(Semaphore::new(most)),
            most,
            queue: Mutex::default(),
            bounds: Bounds {
                waiting: settings.waiting,
                longest: Duration::from_millis(settings.wait_milliseconds),
                standing: Duration::from_millis(settings.standing_milliseconds),
            },
            refused: Default::default(),
            waits: Durations::default(),
            last_logged: Mutex::default(),
        }
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// When too many wait, or it would take too long.
    pub async fn turn(&self) -> Result<Permit, Refusal> {
        // Nobody is passed by: what is given back goes to those who wait.
        if let Ok(permit) = Arc::clone(&self.turns).try_acquire_owned() {
            self.waits.note(Duration::ZERO);
            return Ok(Permit(permit));
        }
        let came = Instant::now();
        let Some(waiting) = self.wait(came) else {
            return Err(self.refuse(Refusal::QueueFull));
        };
        let turn = Arc::clone(&self.turns).acquire_owned();
        let got = tokio::time::timeout(self.patience(came), turn).await;
        let now = Instant::now();
        let waited = now.duration_since(came);
        // The queue may have become one that stands while this one waited in it.
        let in_time = waited <= self.patience(now);
        drop(waiting);
        match got {
            Ok(Ok(permit)) if in_time => {
                self.waits.note(waited);
                Ok(Permit(permit))
            }
            _ => Err(self.refuse(Refusal::WaitedTooLong)),
        }
    }

    /// Waits for another turn in the middle of a request, which had one and gave it back. It is not
    /// refused any more: when none comes in time, it goes on without.
    pub async fn turn_again(&self) -> Option<Permit> {
        let turn = Arc::clone(&self.turns).acquire_owned();
        let got = tokio::time::timeout(self.bounds.longest, turn).await;
        got.ok()?.ok().map(Permit)
    }

    /// A place in the queue, if there is one.
    fn wait(&self, now: Instant) -> Option<Waiting<'_>> {
        let mut queue = self.queue();
        if queue.waiting >= self.bounds.waiting {
            return None;
        }
        queue.waiting += 1;
        queue.since.get_or_insert(now);
        Some(Waiting(self))
    }

    fn patience(&self, now: Instant) -> Duration {
        let since = self.queue().since;
        let stood = since.map(|since| now.saturating_duration_since(since));
        self.bounds.patience(stood.unwrap_or_default())
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
        if last_logged.is_none_or(|at| now.duration_since(at) > TELL) {
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

    /// How many were refused so far, by why.
    pub fn refusals(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.refused.iter();
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        Refusal::ALL.iter().map(|why| why.name()).zip(counts)
    }

    /// How it stands now.
    #[must_use]
    pub fn figures(&self) -> AdmissionFigures {
        AdmissionFigures {
            most: self.most,
            working: self.most.saturating_sub(self.turns.available_permits()),
            waiting: self.queue().waiting,
            waits: self.waits.counted(),
        }
    }
}

/// What is to be known of turns at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmissionFigures {
    /// How many requests may be worked on at once.
    pub most: usize,
    /// How many are.
    pub working: usize,
    /// How many wait for their turn.
    pub waiting: usize,
    /// How long those waited that got one.
    pub waits: Counted,
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
    fn a_queue_that_stands_is_waited_in_for_less() {
        let bounds = Bounds {
            waiting: 1,
            longest: Duration::from_millis(500),
            standing: Duration::from_millis(50),
        };
        for (stood, patience) in [(0, 500), (500, 500), (501, 50), (60_000, 50)] {
            let stood = Duration::from_millis(stood);
            assert_eq!(bounds.patience(stood), Duration::from_millis(patience));
        }
    }

    #[test]
    fn what_the_settings_leave_open_is_derived() {
        assert_eq!(admission(0, 1, 1).figures().most, 7);
        assert_eq!(admission(3, 1, 1).figures().most, 3);
    }

    #[tokio::test]
    async fn turns_are_given_in_order_and_the_rest_is_refused() {
        let admission = admission(1, 2, 60_000);
        let first = admission.turn().await.unwrap();
        let (second, third) = (admission.turn(), admission.turn());
        tokio::pin!(second, third);
        assert!(second.as_mut().now_or_never().is_none());
        assert!(third.as_mut().now_or_never().is_none());
        assert_eq!(admission.turn().await.unwrap_err(), Refusal::QueueFull);
        let figures = admission.figures();
        assert_eq!((figures.working, figures.waiting), (1, 2));
        drop(first);
        // It is the second's already.
        assert!(third.as_mut().now_or_never().is_none());
        let held = second.await.unwrap();
        assert!(third.as_mut().now_or_never().is_none());
        drop(held);
        drop(third.await.unwrap());
        let figures = admission.figures();
        assert_eq!((figures.working, figures.waiting), (0, 0));
        assert!(admission.queue().since.is_none());
        let refused: Vec<_> = admission.refusals().collect();
        assert_eq!(refused, [("queue_full", 1), ("waited_too_long", 0)]);
    }

    #[tokio::test]
    async fn nobody_waits_for_ever_and_who_leaves_gives_up_their_place() {
        let admission = admission(1, 1, 1);
        let held = admission.turn().await.unwrap();
        assert_eq!(admission.turn().await.unwrap_err(), Refusal::WaitedTooLong);
        {
            let gone = admission.turn();
            tokio::pin!(gone);
            assert!(gone.as_mut().now_or_never().is_none());
            assert_eq!(admission.figures().waiting, 1);
        }
        assert_eq!(admission.figures().waiting, 0);
        // What was under way is not refused in the middle.
        assert!(admission.turn_again().await.is_none());
        drop(held);
        assert!(admission.turn_again().await.is_some());
        assert_eq!(admission.figures().working, 0);
    }
}
