//! Secrets that are handed out once and kept as hashes: refresh tokens, one-time tokens.
//!
//! 256 random bits cannot be guessed, so one round of SHA-256 is enough to keep of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};

/// A secret that was just made; the only moment at which its text exists.
pub struct NewSecret {
    /// The text to hand over, once.
    pub text: String,
    /// Its hash.
    pub hash: String,
}

/// Makes a secret whose text begins with `prefix`, so that scanners recognise one that leaked.
///
/// # Errors
/// When the system has no randomness.
pub fn secret(prefix: &str) -> Result<NewSecret> {
    let text = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes::<32>()?));
    let hash = hash(&text);
    Ok(NewSecret { text, hash })
}

/// Random bytes.
///
/// # Errors
/// When the system has no randomness.
pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(bytes)
}

/// Hash of a secret as stored: its SHA-256 in hexadecimal.
#[must_use]
pub fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}
