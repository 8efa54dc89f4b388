//! A mail, put together so that nothing which is given gets out of its place.

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};

use super::MailError;

/// A mail as it goes to the server.
pub(super) struct Letter {
    /// The recipient, for the log.
    pub(super) to: String,
    /// Sender and recipient, for the server.
    pub(super) envelope: Envelope,
    /// Headers and text.
    pub(super) bytes: Vec<u8>,
}

impl Letter {
    /// A plain text from one to another. Control characters in the text are left out, but for
    /// line breaks and tabs.
    ///
    /// # Errors
    /// When the address is not one, or the subject is not one line.
    pub(super) fn new(
        from: &Mailbox,
        to: &str,
        subject: &str,
        text: &str,
    ) -> Result<Self, MailError> {
        let recipient = address(to)?;
        if subject.chars().any(char::is_control) {
            return Err(MailError::Unusable(
                "the subject contains control characters",
            ));
        }
        let text: String = text
            .chars()
            .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
            .collect();
        let message = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, recipient))
            .subject(subject)
            .message_id(Some(message_id(from.email.domain())?))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(text)
            .map_err(|_incomplete| MailError::Unusable("it is incomplete"))?;
        Ok(Letter {
            to: to.to_owned(),
            envelope: message.envelope().clone(),
            bytes: message.formatted(),
        })
    }
}

/// An address, with its domain as the DNS knows it (RFC 5891), since few servers take others.
fn address(text: &str) -> Result<Address, MailError> {
    let not_one = MailError::Unusable("the address is invalid");
    if text.chars().any(char::is_control) {
        return Err(not_one);
    }
    let known = match text.rsplit_once('@') {
        Some((local, domain)) if !domain.is_ascii() => {
            url::Host::parse(domain).map(|domain| format!("{local}@{domain}"))
        }
        _ => Ok(text.to_owned()),
    };
    known
        .ok()
        .and_then(|known| known.parse().ok())
        .ok_or(not_one)
}

/// A name for the mail in the sender's domain. The library's own would tell our host's name.
fn message_id(domain: &str) -> Result<String, MailError> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|error| MailError::Failed(error.to_string()))?;
    Ok(format!("<{:032x}@{domain}>", u128::from_be_bytes(random)))
}

/// `Auto-Submitted: auto-generated` (RFC 3834): no program should answer.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(to: &str, subject: &str, text: &str) -> Result<Letter, MailError> {
        let from = "Die Müller-Zeitung <desk@example.org>".parse().unwrap();
        Letter::new(&from, to, subject, text)
    }

    fn head(letter: &Letter) -> Vec<String> {
        let text = String::from_utf8(letter.bytes.clone()).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        head.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_mail_has_the_headers_that_it_needs_and_no_others() {
        let made = letter("jane@example.org", "Straße & Co", "Hällo\n").unwrap();
        let lines = head(&made);
        let names: Vec<_> = lines
            .iter()
            .map(|line| line.split(':').next().unwrap())
            .collect();
        let expected = [
            "From",
            "To",
            "Subject",
            "Message-ID",
            "Auto-Submitted",
            "Content-Type",
            "Date",
            "Content-Transfer-Encoding",
        ];
        let mut sorted = (names.clone(), expected.to_vec());
        sorted.0.sort_unstable();
        sorted.1.sort_unstable();
        assert_eq!(sorted.0, sorted.1, "{lines:?}");
        let all = lines.join("\n");
        assert!(all.contains("To: jane@example.org"), "{all}");
        assert!(all.contains("@example.org>"), "{all}");
        assert!(all.contains("text/plain; charset=utf-8"), "{all}");
        assert!(all.is_ascii(), "{all}");
    }

    #[test]
    fn nothing_that_is_given_becomes_a_header() {
        let inject = "x\r\nBcc: evil@example.org\r\n\r\nbody";
        assert!(letter("jane@example.org", inject, "text").is_err());
        for address in [
            inject,
            "jane@example.org\r\nBcc: evil@example.org",
            "jane@example.org\nBcc: evil@example.org",
            "jane@example.org, evil@example.org",
            "jane@example.org> RCPT TO:<evil@example.org",
            "\"a\r\n\"@example.org",
            "",
            "jane",
        ] {
            assert!(letter(address, "Hello", "text").is_err(), "{address:?}");
        }
        // Of the text nothing gets out of it either.
        let made = letter("jane@example.org", "Hello", "a\r\n.\r\nQUIT\u{0}\rb").unwrap();
        let text = String::from_utf8(made.bytes).unwrap();
        assert!(text.ends_with("\r\n\r\na\r\n.\r\nQUITb"), "{text:?}");
    }

    #[test]
    fn a_long_subject_in_many_letters_stays_one_header() {
        let subject = "Einladung zur Größten Zeitung der Welt — 東京 ".repeat(20);
        let made = letter("jane@example.org", &subject, "text").unwrap();
        let lines = head(&made);
        let start = lines
            .iter()
            .position(|line| line.starts_with("Subject:"))
            .unwrap();
        let rest = &lines[start + 1..];
        let end = rest.iter().position(|line| !line.starts_with(' ')).unwrap();
        assert!(rest[end].contains(": "), "{rest:?}");
        assert!(lines.iter().all(|line| line.len() <= 200), "{lines:?}");
    }

    #[test]
    fn a_domain_goes_out_as_the_dns_knows_it() {
        let known = address("jane@zeitung-münchen.de").unwrap();
        assert_eq!(known.to_string(), "jane@xn--zeitung-mnchen-osb.de");
    }
}
