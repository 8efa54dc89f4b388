//! Whether a database is as it must be: what refers to something, what is derived from something
//! and what the public sees against what editors published; and what of it can be made right.

pub mod references;

use crate::app::Edit;
use crate::articles::check::{Addresses, Articles};
use crate::authors::check::Authors;
use crate::check::references::References;
use crate::clock::{Clock, Ids};
use crate::db::{Conn, Database, Time};
use crate::error::{Code, Error, Result};
use crate::integrity::{self, Subject, Violation};
use crate::tags::check::Tags;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Articles, those in the trash among them.
    pub articles: usize,
    /// Authors.
    pub authors: usize,
    /// Tags.
    pub tags: usize,
    /// Things that were wrong.
    pub found: usize,
    /// The number of violations that were repaired.
    pub repaired: usize,
}

/// How a database is checked.
pub struct Check<'a, F> {
    /// The database.
    pub db: &'a Database,
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
        let listed = |table: &String| references::ALL.iter().any(|(known, ..)| known == table);
        for table in tables.into_iter().filter(|table| !listed(table)) {
            let violation = Violation::new("reference", table, "has rows with dangling references");
            self.note(&mut report, violation, self.fix.then_some(false));
        }
        self.all_of::<References>(&mut report).await?;
        report.authors = self.all_of::<Authors>(&mut report).await?;
        report.tags = self.all_of::<Tags>(&mut report).await?;
        report.articles = self.all_of::<Articles>(&mut report).await?;
        self.all_of::<Addresses>(&mut report).await?;
        Ok(report)
    }

    async fn all_of<S: Subject>(&mut self, report: &mut Report) -> Result<usize> {
        let (mut count, mut after) = (0, String::new());
        loop {
            let now = self.clock.now();
            let some = async |conn: &mut Conn| some::<S>(conn, &after, now).await;
            let (ids, damaged) = Box::pin(self.db.read().await?.snapshot(some)).await?;
            let Some(last) = ids.last() else {
                return Ok(count);
            };
            for (id, found) in damaged {
                if self.fix {
                    self.repair::<S>(report, &id, found).await?;
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
    async fn repair<S: Subject>(
        &mut self,
        report: &mut Report,
        id: &str,
        found: Vec<Violation>,
    ) -> Result<()> {
        let edit = Edit {
            ids: self.ids,
            now: self.clock.now(),
            by: NAME,
        };
        let work = async |conn: &mut Conn| {
            conn.advisory_lock("live").await?;
            let before = integrity::find::<S>(conn, id, edit.now).await?;
            // What cannot be read cannot be made anew from itself.
            if before
                .iter()
                .all(|violation| violation.kind != "unreadable")
            {
                S::repair(conn, edit, id).await?;
            }
            let after = integrity::find::<S>(conn, id, edit.now).await?;
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

async fn some<S: Subject>(conn: &mut Conn, after: &str, now: Time) -> Result<Looked> {
    let ids = S::some_after(conn, after).await?;
    let mut damaged = Vec::new();
    for id in &ids {
        let found = integrity::find::<S>(conn, id, now).await?;
        if !found.is_empty() {
            damaged.push((id.clone(), found));
        }
    }
    Ok((ids, damaged))
}
