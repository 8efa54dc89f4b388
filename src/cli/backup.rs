//! `masthead backup` and `masthead restore`: all of a SQLite database as one file.

use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::Failure;
use super::output;
use crate::config::Settings;
use crate::db::DatabaseUrl;
use crate::db::maintenance::backup;

/// Arguments of `masthead backup`.
#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The file to write; it must not exist yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Arguments of `masthead restore`.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// A file written by `masthead backup`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace an existing database
    #[arg(long)]
    force: bool,
}

/// Writes a backup; the server may run meanwhile.
///
/// # Errors
/// On PostgreSQL, when the file is there already, or when it cannot be written.
pub fn backup(settings: &Settings, arguments: &BackupArguments) -> Result<(), Failure> {
    let database = file_of(settings, "pg_dump --format=custom")?;
    backup::backup(&database, &arguments.file).map_err(Failure::new)?;
    told("written", &arguments.file)
}

/// Puts a backup in the place of the database; the server must not run.
///
/// # Errors
/// On PostgreSQL, when the backup is not whole, when there is a database and nobody said `--force`, or
/// when it is in use.
pub fn restore(settings: &Settings, arguments: &RestoreArguments) -> Result<(), Failure> {
    let database = file_of(settings, "pg_restore")?;
    if database.exists() && !arguments.force {
        let shown = database.display();
        return Err(Failure::new(format!(
            "the database {shown} exists; use --force to replace it"
        )));
    }
    if let Some(folder) = database.parent() {
        std::fs::create_dir_all(folder).map_err(Failure::new)?;
    }
    backup::restore(&arguments.file, &database).map_err(Failure::new)?;
    told("restored", &database)
}

fn told(what: &str, file: &Path) -> Result<(), Failure> {
    let bytes = std::fs::metadata(file).map_err(Failure::new)?.len();
    output::print(&format!("{what}: {} ({bytes} bytes)", file.display()))
}

/// The file of the database; `instead` is what PostgreSQL has for it.
fn file_of(settings: &Settings, instead: &str) -> Result<PathBuf, Failure> {
    match settings.database_url()? {
        DatabaseUrl::Sqlite(path) => Ok(path),
        DatabaseUrl::Postgres(_) => Err(Failure::new(format!(
            "this command is for SQLite; on PostgreSQL use {instead}"
        ))),
    }
}
