//! The statements of a resource, for tables of the same shape: working rows, live rows, former
//! public slugs, and former keys of merged rows.

use deserr::Deserr;
use diesel::result::QueryResult;

use super::reassign::KeyTable;
use super::resource::Stamp;
use crate::db::{Conn, LiveConn, Sql, Time};
use crate::error::FieldErrors;
use crate::http::page::{Columns, Window};
use crate::values::{Line, Reference, Slug};

/// The columns common to every row.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The id.
    pub id: &'a str,
    /// The slug.
    pub slug: &'a str,
    /// The name.
    pub name: &'a str,
    /// When it changed last.
    pub updated_at: Time,
}

/// A row of a table, which is read on a connection of its kind.
#[expect(async_fn_in_trait, reason = "as for `Tables`")]
pub trait Row: Clone + 'static {
    /// The table.
    type Table: Clone + 'static;
    /// The connection.
    type Conn;

    /// Its common columns.
    fn names(&self) -> Names<'_>;

    /// The row of this id or slug.
    async fn find(conn: &mut Self::Conn, reference: &Reference) -> QueryResult<Option<Self>>;

    /// The rows of a page.
    async fn page(conn: &mut Self::Conn, slice: Slice<Self::Table>) -> QueryResult<Vec<Self>>;

    /// The number of rows that meet a condition.
    async fn count(conn: &mut Self::Conn, condition: Sql<Self::Table>) -> QueryResult<i64>;

    /// The id.
    fn id(&self) -> &str {
        self.names().id
    }

    /// The slug.
    fn slug(&self) -> &str {
        self.names().slug
    }
}

/// The table of a row.
pub type TableOf<R> = <R as Row>::Table;

/// A working row.
pub trait WorkingRow: Row<Conn = Conn> {
    /// The number of the version.
    fn version(&self) -> i64;
    /// Time of creation.
    fn created_at(&self) -> Time;
    /// The members that its fields do not decide.
    fn stamp(&self) -> Stamp;
}

/// A live row.
pub trait LiveRow: Row<Conn = LiveConn> + serde::Serialize {
    /// The prepared answer.
    fn into_card(self) -> String;
}

/// The body of a creation or of a `PUT`.
pub trait Input: Clone + Deserr<FieldErrors> + 'static {
    /// The slug, if one was asked for.
    fn slug(&self) -> &Option<Slug>;
    /// Name.
    fn name(&self) -> &Line<200>;
    /// The same input with another slug.
    #[must_use]
    fn with_slug(self, slug: Option<Slug>) -> Self;
}

/// The names of the tables.
#[derive(Debug, Clone, Copy)]
pub struct TableNames {
    /// The working rows.
    pub table: &'static str,
    /// The live rows.
    pub live: &'static str,
    /// The keys of what was merged, for editors' references.
    pub merged: KeyTable,
    /// Former slugs and keys of what was merged, for the public's addresses.
    pub former: KeyTable,
}

/// The rows of a page.
pub struct Slice<T> {
    /// The condition.
    pub condition: Sql<T>,
    /// The order.
    pub order: Sql<T>,
    /// The most rows.
    pub limit: i64,
    /// The number of rows to leave out first.
    pub offset: i64,
}

impl<T> Slice<T> {
    /// The rows of a window that meet a condition.
    pub fn of<S: Columns>(window: &Window<S>, condition: Sql<T>) -> Self {
        Self {
            condition: Sql::all([Some(condition), window.condition()].into_iter().flatten()),
            order: window.order(),
            limit: window.rows(),
            offset: window.offset(),
        }
    }
}

/// The statements of a resource. The `tables!` macro writes them.
#[expect(
    async_fn_in_trait,
    missing_docs,
    reason = "the names say it; the errors are those of the database"
)]
pub trait Tables: Sized + 'static {
    type Row: WorkingRow;
    type Live: LiveRow;
    type Input: Input;
    const TABLES: TableNames;

    async fn by_id(conn: &mut Conn, id: &str) -> QueryResult<Option<Self::Row>>;
    async fn by_ids(conn: &mut Conn, ids: Vec<String>) -> QueryResult<Vec<Self::Row>>;
    async fn by_name(conn: &mut Conn, name: &str) -> QueryResult<Option<Self::Row>>;
    async fn ids_after(conn: &mut Conn, id: &str, limit: i64) -> QueryResult<Vec<String>>;
    async fn slugs_among(conn: &mut Conn, slugs: Vec<String>) -> QueryResult<Vec<String>>;
    async fn insert(conn: &mut Conn, row: Self::Row) -> QueryResult<usize>;
    async fn replace(conn: &mut Conn, old: &Self::Row, row: Self::Row) -> QueryResult<usize>;
    async fn delete(conn: &mut Conn, old: &Self::Row) -> QueryResult<usize>;
    /// The id of what a merged one became, by a former id or slug.
    async fn merged_into(conn: &mut Conn, key: &str) -> QueryResult<Option<String>>;
    /// The id of the one that had this slug in public.
    async fn formerly(conn: &mut Conn, slug: &str) -> QueryResult<Option<String>>;
    /// The keys that lead elsewhere: of merged rows, and in public.
    async fn leading_elsewhere(conn: &mut Conn, keys: Vec<String>)
    -> QueryResult<[Vec<String>; 2]>;

    async fn live_row_of(conn: &mut Conn, id: &str) -> QueryResult<Option<Self::Live>>;
    async fn upsert_live(conn: &mut Conn, row: Self::Live) -> QueryResult<usize>;
    /// The slug now of the one that had this slug, or into which that one was merged.
    async fn live_formerly(conn: &mut LiveConn, slug: &str) -> QueryResult<Option<String>>;
    async fn live_ids(conn: &mut LiveConn, references: &[Reference]) -> QueryResult<Vec<String>>;
}

/// Writes the statements of a resource for its tables, which are to be in scope:
/// `tables!(Tags: TagRow, LiveTagRow, TagInput in tags, live_tags, live_tag_slugs, merged_tags by tag_id)`.
macro_rules! tables {
    ($Resource:ident: $Row:ident, $Live:ident, $Input:ident in
     $table:ident, $live:ident, $former:ident, $merged:ident by $to:ident) => {
        const _: () = {
            use diesel::result::QueryResult;
            use diesel::{ExpressionMethods as _, QueryDsl as _};
            use $crate::db::{Conn, LiveConn, Sql, Time, columns};
            use $crate::resources::reassign::KeyTable;
            use $crate::resources::resource::Stamp;
            use $crate::resources::tables::{
                Input, LiveRow, Names, Row, Slice, TableNames, Tables, WorkingRow, tables,
            };
            use $crate::values::{Line, Reference, Slug};

            impl Tables for $Resource {
                type Row = $Row;
                type Live = $Live;
                type Input = $Input;
                const TABLES: TableNames = TableNames {
                    table: stringify!($table),
                    live: stringify!($live),
                    merged: KeyTable {
                        table: stringify!($merged),
                        key: "former",
                        to: stringify!($to),
                    },
                    former: KeyTable {
                        table: stringify!($former),
                        key: "slug",
                        to: stringify!($to),
                    },
                };

                async fn by_id(conn: &mut Conn, id: &str) -> QueryResult<Option<$Row>> {
                    let query = $table::table.filter($table::id.eq(id.to_owned()));
                    conn.first(query.select(columns::<$Row>())).await
                }

                async fn by_ids(conn: &mut Conn, ids: Vec<String>) -> QueryResult<Vec<$Row>> {
                    let any = Sql::<$table::table>::new(concat!(stringify!($table), ".id"));
                    let query = $table::table.filter(any.is_in(ids));
                    conn.load(query.select(columns::<$Row>())).await
                }

                async fn by_name(conn: &mut Conn, name: &str) -> QueryResult<Option<$Row>> {
                    let query = $table::table.filter($table::name.eq(name.to_owned()));
                    let query = query.order($table::id).limit(1);
                    conn.first(query.select(columns::<$Row>())).await
                }

                async fn ids_after(
                    conn: &mut Conn,
                    id: &str,
                    limit: i64,
                ) -> QueryResult<Vec<String>> {
                    let query = $table::table.filter($table::id.gt(id.to_owned()));
                    let query = query.order($table::id).limit(limit);
                    conn.load(query.select($table::id)).await
                }

                async fn slugs_among(
                    conn: &mut Conn,
                    slugs: Vec<String>,
                ) -> QueryResult<Vec<String>> {
                    let any = Sql::<$table::table>::new(concat!(stringify!($table), ".slug"));
                    let query = $table::table.filter(any.is_in(slugs));
                    conn.load(query.select($table::slug)).await
                }

                async fn insert(conn: &mut Conn, row: $Row) -> QueryResult<usize> {
                    conn.execute(diesel::insert_into($table::table).values(row))
                        .await
                }

                async fn replace(conn: &mut Conn, old: &$Row, row: $Row) -> QueryResult<usize> {
                    let current = $table::table
                        .filter($table::id.eq(old.id.clone()))
                        .filter($table::version.eq(old.version));
                    conn.execute(diesel::update(current).set(row)).await
                }

                async fn delete(conn: &mut Conn, old: &$Row) -> QueryResult<usize> {
                    let current = $table::table
                        .filter($table::id.eq(old.id.clone()))
                        .filter($table::version.eq(old.version));
                    conn.execute(diesel::delete(current)).await
                }

                async fn merged_into(conn: &mut Conn, key: &str) -> QueryResult<Option<String>> {
                    let query = $merged::table.filter($merged::former.eq(key.to_owned()));
                    conn.first(query.select($merged::$to)).await
                }

                async fn formerly(conn: &mut Conn, slug: &str) -> QueryResult<Option<String>> {
                    let query = $former::table.filter($former::slug.eq(slug.to_owned()));
                    conn.first(query.select($former::$to)).await
                }

                async fn leading_elsewhere(
                    conn: &mut Conn,
                    keys: Vec<String>,
                ) -> QueryResult<[Vec<String>; 2]> {
                    let merged = concat!(stringify!($merged), ".former");
                    let merged = Sql::<$merged::table>::new(merged).is_in(keys.clone());
                    let merged = $merged::table.filter(merged).select($merged::former);
                    let former = concat!(stringify!($former), ".slug");
                    let former = Sql::<$former::table>::new(former).is_in(keys);
                    let former = $former::table.filter(former).select($former::slug);
                    Ok([conn.load(merged).await?, conn.load(former).await?])
                }

                async fn live_row_of(conn: &mut Conn, id: &str) -> QueryResult<Option<$Live>> {
                    let query = $live::table.filter($live::id.eq(id.to_owned()));
                    conn.first(query.select(columns::<$Live>())).await
                }

                async fn upsert_live(conn: &mut Conn, row: $Live) -> QueryResult<usize> {
                    let insert = diesel::insert_into($live::table).values(row.clone());
                    let upsert = insert.on_conflict($live::id).do_update().set(row);
                    conn.execute(upsert).await
                }

                async fn live_formerly(
                    conn: &mut LiveConn,
                    slug: &str,
                ) -> QueryResult<Option<String>> {
                    let query = $former::table.filter($former::slug.eq(slug.to_owned()));
                    let Some(id) = conn.first::<String>(query.select($former::$to)).await? else {
                        return Ok(None);
                    };
                    let query = $live::table.filter($live::id.eq(id));
                    conn.first(query.select($live::slug)).await
                }

                async fn live_ids(
                    conn: &mut LiveConn,
                    references: &[Reference],
                ) -> QueryResult<Vec<String>> {
                    let query = $live::table.select($live::id);
                    if let [one] = references {
                        let text = one.as_str().to_owned();
                        return match one.is_id() {
                            true => conn.load(query.filter($live::id.eq(text))).await,
                            false => conn.load(query.filter($live::slug.eq(text))).await,
                        };
                    }
                    let texts = references.iter().map(|one| one.as_str().to_owned());
                    let texts: Vec<String> = texts.collect();
                    let any = Sql::<$live::table>::new(concat!(stringify!($live), ".slug"))
                        .is_in(texts.clone())
                        .sql(concat!(" OR ", stringify!($live), ".id"))
                        .is_in(texts);
                    conn.load(query.filter(any)).await
                }
            }

    tables!(@row $Row in $table by Conn);
    tables!(@row $Live in $live by LiveConn);

            impl WorkingRow for $Row {
                fn version(&self) -> i64 {
                    self.version
                }

                fn created_at(&self) -> Time {
                    self.created_at
                }

                fn stamp(&self) -> Stamp {
                    let row = self.clone();
                    Stamp {
                        id: row.id,
                        slug: row.slug,
                        version: row.version,
                        created_at: row.created_at,
                        created_by: row.created_by,
                        updated_at: row.updated_at,
                        updated_by: row.updated_by,
                    }
                }
            }

            impl LiveRow for $Live {
                fn into_card(self) -> String {
                    self.card
                }
            }

            impl Input for $Input {
                fn slug(&self) -> &Option<Slug> {
                    &self.slug
                }

                fn name(&self) -> &Line<200> {
                    &self.name
                }

                fn with_slug(self, slug: Option<Slug>) -> Self {
                    Self { slug, ..self }
                }
            }
        };
    };
    (@row $Row:ident in $table:ident by $Conn:ident) => {
        impl Row for $Row {
            type Table = $table::table;
            type Conn = $Conn;

            fn names(&self) -> Names<'_> {
                Names {
                    id: &self.id,
                    slug: &self.slug,
                    name: &self.name,
                    updated_at: self.updated_at,
                }
            }

            async fn find(conn: &mut $Conn, reference: &Reference) -> QueryResult<Option<Self>> {
                let query = $table::table.select(columns::<Self>()).limit(1);
                let text = reference.as_str().to_owned();
                match reference.is_id() {
                    true => conn.first(query.filter($table::id.eq(text))).await,
                    false => conn.first(query.filter($table::slug.eq(text))).await,
                }
            }

            async fn page(conn: &mut $Conn, slice: Slice<$table::table>) -> QueryResult<Vec<Self>> {
                let query = $table::table.filter(slice.condition).order(slice.order);
                let query = query.limit(slice.limit).offset(slice.offset);
                conn.load(query.select(columns::<Self>())).await
            }

            async fn count(conn: &mut $Conn, condition: Sql<$table::table>) -> QueryResult<i64> {
                conn.one($table::table.filter(condition).count()).await
            }
        }
    };
}

pub(crate) use tables;
