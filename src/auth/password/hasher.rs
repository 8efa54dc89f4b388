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
use crate::config::{MOST_ITERATIONS, MOST_MEMORY_KIB, MOST_PARALLELISM, PasswordSettings};
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

/// What a comparison says.
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
    /// Those of [`new`](Self::new).
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
                Error::new(Code::Unavailable, "Too many log in at once; try again.")
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

/// What is computed, without bounds.
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
                tracing::error!(%error, "a stored password hash cannot be used");
                self.differs(secret)
            }
        }
    }

    /// Does the work of a comparison.
    fn differs(&self, secret: &SecretString) -> Verdict {
        if let Err(error) = self.compare(secret, &self.dummy) {
            tracing::error!(%error, "no password can be compared");
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
    let bounded = params.m_cost() <= MOST_MEMORY_KIB
        && params.t_cost() <= MOST_ITERATIONS
        && params.p_cost() <= MOST_PARALLELISM;
    // Without a salt or a hash nothing would be compared.
    if bounded && hash.salt.is_some() && hash.hash.is_some() {
        Ok((hash, params))
    } else {
        Err(Argon2Error::ParamsInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As cheap as it gets.
    const CHEAP: PasswordSettings = PasswordSettings {
        memory_kib: 8,
        iterations: 1,
        parallelism: 1,
    };

    fn hasher() -> Hasher {
        Hasher::new(&CHEAP).unwrap()
    }

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    fn attempt(text: &str) -> Attempt {
        Attempt::parse(text).unwrap()
    }

    #[tokio::test]
    async fn the_right_one_matches_and_no_other() {
        let hasher = hasher();
        let stored = hasher.hash(&password("nine quiet ferries")).await.unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"),
            "{stored}"
        );
        let verify = async |text| hasher.verify(&attempt(text), Some(&stored)).await.unwrap();
        assert_eq!(
            verify("nine quiet ferries").await,
            Verdict::Matches { rehash: false }
        );
        for wrong in [
            "nine quiet ferrie",
            "nine quiet ferries ",
            "Nine quiet ferries",
            "",
        ] {
            assert_eq!(verify(wrong).await, Verdict::Differs, "{wrong}");
        }
        let again = hasher.hash(&password("nine quiet ferries")).await.unwrap();
        assert_ne!(stored, again, "each has a salt of its own");
    }

    #[tokio::test]
    async fn the_same_password_matches_from_another_keyboard() {
        let hasher = hasher();
        let stored = hasher.hash(&password("café des écluses")).await.unwrap();
        let verdict = hasher
            .verify(&attempt("cafe\u{301} des e\u{301}cluses"), Some(&stored))
            .await;
        assert_eq!(verdict.unwrap(), Verdict::Matches { rehash: false });
    }

    #[tokio::test]
    async fn the_end_of_a_long_password_counts() {
        let hasher = hasher();
        let long: String = "vexing quartz jukebox harbour "
            .chars()
            .cycle()
            .take(99)
            .collect();
        let stored = hasher.hash(&password(&format!("{long}a"))).await.unwrap();
        let (same, other) = (attempt(&format!("{long}a")), attempt(&format!("{long}b")));
        assert_ne!(
            hasher.verify(&same, Some(&stored)).await.unwrap(),
            Verdict::Differs
        );
        assert_eq!(
            hasher.verify(&other, Some(&stored)).await.unwrap(),
            Verdict::Differs
        );
    }

    #[tokio::test]
    async fn where_there_is_no_hash_the_work_is_done_all_the_same() {
        let hasher = hasher();
        let tried = attempt("nine quiet ferries");
        assert_eq!(hasher.computed(), 0);
        assert_eq!(hasher.verify(&tried, None).await.unwrap(), Verdict::Differs);
        assert_eq!(hasher.computed(), 1);
        for (index, damaged) in [
            "",
            "nine quiet ferries",
            "$2y$12$abcdefghijklmnopqrstuv",
            "$argon2id$v=19$m=8,t=1,p=1",
            "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0",
            "$argon2id$v=19$m=4000000000,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo",
            "$argon2id$v=19$m=8,t=4000000000,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo",
        ]
        .into_iter()
        .enumerate()
        {
            let verdict = hasher.verify(&tried, Some(damaged)).await.unwrap();
            assert_eq!(verdict, Verdict::Differs, "{damaged}");
            assert_eq!(hasher.computed(), 2 + index as u64, "{damaged}");
        }
        let stored = hasher.hash(&password("nine quiet ferries")).await.unwrap();
        let before = hasher.computed();
        hasher.verify(&attempt("x"), Some(&stored)).await.unwrap();
        assert_eq!(
            hasher.computed(),
            before + 1,
            "as much as for one that is not there"
        );
    }

    #[tokio::test]
    async fn other_parameters_ask_for_a_new_hash() {
        let tried = attempt("nine quiet ferries");
        let old = hasher()
            .hash(&password("nine quiet ferries"))
            .await
            .unwrap();
        for settings in [
            PasswordSettings {
                memory_kib: 16,
                ..CHEAP
            },
            PasswordSettings {
                iterations: 2,
                ..CHEAP
            },
            PasswordSettings {
                memory_kib: 32,
                parallelism: 2,
                ..CHEAP
            },
        ] {
            let hasher = Hasher::new(&settings).unwrap();
            let verdict = hasher.verify(&tried, Some(&old)).await.unwrap();
            assert_eq!(verdict, Verdict::Matches { rehash: true });
            assert_eq!(
                hasher.verify(&attempt("x"), Some(&old)).await.unwrap(),
                Verdict::Differs
            );
            let new = hasher.hash(&password("nine quiet ferries")).await.unwrap();
            let verdict = hasher.verify(&tried, Some(&new)).await.unwrap();
            assert_eq!(verdict, Verdict::Matches { rehash: false });
        }
    }

    #[tokio::test]
    async fn who_comes_when_too_many_wait_is_refused() {
        let hasher = Hasher::with_bounds(&CHEAP, 1, 1).unwrap();
        let tried = attempt("nine quiet ferries");
        let busy = [hasher.places.try_acquire().unwrap()];
        let turn = hasher.running.try_acquire().unwrap();
        let waiting = tokio::spawn({
            let (hasher, tried) = (hasher.clone(), tried.clone());
            async move { hasher.verify(&tried, None).await }
        });
        tokio::task::yield_now().await;
        let refused = hasher.verify(&tried, None).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable);
        assert_eq!(hasher.computed(), 0, "refused before any work");
        drop((busy, turn));
        assert_eq!(waiting.await.unwrap().unwrap(), Verdict::Differs);
        assert_eq!(hasher.verify(&tried, None).await.unwrap(), Verdict::Differs);
    }

    #[tokio::test]
    async fn a_caller_that_hangs_up_leaves_no_place_taken() {
        let hasher = Hasher::with_bounds(&CHEAP, 1, 1).unwrap();
        let tried = attempt("nine quiet ferries");
        let turn = hasher.running.try_acquire().unwrap();
        for _ in 0..5 {
            let waiting = tokio::spawn({
                let (hasher, tried) = (hasher.clone(), tried.clone());
                async move { hasher.verify(&tried, None).await }
            });
            tokio::task::yield_now().await;
            waiting.abort();
            assert!(waiting.await.is_err());
        }
        drop(turn);
        assert_eq!(hasher.verify(&tried, None).await.unwrap(), Verdict::Differs);
    }

    #[test]
    fn settings_that_argon2_refuses_are_an_error() {
        for settings in [
            PasswordSettings {
                memory_kib: 7,
                ..CHEAP
            },
            PasswordSettings {
                iterations: 0,
                ..CHEAP
            },
            PasswordSettings {
                parallelism: 0,
                ..CHEAP
            },
        ] {
            assert!(Hasher::new(&settings).is_err(), "{settings:?}");
        }
    }
}
