//! The run of a check over all subjects, and what it reports.

use std::collections::BTreeMap;

use super::references::{References, all_of};
use super::{AnySubject, Violation};
use crate::app::Edit;
use crate::clock::{Clock, Ids};
use crate::db::{Conn, Database, Time};
use crate::error::{Code, Error, Result};

/// The editor recorded for the changes of a repair.
const NAME: &str = "check";

/// Something that was found wrong, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The violation.
    pub violation: Violation,
    /// Whether it is right now; `None` when nobody asked for that.
    pub repaired: Option<bool>,
}

/// The numbers of checked rows and of violations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// How many of each subject: articles, those in the trash among them, authors, tags.
    pub checked: BTreeMap<&'static str, usize>,
    /// Things that were wrong.
    pub found: usize,
    /// The number of violations that were repaired.
    pub repaired: usize,
}

impl Report {
    /// How many of a subject were looked at.
    #[must_use]
    pub fn count(&self, subject: &str) -> usize {
        self.checked.get(subject).copied().unwrap_or_default()
    }
}

/// How a database is checked.
pub struct Check<'a, F> {
    /// The database.
    pub db: &'a Database,
    /// The subjects, in the order in which they are looked through.
    pub subjects: &'a [&'a dyn AnySubject],
    /// Makes the ids of rows that were missing.
    pub ids: &'a Ids,
    /// The clock that decides on visibility.
    pub clock: &'a Clock,
    /// Whether what follows from something else is to be made right.
    pub fix: bool,
    /// Is told of each thing that is wrong, as it is found.
    pub tell: F,
}

impl<F: FnMut(&Finding)> Check<'_, F> {
    /// Looks at everything, some hundred rows at a time: memory is bounded, and the server may run
    /// meanwhile. Each repair is a transaction of its own, which running servers hear of; what was
    /// repaired is looked at again in it. Doing it twice is doing it once.
    ///
    /// # Errors
    /// When the database cannot be read, or a repair cannot be written.
    pub async fn run(mut self) -> Result<Report> {
        let mut report = Report::default();
        let (structure, tables) = self.db.integrity()?;
        for words in structure {
            let violation = Violation::new("integrity", "the file", format!("is corrupt: {words}"));
            self.note(&mut report, violation, self.fix.then_some(false));
        }
        // References that are not in the list of references, in case there are such.
        let references = References(all_of(self.subjects));
        let listed = |table: &String| references.0.iter().any(|known| known.table == table);
        for table in tables.into_iter().filter(|table| !listed(table)) {
            let violation = Violation::new("reference", table, "has rows with dangling references");
            self.note(&mut report, violation, self.fix.then_some(false));
        }
        self.look_through(&mut report, &references).await?;
        for subject in self.subjects {
            let count = self.look_through(&mut report, *subject).await?;
            if let Some(name) = subject.counted_as() {
                report.checked.insert(name, count);
            }
        }
        Ok(report)
    }

    async fn look_through(
        &mut self,
        report: &mut Report,
        subject: &dyn AnySubject,
    ) -> Result<usize> {
        let (mut count, mut after) = (0, String::new());
        loop {
            let now = self.clock.now();
            let some = async |conn: &mut Conn| some(subject, conn, &after, now).await;
            let (ids, damaged) = Box::pin(self.db.read().await?.snapshot(some)).await?;
            let Some(last) = ids.last() else {
                return Ok(count);
            };
            for (id, found) in damaged {
                if self.fix {
                    self.repair(report, subject, (&id, found)).await?;
                } else {
                    for violation in found {
                        self.note(report, violation, None);
                    }
                }
            }
            count += ids.len();
            after.clone_from(last);
        }
    }

    /// Repairs what can be repaired of one, and tells what is still wrong after that.
    async fn repair(
        &mut self,
        report: &mut Report,
        subject: &dyn AnySubject,
        (id, found): (&str, Vec<Violation>),
    ) -> Result<()> {
        let edit = Edit {
            ids: self.ids,
            now: self.clock.now(),
            by: NAME,
        };
        let work = async |conn: &mut Conn| {
            conn.advisory_lock("live").await?;
            let before = subject.violations(conn, id, edit.now).await?;
            // What cannot be read cannot be made anew from itself.
            if before
                .iter()
                .all(|violation| violation.kind != "unreadable")
            {
                subject.mend(conn, edit, id).await?;
            }
            let after = subject.violations(conn, id, edit.now).await?;
            Ok::<_, Error>((before, after))
        };
        let mut conn = self.db.write().await?;
        let (before, after) = match Box::pin(conn.transaction(work)).await {
            // Something else has what it should have: that is not for a program to decide.
            Err(error) if [Code::Conflict, Code::SlugTaken].contains(&error.code()) => {
                (found.clone(), found)
            }
            settled => settled?,
        };
        for violation in before {
            let repaired = !after.contains(&violation);
            self.note(report, violation, Some(repaired));
        }
        Ok(())
    }

    fn note(&mut self, report: &mut Report, violation: Violation, repaired: Option<bool>) {
        report.found += 1;
        report.repaired += usize::from(repaired == Some(true));
        (self.tell)(&Finding {
            violation,
            repaired,
        });
    }
}

/// The ids of some, and what is wrong with those among them that are damaged.
type Looked = (Vec<String>, Vec<(String, Vec<Violation>)>);

async fn some(subject: &dyn AnySubject, conn: &mut Conn, after: &str, now: Time) -> Result<Looked> {
    let ids = subject.ids_after(conn, after).await?;
    let mut damaged = Vec::new();
    for id in &ids {
        let found = subject.violations(conn, id, now).await?;
        if !found.is_empty() {
            damaged.push((id.clone(), found));
        }
    }
    Ok((ids, damaged))
}
