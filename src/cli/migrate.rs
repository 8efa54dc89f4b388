//! `masthead migrate`: the schema of the database.

use clap::Args;

use super::failure::Failure;
use super::{database, output};
use crate::config::Settings;

/// Arguments of `masthead migrate`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only list the pending migrations, and fail if there are any
    #[arg(long)]
    check: bool,
}

/// Runs the pending migrations, or lists them.
///
/// # Errors
/// When the database cannot be reached, a migration fails, or `--check` finds some pending.
pub async fn run(settings: &Settings, arguments: &Arguments) -> Result<(), Failure> {
    let (names, verb) = if arguments.check {
        (database::pending(settings).await?, "pending")
    } else {
        (database::bring_up_to_date(settings).await?, "done")
    };
    for name in &names {
        output::print(&format!("{verb}: {name}"))?;
    }
    match (arguments.check, names.len()) {
        (true, 1..) => Err(Failure::new("the database is not up to date")),
        (_, 0) => output::print("the database is up to date"),
        (false, _) => Ok(()),
    }
}
