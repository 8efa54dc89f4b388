//! Values derived from an idempotency key: the id of its record, the fingerprint of a request,
//! and the seal of an answer.
//!
//! Everything hangs on the key that the caller presents, the caller, and a secret of the service.
//! So the table reveals neither the key nor the answer, and does not even confirm a guessed body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hmac::digest::Key as MacKey;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::auth::credentials::random::bytes;
use crate::error::{Error, Result};

const NONCE_BYTES: usize = 12;

/// The secrets of one key of one caller.
pub(super) struct Seal {
    /// The id of the record.
    pub(super) id: String,
    requests: [u8; 32],
    answers: [u8; 32],
}

impl Seal {
    /// Derives all from the secret of the service, the caller and the key (HMAC-SHA-256 as a
    /// pseudo-random function, as in the second step of HKDF, RFC 5869).
    pub(super) fn new(secret: &[u8; 32], principal: &str, key: &str) -> Self {
        let derive = |purpose: &str| {
            let parts = [purpose.as_bytes(), principal.as_bytes(), key.as_bytes()];
            mac(secret, &parts)
        };
        Self {
            id: hex::encode(derive("id")),
            requests: derive("request"),
            answers: derive("answer"),
        }
    }

    /// A digest of the parts of a request; the same parts give the same.
    pub(super) fn fingerprint(&self, parts: &[&[u8]]) -> String {
        hex::encode(mac(&self.requests, parts))
    }

    /// Encrypts an answer to the request with this fingerprint (RFC 8439). The nonce is random: a
    /// key seals few answers, since it is one caller's for one of their keys.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(super) fn close(&self, fingerprint: &str, answer: &[u8]) -> Result<String> {
        let nonce = bytes::<NONCE_BYTES>()?;
        let payload = Payload {
            msg: answer,
            aad: fingerprint.as_bytes(),
        };
        let sealed = self.cipher().encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.map_err(|_failed| Error::internal("encrypting a response failed"))?;
        Ok(STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Decrypts the text of [`close`](Self::close); `None` when it is damaged, or sealed with other keys.
    pub(super) fn open(&self, fingerprint: &str, sealed: &str) -> Option<Vec<u8>> {
        let sealed = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload {
            msg: sealed,
            aad: fingerprint.as_bytes(),
        };
        self.cipher().decrypt(&Nonce::from(*nonce), payload).ok()
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&Key::from(self.answers))
    }
}

/// The MAC over parts, each with its length before it, so that no byte can move from one to the
/// other.
fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC fills a key shorter than a block with zeros (RFC 2104); done here, so that the length
    // is right by type.
    let mut block = MacKey::<Hmac<Sha256>>::default();
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new(&block);
    for part in parts {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        mac.update(&length.to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [7; 32];

    #[test]
    fn only_the_same_key_of_the_same_caller_opens() {
        let seal = Seal::new(&SECRET, "caller", "key");
        let sealed = seal.close("print", b"an answer").unwrap();
        assert!(!sealed.contains("answer"));
        let again = Seal::new(&SECRET, "caller", "key");
        assert_eq!(again.id, seal.id);
        assert_eq!(again.open("print", &sealed).unwrap(), b"an answer");
        assert_eq!(again.open("other", &sealed), None);
        for other in [
            Seal::new(&SECRET, "caller", "kez"),
            Seal::new(&SECRET, "calles", "key"),
            Seal::new(&SECRET, "callerk", "ey"),
            Seal::new(&[8; 32], "caller", "key"),
        ] {
            assert_ne!(other.id, seal.id);
            assert_ne!(other.fingerprint(&[b"a"]), seal.fingerprint(&[b"a"]));
            assert_eq!(other.open("print", &sealed), None);
        }
    }

    #[test]
    fn the_same_answer_is_sealed_otherwise_each_time() {
        let seal = Seal::new(&SECRET, "caller", "key");
        let close = || seal.close("print", b"an answer").unwrap();
        assert_ne!(close(), close());
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let seal = Seal::new(&SECRET, "caller", "key");
        let sealed = seal.close("print", b"an answer").unwrap();
        let mut raw = STANDARD_NO_PAD.decode(&sealed).unwrap();
        for at in 0..raw.len() {
            raw[at] ^= 1;
            assert_eq!(seal.open("print", &STANDARD_NO_PAD.encode(&raw)), None);
            raw[at] ^= 1;
        }
        for damaged in ["", "AAAA", "not base64!", &sealed[..20]] {
            assert_eq!(seal.open("print", damaged), None);
        }
    }

    #[test]
    fn fingerprints_keep_parts_apart() {
        let seal = Seal::new(&SECRET, "caller", "key");
        let one = seal.fingerprint(&[b"ab", b"c"]);
        assert_eq!(one.len(), 64);
        assert_eq!(one, seal.fingerprint(&[b"ab", b"c"]));
        assert_ne!(one, seal.fingerprint(&[b"a", b"bc"]));
        assert_ne!(one, seal.fingerprint(&[b"ab", b"c", b""]));
    }
}
