//! The clock and the ids that follow it. Nothing else in the program reads the time of day, so that
//! a test can set it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use uuid::timestamp::context::ContextV7;
use uuid::{Timestamp, Uuid};

use crate::values::Time;

/// The source of the current time: the system's clock, or one that a test sets.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system's clock.
    System,
    /// Milliseconds since the epoch, set from outside.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The current time, to the millisecond.
    #[must_use]
    pub fn now(&self) -> Time {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the clock")]
            Self::System => Time::from(chrono::Utc::now()),
            Self::Manual(at) => Time(at.load(Ordering::SeqCst)),
        }
    }
}

/// A generator of ids: UUIDs of version 7 (RFC 9562), which rise within an instance.
pub struct Ids {
    clock: Clock,
    random: Mutex<Random>,
}

/// The source of the random part of an id.
enum Random {
    System(ContextV7),
    Drawn(Box<dyn FnMut() -> [u8; 10] + Send>),
}

impl Ids {
    /// A generator that follows this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            random: Mutex::new(Random::System(ContextV7::new())),
        }
    }

    /// A generator of reproducible ids, whose random parts come from `draw`. The ids rise from one
    /// millisecond to the next only.
    #[must_use]
    pub fn drawn(clock: Clock, draw: impl FnMut() -> [u8; 10] + Send + 'static) -> Self {
        Self {
            clock,
            random: Mutex::new(Random::Drawn(Box::new(draw))),
        }
    }

    /// A new id.
    #[must_use]
    pub fn next(&self) -> String {
        let now = self.clock.now();
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *random {
            Random::System(context) => {
                let millis = now.0.max(0);
                let seconds = u64::try_from(millis / 1_000).unwrap_or_default();
                let nanos = u32::try_from(millis % 1_000 * 1_000_000).unwrap_or_default();
                Uuid::new_v7(Timestamp::from_unix(&*context, seconds, nanos)).to_string()
            }
            Random::Drawn(draw) => Self::of(now, draw()),
        }
    }

    /// The id made of this time, to the millisecond, and these bytes. The version and the variant
    /// overwrite four bits of the first byte and four of the second.
    #[must_use]
    pub fn of(at: Time, bytes: [u8; 10]) -> String {
        let millis = u64::try_from(at.0).unwrap_or_default();
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid();
        id.to_string()
    }
}
