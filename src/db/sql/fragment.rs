//! Conditions and orders that are put together at run time.
//!
//! The text of an [`Sql`] is made of `&'static str` alone and every value is bound, so nothing
//! that a caller sent can become SQL. One `Sql` serves every database.

use std::marker::PhantomData;

use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping,
    is_aggregate,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_source::{AppearsInFromClause, Once};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Bool, HasSqlType, SqlType, Text};

use super::dialect::{Dialect, TextList};

/// A piece of SQL on the table `T`: a condition, or a list of terms to order by.
#[derive(Debug, Clone)]
pub struct Sql<T> {
    pieces: Vec<Piece>,
    on: PhantomData<fn() -> T>,
}

#[derive(Debug, Clone)]
enum Piece {
    Sql(&'static str),
    Text(String),
    Integer(i64),
    Bool(bool),
    In(TextList),
}

impl<T> Default for Sql<T> {
    fn default() -> Self {
        Self {
            pieces: Vec::new(),
            on: PhantomData,
        }
    }
}

impl<T> Sql<T> {
    /// Starts with this text.
    #[must_use]
    pub fn new(sql: &'static str) -> Self {
        Self {
            pieces: vec![Piece::Sql(sql)],
            on: PhantomData,
        }
    }

    /// Goes on with this text.
    #[must_use]
    pub fn sql(mut self, sql: &'static str) -> Self {
        self.pieces.push(Piece::Sql(sql));
        self
    }

    /// Goes on with these texts.
    #[must_use]
    pub fn sqls(mut self, texts: &[&'static str]) -> Self {
        self.pieces.extend(texts.iter().copied().map(Piece::Sql));
        self
    }

    /// Goes on with a bound text.
    #[must_use]
    pub fn text(mut self, value: impl Into<String>) -> Self {
        self.pieces.push(Piece::Text(value.into()));
        self
    }

    /// Goes on with a bound integer (a time is its milliseconds).
    #[must_use]
    pub fn integer(mut self, value: i64) -> Self {
        self.pieces.push(Piece::Integer(value));
        self
    }

    /// Goes on with a bound truth value.
    #[must_use]
    pub fn boolean(mut self, value: bool) -> Self {
        self.pieces.push(Piece::Bool(value));
        self
    }

    /// Goes on with ` IN (…)` for these texts.
    #[must_use]
    pub fn is_in(mut self, texts: Vec<String>) -> Self {
        self.pieces.push(Piece::In(TextList::new(texts)));
        self
    }

    /// Goes on with another piece, in parentheses.
    #[must_use]
    pub fn group(mut self, other: Sql<T>) -> Self {
        self.pieces.push(Piece::Sql("("));
        self.pieces.extend(other.pieces);
        self.pieces.push(Piece::Sql(")"));
        self
    }

    /// Goes on with another piece as it stands.
    #[must_use]
    pub fn then<U>(mut self, other: Sql<U>) -> Self {
        self.pieces.extend(other.pieces);
        self
    }

    /// Both conditions, each in parentheses.
    #[must_use]
    pub fn and(self, other: Sql<T>) -> Self {
        Sql::default().group(self).sql(" AND ").group(other)
    }

    /// All of these conditions; true when there is none.
    #[must_use]
    pub fn all(conditions: impl IntoIterator<Item = Sql<T>>) -> Self {
        Self::join(conditions, " AND ", "TRUE")
    }

    /// Any of these conditions; false when there is none.
    #[must_use]
    pub fn any(conditions: impl IntoIterator<Item = Sql<T>>) -> Self {
        Self::join(conditions, " OR ", "FALSE")
    }

    fn join(
        conditions: impl IntoIterator<Item = Sql<T>>,
        between: &'static str,
        empty: &'static str,
    ) -> Self {
        let mut joined = Self::default();
        for condition in conditions {
            if !joined.pieces.is_empty() {
                joined = joined.sql(between);
            }
            joined = joined.group(condition);
        }
        if joined.pieces.is_empty() {
            Self::new(empty)
        } else {
            joined
        }
    }
}

/// An [`Sql`] that has the same text whenever it is made for `Tag`, a type that names it and nothing
/// else. A statement that is made of such pieces only is found among the prepared ones by its type.
/// Its value is of the type `V`: a condition, if nothing else is said.
#[derive(Debug, Clone)]
pub struct Fixed<Tag, T, V = Bool> {
    sql: Sql<T>,
    tag: PhantomData<fn() -> (Tag, V)>,
}

impl<Tag, T, V> Fixed<Tag, T, V> {
    /// The piece that `Tag` names; only what is bound may vary.
    #[must_use]
    pub fn new(sql: Sql<T>) -> Self {
        let tag = PhantomData;
        Self { sql, tag }
    }
}

impl<Tag, T, V: SqlType + TypedExpressionType> Expression for Fixed<Tag, T, V> {
    type SqlType = V;
}

impl<Tag, T, V> ValidGrouping<()> for Fixed<Tag, T, V> {
    type IsAggregate = is_aggregate::Never;
}

impl<Tag, T, V, QS> AppearsOnTable<QS> for Fixed<Tag, T, V>
where
    Self: Expression,
    QS: AppearsInFromClause<T, Count = Once>,
{
}

impl<Tag, T, V, QS> SelectableExpression<QS> for Fixed<Tag, T, V>
where
    Self: AppearsOnTable<QS>,
    QS: AppearsInFromClause<T, Count = Once>,
{
}

impl<Tag: 'static, T: 'static, V: 'static> QueryId for Fixed<Tag, T, V> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Tag, T, V, DB: diesel::backend::Backend> QueryFragment<DB> for Fixed<Tag, T, V>
where
    Sql<T>: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.sql.walk_ast(out)
    }
}

impl<T> Expression for Sql<T> {
    type SqlType = Bool;
}

impl<T> ValidGrouping<()> for Sql<T> {
    type IsAggregate = is_aggregate::Never;
}

/// It may stand wherever its table does, also in a join.
impl<T, QS> AppearsOnTable<QS> for Sql<T> where QS: AppearsInFromClause<T, Count = Once> {}

/// The text varies, so statements are cached by their text.
impl<T> QueryId for Sql<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T, DB> QueryFragment<DB> for Sql<T>
where
    DB: Dialect + HasSqlType<Text> + HasSqlType<BigInt> + HasSqlType<Bool>,
    String: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
    bool: ToSql<Bool, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        for piece in &self.pieces {
            match piece {
                Piece::Sql(sql) => out.push_sql(sql),
                Piece::Text(value) => out.push_bind_param::<Text, String>(value)?,
                Piece::Integer(value) => out.push_bind_param::<BigInt, i64>(value)?,
                Piece::Bool(value) => out.push_bind_param::<Bool, bool>(value)?,
                Piece::In(list) => DB::push_in_list(out.reborrow(), list)?,
            }
        }
        Ok(())
    }
}
