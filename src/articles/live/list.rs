//! Pages of published articles.

use super::conditions::ListConditions;
use super::filter::{ArticleField, ArticleSort, leaf};
use super::find::{LiveArticleRow, next_change};
use super::{includes, query_plan};
use crate::app::App;
use crate::articles::list_params::{ArticleFilters, ListOf};
use crate::articles::selection::Selection;
use crate::articles::{INFO as ARTICLES, OF_AUTHOR, OF_TAG};
use crate::authors::Authors;
use crate::authors::INFO as AUTHORS;
use crate::db::invalidation::Dependencies;
use crate::db::sql::condition::{like_pattern, lower};
use crate::db::{LiveConn, ReadClass, Sql, Time};
use crate::error::Result;
use crate::http::object::Object;
use crate::http::page::{Page, Window};
use crate::query::cursor::CursorKey;
use crate::query::filter::Filter;
use crate::resources::live::ids_of;
use crate::tags::INFO as TAGS;
use crate::tags::Tags;

/// A query for a page of published articles.
pub struct ListQuery {
    /// The filters of single fields.
    pub filters: ArticleFilters,
    /// The expression of `filter`.
    pub expression: Option<Filter<ArticleField>>,
    /// The page and the order.
    pub window: Window<ArticleSort>,
    /// The parts and members of each article.
    pub selection: Selection,
}

/// A page of published articles.
pub struct ListPage {
    /// The articles, with the parts that were selected.
    pub articles: Vec<Object>,
    /// The position of the page in the list.
    pub page: Page,
    /// The query, for links to other pages.
    pub query: ListQuery,
    /// The next time the list may change by itself.
    pub until: Option<Time>,
    /// The keys of all that the page depends on.
    pub dependencies: Dependencies,
}

/// The conditions of a query, its references looked up, and the keys that they depend on.
struct Resolved {
    conditions: ListConditions,
    dependencies: Dependencies,
}

impl ListQuery {
    /// The cost of the query: a page by date is bounded by an index; a search, an expression, a
    /// count or another order may read many rows.
    #[must_use]
    pub fn class(&self) -> ReadClass {
        let is_bounded = self.filters.words.is_empty()
            && self.expression.is_none()
            && !self.window.total
            && self.sort() == Some(ArticleSort::PublishedAt);
        match is_bounded {
            true => ReadClass::Bounded,
            false => ReadClass::Heavy,
        }
    }

    /// The language of the page, where one was asked for.
    #[must_use]
    pub fn language(&self) -> Option<String> {
        match self.filters.locales.as_deref() {
            Some([one]) => Some(one.clone()),
            _ => None,
        }
    }

    /// The order, unless it has several terms.
    fn sort(&self) -> Option<ArticleSort> {
        match self.window.sort() {
            [one] => Some(one.by),
            _ => None,
        }
    }

    /// Loads the page.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn load(
        self,
        conn: &mut LiveConn,
        of: ListOf<String>,
        app: &App,
        now: Time,
    ) -> Result<ListPage> {
        let Resolved {
            conditions,
            mut dependencies,
        } = self.resolve(conn, of, app.dependencies()).await?;
        let plan = query_plan::choose(conn, &conditions, self.sort(), now).await?;
        let mut rows = query_plan::page(conn, &plan, &conditions, &self.window, now).await?;
        let mut page = self.window.page(app, &mut rows, key, |row| &row.id);
        if self.window.total {
            page.total = Some(query_plan::count(conn, &plan, &conditions, now).await?);
        }
        let until = next_change(app, conn, now).await?;
        let (selection, keys) = (&self.selection, &mut dependencies);
        let articles = includes::complete(conn, rows, selection, now, keys).await?;
        Ok(ListPage {
            articles,
            page,
            query: self,
            until,
            dependencies,
        })
    }

    /// Looks up the tags and authors that the query names, some of which may not exist, and makes
    /// its conditions and dependencies: the lists that its first condition selects from, and all
    /// that its references lead to.
    async fn resolve(
        &self,
        conn: &mut LiveConn,
        of: ListOf<String>,
        mut dependencies: Dependencies,
    ) -> Result<Resolved> {
        let filters = &self.filters;
        let (mut tags, mut authors) = match of {
            ListOf::All => (Vec::new(), Vec::new()),
            ListOf::Author(id) => (Vec::new(), vec![vec![id]]),
            ListOf::Tag(id) => (vec![vec![id]], Vec::new()),
        };
        // An expression looks up its references by itself, whatever they lead to then.
        let (mut any_tag, mut any_author) = (self.expression.is_some(), self.expression.is_some());
        if let Some(references) = &filters.tags {
            let ids = ids_of::<Tags>(conn, references).await?;
            any_tag |= ids.len() < references.len();
            tags.push(ids);
        }
        if let Some(references) = &filters.authors {
            let ids = ids_of::<Authors>(conn, references).await?;
            any_author |= ids.len() < references.len();
            authors.push(ids);
        }

        for id in tags.iter().flatten() {
            dependencies.on(TAGS.one(id));
        }
        for id in authors.iter().flatten() {
            dependencies.on(AUTHORS.one(id));
        }
        match (tags.first(), authors.first()) {
            (Some(tags), _) => tags.iter().for_each(|id| dependencies.on(OF_TAG.of(id))),
            (None, Some(authors)) => authors
                .iter()
                .for_each(|id| dependencies.on(OF_AUTHOR.of(id))),
            (None, None) => dependencies.on(ARTICLES.every()),
        }
        // A translation in a nearer locale hides others, even if it meets no other condition.
        if filters.locales.as_ref().is_some_and(|all| all.len() > 1) {
            dependencies.on(ARTICLES.every());
        }
        if any_tag {
            dependencies.on(TAGS.every());
        }
        if any_author {
            dependencies.on(AUTHORS.every());
        }

        let with_word = |word: &String| {
            Sql::new("live_articles.search_text LIKE ")
                .text(like_pattern(word))
                .sql(" ESCAPE '\\'")
        };
        let words = filters.words.iter().map(with_word);
        let expression = self.expression.as_ref().map(|filter| lower(filter, &leaf));
        let conditions = ListConditions {
            tags,
            authors,
            sections: filters.sections.clone(),
            locales: filters.locales.clone(),
            featured: filters.featured,
            after: filters.after,
            before: filters.before,
            updated_after: filters.updated_after,
            updated_before: filters.updated_before,
            scanned: words.chain(expression).collect(),
        };
        Ok(Resolved {
            conditions,
            dependencies,
        })
    }
}

/// The value of a row by which a cursor continues.
fn key(row: &LiveArticleRow, sort: ArticleSort) -> CursorKey {
    match sort {
        ArticleSort::PublishedAt => CursorKey::Integer(row.published_at.0),
        ArticleSort::FirstPublishedAt => CursorKey::Integer(row.first_published_at.0),
        ArticleSort::UpdatedAt => CursorKey::Integer(row.updated_at.0),
        ArticleSort::Title => CursorKey::Text(row.title.clone()),
        ArticleSort::WordCount => CursorKey::Integer(i64::from(row.word_count)),
    }
}
