//! Settings of load shedding.

use serde::{Deserialize, Serialize};

/// Section `[overload]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverloadSettings {
    /// How many requests are worked on at once; 0 derives it.
    pub concurrency: usize,
    /// How many may wait for their turn.
    pub waiting: usize,
    /// The longest wait, in milliseconds.
    pub wait_milliseconds: u64,
    /// The longest wait in a queue that stands, in milliseconds.
    pub standing_milliseconds: u64,
}

/// The most requests that may be worked on, or wait.
const MAX_REQUESTS: usize = 1_000_000;

/// The longest wait that settings may ask for: two minutes.
const MAX_WAIT_MILLISECONDS: u64 = 120_000;

impl OverloadSettings {
    /// The first fault of the settings, if any.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let waits = [self.wait_milliseconds, self.standing_milliseconds];
        if self.concurrency > MAX_REQUESTS {
            Some("overload.concurrency is too large: the maximum is 1000000")
        } else if self.waiting > MAX_REQUESTS {
            Some("overload.waiting is too large: the maximum is 1000000")
        } else if waits
            .iter()
            .any(|wait| !(1..=MAX_WAIT_MILLISECONDS).contains(wait))
        {
            Some(
                "overload.wait_milliseconds and standing_milliseconds must be between 1 and 120000",
            )
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_bounded() {
        let with = |concurrency, waiting, wait_milliseconds, standing_milliseconds| {
            let settings = OverloadSettings {
                concurrency,
                waiting,
                wait_milliseconds,
                standing_milliseconds,
            };
            settings.fault().is_none()
        };
        assert!(
            with(0, 0, 1, 1)
                && with(
                    MAX_REQUESTS,
                    MAX_REQUESTS,
                    MAX_WAIT_MILLISECONDS,
                    MAX_WAIT_MILLISECONDS
                )
        );
        assert!(!with(MAX_REQUESTS + 1, 0, 1, 1) && !with(0, MAX_REQUESTS + 1, 1, 1));
        assert!(
            !with(0, 0, 0, 1) && !with(0, 0, 1, 0) && !with(0, 0, MAX_WAIT_MILLISECONDS + 1, 1)
        );
    }
}
