//! How mail is sent: section `[mail]` and the URL of the server.

use std::fmt;

use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::ConfigError;
use super::secret::{HiddenUrl, ShowUrl};

/// Section `[mail]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// The server that takes mail; empty for none.
    pub smtp_url: HiddenUrl<SmtpUrl>,
    /// The sender: `desk@example.org` or `The Desk <desk@example.org>`.
    pub from: String,
}

/// Where mail goes to, and whom it is from.
#[derive(Debug, Clone)]
pub struct MailRoute {
    /// The server.
    pub server: SmtpUrl,
    /// The sender.
    pub from: Mailbox,
}

impl MailSettings {
    /// Names another server, as tests do.
    pub fn set_smtp_url(&mut self, url: &str) {
        self.smtp_url = HiddenUrl::new(url);
    }

    /// How mail is sent; `None` when no server is named.
    ///
    /// # Errors
    /// When the URL or the sender cannot be used.
    pub fn route(&self) -> Result<Option<MailRoute>, ConfigError> {
        let from = match self.from.as_str() {
            "" => None,
            from => Some(sender(from).ok_or_else(|| {
                ConfigError::new(
                    "mail.from must be an address, or a name followed by an address in <…>",
                )
            })?),
        };
        match (self.smtp_url.expose(), from) {
            ("", _) => Ok(None),
            (url, from) => {
                let server = SmtpUrl::parse(url)
                    .map_err(|why| ConfigError(format!("mail.smtp_url: {why}")))?;
                let from = from.ok_or_else(|| {
                    ConfigError::new(
                        "mail.from, the sender's address, is required if mail.smtp_url is set",
                    )
                })?;
                Ok(Some(MailRoute { server, from }))
            }
        }
    }
}

fn sender(text: &str) -> Option<Mailbox> {
    let plain = !text.chars().any(char::is_control);
    text.parse().ok().filter(|_| plain)
}

/// Whether the connection is encrypted. There is no “if the server offers it”: whoever stands
/// in between could take the offer away, and with it the password and every link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From the first byte (RFC 8314): `smtps://`.
    Implicit,
    /// By `STARTTLS` (RFC 3207), without which nothing is sent: `?tls=required`.
    StartTls,
    /// None: `?tls=none`.
    None,
}

/// A server that takes mail: `smtps://user:password@host` or
/// `smtp://user:password@host:587?tls=required`. User and password are percent-encoded.
#[derive(Debug, Clone)]
pub struct SmtpUrl {
    /// The host's name or address, without brackets.
    pub host: String,
    /// The port; 465, 587 or 25 by default, as the encryption is.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub encryption: Encryption,
    /// The user name.
    pub user: String,
    /// The password; without one there is no authentication.
    pub password: Option<SecretString>,
    tls: Option<String>,
}

impl SmtpUrl {
    /// Reads the URL. `smtp://` is encrypted unless it says `tls=none` or the host is this
    /// machine.
    ///
    /// # Errors
    /// A sentence that says what is wrong and repeats nothing of what was given.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "must be smtps://user:password@host or \
                            smtp://user:password@host:587?tls=required, percent-encoded";
        let url = Url::parse(text).map_err(|_not_a_url| FORM)?;
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err(FORM),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(FORM);
        }
        let mut tls = None;
        for (name, value) in url.query_pairs() {
            match name.as_ref() {
                "tls" if tls.is_none() => tls = Some(value.into_owned()),
                _ => return Err("has an unknown parameter; the only one is tls"),
            }
        }
        let local = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1");
        let encryption = match (url.scheme(), tls.as_deref()) {
            ("smtps", None | Some("required")) => Encryption::Implicit,
            ("smtp", Some("required")) => Encryption::StartTls,
            ("smtp", Some("none")) => Encryption::None,
            ("smtp", None) if local => Encryption::None,
            ("smtp", None) => Encryption::StartTls,
            ("smtp" | "smtps", Some(_)) => {
                return Err("supports tls=required or, with smtp, tls=none");
            }
            _ => return Err(FORM),
        };
        let port = url.port().unwrap_or(match encryption {
            Encryption::Implicit => 465,
            Encryption::StartTls => 587,
            Encryption::None => 25,
        });
        let decoded = |part: &str| match percent_decode_str(part).decode_utf8() {
            Ok(text) if !text.chars().any(char::is_control) => Ok(text.into_owned()),
            _ => Err(FORM),
        };
        Ok(Self {
            host,
            port,
            encryption,
            user: decoded(url.username())?,
            password: match url.password() {
                Some(password) => Some(SecretString::from(decoded(password)?)),
                None => None,
            },
            tls,
        })
    }
}

/// Shows where the server is and who logs in, without the password.
impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.encryption {
            Encryption::Implicit => "smtps",
            Encryption::StartTls | Encryption::None => "smtp",
        };
        write!(f, "{scheme}://")?;
        if !self.user.is_empty() {
            let user = percent_encoding::utf8_percent_encode(
                &self.user,
                percent_encoding::NON_ALPHANUMERIC,
            );
            write!(f, "{user}@")?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)?;
        } else {
            write!(f, "{}:{}", self.host, self.port)?;
        }
        match &self.tls {
            Some(tls) => write!(f, "?tls={tls}"),
            None => Ok(()),
        }
    }
}

impl ShowUrl for SmtpUrl {
    fn show(url: &str) -> Option<String> {
        Self::parse(url).ok().map(|url| url.to_string())
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn the_url_says_how_the_server_is_reached() {
        for (text, host, port, encryption) in [
            (
                "smtps://u:p@mail.example.org",
                "mail.example.org",
                465,
                Encryption::Implicit,
            ),
            (
                "smtp://u:p@mail.example.org:587?tls=required",
                "mail.example.org",
                587,
                Encryption::StartTls,
            ),
            (
                "smtp://mail.example.org",
                "mail.example.org",
                587,
                Encryption::StartTls,
            ),
            (
                "smtp://relay:1025?tls=none",
                "relay",
                1025,
                Encryption::None,
            ),
            (
                "smtp://127.0.0.1:1025/",
                "127.0.0.1",
                1025,
                Encryption::None,
            ),
            ("smtp://[::1]", "::1", 25, Encryption::None),
        ] {
            let url = SmtpUrl::parse(text).expect(text);
            let found = (url.host.as_str(), url.port, url.encryption);
            assert_eq!(found, (host, port, encryption), "{text}");
            let again = SmtpUrl::parse(&url.to_string()).expect("what is shown is a URL");
            let found = (again.host.as_str(), again.port, again.encryption);
            assert_eq!(found, (host, port, encryption), "{text}");
        }
        let url = SmtpUrl::parse("smtps://desk%40example.org:a%3Ab%2F@h").expect("a URL");
        assert_eq!(url.user, "desk@example.org");
        assert_eq!(url.password.expect("one").expose_secret(), "a:b/");
        for wrong in [
            "",
            "mail.example.org",
            "http://mail.example.org",
            "smtp://",
            "smtp://h/name",
            "smtp://h?tls=opportunistic",
            "smtps://h?tls=none",
            "smtp://h?tls=required&tls=none",
            "smtp://h?timeout=1",
            "smtp://u:p%0d%0aQUIT@h",
        ] {
            assert!(SmtpUrl::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for text in [
            "smtps://me:hunter2@h",
            "smtp://me:hunter2@h?tls=none",
            "smtp://me:1#hunter2@h",
            "smtp://me:1/hunter2@h",
            "smtp://me:1?hunter2@h",
            "smtp://me:x@hunter2@h",
            "me:hunter2@h",
        ] {
            let settings = MailSettings {
                smtp_url: HiddenUrl::new(text),
                from: "a@example.org".to_owned(),
            };
            let shown = toml::to_string(&settings).expect("toml");
            let route = match settings.route() {
                Ok(route) => format!("{route:?}"),
                Err(why) => why.to_string(),
            };
            assert!(
                !format!("{shown} {settings:?} {route}").contains("hunter2"),
                "{text}"
            );
        }
    }

    #[test]
    fn whoever_sends_needs_an_address() {
        let route = |from: &str, url: &str| {
            let from = from.to_owned();
            MailSettings {
                smtp_url: HiddenUrl::new(url),
                from,
            }
            .route()
        };
        let sender = |from: &str| route(from, "smtp://h").map(|route| route.expect("one").from);
        assert!(route("", "").expect("none").is_none());
        assert!(route("a@example.org", "").expect("none").is_none());
        assert!(route("", "smtp://h").is_err());
        assert_eq!(sender("a@example.org").expect("one").name, None);
        for named in [
            "Müllers Zeitung <a@example.org>",
            "\"Müllers Zeitung\" <a@example.org>",
        ] {
            let named = sender(named).expect("one");
            assert_eq!(named.name.as_deref(), Some("Müllers Zeitung"));
            assert_eq!(named.email.to_string(), "a@example.org");
        }
        for wrong in [
            "The Desk",
            "a@",
            "A\r\nBcc: b@example.org <a@example.org>",
            "\"A\u{1}\" <a@b.example>",
        ] {
            assert!(sender(wrong).is_err(), "{wrong}");
        }
    }
}
