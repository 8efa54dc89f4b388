//! The texts of the mails. They are put together here, in words and nothing else: there is no
//! markup to break out of and no template to fill. What comes from people is brought into one
//! line first.

use std::time::Duration;

/// Longest name in a mail, in characters.
const MAX_NAME: usize = 200;

/// The content of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The subject: one line.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// An invitation to a new account: `link` leads to where a password is chosen, and is good for
/// so long.
#[must_use]
pub fn invitation(site: &str, name: &str, link: &str, good_for: Duration) -> Words {
    let (site, name, link) = (line(site), line(name), link_of(link));
    let time = in_words(good_for);
    Words {
        subject: format!("Your account at {site}"),
        text: format!(
            "Hello {name},\n\n\
             an account has been created for you at {site}. Choose your password here:\n\n\
             {link}\n\n\
             The link works once, within {time}. If you did not expect this mail, ignore it.\n"
        ),
    }
}

/// The way to a new password for who forgot theirs: `link` is good for so long.
#[must_use]
pub fn password_reset(site: &str, name: &str, link: &str, good_for: Duration) -> Words {
    let (site, name, link) = (line(site), line(name), link_of(link));
    let time = in_words(good_for);
    Words {
        subject: format!("Your password at {site}"),
        text: format!(
            "Hello {name},\n\n\
             a password reset was requested for your account at {site}. Choose a new password \
             here:\n\n\
             {link}\n\n\
             The link works once, within {time}. If you did not request it, ignore this mail: \
             your password stays unchanged.\n"
        ),
    }
}

/// The notice that a password was changed, for who did not do it. `link` leads to where a new
/// one can be asked for, where there is such a page.
#[must_use]
pub fn password_changed(site: &str, name: &str, link: Option<&str>) -> Words {
    let (site, name) = (line(site), line(name));
    let advice = match link.map(link_of) {
        Some(link) => format!("reset your password immediately:\n\n{link}\n"),
        None => "contact the administrators of the site immediately.\n".to_owned(),
    };
    Words {
        subject: format!("Your password at {site} was changed"),
        text: format!(
            "Hello {name},\n\n\
             the password of your account at {site} was changed. If you made this change, you \
             need not do anything. If you did not, {advice}"
        ),
    }
}

/// A text as one line: white space and control characters become single spaces, characters that
/// turn the direction of reading go, and what is longer than a name is cut.
fn line(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let flat: String = text
        .chars()
        .filter(|&c| !turns(c))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words: Vec<&str> = flat.split_whitespace().collect();
    words.join(" ").chars().take(MAX_NAME).collect()
}

/// An address without anything that would end it.
fn link_of(link: &str) -> String {
    let plain = |c: &char| !c.is_whitespace() && !c.is_control();
    link.chars().filter(plain).collect()
}

/// A time in whole hours where it has some, else in minutes.
fn in_words(time: Duration) -> String {
    let minutes = time.as_secs().div_ceil(60);
    match (minutes / 60, minutes % 60) {
        (1, 0) => "one hour".to_owned(),
        (hours, 0) if hours > 0 => format!("{hours} hours"),
        (0, 1) => "one minute".to_owned(),
        _ => format!("{minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://desk.example.org/reset#token=abc";

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_mail_says_who_what_where_and_how_long() {
        let invitation = invitation("The Courier", "Jane Doe", LINK, 48 * HOUR);
        assert_eq!(invitation.subject, "Your account at The Courier");
        assert_eq!(
            invitation.text,
            "Hello Jane Doe,\n\n\
             an account has been created for you at The Courier. Choose your password here:\n\n\
             https://desk.example.org/reset#token=abc\n\n\
             The link works once, within 48 hours. If you did not expect this mail, ignore it.\n"
        );
        let reset = password_reset("The Courier", "Jane Doe", LINK, HOUR);
        assert!(reset.text.contains("within one hour."), "{}", reset.text);
        let changed = password_changed("The Courier", "Jane Doe", Some(LINK));
        assert!(
            changed.text.contains(&format!("\n\n{LINK}\n")),
            "{}",
            changed.text
        );
        let changed = password_changed("The Courier", "Jane Doe", None);
        assert!(!changed.text.contains("https"), "{}", changed.text);
    }

    #[test]
    fn a_time_is_said_in_hours_where_it_has_whole_ones() {
        for (seconds, words) in [
            (60, "one minute"),
            (1_800, "30 minutes"),
            (3_600, "one hour"),
            (5_400, "90 minutes"),
            (259_200, "72 hours"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn a_name_cannot_add_lines_or_markup() {
        let name = "Jane\r\n\r\nYour account is closed:\u{2028}https://evil.example\0\u{202e}<b>{{link}}</b>";
        let site = "The\nCourier\r\nBcc: evil@example.org";
        for words in [
            invitation(site, name, LINK, HOUR),
            password_reset(site, name, LINK, HOUR),
            password_changed(site, name, Some(LINK)),
        ] {
            assert!(
                !words.subject.chars().any(char::is_control),
                "{}",
                words.subject
            );
            let first = words.text.lines().next().unwrap();
            assert_eq!(
                first,
                "Hello Jane Your account is closed: https://evil.example <b>{{link}}</b>,"
            );
            assert!(!words.text.contains(['\r', '\0', '\u{202e}', '\u{2028}']));
        }
        let long = invitation("S", &"n".repeat(10_000), LINK, HOUR);
        assert!(long.text.len() < 1_000);
    }
}
