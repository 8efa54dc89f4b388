//! How many instructions a request takes, as callgrind counts them: the same on a busy machine.

use std::process::Command;

use super::LIST;
use crate::corpus::Corpus;
use crate::http::Client;
use crate::process::Process;
use crate::table::{Goal, Table};
use crate::{Effort, Outcome};

/// How many requests of a kind are counted, after as many that warm up.
const REQUESTS: u32 = 100;

type Headers<'a> = &'a [(&'a str, &'a str)];

/// Adds the rows, if valgrind is there.
pub fn measure(table: &mut Table, corpus: &Corpus, effort: &Effort) -> Outcome<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("valgrind cannot be started: no instructions are counted");
        return Ok(());
    }
    let server = Process::counted(&corpus.url, &effort.folder)?;
    let mut client = Client::new(server.port())?;
    let one = format!("/v1/articles/{}", corpus.slug(&server)?);
    let tag = client.get(LIST, &[])?.told("etag")?;
    let rows: [(&str, &str, Headers<'_>); 4] = [
        ("list of 15 with authors and tags", LIST, &[]),
        ("one by slug", &one, &[]),
        ("304 of the list", LIST, &[("if-none-match", &tag)]),
        ("health", "/health/live", &[]),
    ];
    for (work, path, headers) in rows {
        let mut ask = || -> Outcome<()> {
            for _ in 0..REQUESTS {
                client.get(path, headers)?;
            }
            Ok(())
        };
        ask()?;
        server.dump(&effort.folder)?;
        ask()?;
        let counted = server.dump(&effort.folder)?;
        let each = counted as f64 / f64::from(REQUESTS) / 1e3;
        table.value(&format!("instructions: {work}"), "k", each, Goal::None);
    }
    Ok(())
}
