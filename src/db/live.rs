//! The connection of public reads: it runs queries on live tables and nothing else.

use std::sync::Arc;

use diesel::internal::table_macro::{FromClause, Inner, Join, JoinOn, SelectStatement};
use diesel::query_source::QuerySource;
use diesel::result::{Error, QueryResult};

use super::Time;
use super::conn::{Conn, Loads, LoadsBeside};
use super::fragment_cache::{Fragment, FragmentCache, Read};
use super::invalidation::SurrogateKey;

/// A table with public content only. [`schema::live`](super::schema::live)
/// marks its tables with it; an editorial table or one of credentials never is.
pub trait LiveTable: QuerySource {}

/// A join has public content only when both its sides do.
impl<L, R, On> LiveTable for JoinOn<Join<L, R, Inner>, On>
where
    Self: QuerySource,
    L: LiveTable,
    R: LiveTable,
{
}

/// A query whose rows come from a [`LiveTable`].
pub trait LiveQuery {}

impl<T: LiveTable, S, D, W, O, L, G, H, C> LiveQuery
    for SelectStatement<FromClause<T>, S, D, W, O, L, G, H, C>
{
}

/// A connection for public reads. It has no way to a draft, a private column or an account:
/// its methods take queries on live tables only, which the compiler checks, and it cannot be
/// turned into a [`Conn`].
///
/// ```compile_fail,E0277
/// use diesel::{QueryDsl as _, SelectableHelper as _};
/// use masthead::db::{LiveConn, schema::editorial::articles};
/// async fn leak(conn: &mut LiveConn) {
///     let _: Vec<String> = conn.load(articles::table.select(articles::title)).await.unwrap();
/// }
/// ```
pub struct LiveConn {
    conn: Conn,
    known: Arc<FragmentCache<Read>>,
    /// The stamp of the last change before the connection was taken.
    stamp: u64,
}

impl LiveConn {
    pub(super) fn new(conn: Conn, known: Arc<FragmentCache<Read>>, stamp: u64) -> Self {
        Self { conn, known, stamp }
    }

    /// The cached fragment of a resource in a language, if it was read after `touched` and has not
    /// changed since; none while invalidations by other instances do not arrive.
    #[must_use]
    pub fn known(&self, key: SurrogateKey<'_>, locale: &str, touched: Time) -> Option<Fragment> {
        self.known.get(self.conn.changes(), key, locale, touched)
    }

    /// Caches the fragment of a resource, read on this connection at `now` or later.
    pub fn make_known(&self, key: SurrogateKey<'_>, locale: &str, piece: Fragment, now: Time) {
        let (stamp, at) = (self.stamp, now);
        self.known.put(key, locale, piece, Read { stamp, at });
    }

    /// All rows of a query on a live table.
    ///
    /// # Errors
    /// Errors of the database.
    pub async fn load<'q, U: Send>(
        &mut self,
        query: impl Loads<'q, U> + LiveQuery,
    ) -> QueryResult<Vec<U>> {
        self.conn.load(query).await
    }

    /// All rows of two queries on live tables that do not need each other's, sent at once.
    ///
    /// # Errors
    /// Errors of the database.
    pub async fn load_both<'q, A: Send, B: Send>(
        &mut self,
        one: impl LoadsBeside<'q, A> + LiveQuery,
        other: impl LoadsBeside<'q, B> + LiveQuery,
    ) -> QueryResult<(Vec<A>, Vec<B>)> {
        self.conn.load_both(one, other).await
    }

    /// The first row of a query on a live table, if there is one.
    ///
    /// # Errors
    /// Errors of the database.
    pub async fn first<'q, U: Send>(
        &mut self,
        query: impl Loads<'q, U> + LiveQuery,
    ) -> QueryResult<Option<U>> {
        self.conn.first(query).await
    }

    /// The only row of a query that always has one, such as a count.
    ///
    /// # Errors
    /// Errors of the database; `NotFound` when there is no row.
    pub async fn one<'q, U: Send>(
        &mut self,
        query: impl Loads<'q, U> + LiveQuery,
    ) -> QueryResult<U> {
        self.first(query).await?.ok_or(Error::NotFound)
    }
}
