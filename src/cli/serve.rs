//! `masthead serve`: the server, until it is told to stop.

use std::io;

use clap::Args;

use super::failure::Failure;
use super::signals::StopSignals;
use super::{database, health, output};
use crate::app::{Access, App, Edit, VERSION};
use crate::clock::{Clock, Ids};
use crate::config::Settings;
use crate::db::{Conn, Database, DatabaseUrl};
use crate::sample;
use crate::server::Server;
use crate::sessions::one_time::{Purpose, issue, link};
use crate::users::store as accounts;

/// Arguments of `masthead serve`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Fill an empty database with a small sample newspaper
    #[arg(long)]
    sample: bool,
}

/// Makes the database if need be, and serves until SIGTERM or SIGINT: requests under way are
/// finished, the database is flushed. A second signal stops at once.
///
/// # Errors
/// When the database or the address cannot be used.
pub async fn run(settings: Settings, arguments: &Arguments) -> Result<(), Failure> {
    let url = settings.database_url()?;
    let listen = settings.server.listen;
    let db = database::open(&settings).await?;
    if arguments.sample {
        load_sample(&db, &settings).await?;
    }
    let app = App::new(settings, db, Clock::System)
        .await
        .map_err(|error| Failure::of_database(&url, &error))?;
    let setup = setup_link(&app, &url).await?;
    let mut signals = StopSignals::listen().map_err(Failure::new)?;
    let server = Server::bind(app).map_err(|error| cannot_listen(&error, listen))?;
    output::print(&greeting(&server, &url.to_string()))?;
    if let Some(token) = setup {
        output::print(&invitation(&server, &token))?;
    }
    let handle = server.handle();
    let mut running = Box::pin(server.run());
    tokio::select! {
        done = &mut running => return done.map_err(Failure::new),
        () = signals.next() => {}
    }
    output::note("Shutting down: finishing requests in progress.");
    // The server must be polled for the stop to be heard.
    let stopped = async { tokio::join!(handle.stop(true), running).1 };
    tokio::select! {
        done = stopped => done.map_err(Failure::new),
        () = signals.next() => Err(Failure::new("stopped immediately by a second signal")),
    }
}

async fn load_sample(db: &Database, settings: &Settings) -> Result<(), Failure> {
    let ids = Ids::new(Clock::System);
    let edit = Edit {
        ids: &ids,
        now: Clock::System.now(),
        by: "sample",
    };
    match Box::pin(sample::load(db, settings, edit)).await? {
        Some(loaded) => output::print(&format!(
            "The sample is loaded: {} articles, {} authors, {} tags.",
            loaded.articles, loaded.authors, loaded.tags
        )),
        None => output::print("The database is not empty; the sample was not loaded."),
    }
}

/// The token that makes the first account, when there is none yet.
async fn setup_link(app: &App, url: &DatabaseUrl) -> Result<Option<String>, Failure> {
    let db = app.db(&Console);
    let now = app.clock.now();
    let mut conn = db
        .write()
        .await
        .map_err(|error| Failure::of_database(url, &error))?;
    let work = async |conn: &mut Conn| -> crate::error::Result<Option<String>> {
        if accounts::is_any(conn).await? {
            return Ok(None);
        }
        let issued = issue(conn, &app.settings, now, Purpose::Setup, None).await?;
        Ok(Some(issued.secret.text))
    };
    Ok(conn.transaction(work).await?)
}

/// The operator who starts the server, with access to the database anyway.
struct Console;

impl Access for Console {}

fn invitation(server: &Server, token: &str) -> String {
    let settings = &server.app().settings;
    let hours = settings.auth.setup_hours;
    let address = link(settings, Purpose::Setup, token).unwrap_or_else(|| {
        let base = health::reachable(server.address());
        format!("http://{base}/account#setup={token}")
    });
    format!(
        "\nThere are no accounts yet. Create the first one, an admin's, here (once, within {hours} \
         hours):\n\x20 {address}"
    )
}

fn cannot_listen(error: &io::Error, listen: std::net::SocketAddr) -> Failure {
    let why = match error.kind() {
        io::ErrorKind::AddrInUse => "the address is already in use".to_owned(),
        // A setting that only the server can judge.
        io::ErrorKind::InvalidInput => return Failure::new(error),
        _ => error.to_string(),
    };
    Failure::new(format!("cannot listen on {listen}: {why}"))
}

fn greeting(server: &Server, database: &str) -> String {
    let base = format!("http://{}", health::reachable(server.address()));
    format!(
        "Masthead {VERSION} listens on http://{}\n\
         database        {database}\n\
         documentation   {base}/docs/\n\
         to try          curl '{base}/v1/articles?limit=3'\n\
         \x20               curl '{base}/v1/tags'\n\
         to write        masthead key create --name NAME --role editor",
        server.address()
    )
}
