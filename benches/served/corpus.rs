//! The databases that are measured: made once, kept for the next run.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::process::{Process, masthead};
use crate::{Outcome, http};

/// Which database.
pub enum Kind {
    Sqlite,
    /// At this URL, of one who may create databases.
    Postgres(String),
}

impl Kind {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }
}

/// A database with so many published articles.
pub struct Corpus {
    /// As Masthead's setting has it.
    pub url: String,
    /// The file, or the URL.
    pub place: String,
}

impl Corpus {
    /// The one with so many articles; makes it if it is not there.
    pub fn of(database: &Kind, articles: u32, folder: &Path) -> Outcome<Self> {
        let (url, place, made) = match database {
            Kind::Sqlite => {
                let file = folder.join(format!("corpus-{articles}.db"));
                let place = file.to_string_lossy().into_owned();
                (format!("sqlite:{place}"), place, file.exists())
            }
            Kind::Postgres(server) => {
                let name = format!("corpus_{articles}");
                let (base, _) = server.rsplit_once('/').ok_or("the URL names no database")?;
                let url = format!("{base}/{name}");
                let made = !create_database(server, &name)?;
                (url.clone(), url, made)
            }
        };
        let corpus = Self { url, place };
        if !made {
            corpus.fill(articles)?;
        }
        Ok(corpus)
    }

    /// A copy that may be written to.
    pub fn copy(&self, database: &Kind, folder: &Path) -> Outcome<Self> {
        match database {
            Kind::Sqlite => {
                let place = folder.join("scratch.db").to_string_lossy().into_owned();
                for rest in ["", "-wal", "-shm"] {
                    drop(std::fs::remove_file(format!("{place}{rest}")));
                }
                std::fs::copy(&self.place, &place)?;
                let url = format!("sqlite:{place}");
                Ok(Self { url, place })
            }
            Kind::Postgres(server) => {
                let (base, name) = self
                    .url
                    .rsplit_once('/')
                    .ok_or("the URL names no database")?;
                let url = format!("{base}/scratch");
                run_sql(server, "DROP DATABASE IF EXISTS scratch")?;
                run_sql(server, &format!("CREATE DATABASE scratch TEMPLATE {name}"))?;
                let place = url.clone();
                Ok(Self { url, place })
            }
        }
    }

    fn fill(&self, articles: u32) -> Outcome<()> {
        println!("making {articles} articles in {}", self.place);
        self.run(&[
            "generate",
            "--articles",
            &articles.to_string(),
            "--authors",
            "200",
            "--tags",
            "500",
            "--seed",
            "1",
            "--body-bytes",
            "2000-6000",
        ])?;
        Ok(())
    }

    /// A key of the role `editor`.
    pub fn key(&self) -> Outcome<String> {
        // A copy has the keys of what it is a copy of.
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("bench-{}-{number}", std::process::id());
        let printed = self.run(&["key", "create", "--name", &name, "--role", "editor"])?;
        Ok(printed.trim().to_owned())
    }

    /// The slug of the newest article.
    pub fn slug(&self, server: &Process) -> Outcome<String> {
        let list = http::get(server.port(), "/v1/articles?limit=1", &[])?.json()?;
        let slug = list.pointer("/data/0/slug").and_then(|slug| slug.as_str());
        Ok(slug.ok_or("the corpus has no articles")?.to_owned())
    }

    /// Runs a command of Masthead on this database and gives what it printed.
    fn run(&self, arguments: &[&str]) -> Outcome<String> {
        let mut command = Command::new(masthead());
        command.args(arguments).env("DATABASE_URL", &self.url);
        let output = command.output()?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            return Err(format!("masthead {}: {told}", arguments.join(" ")).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// Creates a database; false when it is there already.
fn create_database(server: &str, name: &str) -> Outcome<bool> {
    match run_sql(server, &format!("CREATE DATABASE {name}")) {
        Ok(()) => Ok(true),
        Err(error) if error.to_string().contains("already exists") => Ok(false),
        Err(error) => Err(error),
    }
}

/// Runs a statement as one who may create databases.
fn run_sql(server: &str, statement: &str) -> Outcome<()> {
    tokio::runtime::Handle::current().block_on(async move {
        let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        match client.batch_execute(statement).await {
            Ok(()) => Ok(()),
            Err(error) => Err(error
                .as_db_error()
                .map_or(error.to_string(), ToString::to_string)
                .into()),
        }
    })
}
