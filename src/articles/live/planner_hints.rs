//! Forms of conditions that keep the query planners of both databases on the intended index.

use crate::db::{Sql, Time};

/// The maximum number of values of one condition that are looked up one by one.
pub(super) const SIDE_BY_SIDE: usize = 20;

/// Equality with any of these values, written so that SQLite uses no index for it. PostgreSQL still
/// reads it as equality and can estimate the number of rows.
pub(super) fn unindexed<T>(column: &'static str, values: &[String]) -> Sql<T> {
    let one = |value: &String| {
        Sql::new("NOT (")
            .sql(column)
            .sql(" <> ")
            .text(value.clone())
            .sql(")")
    };
    if values.len() > SIDE_BY_SIDE {
        return Sql::new("COALESCE(")
            .sql(column)
            .sql(", '')")
            .is_in(values.to_vec());
    }
    Sql::any(values.iter().map(one))
}

/// The end of a sub-select that is to be run for each row. Without an offset PostgreSQL flattens it
/// into a join of whole tables.
pub(super) const NO_FLATTEN: &str = " LIMIT 1 OFFSET 0)";

/// A range of time: its start belongs to it, its end does not.
pub(super) fn between<T>(
    column: &'static str,
    after: Option<Time>,
    before: Option<Time>,
) -> Vec<Sql<T>> {
    let after = after.map(|at| Sql::new(column).sql(" >= ").integer(at.0));
    let before = before.map(|at| Sql::new(column).sql(" < ").integer(at.0));
    after.into_iter().chain(before).collect()
}
