//! Recognises callers by their credentials.

use std::sync::Arc;

use actix_web::web;
use secrecy::SecretString;

use super::credentials::key;
use super::credentials::signing::SigningKeys;
use super::credentials::token::{self, Parties};
use super::lookup;
use super::password::Hasher;
use super::principal::{Principal, PrincipalKind};
use super::recent::Recent;
use crate::app::App;
use crate::config::Settings;
use crate::db::Time;
use crate::error::{Error, Result};

/// How old a note of the last use may be before it is written again, in milliseconds.
const LAZY_MS: i64 = 60 * 1_000;

/// The authentication state of an instance.
pub struct Auth {
    /// The keys that sign access tokens.
    pub signing: SigningKeys,
    /// Hashes passwords.
    pub hasher: Hasher,
    recent: Recent,
    parties: Parties,
}

impl Auth {
    /// Reads the signing key, if a file has it; else the database will.
    ///
    /// # Errors
    /// When the file cannot be read or holds no Ed25519 key, or passwords cannot be hashed as the
    /// settings say.
    pub fn new(settings: &Settings) -> Result<Self> {
        let file = &settings.auth.signing_key_file;
        let pem = if file.as_os_str().is_empty() {
            None
        } else {
            let pem = std::fs::read_to_string(file)
                .map_err(|error| Error::internal(format!("{}: {error}", file.display())))?;
            Some(SecretString::from(pem))
        };
        Ok(Self {
            signing: SigningKeys::new(pem.as_ref())?,
            hasher: Hasher::new(&settings.passwords).map_err(Error::internal)?,
            recent: Recent::new(i64::from(settings.auth.recheck_seconds) * 1_000),
            parties: Parties {
                issuer: settings.token_issuer().to_owned(),
                audience: settings.auth.audience.clone(),
            },
        })
    }

    /// Who issues access tokens, for whom.
    #[must_use]
    pub fn parties(&self) -> &Parties {
        &self.parties
    }

    /// To be called when a session, a key or an account changed: its rights end here and now.
    pub fn forget(&self) {
        self.recent.forget();
    }

    /// Who the holder of a bearer token is; `None` when it is not good.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(super) async fn recognise(
        &self,
        app: &web::Data<App>,
        text: &str,
    ) -> Result<Option<Arc<Principal>>> {
        if let Some((name, secret)) = key::parts(text) {
            return self.by_key(app, name, secret).await;
        }
        if token::looks_like_one(text) {
            return self.by_token(app, text).await;
        }
        Ok(None)
    }

    async fn by_key(
        &self,
        app: &web::Data<App>,
        name: &str,
        secret: &str,
    ) -> Result<Option<Arc<Principal>>> {
        let now = app.clock.now();
        let ended = |end: Option<Time>| end.is_some_and(|end| end <= now);
        if let Some(entry) = self.recent.get(name, now) {
            let good = key::matches(secret, &entry.hash) && !ended(entry.expires_at);
            return Ok(good.then_some(entry.principal));
        }
        let generation = self.recent.generation();
        let found = {
            let mut conn = app.db_to_authenticate().read().await?;
            lookup::key(&mut conn, name).await?
        };
        let Some(found) = found else { return Ok(None) };
        if !key::matches(secret, &found.hash) || ended(found.expires_at) {
            return Ok(None);
        }
        let stale = |at: Time| !(0..LAZY_MS).contains(&(now.0 - at.0));
        if found.last_used_at.is_none_or(stale) {
            note_use(app, &found.principal, now);
        }
        Ok(Some(self.recent.put(
            name,
            found.principal,
            &found.hash,
            found.expires_at,
            now,
            generation,
        )))
    }

    async fn by_token(&self, app: &web::Data<App>, text: &str) -> Result<Option<Arc<Principal>>> {
        let now = app.clock.now();
        // By its whole text: what was checked a moment ago needs no other look at its signature.
        if let Some(entry) = self.recent.get(text, now) {
            let good = entry.expires_at.is_some_and(|end| now < end);
            return Ok(good.then_some(entry.principal));
        }
        let Some(kid) = token::kid(text) else {
            return Ok(None);
        };
        let db = app.db_to_authenticate();
        let Some(pair) = self.signing.find(db, &kid, now).await? else {
            return Ok(None);
        };
        let Some(claims) = token::check(text, &pair, &self.parties, now) else {
            return Ok(None);
        };
        let ours = |principal: &Principal| {
            principal.id == claims.sub && principal.role == Some(claims.role)
        };
        let generation = self.recent.generation();
        let found = {
            let mut conn = db.read().await?;
            lookup::session(&mut conn, &claims.sid, now).await?
        };
        let Some(found) = found.filter(|found| ours(&found.principal)) else {
            return Ok(None);
        };
        if !(0..LAZY_MS).contains(&(now.0 - found.last_used_at.0)) {
            note_use(app, &found.principal, now);
        }
        let ends = Some(Time(claims.exp * 1_000));
        Ok(Some(self.recent.put(
            text,
            found.principal,
            "",
            ends,
            now,
            generation,
        )))
    }
}

/// Writes down that somebody called, without letting the request wait for it. It is lost when
/// the server stops at this moment, which is no harm.
fn note_use(app: &web::Data<App>, principal: &Principal, now: Time) {
    let (app, id, kind) = (app.clone(), principal.id.clone(), principal.kind.clone());
    actix_web::rt::spawn(async move {
        let noted = async {
            let mut conn = app.db_to_authenticate().write().await?;
            match &kind {
                PrincipalKind::User { session, .. } => {
                    lookup::session_used(&mut conn, session, now).await
                }
                PrincipalKind::Key => lookup::key_used(&mut conn, &id, now).await,
            }
        };
        if let Err(error) = noted.await {
            tracing::debug!(%error, "recording the last use failed");
        }
    });
}
