//! The keys that sign access tokens: Ed25519, kept in the database or given by a setting.
//!
//! A new key is published before it signs, and an old one is accepted until the last token that
//! it signed has ended, so that a rotation is noticed by nobody (RFC 8725, RFC 7517).

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::{ExpressionMethods as _, QueryDsl as _};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::random;
use crate::db::schema::accounts::signing_keys;
use crate::db::{Conn, Database, Time};
use crate::error::{Error, Result};

/// How long a key is published before it signs: longer than anybody keeps the published keys.
pub const LEAD_MS: i64 = 10 * 60 * 1_000;
/// How long an instance uses the keys that it read, in milliseconds.
const REREAD_MS: i64 = 60 * 1_000;
/// How soon an unknown key id may make an instance read the keys again.
const SOON_MS: i64 = 2 * 1_000;

/// A key pair, ready to sign and to check.
pub struct Pair {
    /// Its id: the thumbprint of the public key (RFC 7638).
    pub kid: String,
    /// The public key, in base64url.
    pub public: String,
    /// Signs.
    pub signs: EncodingKey,
    /// Checks.
    pub checks: DecodingKey,
    active_from: Time,
    retires_at: Option<Time>,
}

impl Pair {
    fn new(key: &SigningKey, active_from: Time, retires_at: Option<Time>) -> Result<Self> {
        let public = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        // The members in the order that RFC 7638 demands.
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(jwk.as_bytes()));
        let der = key.to_pkcs8_der().map_err(Error::internal)?;
        let checks = DecodingKey::from_ed_components(&public).map_err(Error::internal)?;
        Ok(Self {
            kid,
            public,
            signs: EncodingKey::from_ed_der(der.as_bytes()),
            checks,
            active_from,
            retires_at,
        })
    }

    fn is_good(&self, now: Time) -> bool {
        self.retires_at.is_none_or(|end| now < end)
    }
}

/// The keys of this service as an instance knows them.
pub struct SigningKeys {
    given: Option<Arc<Pair>>,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    pairs: Vec<Arc<Pair>>,
    read_at: Option<Time>,
}

/// A public key (RFC 8037).
#[derive(Debug, Serialize, ToSchema)]
pub struct Jwk {
    /// Key type: `OKP`.
    #[schema(example = "OKP")]
    kty: &'static str,
    /// The curve: `Ed25519`.
    #[schema(example = "Ed25519")]
    crv: &'static str,
    /// Use of the key: `sig`.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    usage: &'static str,
    /// The algorithm: `EdDSA`.
    #[schema(example = "EdDSA")]
    alg: &'static str,
    /// Key id: its thumbprint (RFC 7638).
    kid: String,
    /// The public key.
    x: String,
}

impl SigningKeys {
    /// Keys from the database; or the one of the setting, a private key in PEM (PKCS #8).
    ///
    /// # Errors
    /// When the text that was given is no such key.
    pub fn new(pem: Option<&SecretString>) -> Result<Self> {
        let given = match pem {
            None => None,
            Some(pem) => {
                let key = SigningKey::from_pkcs8_pem(pem.expose_secret())
                    .map_err(|error| Error::internal(format!("invalid signing key: {error}")))?;
                Some(Arc::new(Pair::new(&key, Time(0), None)?))
            }
        };
        Ok(Self {
            given,
            known: RwLock::default(),
        })
    }

    /// The key that signs now; the first is made if there is none.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn current(&self, db: &Database, now: Time) -> Result<Arc<Pair>> {
        if let Some(given) = &self.given {
            return Ok(Arc::clone(given));
        }
        self.refresh(db, now, REREAD_MS).await?;
        if let Some(pair) = self.newest(now) {
            return Ok(pair);
        }
        let mut conn = db.write().await?;
        conn.transaction(async |conn: &mut Conn| create_first(conn, now).await)
            .await?;
        drop(conn);
        self.refresh(db, now, 0).await?;
        self.newest(now)
            .ok_or_else(|| Error::internal("there is no signing key"))
    }

    /// The key of this id, if it is one of ours and not retired.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn find(&self, db: &Database, kid: &str, now: Time) -> Result<Option<Arc<Pair>>> {
        if let Some(given) = &self.given {
            return Ok((given.kid == kid).then(|| Arc::clone(given)));
        }
        self.refresh(db, now, REREAD_MS).await?;
        if let Some(pair) = self.known_as(kid, now) {
            return Ok(Some(pair));
        }
        // It may have been made a moment ago by another instance.
        self.refresh(db, now, SOON_MS).await?;
        Ok(self.known_as(kid, now))
    }

    /// The public keys, for other services to check tokens with.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn published(&self, db: &Database, now: Time) -> Result<Vec<Jwk>> {
        let current = self.current(db, now).await?;
        let pairs = match &self.given {
            Some(_) => vec![current],
            None => self.read().pairs.clone(),
        };
        let good = pairs.iter().filter(|pair| pair.is_good(now));
        Ok(good
            .map(|pair| Jwk {
                kty: "OKP",
                crv: "Ed25519",
                usage: "sig",
                alg: "EdDSA",
                kid: pair.kid.clone(),
                x: pair.public.clone(),
            })
            .collect())
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn newest(&self, now: Time) -> Option<Arc<Pair>> {
        let known = self.read();
        let active = known
            .pairs
            .iter()
            .filter(|pair| pair.active_from <= now && pair.is_good(now));
        active.max_by_key(|pair| pair.active_from).cloned()
    }

    fn known_as(&self, kid: &str, now: Time) -> Option<Arc<Pair>> {
        let known = self.read();
        let mut pairs = known.pairs.iter();
        pairs
            .find(|pair| pair.kid == kid && pair.is_good(now))
            .cloned()
    }

    /// Reads the keys unless they were read less than `after` milliseconds ago.
    async fn refresh(&self, db: &Database, now: Time, after: i64) -> Result<()> {
        let read_at = self.read().read_at;
        if read_at.is_some_and(|at| (0..after).contains(&(now.0 - at.0))) {
            return Ok(());
        }
        let query = signing_keys::table
            .order(signing_keys::active_from)
            .select((
                signing_keys::seed,
                signing_keys::active_from,
                signing_keys::retires_at,
            ));
        let rows: Vec<(String, Time, Option<Time>)> = db.read().await?.load(query).await?;
        let mut pairs = Vec::new();
        for (seed, active_from, retires_at) in rows {
            let key = SigningKey::from_bytes(&seed_of(&seed)?);
            pairs.push(Arc::new(Pair::new(&key, active_from, retires_at)?));
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        *known = Known {
            pairs,
            read_at: Some(now),
        };
        Ok(())
    }
}

fn seed_of(text: &str) -> Result<[u8; 32]> {
    let mut seed = [0_u8; 32];
    hex::decode_to_slice(text, &mut seed)
        .map_err(|error| Error::internal(format!("a signing key is corrupt: {error}")))?;
    Ok(seed)
}

async fn create_first(conn: &mut Conn, now: Time) -> Result<()> {
    conn.advisory_lock("signing keys").await?;
    let query = signing_keys::table
        .filter(signing_keys::retires_at.is_null())
        .select(signing_keys::kid);
    if conn.first::<String>(query).await?.is_none() {
        insert(conn, now, now).await?;
    }
    Ok(())
}

async fn insert(conn: &mut Conn, now: Time, active_from: Time) -> Result<String> {
    let seed = random::bytes::<32>()?;
    let kid = Pair::new(&SigningKey::from_bytes(&seed), active_from, None)?.kid;
    let row = (
        signing_keys::kid.eq(kid.clone()),
        signing_keys::seed.eq(hex::encode(seed)),
        signing_keys::created_at.eq(now),
        signing_keys::active_from.eq(active_from),
    );
    conn.execute(diesel::insert_into(signing_keys::table).values(row))
        .await?;
    Ok(kid)
}

/// Outcome of a rotation.
pub struct Rotation {
    /// The id of the new key.
    pub kid: String,
    /// Start of its use.
    pub active_from: Time,
    /// Until when the keys before it are accepted.
    pub retires_at: Time,
}

/// Makes a new key and retires those before it. With `at_once`, as after a theft, the new one
/// signs from now on and the others are refused from now on; otherwise they overlap.
/// `token_ms` is how long an access token is good, in milliseconds.
///
/// # Errors
/// Errors of the database.
pub async fn rotate(conn: &mut Conn, now: Time, at_once: bool, token_ms: i64) -> Result<Rotation> {
    conn.advisory_lock("signing keys").await?;
    let active_from = Time(if at_once { now.0 } else { now.0 + LEAD_MS });
    // An instance that read the keys just before goes on signing with the old one for a while.
    let overlap = REREAD_MS + token_ms;
    let retires_at = Time(if at_once {
        now.0
    } else {
        active_from.0 + overlap
    });
    let retire = signing_keys::retires_at.eq(Some(retires_at));
    let current = signing_keys::table.filter(signing_keys::retires_at.is_null());
    conn.execute(diesel::update(current).set(retire)).await?;
    if at_once {
        // Those too that a rotation before this one left for a while.
        let overlapping = signing_keys::table.filter(signing_keys::retires_at.gt(Some(now)));
        conn.execute(diesel::update(overlapping).set(retire))
            .await?;
    }
    let gone = signing_keys::table.filter(signing_keys::retires_at.lt(Some(now)));
    conn.execute(diesel::delete(gone)).await?;
    let kid = insert(conn, now, active_from).await?;
    Ok(Rotation {
        kid,
        active_from,
        retires_at,
    })
}
