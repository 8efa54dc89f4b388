//! What an article needs to be published.

use crate::articles::drafts::store;
use crate::articles::row::ArticleRow;
use crate::config::Settings;
use crate::db::Conn;
use crate::error::{Code, Error, FieldError, Result};

/// All that an article lacks to be published; nothing when it lacks nothing.
///
/// # Errors
/// Those of the database.
pub async fn missing(
    conn: &mut Conn,
    settings: &Settings,
    row: &ArticleRow,
) -> Result<Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut require = |there: bool, pointer: &str, detail: &str| {
        if !there {
            errors.push(FieldError::at(pointer, "missing", detail));
        }
    };
    require(
        !row.title.trim().is_empty(),
        "/title",
        "must have a headline.",
    );
    require(!row.locale.is_empty(), "/locale", "must have a language.");
    // A body that shows something takes time to read, be it a picture alone.
    let has_body = row.reading_minutes > 0 || store::has_body(conn, &row.id).await?;
    require(has_body, "/body", "must not be empty.");
    if settings.newsroom.require_alt_text
        && let Some(image) = &row.details.lead_image
    {
        let detail = "must describe the picture, for people who cannot see it.";
        require(image.0.alt.is_some(), "/lead_image/alt", detail);
    }
    Ok(errors)
}

/// Lets an article go on that lacks nothing.
///
/// # Errors
/// 422 `not_publishable` naming all that is missing.
pub async fn check(conn: &mut Conn, settings: &Settings, row: &ArticleRow) -> Result<()> {
    let missing = missing(conn, settings, row).await?;
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::fields(Code::NotPublishable, missing))
}
