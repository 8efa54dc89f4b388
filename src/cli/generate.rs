//! `masthead generate`: a large newspaper made by chance. For those who work on the program, so
//! ordinary help does not name it.

use std::ops::RangeInclusive;
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::failure::Failure;
use super::{database, output};
use crate::config::Settings;
use crate::db::Time;
use crate::generate::{self, Options};
use crate::values::in_rfc3339;

/// Arguments of `masthead generate`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Number of articles, including drafts
    #[arg(long, value_name = "N", default_value = "1000", value_parser = count)]
    articles: usize,
    /// Number of authors
    #[arg(long, value_name = "N", default_value = "50", value_parser = count)]
    authors: usize,
    /// Number of tags, including internal ones
    #[arg(long, value_name = "N", default_value = "200", value_parser = count)]
    tags: usize,
    /// Seed of the random generator; the same seed creates the same newspaper
    #[arg(long, value_name = "S", default_value = "1")]
    seed: u64,
    /// Range of body sizes in bytes; most are near the lower end
    #[arg(long, value_name = "MIN-MAX", default_value = "3000-30000", value_parser = bytes)]
    body_bytes: RangeInclusive<usize>,
    /// End of the period in which articles are published
    #[arg(long, value_name = "TIME", default_value = "2026-07-01T00:00:00Z", value_parser = time)]
    until: Time,
    /// Length of this period in years
    #[arg(long, value_name = "N", default_value = "12", value_parser = clap::value_parser!(u32).range(1..=50))]
    years: u32,
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=10_000_000) => Ok(number),
        _ => Err("must be a number between 1 and 10000000".to_owned()),
    }
}

fn bytes(text: &str) -> Result<RangeInclusive<usize>, String> {
    let ends = text.split_once('-').unwrap_or((text, text));
    match (ends.0.parse(), ends.1.parse()) {
        (Ok(least), Ok(most)) if least <= most && most <= 500_000 => Ok(least..=most),
        _ => Err("must be MIN-MAX; the maximum is 500000".to_owned()),
    }
}

fn time(text: &str) -> Result<Time, String> {
    in_rfc3339(text).map_err(|refusal| refusal.detail)
}

/// Fills an empty database, made and brought up to date first, and prints how long it took.
///
/// # Errors
/// When the database cannot be used or has content.
pub async fn run(settings: &Settings, arguments: &Arguments) -> Result<(), Failure> {
    let begun = Instant::now();
    let db = database::open(settings).await?;
    let options = Options {
        articles: arguments.articles,
        authors: arguments.authors,
        tags: arguments.tags,
        seed: arguments.seed,
        body_bytes: arguments.body_bytes.clone(),
        until: arguments.until,
        years: arguments.years,
    };
    let bar = bar(options.articles);
    let progress = |stored: usize| bar.set_position(u64::try_from(stored).unwrap_or_default());
    let stored = Box::pin(generate::fill(&db, &options, progress)).await;
    bar.finish_and_clear();
    db.close().await;
    let Some(stored) = stored? else {
        return Err(Failure::new(
            "the database is not empty; only an empty one can be filled",
        ));
    };
    let (authors, tags) = (options.authors, options.tags);
    let seconds = begun.elapsed().as_secs_f64();
    output::print(&format!(
        "{stored} articles, {authors} authors, {tags} tags in {seconds:.1} seconds"
    ))
}

/// A bar on standard error; nothing where that is not a terminal.
fn bar(articles: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_length(u64::try_from(articles).unwrap_or_default());
    match ProgressStyle::with_template("{wide_bar} {pos}/{len} articles, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
