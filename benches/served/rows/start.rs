//! How long it takes from the start of the process to the first answer.

use std::time::Instant;

use super::LIST;
use crate::corpus::Corpus;
use crate::http;
use crate::process::Process;
use crate::table::{Goal, Table};
use crate::{Effort, Outcome};

/// Adds the row.
pub fn measure(table: &mut Table, corpus: &Corpus, articles: u32, effort: &Effort) -> Outcome<()> {
    let mut all = Vec::new();
    for _ in 0..effort.rounds {
        let started = Instant::now();
        let server = Process::uncached(&corpus.url)?;
        http::get(server.port(), LIST, &[])?;
        all.push(started.elapsed().as_secs_f64() * 1e3);
    }
    let work = format!("start to first answer, {articles} articles");
    table.value(&work, "ms", super::median(all), Goal::AtMost(150.0));
    Ok(())
}
