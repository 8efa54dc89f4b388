//! Pages of lists: by cursor without end, or numbered within a bound.

use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::params::Params;
use crate::app::App;
use crate::db::Sql;
use crate::db::sql::keyset::{self, Term};
use crate::error::{Code, Error, FieldError, Result};
use crate::query::Named;
use crate::query::cursor::{Cursor, CursorKey, Way};
use crate::query::sort::{Direction, SortKey, parse_sort};
use crate::values::Refusal;

/// The largest page size.
pub const MAX_LIMIT: u32 = 100;
/// The default page size.
pub const DEFAULT_LIMIT: u32 = 15;

/// The parameters of every list.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "it describes the parameters; Window::read reads them"
)]
pub struct PageParams {
    /// Number of items on a page.
    #[param(minimum = 1, maximum = 100, default = 15, required = false)]
    limit: u32,
    /// Cursor of the page: the `next` or `prev` of another page of the same list. It is opaque, and
    /// valid only with the same filters and sort order.
    #[param(required = false, max_length = 4096)]
    cursor: String,
    /// Page number, from 1; not together with `cursor`. `page` × `limit` is limited to 10,000 (a
    /// setting): beyond that, follow the cursors, which cost the same at any depth.
    #[param(required = false, minimum = 1, maximum = 10000)]
    page: u32,
    /// Whether to count all items of the list, which is slower than reading a page.
    #[param(required = false, default = false)]
    total: bool,
}

/// Position of a page within its list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page {
    /// Maximum number of items on the page.
    #[schema(minimum = 1, maximum = 100, example = 15)]
    pub limit: u32,
    /// Cursor of the next page; null on the last.
    pub next: Option<String>,
    /// Cursor of the previous page; null on the first.
    pub prev: Option<String>,
    /// Total number of items in the list, if requested by `total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, minimum = 0)]
    pub total: Option<i64>,
}

/// A list's order by `S` that is applied as these columns.
pub trait Columns: Named {
    /// The SQL of the value, never NULL.
    fn column(self) -> &'static str;
}

/// The part of a list that was requested.
pub struct Window<S> {
    /// Whether to count the whole list.
    pub total: bool,
    limit: u32,
    sort: Vec<SortKey<S>>,
    id_column: &'static str,
    start: Start,
    identity: Vec<u8>,
}

enum Start {
    Beginning,
    Cursor(Cursor),
    Page(u32),
}

impl<S: Columns> Window<S> {
    /// Reads the page and the order that were asked for. `audience` keeps the cursors of the
    /// public and of editors apart.
    ///
    /// # Errors
    /// A cursor of another list; other errors are noted in `params`.
    pub fn read(
        params: &mut Params,
        app: &App,
        audience: &'static str,
        default: SortKey<S>,
        id_column: &'static str,
    ) -> Result<Self> {
        let limit = params.parsed("limit", |text| match text.parse() {
            Ok(limit @ 1..=MAX_LIMIT) => Ok(limit),
            _ => Err(Refusal::new(
                "out_of_range",
                format!("must be a whole number between 1 and {MAX_LIMIT}."),
            )),
        });
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        let max_depth = app.settings.paging.max_depth;
        let page = params.parsed("page", |text| match text.parse::<u32>() {
            Ok(page) if page >= 1 && page.saturating_mul(limit) <= max_depth => Ok(page),
            Ok(page) if page >= 1 => Err(Refusal::new(
                "too_deep",
                format!("exceeds the maximum of {max_depth} items; follow page.next instead."),
            )),
            _ => Err(Refusal::new(
                "out_of_range",
                "must be a whole number, at least 1.",
            )),
        });
        let total = params.boolean("total").unwrap_or(false);
        let sort = params
            .query("sort", parse_sort::<S>)
            .unwrap_or_else(|| vec![default]);
        let identity = params.identity(audience);
        let start = match (params.one("cursor"), page) {
            (Some(_), Some(_)) => {
                params.refuse(
                    "page",
                    "not_together",
                    "must not be given together with cursor.",
                );
                Start::Beginning
            }
            (Some(text), None) => {
                let cursor = Cursor::decode(&text, &app.cursor_secret, &identity)
                    .ok()
                    .filter(|cursor| cursor.keys.len() == sort.len());
                match cursor {
                    Some(cursor) => Start::Cursor(cursor),
                    None => {
                        let detail = "is not a cursor of this list: it was altered, or belongs to other \
                            filters or another sort order.";
                        let error = FieldError::parameter("cursor", "invalid_cursor", detail);
                        return Err(Error::fields(Code::InvalidCursor, vec![error]));
                    }
                }
            }
            (None, Some(page)) => Start::Page(page),
            (None, None) => Start::Beginning,
        };
        Ok(Self {
            total,
            limit,
            sort,
            id_column,
            start,
            identity,
        })
    }

    /// The terms of the order, the id last to make it total; turned round when the page is
    /// walked towards the beginning.
    fn terms(&self) -> Vec<Term> {
        let last = self
            .sort
            .first()
            .map_or(Direction::Ascending, |key| key.direction);
        let mut terms: Vec<Term> = self
            .sort
            .iter()
            .map(|key| (key.by.column(), key.direction))
            .collect();
        terms.push((self.id_column, last));
        if self.backward() {
            for (_, direction) in &mut terms {
                *direction = match direction {
                    Direction::Ascending => Direction::Descending,
                    Direction::Descending => Direction::Ascending,
                };
            }
        }
        terms
    }

    fn backward(&self) -> bool {
        matches!(&self.start, Start::Cursor(cursor) if cursor.way == Way::Backward)
    }

    /// The sort keys of the list.
    #[must_use]
    pub fn sort(&self) -> &[SortKey<S>] {
        &self.sort
    }

    /// The order of the query.
    #[must_use]
    pub fn order<T>(&self) -> Sql<T> {
        keyset::order(&self.terms())
    }

    /// The condition that puts the query where the page begins.
    #[must_use]
    pub fn condition<T>(&self) -> Option<Sql<T>> {
        self.keys().map(|keys| keyset::after(&self.terms(), &keys))
    }

    /// The same condition and order on other columns that hold the same values, in the order of
    /// the terms with the id last.
    #[must_use]
    pub fn on_columns<T>(&self, columns: &[&'static str]) -> (Option<Sql<T>>, Sql<T>) {
        let directions = self.terms().into_iter().map(|(_, direction)| direction);
        let terms: Vec<Term> = columns.iter().copied().zip(directions).collect();
        let condition = self.keys().map(|keys| keyset::after(&terms, &keys));
        (condition, keyset::order(&terms))
    }

    fn keys(&self) -> Option<Vec<CursorKey>> {
        match &self.start {
            Start::Cursor(cursor) => {
                let mut keys = cursor.keys.clone();
                keys.push(CursorKey::Text(cursor.id.clone()));
                Some(keys)
            }
            Start::Beginning | Start::Page(_) => None,
        }
    }

    /// The `LIMIT` of the query: one more than the page size, to see whether another page follows.
    #[must_use]
    pub fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The `OFFSET` of the query.
    #[must_use]
    pub fn offset(&self) -> i64 {
        match self.start {
            Start::Page(page) => i64::from(page - 1) * i64::from(self.limit),
            Start::Beginning | Start::Cursor(_) => 0,
        }
    }

    /// Makes the page of the rows that were found: drops the extra row, reverses them where the page is
    /// walked backwards, and seals the cursors. `key` gives a row's value of a term, `id` its id.
    #[must_use]
    pub fn page<R>(
        &self,
        app: &App,
        rows: &mut Vec<R>,
        key: impl Fn(&R, S) -> CursorKey,
        id: impl Fn(&R) -> &str,
    ) -> Page {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let backward = self.backward();
        if backward {
            rows.reverse();
        }
        let seal = |row: Option<&R>, way: Way| {
            row.map(|row| {
                let keys = self.sort.iter().map(|term| key(row, term.by)).collect();
                Cursor {
                    way,
                    keys,
                    id: id(row).to_owned(),
                }
                .encode(&app.cursor_secret, &self.identity)
            })
        };
        let (has_next, has_prev) = match &self.start {
            Start::Cursor(_) if backward => (true, more),
            Start::Cursor(_) => (more, true),
            Start::Page(page) => (more, *page > 1),
            Start::Beginning => (more, false),
        };
        Page {
            limit: self.limit,
            next: has_next.then(|| seal(rows.last(), Way::Forward)).flatten(),
            prev: has_prev
                .then(|| seal(rows.first(), Way::Backward))
                .flatten(),
            total: None,
        }
    }

    /// The `Link` header of a page (RFC 8288): `first`, `prev`, `next`, and with a known total
    /// of numbered pages `last`.
    #[must_use]
    pub fn link(&self, params: &Params, page: &Page) -> String {
        let address = |changes: &[(&str, Option<&str>)], rel: &str| {
            format!("<{}>; rel=\"{rel}\"", params.address_with(changes))
        };
        let mut links = vec![address(&[("cursor", None), ("page", None)], "first")];
        if let Start::Page(number) = self.start {
            let to = |number: u32, rel: &str| address(&[("page", Some(&number.to_string()))], rel);
            if page.prev.is_some() || number > 1 {
                links.push(to(number - 1, "prev"));
            }
            if page.next.is_some() {
                links.push(to(number + 1, "next"));
            }
            if let Some(total) = page.total.and_then(|total| u32::try_from(total).ok()) {
                links.push(to(total.div_ceil(self.limit).max(1), "last"));
            }
        } else {
            if let Some(prev) = &page.prev {
                links.push(address(&[("cursor", Some(prev))], "prev"));
            }
            if let Some(next) = &page.next {
                links.push(address(&[("cursor", Some(next))], "next"));
            }
        }
        links.join(", ")
    }
}
