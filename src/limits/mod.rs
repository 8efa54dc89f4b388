//! Rate limits, counted in the memory of this instance.

mod clock;
mod counter;
mod standing;
#[cfg(test)]
mod tests;

use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, Ipv4Addr};

use self::clock::LimitClock;
use self::counter::Counter;
pub use self::standing::{RATE_LIMIT, RATE_LIMIT_POLICY, Standing};
use crate::clock::Clock;
use crate::config::LimitsSettings;
use crate::error::Result;

/// The limits of this instance. Each method counts a request and returns the state of its limits, or
/// refuses with 429 `too_many_requests`.
pub struct Limits {
    login_account: Option<Counter>,
    login_address: Option<Counter>,
    reset_account: Option<Counter>,
    reset_address: Option<Counter>,
    writes: Option<Counter>,
    public_reads: Option<Counter>,
    /// Randomly keyed, so that nobody can choose a name that shares a counter with another's.
    hasher: RandomState,
}

/// The caller that a counter belongs to.
#[derive(Hash)]
enum LimitKey<'a> {
    Account(String),
    Caller(&'a str),
    V4(Ipv4Addr),
    /// The first half of an IPv6 address: the second half is assigned by one network.
    V6(u128),
}

impl Limits {
    /// The limits of the settings, by this clock.
    #[must_use]
    pub fn new(settings: &LimitsSettings, clock: &Clock) -> Self {
        let clock = LimitClock::new(clock);
        let counter = |name, rate| Counter::new(name, rate, &clock);
        Self {
            login_account: counter("login", settings.login_account),
            login_address: counter("login-address", settings.login_address),
            reset_account: counter("reset", settings.reset_account),
            reset_address: counter("reset-address", settings.reset_address),
            writes: counter("writes", settings.writes),
            public_reads: counter("public-reads", settings.public_reads),
            hasher: RandomState::new(),
        }
    }

    /// Counts an attempt to log in to the account of this e-mail address, whether or not there
    /// is one. Upper and lower case do not matter, nor does white space around it.
    ///
    /// # Errors
    /// 429; the refusal is the same whichever limit is reached.
    pub fn login(&self, account: &str, address: IpAddr) -> Result<Standing> {
        Standing::of([
            self.count(self.login_account.as_ref(), &account_key(account)),
            self.count(self.login_address.as_ref(), &address_key(address)),
        ])
    }

    /// Counts a single sign-on that begins, as an attempt to log in; whose account it will be is
    /// not known yet.
    ///
    /// # Errors
    /// 429.
    pub fn sign_on(&self, address: IpAddr) -> Result<Standing> {
        Standing::of([self.count(self.login_address.as_ref(), &address_key(address))])
    }

    /// Counts a password reset that is asked for, or a one-time token that is used; `account` is
    /// the e-mail address, as far as it is known, whether or not there is an account of it.
    ///
    /// # Errors
    /// 429; the refusal is the same whichever limit is reached.
    pub fn reset(&self, account: Option<&str>, address: IpAddr) -> Result<Standing> {
        let by_account = account
            .and_then(|account| self.count(self.reset_account.as_ref(), &account_key(account)));
        let by_address = self.count(self.reset_address.as_ref(), &address_key(address));
        Standing::of([by_account, by_address])
    }

    /// Counts a write of the caller with this id, or of an address.
    ///
    /// # Errors
    /// 429.
    pub fn write(&self, caller: Option<&str>, address: IpAddr) -> Result<Standing> {
        let key = caller.map_or_else(|| address_key(address), LimitKey::Caller);
        Standing::of([self.count(self.writes.as_ref(), &key)])
    }

    /// Whether reads of the public are counted at all.
    #[must_use]
    pub fn counts_public_reads(&self) -> bool {
        self.public_reads.is_some()
    }

    /// Counts a read without credentials.
    ///
    /// # Errors
    /// 429.
    pub fn public_read(&self, address: IpAddr) -> Result<Standing> {
        Standing::of([self.count(self.public_reads.as_ref(), &address_key(address))])
    }

    fn count(
        &self,
        counter: Option<&Counter>,
        key: &LimitKey<'_>,
    ) -> Option<standing::LimitResult> {
        counter.map(|counter| counter.count(self.hasher.hash_one(key)))
    }
}

fn account_key(account: &str) -> LimitKey<'static> {
    LimitKey::Account(account.trim().to_lowercase())
}

fn address_key(address: IpAddr) -> LimitKey<'static> {
    match address.to_canonical() {
        IpAddr::V4(address) => LimitKey::V4(address),
        IpAddr::V6(address) => LimitKey::V6(u128::from(address) >> 64),
    }
}
