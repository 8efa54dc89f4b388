//! Slugs and the folded form of word search: what is made of any text is of its form, and making
//! it again changes nothing.

use std::collections::HashSet;

use masthead::text::fold::fold;
use masthead::text::slug::{MAX_SLUG_LEN, is_slug, numbered, slugify};
use masthead::values::{Reference, Slug};

/// The form that the API document states, written out.
fn has_form(slug: &str) -> bool {
    let bytes = slug.as_bytes();
    let letters = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=MAX_SLUG_LEN).contains(&slug.len())
        && bytes.iter().all(letters)
        && !slug.starts_with('-')
        && !slug.ends_with('-')
        && !slug.contains("--")
}

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Some(slug) = slugify(text) {
        assert!(has_form(&slug) && is_slug(&slug), "{slug:?} of {text:?}");
        assert_eq!(slugify(&slug).as_deref(), Some(&*slug));
        assert!(
            Slug::parse(&slug).is_ok() && Reference::parse(&slug).is_ok(),
            "{slug:?}"
        );
        for number in [2, 10, u32::MAX] {
            let other = numbered(&slug, number);
            assert!(has_form(&other) && is_slug(&other), "{other:?}");
        }
        let others: HashSet<String> = (2..20).map(|number| numbered(&slug, number)).collect();
        assert_eq!(others.len(), 18, "{slug:?}");
    }
    if is_slug(text) {
        assert!(has_form(text), "{text:?}");
    }
    if let Ok(slug) = Slug::parse(text) {
        assert!(is_slug(slug.as_str()), "{text:?}");
    }
    // A reference is an id or a slug, never both.
    if let Ok(reference) = Reference::parse(text) {
        assert_ne!(reference.is_id(), is_slug(reference.as_str()), "{text:?}");
    }
    let folded = fold(text);
    assert_eq!(fold(&folded), folded, "{text:?}");
    assert_eq!(folded.trim(), folded);
}
