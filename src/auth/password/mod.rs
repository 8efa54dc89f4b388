//! Passwords: which may be chosen, which may be tried, and how they are stored.
//!
//! Both kinds are brought into the composed form of Unicode (NFC), so that a password typed on
//! one system matches on another, where “é” may come as one character or as two. Nothing else
//! is changed: white space counts, case counts, and no end is cut off.

mod common;
mod hasher;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use secrecy::{ExposeSecret as _, SecretString};
use unicode_normalization::UnicodeNormalization as _;
use utoipa::ToSchema;

pub use self::hasher::{Hasher, HasherError, Verdict};

use crate::error::FieldErrors;
use crate::values::{Refusal, from_text};

/// The fewest characters of a new password.
const MIN_CHARACTERS: usize = 12;
/// The most characters of a password.
const MAX_CHARACTERS: usize = 1_024;
/// The most bytes of a password, in UTF-8.
const MAX_BYTES: usize = 4_096;

/// A new password: 12 to 1,024 characters (Unicode scalar values) and at most 4,096 bytes, without
/// control characters, normalised to NFC, and not a commonly used one.
#[derive(Debug, Clone, ToSchema)]
#[schema(
    value_type = String,
    format = Password,
    min_length = 12,
    max_length = 1024,
    pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
    example = "nine quiet ferries"
)]
pub struct Password(SecretString);

/// A password for signing in: any text of at most 1,024 characters and 4,096 bytes, normalised to
/// NFC. The rules for new passwords do not apply.
#[derive(Debug, Clone, ToSchema)]
#[schema(
    as = PasswordAttempt,
    value_type = String,
    format = Password,
    max_length = 1024,
    example = "nine quiet ferries"
)]
pub struct Attempt(SecretString);

/// The text in NFC, if it is not too long: what is longer costs nothing but being counted.
fn composed(text: &str) -> Result<String, Refusal> {
    if text.len() > MAX_BYTES || text.chars().count() > MAX_CHARACTERS {
        return Err(Refusal::new(
            "too_long",
            format!("must have at most {MAX_CHARACTERS} characters and {MAX_BYTES} bytes."),
        ));
    }
    Ok(text.nfc().collect())
}

impl Password {
    /// Checks a password that someone chose. [`check_for`](Self::check_for) goes on when it is
    /// known who.
    ///
    /// # Errors
    /// `too_long`, `too_short`, `control_character`, or `too_common` for one on the list of common
    /// passwords, a common word that is padded or repeated, or a simple pattern. None repeats
    /// anything of the password.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let password = SecretString::from(composed(text)?);
        let text = password.expose_secret();
        if text.chars().any(char::is_control) {
            let rule = "must not contain control characters, line breaks or tabs.";
            return Err(Refusal::new("control_character", rule));
        }
        if text.chars().count() < MIN_CHARACTERS {
            let rule = format!("must have at least {MIN_CHARACTERS} characters.");
            return Err(Refusal::new("too_short", rule));
        }
        if common::is_common(text) {
            let rule = "is a commonly used password: choose a less common one.";
            return Err(Refusal::new("too_common", rule));
        }
        Ok(Self(password))
    }

    /// Checks that the password is not made of what is known of its owner: the e-mail address,
    /// its local part or the name, also in parts, repeated, or with digits and signs.
    ///
    /// # Errors
    /// `too_personal`.
    pub fn check_for(&self, email: &str, name: &str) -> Result<(), Refusal> {
        if common::is_personal(self.0.expose_secret(), email, name) {
            let rule = "must not be derived from the name or the e-mail address.";
            return Err(Refusal::new("too_personal", rule));
        }
        Ok(())
    }
}

impl Attempt {
    /// Takes a password that someone tries.
    ///
    /// # Errors
    /// `too_long`, before anything is computed.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        composed(text).map(|text| Self(SecretString::from(text)))
    }
}

impl Deserr<FieldErrors> for Password {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        from_text(value, location, Self::parse)
    }
}

impl Deserr<FieldErrors> for Attempt {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        from_text(value, location, Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::values::read;

    fn code(text: &str) -> &'static str {
        Password::parse(text).map_or_else(|refusal| refusal.code, |_| "")
    }

    /// A text of so many characters that is not a common one.
    fn unusual(length: usize) -> String {
        "vexing quartz jukebox harbour "
            .chars()
            .cycle()
            .take(length)
            .collect()
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert_eq!(code(&unusual(11)), "too_short");
        assert_eq!(code(&unusual(12)), "");
        assert_eq!(code(&unusual(1_024)), "");
        assert_eq!(code(&unusual(1_025)), "too_long");
        let wide = "🦀🐙🦑🦐🦞🐚🐌🦋🐛🐜🐝🐞🦗🦂🦟🦠";
        assert_eq!(
            code(&wide.chars().take(11).collect::<String>()),
            "too_short"
        );
        assert_eq!(code(&wide.chars().take(12).collect::<String>()), "");
        assert_eq!(code(&wide.repeat(64)), "", "1,024 characters of four bytes");
        assert_eq!(code(&wide.repeat(65)), "too_long");
        // Twelve characters of which six are accents are six.
        assert_eq!(
            code("e\u{301}a\u{300}o\u{302}u\u{308}n\u{303}i\u{301}"),
            "too_short"
        );
    }

    #[test]
    fn nothing_is_cut_off_and_no_control_character_passes() {
        assert_eq!(code("  nine ferry "), "");
        assert_eq!(
            Password::parse(" nine ferries ").unwrap().0.expose_secret(),
            " nine ferries "
        );
        for odd in [
            "nine\0ferries",
            "nine ferries\n",
            "nine\tferries",
            "nine\u{85}ferries",
        ] {
            assert_eq!(code(odd), "control_character", "{odd:?}");
        }
    }

    #[test]
    fn an_attempt_is_any_text_that_is_not_too_long() {
        for fine in ["", "x", "password", "a\0b", &unusual(1_024)] {
            assert!(Attempt::parse(fine).is_ok(), "{fine}");
        }
        for long in [unusual(1_025), "🦀".repeat(1_025), "x".repeat(1_000_000)] {
            assert_eq!(Attempt::parse(&long).unwrap_err().code, "too_long");
        }
    }

    #[test]
    fn composed_and_decomposed_are_one() {
        let (one, two) = ("café des écluses", "cafe\u{301} des e\u{301}cluses");
        let exposed = |text| Password::parse(text).unwrap().0.expose_secret().to_owned();
        assert_eq!(exposed(one), exposed(two));
        let tried = Attempt::parse(two).unwrap();
        assert_eq!(tried.0.expose_secret(), one);
        // Only NFC: what looks alike is not made alike.
        assert_ne!(exposed("ﬁve quiet ferries"), exposed("five quiet ferries"));
    }

    #[test]
    fn neither_kind_nor_any_refusal_shows_it() {
        let secret = "nine quiet ferries";
        let shown = format!(
            "{:?} {:?}",
            Password::parse(secret).unwrap(),
            Attempt::parse(secret).unwrap()
        );
        assert!(!shown.contains("ferries"), "{shown}");
        for refused in ["hunter2", "hunter2hunter2", "hunter2\nhunter2 hunter2"] {
            let refusal = Password::parse(refused).unwrap_err();
            assert!(!refusal.detail.contains("hunter2"), "{}", refusal.detail);
        }
        let personal = Password::parse("jane.doe-2024").unwrap();
        let refusal = personal
            .check_for("jane.doe@example.org", "Jane")
            .unwrap_err();
        assert!(!refusal.detail.contains("jane"), "{}", refusal.detail);
    }

    #[test]
    fn a_body_names_the_field_and_the_code() {
        #[derive(Debug, deserr::Deserr)]
        #[deserr(error = FieldErrors, deny_unknown_fields)]
        struct Body {
            #[expect(dead_code, reason = "only read")]
            current: Attempt,
            #[expect(dead_code, reason = "only read")]
            new: Password,
        }
        assert!(read::<Body>(json!({"current": "x", "new": "nine quiet ferries"})).is_ok());
        let body = json!({"current": "x".repeat(1_025), "new": "password1234"});
        let errors = read::<Body>(body).unwrap_err().0;
        let found: Vec<_> = errors.iter().map(|e| (e.place(), e.code())).collect();
        assert_eq!(found, [("/current", "too_long"), ("/new", "too_common")]);
        let errors = read::<Body>(json!({"current": "", "new": 123_456_789_012_u64})).unwrap_err();
        assert!(
            !format!("{errors:?}").contains("123456789012"),
            "{errors:?}"
        );
    }
}
