//! Where a page of a sorted list begins.

use crate::db::Sql;
use crate::query::cursor::CursorKey;
use crate::query::sort::Direction;

/// A term of an order: the SQL of a value that is never NULL, and its direction.
pub type Term = (&'static str, Direction);

/// `ORDER BY` these terms; the last should be unique.
#[must_use]
pub fn order<T>(terms: &[Term]) -> Sql<T> {
    let mut sql = Sql::default();
    for (index, (column, direction)) in terms.iter().enumerate() {
        sql = sql
            .sql(if index == 0 { "" } else { ", " })
            .sql(column)
            .sql(match direction {
                Direction::Ascending => " ASC",
                Direction::Descending => " DESC",
            });
    }
    sql
}

/// The rows that come after one with these keys, a key for each term. With one direction it is
/// a comparison of row values, which an index serves; mixed directions take the long form, led
/// by a bound on the first term so that an index can still narrow it.
#[must_use]
pub fn after<T>(terms: &[Term], keys: &[CursorKey]) -> Sql<T> {
    let pairs: Vec<(Term, &CursorKey)> = terms.iter().copied().zip(keys).collect();
    let Some(((first, direction), key)) = pairs.first().copied() else {
        return Sql::new("TRUE");
    };
    if pairs.iter().all(|((_, other), _)| *other == direction) {
        let mut left = Sql::<T>::new("(");
        let mut right = Sql::<T>::new("(");
        for (index, ((column, _), key)) in pairs.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            left = left.sql(comma).sql(column);
            right = bind(right.sql(comma), key);
        }
        return left.sql(")").sql(sign(direction)).then(right.sql(")"));
    }
    let bound = match direction {
        Direction::Ascending => " >= ",
        Direction::Descending => " <= ",
    };
    let mut alternatives = Vec::new();
    for (index, ((column, direction), key)) in pairs.iter().enumerate() {
        let mut all: Vec<Sql<T>> = pairs
            .iter()
            .take(index)
            .map(|((column, _), key)| bind(Sql::new(column).sql(" = "), key))
            .collect();
        all.push(bind(Sql::new(column).sql(sign(*direction)), key));
        alternatives.push(Sql::all(all));
    }
    bind(Sql::new(first).sql(bound), key).and(Sql::any(alternatives))
}

fn sign(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => " > ",
        Direction::Descending => " < ",
    }
}

fn bind<T>(sql: Sql<T>, key: &CursorKey) -> Sql<T> {
    match key {
        CursorKey::Text(text) => sql.text(text.clone()),
        CursorKey::Integer(number) => sql.integer(*number),
    }
}
