//! `sort=-published_at,title`: the order of a list.

use super::error::echo;
use super::named::listed;
use super::{Named, QueryError};

/// Most keys that one `sort` may have.
pub const MAX_KEYS: usize = 4;

/// Why a `sort` was refused.
///
/// Codes: `sort_empty` (no key, or nothing between two commas), `sort_unknown`, `sort_repeated`,
/// `sort_too_many`.
pub type SortError = QueryError;

/// Which end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest, earliest, A first: the bare name.
    Ascending,
    /// Largest, latest, Z first: a `-` before the name.
    Descending,
}

/// One key of an order; the keys before it come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SortKey<S> {
    /// The field to compare.
    pub by: S,
    /// Which end comes first.
    pub direction: Direction,
}

/// Reads `-published_at,title`: names of `S` separated by commas, most significant first, each
/// with `-` before it for descending. Blanks around a key are ignored.
///
/// # Errors
///
/// See [`SortError`]; the place is that of the key.
pub fn parse_sort<S: Named>(input: &str) -> Result<Vec<SortKey<S>>, SortError> {
    let mut keys: Vec<SortKey<S>> = Vec::new();
    let mut from = 0;
    for piece in input.split(',') {
        let key = piece.trim_ascii();
        let at = from + (piece.len() - piece.trim_ascii_start().len());
        from += piece.len() + 1;

        let refuse = |code, detail| Err(QueryError::at(input, at, code, detail));
        let (name, direction) = match key.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (key, Direction::Ascending),
        };
        if name.is_empty() {
            let allowed = listed(S::ALL);
            return refuse(
                "sort_empty",
                format!("a sort key is missing; allowed: {allowed}"),
            );
        }
        let Some(by) = S::from_name(name) else {
            let (name, allowed) = (echo(name), listed(S::ALL));
            return refuse(
                "sort_unknown",
                format!("cannot sort by {name}; allowed: {allowed}"),
            );
        };
        if keys.iter().any(|key| key.by == by) {
            return refuse("sort_repeated", format!("{} is listed twice", echo(name)));
        }
        if keys.len() == MAX_KEYS {
            return refuse(
                "sort_too_many",
                format!("there are too many sort keys; the maximum is {MAX_KEYS}"),
            );
        }
        keys.push(SortKey { by, direction });
    }
    Ok(keys)
}

/// The order as text that [`parse_sort`] reads back to the same keys: one spelling for each
/// order, for the context of a cursor and for cache keys.
pub fn canonical_sort<S: Named>(keys: &[SortKey<S>]) -> String {
    let mut text = String::new();
    for key in keys {
        if !text.is_empty() {
            text.push(',');
        }
        if key.direction == Direction::Descending {
            text.push('-');
        }
        text.push_str(key.by.name());
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::field_names;

    field_names! {
        enum By { A => "a", PublishedAt => "published_at", C => "c", D => "d", E => "e" }
    }

    fn code(input: &str) -> (&'static str, usize) {
        let error = parse_sort::<By>(input).unwrap_err();
        (error.code, error.offset)
    }

    #[test]
    fn reads_keys_in_order() {
        let keys = parse_sort::<By>("-published_at, a").unwrap();
        assert_eq!(
            keys,
            [
                SortKey {
                    by: By::PublishedAt,
                    direction: Direction::Descending
                },
                SortKey {
                    by: By::A,
                    direction: Direction::Ascending
                },
            ]
        );
        assert_eq!(canonical_sort(&keys), "-published_at,a");
    }

    #[test]
    fn refuses_with_the_place() {
        assert_eq!(code(""), ("sort_empty", 0));
        assert_eq!(code("a,"), ("sort_empty", 2));
        assert_eq!(code("a, -"), ("sort_empty", 3));
        assert_eq!(code("a, x"), ("sort_unknown", 3));
        assert_eq!(code("--a"), ("sort_unknown", 0));
        assert_eq!(code("A"), ("sort_unknown", 0));
        assert_eq!(code("a,-a"), ("sort_repeated", 2));
        assert_eq!(code("a,c,d,e,published_at"), ("sort_too_many", 8));
        let error = parse_sort::<By>("x").unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot sort by `x`; allowed: a, published_at, c, d, e (column 1)"
        );
    }

    proptest! {
        #[test]
        fn never_panics(input in "\\PC*|[-, aced]{0,12}") {
            if let Ok(keys) = parse_sort::<By>(&input) {
                let text = canonical_sort(&keys);
                prop_assert_eq!(parse_sort::<By>(&text).unwrap(), keys);
            }
        }
    }
}
