//! The database of a command.

use std::path::PathBuf;

use super::failure::Failure;
use crate::config::Settings;
use crate::db::migrate;
use crate::db::{Database, DatabaseUrl, Step};

/// Brings the database up to date, making it if it is missing, and names what was done.
///
/// # Errors
/// When it cannot be reached or brought up to date.
pub async fn bring_up_to_date(settings: &Settings) -> Result<Vec<String>, Failure> {
    let url = settings.database_url()?;
    if settings.uses_data_dir() {
        let dir = &settings.data.dir;
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true);
        // It will hold drafts, hashes of keys and the secret that signs cursors.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(dir).map_err(|error| {
            Failure::new(format!(
                "cannot create the data folder {}: {error}",
                dir.display()
            ))
        })?;
    }
    migrate(&url, &settings.database_options(), Step::Up)
        .await
        .map_err(|error| Failure::of_database(&url, &error))
}

/// Names the migrations that the database lacks.
///
/// # Errors
/// When it cannot be reached.
pub async fn pending(settings: &Settings) -> Result<Vec<String>, Failure> {
    let url = settings.database_url()?;
    migrate(&url, &settings.database_options(), Step::Check)
        .await
        .map_err(|error| Failure::of_database(&url, &error))
}

/// Opens the database, made and brought up to date first.
///
/// # Errors
/// When it cannot be reached or brought up to date.
pub async fn open(settings: &Settings) -> Result<Database, Failure> {
    bring_up_to_date(settings).await?;
    connect(settings).await
}

/// Opens a database that is there and up to date, and changes nothing about that.
///
/// # Errors
/// When it is missing, of another version, or cannot be reached.
pub async fn open_existing(settings: &Settings) -> Result<Database, Failure> {
    let url = settings.database_url()?;
    if let DatabaseUrl::Sqlite(path) = &url
        && !path.exists()
    {
        return Err(Failure::new(format!(
            "the database {url} does not exist; `masthead migrate` creates it"
        )));
    }
    let pending = pending(settings).await?;
    if !pending.is_empty() {
        return Err(Failure::new(format!(
            "the database {url} is not up to date; `masthead migrate` would apply {}",
            pending.join(", ")
        )));
    }
    connect(settings).await
}

/// Opens a database to try things on that are undone in the end: the one of the settings, or an
/// empty one in memory where no file is there yet.
///
/// # Errors
/// When it is of another version, or cannot be reached.
pub async fn open_to_try(settings: &Settings) -> Result<Database, Failure> {
    match settings.database_url()?.sqlite_path() {
        Some(path) if !path.exists() => in_memory(settings).await,
        _ => open_existing(settings).await,
    }
}

/// A database that is gone when it is closed. Its connections share it by its name.
async fn in_memory(settings: &Settings) -> Result<Database, Failure> {
    let url = DatabaseUrl::Sqlite(PathBuf::from("file:masthead?mode=memory&cache=shared"));
    let options = settings.database_options();
    // It lasts as long as a connection to it is open, so it is opened before it is migrated.
    let db = Database::open(&url, &options).await?;
    migrate(&url, &options, Step::Up).await?;
    Ok(db)
}

async fn connect(settings: &Settings) -> Result<Database, Failure> {
    let url = settings.database_url()?;
    Database::open(&url, &settings.database_options())
        .await
        .map_err(|error| Failure::of_database(&url, &error))
}
