//! The one shape of a refusal, shared by all the parsers of the query language.

/// Longest piece of the caller's own text that a message repeats, in characters.
const MAX_ECHO: usize = 40;

/// Why a query parameter was refused, and where.
///
/// `Display` gives a sentence for people, with the place; programs read `code`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail} (column {column})")]
pub struct QueryError {
    /// A stable code for programs, for example `filter_unknown_field`.
    pub code: &'static str,
    /// Where in the parameter's value, in bytes from its start; always on a character boundary
    /// and at most the length of the value.
    pub offset: usize,
    /// The same place for people: in characters, counted from 1.
    pub column: usize,
    /// The fault and the expected input, without the position.
    pub detail: String,
}

impl QueryError {
    /// A refusal at `offset` bytes into `input`.
    pub(super) fn at(
        input: &str,
        offset: usize,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let before = input
            .char_indices()
            .take_while(|(at, _)| *at < offset)
            .count();
        Self {
            code,
            offset,
            column: before.saturating_add(1),
            detail: detail.into(),
        }
    }
}

/// The caller's own text as a message repeats it: in backticks, cut short, control characters
/// replaced so that a message cannot upset a log or a terminal.
pub(super) fn echo(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(MAX_ECHO)
        .map(|c| {
            if c.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect();
    if text.chars().nth(MAX_ECHO).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_counts_characters_from_one() {
        let error = QueryError::at("été x", 6, "code", "no");
        assert_eq!((error.offset, error.column), (6, 5));
        assert_eq!(error.to_string(), "no (column 5)");
        assert_eq!(QueryError::at("", 0, "code", "no").column, 1);
    }

    #[test]
    fn an_echo_is_short_and_harmless() {
        assert_eq!(echo("a\u{1b}b"), "`a\u{fffd}b`");
        assert_eq!(echo(&"x".repeat(1000)).chars().count(), MAX_ECHO + 3);
    }
}
