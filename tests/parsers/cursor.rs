//! `cursor=`: what is not signed is refused, what is signed is read or refused, nothing panics.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use masthead::query::cursor::{Cursor, CursorError, CursorSecret, MAX_CURSOR_LEN};
use sha2::Sha256;

const SECRET: [u8; 32] = [7; 32];
const CONTEXT: &[u8] = b"articles public sort=-published_at";

/// The cursor that this payload would be, had the server signed it: the parser behind the
/// signature is not to be reached otherwise.
fn signed(payload: &[u8]) -> String {
    let length = |bytes: &[u8]| (bytes.len() as u64).to_be_bytes();
    let mac = Hmac::<Sha256>::new_from_slice(&SECRET)
        .expect("any length is a key")
        .chain_update(length(CONTEXT))
        .chain_update(CONTEXT)
        .chain_update(length(payload))
        .chain_update(payload)
        .finalize()
        .into_bytes();
    let mut bytes = payload.to_vec();
    bytes.extend(&mac[..16]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let secret = CursorSecret::new(SECRET);
    if let Ok(text) = std::str::from_utf8(bytes) {
        // The seeds hold none that is signed, and no mutation signs one.
        assert!(Cursor::decode(text, &secret, CONTEXT).is_err());
    }
    let text = signed(bytes);
    match Cursor::decode(&text, &secret, CONTEXT) {
        Ok(cursor) => {
            let again = cursor.encode(&secret, CONTEXT);
            if again.len() <= MAX_CURSOR_LEN {
                let read = Cursor::decode(&again, &secret, CONTEXT);
                assert_eq!(read.as_ref(), Ok(&cursor));
                assert_eq!(
                    Cursor::decode(&again, &secret, b"another query"),
                    Err(CursorError::WrongQuery)
                );
            }
        }
        Err(error) => assert_eq!(error, CursorError::Malformed, "it was signed"),
    }
    // One bit of it changed.
    if let Some(first) = bytes.first() {
        let mut other = bytes.to_vec();
        let at = usize::from(*first) % other.len();
        other[at] ^= 1 << (first % 8);
        let mac = &URL_SAFE_NO_PAD.decode(&text).expect("our own")[bytes.len()..];
        other.extend(mac);
        let forged = URL_SAFE_NO_PAD.encode(other);
        assert!(Cursor::decode(&forged, &secret, CONTEXT).is_err());
    }
}
