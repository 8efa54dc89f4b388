//! Servers to measure against, each in a process of its own: constant bytes, and the same reads
//! written by hand for each database.

mod answer;
mod postgres;
mod queries;
pub mod scan;
mod sqlite;
pub mod writes;

use std::path::PathBuf;

use actix_web::web::Bytes;
use actix_web::{App, HttpResponse, HttpServer, web};
use masthead::db::Time;
use serde::Serialize;

use crate::Outcome;

/// How many articles a page has.
const LIMIT: usize = 15;

/// What is served.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Reference {
    /// The bytes of a file, with the encoding that they have.
    Bytes {
        port: u16,
        file: PathBuf,
        encoding: String,
    },
    /// Reads of an SQLite file.
    Sqlite { port: u16, file: PathBuf },
    /// Reads of a PostgreSQL database.
    Postgres { port: u16, url: String },
}

/// Serves until the process is ended.
pub async fn serve(reference: Reference) -> Outcome<()> {
    match reference {
        Reference::Bytes {
            port,
            file,
            encoding,
        } => {
            let bytes = Bytes::from(std::fs::read(file)?);
            bound(port, move |config| constant(config, &bytes, &encoding)).await
        }
        Reference::Sqlite { port, file } => {
            bound(port, move |config| sqlite::mount(config, &file)).await
        }
        Reference::Postgres { port, url } => {
            let shared = postgres::Shared::new(&url)?;
            bound(port, move |config| shared.clone().mount(config)).await
        }
    }
}

async fn bound(
    port: u16,
    mount: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> Outcome<()> {
    let server = HttpServer::new(move || App::new().configure(&mount));
    Ok(server.bind(("127.0.0.1", port))?.run().await?)
}

fn constant(config: &mut web::ServiceConfig, bytes: &Bytes, encoding: &str) {
    let (bytes, encoding) = (bytes.clone(), encoding.to_owned());
    let handler = move || {
        let mut answer = HttpResponse::Ok();
        answer.insert_header(("content-type", "application/json"));
        if encoding != "identity" {
            answer.insert_header(("content-encoding", encoding.as_str()));
        }
        std::future::ready(answer.body(bytes.clone()))
    };
    config.route("/bytes", web::get().to(handler));
}

fn answered(value: Outcome<impl Serialize>) -> actix_web::Result<HttpResponse> {
    let value = value.map_err(actix_web::error::ErrorInternalServerError)?;
    let bytes = serde_json::to_vec(&value)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(bytes))
}

fn now() -> Time {
    #[expect(
        clippy::disallowed_methods,
        reason = "a reference has no App with a clock"
    )]
    Time::from(chrono::Utc::now())
}
