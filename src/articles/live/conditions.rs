//! The conditions of a list of published articles, as SQL.

use super::filter::ArticleSort;
use super::planner_hints::{NO_FLATTEN, between, unindexed};
use crate::articles::visibility::{visible, visible_at};
use crate::db::schema::live::live_articles;
use crate::db::{Sql, Time};

/// The conditions of a list of published articles. An article meets all of them; of a list of
/// values it has any.
#[derive(Debug, Clone, Default)]
pub(super) struct ListConditions {
    /// The ids of tags: of each list the article has one at least.
    pub tags: Vec<Vec<String>>,
    /// The ids of authors: of each list the article credits one at least.
    pub authors: Vec<Vec<String>>,
    /// Sections.
    pub sections: Option<Vec<String>>,
    /// Locales; several are a chain of fallbacks.
    pub locales: Option<Vec<String>>,
    pub featured: Option<bool>,
    pub after: Option<Time>,
    pub before: Option<Time>,
    pub updated_after: Option<Time>,
    pub updated_before: Option<Time>,
    /// Conditions that no index serves: words and expressions.
    pub scanned: Vec<Sql<live_articles::table>>,
}

/// The index that a query on `live_articles` is meant to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// An index by date, which may begin with a section, a locale or both, or hold featured
    /// articles only.
    Date,
    /// The index of this order.
    Order(ArticleSort),
    /// The primary key: the copies are known already.
    Copy,
}

/// The rows that a list walks by date: links to tags, links to authors, or the articles of a
/// section, which need no link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkKind {
    Tag,
    Author,
    Section,
}

/// The columns that link tables and `live_articles` share, qualified for a query.
#[derive(Debug, Clone, Copy)]
pub(super) struct LinkColumns {
    pub copy: &'static str,
    pub published_at: &'static str,
    pub section: &'static str,
    pub locale: &'static str,
    pub visible_from: &'static str,
    pub visible_until: &'static str,
}

/// The [`LinkColumns`] of rows under this name.
macro_rules! names {
    ($rows:literal) => {
        $crate::articles::live::conditions::LinkColumns {
            copy: concat!($rows, ".copy"),
            published_at: concat!($rows, ".published_at"),
            section: concat!($rows, ".section"),
            locale: concat!($rows, ".locale"),
            visible_from: concat!($rows, ".visible_from"),
            visible_until: concat!($rows, ".visible_until"),
        }
    };
}
pub(super) use names;

type OnArticles = Sql<live_articles::table>;

impl ListConditions {
    /// Whether no article can meet them: a list of values is empty.
    pub fn is_nothing(&self) -> bool {
        let lists = [&self.sections, &self.locales].into_iter().flatten();
        let mut lists = lists.chain(&self.tags).chain(&self.authors);
        lists.any(Vec::is_empty)
    }

    /// Whether they bound the date of the last change.
    pub fn is_updated(&self) -> bool {
        self.updated_after.is_some() || self.updated_before.is_some()
    }

    /// The conditions on `live_articles`. All but the leading one are written so that no index
    /// applies; otherwise a planner may choose a wrong index and sort. `has_start` tells that the
    /// query has another condition on the start of the page.
    pub fn on_articles(&self, lead: Lead, now: Time, has_start: bool) -> OnArticles {
        let mut all = vec![match lead {
            // Its redundant bound lets the planner use the index on the date.
            Lead::Date | Lead::Order(ArticleSort::PublishedAt) if !has_start => visible(now),
            _ => visible_at!("live_articles", now),
        }];
        all.extend(self.section(lead));
        all.extend(self.locale(lead, now));
        all.extend(self.featured.map(|is| {
            if is && lead == Lead::Date {
                Sql::new("live_articles.featured")
            } else {
                Sql::new("COALESCE(live_articles.featured, FALSE) = ").boolean(is)
            }
        }));
        let by_date = matches!(lead, Lead::Date | Lead::Order(ArticleSort::PublishedAt));
        let date = if by_date {
            "live_articles.published_at"
        } else {
            "COALESCE(live_articles.published_at, 0)"
        };
        all.extend(between(date, self.after, self.before));
        all.extend(self.updated(lead == Lead::Order(ArticleSort::UpdatedAt)));
        all.extend(self.tags.iter().map(|ids| linked(LinkKind::Tag, ids)));
        all.extend(self.authors.iter().map(|ids| linked(LinkKind::Author, ids)));
        all.extend(self.scanned.iter().cloned());
        Sql::all(all)
    }

    /// The conditions on links of this kind but for the first list of ids, which selects the links.
    /// `columns` are those of the links; `has_start` is as for articles.
    pub fn on_links<T>(
        &self,
        kind: LinkKind,
        columns: LinkColumns,
        now: Time,
        has_start: bool,
    ) -> Sql<T> {
        let date = (!has_start).then(|| Sql::new(columns.published_at).sql(" <= ").integer(now.0));
        let mut all: Vec<Sql<T>> = date.into_iter().collect();
        all.extend([
            Sql::new(columns.visible_from).sql(" <= ").integer(now.0),
            Sql::new(columns.visible_until)
                .sql(" IS NULL OR ")
                .sql(columns.visible_until)
                .sql(" > ")
                .integer(now.0),
        ]);
        all.extend(between(columns.published_at, self.after, self.before));
        if let Some(sections) = self.sections.clone()
            && kind != LinkKind::Section
        {
            all.push(Sql::new(columns.section).is_in(sections));
        }
        match self.locales.as_deref() {
            Some([one]) => all.push(Sql::new(columns.locale).sql(" = ").text(one.clone())),
            Some(several) => all.push(unindexed(columns.locale, several)),
            None => {}
        }
        if let Some(others) = self.beyond_links(kind, now) {
            let article =
                Sql::new("EXISTS (SELECT 1 FROM live_articles WHERE live_articles.copy = ")
                    .sql(columns.copy)
                    .sql(" AND ");
            all.push(article.then(others).sql(NO_FLATTEN));
        }
        Sql::all(all)
    }

    /// The conditions that links of this kind cannot answer.
    fn beyond_links(&self, kind: LinkKind, now: Time) -> Option<OnArticles> {
        let mut all: Vec<OnArticles> = Vec::new();
        if self.locales.as_ref().is_some_and(|chain| chain.len() > 1) {
            all.extend(self.locale(Lead::Copy, now));
        }
        all.extend(
            self.featured
                .map(|is| Sql::new("live_articles.featured = ").boolean(is)),
        );
        all.extend(self.updated(false));
        let first = |of: LinkKind| usize::from(of == kind);
        let tags = self.tags.iter().skip(first(LinkKind::Tag));
        all.extend(tags.map(|ids| linked(LinkKind::Tag, ids)));
        let authors = self.authors.iter().skip(first(LinkKind::Author));
        all.extend(authors.map(|ids| linked(LinkKind::Author, ids)));
        all.extend(self.scanned.iter().cloned());
        (!all.is_empty()).then(|| Sql::all(all))
    }

    fn section(&self, lead: Lead) -> Option<OnArticles> {
        let sections = self.sections.as_ref()?;
        Some(match sections.as_slice() {
            [one] if lead == Lead::Date => Sql::new("live_articles.section = ").text(one.clone()),
            several => unindexed("live_articles.section", several),
        })
    }

    fn locale(&self, lead: Lead, now: Time) -> Option<OnArticles> {
        let locales = self.locales.as_ref()?;
        Some(match locales.as_slice() {
            [one] if lead == Lead::Date => Sql::new("live_articles.locale = ").text(one.clone()),
            [one] => unindexed("live_articles.locale", std::slice::from_ref(one)),
            chain => in_chain(chain, now),
        })
    }

    fn updated(&self, leads: bool) -> Vec<OnArticles> {
        let column = if leads {
            "live_articles.updated_at"
        } else {
            "COALESCE(live_articles.updated_at, 0)"
        };
        between(column, self.updated_after, self.updated_before)
    }
}

/// Articles in one of these locales; of translations of each other only the one in the first
/// locale that has one.
fn in_chain(locales: &[String], now: Time) -> Sql<live_articles::table> {
    let in_locale =
        |locale: &String| unindexed("live_articles.locale", std::slice::from_ref(locale));
    let before = |index: usize| locales.iter().take(index).cloned().collect::<Vec<_>>();
    Sql::any(locales.iter().enumerate().map(|(index, locale)| {
        let nearer = Sql::new("NOT EXISTS (SELECT 1 FROM live_articles AS other WHERE ")
            .sql("other.translation_group = live_articles.translation_group AND ")
            .then::<()>(visible_at!("other", now))
            .sql(" AND (other.locale")
            .is_in(before(index))
            .sql(" OR (other.id < live_articles.id AND other.locale = ")
            .text(locale.clone())
            .sql("))")
            .sql(NO_FLATTEN);
        in_locale(locale).and(nearer)
    }))
}

/// Articles with a link to any of these ids.
fn linked(kind: LinkKind, ids: &[String]) -> OnArticles {
    let links = match kind {
        LinkKind::Author => {
            "EXISTS (SELECT 1 FROM live_article_authors AS linked \
             WHERE linked.copy = live_articles.copy AND linked.author_id"
        }
        LinkKind::Tag | LinkKind::Section => {
            "EXISTS (SELECT 1 FROM live_article_tags AS linked \
             WHERE linked.copy = live_articles.copy AND linked.tag_id"
        }
    };
    Sql::new(links).is_in(ids.to_vec()).sql(NO_FLATTEN)
}
