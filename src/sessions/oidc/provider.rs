//! The provider: what it says of itself, and what it says of people.

use std::fmt::Display;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreErrorResponseType, CoreIdToken,
    CoreJsonWebKey, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreTokenResponse,
};
use openidconnect::{
    AccessTokenHash, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, JsonWebKey as _,
    JwsSigningAlgorithm as _, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, StandardErrorResponse,
    TokenResponse as _,
};
use serde_json::{Map, Value};
use url::Url;

use super::http::{Client, HttpFault};
use super::people::Identity;
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::Time;

/// How long what the provider says of itself is trusted, in milliseconds.
const CACHE_MS: i64 = 10 * 60 * 1_000;
/// How long a provider that did not answer is left alone, in milliseconds: requests that come
/// meanwhile fail at once instead of waiting in a row.
const PAUSE_MS: i64 = 3 * 1_000;
/// The longest subject (OpenID Connect Core, section 2).
const MAX_SUBJECT: usize = 255;

/// The path that the provider sends people back to.
pub(super) const CALLBACK: &str = "/v1/auth/oidc/callback";

type Ready = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The fault, for the log: no token is in it, nor what the provider wrote.
#[derive(Debug)]
pub(super) enum Fault {
    /// The provider does not answer as one, or not at all.
    Unreachable(String),
    /// Its answer does not prove who somebody is.
    Refused(String),
}

impl Fault {
    fn refused(error: &impl Display) -> Self {
        Self::Refused(error.to_string())
    }
}

/// A provider, with what it said of itself.
pub(super) struct Provider {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    redirect: RedirectUrl,
    scopes: Vec<Scope>,
    client: Client,
    known: RwLock<Option<Arc<Known>>>,
    /// Held by whoever asks the provider; when it last did not answer.
    asking: tokio::sync::Mutex<Option<Time>>,
}

/// The metadata of the provider: its addresses, and the keys with which it signs.
struct Known {
    ready: Ready,
    algorithms: Vec<CoreJwsSigningAlgorithm>,
    read_at: Time,
}

/// Why an ID token was not taken.
enum Unverified {
    /// It is signed with a key that was not there when the keys were read.
    UnknownKey,
    /// For good.
    Fault(Fault),
}

impl From<Fault> for Unverified {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Provider {
    /// Reads the settings; the provider is not asked before somebody signs on.
    ///
    /// # Errors
    /// When an address is none, or the certificates cannot be read.
    pub(super) fn new(settings: &Settings) -> Result<Self, String> {
        let oidc = &settings.oidc;
        let issuer =
            IssuerUrl::new(oidc.issuer.clone()).map_err(|error| format!("oidc.issuer: {error}"))?;
        let base = settings.server.public_url.trim_end_matches('/');
        let redirect = RedirectUrl::new(format!("{base}{CALLBACK}"))
            .map_err(|error| format!("server.public_url: {error}"))?;
        let ca_file = Some(oidc.ca_file.as_path()).filter(|file| !file.as_os_str().is_empty());
        let https_only = issuer.url().scheme() == "https";
        let client =
            Client::new(ca_file, https_only).map_err(|error| format!("oidc.ca_file: {error}"))?;
        let scopes = oidc.scopes.iter().filter(|scope| *scope != "openid");
        Ok(Self {
            issuer,
            client_id: ClientId::new(oidc.client_id.clone()),
            client_secret: oidc
                .client_secret
                .expose()
                .map(|secret| ClientSecret::new(secret.to_owned())),
            redirect,
            scopes: scopes.cloned().map(Scope::new).collect(),
            client,
            known: RwLock::new(None),
            asking: tokio::sync::Mutex::new(None),
        })
    }

    /// Whether an answer that names its issuer (RFC 9207) names this provider.
    pub(super) fn is(&self, issuer: &str) -> bool {
        self.issuer.as_str() == issuer
    }

    /// Where to send somebody to sign in.
    ///
    /// # Errors
    /// When the provider cannot be reached.
    pub(super) async fn address(
        &self,
        now: Time,
        state: &str,
        nonce: &str,
        verifier: &str,
    ) -> Result<Url, Fault> {
        let known = self.known(now).await?;
        let (state, nonce) = (
            CsrfToken::new(state.to_owned()),
            Nonce::new(nonce.to_owned()),
        );
        let verifier = PkceCodeVerifier::new(verifier.to_owned());
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let request = known.ready.authorize_url(flow, || state, || nonce);
        let (address, _, _) = request
            .add_scopes(self.scopes.iter().cloned())
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(address)
    }

    /// Exchanges a code for who somebody is.
    ///
    /// # Errors
    /// When the provider cannot be reached, does not take the code, or its ID token is not good.
    pub(super) async fn identify(
        &self,
        clock: &Clock,
        code: String,
        nonce: &str,
        verifier: String,
    ) -> Result<Identity, Fault> {
        let known = self.known(clock.now()).await?;
        let exchange = known
            .ready
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| Fault::Unreachable(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier));
        let tokens = exchange
            .request_async(&self.client)
            .await
            .map_err(exchange_fault)?;
        let nonce = Nonce::new(nonce.to_owned());
        let verified = match verify(&known, &tokens, &nonce, clock.now()) {
            // The provider may have changed its keys since.
            Err(Unverified::UnknownKey) => {
                let known = self.known_anew(&known, clock.now()).await?;
                verify(&known, &tokens, &nonce, clock.now())
            }
            verified => verified,
        };
        match verified {
            Ok((subject, claims)) => Ok(Identity {
                issuer: self.issuer.as_str().to_owned(),
                subject,
                claims,
            }),
            Err(Unverified::UnknownKey) => {
                let fault = "the ID token is signed with a key that the provider does not publish";
                Err(Fault::Refused(fault.to_owned()))
            }
            Err(Unverified::Fault(fault)) => Err(fault),
        }
    }

    async fn known(&self, now: Time) -> Result<Arc<Known>, Fault> {
        if let Some(known) = self.kept(now) {
            return Ok(known);
        }
        let mut failed_at = self.asking.lock().await;
        match self.kept(now) {
            Some(known) => Ok(known),
            None => self.ask(&mut failed_at, now).await,
        }
    }

    /// The metadata of the provider now, which may differ from that.
    async fn known_anew(&self, than: &Arc<Known>, now: Time) -> Result<Arc<Known>, Fault> {
        let mut failed_at = self.asking.lock().await;
        // Another sign-on may have asked meanwhile.
        match self.kept(now).filter(|known| !Arc::ptr_eq(known, than)) {
            Some(known) => Ok(known),
            None => self.ask(&mut failed_at, now).await,
        }
    }

    fn kept(&self, now: Time) -> Option<Arc<Known>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let fresh = |known: &&Arc<Known>| (0..CACHE_MS).contains(&(now.0 - known.read_at.0));
        known.as_ref().filter(fresh).cloned()
    }

    async fn ask(&self, failed_at: &mut Option<Time>, now: Time) -> Result<Arc<Known>, Fault> {
        if failed_at.is_some_and(|at| (0..PAUSE_MS).contains(&(now.0 - at.0))) {
            let fault = "a recent request to it failed";
            return Err(Fault::Unreachable(fault.to_owned()));
        }
        // This checks that the issuer it names is, letter by letter, the one of the settings.
        let found = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.client).await;
        let metadata = match found {
            Ok(metadata) => metadata,
            Err(error) => {
                *failed_at = Some(now);
                return Err(Fault::Unreachable(with_causes(&error)));
            }
        };
        *failed_at = None;
        let known = Arc::new(self.read(metadata, now)?);
        let mut kept = self.known.write().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(Arc::clone(&known));
        Ok(known)
    }

    fn read(&self, metadata: CoreProviderMetadata, now: Time) -> Result<Known, Fault> {
        let https = self.issuer.url().scheme() == "https";
        if https && metadata.authorization_endpoint().url().scheme() != "https" {
            let fault = "its authorization endpoint is not an https URL";
            return Err(Fault::Unreachable(fault.to_owned()));
        }
        // A secret that is nobody's is everybody's: without one, no HMAC.
        let may = |algorithm: &&CoreJwsSigningAlgorithm| match algorithm {
            CoreJwsSigningAlgorithm::None => false,
            algorithm => self.client_secret.is_some() || !algorithm.uses_shared_secret(),
        };
        let algorithms = metadata.id_token_signing_alg_values_supported().iter();
        let algorithms = algorithms.filter(may).cloned().collect();
        // Basic is what a provider takes that names nothing.
        let ways = metadata.token_endpoint_auth_methods_supported();
        let by_body = ways.is_some_and(|ways| {
            ways.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !ways.contains(&CoreClientAuthMethod::ClientSecretBasic)
        });
        let (id, secret) = (self.client_id.clone(), self.client_secret.clone());
        let ready = CoreClient::from_provider_metadata(metadata, id, secret)
            .set_redirect_uri(self.redirect.clone())
            .set_auth_type(if by_body {
                AuthType::RequestBody
            } else {
                AuthType::BasicAuth
            });
        Ok(Known {
            ready,
            algorithms,
            read_at: now,
        })
    }
}

/// The subject and all claims of an ID token, once it is verified.
fn verify(
    known: &Known,
    tokens: &CoreTokenResponse,
    nonce: &Nonce,
    now: Time,
) -> Result<(String, Map<String, Value>), Unverified> {
    let refused = |text: &str| Unverified::Fault(Fault::Refused(text.to_owned()));
    let token = tokens
        .id_token()
        .ok_or_else(|| refused("the ID token is missing"))?;
    let verifier = known
        .ready
        .id_token_verifier()
        .set_allowed_algs(known.algorithms.iter().cloned())
        .set_time_fn(move || DateTime::from_timestamp_millis(now.0).unwrap_or_default());
    let claims = token
        .claims(&verifier, nonce)
        .map_err(|error| match error {
            ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            ) => Unverified::UnknownKey,
            error => Unverified::Fault(Fault::Refused(with_causes(&error))),
        })?;
    let client = known.ready.client_id();
    if claims
        .authorized_party()
        .is_some_and(|party| party != client)
    {
        return Err(refused("the ID token was issued to another client"));
    }
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = token.signing_alg().map_err(|e| Fault::refused(&e))?;
        let key = if algorithm.uses_shared_secret() {
            // The hash needs no key but for its kind.
            CoreJsonWebKey::new_symmetric(Vec::new())
        } else {
            let key = token.signing_key(&verifier);
            key.map_err(|error| Fault::refused(&error))?.clone()
        };
        let found = AccessTokenHash::from_token(tokens.access_token(), algorithm, &key);
        if found.map_err(|error| Fault::refused(&error))? != *expected {
            return Err(refused("the access token does not match the ID token"));
        }
    }
    let subject = claims.subject().as_str();
    let is_one = !subject.is_empty()
        && subject.len() <= MAX_SUBJECT
        && !subject.chars().any(char::is_control);
    if !is_one {
        return Err(refused("the subject of the ID token is invalid"));
    }
    let all = payload(token).ok_or_else(|| refused("the claims cannot be parsed"))?;
    Ok((subject.to_owned(), all))
}

/// The claims of a verified token as they stand there, with those that are the provider's own.
fn payload(token: &CoreIdToken) -> Option<Map<String, Value>> {
    let text = token.to_string();
    let payload = URL_SAFE_NO_PAD.decode(text.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}

type ExchangeError = RequestTokenError<HttpFault, StandardErrorResponse<CoreErrorResponseType>>;

fn exchange_fault(error: ExchangeError) -> Fault {
    match error {
        RequestTokenError::Request(error) => Fault::Unreachable(with_causes(&error)),
        RequestTokenError::ServerResponse(answer) => {
            let code: String = answer.error().as_ref().chars().take(50).collect();
            Fault::Refused(format!("the provider rejected the code: {code}"))
        }
        // Only where: the error may quote a token.
        RequestTokenError::Parse(error, _) => Fault::Refused(format!(
            "the token response cannot be parsed at “{}”",
            error.path()
        )),
        RequestTokenError::Other(text) => Fault::Refused(text),
    }
}

/// An error with its causes, since the telling part is often there.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
