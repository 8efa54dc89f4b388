//! `masthead import`: content from elsewhere.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::failure::Failure;
use super::{database, output};
use crate::app::Edit;
use crate::clock::{Clock, Ids};
use crate::config::Settings;
use crate::import::markdown::{self, Options, Report};
use crate::values::Locale;

/// The sources of an import.
#[derive(Debug, Subcommand)]
pub enum Kind {
    /// Import a folder of Markdown files with front matter, as used by Zola, Hugo and Jekyll
    Markdown(Markdown),
}

/// Arguments of `masthead import markdown`.
#[derive(Debug, Args)]
pub struct Markdown {
    /// The folder to import
    dir: PathBuf,
    /// Publish articles that are not drafts; those with a future date appear at that time
    #[arg(long)]
    publish: bool,
    /// Only report what would be imported, without writing anything
    #[arg(long)]
    dry_run: bool,
    /// Language of files that do not specify one [default: the site's default]
    #[arg(long, value_name = "LOCALE", value_parser = locale)]
    locale: Option<Locale>,
}

fn locale(text: &str) -> Result<Locale, String> {
    Locale::parse(text).map_err(|refusal| refusal.detail)
}

/// Imports, and prints what was done.
///
/// # Errors
/// When the folder or the database cannot be used, or a file could not be imported.
pub async fn run(settings: &Settings, kind: &Kind) -> Result<(), Failure> {
    let Kind::Markdown(arguments) = kind;
    let begun = Instant::now();
    let db = if arguments.dry_run {
        database::open_to_try(settings).await?
    } else {
        database::open(settings).await?
    };
    let options = Options {
        publish: arguments.publish,
        dry_run: arguments.dry_run,
        locale: match &arguments.locale {
            Some(locale) => locale.clone(),
            None => settings.site.default_locale.clone(),
        },
    };
    let ids = Ids::new(Clock::System);
    let edit = Edit {
        ids: &ids,
        now: Clock::System.now(),
        by: "import",
    };
    let bar = bar();
    let progress = |done: usize, total: usize| {
        bar.set_length(u64::try_from(total).unwrap_or_default());
        bar.set_position(u64::try_from(done).unwrap_or_default());
    };
    let import = markdown::import(&db, settings, edit, &arguments.dir, &options, progress);
    let report = Box::pin(import).await;
    bar.finish_and_clear();
    db.close().await;
    let report = report?;
    for note in &report.notes {
        output::note(&format!("note: {note}"));
    }
    for failed in &report.failed {
        output::note(failed);
    }
    let seconds = begun.elapsed().as_secs_f64();
    output::print(&text(&report, arguments.dry_run, seconds))?;
    match report.failed.len() {
        0 => Ok(()),
        1 => Err(Failure::new("1 file could not be imported")),
        several => Err(Failure::new(format!(
            "{several} files could not be imported"
        ))),
    }
}

/// A bar on standard error; nothing where that is not a terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{wide_bar} {pos}/{len} files, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn text(report: &Report, dry_run: bool, seconds: f64) -> String {
    let mut lines = Vec::new();
    if dry_run {
        lines.push("dry run: nothing was written".to_owned());
    }
    for (name, count) in [
        ("files", report.files),
        ("created", report.created),
        ("updated", report.updated),
        ("unchanged", report.unchanged),
        ("skipped", report.skipped.len()),
        ("failed", report.failed.len()),
        ("authors created", report.authors),
        ("tags created", report.tags),
        ("redirects", report.redirects),
    ] {
        lines.push(format!("{name:16} {count}"));
        if name == "skipped" {
            let skipped = report.skipped.iter();
            lines.extend(skipped.map(|left| format!("  {}: {}", left.relative, left.reason)));
        }
    }
    lines.push(format!("{:16} {seconds:.1}", "seconds"));
    lines.join("\n")
}
