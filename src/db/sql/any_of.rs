//! The condition that a column is one of several texts.

use diesel::expression::{AppearsOnTable, Expression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Bool, Text};

use super::dialect::{Dialect, TextList};

/// `column IN (…)`, with the list as one bound value. Unlike the same as a piece of
/// [`Sql`](crate::db::Sql), its text does not vary: a statement that has no other condition is found
/// among the prepared ones by its type, and is not written out for it.
#[derive(Debug, Clone)]
pub struct AnyOf<C> {
    column: C,
    list: TextList,
}

impl<C> AnyOf<C> {
    /// A column and the texts.
    #[must_use]
    pub fn new(column: C, texts: Vec<String>) -> Self {
        let list = TextList::new(texts);
        Self { column, list }
    }
}

impl<C: Expression<SqlType = Text>> Expression for AnyOf<C> {
    type SqlType = Bool;
}

impl<C: ValidGrouping<G>, G> ValidGrouping<G> for AnyOf<C> {
    type IsAggregate = C::IsAggregate;
}

impl<C, QS> AppearsOnTable<QS> for AnyOf<C>
where
    Self: Expression,
    C: AppearsOnTable<QS>,
{
}

impl<C: QueryId> QueryId for AnyOf<C> {
    type QueryId = AnyOf<C::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}

impl<C, DB> QueryFragment<DB> for AnyOf<C>
where
    DB: Dialect,
    C: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        DB::push_in_list(out, &self.list)
    }
}
