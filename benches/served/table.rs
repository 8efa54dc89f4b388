//! The table: what was measured, beside what it is measured against.

use std::path::Path;

use serde::Serialize;

use crate::Outcome;
use crate::wrk::Measured;

/// What a row should reach.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The value or ratio is to be this or more.
    AtLeast(f64),
    /// The value or ratio is to be this or less.
    AtMost(f64),
    /// It is for information.
    None,
}

impl Goal {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
            Self::None => true,
        }
    }
}

/// A row.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What was done.
    pub work: String,
    /// What it is measured against.
    pub against: &'static str,
    /// In what both are counted.
    pub unit: &'static str,
    /// Ours.
    pub ours: f64,
    /// The other; for a bound by itself there is none.
    pub other: Option<f64>,
    /// Ours over the other, or ours.
    pub ratio: f64,
    /// What it should be.
    pub goal: Goal,
    /// Whether it is.
    pub met: bool,
    /// CPU time of the server for a request, in microseconds: ours and the other's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<(f64, f64)>,
}

/// The rows of a run.
#[derive(Debug, Default, Serialize)]
pub struct Table {
    pub database: &'static str,
    pub rows: Vec<Row>,
}

impl Table {
    /// Adds a row of one value over another.
    pub fn ratio(
        &mut self,
        (work, against): (&str, &'static str),
        unit: &'static str,
        (ours, other): (f64, f64),
        goal: Goal,
    ) -> &mut Row {
        let ratio = ours / other;
        self.push(Row {
            work: work.to_owned(),
            against,
            unit,
            ours,
            other: Some(other),
            ratio,
            goal,
            met: goal.is_met(ratio),
            cpu: None,
        })
    }

    /// Adds a row of a value with a bound of its own.
    pub fn value(&mut self, work: &str, unit: &'static str, ours: f64, goal: Goal) {
        self.push(Row {
            work: work.to_owned(),
            against: "",
            unit,
            ours,
            other: None,
            ratio: ours,
            goal,
            met: goal.is_met(ours),
            cpu: None,
        });
    }

    /// Adds a row of rates.
    pub fn rates(
        &mut self,
        what: (&str, &'static str),
        (ours, other): (Measured, Measured),
        goal: Goal,
    ) {
        let row = self.ratio(what, "req/s", (ours.rate, other.rate), goal);
        row.cpu = Some((ours.cpu, other.cpu));
        println!("{}", line(row));
    }

    fn push(&mut self, row: Row) -> &mut Row {
        if row.unit != "req/s" {
            println!("{}", line(&row));
        }
        self.rows.push(row);
        self.rows.last_mut().expect("one was pushed")
    }

    /// Prints all of it and writes it down.
    pub fn finish(&self, file: &Path) -> Outcome<()> {
        println!("\n{}", head());
        for row in &self.rows {
            println!("{}", line(row));
        }
        std::fs::write(file, serde_json::to_vec_pretty(self)?)?;
        println!("written to {}\n", file.display());
        Ok(())
    }
}

fn head() -> String {
    format!(
        "{:44} {:>10} {:>10} {:6} {:>6} {:>8} {:4} {:>13}  {}",
        "work", "ours", "other", "unit", "ratio", "goal", "", "cpu µs", "against"
    )
}

fn line(row: &Row) -> String {
    let other = row.other.map(number).unwrap_or_default();
    let goal = match row.goal {
        Goal::AtLeast(bound) => format!(">= {bound}"),
        Goal::AtMost(bound) => format!("<= {bound}"),
        Goal::None => String::new(),
    };
    let ratio = row
        .other
        .map(|_| format!("{:.2}", row.ratio))
        .unwrap_or_default();
    let met = if row.met { "" } else { "MISS" };
    let cpu = row
        .cpu
        .map(|(ours, other)| format!("{ours:.0} / {other:.0}"));
    format!(
        "{:44} {:>10} {:>10} {:6} {:>6} {:>8} {:4} {:>13}  {}",
        row.work,
        number(row.ours),
        other,
        row.unit,
        ratio,
        goal,
        met,
        cpu.unwrap_or_default(),
        row.against,
    )
}

fn number(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}
