//! The holder of a preview token: for the one route that shows an article before it is published.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use crate::app::{Access, App};
use crate::db::{Conn, LiveConn, Source};
use crate::error::{Error, Result};

/// Anyone who is about to show a preview token. It reaches the whole database, since that is where
/// the token and the working copy are; the route looks at the token before anything else.
pub struct Previewer {
    app: web::Data<App>,
}

impl Access for Previewer {}

impl Previewer {
    /// State shared by all requests.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read(&self) -> Result<Conn> {
        Ok(self.app.db(self).read_snapshot().await?)
    }

    /// A connection to live tables.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn live(&self) -> Result<LiveConn> {
        Ok(self.app.live(Source::Primary).await?)
    }
}

impl FromRequest for Previewer {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let app = request.app_data::<web::Data<App>>().cloned();
        let lacking = || Error::internal("the server was not given all its parts");
        ready(app.map(|app| Self { app }).ok_or_else(lacking))
    }
}
