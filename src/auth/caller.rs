//! Extractors for a handler's caller.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};

use super::middleware::Identity;
use super::ownership::{Owned, forbidden, permit, permit_all, permit_place};
use super::permission::{Needs, ReadDrafts, ValidCredentials};
use super::principal::Principal;
use super::state::Auth;
use crate::app::{Access, App, Edit};
use crate::config::PublicReads;
use crate::db::{Conn, Database, DbError, IdempotencyMark, LiveConn, ReadClass, Source};
use crate::error::{Code, Error, Result};

/// Someone who may do `P`. Put it first among a handler's arguments: whoever may not is then
/// refused before anything else of the request is looked at.
///
/// Its writes are stamped with an [`Edit`], which it gives for one article, for a place in the
/// publication, or for all of it, after a look at how far the caller's permissions reach.
pub struct Caller<P> {
    app: web::Data<App>,
    auth: web::Data<Auth>,
    principal: Arc<Principal>,
    mark: Option<IdempotencyMark>,
    needs: PhantomData<P>,
}

impl<P> Access for Caller<P> {}

impl<P: Needs> Caller<P> {
    /// The database, for reading and for what goes on after the answer. What a request writes
    /// goes by [`write`](Self::write).
    #[must_use]
    pub fn db(&self) -> &Database {
        self.app.db(self)
    }

    /// State shared by all requests.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// State shared by all requests, to be kept beyond this one.
    #[must_use]
    pub fn shared(&self) -> &web::Data<App> {
        &self.app
    }

    /// Authentication state: to be told when rights end.
    #[must_use]
    pub fn auth(&self) -> &Auth {
        &self.auth
    }

    /// Who it is.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The same caller for another need.
    ///
    /// # Errors
    /// 403 when their permissions do not meet it.
    pub fn also<Q: Needs>(&self) -> Result<Caller<Q>> {
        meets::<Q>(&self.principal)?;
        Ok(Caller {
            app: self.app.clone(),
            auth: self.auth.clone(),
            principal: Arc::clone(&self.principal),
            mark: self.mark.clone(),
            needs: PhantomData,
        })
    }

    /// A connection for reading: on SQLite all that it reads is of one moment.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read(&self) -> Result<Conn> {
        Ok(self.db().read_snapshot().await?)
    }

    /// Runs reads of this class on one connection: on SQLite all that they read is of one moment.
    ///
    /// # Errors
    /// When the database cannot be reached, and those of `work`.
    pub async fn run<R, E>(
        &self,
        class: ReadClass,
        work: impl AsyncFnOnce(&mut Conn) -> std::result::Result<R, E> + Send + 'static,
    ) -> std::result::Result<R, E>
    where
        R: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        match class {
            ReadClass::Bounded => work(&mut self.db().read_snapshot().await?).await,
            ReadClass::Heavy => self.db().read_heavy(work).await,
        }
    }

    /// A connection for writing, with the [`IdempotencyMark`] of a request that has an `Idempotency-Key`.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn write(&self) -> Result<Conn> {
        Ok(self.db().write().await?.marked(self.mark.clone()))
    }

    /// Lets the caller go on with this article.
    ///
    /// # Errors
    /// 404 when they may not know that it is there, 403 when they may.
    pub fn permit(&self, owned: &Owned<'_>) -> Result<()> {
        permit::<P>(&self.principal, owned)
    }

    /// The stamp for a change of this article.
    ///
    /// # Errors
    /// As for [`permit`](Self::permit).
    pub fn edit(&self, owned: &Owned<'_>) -> Result<Edit<'_>> {
        self.permit(owned)?;
        Ok(self.stamp())
    }

    /// The stamp for a new article of this section and locale, or for one that moves there.
    ///
    /// # Errors
    /// 403 for a key that is limited to others.
    pub fn edit_in(&self, section: Option<&str>, locale: &str) -> Result<Edit<'_>> {
        permit_place(&self.principal, section, locale)?;
        Ok(self.stamp())
    }

    /// Requires that the caller is not limited to some sections or locales.
    ///
    /// # Errors
    /// 403 for a key with such a limit.
    pub fn require_unrestricted(&self) -> Result<()> {
        permit_all(&self.principal)
    }

    /// The stamp for a change of content that belongs to all sections and locales.
    ///
    /// # Errors
    /// As for [`require_unrestricted`](Self::require_unrestricted).
    pub fn edit_all(&self) -> Result<Edit<'_>> {
        self.require_unrestricted()?;
        Ok(self.stamp())
    }

    pub(super) fn stamp(&self) -> Edit<'_> {
        Edit {
            ids: &self.app.ids,
            now: self.app.clock.now(),
            by: &self.principal.id,
        }
    }
}

/// A person who signed in: keys are refused.
pub struct Person {
    caller: Caller<ValidCredentials>,
    session: String,
}

impl Person {
    /// The person as a caller of no special permission.
    #[must_use]
    pub fn caller(&self) -> &Caller<ValidCredentials> {
        &self.caller
    }

    /// The id of the account.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.caller.principal.id
    }

    /// The session that the request belongs to.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.session
    }
}

/// Anyone: reaches only what is public.
pub struct Public {
    app: web::Data<App>,
    known: bool,
}

impl Public {
    /// State shared by all requests.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// A connection to live tables.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read(&self) -> Result<LiveConn> {
        Ok(self.app.live(self.source()).await?)
    }

    /// All that requests share, to be kept beyond this one.
    #[must_use]
    pub fn shared(&self) -> &web::Data<App> {
        &self.app
    }

    /// Runs reads of live tables of this class on one connection.
    ///
    /// # Errors
    /// When the database cannot be reached, and those of `work`.
    pub async fn run<R, E>(
        &self,
        class: ReadClass,
        work: impl AsyncFnOnce(&mut LiveConn) -> std::result::Result<R, E> + Send + 'static,
    ) -> std::result::Result<R, E>
    where
        R: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        match class {
            ReadClass::Bounded => work(&mut self.app.live(self.source()).await?).await,
            ReadClass::Heavy => self.app.live_db(self.source()).heavy(work).await,
        }
    }

    /// The primary for callers with credentials, who may have written a moment ago, on whichever
    /// instance.
    fn source(&self) -> Source {
        match self.known {
            true => Source::Primary,
            false => Source::Current,
        }
    }

    /// The error for someone who asks for drafts.
    #[must_use]
    pub fn refuse_drafts(&self) -> Error {
        if self.known {
            forbidden("Your permissions do not include reading drafts.")
        } else {
            unauthenticated()
        }
    }
}

/// The reader: the public, or a caller who may see drafts.
pub enum Reader {
    /// The public.
    Public(Public),
    /// Someone who may see drafts, their own at least.
    Editorial(Caller<ReadDrafts>),
}

/// Anyone, when it only matters whether they gave valid credentials.
pub struct Visitor {
    /// Whether they did.
    pub authenticated: bool,
}

/// The context of a request, and its sender.
pub(super) struct Parts {
    pub(super) app: web::Data<App>,
    pub(super) auth: web::Data<Auth>,
    pub(super) identity: Identity,
    pub(super) mark: Option<IdempotencyMark>,
}

pub(super) fn parts(request: &HttpRequest) -> Result<Parts> {
    let app = request.app_data::<web::Data<App>>().cloned();
    let auth = request.app_data::<web::Data<Auth>>().cloned();
    let lacking = || Error::internal("the server was not given all its parts");
    // The middleware that authenticates runs first on every route.
    let identity = request.extensions().get::<Identity>().cloned();
    // The middleware of idempotency puts it there.
    let mark = request.extensions().get::<IdempotencyMark>().cloned();
    Ok(Parts {
        app: app.ok_or_else(lacking)?,
        auth: auth.ok_or_else(lacking)?,
        identity: identity.unwrap_or(Identity::Anonymous),
        mark,
    })
}

/// 401 for someone without credentials, with how to authenticate (RFC 6750, section 3).
#[must_use]
pub fn unauthenticated() -> Error {
    let challenge = HeaderValue::from_static("Bearer realm=\"masthead\"");
    let detail =
        "Authentication required: send an API key or access token as Authorization: Bearer ….";
    Error::new(Code::Unauthorized, detail).with_header(header::WWW_AUTHENTICATE, challenge)
}

/// Lets somebody go on whose permissions meet a need, wherever they reach.
fn meets<P: Needs>(principal: &Principal) -> Result<()> {
    if principal.reach::<P>().is_some() {
        return Ok(());
    }
    Err(forbidden(match principal.role {
        Some(role) => format!("The role “{}” does not allow this.", role.name()),
        None => "The key's permissions do not include this.".to_owned(),
    }))
}

fn caller<P: Needs>(parts: Parts) -> Result<Caller<P>> {
    let Identity::Known(principal) = parts.identity else {
        return Err(unauthenticated());
    };
    meets::<P>(&principal)?;
    Ok(Caller {
        app: parts.app,
        auth: parts.auth,
        principal,
        mark: parts.mark,
        needs: PhantomData,
    })
}

fn public(parts: Parts) -> Result<Public> {
    let known = matches!(parts.identity, Identity::Known(_));
    if !known && parts.app.settings.auth.public_reads == PublicReads::Key {
        return Err(unauthenticated());
    }
    Ok(Public {
        app: parts.app,
        known,
    })
}

impl<P: Needs> FromRequest for Caller<P> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(parts(request).and_then(caller))
    }
}

impl FromRequest for Person {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let person = |caller: Caller<ValidCredentials>| {
            let session = caller.principal.session().map(str::to_owned);
            let session = session.ok_or_else(|| {
                forbidden("Only signed-in users can do this; an API key has no account.")
            })?;
            Ok(Self { caller, session })
        };
        ready(parts(request).and_then(caller).and_then(person))
    }
}

impl FromRequest for Public {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(parts(request).and_then(public))
    }
}

impl FromRequest for Reader {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(parts(request).and_then(|parts| match &parts.identity {
            Identity::Known(principal) if principal.reach::<ReadDrafts>().is_some() => {
                caller(parts).map(Self::Editorial)
            }
            _ => public(parts).map(Self::Public),
        }))
    }
}

impl FromRequest for Visitor {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(parts(request).map(|parts| Self {
            authenticated: matches!(parts.identity, Identity::Known(_)),
        }))
    }
}

impl Reader {
    /// The public side of the same reader, when an editor asks for what the public sees.
    #[must_use]
    pub fn into_public(self) -> Public {
        match self {
            Self::Public(public) => public,
            Self::Editorial(caller) => Public {
                app: caller.app,
                known: true,
            },
        }
    }
}
