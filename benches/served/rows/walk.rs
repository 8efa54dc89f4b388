//! All published articles, page by page, against one scan of the table.

use std::time::Instant;

use crate::corpus::{Corpus, Kind};
use crate::http::Client;
use crate::process::Process;
use crate::reference::scan;
use crate::table::{Goal, Table};
use crate::{Effort, Outcome};

/// Adds the row: articles in a second, by a single reader.
pub fn measure(
    table: &mut Table,
    database: &Kind,
    corpus: &Corpus,
    effort: &Effort,
) -> Outcome<()> {
    let server = Process::uncached(&corpus.url)?;
    let (mut ours, mut other) = (Vec::new(), Vec::new());
    for _ in 0..effort.rounds {
        let started = Instant::now();
        let walked = walk(&server)?;
        ours.push(walked as f64 / started.elapsed().as_secs_f64());
        let started = Instant::now();
        let scanned = match database {
            Kind::Sqlite => scan::sqlite(&corpus.place)?,
            Kind::Postgres(_) => scan::postgres(&corpus.place)?,
        };
        other.push(scanned as f64 / started.elapsed().as_secs_f64());
        if walked != scanned {
            return Err(format!("walked {walked} articles and scanned {scanned}").into());
        }
    }
    let what = ("export by cursor, limit=100", "one scan and serde");
    let measured = (super::median(ours), super::median(other));
    table.ratio(what, "art/s", measured, Goal::AtLeast(0.5));
    Ok(())
}

/// Follows the cursors to the end; how many articles there were.
fn walk(server: &Process) -> Outcome<usize> {
    let mut client = Client::new(server.port())?;
    let mut path = "/v1/articles?limit=100".to_owned();
    let mut found = 0;
    loop {
        // No more is made of a page than a walk needs: it is the server that is measured.
        let page: Page = serde_json::from_slice(&client.get(&path, &[])?.body)?;
        found += page.data.len();
        let Some(next) = page.page.next else {
            return Ok(found);
        };
        path = format!("/v1/articles?limit=100&cursor={next}");
    }
}

#[derive(serde::Deserialize)]
struct Page {
    data: Vec<serde::de::IgnoredAny>,
    page: Next,
}

#[derive(serde::Deserialize)]
struct Next {
    next: Option<String>,
}
