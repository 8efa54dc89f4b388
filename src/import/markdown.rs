//! Brings in a folder of Markdown: each file is one transaction, so nothing is half-imported,
//! and a file that is imported again changes nothing unless it has changed.

pub mod page;
mod write;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde_json::Value;

use self::page::{Broken, Page, Reading};
use self::write::{Stored, Writer};
use super::tree::{self, Skipped, Source};
use crate::app::Edit;
use crate::config::Settings;
use crate::db::schema::editorial::{articles, import_sources};
use crate::db::{Conn, Database};
use crate::error::{Code, Error, Result};
use crate::text::body::{BodyFormat, render};
use crate::values::Locale;

/// How to import.
#[derive(Debug, Clone)]
pub struct Options {
    /// Publish what is not a draft.
    pub publish: bool,
    /// Write nothing, only tell what would be done.
    pub dry_run: bool,
    /// The language of files that name none.
    pub locale: Locale,
}

/// The result of an import, or of a dry run.
#[derive(Debug, Default)]
pub struct Report {
    /// How many files were looked at: articles and what was left out.
    pub files: usize,
    /// Articles that are new.
    pub created: usize,
    /// Articles that changed.
    pub updated: usize,
    /// Articles that are as they were.
    pub unchanged: usize,
    /// Files that were skipped, with the reason.
    pub skipped: Vec<Skipped>,
    /// Files that could not be imported: `path:line: message`.
    pub failed: Vec<String>,
    /// Notes on content that could not be kept unchanged: `path: message`.
    pub notes: Vec<String>,
    /// Authors that are new.
    pub authors: usize,
    /// Tags that are new.
    pub tags: usize,
    /// Old paths that lead to the articles that were created or updated.
    pub redirects: usize,
}

/// Imports every Markdown file below `root`. `progress` is told how many files are done, and
/// of how many.
///
/// # Errors
/// When the folder cannot be listed or the database cannot be used. What is wrong with single
/// files is in the report.
pub async fn import(
    db: &Database,
    settings: &Settings,
    edit: Edit<'_>,
    root: &Path,
    options: &Options,
    mut progress: impl FnMut(usize, usize),
) -> Result<Report> {
    let (sources, skipped) = tree::walk(root).map_err(|error| {
        let detail = format!("The folder {} cannot be read: {error}.", root.display());
        Error::new(Code::NotFound, detail)
    })?;
    let mut conn = db.write().await?;
    let mut run = Run {
        writer: Writer { settings, edit },
        options,
        known: known(&mut conn).await?,
        trashed: trashed(&mut conn).await?,
        counted: HashSet::new(),
        spelled: HashSet::new(),
        report: Report {
            files: sources.len() + skipped.len(),
            skipped,
            ..Report::default()
        },
    };
    let total = sources.len();
    progress(0, total);
    if options.dry_run {
        let work = async |conn: &mut Conn| -> std::result::Result<(), Undo> {
            for (done, source) in (1..).zip(&sources) {
                run.file(conn, source).await.map_err(Undo::Failed)?;
                progress(done, total);
            }
            Err(Undo::Finished)
        };
        match Box::pin(conn.transaction(work)).await {
            Ok(()) | Err(Undo::Finished) => {}
            Err(Undo::Failed(error)) => return Err(error),
        }
    } else {
        for (done, source) in (1..).zip(&sources) {
            Box::pin(run.file(&mut conn, source)).await?;
            progress(done, total);
        }
    }
    Ok(run.report)
}

/// Why the transaction of a dry run is rolled back.
enum Undo {
    /// It has seen everything.
    Finished,
    /// The database failed.
    Failed(Error),
}

impl From<diesel::result::Error> for Undo {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Earlier imports: the article and the fingerprint by the name of the source.
async fn known(conn: &mut Conn) -> Result<HashMap<String, (String, String)>> {
    let query = import_sources::table.select((
        import_sources::source,
        import_sources::article_id,
        import_sources::fingerprint,
    ));
    let rows: Vec<(String, String, String)> = conn.load(query).await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(source, id, print)| (source, (id, print)))
        .collect())
}

async fn trashed(conn: &mut Conn) -> Result<HashSet<String>> {
    let query = articles::table
        .filter(articles::deleted_at.is_not_null())
        .select(articles::id);
    Ok(conn.load::<String>(query).await?.into_iter().collect())
}

struct Run<'a> {
    writer: Writer<'a>,
    options: &'a Options,
    known: HashMap<String, (String, String)>,
    trashed: HashSet<String>,
    /// The ids of new authors and tags that were counted.
    counted: HashSet<String>,
    /// Names that were met in several spellings.
    spelled: HashSet<String>,
    report: Report,
}

impl Run<'_> {
    /// Imports a file and notes in the report how that went.
    ///
    /// # Errors
    /// When the database cannot be used.
    async fn file(&mut self, conn: &mut Conn, source: &Source) -> Result<()> {
        let relative = &source.relative;
        let read = match std::fs::read(&source.absolute) {
            Ok(bytes) => page::read(&bytes, relative, self.options),
            Err(error) => Err(Broken(1, format!("cannot be read: {error}"))),
        };
        let page = match read {
            Ok(Reading::Page(page)) => page,
            Ok(Reading::Skip(reason)) => {
                self.skip(relative, reason);
                return Ok(());
            }
            Err(Broken(line, message)) => {
                self.report
                    .failed
                    .push(format!("{relative}:{line}: {message}"));
                return Ok(());
            }
        };
        let name = format!("markdown:{relative}");
        let known = self.known.get(&name).cloned();
        if let Some((id, print)) = &known {
            if self.trashed.contains(id) {
                self.skip(relative, "its article is in the trash");
                return Ok(());
            }
            if *print == page.fingerprint {
                self.report.unchanged += 1;
                return Ok(());
            }
        }
        let old = known.map(|(id, _)| id);
        // Takes its time, so it is done before the transaction.
        let rendered = render(BodyFormat::Markdown, page.source());
        let stored = if self.options.dry_run {
            // The transaction of the whole run is rolled back in the end.
            let old = old.as_deref();
            Box::pin(self.writer.store(conn, &name, old, &page, rendered)).await
        } else {
            let (writer, old) = (self.writer, old.as_deref());
            let work = async |conn: &mut Conn| {
                Box::pin(writer.store(conn, &name, old, &page, rendered)).await
            };
            Box::pin(conn.transaction(work)).await
        };
        match stored {
            Ok(stored) => self.note(relative, &page, stored),
            Err(error) if matches!(error.code(), Code::Internal | Code::Unavailable) => {
                return Err(error);
            }
            Err(error) => {
                let each = error.field_errors().iter();
                let each: Vec<&str> = each.map(|error| error.detail()).collect();
                let message = if each.is_empty() {
                    error.detail().to_owned()
                } else {
                    each.join(" ")
                };
                self.report.failed.push(format!("{relative}:1: {message}"));
            }
        }
        Ok(())
    }

    fn skip(&mut self, relative: &str, reason: &str) {
        self.report.skipped.push(Skipped {
            relative: relative.to_owned(),
            reason: reason.to_owned(),
        });
    }

    fn note(&mut self, relative: &str, page: &Page, stored: Stored) {
        let report = &mut self.report;
        match (stored.created, stored.changed) {
            (true, _) => report.created += 1,
            (false, true) => report.updated += 1,
            (false, false) => report.unchanged += 1,
        }
        if stored.changed {
            let aliases = page.fields.get("aliases").and_then(Value::as_array);
            report.redirects += aliases.map_or(0, Vec::len);
        }
        let counted = &mut self.counted;
        let mut new = |ids: Vec<String>| {
            let ids = ids.into_iter();
            ids.filter(|id| counted.insert(id.clone())).count()
        };
        report.authors += new(stored.authors);
        report.tags += new(stored.tags);
        for (written, known) in stored.spellings {
            if self.spelled.insert(format!("{written}\n{known}")) {
                let note = format!("“{written}” was merged with “{known}”");
                report.notes.push(format!("{relative}: {note}"));
            }
        }
        let notes = page.notes.iter();
        report
            .notes
            .extend(notes.map(|note| format!("{relative}: {note}")));
    }
}
