//! Tokens as only someone could make them who has a key of the server's, or says so.

use diesel::{ExpressionMethods as _, QueryDsl as _};
use ed25519_dalek::{Signer as _, SigningKey};
use jsonwebtoken::{Algorithm, EncodingKey};
use masthead::db::schema::accounts::signing_keys;
use serde_json::{Value, json};

use super::accounts::{User, base64, parts};
use super::app::TestApp;

/// The key that a server signs with, and the parts of a good token.
pub struct Forge {
    key: SigningKey,
    /// The header of the token.
    pub header: Value,
    /// Its claims.
    pub claims: Value,
}

impl Forge {
    /// Takes the newest key from the database, and the parts from somebody's token.
    pub async fn of(app: &TestApp, user: &User) -> Self {
        let mut conn = app.db.read().await.unwrap();
        let query = signing_keys::table
            .order(signing_keys::active_from.desc())
            .select(signing_keys::seed);
        let seed: String = conn.one(query).await.unwrap();
        let bytes: Vec<u8> = (0..64)
            .step_by(2)
            .map(|at| u8::from_str_radix(&seed[at..at + 2], 16).unwrap())
            .collect();
        let (header, claims) = parts(&user.access);
        Self {
            key: SigningKey::from_bytes(&bytes.try_into().unwrap()),
            header,
            claims,
        }
    }

    /// The public key.
    pub fn public(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// Signs these very texts.
    pub fn sign_texts(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", base64(header), base64(claims));
        let signature = self.key.sign(message.as_bytes()).to_bytes();
        format!("{message}.{}", base64(signature))
    }

    /// Signs a header and claims.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_texts(&header.to_string(), &claims.to_string())
    }

    /// The good token with one member of its header changed; null takes it out.
    pub fn with_header(&self, name: &str, value: &Value) -> String {
        self.sign(&changed(&self.header, name, value), &self.claims)
    }

    /// The good token with one claim changed; null takes it out.
    pub fn with_claim(&self, name: &str, value: &Value) -> String {
        self.sign(&self.header, &changed(&self.claims, name, value))
    }

    /// The good claims, signed by HMAC with these bytes as the key.
    pub fn by_hmac(&self, key: &[u8]) -> String {
        let header = changed(&self.header, "alg", &json!("HS256"));
        let message = format!(
            "{}.{}",
            base64(header.to_string()),
            base64(self.claims.to_string())
        );
        let key = EncodingKey::from_secret(key);
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256);
        format!("{message}.{}", signature.unwrap())
    }
}

/// An object with one member changed; null takes it out.
pub fn changed(object: &Value, name: &str, value: &Value) -> Value {
    let mut object = object.clone();
    let members = object.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value.clone());
    }
    object
}
