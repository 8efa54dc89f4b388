//! Forms of conditions that keep the query planners of both databases on the intended index.

use crate::db::{Sql, Time};

/// How many values of one condition are asked for one by one at most.
pub(in crate::articles) const SIDE_BY_SIDE: usize = 20;

/// Any of these values, written so that SQLite takes no index for it. PostgreSQL reads equality
/// there, and knows how many rows meet it.
pub(in crate::articles) fn unindexed<T>(column: &'static str, values: &[String]) -> Sql<T> {
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

/// The end of a sub-select that is asked for each row by itself. PostgreSQL joins whole tables for
/// one without an offset.
pub(in crate::articles) const NO_FLATTEN: &str = " LIMIT 1 OFFSET 0)";

/// From one moment on, before another.
pub(in crate::articles) fn between<T>(
    column: &'static str,
    after: Option<Time>,
    before: Option<Time>,
) -> Vec<Sql<T>> {
    let after = after.map(|at| Sql::new(column).sql(" >= ").integer(at.0));
    let before = before.map(|at| Sql::new(column).sql(" < ").integer(at.0));
    after.into_iter().chain(before).collect()
}
