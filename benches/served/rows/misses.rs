//! Reads of the public whose answers nobody kept, against the same reads by hand.

use super::LIST;
use crate::corpus::{Corpus, Kind};
use crate::http;
use crate::process::Process;
use crate::table::{Goal, Table};
use crate::wrk::{Target, compare};
use crate::{Effort, Outcome};

/// Adds the rows.
pub fn measure(
    table: &mut Table,
    database: &Kind,
    corpus: &Corpus,
    effort: &Effort,
) -> Outcome<()> {
    let ours = Process::uncached(&corpus.url)?;
    let (other, against, goal) = match database {
        Kind::Sqlite => (
            Process::reference("sqlite", &[&corpus.place])?,
            "rusqlite by hand",
            Goal::AtLeast(1.0),
        ),
        Kind::Postgres(_) => (
            Process::reference("postgres", &[&corpus.place])?,
            "tokio-postgres by hand",
            Goal::AtLeast(0.9),
        ),
    };
    let one = format!("/v1/articles/{}", corpus.slug(&ours)?);
    let same = one.replace("/v1/articles", "/one");
    check(&ours, &other, LIST, "/list", Some("data"))?;
    check(&ours, &other, &one, &same, None)?;
    for (work, path, same) in [
        ("list of 15 with authors and tags", LIST, "/list"),
        ("one by slug with both and its body", &one, &same),
    ] {
        let measured = compare(
            &Target::new(&ours, path),
            &Target::new(&other, same),
            effort,
        )?;
        table.rates((&format!("miss: {work}"), against), measured, goal);
    }
    Ok(())
}

/// Makes sure that both answer the same: what is compared is the same work.
fn check(
    ours: &Process,
    other: &Process,
    path: &str,
    same: &str,
    member: Option<&str>,
) -> Outcome<()> {
    let [ours, other] = [(ours, path), (other, same)].map(|(process, path)| {
        let value = http::get(process.port(), path, &[])?.json()?;
        Outcome::Ok(match member {
            Some(member) => value.get(member).cloned().unwrap_or_default(),
            None => value,
        })
    });
    let (ours, other) = (ours?, other?);
    if ours != other || ours.is_null() {
        return Err(format!("{path} and {same} differ:\n{ours}\n{other}").into());
    }
    Ok(())
}
