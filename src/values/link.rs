//! Addresses.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Refusal, from_text};
use crate::error::FieldErrors;

const MAX_URL: usize = 2_048;
const MAX_PATH: usize = 500;
const MAX_EMAIL: usize = 254;

macro_rules! text_type {
    ($Type:ident) => {
        impl $Type {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text.
            #[must_use]
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl Deserr<FieldErrors> for $Type {
            fn deserialize_from_value<V: IntoValue>(
                value: Value<V>,
                location: ValuePointerRef<'_>,
            ) -> Result<Self, FieldErrors> {
                from_text(value, location, Self::parse)
            }
        }
    };
}

/// An absolute URL, `http` or `https`, at most 2,048 bytes. Non-ASCII letters are allowed (an IRI,
/// RFC 3987), and the URL is stored as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(value_type = String, format = "iri", max_length = 2048, pattern = "^https?://[^\\s/?#\\\\\\u0000-\\u001f\\u007f-\\u009f][^\\s\\\\\\u0000-\\u001f\\u007f-\\u009f]*$", example = "https://example.org/people/jane-doe")]
#[serde(transparent)]
pub struct WebUrl(String);
text_type!(WebUrl);

impl WebUrl {
    /// Checks an address.
    ///
    /// # Errors
    /// When it is not a complete `http` or `https` address, or too long.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        bounded(text, MAX_URL)?;
        let web = |url: &url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        // Parsers of addresses add the slashes that are missing, and drop those too many.
        let whole = text.split_once("://").is_some_and(|(scheme, rest)| {
            scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) && !rest.starts_with('/')
        });
        let plain = !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '\\');
        match url::Url::parse(text) {
            Ok(url) if web(&url) && whole && plain && url.password().is_none() => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Refusal::new(
                "not_a_url",
                "must be an absolute URL, https://…",
            )),
        }
    }
}

/// An absolute URL, or a path on the same site starting with `/`; non-ASCII letters are allowed in
/// both (RFC 3987).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(value_type = String, format = "iri-reference", max_length = 2048, pattern = "^(https?://[^\\s/?#\\\\\\u0000-\\u001f\\u007f-\\u009f][^\\s\\\\\\u0000-\\u001f\\u007f-\\u009f]*|/([^/\\s?#\\\\\\u0000-\\u001f\\u007f-\\u009f][^\\s?#\\\\\\u0000-\\u001f\\u007f-\\u009f]*)?)$", example = "https://media.example.org/bridge.jpg")]
#[serde(transparent)]
pub struct Link(String);
text_type!(Link);

impl Link {
    /// Checks an address.
    ///
    /// # Errors
    /// When it is neither a web address nor a path.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.starts_with('/') && SitePath::parse(text).is_ok() {
            return Ok(Self(text.to_owned()));
        }
        WebUrl::parse(text)
            .map(|url| Self(url.0))
            .map_err(|refusal| match refusal.code {
                "not_a_url" => Refusal::new(
                    "not_a_url",
                    "must be an https://… URL or a path starting with “/”.",
                ),
                _ => refusal,
            })
    }
}

/// A path on a site, such as `/2019/05/15/old-page.html`: starts with a single `/`, has no query,
/// fragment or white space, and is at most 500 bytes long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(value_type = String, min_length = 1, max_length = 500, pattern = "^/([^/\\s?#\\\\\\u0000-\\u001f\\u007f-\\u009f][^\\s?#\\\\\\u0000-\\u001f\\u007f-\\u009f]*)?$", example = "/2019/05/15/old-page.html")]
#[serde(transparent)]
pub struct SitePath(String);
text_type!(SitePath);

impl SitePath {
    /// Checks a path.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        bounded(text, MAX_PATH)?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '\\');
        if text.starts_with('/') && !text.starts_with("//") && !text.chars().any(odd) {
            return Ok(Self(text.to_owned()));
        }
        let rule = "must be a path starting with a single “/”, without spaces, “?” or “#”.";
        Err(Refusal::new("not_a_path", rule))
    }
}

/// An e-mail address, at most 254 bytes (RFC 5321), in the form `local@domain`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(value_type = String, format = "email", max_length = 254, example = "jane.doe@example.org")]
#[serde(transparent)]
pub struct Email(String);
text_type!(Email);

impl Email {
    /// Checks an address: its shape, not whether mail arrives.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        bounded(text, MAX_EMAIL)?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || "<>(),;:\"[]\\".contains(c);
        let domain_is_one = |domain: &str| {
            domain.contains('.')
                && domain.split('.').all(|part| {
                    !part.is_empty()
                        && !part.starts_with('-')
                        && !part.ends_with('-')
                        && part.chars().all(|c| c.is_alphanumeric() || c == '-')
                })
        };
        match text.split_once('@') {
            Some((local, domain))
                if (1..=64).contains(&local.len())
                    && !text.chars().any(odd)
                    && !local.starts_with('.')
                    && !local.ends_with('.')
                    && !local.contains("..")
                    && domain_is_one(domain) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(Refusal::new("not_an_email", "must be an e-mail address.")),
        }
    }
}

fn bounded(text: &str, max: usize) -> Result<(), Refusal> {
    if text.len() > max {
        return Err(Refusal::new(
            "too_long",
            format!("has {} bytes; the maximum is {max}.", text.len()),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_pass() {
        for good in ["https://example.org/a?b#c", "http://[::1]:8080/"] {
            assert!(WebUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "//evil.example",
            "ftp://a.example",
            "https://",
            "https://a b",
            "data:text/html,x",
            "",
            "https://u:p@h.example/",
            "https:example.org",
            "https:/example.org",
            "https:///example.org",
        ] {
            assert!(WebUrl::parse(bad).is_err(), "{bad}");
            assert!(Link::parse(bad).is_err(), "{bad}");
        }
        assert!(Link::parse("/images/a.jpg").is_ok());
        assert!(Link::parse("/\\evil").is_err());
    }

    #[test]
    fn paths_begin_with_one_slash() {
        assert!(SitePath::parse("/2019/a.html").is_ok());
        for bad in [
            "2019/a.html",
            "//evil.example/a",
            "/a b",
            "/a?b",
            "/a#b",
            "",
            "/a\0",
        ] {
            assert!(SitePath::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn emails_have_a_local_part_and_a_domain() {
        assert!(Email::parse("jane.doe+news@example.org").is_ok());
        for bad in [
            "jane",
            "jane@",
            "@example.org",
            "a@b",
            "a b@example.org",
            "a@@example.org",
            "a@example.org\n",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }
}
