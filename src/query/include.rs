//! `include=authors,tags`: names out of a closed list.

use super::error::echo;
use super::named::listed;
use super::{Named, QueryError};

/// The word that, alone, asks for nothing at all.
pub const NONE: &str = "none";

/// Why a list of names was refused.
///
/// Codes: `name_empty` (no name, or nothing between two commas), `name_unknown`,
/// `name_none_with_others` (`none` beside other names).
pub type NamesError = QueryError;

/// Reads names of `T` separated by commas. The result has each member once, in the order of
/// [`Named::ALL`], however often and in whatever order they were written, so that equal requests
/// give equal results. Blanks around a name are ignored. [`NONE`] alone gives an empty list.
///
/// # Errors
///
/// See [`NamesError`]; the place is that of the name.
pub fn parse_names<T: Named>(input: &str) -> Result<Vec<T>, NamesError> {
    if input.trim_ascii() == NONE {
        return Ok(Vec::new());
    }
    let mut wanted: Vec<T> = Vec::new();
    let mut from = 0;
    for piece in input.split(',') {
        let name = piece.trim_ascii();
        let at = from + (piece.len() - piece.trim_ascii_start().len());
        from += piece.len() + 1;

        if let Some(member) = T::from_name(name) {
            if !wanted.contains(&member) {
                wanted.push(member);
            }
            continue;
        }
        let allowed = listed(T::ALL);
        let (code, detail) = match name {
            "" => (
                "name_empty",
                format!("a name is missing; allowed: {allowed}, or {NONE} alone"),
            ),
            NONE => (
                "name_none_with_others",
                format!("`{NONE}` must stand alone"),
            ),
            _ => (
                "name_unknown",
                format!("{} is unknown; allowed: {allowed}", echo(name)),
            ),
        };
        return Err(QueryError::at(input, at, code, detail));
    }
    Ok(T::ALL
        .iter()
        .copied()
        .filter(|member| wanted.contains(member))
        .collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::field_names;

    field_names! {
        enum Part { Authors => "authors", Tags => "tags", LeadImage => "lead_image" }
    }

    fn code(input: &str) -> (&'static str, usize) {
        let error = parse_names::<Part>(input).unwrap_err();
        (error.code, error.offset)
    }

    #[test]
    fn gives_each_once_in_the_order_of_the_list() {
        assert_eq!(
            parse_names::<Part>("tags, authors,tags").unwrap(),
            [Part::Authors, Part::Tags]
        );
        assert_eq!(parse_names::<Part>(" none ").unwrap(), []);
    }

    #[test]
    fn refuses_with_the_place() {
        assert_eq!(code(""), ("name_empty", 0));
        assert_eq!(code("tags,,authors"), ("name_empty", 5));
        assert_eq!(code("tags, body"), ("name_unknown", 6));
        assert_eq!(code("tags,none"), ("name_none_with_others", 5));
        assert_eq!(
            parse_names::<Part>("x").unwrap_err().to_string(),
            "`x` is unknown; allowed: authors, tags, lead_image (column 1)"
        );
    }

    proptest! {
        #[test]
        fn never_panics(input in "\\PC*|((authors|tags|none|x)?, ?){0,6}") {
            let _ = parse_names::<Part>(&input);
        }
    }
}
