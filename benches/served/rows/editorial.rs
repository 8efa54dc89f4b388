//! What an editor reads, against the same read by a stranger.

use super::LIST;
use crate::corpus::Corpus;
use crate::process::Process;
use crate::table::{Goal, Table};
use crate::wrk::{Target, compare};
use crate::{Effort, Outcome};

const AGAINST: &str = "the same without a key";

/// Adds the rows.
pub fn measure(table: &mut Table, corpus: &Corpus, effort: &Effort) -> Outcome<()> {
    let server = Process::uncached(&corpus.url)?;
    let key = format!("authorization: Bearer {}", corpus.key()?);
    let one = format!("/v1/articles/{}", corpus.slug(&server)?);
    let same_parts = format!("{one}?include=authors,tags,lead_image");
    for (what, path) in [("list of 15", LIST), ("one by slug", &same_parts)] {
        let stranger = Target::new(&server, path);
        let editor = Target::new(&server, path).with(&key);
        let measured = compare(&editor, &stranger, effort)?;
        let work = format!("editor: {what}");
        table.rates((&work, AGAINST), measured, Goal::AtLeast(0.8));
    }
    Ok(())
}
