//! Passwords that are tried first by whoever guesses: common ones, common words with padding,
//! simple patterns, and what is known of the owner.
//!
//! The lists are short on purpose. They hold what leaked most often among passwords of twelve
//! characters and more, and the words that people pad to reach twelve; what is beyond that is
//! for the limits on logins to slow down.

/// Common passwords of twelve characters and more: sorted, in lower case, one a line.
const COMMON: &str = include_str!("common.txt");

/// Words that are padded, repeated or put beside each other: sorted, in lower case, letters
/// only, one a line.
const STEMS: &str = include_str!("stems.txt");

/// Rows and ways along keyboards, digits and alphabets. Each is followed in both directions and
/// from its end to its beginning; no character stands in one twice.
const WAYS: [&str; 12] = [
    "0123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopüasdfghjklöäyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "йцукенгшщзхъфывапролджэячсмитьбю",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "!@#$%^&*()_+",
];

/// Shorter steps along a way are chance.
const SHORTEST_STRETCH: usize = 3;

/// Whether a password is a common one or a simple pattern.
pub(super) fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let plain: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    if is_listed(&lower) || is_listed(&plain) || is_of_stems(&lower) || is_pattern(&lower) {
        return true;
    }
    // “1-2-3-4-5-6-7-8” is its digits; a sentence in signs is not its two letters.
    plain.len() < lower.len() && plain.len() * 2 >= lower.len() && is_pattern(&plain)
}

/// Whether a password is made of its owner's e-mail address and name, with or without digits,
/// signs and common words.
pub(super) fn is_personal(password: &str, email: &str, name: &str) -> bool {
    let squeezed = |text: &str| -> String {
        let lower = text.to_lowercase();
        lower.chars().filter(|c| c.is_alphanumeric()).collect()
    };
    let local = email.split('@').next().unwrap_or_default();
    let words = [email, name]
        .into_iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let mut parts: Vec<String> = [email, local, name]
        .into_iter()
        .chain(words)
        .map(squeezed)
        .collect();
    parts.retain(|part| part.chars().count() >= 3);
    // The longest first: a part of a part must not break it up.
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    let whole = squeezed(password);
    // A mark in its place keeps what stood around it apart.
    let rest = parts
        .iter()
        .fold(whole.clone(), |rest, part| rest.replace(part.as_str(), " "));
    rest != whole
        && rest
            .split(|c: char| !c.is_alphabetic())
            .all(|word| word.is_empty() || is_word(word))
}

fn is_listed(text: &str) -> bool {
    COMMON.lines().any(|line| line == text)
}

fn is_word(letters: &str) -> bool {
    STEMS.lines().any(|line| line == letters) || is_listed(letters)
}

/// Whether the letters are one or two common words, whatever digits and signs stand around,
/// between or in the place of letters.
fn is_of_stems(lower: &str) -> bool {
    let one_or_two = |letters: &str| {
        is_word(letters)
            || STEMS
                .lines()
                .any(|stem| letters.strip_prefix(stem).is_some_and(is_word))
    };
    let letters: String = lower.chars().filter(|c| c.is_alphabetic()).collect();
    if one_or_two(&letters) {
        return true;
    }
    let core = lower.trim_matches(|c: char| !c.is_alphabetic());
    ['i', 'l'].into_iter().any(|one| {
        let letters: String = core
            .chars()
            .map(|c| letter_meant(c, one))
            .filter(|c| c.is_alphabetic())
            .collect();
        one_or_two(&letters)
    })
}

/// The letter in whose place a digit or sign often stands.
fn letter_meant(c: char, one: char) -> char {
    match c {
        '@' | '4' => 'a',
        '3' => 'e',
        '0' => 'o',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '1' | '!' | '|' => one,
        other => other,
    }
}

/// Whether a text is stretches along ways, or the same again and again.
fn is_pattern(lower: &str) -> bool {
    let characters: Vec<char> = lower.chars().collect();
    is_of_stretches(&characters) || is_repeated(&characters)
}

/// Whether all but two characters are stretches of three and more: of one character, or along a
/// way.
fn is_of_stretches(characters: &[char]) -> bool {
    let mut rest = characters;
    let mut odd = 0;
    while !rest.is_empty() && odd <= 2 {
        let mut stretch = longest_stretch(rest);
        if stretch < SHORTEST_STRETCH {
            stretch = 1;
            odd += 1;
        }
        rest = rest.get(stretch..).unwrap_or_default();
    }
    !characters.is_empty() && odd <= 2
}

/// How many of the first characters are one and the same, or follow a way.
fn longest_stretch(characters: &[char]) -> usize {
    let length_while = |follows: &dyn Fn(char, char) -> bool| {
        let pairs = characters.iter().zip(characters.iter().skip(1));
        1 + pairs.take_while(|&(&from, &to)| follows(from, to)).count()
    };
    let repeated = length_while(&|from, to| from == to);
    WAYS.iter()
        .flat_map(|way| {
            let way: Vec<char> = way.chars().collect();
            let follows = move |from: char, to: char| {
                let place = way.iter().position(|&c| c == from)?;
                way.get((place + 1) % way.len()).map(|&next| next == to)
            };
            [
                length_while(&|from, to| follows(from, to).unwrap_or(false)),
                length_while(&|from, to| follows(to, from).unwrap_or(false)),
            ]
        })
        .fold(repeated, usize::max)
}

/// Whether a text is a short or a common one again and again, the last time perhaps not whole.
fn is_repeated(characters: &[char]) -> bool {
    let length = characters.len();
    let period = (1..=length / 2).find(|&period| {
        let again = characters.iter().skip(period);
        again.eq(characters.iter().take(length - period))
    });
    let Some(period) = period else {
        return false;
    };
    let unit: String = characters.iter().take(period).collect();
    let stretches = || is_of_stretches(characters.get(..period).unwrap_or_default());
    period <= 4 || is_listed(&unit) || is_of_stems(&unit) || stretches()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted_and_unique(list: &str) {
        let lines: Vec<&str> = list.lines().collect();
        for pair in lines.windows(2) {
            assert!(pair[0] < pair[1], "{} stands before {}", pair[0], pair[1]);
        }
        for line in lines {
            assert_eq!(line, line.trim().to_lowercase(), "{line}");
            assert!(!line.is_empty());
        }
    }

    #[test]
    fn the_lists_are_in_order() {
        sorted_and_unique(COMMON);
        sorted_and_unique(STEMS);
        assert!(COMMON.lines().count() >= 300);
        assert!(COMMON.lines().all(|line| line.chars().count() >= 12));
        for stem in STEMS.lines() {
            assert!(stem.chars().all(char::is_alphabetic), "{stem}");
            assert!(stem.chars().count() >= 3, "{stem}");
        }
        for way in WAYS {
            let mut characters: Vec<char> = way.chars().collect();
            characters.sort_unstable();
            characters.dedup();
            assert_eq!(characters.len(), way.chars().count(), "{way}");
        }
    }

    #[test]
    fn common_ones_are_found_as_they_are_varied() {
        for common in [
            "password1234",
            "PassWord1234",
            "qwertyuiopas",
            "iloveyou1234",
            "administrator",
            "correcthorsebatterystaple",
            "Correct Horse Battery Staple",
            "correct-horse-battery-staple-1",
            "password!!!!",
            "letmein12345",
            "qwerty123456",
            "P@ssw0rd2024!",
            "Pa$$w0rd123456",
            "!!!welcome!!!",
            "2024-Summer-2024",
            "admin123password",
            "we1c0me123456",
            "Пароль123456",
            "passwort 2025",
            "masthead2026!",
            "passwordpassword",
            "password1password1password1",
        ] {
            assert!(is_common(common), "{common}");
        }
    }

    #[test]
    fn simple_patterns_are_found() {
        for pattern in [
            "aaaaaaaaaaaa",
            "!!!!!!!!!!!!",
            "            ",
            "123456789012",
            "987654321098",
            "abcdefghijkl",
            "ZYXWVUTSRQPO",
            "121212121212",
            "abcabcabcabcab",
            "abcdef123456",
            "abc123def456",
            "111222333444",
            "qwe123asd456",
            "asdfghjkl;'12",
            "1q2w3e4r5t6y",
            "1qaz2wsx3edc",
            "zaq1xsw2cde3",
            "qwertzuiopü1",
            "azertyuiopqs",
            "йцукенгшщзхъ",
            "!@#$%^&*()_+",
            "1-2-3-4-5-6-7-8-9",
            "qwertyuiop12",
        ] {
            assert!(is_common(pattern), "{pattern}");
        }
        assert!(is_common(&"a".repeat(1_024)));
        assert!(is_common(&"0123456789".repeat(102)));
    }

    #[test]
    fn unusual_ones_pass() {
        for fine in [
            "nine quiet ferries",
            "vexing quartz jukebox",
            "Tr0ub4dor&3-and-more",
            "xK9#mQ2$vL7!",
            "kgvqzhxwtrbn",
            "a!£$%^&a*()_+=?",
            "my password is longer than yours",
            "東京タワーの上で朝ごはん",
            "483920175628",
        ] {
            assert!(!is_common(fine), "{fine}");
        }
    }

    #[test]
    fn what_is_known_of_the_owner_is_found() {
        let (email, name) = ("jane.doe42@example.org", "Jane Ó Doe-Smith");
        for personal in [
            "jane.doe42@example.org",
            "JANE.DOE42@EXAMPLE.ORG",
            "jane.doe42jane.doe42",
            "janedoe42-2024!",
            "jane.doe42!!!",
            "doejane12345",
            "Jane Ó Doe-Smith",
            "12345 smith 67890",
            "JaneSmithPassword1",
        ] {
            assert!(is_personal(personal, email, name), "{personal}");
        }
        for fine in [
            "nine quiet ferries",
            "jane rows nine ferries",
            "483920175628",
            "!!!!!!!!!!!!",
        ] {
            assert!(!is_personal(fine, email, name), "{fine}");
        }
        assert!(!is_personal("nine quiet ferries", "", ""));
        assert!(!is_personal("nine quiet ferries", "a@b.de", "Al"));
    }
}
