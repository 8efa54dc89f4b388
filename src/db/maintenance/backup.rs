//! Backups of SQLite: whole files, made while others read and write, and put back.
//!
//! PostgreSQL has `pg_dump` and `pg_restore` for it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, ConnectionError, RunQueryDsl as _, SqliteConnection};

use super::integrity::{structure, words};

/// The table that every backup of Masthead has, of any version.
const TABLES: [&str; 2] = ["articles", "__diesel_schema_migrations"];

/// Why a backup was not made or not put back.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BackupError(String);

impl From<diesel::result::Error> for BackupError {
    fn from(error: diesel::result::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<ConnectionError> for BackupError {
    fn from(error: ConnectionError) -> Self {
        Self(error.to_string())
    }
}

/// Writes all of a database to a new file, as it is at one moment (`VACUUM INTO`), however much is
/// written meanwhile. The file has its name once it is whole and on the disk.
///
/// # Errors
/// When there is a file of this name, the database cannot be read, or the file cannot be written.
pub fn backup(from: &Path, to: &Path) -> Result<(), BackupError> {
    if to.exists() {
        return Err(BackupError(format!("{} already exists", to.display())));
    }
    let part = beside(to, "part");
    drop(fs::remove_file(&part));
    let mut conn = open(from)?;
    // It will contain drafts and hashes of keys, so only its owner may read it.
    let mut empty = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut empty, 0o600);
    let made = empty.write(true).create_new(true).open(&part);
    made.map_err(|error| BackupError(format!("{}: {error}", to.display())))?;
    diesel::sql_query("VACUUM INTO ?")
        .bind::<Text, _>(part.to_string_lossy().into_owned())
        .execute(&mut conn)?;
    settle(&part, to)
}

/// Puts a backup in the place of a database that nobody uses. Whether the backup is whole is looked at
/// first; the database is as it was until the backup takes its place in one step.
///
/// # Errors
/// When it is not a whole backup of Masthead, or somebody uses the database.
pub fn restore(from: &Path, to: &Path) -> Result<(), BackupError> {
    // A copy is looked at: the backup itself may be where nothing can be written.
    let part = beside(to, "restored");
    fs::copy(from, &part).map_err(|error| BackupError(format!("{}: {error}", from.display())))?;
    let checked = check(&part, from).and_then(|()| {
        if to.exists() {
            seize(to)?;
        }
        settle(&part, to)
    });
    if checked.is_err() {
        drop(fs::remove_file(&part));
    }
    checked
}

/// Looks whether a file is a whole database of ours.
fn check(part: &Path, named: &Path) -> Result<(), BackupError> {
    let no_backup = |why: &str| BackupError(format!("{}: {why}", named.display()));
    let mut conn = open(part)?;
    let found = structure(&mut conn).map_err(|error| no_backup(&error.to_string()))?;
    if !found.is_empty() {
        return Err(no_backup(&format!("it is corrupt: {}", found.join("; "))));
    }
    let tables = "SELECT name AS word FROM sqlite_schema WHERE type = 'table'";
    let tables = words(&mut conn, tables).map_err(|error| BackupError(error.to_string()))?;
    let has = |name: &&str| tables.iter().any(|table| table == *name);
    match TABLES.iter().all(has) {
        true => Ok(()),
        false => Err(no_backup("it is not a Masthead database")),
    }
}

/// Makes sure that nobody uses a database, and that all of it is in its one file: what was in the log
/// beside it must not be applied to what takes its place.
fn seize(path: &Path) -> Result<(), BackupError> {
    let used = |error: diesel::result::Error| {
        BackupError(format!(
            "{} is in use; stop the server first ({error})",
            path.display()
        ))
    };
    let mut conn = open(path)?;
    conn.batch_execute(
        "PRAGMA busy_timeout=500; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT; \
         PRAGMA journal_mode=DELETE",
    )
    .map_err(used)
}

fn open(path: &Path) -> Result<SqliteConnection, BackupError> {
    if !path.exists() {
        return Err(BackupError(format!(
            "the file {} does not exist",
            path.display()
        )));
    }
    let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
    conn.batch_execute("PRAGMA busy_timeout=5000")?;
    Ok(conn)
}

/// Gives a file that is whole its name, for good.
fn settle(part: &Path, to: &Path) -> Result<(), BackupError> {
    let settled = File::open(part)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(part, to))
        .and_then(|()| match to.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
            _ => File::open(".")?.sync_all(),
        });
    settled.map_err(|error| BackupError(format!("{}: {error}", to.display())))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}
