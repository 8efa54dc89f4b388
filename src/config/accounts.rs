//! The settings of accounts: `[auth]` and `[oidc]`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{Host, Url};

use crate::values::WebUrl;

/// Section `[auth]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthSettings {
    /// Access to published content.
    pub public_reads: PublicReads,
    /// `iss` of access tokens; empty for `server.public_url`, else `masthead`.
    pub issuer: String,
    /// `aud` of access tokens.
    pub audience: String,
    /// How long an access token is good, in minutes.
    pub access_minutes: u32,
    /// How long a refresh token is good, in days.
    pub refresh_days: u32,
    /// How long a session lasts at most, in days.
    pub session_days: u32,
    /// How long an instance trusts what it knows of a session or key, in seconds.
    pub recheck_seconds: u32,
    /// A private key that signs access tokens; empty for one of the database.
    pub signing_key_file: PathBuf,
    /// How long an invitation is good, in hours.
    pub invitation_hours: u32,
    /// How long a link for another password is good, in minutes.
    pub reset_minutes: u32,
    /// How long the set-up link is good, in hours.
    pub setup_hours: u32,
    /// The address of the page that links lead to; empty for the built-in one.
    pub link_url: String,
    /// Origins, besides our own, whose pages may use the refresh cookie.
    pub cookie_origins: Vec<String>,
    /// Whether the refresh cookie is sent over TLS only.
    pub cookie_secure: bool,
}

/// Access to published content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PublicReads {
    /// Anybody.
    Open,
    /// Only callers with a key or an account.
    Key,
}

/// Section `[oidc]`: single sign-on by OpenID Connect.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcSettings {
    /// The provider; empty for none.
    pub issuer: String,
    /// The client that the provider knows Masthead as.
    pub client_id: String,
    /// Its secret; empty for a public client.
    pub client_secret: Secret,
    /// Scopes requested in addition to `openid`.
    pub scopes: Vec<String>,
    /// The claim that names groups or roles; empty for none.
    pub role_claim: String,
    /// Which role a value of that claim gives; of several the mightiest counts.
    pub roles: BTreeMap<String, String>,
    /// The role of those whom no value gives one; empty refuses them.
    pub default_role: String,
    /// Whether people without an account get one.
    pub create_users: bool,
    /// Where a sign-on may lead back to.
    pub return_urls: Vec<String>,
    /// A PEM file with the certificates to trust instead of the public authorities.
    pub ca_file: PathBuf,
}

/// A text that is never printed.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretString::from(text)))
    }
}

impl Secret {
    /// The text, if there is one.
    #[must_use]
    pub fn expose(&self) -> Option<&str> {
        Some(self.0.expose_secret()).filter(|text| !text.is_empty())
    }

    /// Hides a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(SecretString::from(text))
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.expose().is_some() { "…" } else { "" })
    }
}

impl super::Settings {
    /// Whether the settings of accounts can be used; if not, why.
    pub(super) fn validate_accounts(&self) -> Result<(), String> {
        let (auth, oidc) = (&self.auth, &self.oidc);
        for (name, value) in [
            ("auth.access_minutes", auth.access_minutes),
            ("auth.refresh_days", auth.refresh_days),
            ("auth.session_days", auth.session_days),
            ("auth.invitation_hours", auth.invitation_hours),
            ("auth.reset_minutes", auth.reset_minutes),
            ("auth.setup_hours", auth.setup_hours),
        ] {
            if value == 0 {
                return Err(format!("{name} is too small"));
            }
        }
        if auth.audience.is_empty() {
            return Err("auth.audience is empty".to_owned());
        }
        let urls = [
            ("server.public_url", &self.server.public_url),
            ("auth.link_url", &auth.link_url),
            ("oidc.issuer", &oidc.issuer),
        ];
        let urls = urls.into_iter().filter(|(_, url)| !url.is_empty());
        let origins = auth
            .cookie_origins
            .iter()
            .map(|url| ("auth.cookie_origins", url));
        let returns = oidc.return_urls.iter().map(|url| ("oidc.return_urls", url));
        for (name, url) in urls.chain(origins).chain(returns) {
            if WebUrl::parse(url).is_err() {
                return Err(format!("{name}: “{url}” is not an absolute URL, https://…"));
            }
        }
        for origin in &auth.cookie_origins {
            // Compared with what browsers send, byte for byte.
            let parsed = url::Url::parse(origin).map(|url| url.origin().ascii_serialization());
            if parsed.ok().as_ref() != Some(origin) {
                return Err(format!(
                    "auth.cookie_origins: “{origin}” is not an origin: scheme and host, as in \
                     https://desk.example.org"
                ));
            }
        }
        if !oidc.issuer.is_empty() {
            if self.server.public_url.is_empty() {
                return Err("oidc.issuer requires server.public_url".to_owned());
            }
            if oidc.client_id.is_empty() {
                return Err("oidc.issuer requires oidc.client_id".to_owned());
            }
            if !is_safe(&oidc.issuer) {
                return Err(
                    "oidc.issuer must be an https URL, unless the host is this machine".to_owned(),
                );
            }
            let gives_roles = !oidc.role_claim.is_empty() || !oidc.default_role.is_empty();
            if oidc.create_users && !gives_roles {
                let error = "oidc.create_users requires oidc.default_role or oidc.role_claim";
                return Err(error.to_owned());
            }
        }
        Ok(())
    }

    /// `iss` of access tokens.
    #[must_use]
    pub fn token_issuer(&self) -> &str {
        match (self.auth.issuer.as_str(), self.server.public_url.as_str()) {
            ("", "") => "masthead",
            ("", url) => url,
            (issuer, _) => issuer,
        }
    }
}

/// Whether what is sent to an address cannot be read on the way.
fn is_safe(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || is_here
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;

    type Change = fn(&mut Settings);

    #[test]
    fn single_sign_on_needs_what_it_needs() {
        let good = || {
            let mut settings = Settings::defaults().expect("defaults");
            settings.server.public_url = "https://cms.example.org".to_owned();
            settings.oidc.issuer = "https://login.example.org".to_owned();
            settings.oidc.client_id = "masthead".to_owned();
            settings
        };
        assert_eq!(good().validate_accounts(), Ok(()));
        let changes: [(Change, &str); 7] = [
            (|s| s.server.public_url.clear(), "server.public_url"),
            (|s| s.oidc.client_id.clear(), "oidc.client_id"),
            (
                |s| s.oidc.issuer = "login.example.org".to_owned(),
                "oidc.issuer",
            ),
            (
                |s| s.oidc.issuer = "http://login.example.org".to_owned(),
                "oidc.issuer",
            ),
            (
                |s| s.oidc.issuer = "http://127.0.0.1.example.org".to_owned(),
                "oidc.issuer",
            ),
            (|s| s.oidc.create_users = true, "oidc.create_users"),
            (
                |s| s.oidc.return_urls.push("/desk".to_owned()),
                "oidc.return_urls",
            ),
        ];
        for (change, setting) in changes {
            let mut settings = good();
            change(&mut settings);
            let error = settings.validate_accounts().expect_err(setting);
            assert!(error.contains(setting), "{error}");
        }
        for here in [
            "http://127.0.0.1:9",
            "http://localhost:8080/realm",
            "http://[::1]:1",
        ] {
            let mut settings = good();
            here.clone_into(&mut settings.oidc.issuer);
            assert_eq!(settings.validate_accounts(), Ok(()), "{here}");
        }
    }
}
