//! How often something may be done.

use serde::{Deserialize, Serialize};

/// Section `[limits]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsSettings {
    /// Attempts to log in, by account.
    pub login_account: Rate,
    /// Attempts to log in, by address.
    pub login_address: Rate,
    /// Password resets that are asked for and one-time tokens that are used, by account.
    pub reset_account: Rate,
    /// The same, by address.
    pub reset_address: Rate,
    /// Writes, by caller, or by address without one.
    pub writes: Rate,
    /// Reads without credentials, by address.
    pub public_reads: Rate,
}

/// So many requests in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// How many; 0 is without limit.
    pub requests: u32,
    /// The seconds.
    pub seconds: u32,
}

/// The most requests that a limit may name.
const MAX_REQUESTS: u32 = 1_000_000;

/// The most seconds that a limit may name: a day.
const MAX_SECONDS: u32 = 86_400;

impl LimitsSettings {
    /// The first fault of the settings, if any.
    pub(super) fn fault(&self) -> Option<String> {
        let Self {
            login_account,
            login_address,
            reset_account,
            reset_address,
            writes,
            public_reads,
        } = self;
        [
            ("login_account", login_account),
            ("login_address", login_address),
            ("reset_account", reset_account),
            ("reset_address", reset_address),
            ("writes", writes),
            ("public_reads", public_reads),
        ]
        .into_iter()
        .find_map(|(name, rate)| {
            let (what, size) = match rate {
                Rate { requests, .. } if *requests > MAX_REQUESTS => ("requests", "large"),
                Rate { seconds: 0, .. } => ("seconds", "small"),
                Rate { seconds, .. } if *seconds > MAX_SECONDS => ("seconds", "large"),
                Rate { .. } => return None,
            };
            Some(format!("limits.{name}.{what} is too {size}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn rates_have_bounds() {
        let mut limits = Settings::defaults().expect("defaults").limits;
        assert_eq!(limits.fault(), None);
        for (requests, seconds, says) in [
            (0, 1, None),
            (1_000_000, 86_400, None),
            (1_000_001, 1, Some("limits.writes.requests is too large")),
            (1, 0, Some("limits.writes.seconds is too small")),
            (1, 86_401, Some("limits.writes.seconds is too large")),
        ] {
            limits.writes = Rate { requests, seconds };
            assert_eq!(limits.fault().as_deref(), says);
        }
    }
}
