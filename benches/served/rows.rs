//! The rows of the table, a file for each group.

mod cached;
mod editorial;
mod instructions;
mod large;
mod memory;
mod misses;
mod overload;
mod soak;
mod start;
mod walk;
mod writes;

use crate::corpus::{Corpus, Kind};
use crate::table::Table;
use crate::{Effort, Outcome};

/// A list with authors and tags.
pub const LIST: &str = "/v1/articles?include=authors,tags";

/// Measures the groups that are wanted.
pub fn measure(
    table: &mut Table,
    database: &Kind,
    corpus: &Corpus,
    effort: &Effort,
) -> Outcome<()> {
    if effort.wants("cached") {
        cached::measure(table, corpus, effort)?;
    }
    if effort.wants("misses") {
        misses::measure(table, database, corpus, effort)?;
    }
    if effort.wants("editorial") {
        editorial::measure(table, corpus, effort)?;
    }
    if effort.wants("writes") {
        writes::measure(table, database, corpus, effort)?;
    }
    if effort.wants("memory") {
        memory::measure(table, corpus, effort)?;
    }
    if effort.wants("overload") {
        overload::measure(table, corpus, effort)?;
    }
    if effort.wants("walk") {
        walk::measure(table, database, corpus, effort)?;
    }
    if effort.wants("start") {
        start::measure(table, corpus, 2_000, effort)?;
        if effort.long {
            let larger = Corpus::of(database, 200_000, &effort.folder)?;
            start::measure(table, &larger, 200_000, effort)?;
        }
    }
    if effort.wants("instructions") {
        instructions::measure(table, corpus, effort)?;
    }
    if effort.long && effort.wants("soak") {
        soak::measure(table, database, corpus, effort)?;
    }
    if effort.long && effort.wants("large") {
        large::measure(table, database, corpus, effort)?;
    }
    Ok(())
}

/// The median.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
