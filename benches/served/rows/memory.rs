//! How much memory the server has for itself.

use super::LIST;
use crate::corpus::Corpus;
use crate::process::{Process, knows};
use crate::table::{Goal, Table};
use crate::wrk::{Target, measure as load};
use crate::{Effort, Outcome};

/// What the cache may take, where there is one, in MiB.
const CACHE_MIB: u32 = 64;

/// Adds the rows: at rest, and after lists at every depth.
pub fn measure(table: &mut Table, corpus: &Corpus, effort: &Effort) -> Outcome<()> {
    let keeps = knows("memory_mib")?;
    let text = CACHE_MIB.to_string();
    let settings = [("CACHE__MEMORY_MIB", text.as_str())];
    let server = Process::masthead(&corpus.url, if keeps { &settings } else { &[] })?;
    let budget = if keeps { CACHE_MIB } else { 0 };
    std::thread::sleep(std::time::Duration::from_secs(1));
    table.value("memory: idle", "MiB", server.memory()?, Goal::AtMost(40.0));
    for page in 1..=100 {
        let path = format!("{LIST}&page={page}");
        crate::http::get(server.port(), &path, &[])?;
    }
    let mut most = 0_f64;
    for page in 1..=5 {
        let path = format!("{LIST}&limit=100&page={page}");
        load(&Target::new(&server, &path), effort.seconds, &effort.folder)?;
        most = most.max(server.memory()?);
    }
    let bound = Goal::AtMost(f64::from(budget) + 60.0);
    table.value("memory: under load", "MiB", most, bound);
    Ok(())
}
