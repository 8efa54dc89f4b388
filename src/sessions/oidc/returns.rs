//! Where a sign-on may lead back to.

use url::Url;

use crate::values::Refusal;

/// The parameter with which an address that is led back to learns what went wrong.
pub(super) const ERROR_PARAMETER: &str = "sign_on_error";

const MAX_LENGTH: usize = 2_048;

/// The addresses of `oidc.return_urls`.
pub struct Returns(Vec<Url>);

impl Returns {
    /// Reads the setting.
    ///
    /// # Errors
    /// When an entry is no plain address.
    pub fn new(urls: &[String]) -> Result<Self, String> {
        let read = |text: &String| match Url::parse(text) {
            Ok(url) if is_plain(&url) && url.query().is_none() => Ok(url),
            _ => Err(format!(
                "oidc.return_urls: “{text}” must be https://host/path, without query and fragment"
            )),
        };
        urls.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// The address, as browsers read it, if it is one of these but for its query.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self, text: &str) -> Result<Url, Refusal> {
        // The parser would drop or turn these, and nobody needs them.
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
        let url = Some(text)
            .filter(|text| text.len() <= MAX_LENGTH && !text.chars().any(odd))
            .and_then(|text| Url::parse(text).ok())
            .filter(is_plain);
        let same = |url: &Url, one: &Url| url.origin() == one.origin() && url.path() == one.path();
        match url {
            Some(url) if self.0.iter().any(|one| same(&url, one)) => Ok(without_error(url)),
            _ => Err(Refusal::new(
                "not_allowed",
                "must be one of the addresses in oidc.return_urls, with any query.",
            )),
        }
    }
}

/// Whether an address is one on the web without user, password and fragment.
fn is_plain(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none()
}

/// The address without what an earlier sign-on said there.
fn without_error(mut url: Url) -> Url {
    let ours = |name: &str| name == ERROR_PARAMETER;
    if url.query_pairs().any(|(name, _)| ours(&name)) {
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| !ours(name))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_is_free_but_for_our_parameter() {
        let returns = Returns::new(&["https://desk.example.org/app".to_owned()]).expect("returns");
        for (given, kept) in [
            ("", ""),
            ("?", "?"),
            ("?a=%20b&a=c", "?a=%20b&a=c"),
            ("?sign_on_error=failed", ""),
            ("?a=1&sign_on_error=x&b=2", "?a=1&b=2"),
        ] {
            let url = returns.check(&format!("https://desk.example.org/app{given}"));
            let url = url.map_err(|refusal| refusal.detail).expect(given);
            assert_eq!(url.as_str(), format!("https://desk.example.org/app{kept}"));
        }
    }

    #[test]
    fn settings_are_plain_addresses() {
        for odd in [
            "https://a.example/x#y",
            "https://a.example/x?y",
            "https://me@a.example/x",
            "ftp://a.example/x",
            "/x",
        ] {
            assert!(Returns::new(&[odd.to_owned()]).is_err(), "{odd}");
        }
    }
}
