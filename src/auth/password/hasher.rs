//! Hashes of passwords: Argon2id (RFC 9106), as PHC strings.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::Error as Argon2Error;
use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _,
    PasswordVerifier as _, Version,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use super::{Attempt, Password};
use crate::config::{MAX_ITERATIONS, MAX_MEMORY_KIB, MAX_PARALLELISM, PasswordSettings};
use crate::error::{Code, Error, Result};

/// How many may wait for their turn; who comes then is refused at once.
const WAITING: usize = 64;

/// Hashes passwords and compares them, on the blocking pool and only so many at once: each takes
/// the memory of the settings, and a flood of logins must not take all there is. Cloning it is
/// cheap, and clones share the bounds.
#[derive(Clone)]
pub struct Hasher {
    work: Arc<Work>,
    /// A permit for each hash that is computed or waited for.
    places: Arc<Semaphore>,
    /// A permit for each hash that is computed.
    running: Arc<Semaphore>,
}

/// Settings with which no password can be hashed.
#[derive(Debug, thiserror::Error)]
#[error("passwords cannot be hashed with these settings: {0}")]
pub struct HasherError(Argon2Error);

/// The result of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Matches {
        /// The hash was made with other parameters than those in force: hash the password anew.
        rehash: bool,
    },
    /// It is not, or there is none.
    Differs,
}

impl Hasher {
    /// Hashes by these settings, as many at once as there are processors. Computes one hash, so
    /// it takes a moment.
    ///
    /// # Errors
    /// When Argon2 refuses the settings, or there is no randomness.
    pub fn new(settings: &PasswordSettings) -> std::result::Result<Self, HasherError> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self::with_bounds(settings, processors, WAITING)
    }

    /// Like [`new`](Self::new), with `running` hashes computed at once and `waiting` callers in
    /// the queue.
    ///
    /// # Errors
    /// Errors of [`new`](Self::new).
    pub fn with_bounds(
        settings: &PasswordSettings,
        running: usize,
        waiting: usize,
    ) -> std::result::Result<Self, HasherError> {
        let running = running.max(1);
        Ok(Self {
            work: Arc::new(Work::new(settings).map_err(HasherError)?),
            places: Arc::new(Semaphore::new(running.saturating_add(waiting))),
            running: Arc::new(Semaphore::new(running)),
        })
    }

    /// The hash to store, as a PHC string with its parameters and a salt of its own.
    ///
    /// # Errors
    /// `unavailable` when too many wait already.
    pub async fn hash(&self, password: &Password) -> Result<String> {
        let secret = password.0.clone();
        let made = self.run(move |work| work.hash(&secret)).await?;
        made.map_err(Error::internal)
    }

    /// The hash to store of an attempt that was the password, when the settings have changed.
    ///
    /// # Errors
    /// As for [`hash`](Self::hash).
    pub async fn hash_again(&self, attempt: &Attempt) -> Result<String> {
        let secret = attempt.0.clone();
        let made = self.run(move |work| work.hash(&secret)).await?;
        made.map_err(Error::internal)
    }

    /// Whether an attempt is the password whose hash is stored. `None` stands for an account that
    /// is not there or has no password: the answer is always [`Verdict::Differs`], after the same
    /// work as for one that is there, so that the time of a login does not tell which accounts
    /// exist.
    ///
    /// A stored hash is compared with its own parameters. Where the settings were changed since,
    /// that takes another time than an account that is not there, by what the settings differ,
    /// until the account's next login makes its hash anew: change them seldom. A stored text that
    /// is no hash is logged and differs from everything.
    ///
    /// # Errors
    /// `unavailable` when too many wait already.
    pub async fn verify(&self, attempt: &Attempt, stored: Option<&str>) -> Result<Verdict> {
        let secret = attempt.0.clone();
        let stored = stored.map(str::to_owned);
        self.run(move |work| work.verify(&secret, stored.as_deref()))
            .await
    }

    /// How many hashes have been computed so far.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.work.computed.load(Ordering::Relaxed)
    }

    async fn run<R: Send + 'static>(
        &self,
        job: impl FnOnce(&Work) -> R + Send + 'static,
    ) -> Result<R> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_full| {
                Error::new(
                    Code::Unavailable,
                    "Too many simultaneous logins; try again.",
                )
            })?;
        let turn = Arc::clone(&self.running).acquire_owned().await;
        let turn = turn.map_err(Error::internal)?;
        let work = Arc::clone(&self.work);
        let done = tokio::task::spawn_blocking(move || {
            // Held here: a caller that hangs up must not let another in while this one runs.
            let _held = (place, turn);
            job(&work)
        });
        done.await.map_err(Error::internal)
    }
}

/// The computation, without bounds.
struct Work {
    argon2: Argon2<'static>,
    /// The hash of what nobody knows, compared where there is none.
    dummy: PasswordHash,
    computed: AtomicU64,
}

impl Work {
    fn new(settings: &PasswordSettings) -> std::result::Result<Self, Argon2Error> {
        let params = Params::new(
            settings.memory_kib,
            settings.iterations,
            settings.parallelism,
            Some(Params::DEFAULT_OUTPUT_LEN),
        )?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody_knows = argon2::password_hash::try_generate_salt()
            .map_err(|_no_randomness| Argon2Error::Crypto)?;
        let dummy = argon2.hash_password(&nobody_knows)?;
        Ok(Self {
            argon2,
            dummy,
            computed: AtomicU64::new(0),
        })
    }

    fn hash(&self, secret: &SecretString) -> std::result::Result<String, Argon2Error> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        let made: PasswordHash = self
            .argon2
            .hash_password(secret.expose_secret().as_bytes())?;
        Ok(made.to_string())
    }

    fn verify(&self, secret: &SecretString, stored: Option<&str>) -> Verdict {
        let Some(stored) = stored else {
            return self.differs(secret);
        };
        let compared = read(stored).and_then(|(hash, params)| {
            self.compare(secret, &hash)
                .map(|same| same.then(|| self.is_outdated(&hash, &params)))
        });
        match compared {
            Ok(Some(rehash)) => Verdict::Matches { rehash },
            Ok(None) => Verdict::Differs,
            Err(error) => {
                tracing::error!(%error, "a stored password hash is unusable");
                self.differs(secret)
            }
        }
    }

    /// Does the work of a comparison.
    fn differs(&self, secret: &SecretString) -> Verdict {
        if let Err(error) = self.compare(secret, &self.dummy) {
            tracing::error!(%error, "comparing passwords failed");
        }
        Verdict::Differs
    }

    fn compare(
        &self,
        secret: &SecretString,
        hash: &PasswordHash,
    ) -> std::result::Result<bool, Argon2Error> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        let secret = secret.expose_secret().as_bytes();
        match self.argon2.verify_password(secret, hash) {
            Ok(()) => Ok(true),
            Err(Argon2Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn is_outdated(&self, hash: &PasswordHash, params: &Params) -> bool {
        hash.algorithm != ARGON2ID_IDENT
            || hash.version != Some(Version::V0x13.into())
            || params != self.argon2.params()
    }
}

/// Reads a stored hash. One that asks for more than any settings may is refused: it would take
/// the memory or the time of everybody.
fn read(stored: &str) -> std::result::Result<(PasswordHash, Params), Argon2Error> {
    let hash = PasswordHash::new(stored).map_err(|_not_one| Argon2Error::EncodingInvalid)?;
    let params = Params::try_from(&hash)?;
    let bounded = params.m_cost() <= MAX_MEMORY_KIB
        && params.t_cost() <= MAX_ITERATIONS
        && params.p_cost() <= MAX_PARALLELISM;
    // Without a salt or a hash nothing would be compared.
    if bounded && hash.salt.is_some() && hash.hash.is_some() {
        Ok((hash, params))
    } else {
        Err(Argon2Error::ParamsInvalid)
    }
}

#[cfg(test)]
mod tests;
