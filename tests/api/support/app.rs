//! A server of one's own.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use chrono::{DateTime, Duration};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use masthead::app::App;
use masthead::clock::Clock;
use masthead::config::Settings;
use masthead::db::{Database, StatementCounter, Time};
use masthead::mail::Mailer;
use masthead::server::Server;
use reqwest::redirect::Policy;

use super::call::Caller;
use super::database::cluster;
use super::database::{Kind, Scratch, key_named};

/// A running server over a database of its own. Both go when it is dropped.
pub struct TestApp {
    /// Which database it runs on.
    pub kind: Kind,
    pub(super) client: reqwest::Client,
    pub(super) address: SocketAddr,
    metrics: Option<SocketAddr>,
    /// The database, for what no route does.
    pub db: Database,
    pub(super) settings: Settings,
    counter: StatementCounter,
    clock: Arc<AtomicI64>,
    mail: Mailer,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// What the thread of the server tells once it listens.
struct Started {
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    db: Database,
    mail: Mailer,
    handle: ServerHandle,
}

impl TestApp {
    /// Starts a server with settings as a newspaper would have them.
    pub async fn start(kind: Kind) -> Self {
        Self::start_with(kind, |_| ()).await
    }

    /// Starts a server with some settings changed.
    pub async fn start_with(kind: Kind, change: impl FnOnce(&mut Settings)) -> Self {
        let scratch = Scratch::migrated(kind).await;
        let mut settings = scratch.settings();
        change(&mut settings);
        let clock = Arc::new(AtomicI64::new(millis("2026-11-23T12:00:00Z")));
        Self::run(kind, settings, clock, Some(scratch))
    }

    /// Starts a server that keeps no answers, so that each costs what it costs, and waits until it
    /// hears of others: before that it asks more.
    pub async fn uncached(kind: Kind) -> Self {
        let app = Self::start_with(kind, |settings| settings.cache.memory_mib = 0).await;
        app.until(async || app.db.changes().is_heard()).await;
        app
    }

    /// Starts a server over a database that is there already, which goes with it.
    pub fn start_over(kind: Kind, scratch: Scratch) -> Self {
        Self::start_over_with(kind, scratch, |_| ())
    }

    /// The same with some settings changed.
    pub fn start_over_with(
        kind: Kind,
        scratch: Scratch,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let mut settings = scratch.settings();
        change(&mut settings);
        let clock = Arc::new(AtomicI64::new(millis("2026-11-23T12:00:00Z")));
        Self::run(kind, settings, clock, Some(scratch))
    }

    /// The URL of its database.
    pub fn database_url(&self) -> String {
        self.settings.database_url().unwrap().to_string()
    }

    /// Starts another server over a SQLite file, by the same clock.
    pub fn over_file(&self, file: &std::path::Path) -> Self {
        self.second_with(|settings| {
            settings.set_database_url(&format!("sqlite:{}", file.display()));
        })
    }

    /// Starts another server over the same database, as another process would be, with the same
    /// settings and by the same clock. It must not outlive this one.
    pub fn second(&self) -> Self {
        self.second_with(|_| ())
    }

    /// Starts another server over the same database with some settings changed.
    pub fn second_with(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.settings.clone();
        change(&mut settings);
        Self::run(self.kind, settings, Arc::clone(&self.clock), None)
    }

    fn run(
        kind: Kind,
        settings: Settings,
        clock: Arc<AtomicI64>,
        scratch: Option<Scratch>,
    ) -> Self {
        let kept = settings.clone();
        let (tell, told) = channel();
        let manual = Clock::Manual(Arc::clone(&clock));
        // The server has a runtime of its own, as in the program; it outlives a test that fails.
        let thread = std::thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build().unwrap();
            runtime.block_on(async {
                let (url, options) = (
                    settings.database_url().unwrap(),
                    settings.database_options(),
                );
                let db = Database::open(&url, &options).await.unwrap();
                let app = App::new(settings, db.clone(), manual).await.unwrap();
                let server = Server::bind(app).unwrap();
                let started = Started {
                    address: server.address(),
                    metrics: server.metrics_address(),
                    db,
                    mail: server.app().mail.clone(),
                    handle: server.handle(),
                };
                tell.send(started).unwrap();
                server.run().await.unwrap();
                if let Some(scratch) = scratch {
                    scratch.remove().await;
                }
            });
        });
        let started = told.recv().expect("the server did not start");
        // An error says that another test was first.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            // The server speaks plain HTTP; reading the system's certificates takes a tenth of a test.
            .tls_certs_only([])
            .build()
            .unwrap();
        Self {
            kind,
            client,
            address: started.address,
            metrics: started.metrics,
            settings: kept,
            counter: started.db.statements().clone(),
            db: started.db,
            clock,
            mail: started.mail,
            handle: started.handle,
            thread: Some(thread),
        }
    }

    /// Calls without credentials.
    pub fn anonymous(&self) -> Caller<'_> {
        Caller::new(self)
    }

    /// Calls with a key that reads drafts.
    pub fn reader(&self) -> Caller<'_> {
        self.with_key("reader")
    }

    /// Calls with a key that writes and publishes.
    pub fn editor(&self) -> Caller<'_> {
        self.with_key("editor")
    }

    /// Calls with a key that may do everything.
    pub fn admin(&self) -> Caller<'_> {
        self.with_key("admin")
    }

    fn with_key(&self, name: &str) -> Caller<'_> {
        self.anonymous().bearer(&key_named(name))
    }

    /// Sets the clock of the server.
    pub fn clock_set(&self, rfc3339: &str) {
        self.clock.store(millis(rfc3339), Ordering::SeqCst);
    }

    /// Moves the clock of the server on.
    pub fn advance(&self, by: Duration) {
        self.clock
            .fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }

    /// The time on the clock of the server.
    pub fn now(&self) -> Time {
        Time(self.clock.load(Ordering::SeqCst))
    }

    /// How many SQL statements the server has sent so far.
    pub fn statements(&self) -> u64 {
        self.counter.total()
    }

    /// What the server sends mail by.
    pub fn mail(&self) -> &Mailer {
        &self.mail
    }

    /// Takes the database away: on PostgreSQL the whole of it, on SQLite the table of tags.
    pub async fn break_database(&self) {
        let url = self.settings.database_url().unwrap();
        let url = url.to_string();
        match url.strip_prefix("sqlite:") {
            None => {
                let name = url.rsplit('/').next().unwrap();
                cluster().unwrap().drop(name).await;
            }
            Some(path) => {
                let mut conn = SqliteConnection::establish(path).unwrap();
                conn.batch_execute("DROP TABLE live_tags; DROP TABLE __diesel_schema_migrations")
                    .unwrap();
            }
        }
    }

    /// What the server tells Prometheus, if `metrics.listen` is set.
    pub async fn metrics(&self) -> String {
        let url = format!("http://{}/metrics", self.metrics.unwrap());
        let answer = self.client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"].to_str().unwrap();
        assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
        answer.text().await.unwrap()
    }

    /// Waits until something is so that happens by itself, for ten seconds at most.
    pub async fn until(&self, mut is_so: impl AsyncFnMut() -> bool) {
        for _ in 0..1_000 {
            if is_so().await {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("it did not come about");
    }

    /// Takes a database of PostgreSQL away, or brings it back.
    pub async fn database_is_away(&self, away: bool) {
        let url = self.settings.database_url().unwrap().to_string();
        let name = url.rsplit('/').next().unwrap();
        match away {
            true => cluster().unwrap().close(name).await,
            false => cluster().unwrap().reopen(name).await,
        }
    }

    /// The host and port of the server.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Sends these bytes as they are, for requests that no client would send, and reads one
    /// answer.
    pub fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(request).unwrap();
        let (mut answer, mut chunk) = (Vec::new(), [0; 4_096]);
        // A server that refuses a body waits for the rest of it a while before it closes: so the
        // end of the answer is taken from its length.
        while !is_whole(&answer) {
            let read = stream.read(&mut chunk).unwrap();
            if read == 0 {
                break;
            }
            answer.extend_from_slice(&chunk[..read]);
        }
        String::from_utf8(answer).unwrap()
    }
}

/// Whether an answer has come in up to the end of its body.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length.is_some_and(|length| body.len() >= length.parse::<usize>().unwrap())
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // The command is sent by the call; waiting for the future would need a runtime.
        drop(self.handle.stop(false));
        let ended = self.thread.take().map(JoinHandle::join);
        if let Some(Err(_)) = ended
            && !std::thread::panicking()
        {
            panic!("the server panicked");
        }
    }
}

fn millis(rfc3339: &str) -> i64 {
    DateTime::parse_from_rfc3339(rfc3339)
        .unwrap()
        .timestamp_millis()
}
