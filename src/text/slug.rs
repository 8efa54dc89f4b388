//! Slugs: the part of a URL that names a resource, such as `budget-vote-delayed`.

use unicode_normalization::UnicodeNormalization;

/// The most characters a slug may have.
pub const MAX_SLUG_LEN: usize = 100;

/// Makes a slug of a title: transliterated to Latin letters, in lower case, words joined by hyphens,
/// cut at a hyphen to [`MAX_SLUG_LEN`].
///
/// `None` when no letter or digit is left. The result always satisfies [`is_slug`].
pub fn slugify(title: &str) -> Option<String> {
    // Four times the limit is ample: hardly a character is transliterated to nothing.
    let start: String = title.trim_start().nfc().take(4 * MAX_SLUG_LEN).collect();
    let slug = cut(&slug::slugify(spaced(&start)), MAX_SLUG_LEN).to_owned();
    if slug.is_empty() {
        return None;
    }
    Some(if is_like_id(&slug) {
        format!("id-{slug}")
    } else {
        slug
    })
}

/// Whether a string is a slug: `^[a-z0-9]+(-[a-z0-9]+)*$`, at most [`MAX_SLUG_LEN`] characters, and
/// not to be taken for a UUID, since ids and slugs stand in the same place of a URL.
pub fn is_slug(s: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    s.len() <= MAX_SLUG_LEN && s.split('-').all(is_word) && !is_like_id(s)
}

/// The slug `base` with a number, `base-2`, for when `base` is taken. `base` is shortened at a hyphen
/// where the whole would pass [`MAX_SLUG_LEN`]. Given a slug, gives a slug.
pub fn numbered(base: &str, n: u32) -> String {
    let number = format!("-{n}");
    let base = cut(base, MAX_SLUG_LEN.saturating_sub(number.len()));
    format!("{base}{number}")
}

/// Cuts a slug to `max` bytes at the last hyphen, or within the first word if that alone is longer.
fn cut(slug: &str, max: usize) -> &str {
    let Some(head) = slug.get(..max).filter(|_| slug.len() > max) else {
        return slug;
    };
    if slug.as_bytes().get(max) == Some(&b'-') {
        return head;
    }
    head.rsplit_once('-').map_or(head, |(words, _)| words)
}

/// Whether a string has the shape of a UUID, with hyphens or without.
fn is_like_id(s: &str) -> bool {
    let is_hex = |s: &str| s.bytes().all(|b| b.is_ascii_hexdigit());
    let groups: Vec<usize> = s.split('-').map(str::len).take(6).collect();
    (groups == [8, 4, 4, 4, 12] || groups == [32]) && s.split('-').all(is_hex)
}

/// Prepares a title for transliteration: drops what must not part a word (soft hyphens, the
/// apostrophe of `don’t` and `what’s`) and sets off symbols that become words (emoji, currency).
fn spaced(title: &str) -> String {
    let mut out = String::with_capacity(title.len() + 8);
    let mut before = ' ';
    let mut rest = title.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FE0F}' | '\u{FEFF}' => continue,
            '\'' | '’' if before.is_alphabetic() && is_english_ending(rest.as_str()) => {}
            _ if !c.is_ascii()
                && !c.is_alphanumeric()
                && slug::slugify(c.to_string()).len() > 1 =>
            {
                out.push(' ');
                out.push(c);
                out.push(' ');
            }
            _ => out.push(c),
        }
        before = c;
    }
    out
}

/// Whether what follows an apostrophe is an English ending, as against the second word of `l’eau`.
fn is_english_ending(rest: &str) -> bool {
    let word = rest
        .split(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or("");
    let endings = ["s", "t", "d", "m", "re", "ve", "ll"];
    endings
        .iter()
        .any(|ending| word.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slug(title: &str) -> String {
        slugify(title).unwrap_or_default()
    }

    #[test]
    fn transliterates() {
        assert_eq!(
            slug("Zürich: Straßenbahn fährt wieder"),
            "zurich-strassenbahn-fahrt-wieder"
        );
        assert_eq!(slug("Zu\u{308}rich"), "zurich");
        assert_eq!(slug("北京的报纸"), "bei-jing-de-bao-zhi");
        assert_eq!(slug("Москва сегодня"), "moskva-segodnia");
        assert_eq!(slug("Αθήνα σήμερα"), "athena-semera");
        assert!(is_slug(&slug("صباح الخير")), "{}", slug("صباح الخير"));
        assert_eq!(slug("Łódź & Ærø"), "lodz-aero");
        assert_eq!(slug("  --Test_-_cool!"), "test-cool");
    }

    #[test]
    fn apostrophes_and_soft_hyphens() {
        assert_eq!(
            slug("What’s new? Don't panic: they'll win"),
            "whats-new-dont-panic-theyll-win"
        );
        assert_eq!(slug("L’eau d'ici"), "l-eau-d-ici");
        assert_eq!(slug("Donau\u{AD}dampf"), "donaudampf");
    }

    #[test]
    fn symbols_become_words_or_nothing() {
        assert_eq!(slug("🦄☣"), "unicorn-biohazard");
        assert_eq!(slug("Win🎉now"), "win-tada-now");
        assert_eq!(slugify("…!?"), None);
        assert_eq!(slugify(""), None);
        assert_eq!(slugify(" \u{10FFFF}\u{E000} "), None);
    }

    #[test]
    fn cuts_at_a_hyphen() {
        let long = slug(&"budget ".repeat(40));
        assert_eq!(long, vec!["budget"; 14].join("-"));
        assert_eq!(slug(&"x".repeat(300)).len(), MAX_SLUG_LEN);
        assert_eq!(cut("ab-cd", 2), "ab");
        assert_eq!(cut("ab-cd", 4), "ab");
        assert_eq!(cut("ab-cd", 5), "ab-cd");
    }

    #[test]
    fn is_never_like_an_id() {
        let id = "550e8400-e29b-41d4-a716-446655440000";
        assert!(!is_slug(id) && !is_slug(&id.replace('-', "")));
        assert_eq!(slug(id), format!("id-{id}"));
        assert!(is_slug(&slug(&id.replace('-', ""))));
    }

    #[test]
    fn is_slug_is_exact() {
        for good in ["a", "2026", "a-b-2"] {
            assert!(is_slug(good), "{good}");
        }
        for bad in [
            "",
            "-",
            "a-",
            "-a",
            "a--b",
            "A",
            "é",
            "a_b",
            "a b",
            &"a".repeat(101),
        ] {
            assert!(!is_slug(bad), "{bad}");
        }
    }

    #[test]
    fn numbers_stay_within_the_limit() {
        assert_eq!(numbered("budget-vote", 2), "budget-vote-2");
        let long = slug(&"budget ".repeat(40));
        assert_eq!(
            numbered(&long, 123),
            format!("{}-123", vec!["budget"; 13].join("-"))
        );
        assert_eq!(
            numbered(&"x".repeat(100), 2),
            format!("{}-2", "x".repeat(98))
        );
    }

    proptest! {
        #[test]
        fn slugs_are_slugs(title in "(\\PC|[a-f0-9-]|[ '’.🎉中й]){0,300}", n in 2_u32..) {
            if let Some(slug) = slugify(&title) {
                prop_assert!(is_slug(&slug), "{slug}");
                prop_assert_eq!(slugify(&slug), Some(slug.clone()));
                prop_assert!(is_slug(&numbered(&slug, n)));
            }
        }
    }
}
