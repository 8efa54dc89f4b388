//! `masthead openapi`: the API document.

use super::failure::Failure;
use super::output;

/// Prints the document.
///
/// # Errors
/// When it cannot be written.
pub fn run() -> Result<(), Failure> {
    output::print(&crate::routes::document_text().map_err(Failure::new)?)
}
