//! The filter language, after AIP-160 (<https://google.aip.dev/160>):
//! `tag:china AND (featured=true OR published_at>="2026-01-01T00:00:00Z") AND NOT author:xinhua`.
//!
//! ```text
//! filter    = term *( "AND" term ) / term *( "OR" term )
//! term      = [ "NOT" / "-" ] ( condition / "(" filter ")" )
//! condition = field operator value
//! operator  = "=" / "!=" / "<" / "<=" / ">" / ">=" / ":"
//! value     = word / time / quoted
//! ```
//!
//! - `AND`, `OR` and `NOT` are upper case. `-` stands right before what it negates.
//! - A word is made of letters and digits of any script and `-`, `_`, `.`; a time is RFC 3339
//!   (section 5.6); anything else is quoted, `"…"` or `'…'`, with `\` before a quotation mark or
//!   another `\`. A `+` in a URL is a blank unless written `%2B`.
//! - Which operators a field takes follows from its [`FieldKind`].
//!
//! Narrower than AIP-160 where that surprises people: conditions side by side need an `AND`;
//! `AND` and `OR` on one level need parentheses (there, `OR` binds closer); no wildcards, no
//! functions, no bare words to search for, one negation before a term.

mod display;
mod parser;
mod scanner;
#[cfg(test)]
mod tests;
mod value;

use super::{Named, QueryError, field_names};

/// Longest filter, in bytes.
pub const MAX_LEN: usize = 2_000;
/// Most conditions in one filter.
pub const MAX_CONDITIONS: usize = 50;
/// Most parentheses open at once.
pub const MAX_DEPTH: usize = 10;
/// Longest text that a field is compared with, in characters.
pub const MAX_TEXT: usize = 256;

/// Why a filter was refused.
///
/// | code | meaning |
/// |---|---|
/// | `filter_syntax` | something else was expected here |
/// | `filter_unbalanced` | a parenthesis or quotation mark without its partner |
/// | `filter_mixed_and_or` | `AND` and `OR` on one level |
/// | `filter_unknown_field` | no such field |
/// | `filter_operator` | an operator that the field does not take |
/// | `filter_value` | a value that the field does not take |
/// | `filter_too_long` | more than [`MAX_LEN`] bytes |
/// | `filter_too_deep` | more than [`MAX_DEPTH`] parentheses open |
/// | `filter_too_many` | more than [`MAX_CONDITIONS`] conditions |
pub type FilterError = QueryError;

/// The type of a field, which determines its operators and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A text, compared as a whole: `=` `!=`. At most [`MAX_TEXT`] characters, none of them a
    /// control character.
    Text,
    /// One of these words: `=` `!=`.
    Enum(&'static [&'static str]),
    /// `true` or `false`: `=` `!=`.
    Bool,
    /// A whole number of 64 bits: all six comparisons.
    Integer,
    /// A moment, RFC 3339 with `Z` or an offset: all six comparisons. Digits beyond the
    /// millisecond are dropped.
    Time,
    /// A relation to other resources, named by slug or id: `:` (or `=`) says that there is one,
    /// `!=` that there is none.
    Link,
}

impl FieldKind {
    /// The operators that a field of this kind takes.
    pub fn operators(self) -> &'static [FilterOp] {
        match self {
            Self::Text | Self::Enum(_) | Self::Bool => &[FilterOp::Eq, FilterOp::Ne],
            Self::Integer | Self::Time => &[
                FilterOp::Eq,
                FilterOp::Ne,
                FilterOp::Lt,
                FilterOp::Le,
                FilterOp::Gt,
                FilterOp::Ge,
            ],
            Self::Link => &[FilterOp::Has, FilterOp::Eq, FilterOp::Ne],
        }
    }
}

/// The fields that one list may be filtered by.
pub trait Filterable: Named {
    /// The type of the field.
    fn kind(self) -> FieldKind;
}

field_names! {
    /// How a field is compared with a value.
    pub enum FilterOp {
        /// Equal.
        Eq => "=",
        /// Not equal.
        Ne => "!=",
        /// Less, or earlier.
        Lt => "<",
        /// Less or equal, or not later.
        Le => "<=",
        /// Greater, or later.
        Gt => ">",
        /// Greater or equal, or not earlier.
        Ge => ">=",
        /// Is linked with.
        Has => ":",
    }
}

/// The value that a field is compared with; determined by the field's [`FieldKind`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Of a text, of a closed list of words, or the slug or id of a link (never empty there).
    Text(String),
    /// Of a boolean.
    Bool(bool),
    /// Of an integer.
    Integer(i64),
    /// Of a time: milliseconds since the epoch, UTC; within the years 1 to 9999.
    Time(i64),
}

/// One comparison. Equality does not look at [`Condition::at`].
#[derive(Debug, Clone)]
pub struct Condition<F> {
    /// The field.
    pub field: F,
    /// One of the operators of the field's kind; a link has [`FilterOp::Has`] and nothing else.
    pub op: FilterOp,
    /// The value, of the field's kind.
    pub value: Value,
    /// Where the condition stands in the filter, in bytes from its start.
    pub at: usize,
}

impl<F: PartialEq> PartialEq for Condition<F> {
    fn eq(&self, other: &Self) -> bool {
        self.field == other.field && self.op == other.op && self.value == other.value
    }
}

impl<F: Eq> Eq for Condition<F> {}

/// A filter, checked: every field, operator and value in it is one that the list takes.
///
/// `Display` prints the canonical form: text that parses to an equal tree (unless it outgrows
/// [`MAX_LEN`] by its spacing), the same however the filter was spaced and quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter<F> {
    /// All of these hold. Two or more, as parsed.
    All(Vec<Filter<F>>),
    /// At least one of these holds. Two or more, as parsed.
    Any(Vec<Filter<F>>),
    /// This does not hold. Never a second `Not` within, as parsed.
    Not(Box<Filter<F>>),
    /// This comparison holds.
    Is(Condition<F>),
}

/// Reads a filter over the fields of `F`.
///
/// # Errors
///
/// See [`FilterError`]. No input makes it panic, and its recursion ends at [`MAX_DEPTH`].
pub fn parse<F: Filterable>(input: &str) -> Result<Filter<F>, FilterError> {
    parser::parse(input)
}
