//! Filters as conditions in SQL.

use crate::db::Sql;
use crate::query::filter::{Condition, Filter, FilterOp, Value};

/// The condition of a filter, made of the conditions that `leaf` gives for its parts. These must
/// be true or false, never NULL, or their negations would lose rows.
pub fn lower<F, T>(filter: &Filter<F>, leaf: &impl Fn(&Condition<F>) -> Sql<T>) -> Sql<T> {
    match filter {
        Filter::All(parts) => Sql::all(parts.iter().map(|part| lower(part, leaf))),
        Filter::Any(parts) => Sql::any(parts.iter().map(|part| lower(part, leaf))),
        Filter::Not(part) => Sql::new("NOT ").group(lower(part, leaf)),
        Filter::Is(condition) => leaf(condition),
    }
}

/// Compares a column that is never NULL.
#[must_use]
pub fn compare<T>(column: &'static str, op: FilterOp, value: &Value) -> Sql<T> {
    let sign = match op {
        FilterOp::Eq | FilterOp::Has => " = ",
        FilterOp::Ne => " <> ",
        FilterOp::Lt => " < ",
        FilterOp::Le => " <= ",
        FilterOp::Gt => " > ",
        FilterOp::Ge => " >= ",
    };
    let sql = Sql::new(column).sql(sign);
    match value {
        Value::Text(text) => sql.text(text.clone()),
        Value::Bool(truth) => sql.boolean(*truth),
        Value::Integer(number) | Value::Time(number) => sql.integer(*number),
    }
}

/// Compares a column that may be NULL: a missing value differs from every value and has no rank.
#[must_use]
pub fn compare_nullable<T>(column: &'static str, op: FilterOp, value: &Value) -> Sql<T> {
    let compared = compare(column, op, value);
    if op == FilterOp::Ne {
        Sql::any([Sql::new(column).sql(" IS NULL"), compared])
    } else {
        Sql::all([Sql::new(column).sql(" IS NOT NULL"), compared])
    }
}

/// A LIKE pattern, escaped with `\`, for a text anywhere.
#[must_use]
pub fn like_pattern(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{escaped}%")
}
