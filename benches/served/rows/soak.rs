//! Full load for minutes while an editor publishes every second: no error, no answer that is older
//! than what was acknowledged before it was asked for, and no memory that grows.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::corpus::{Corpus, Kind};
use crate::http::Client;
use crate::process::Process;
use crate::table::{Goal, Table};
use crate::wrk::{Target, measure as load};
use crate::{Effort, Outcome};

/// How many readers look at the version of each answer, beside the load of wrk.
const READERS: usize = 8;
/// What the title of the article begins with; behind it is the number of its edition.
const TITLE: &str = "Edition ";

/// What readers and the editor share.
#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    /// The last edition whose publication was acknowledged.
    acknowledged: AtomicU64,
    read: AtomicU64,
    hits: AtomicU64,
}

/// Adds the rows; they work on a copy.
pub fn measure(
    table: &mut Table,
    database: &Kind,
    corpus: &Corpus,
    effort: &Effort,
) -> Outcome<()> {
    let scratch = corpus.copy(database, &effort.folder)?;
    let server = Process::masthead(&scratch.url, &[])?;
    let mut editor = Editor::new(&server, &scratch)?;
    let shared = Shared::default();
    editor.publish(&shared)?;
    let paths = [
        format!("/v1/articles/{}", editor.id),
        "/v1/articles/soak".to_owned(),
        "/v1/articles?limit=5".to_owned(),
        "/v1/articles?include=authors,tags".to_owned(),
    ];
    let span = Duration::from_secs(u64::from(effort.minutes) * 60);
    let mut memory = Vec::new();
    let (rate, editions) = std::thread::scope(|scope| -> Outcome<(f64, u64)> {
        let readers: Vec<_> = paths
            .iter()
            .cycle()
            .take(READERS)
            .map(|path| {
                let (port, shared) = (server.port(), &shared);
                scope.spawn(move || {
                    let done = read(port, path, shared);
                    // One that fails ends the others.
                    shared.stop.store(true, Ordering::Relaxed);
                    done
                })
            })
            .collect();
        let editing = scope.spawn(|| {
            let done = edit(&mut editor, &shared);
            shared.stop.store(true, Ordering::Relaxed);
            done
        });
        let rate = press(&server, span, &shared, &mut memory, effort);
        shared.stop.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().expect("a reader does not panic")?;
        }
        let editions = editing.join().expect("the editor does not panic")?;
        Ok((rate?, editions))
    })?;
    let minutes = format!("soak of {} min", effort.minutes);
    let row = |what: &str| format!("{minutes}: {what}");
    table.value(&row("answers to wrk"), "req/s", rate, Goal::None);
    let read = shared.read.load(Ordering::Relaxed) as f64;
    table.value(&row("answers that were looked at"), "", read, Goal::None);
    let hits = shared.hits.load(Ordering::Relaxed) as f64;
    table.value(&row("of these kept ones"), "", hits, Goal::None);
    table.value(&row("editions"), "", editions as f64, Goal::None);
    table.value(&row("errors and stale answers"), "", 0.0, Goal::AtMost(0.0));
    let first = memory.first().copied().unwrap_or(f64::NAN);
    let last = memory.last().copied().unwrap_or(f64::NAN);
    table.value(&row("memory in the first minute"), "MiB", first, Goal::None);
    table.value(&row("memory at the end"), "MiB", last, Goal::AtMost(124.0));
    Ok(())
}

/// Full load by wrk, a list and the article in turns; gives answers in a second.
fn press(
    server: &Process,
    span: Duration,
    shared: &Shared,
    memory: &mut Vec<f64>,
    effort: &Effort,
) -> Outcome<f64> {
    let (started, mut rates) = (Instant::now(), Vec::new());
    while started.elapsed() < span && !shared.stop.load(Ordering::Relaxed) {
        for path in ["/v1/articles/soak", super::LIST, "/v1/articles?page=3"] {
            rates.push(load(&Target::new(server, path), 10, &effort.folder)?.rate);
        }
        memory.push(server.memory()?);
    }
    Ok(super::median(rates))
}

/// Reads until it is stopped. An answer that shows less than was acknowledged before is an error.
fn read(port: u16, path: &str, shared: &Shared) -> Outcome<()> {
    let mut client = Client::new(port)?;
    while !shared.stop.load(Ordering::Relaxed) {
        let acknowledged = shared.acknowledged.load(Ordering::SeqCst);
        let answer = client.get(path, &[])?;
        let told = answer.json()?;
        let found = edition(&told).ok_or_else(|| format!("{path} lacks the article"))?;
        if found < acknowledged {
            let head = answer.header("cache-status").unwrap_or_default();
            return Err(
                format!("{path} shows edition {found} after {acknowledged}: {head}").into(),
            );
        }
        shared.read.fetch_add(1, Ordering::Relaxed);
        if answer.header("cache-status") == Some("masthead; hit") {
            shared.hits.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}

/// The edition that an article or a list shows.
fn edition(told: &Value) -> Option<u64> {
    let of = |article: &Value| {
        article
            .get("title")?
            .as_str()?
            .strip_prefix(TITLE)?
            .parse()
            .ok()
    };
    match told.get("data").and_then(Value::as_array) {
        Some(list) => list.iter().find_map(of),
        None => of(told),
    }
}

/// Publishes an edition each second until it is stopped; gives how many there were.
fn edit(editor: &mut Editor, shared: &Shared) -> Outcome<u64> {
    while !shared.stop.load(Ordering::Relaxed) {
        let started = Instant::now();
        editor.publish(shared)?;
        std::thread::sleep(Duration::from_secs(1).saturating_sub(started.elapsed()));
    }
    Ok(shared.acknowledged.load(Ordering::Relaxed))
}

struct Editor {
    client: Client,
    credentials: String,
    id: String,
    etag: String,
}

impl Editor {
    fn new(server: &Process, scratch: &Corpus) -> Outcome<Self> {
        let credentials = format!("Bearer {}", scratch.key()?);
        let mut client = Client::new(server.port())?;
        let input = json!({
            "title": format!("{TITLE}0"),
            "slug": "soak",
            "body": {"format": "markdown", "source": "A paragraph of some words. ".repeat(120)},
        });
        let headers = [("authorization", credentials.as_str())];
        let made = client.send("POST", "/v1/articles", &headers, &input.to_string())?;
        let told = made.json()?;
        let id = told.get("id").and_then(Value::as_str);
        let id = id.ok_or("the article has no id")?.to_owned();
        let etag = made.told("etag")?;
        Ok(Self {
            client,
            credentials,
            id,
            etag,
        })
    }

    fn publish(&mut self, shared: &Shared) -> Outcome<()> {
        let next = shared.acknowledged.load(Ordering::Relaxed) + 1;
        let path = format!("/v1/articles/{}", self.id);
        let title = json!({"title": format!("{TITLE}{next}")}).to_string();
        for (method, path, body) in [
            ("PATCH", path.clone(), title.as_str()),
            ("POST", format!("{path}/publish"), "{}"),
        ] {
            let headers = [
                ("authorization", self.credentials.as_str()),
                ("if-match", self.etag.as_str()),
            ];
            let done = self.client.send(method, &path, &headers, body)?;
            if done.status != 200 {
                let told = String::from_utf8_lossy(&done.body);
                return Err(format!("{method} {path}: {} {told}", done.status).into());
            }
            self.etag = done.told("etag")?;
        }
        shared.acknowledged.store(next, Ordering::SeqCst);
        Ok(())
    }
}
