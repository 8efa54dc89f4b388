//! Pages of drafts, for editors.

mod filter;

use diesel::QueryDsl as _;
use serde_json::{Map, Value};

pub use self::filter::{EditorialArticleField, EditorialArticleSort};
use self::filter::{credited, leaf, tagged};
use super::includes::complete;
use super::read as drafts;
use super::read::Working;
use crate::app::App;
use crate::articles::draft_access::{Scope, readable};
use crate::articles::list_params::{ArticleFilters, ArticlesOf};
use crate::articles::row::{ArticleRow, status_at, working_copies};
use crate::articles::selection::Selection;
use crate::articles::states::Status;
use crate::auth::Caller;
use crate::auth::permission::ReadDrafts;
use crate::db::schema::editorial::articles;
use crate::db::sql::condition::{like_pattern, lower};
use crate::db::{Conn, ReadClass, Sql, Time, columns};
use crate::error::Result;
use crate::http::object::Object;
use crate::http::page::{Page, Window};
use crate::http::params::Params;
use crate::query::cursor::CursorKey;
use crate::query::filter::parse;
use crate::query::sort::{Direction, SortKey};
use crate::values::{Reference, Refusal};

/// A query for a page of drafts.
pub(in crate::articles) struct DraftListQuery {
    /// The condition under which the caller may read a draft; `None` where they may read all.
    readable: Option<Sql<articles::table>>,
    /// The conditions of all parameters but `status`.
    conditions: Vec<Sql<articles::table>>,
    states: Option<Vec<Status>>,
    /// Whether to count the articles in each state.
    counts: bool,
    now: Time,
    pub window: Window<EditorialArticleSort>,
    pub selection: Selection,
}

/// A page of drafts.
pub(in crate::articles) struct DraftListPage {
    /// The drafts, with the parts that were selected.
    pub drafts: Vec<Object>,
    /// The position of the page in the list.
    pub page: Page,
    /// The number of articles in each state, if it was asked for.
    pub counts: Option<Map<String, Value>>,
    /// The query, for links to other pages.
    pub query: DraftListQuery,
}

impl DraftListQuery {
    /// Reads the parameters.
    ///
    /// # Errors
    /// 400 for parameters that are not valid.
    pub fn read(params: &mut Params, caller: &Caller<ReadDrafts>) -> Result<Self> {
        let app = caller.app();
        let now = app.clock.now();
        let filters = ArticleFilters::read(params);
        let states = params.parsed_list("status", |text| {
            Status::named(text).ok_or_else(|| {
                Refusal::new(
                    "not_allowed",
                    format!("must be one of {}.", Status::NAMES.join(", ")),
                )
            })
        });
        let me = caller.principal().id.as_str();
        let assignees = params.parsed_list("assignee", |text| assignee(text, me));
        let counts = params.boolean("counts").unwrap_or_default();
        let expression = params.query("filter", parse::<EditorialArticleField>);
        let selection = Selection::read(params, true, &[], false);
        let default = SortKey {
            by: EditorialArticleSort::UpdatedAt,
            direction: Direction::Descending,
        };
        let window = Window::read(params, app, "editorial", default, "articles.id")?;
        params.finish()?;

        let mut conditions: Vec<_> = assignees.map(assigned).into_iter().collect();
        conditions.extend(filtered(filters));
        conditions.extend(expression.map(|filter| lower(&filter, &|one: &_| leaf(one, now))));
        Ok(Self {
            readable: readable(caller.principal()),
            conditions,
            states,
            counts,
            now,
            window,
            selection,
        })
    }

    /// The cost of the query: the latest changes of all drafts are bounded by an index, everything
    /// else may read many rows.
    #[must_use]
    pub fn class<T>(&self, of: &ArticlesOf<T>) -> ReadClass {
        match matches!(of, ArticlesOf::All) && self.is_latest_changes() {
            true => ReadClass::Bounded,
            false => ReadClass::Heavy,
        }
    }

    /// Whether the list is that of the latest changes, without conditions and counts.
    fn is_latest_changes(&self) -> bool {
        self.readable.is_none()
            && self.conditions.is_empty()
            && self.states.is_none()
            && !self.counts
            && !self.window.total
            && matches!(self.window.sort(), [one] if one.by == EditorialArticleSort::UpdatedAt)
    }

    /// Loads the page.
    ///
    /// # Errors
    /// Errors of the database.
    pub async fn load(
        self,
        conn: &mut Conn,
        of: ArticlesOf<String>,
        scope: &Scope,
        app: &App,
    ) -> Result<DraftListPage> {
        // With conditions, links would be read of all rows that are sorted.
        let with_links = self.class(&of) == ReadClass::Bounded && self.selection.has_links();
        let mut all = vec![Sql::new("articles.deleted_at IS NULL")];
        all.extend(self.readable.clone());
        all.extend(match of {
            ArticlesOf::All => None,
            ArticlesOf::Author(id) => Some(credited(vec![id])),
            ArticlesOf::Tag(id) => Some(tagged(vec![id])),
        });
        all.extend(self.conditions.iter().cloned());
        let in_any_state = Sql::all(all);
        let in_these = self.states.as_ref().map(|states| {
            let names = states.iter().map(|state| state.name().to_owned()).collect();
            status_at(self.now).is_in(names)
        });
        let condition = Sql::all(std::iter::once(in_any_state.clone()).chain(in_these));

        let mut rows = self.rows(conn, condition.clone(), with_links).await?;
        let mut page = self.window.page(app, &mut rows, key, |copy| &copy.row.id);
        if self.window.total {
            let all = articles::table.filter(condition).count();
            page.total = Some(conn.one(all).await?);
        }
        let counts = match self.counts {
            true => Some(count_states(conn, &in_any_state, self.now).await?),
            false => None,
        };
        let copies = rows.into_iter().map(|copy| copy.at(self.now)).collect();
        let drafts = complete(conn, copies, &self.selection, scope, None).await?;
        Ok(DraftListPage {
            drafts,
            page,
            counts,
            query: self,
        })
    }

    /// The rows of the page, with their links if these are to be read in the same statement.
    async fn rows(
        &self,
        conn: &mut Conn,
        condition: Sql<articles::table>,
        with_links: bool,
    ) -> Result<Vec<Working>> {
        let window = &self.window;
        let conditions = [Some(condition), window.condition()];
        // Contents are looked up for the rows of the page, not for all that are sorted.
        let page =
            Sql::<articles::table>::new("articles.id IN (SELECT articles.id FROM articles WHERE ")
                .then(Sql::all(conditions.into_iter().flatten()))
                .sql(" ORDER BY ")
                .then(window.order::<articles::table>())
                .sql(" LIMIT ")
                .integer(window.rows())
                .sql(" OFFSET ")
                .integer(window.offset())
                .sql(")");
        let query = working_copies()
            .filter(page)
            .order(window.order::<articles::table>());
        let row = columns::<ArticleRow>();
        if with_links {
            let rows: Vec<(ArticleRow, drafts::LinkTexts)> =
                conn.load(query.select((row, drafts::links()))).await?;
            Ok(rows.into_iter().map(Working::from).collect())
        } else {
            let rows: Vec<ArticleRow> = conn.load(query.select(row)).await?;
            Ok(rows.into_iter().map(Working::from).collect())
        }
    }
}

/// The number of articles in each state.
async fn count_states(
    conn: &mut Conn,
    which: &Sql<articles::table>,
    now: Time,
) -> Result<Map<String, Value>> {
    let mut counted = Map::new();
    for state in Status::ALL {
        let in_it = status_at(now).sql(" = ").text(state.name());
        let query = articles::table.filter(which.clone().and(in_it)).count();
        let count: i64 = conn.one(query).await?;
        counted.insert(state.name().to_owned(), count.into());
    }
    Ok(counted)
}

/// The account that an item of `assignee` names; `None` stands for nobody.
fn assignee(text: &str, me: &str) -> std::result::Result<Option<String>, Refusal> {
    match text {
        "me" => Ok(Some(me.to_owned())),
        "none" => Ok(None),
        id => match Reference::parse(id) {
            Ok(id) if id.is_id() => Ok(Some(id.into_string())),
            _ => Err(Refusal::new(
                "not_allowed",
                "must be an id, “me” or “none”.",
            )),
        },
    }
}

/// The articles that are assigned to any of these accounts, or to nobody (`None`).
fn assigned(to: Vec<Option<String>>) -> Sql<articles::table> {
    let nobody = to
        .contains(&None)
        .then(|| Sql::new("articles.assignee IS NULL"));
    let somebody: Vec<String> = to.into_iter().flatten().collect();
    let named = (!somebody.is_empty())
        .then(|| Sql::new("articles.assignee IS NOT NULL AND articles.assignee").is_in(somebody));
    Sql::any([nobody, named].into_iter().flatten())
}

/// The conditions of the filters of single fields.
fn filtered(filters: ArticleFilters) -> Vec<Sql<articles::table>> {
    let texts = |references: Vec<Reference>| -> Vec<String> {
        references
            .iter()
            .map(|reference| reference.as_str().to_owned())
            .collect()
    };
    let mut all = Vec::new();
    all.extend(filters.tags.map(|tags| tagged(texts(tags))));
    all.extend(filters.authors.map(|authors| credited(texts(authors))));
    all.extend(
        filters
            .locales
            .map(|locales| Sql::new("articles.locale").is_in(locales)),
    );
    all.extend(filters.sections.map(|sections| {
        Sql::new("articles.section IS NOT NULL AND articles.section").is_in(sections)
    }));
    all.extend(
        filters
            .featured
            .map(|is| Sql::new("articles.featured = ").boolean(is)),
    );
    all.extend(
        filters
            .after
            .map(|at| Sql::new("articles.published_at >= ").integer(at.0)),
    );
    all.extend(
        filters
            .before
            .map(|at| Sql::new("articles.published_at < ").integer(at.0)),
    );
    all.extend(
        filters
            .updated_after
            .map(|at| Sql::new("articles.updated_at >= ").integer(at.0)),
    );
    all.extend(
        filters
            .updated_before
            .map(|at| Sql::new("articles.updated_at < ").integer(at.0)),
    );
    // A subquery for a value, which PostgreSQL does not turn into a join: a walk along an index ends where
    // the page does, however many articles have the word.
    let contains = |word: &String| {
        Sql::<articles::table>::new("(SELECT content.search_text FROM article_contents AS content ")
            .sql("WHERE content.article_id = articles.id) LIKE ")
            .text(like_pattern(word))
            .sql(" ESCAPE '\\'")
    };
    all.extend(filters.words.iter().map(contains));
    all
}

/// The value of a row by which a cursor continues.
fn key(copy: &Working, sort: EditorialArticleSort) -> CursorKey {
    let row = &copy.row;
    match sort {
        EditorialArticleSort::UpdatedAt => CursorKey::Integer(row.updated_at.0),
        EditorialArticleSort::CreatedAt => CursorKey::Integer(row.created_at.0),
        EditorialArticleSort::PublishedAt => {
            CursorKey::Integer(row.published_at.map_or(0, |at| at.0))
        }
        EditorialArticleSort::FirstPublishedAt => {
            CursorKey::Integer(row.first_published_at.map_or(0, |at| at.0))
        }
        EditorialArticleSort::Title => CursorKey::Text(row.title.clone()),
        EditorialArticleSort::WordCount => CursorKey::Integer(i64::from(row.word_count)),
    }
}
