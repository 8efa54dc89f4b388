//! `masthead check`: whether the database is as it must be.

use clap::Args;

use super::failure::Failure;
use super::{database, output};
use crate::clock::{Clock, Ids};
use crate::config::Settings;
use crate::integrity::{Check, Finding, Report};
use crate::registry::SUBJECTS;

/// Arguments of `masthead check`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Repair derived data
    #[arg(long)]
    fix: bool,
}

/// Prints each thing that is wrong on a line, and a summary.
///
/// # Errors
/// When something is wrong and was not repaired, or the database cannot be read.
pub async fn run(settings: &Settings, arguments: &Arguments) -> Result<(), Failure> {
    let db = database::open_existing(settings).await?;
    let clock = Clock::System;
    let ids = Ids::new(clock.clone());
    // What cannot be printed is counted all the same.
    let mut unprinted = None;
    let check = Check {
        db: &db,
        subjects: SUBJECTS,
        ids: &ids,
        clock: &clock,
        fix: arguments.fix,
        tell: |finding: &Finding| {
            unprinted = output::print(&line(finding)).err().or(unprinted.take())
        },
    };
    let report = Box::pin(check.run()).await;
    db.close().await;
    let report = report?;
    if let Some(failure) = unprinted {
        return Err(failure);
    }
    output::print(&summary(&report))?;
    match report.found - report.repaired {
        0 => Ok(()),
        1 => Err(Failure::new("1 problem found")),
        wrong => Err(Failure::new(format!("{wrong} problems found"))),
    }
}

/// A finding on one line, whatever texts stand in it.
fn line(finding: &Finding) -> String {
    let words = finding.violation.to_string();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match finding.repaired {
        None => words,
        Some(true) => format!("{words}: repaired"),
        Some(false) => format!("{words}: cannot be repaired"),
    }
}

fn summary(report: &Report) -> String {
    let Report {
        checked,
        found,
        repaired,
    } = report;
    let counts = checked
        .iter()
        .map(|(name, count)| format!("{count} {name}"));
    let looked = format!("checked {}", counts.collect::<Vec<_>>().join(", "));
    match (found, repaired) {
        (0, _) => format!("{looked}; no problems found"),
        (found, 0) => format!("{looked}; problems found: {found}"),
        (found, repaired) => format!("{looked}; problems found: {found}, repaired: {repaired}"),
    }
}
