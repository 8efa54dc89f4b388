//! The errors of references that lead nowhere, or to several articles.

use crate::error::{Code, Error, FieldError, Result};
use crate::values::Reference;

/// The error for a reference to what is not there.
pub(in crate::articles) fn unknown_field(
    pointer: &str,
    what: &str,
    reference: &Reference,
) -> FieldError {
    let detail = format!(
        "There is no {what} with the id or slug “{}”.",
        reference.as_str()
    );
    FieldError::at(pointer, "unknown_reference", detail)
}

/// A slug that several articles have is an error of the field, not of the address.
pub(in crate::articles) fn ambiguous<T>(
    error: Error,
    pointer: &str,
    errors: &mut Vec<FieldError>,
) -> Result<Option<T>> {
    if error.code() != Code::NotFound {
        return Err(error);
    }
    errors.push(FieldError::at(
        pointer,
        "ambiguous",
        error.detail().to_owned(),
    ));
    Ok(None)
}
