//! API keys: `mhk_<lookup>_<secret>`.
//!
//! The lookup finds the row; of the secret only the SHA-256 is stored, which is enough for a
//! random secret of 256 bits. The prefix lets scanners recognise a key that leaked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// How every key begins.
pub const PREFIX: &str = "mhk_";

/// A key that was just made; the only moment at which its text exists.
pub struct NewKey {
    /// The text to hand over, once.
    pub text: String,
    /// Finds the key's row.
    pub lookup: String,
    /// Hash of the secret.
    pub hash: String,
}

impl NewKey {
    /// Makes a key from 40 random bytes.
    #[must_use]
    pub fn from_random(random: &[u8; 40]) -> Self {
        let (lookup, secret) = random.split_at(8);
        let lookup = hex::encode(lookup);
        let secret = URL_SAFE_NO_PAD.encode(secret);
        Self {
            text: format!("{PREFIX}{lookup}_{secret}"),
            hash: hash(&secret),
            lookup,
        }
    }
}

/// The lookup and the secret of a key's text, if it has a key's form.
#[must_use]
pub fn parts(text: &str) -> Option<(&str, &str)> {
    let (lookup, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let form = lookup.len() == 16
        && lookup.bytes().all(|b| b.is_ascii_hexdigit())
        && secret.len() == 43
        && secret
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    form.then_some((lookup, secret))
}

/// Whether a secret is the one whose hash is stored; takes the same time either way.
#[must_use]
pub fn matches(secret: &str, stored_hash: &str) -> bool {
    hash(secret).as_bytes().ct_eq(stored_hash.as_bytes()).into()
}

fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_opens_its_own_lock_only() {
        let (one, other) = (NewKey::from_random(&[1; 40]), NewKey::from_random(&[2; 40]));
        let (lookup, secret) = parts(&one.text).expect("a key");
        assert_eq!(lookup, one.lookup);
        assert!(matches(secret, &one.hash));
        assert!(!matches(secret, &other.hash));
        assert!(!one.hash.contains(secret));
        for odd in ["", "mhk_", "mhk_1_2", "Bearer", &one.text[..30]] {
            assert!(parts(odd).is_none(), "{odd}");
        }
    }
}
