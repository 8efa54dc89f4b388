//! PostgreSQL for the tests: a server that is there already, or a private one that dies with us.
//!
//! `TEST_POSTGRES_URL` names a server to use: a superuser's URL of its maintenance database,
//! without TLS, of PostgreSQL 15 or newer. Unset, a private cluster is started by `postgres.sh`,
//! once per test process.
//! Where there is neither, tests for PostgreSQL are skipped with one line on standard error, or
//! fail if `MASTHEAD_REQUIRE_POSTGRES` is `1`; how many were skipped is printed at the end.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot start must fail loudly"
)]

use std::io::{BufRead as _, BufReader, Write as _, stderr};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, NoTls};
use url::Url;

use super::skipped;

/// Starts the cluster, and stops it when the pipe to its standard input closes.
const KEEPER: &str = include_str!("postgres.sh");

/// Copies the template's files, in a quarter of the time that PostgreSQL's default takes (34 ms
/// instead of 130 for 60 tables), which goes through the log. Known from PostgreSQL 15. Several
/// copies of one template may be made at once.
const COPY: &str = "STRATEGY FILE_COPY";

/// How often a statement is tried again while another session is connected to the template.
const ATTEMPTS: u32 = 20;

/// A PostgreSQL server on which tests make and drop databases of their own.
pub struct Cluster {
    admin: Url,
    /// Its open standard input keeps the private server alive; `None` for a server of others.
    _keeper: Option<Child>,
}

/// The server for this test process, started at the first call; `None` where there is none.
///
/// # Panics
/// If a server is required (`MASTHEAD_REQUIRE_POSTGRES=1`) and there is none, if the private one
/// does not start, or if `TEST_POSTGRES_URL` is not a URL.
pub fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    let found = CLUSTER.get_or_init(|| {
        let found = Cluster::find();
        if let Err(why) = &found {
            // Not eprintln: the test harness would keep it to itself when the test passes.
            let _unread = writeln!(stderr(), "PostgreSQL tests skipped: {why}");
        }
        found
    });
    match found {
        Ok(cluster) => Some(cluster),
        Err(why) if environment("MASTHEAD_REQUIRE_POSTGRES").as_deref() == Some("1") => {
            panic!("PostgreSQL is required by MASTHEAD_REQUIRE_POSTGRES: {why}")
        }
        Err(_) => None,
    }
}

/// Whether there is PostgreSQL to test with; a story that asks in vain counts as skipped.
pub fn has_postgres() -> bool {
    let is_there = cluster().is_some();
    if !is_there {
        skipped::one_more();
    }
    is_there
}

impl Cluster {
    /// The server named by the environment, or else a private one; `Err` says what is missing.
    fn find() -> Result<Self, String> {
        let (url, keeper) = match environment("TEST_POSTGRES_URL") {
            Some(url) => (url, None),
            None => start_private().map(|(url, keeper)| (url, Some(keeper)))?,
        };
        let admin = Url::parse(&url).expect("a PostgreSQL URL");
        Ok(Self {
            admin,
            _keeper: keeper,
        })
    }

    /// The URL of `database` on this server, whether or not it exists.
    pub fn url(&self, database: &str) -> String {
        let mut url = self.admin.clone();
        url.set_path(database);
        url.into()
    }

    /// The URL of the maintenance database, for a superuser.
    pub fn admin_url(&self) -> String {
        self.admin.to_string()
    }

    /// Creates the database `name` as a copy of `template`.
    ///
    /// PostgreSQL copies a database only while nobody is connected to it: close what prepared
    /// the template first. A connection that is still closing is waited for, about four seconds.
    ///
    /// # Panics
    /// If PostgreSQL refuses.
    pub async fn create_from_template(&self, template: &str, name: &str) {
        let statement = format!(
            "CREATE DATABASE {} TEMPLATE {} {COPY}",
            quoted(name),
            quoted(template)
        );
        self.create(&statement).await;
    }

    /// Creates the empty database `name`.
    ///
    /// # Panics
    /// If PostgreSQL refuses.
    pub async fn create_empty(&self, name: &str) {
        self.create(&format!(
            "CREATE DATABASE {} TEMPLATE template0 {COPY}",
            quoted(name)
        ))
        .await;
    }

    /// Drops the database `name` if it exists, and cuts off whoever is connected to it.
    ///
    /// # Panics
    /// If PostgreSQL refuses.
    pub async fn drop(&self, name: &str) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
        self.execute(&statement)
            .await
            .expect("drop a test database");
    }

    /// Lets nobody connect to the database `name`, and cuts off whoever is connected.
    ///
    /// # Panics
    /// If PostgreSQL refuses.
    pub async fn close(&self, name: &str) {
        let closed = format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", quoted(name));
        self.execute(&closed).await.expect("close a database");
        let cut = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        self.execute(&cut).await.expect("cut connections");
    }

    /// Lets others connect to the database `name` again.
    ///
    /// # Panics
    /// If PostgreSQL refuses.
    pub async fn reopen(&self, name: &str) {
        let open = format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", quoted(name));
        self.execute(&open).await.expect("open a database");
    }

    async fn create(&self, statement: &str) {
        for attempt in 1.. {
            match self.execute(statement).await {
                Ok(()) => return,
                Err(error)
                    if attempt < ATTEMPTS && error.code() == Some(&SqlState::OBJECT_IN_USE) =>
                {
                    tokio::time::sleep(Duration::from_millis(20) * attempt).await;
                }
                Err(error) => panic!("{statement}: {error:?}"),
            }
        }
    }

    /// Runs one statement on a connection of its own, which is closed when this returns: a
    /// connection kept in a static would belong to the runtime of whichever test opened it.
    async fn execute(&self, statement: &str) -> Result<(), Error> {
        let (client, connection) = tokio_postgres::connect(self.admin.as_str(), NoTls).await?;
        let connection = tokio::spawn(connection);
        let outcome = client.batch_execute(statement).await;
        drop(client);
        // A connection that ends badly after an answer changes nothing about the answer.
        let _ended = connection.await;
        outcome
    }
}

/// A primary and a hot standby of it, for one test.
pub struct Replicated {
    primary: Url,
    standby: Url,
    keeper: Child,
    answers: BufReader<ChildStdout>,
}

impl Replicated {
    /// Starts both; `None`, with a line on standard error, where there is no PostgreSQL.
    ///
    /// # Panics
    /// If PostgreSQL is required and there is none, or if they do not start.
    pub fn start() -> Option<Self> {
        let (line, keeper, answers) = keep(&["standby"]);
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["ready", primary, standby] => Some(Self {
                primary: Url::parse(primary).expect("a PostgreSQL URL"),
                standby: Url::parse(standby).expect("a PostgreSQL URL"),
                keeper,
                answers,
            }),
            ["missing", ..] if environment("MASTHEAD_REQUIRE_POSTGRES").as_deref() != Some("1") => {
                let _unread = writeln!(stderr(), "tests of replicas skipped: {line}");
                skipped::one_more();
                None
            }
            _ => panic!("the private PostgreSQL did not start: {line:?}"),
        }
    }

    /// The URL of the maintenance database of the primary.
    pub fn primary(&self) -> &str {
        self.primary.as_str()
    }

    /// The URL of the maintenance database of the standby.
    pub fn standby(&self) -> &str {
        self.standby.as_str()
    }

    /// Kills the standby.
    pub fn stop(&mut self) {
        self.tell("stop");
    }

    /// Starts the standby that was killed.
    pub fn start_again(&mut self) {
        self.tell("start");
    }

    /// Runs a statement on the standby, by which it is paused or promoted.
    pub async fn on_standby(&self, statement: &str) {
        let (client, connection) = tokio_postgres::connect(self.standby(), NoTls)
            .await
            .expect("a connection to the standby");
        let connection = tokio::spawn(connection);
        client.batch_execute(statement).await.expect(statement);
        drop(client);
        let _ended = connection.await;
    }

    fn tell(&mut self, command: &str) {
        tell(&mut self.keeper, &mut self.answers, command);
    }
}

impl Drop for Replicated {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        drop(self.keeper.wait());
    }
}

/// A server for one test, which may be killed and started again; it keeps what it acknowledged.
pub struct Restartable {
    url: Url,
    keeper: Child,
    answers: BufReader<ChildStdout>,
}

impl Restartable {
    /// Starts it; `None`, with a line on standard error, where there is no PostgreSQL.
    ///
    /// # Panics
    /// If PostgreSQL is required and there is none, or if it does not start.
    pub fn start() -> Option<Self> {
        let (line, keeper, answers) = keep(&["restarts"]);
        match line.split_once(' ') {
            Some(("ready", url)) => Some(Self {
                url: Url::parse(url).expect("a PostgreSQL URL"),
                keeper,
                answers,
            }),
            Some(("missing", _))
                if environment("MASTHEAD_REQUIRE_POSTGRES").as_deref() != Some("1") =>
            {
                let _unread = writeln!(stderr(), "tests of restarts skipped: {line}");
                skipped::one_more();
                None
            }
            _ => panic!("the private PostgreSQL did not start: {line:?}"),
        }
    }

    /// The URL of its maintenance database.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Kills it: its processes end at once, in the midst of what they do.
    pub fn stop(&mut self) {
        tell(&mut self.keeper, &mut self.answers, "stop");
    }

    /// Starts it again.
    pub fn start_again(&mut self) {
        tell(&mut self.keeper, &mut self.answers, "start");
    }
}

impl Drop for Restartable {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        drop(self.keeper.wait());
    }
}

fn tell(keeper: &mut Child, answers: &mut BufReader<ChildStdout>, command: &str) {
    let keeper = keeper.stdin.as_mut().expect("a pipe to the keeper");
    writeln!(keeper, "{command}").expect("the keeper listens");
    let mut answer = String::new();
    answers.read_line(&mut answer).expect("an answer");
    assert_eq!(answer.trim_end(), format!("done {command}"));
}

/// Starts the keeper and waits for its line. `Err`: there is no PostgreSQL on this machine.
fn start_private() -> Result<(String, Child), String> {
    let (line, keeper, _) = keep(&[]);
    match line.split_once(' ') {
        Some(("ready", url)) => Ok((url.to_owned(), keeper)),
        Some(("missing", what)) => Err(format!("found no {what}")),
        _ => panic!("the private PostgreSQL did not start: {line:?}"),
    }
}

/// Starts the keeper and reads its first line.
fn keep(arguments: &[&str]) -> (String, Child, BufReader<ChildStdout>) {
    let mut keeper = Command::new("sh")
        .args(["-c", KEEPER, "sh"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // Not ours to share: a runner would wait for whoever still holds its standard error.
        .stderr(Stdio::null())
        // Ctrl-C is sent to our process group; the keeper has to outlive us by a moment.
        .process_group(0)
        .spawn()
        .expect("start sh");
    let mut answers = BufReader::new(keeper.stdout.take().expect("a pipe from the keeper"));
    let mut line = String::new();
    answers
        .read_line(&mut line)
        .expect("a line from the keeper");
    (line.trim_end().to_owned(), keeper, answers)
}

/// `name` as an identifier in SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the rule is for settings of the program"
)]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
