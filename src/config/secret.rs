//! Settings that hold a secret.

use std::marker::PhantomData;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::db::DatabaseUrl;

/// How a URL is shown that may hold a password.
pub trait ShowUrl {
    /// The part that may be shown; `None` when it cannot be read, since any part of it may then be
    /// the password.
    fn show(url: &str) -> Option<String>;
}

impl ShowUrl for DatabaseUrl {
    fn show(url: &str) -> Option<String> {
        Self::parse(url).ok().map(|url| url.to_string())
    }
}

/// A URL whose password is never printed. `Debug` shows nothing of it; written as a setting it
/// is shown as `K` shows it, and read again from there it is the same but for the password.
#[derive(Debug, Clone)]
pub struct HiddenUrl<K>(SecretString, PhantomData<fn() -> K>);

impl<K> HiddenUrl<K> {
    /// Hides a URL.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self(SecretString::from(url), PhantomData)
    }

    /// The URL as it was given; empty for none.
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl<'de, K> Deserialize<'de> for HiddenUrl<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|url| Self(SecretString::from(url), PhantomData))
    }
}

impl<K: ShowUrl> Serialize for HiddenUrl<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&K::show(self.expose()).unwrap_or_default())
    }
}
