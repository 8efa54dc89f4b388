//! The canonical form of a filter.

use std::fmt::{self, Display, Formatter, Write};

use chrono::{DateTime, SecondsFormat};

use super::scanner::is_bare;
use super::{Condition, Filter, Named, Value};

impl<F: Named> Display for Filter<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(terms) => joined(f, terms, " AND "),
            Self::Any(terms) => joined(f, terms, " OR "),
            Self::Not(inner) => {
                f.write_str("NOT ")?;
                nested(f, inner, matches!(**inner, Self::Not(_)))
            }
            Self::Is(condition) => condition.fmt(f),
        }
    }
}

impl<F: Named> Display for Condition<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.field.name())?;
        f.write_str(self.op.name())?;
        self.value.fmt(f)
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => text_as_value(f, text),
            Self::Bool(value) => value.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Time(millis) => match DateTime::from_timestamp_millis(*millis) {
                Some(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
                // Beyond what any calendar of the library holds: no parsed filter has it.
                None => millis.fmt(f),
            },
        }
    }
}

fn joined<F: Named>(f: &mut Formatter<'_>, terms: &[Filter<F>], joint: &str) -> fmt::Result {
    for (number, term) in terms.iter().enumerate() {
        if number > 0 {
            f.write_str(joint)?;
        }
        nested(f, term, false)?;
    }
    Ok(())
}

/// A term within another: groups in parentheses, and what else the place asks for.
fn nested<F: Named>(f: &mut Formatter<'_>, term: &Filter<F>, enclose: bool) -> fmt::Result {
    if enclose || matches!(term, Filter::All(_) | Filter::Any(_)) {
        write!(f, "({term})")
    } else {
        term.fmt(f)
    }
}

/// Bare where it can be, otherwise in double quotation marks.
fn text_as_value(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    let keyword = matches!(text, "" | "AND" | "OR" | "NOT");
    if !keyword && text.chars().all(is_bare) {
        return f.write_str(text);
    }
    f.write_char('"')?;
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    f.write_char('"')
}
