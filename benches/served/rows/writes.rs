//! Writes, and reads beside them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::LIST;
use crate::corpus::{Corpus, Kind};
use crate::http::Client;
use crate::process::Process;
use crate::reference::writes;
use crate::table::{Goal, Table};
use crate::wrk::{Measured, Target, measure as load};
use crate::{Effort, Outcome};

/// A paragraph of the body that is written again and again.
const SENTENCES: &str = "A paragraph of some words. ";

/// Adds the rows; they work on a copy.
pub fn measure(
    table: &mut Table,
    database: &Kind,
    corpus: &Corpus,
    effort: &Effort,
) -> Outcome<()> {
    let scratch = corpus.copy(database, &effort.folder)?;
    let server = Process::uncached(&scratch.url)?;
    let mut writer = Writer::new(&server, &scratch)?;
    if let Kind::Sqlite = database {
        alone(table, &mut writer, &scratch, effort)?;
    }
    beside(table, &server, &mut writer, effort)
}

/// One writer alone, against the same statements without HTTP, checks and rendering.
fn alone(table: &mut Table, writer: &mut Writer, scratch: &Corpus, effort: &Effort) -> Outcome<()> {
    let tags = [writer.tags[0].as_str(), writer.tags[1].as_str()];
    let text = SENTENCES.repeat(120);
    let mut other = writes::Writer::open(&scratch.place, &text, &writer.author, tags)?;
    let span = Duration::from_secs(effort.seconds.into());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..effort.rounds {
        ours.push(rate(span, || writer.write())?);
        theirs.push(rate(span, || other.write())?);
    }
    let what = (
        "create and publish, one writer",
        "the statements by rusqlite",
    );
    let rates = (super::median(ours), super::median(theirs));
    table.ratio(what, "art/s", rates, Goal::AtLeast(0.7));
    Ok(())
}

fn rate(span: Duration, mut once: impl FnMut() -> Outcome<()>) -> Outcome<f64> {
    let (started, mut done) = (Instant::now(), 0_u32);
    while started.elapsed() < span {
        once()?;
        done += 1;
    }
    Ok(f64::from(done) / started.elapsed().as_secs_f64())
}

/// Reads while somebody writes as fast as they can, against the same reads alone.
fn beside(
    table: &mut Table,
    server: &Process,
    writer: &mut Writer,
    effort: &Effort,
) -> Outcome<()> {
    let (mut alone, mut beside, mut written) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.rounds {
        alone.push(read(server, effort)?.p99);
        let stop = AtomicBool::new(false);
        let (read, wrote) = std::thread::scope(|scope| {
            let writing = scope.spawn(|| -> Outcome<u32> {
                let mut written = 0;
                while !stop.load(Ordering::Relaxed) {
                    writer.write()?;
                    written += 1;
                }
                Ok(written)
            });
            let read = read(server, effort);
            stop.store(true, Ordering::Relaxed);
            (read, writing.join().expect("the writer does not panic"))
        });
        beside.push(read?.p99);
        written.push(f64::from(wrote?) / f64::from(effort.seconds));
    }
    let what = ("read p99 while one writes", "read p99 alone");
    let p99 = (super::median(beside), super::median(alone));
    table.ratio(what, "ms", p99, Goal::AtMost(2.0));
    let meanwhile = super::median(written);
    table.value(
        "articles published meanwhile",
        "art/s",
        meanwhile,
        Goal::None,
    );
    Ok(())
}

fn read(server: &Process, effort: &Effort) -> Outcome<Measured> {
    load(&Target::new(server, LIST), effort.seconds, &effort.folder)
}

/// Somebody who creates and publishes one article after another.
struct Writer {
    client: Client,
    credentials: String,
    author: String,
    tags: [String; 2],
    input: serde_json::Value,
    made: u32,
}

impl Writer {
    fn new(server: &Process, scratch: &Corpus) -> Outcome<Self> {
        let mut client = Client::new(server.port())?;
        let mut id = |list: &str, index: usize| -> Outcome<String> {
            let list = client.get(list, &[])?.json()?;
            let id = list
                .pointer(&format!("/data/{index}/id"))
                .and_then(|id| id.as_str());
            Ok(id.ok_or("the corpus lacks authors or tags")?.to_owned())
        };
        let author = id("/v1/authors", 0)?;
        let tags = [id("/v1/tags", 0)?, id("/v1/tags", 1)?];
        let input = serde_json::json!({
            "title": "What is written while others read",
            "body": {"format": "markdown", "source": SENTENCES.repeat(120)},
            "authors": [{"author": &author}],
            "tags": &tags,
        });
        Ok(Self {
            client,
            credentials: format!("Bearer {}", scratch.key()?),
            author,
            tags,
            input,
            made: 0,
        })
    }

    fn write(&mut self) -> Outcome<()> {
        self.made += 1;
        let slug = format!("written-while-others-read-{}", self.made);
        if let Some(input) = self.input.as_object_mut() {
            input.insert("slug".to_owned(), slug.into());
        }
        let input = self.input.to_string();
        let key = ("authorization", self.credentials.as_str());
        let made = self.client.send("POST", "/v1/articles", &[key], &input)?;
        let path = format!("{}/publish", made.told("location")?);
        let version = made.told("etag")?;
        let headers = [key, ("if-match", version.as_str())];
        let done = self.client.send("POST", &path, &headers, "{}")?;
        if done.status != 200 {
            return Err(format!("{path}: {}", String::from_utf8_lossy(&done.body)).into());
        }
        Ok(())
    }
}
