//! Reads whose answers are kept, against the same bytes from a handler that does nothing else.

use super::LIST;
use crate::corpus::Corpus;
use crate::http;
use crate::process::{Process, knows};
use crate::table::{Goal, Table};
use crate::wrk::{Target, compare};
use crate::{Effort, Outcome};

const AGAINST: &str = "constant bytes by actix-web";

/// Adds the rows, if this Masthead keeps answers.
pub fn measure(table: &mut Table, corpus: &Corpus, effort: &Effort) -> Outcome<()> {
    if !knows("memory_mib")? {
        println!("no answers are kept: nothing to measure");
        return Ok(());
    }
    let ours = Process::masthead(&corpus.url, &[])?;
    let one = format!("/v1/articles/{}", corpus.slug(&ours)?);
    for (what, path) in [("article", one.as_str()), ("list of 15", LIST)] {
        for encoding in ["identity", "br"] {
            kept(table, (&ours, path), (what, encoding), effort)?;
        }
        unchanged(table, (&ours, path), what, effort)?;
    }
    Ok(())
}

fn kept(
    table: &mut Table,
    (ours, path): (&Process, &str),
    (what, encoding): (&str, &str),
    effort: &Effort,
) -> Outcome<()> {
    let accept = format!("accept-encoding: {encoding}");
    let answer = settled(ours, path, encoding)?;
    let same = constant(&answer.body, answer.header("content-encoding"), effort)?;
    let (ours, other) = compare(
        &Target::new(ours, path).with(&accept),
        &Target::new(&same, "/bytes").with(&accept),
        effort,
    )?;
    let work = format!("cached: {what}, {encoding}");
    table.rates((&work, AGAINST), (ours, other), Goal::AtLeast(0.95));
    let p99 = (ours.p99, other.p99);
    table.ratio(
        (&format!("{work}, p99"), AGAINST),
        "ms",
        p99,
        Goal::AtMost(1.2),
    );
    Ok(())
}

fn unchanged(
    table: &mut Table,
    (ours, path): (&Process, &str),
    what: &str,
    effort: &Effort,
) -> Outcome<()> {
    let answer = settled(ours, path, "identity")?;
    let tag = answer.told("etag")?;
    let same = constant(&answer.body, None, effort)?;
    let condition = format!("if-none-match: {tag}");
    let measured = compare(
        &Target::new(ours, path).with(&condition),
        &Target::new(&same, "/bytes").with(&condition),
        effort,
    )?;
    let work = format!("304: {what}");
    table.rates((&work, AGAINST), measured, Goal::AtLeast(1.0));
    Ok(())
}

/// The answer once it is kept.
fn settled(ours: &Process, path: &str, encoding: &str) -> Outcome<http::Answer> {
    let headers = [("accept-encoding", encoding)];
    for _ in 0..100 {
        let answer = http::get(ours.port(), path, &headers)?;
        let hit = answer
            .header("cache-status")
            .is_some_and(|told| told.contains("hit"));
        let encoded = answer.header("content-encoding").unwrap_or("identity");
        if hit && encoded == encoding {
            return Ok(answer);
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    Err(format!("{path} is not kept in {encoding}").into())
}

fn constant(bytes: &[u8], encoding: Option<&str>, effort: &Effort) -> Outcome<Process> {
    let file = effort.folder.join("bytes");
    std::fs::write(&file, bytes)?;
    let rest = [&file.to_string_lossy(), encoding.unwrap_or("identity")];
    Process::reference("bytes", &rest)
}
