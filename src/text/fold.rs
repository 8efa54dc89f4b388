//! The folded form of text, in which word search compares.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds text for word search: lower case (full Unicode), without the accents of Latin letters (é, ø,
/// ß as e, o, ss), compatibility forms as plain ones (ﬁ, full-width letters; NFKC), without soft
/// hyphens and zero-width spaces, apostrophes straight, white space collapsed and trimmed.
///
/// Marks of other scripts stay, since they tell letters apart there (й and и, が and か). Folding
/// twice is folding once.
pub fn fold(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    // White space joins with nothing, so words are folded one by one: most are of plain letters, of
    // which nothing has to be taken apart.
    for word in s.split(|c: char| c.is_ascii() && c.is_whitespace()) {
        let begin = out.len();
        if begin > 0 && !word.is_empty() {
            out.push(' ');
        }
        let begin_of_word = out.len();
        if word.is_ascii() {
            out.push_str(word);
            if let Some(word) = out.get_mut(begin_of_word..) {
                word.make_ascii_lowercase();
            }
        } else {
            out.push_str(&fold_word(word));
        }
        if out.len() == begin_of_word {
            out.truncate(begin);
        }
    }
    out
}

/// [`fold`] of any text, letter by letter.
fn fold_word(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut after_latin = false;
    let mut space = false;
    for c in s.nfkc().flat_map(char::to_lowercase).nfkd() {
        if c.is_whitespace() {
            space = true;
            after_latin = false;
            continue;
        }
        if is_combining_mark(c) && after_latin || is_invisible(c) {
            continue;
        }
        if std::mem::take(&mut space) && !out.is_empty() {
            out.push(' ');
        }
        match plain(c) {
            Some(letters) => out.push_str(letters),
            None => out.push(c),
        }
        after_latin = is_latin(c);
    }
    out.nfc().collect()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}')
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{DF}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}')
}

/// The replacement of a letter that Unicode does not decompose.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ŋ' => "n",
        'ŧ' => "t",
        'þ' => "th",
        'ς' => "σ",
        '’' => "'",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_are_folded_as_the_whole_is(
            s in "[a-zA-Z \t\n\u{b}'éÉßﬁ’\u{301}\u{308}\u{a0}\u{a8}\u{ad}\u{200b}\u{2003}ıİйが\u{ac00}\u{11a8}]{0,24}",
            any in any::<String>(),
        ) {
            prop_assert_eq!(fold(&s), fold_word(&s));
            prop_assert_eq!(fold(&any), fold_word(&any));
        }
    }

    #[test]
    fn latin_letters_lose_accents_and_case() {
        assert_eq!(fold("  ÉCOLE \t\n Zürich Straße "), "ecole zurich strasse");
        assert_eq!(fold("E\u{301}cole"), "ecole");
        assert_eq!(
            fold("Łódź Ærø Đà Nẵng İstanbul ISPARTA ısı"),
            "lodz aero da nang istanbul isparta isi"
        );
        assert_eq!(
            fold("ﬁnance ＡＢＣ don’t co\u{AD}operate"),
            "finance abc don't cooperate"
        );
        assert_eq!(fold("STRAẞE"), "strasse");
    }

    #[test]
    fn other_scripts_keep_their_marks() {
        assert_eq!(fold("Йод"), "йод");
        assert_eq!(fold("И\u{306}од"), "йод");
        assert_eq!(fold("ガイド"), "ガイド");
        assert_eq!(fold("ΟΔΟΣ οδός"), "οδοσ οδόσ");
        assert_eq!(fold("한국 中国"), "한국 中国");
        assert_eq!(fold(" \u{3000} "), "");
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(s in "\\PC{0,60}") {
            let once = fold(&s);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
