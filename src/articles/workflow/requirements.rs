//! The requirements of publication. Pure.

use crate::articles::drafts::document::Document;
use crate::config::Settings;
use crate::error::{Code, Error, FieldError, Result};

/// All that an article lacks to be published. Its headline and its language are never missing: neither
/// can be stored without.
#[must_use]
pub fn missing(settings: &Settings, document: &Document) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut require = |there: bool, pointer: &str, detail: &str| {
        if !there {
            errors.push(FieldError::at(pointer, "missing", detail));
        }
    };
    require(document.has_body(), "/body", "must not be empty.");
    if settings.newsroom.require_alt_text
        && let Some(image) = &document.row.details.lead_image
    {
        let detail = "must describe the picture, for people who cannot see it.";
        require(image.0.alt.is_some(), "/lead_image/alt", detail);
    }
    errors
}

/// Checks that an article meets the requirements.
///
/// # Errors
/// 422 `not_publishable` naming all that is missing.
pub fn check(settings: &Settings, document: &Document) -> Result<()> {
    let missing = missing(settings, document);
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::fields(Code::NotPublishable, missing))
}
