//! Single values from outside: addresses, languages, times.

use masthead::import::dates;
use masthead::sessions::oidc::returns::Returns;
use masthead::values::{Email, Link, Locale, SitePath, WebUrl, in_rfc3339};
use url::Url;

/// Where a browser goes from a page of the site.
fn followed(link: &str) -> Url {
    let page = Url::parse("https://news.example.org/2026/harbour").expect("an address");
    page.join(link).expect("what is accepted can be followed")
}

fn is_on_site(url: &Url) -> bool {
    url.origin() == followed("/").origin()
}

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(url) = WebUrl::parse(text) {
        let led = followed(url.as_str());
        assert!(matches!(led.scheme(), "http" | "https"), "{led}");
        assert!(led.has_host() && led.password().is_none(), "{led}");
        assert_eq!(led, Url::parse(url.as_str()).expect("complete"));
        assert_eq!(WebUrl::parse(url.as_str()).as_ref(), Ok(&url));
        assert!(Link::parse(text).is_ok());
    }
    if let Ok(link) = Link::parse(text) {
        let led = followed(link.as_str());
        assert!(matches!(led.scheme(), "http" | "https"), "{led}");
        assert!(!link.as_str().starts_with('/') || is_on_site(&led), "{led}");
        assert_eq!(Link::parse(link.as_str()), Ok(link));
    }
    if let Ok(path) = SitePath::parse(text) {
        let led = followed(path.as_str());
        assert!(
            is_on_site(&led) && led.query().is_none() && led.fragment().is_none(),
            "{led}"
        );
        assert_eq!(SitePath::parse(path.as_str()), Ok(path));
    }
    if let Ok(email) = Email::parse(text) {
        let at = email
            .as_str()
            .split_once('@')
            .expect("a local part and a domain");
        assert!(
            !at.0.is_empty() && at.1.contains('.') && !at.1.contains('@'),
            "{text:?}"
        );
        assert!(
            !text.chars().any(|c| c.is_control() || c.is_whitespace()),
            "{text:?}"
        );
    }
    if let Ok(locale) = Locale::parse(text) {
        assert_eq!(Locale::parse(locale.as_str()), Ok(locale.clone()));
        // The same parts; variants are put in the order of the alphabet.
        let parts = |tag: &str| {
            let mut parts: Vec<String> = tag.split('-').map(str::to_ascii_lowercase).collect();
            parts.sort();
            parts
        };
        assert_eq!(parts(locale.as_str()), parts(text), "of {text:?}");
    }
    if let Ok(at) = in_rfc3339(text) {
        assert_eq!(in_rfc3339(&at.to_string()), Ok(at), "{text:?} became {at}");
        // What the API takes, files may have too, and it is the same moment.
        let read = dates::parse(text).expect("RFC 3339 is one of the forms");
        assert_eq!(read.timestamp_millis(), at.0, "{text:?}");
    }
    let desk = "https://desk.example.org/app";
    let returns = Returns::new(&[desk.to_owned()]).expect("a plain address");
    if let Ok(url) = returns.check(text) {
        let mut bare = followed(url.as_str());
        assert!(
            bare.query_pairs().all(|(name, _)| name != "sign_on_error"),
            "{url}"
        );
        bare.set_query(None);
        assert_eq!(bare.as_str(), desk, "{text:?}");
    }
}
