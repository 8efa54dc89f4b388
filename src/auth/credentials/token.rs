//! Access tokens: JWTs after RFC 9068, checked as RFC 8725 demands.
//!
//! The algorithm is the key's, EdDSA, whatever a header says. The header must be the one that
//! we write, member for member: a `jku`, `jwk`, `x5u` or `crit` is refused unread. Claims must
//! have their types: a text for `exp` is no number.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

use super::signing::Pair;
use crate::auth::role::Role;
use crate::db::Time;
use crate::error::{Error, Result};

/// The `typ` of the header (RFC 9068, section 2.1).
const KIND: &str = "at+jwt";
/// How far clocks of instances may be apart, in seconds.
const LEEWAY: i64 = 5;
/// Longer texts are no tokens of ours.
const MAX_LENGTH: usize = 4_096;

/// Claims of an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// For whom.
    pub aud: String,
    /// Whose it is: the id of a user.
    pub sub: String,
    /// The session that it belongs to.
    pub sid: String,
    /// The user's role.
    pub role: Role,
    /// Its own id.
    pub jti: String,
    /// When it was issued, in seconds since the epoch.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
}

/// The header, and nothing but it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// Who issues tokens, for whom.
#[derive(Debug, Clone)]
pub struct Parties {
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
}

/// Whether a text has the form of a token: three parts.
#[must_use]
pub fn looks_like_one(text: &str) -> bool {
    text.len() <= MAX_LENGTH && text.split('.').count() == 3 && text.starts_with("ey")
}

/// Signs a token.
///
/// # Errors
/// Never, for a good key.
pub fn sign(pair: &Pair, claims: &Claims) -> Result<String> {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(KIND.to_owned());
    header.kid = Some(pair.kid.clone());
    jsonwebtoken::encode(&header, claims, &pair.signs).map_err(Error::internal)
}

/// The id of the key that a token says it was signed with, if its header is one of ours.
#[must_use]
pub fn kid(token: &str) -> Option<String> {
    let header = token.split('.').next()?;
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    let header: StrictHeader = serde_json::from_slice(&header).ok()?;
    (header.alg == "EdDSA" && header.typ == KIND).then_some(header.kid)
}

/// The claims of a token that this key signed for these parties and that has not ended.
#[must_use]
pub fn check(token: &str, pair: &Pair, parties: &Parties, now: Time) -> Option<Claims> {
    let mut rules = Validation::new(Algorithm::EdDSA);
    // The end is compared with our own clock, below.
    rules.validate_exp = false;
    rules.set_issuer(&[&parties.issuer]);
    rules.set_audience(&[&parties.audience]);
    rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    let claims = jsonwebtoken::decode::<Claims>(token, &pair.checks, &rules).ok()?;
    let (claims, now) = (claims.claims, now.0.div_euclid(1_000));
    (now < claims.exp && claims.iat <= now + LEEWAY).then_some(claims)
}
