//! Someone about to sign in.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use super::caller::parts;
use super::middleware::Identity;
use super::principal::Principal;
use super::state::Auth;
use crate::app::{Access, App};
use crate::db::{Conn, Database, IdempotencyMark};
use crate::error::{Error, Result};

/// Anyone who is about to prove who they are: for the routes that sign in, and for no other. It
/// reaches the whole database, since accounts are there.
pub struct Guest {
    app: web::Data<App>,
    auth: web::Data<Auth>,
    principal: Option<Arc<Principal>>,
    mark: Option<IdempotencyMark>,
}

impl Access for Guest {}

impl Guest {
    /// The database, for reading and for what goes on after the answer. What a request writes
    /// goes by [`write`](Self::write).
    #[must_use]
    pub fn db(&self) -> &Database {
        self.app.db(self)
    }

    /// A connection for writing; see [`Caller::write`](super::Caller::write).
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn write(&self) -> Result<Conn> {
        Ok(self.db().write().await?.marked(self.mark.clone()))
    }

    /// State shared by all requests.
    #[must_use]
    pub fn app(&self) -> &web::Data<App> {
        &self.app
    }

    /// Authentication state.
    #[must_use]
    pub fn auth(&self) -> &Auth {
        &self.auth
    }

    /// Who they are already, if they gave credentials.
    #[must_use]
    pub fn principal(&self) -> Option<&Principal> {
        self.principal.as_deref()
    }
}

impl FromRequest for Guest {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(parts(request).map(|parts| Self {
            app: parts.app,
            auth: parts.auth,
            mark: parts.mark,
            principal: match parts.identity {
                Identity::Known(principal) => Some(principal),
                Identity::Anonymous => None,
            },
        }))
    }
}
