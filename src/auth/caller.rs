//! What a handler asks for to be called by someone.

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};

use super::middleware::Identity;
use super::permission::{Needs, ReadDrafts, Role};
use crate::app::{Access, App};
use crate::db::{Conn, Database, LiveConn};
use crate::error::{Code, Error, Result};

/// Someone who may do `P`. Put it first among a handler's arguments: whoever may not is then
/// refused before anything else of the request is looked at.
pub struct Caller<P> {
    app: web::Data<App>,
    id: String,
    role: Role,
    needs: PhantomData<P>,
}

impl<P> Access for Caller<P> {}

impl<P> Caller<P> {
    /// The database.
    #[must_use]
    pub fn db(&self) -> &Database {
        self.app.db(self)
    }

    /// What all requests share.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Who it is, to be recorded with what they write.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The role that the caller has.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read(&self) -> Result<Conn> {
        Ok(self.db().read().await?)
    }

    /// A connection for writing.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn write(&self) -> Result<Conn> {
        Ok(self.db().write().await?)
    }
}

/// Anyone: reaches only what is public.
pub struct Public {
    app: web::Data<App>,
}

impl Public {
    /// What all requests share.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// A connection to live tables.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read(&self) -> Result<LiveConn> {
        Ok(self.app.live().await?)
    }
}

/// Whoever reads: the public, or someone who may see drafts.
pub enum Reader {
    /// The public.
    Public(Public),
    /// Someone who may see drafts.
    Editorial(Caller<ReadDrafts>),
}

/// Anyone, when it only matters whether they gave valid credentials.
pub struct Visitor {
    /// Whether they did.
    pub authenticated: bool,
}

fn parts(request: &HttpRequest) -> Result<(web::Data<App>, Identity)> {
    let app = request.app_data::<web::Data<App>>().cloned();
    let app = app.ok_or_else(|| Error::internal("no App was given to the server"))?;
    // The middleware that authenticates runs first on every route.
    let identity = request.extensions().get::<Identity>().cloned();
    Ok((app, identity.unwrap_or(Identity::Anonymous)))
}

/// 401 for someone without credentials, with how to authenticate (RFC 6750, section 3).
#[must_use]
pub fn unauthenticated() -> Error {
    let challenge = HeaderValue::from_static("Bearer realm=\"masthead\"");
    let detail = "This needs an API key: Authorization: Bearer mhk_…";
    Error::new(Code::Unauthorized, detail).with_header(header::WWW_AUTHENTICATE, challenge)
}

fn caller<P: Needs>(app: web::Data<App>, identity: Identity) -> Result<Caller<P>> {
    match identity {
        Identity::Anonymous => Err(unauthenticated()),
        Identity::Key { role, .. } if !role.allows(P::PERMISSION) => {
            let challenge =
                HeaderValue::from_static("Bearer realm=\"masthead\", error=\"insufficient_scope\"");
            let detail = format!("The role “{}” does not allow this.", role.name());
            Err(Error::new(Code::Forbidden, detail)
                .with_header(header::WWW_AUTHENTICATE, challenge))
        }
        Identity::Key { id, role } => Ok(Caller {
            app,
            id,
            role,
            needs: PhantomData,
        }),
    }
}

impl<P: Needs> FromRequest for Caller<P> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(parts(request).and_then(|(app, identity)| caller(app, identity)))
    }
}

impl FromRequest for Public {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(parts(request).map(|(app, _)| Self { app }))
    }
}

impl FromRequest for Reader {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(parts(request).and_then(|(app, identity)| match identity {
            Identity::Anonymous => Ok(Self::Public(Public { app })),
            identity @ Identity::Key { .. } => caller(app, identity).map(Self::Editorial),
        }))
    }
}

impl FromRequest for Visitor {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(parts(request).map(|(_, identity)| Self {
            authenticated: matches!(identity, Identity::Key { .. }),
        }))
    }
}

impl Reader {
    /// The public side of the same reader, when an editor asks for what the public sees.
    #[must_use]
    pub fn into_public(self) -> Public {
        match self {
            Self::Public(public) => public,
            Self::Editorial(caller) => Public { app: caller.app },
        }
    }
}
