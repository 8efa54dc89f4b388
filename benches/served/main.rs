//! Measures the server as others meet it: over HTTP, in a process of its own, under the load of
//! wrk, beside what it is measured against. `just bench` runs it; docs/performance.md tells how to
//! read it.

#![expect(
    clippy::expect_used,
    reason = "a program that measures may stop at once, and is nobody's library"
)]

mod corpus;
mod http;
mod process;
mod reference;
mod rows;
mod table;
mod wrk;

use std::path::PathBuf;

use clap::Parser;

use self::corpus::Corpus;
use self::reference::Reference;
use self::table::Table;

/// What can fail, with why.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How long things are measured, and where files go.
pub struct Effort {
    /// How many times each of two is measured.
    pub rounds: usize,
    /// For how many seconds each time.
    pub seconds: u32,
    /// Where databases and results are kept.
    pub folder: PathBuf,
    /// Which rows: those whose name holds one of these; all without any.
    pub only: Vec<String>,
    /// Whether rows on large databases, and the soak, are wanted.
    pub long: bool,
    /// How long the soak is.
    pub minutes: u32,
    /// How many articles the large database has.
    pub large: u32,
}

impl Effort {
    /// Whether a row or group of rows is wanted.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }
}

/// Measures Masthead against the same work done by hand.
#[derive(Parser)]
struct Arguments {
    /// The databases: `sqlite`, `postgres`. PostgreSQL needs `TEST_POSTGRES_URL`.
    #[arg(long, default_values_t = [String::from("sqlite"), String::from("postgres")])]
    database: Vec<String>,
    /// How many times each is measured; the median counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// For how many seconds each time.
    #[arg(long, default_value_t = 2)]
    seconds: u32,
    /// Also what takes long: 200,000 and 1,000,000 articles, and the soak.
    #[arg(long)]
    long: bool,
    /// How many articles the large database has; they take 36 kB each.
    #[arg(long, default_value_t = 1_000_000)]
    large: u32,
    /// For how many minutes the soak goes on.
    #[arg(long, default_value_t = 10)]
    minutes: u32,
    /// Groups of rows: cached, misses, editorial, writes, memory, overload, start, walk,
    /// instructions, soak, large.
    #[arg(long)]
    only: Vec<String>,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    reference: Option<Reference>,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let done = match arguments.reference {
        Some(reference) => reference::serve(reference).await,
        None => tokio::task::spawn_blocking(|| run(arguments))
            .await
            .expect("the measuring does not panic"),
    };
    if let Err(error) = done {
        eprintln!("bench: {error}");
        std::process::exit(1);
    }
}

fn run(arguments: Arguments) -> Outcome<()> {
    wrk::find()?;
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .ok_or("there is no target folder")?
        .join("bench");
    std::fs::create_dir_all(&folder)?;
    // No settings file of whoever runs this.
    std::env::set_current_dir(&folder)?;
    let effort = Effort {
        rounds: arguments.rounds,
        seconds: arguments.seconds,
        folder,
        only: arguments.only,
        long: arguments.long,
        minutes: arguments.minutes,
        large: arguments.large,
    };
    #[expect(clippy::disallowed_methods, reason = "it is no setting of the server")]
    let postgres = std::env::var("TEST_POSTGRES_URL").ok();
    for name in &arguments.database {
        let database = match (name.as_str(), postgres.clone()) {
            ("sqlite", _) => corpus::Kind::Sqlite,
            ("postgres", Some(url)) => corpus::Kind::Postgres(url),
            ("postgres", None) => {
                eprintln!("bench: without TEST_POSTGRES_URL nothing is measured on PostgreSQL");
                continue;
            }
            _ => return Err(format!("there is no database {name}").into()),
        };
        let mut table = Table {
            database: database.name(),
            rows: Vec::new(),
        };
        println!("\n{}", database.name());
        let corpus = Corpus::of(&database, 2_000, &effort.folder)?;
        rows::measure(&mut table, &database, &corpus, &effort)?;
        table.finish(&effort.folder.join(format!("{}.json", database.name())))?;
    }
    Ok(())
}
