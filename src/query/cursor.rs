//! `cursor=`: where a page of a list begins. Opaque to callers, tamper-proof, and bound to the
//! query it came from.
//!
//! Base64url without padding (RFC 4648, section 5) of a payload and its HMAC-SHA256 (RFC 2104),
//! cut to its left 16 bytes. The MAC covers the query as well as the payload, so a cursor of one
//! filter or sort is refused by another. The payload is signed, not encrypted: it holds nothing
//! but what the page itself showed.
//!
//! Payload: version, way, number of keys, the keys, the id. A text is its length as LEB128 and its
//! UTF-8; an integer is eight bytes, big-endian.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::Key as MacKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Longest cursor that is read, in characters. Sort keys together may have a little less than
/// three quarters of it, in bytes; a cursor written from longer ones is refused when it returns.
pub const MAX_CURSOR_LEN: usize = 4_096;

/// First byte of the payload; a change of its form takes the next number.
const VERSION: u8 = 1;
const MAC_LEN: usize = 16;
const TEXT: u8 = 0;
const INTEGER: u8 = 1;

/// Which way a page lies from the row that the cursor names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// The rows after it: the next page.
    Forward,
    /// The rows before it: the previous page.
    Backward,
}

/// The value of one sort key in the row that the cursor names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CursorKey {
    /// A text, as the database holds it.
    Text(String),
    /// A number; times are milliseconds since the epoch, UTC.
    Integer(i64),
}

/// A place in a sorted list: between two rows, next to the row that has these keys and this id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// Which way to read from there.
    pub way: Way,
    /// The row's sort keys, in the order of the sort; at most 255.
    pub keys: Vec<CursorKey>,
    /// The row's id: the last key of every order, which makes it total.
    pub id: String,
}

/// The key that cursors are signed with. All instances that serve one site need the same.
#[derive(Clone)]
pub struct CursorSecret([u8; 32]);

impl CursorSecret {
    /// Takes 32 bytes that nobody can guess.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The MAC over context and payload, each with its length before it, so that no byte can
    /// move from one to the other.
    fn mac(&self, context: &[u8], payload: &[u8]) -> Hmac<Sha256> {
        // HMAC fills a key shorter than a block with zeros (RFC 2104); done here, so that the
        // length is right by type.
        let mut key = MacKey::<Hmac<Sha256>>::default();
        for (to, from) in key.iter_mut().zip(self.0) {
            *to = from;
        }
        let length = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes();
        Hmac::<Sha256>::new(&key)
            .chain_update(length(context))
            .chain_update(context)
            .chain_update(length(payload))
            .chain_update(payload)
    }
}

impl std::fmt::Debug for CursorSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CursorSecret(redacted)")
    }
}

/// Why a cursor was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// Not a cursor of this version: not base64url, too short or too long, or of another form.
    #[error("this is not a cursor of this API; start again without one")]
    Malformed,
    /// The signature does not fit: a cursor of another query, or one that was changed. The two
    /// cannot be told apart.
    #[error("this cursor belongs to another query; start again without one")]
    WrongQuery,
}

impl CursorError {
    /// A stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "cursor_malformed",
            Self::WrongQuery => "cursor_wrong_query",
        }
    }
}

impl Cursor {
    /// The cursor as callers pass it on, signed for `context`: the canonical request (resource,
    /// audience, filter, sort), which must be the same to the byte when the cursor returns.
    pub fn encode(&self, secret: &CursorSecret, context: &[u8]) -> String {
        let mut bytes = self.payload();
        let mac = secret.mac(context, &bytes).finalize().into_bytes();
        bytes.extend(mac.iter().take(MAC_LEN));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`Cursor::encode`] wrote with the same secret and context. The signature is
    /// compared in constant time.
    ///
    /// # Errors
    ///
    /// See [`CursorError`]. No input makes it panic.
    pub fn decode(text: &str, secret: &CursorSecret, context: &[u8]) -> Result<Self, CursorError> {
        if text.len() > MAX_CURSOR_LEN {
            return Err(CursorError::Malformed);
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .ok_or(CursorError::Malformed)?;
        let (payload, mac) = bytes
            .split_last_chunk::<MAC_LEN>()
            .ok_or(CursorError::Malformed)?;
        if payload.first() != Some(&VERSION) {
            return Err(CursorError::Malformed);
        }
        let signed = secret
            .mac(context, payload)
            .verify_truncated_left(mac)
            .is_ok();
        if !signed {
            return Err(CursorError::WrongQuery);
        }
        Self::read(payload).ok_or(CursorError::Malformed)
    }

    fn payload(&self) -> Vec<u8> {
        let way = match self.way {
            Way::Forward => 0,
            Way::Backward => 1,
        };
        let count = u8::try_from(self.keys.len()).unwrap_or(u8::MAX);
        let mut out = vec![VERSION, way, count];
        for key in self.keys.iter().take(usize::from(count)) {
            match key {
                CursorKey::Text(text) => {
                    out.push(TEXT);
                    put_text(&mut out, text);
                }
                CursorKey::Integer(number) => {
                    out.push(INTEGER);
                    out.extend(number.to_be_bytes());
                }
            }
        }
        put_text(&mut out, &self.id);
        out
    }

    fn read(payload: &[u8]) -> Option<Self> {
        let mut rest = payload;
        let [_version, way, count] = *take(&mut rest, 3)? else {
            return None;
        };
        let way = match way {
            0 => Way::Forward,
            1 => Way::Backward,
            _ => return None,
        };
        let mut keys = Vec::new();
        for _ in 0..count {
            keys.push(match *take(&mut rest, 1)? {
                [TEXT] => CursorKey::Text(take_text(&mut rest)?),
                [INTEGER] => {
                    let (number, after) = rest.split_first_chunk::<8>()?;
                    rest = after;
                    CursorKey::Integer(i64::from_be_bytes(*number))
                }
                _ => return None,
            });
        }
        let id = take_text(&mut rest)?;
        rest.is_empty().then_some(Self { way, keys, id })
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    let mut length = text.len();
    loop {
        let low = u8::try_from(length & 0x7f).unwrap_or(0);
        length >>= 7;
        if length == 0 {
            out.push(low);
            break;
        }
        out.push(low | 0x80);
    }
    out.extend(text.as_bytes());
}

fn take_text(rest: &mut &[u8]) -> Option<String> {
    let mut length = 0_usize;
    // Three groups of seven bits say more than the longest cursor can hold.
    for shift in [0, 7, 14] {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let bytes = take(rest, length)?;
            return std::str::from_utf8(bytes).ok().map(str::to_owned);
        }
    }
    None
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: CursorSecret = CursorSecret([7; 32]);

    fn example() -> Cursor {
        Cursor {
            way: Way::Forward,
            keys: vec![
                CursorKey::Integer(1_767_225_600_000),
                CursorKey::Text("Größe".to_owned()),
            ],
            id: "0190f3a0-0000-7000-8000-000000000000".to_owned(),
        }
    }

    #[test]
    fn the_form_does_not_change_unnoticed() {
        let cursor = Cursor {
            way: Way::Backward,
            keys: vec![CursorKey::Integer(1)],
            id: "x".to_owned(),
        };
        assert_eq!(
            cursor.payload(),
            [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, b'x']
        );
        let text = example().encode(&SECRET, b"q");
        assert!(text.len() < 110, "{}", text.len());
        assert!(
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
    }

    #[test]
    fn another_query_or_secret_refuses_it() {
        let text = example().encode(&SECRET, b"articles");
        assert_eq!(Cursor::decode(&text, &SECRET, b"articles"), Ok(example()));
        let wrong = Err(CursorError::WrongQuery);
        assert_eq!(Cursor::decode(&text, &SECRET, b"article"), wrong);
        assert_eq!(Cursor::decode(&text, &SECRET, b"articlez"), wrong);
        assert_eq!(
            Cursor::decode(&text, &CursorSecret::new([8; 32]), b"articles"),
            wrong
        );
    }

    #[test]
    fn what_is_no_cursor_is_malformed() {
        let padded = example().encode(&SECRET, b"q") + "=";
        let long = "A".repeat(MAX_CURSOR_LEN + 1);
        let other_version = URL_SAFE_NO_PAD.encode([2; 40]);
        for text in ["", "x", "!!!!", "AQAA", &padded, &long, &other_version] {
            assert_eq!(
                Cursor::decode(text, &SECRET, b"q"),
                Err(CursorError::Malformed),
                "{text}"
            );
        }
    }

    #[test]
    fn a_payload_is_read_to_its_end() {
        let mut payload = example().payload();
        assert_eq!(Cursor::read(&payload), Some(example()));
        payload.push(0);
        assert_eq!(Cursor::read(&payload), None);
    }

    #[test]
    fn the_secret_is_not_printed() {
        assert_eq!(format!("{SECRET:?}"), "CursorSecret(redacted)");
    }

    /// The key is filled by hand: the same MAC must come out as the library makes from a slice.
    #[test]
    fn the_mac_is_plain_hmac() {
        let by_slice = <Hmac<Sha256> as KeyInit>::new_from_slice(&[7; 32])
            .unwrap()
            .chain_update([
                0, 0, 0, 0, 0, 0, 0, 1, b'c', 0, 0, 0, 0, 0, 0, 0, 2, b'p', b'q',
            ]);
        let ours = SECRET.mac(b"c", b"pq");
        assert_eq!(
            ours.finalize().into_bytes(),
            by_slice.finalize().into_bytes()
        );
    }

    fn cursors() -> impl Strategy<Value = Cursor> {
        let key = prop_oneof![
            any::<i64>().prop_map(CursorKey::Integer),
            ".*".prop_map(CursorKey::Text)
        ];
        let way = prop_oneof![Just(Way::Forward), Just(Way::Backward)];
        (way, prop::collection::vec(key, 0..5), ".{0,40}").prop_map(|(way, keys, id)| Cursor {
            way,
            keys,
            id,
        })
    }

    proptest! {
        #[test]
        fn comes_back_as_it_was(cursor in cursors(), context: Vec<u8>) {
            let text = cursor.encode(&SECRET, &context);
            prop_assert_eq!(Cursor::decode(&text, &SECRET, &context), Ok(cursor));
        }

        #[test]
        fn any_changed_bit_is_refused(cursor in cursors(), at: prop::sample::Index, bit in 0_u8..8) {
            let text = cursor.encode(&SECRET, b"q");
            let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            let text = URL_SAFE_NO_PAD.encode(bytes);
            prop_assert!(Cursor::decode(&text, &SECRET, b"q").is_err());
        }

        #[test]
        fn no_input_panics(text in ".*|[A-Za-z0-9_-]{0,200}", payload: Vec<u8>) {
            prop_assert!(Cursor::decode(&text, &SECRET, b"q").is_err());
            // Beyond the signature too: an old signed form must not upset a new reader.
            let _ = Cursor::read(&payload);
        }

        #[test]
        fn what_is_read_is_written_back(tail: Vec<u8>) {
            let payload = [&[VERSION, 0, 1], tail.as_slice()].concat();
            if let Some(cursor) = Cursor::read(&payload) {
                prop_assert_eq!(Cursor::read(&cursor.payload()), Some(cursor));
            }
        }
    }
}
