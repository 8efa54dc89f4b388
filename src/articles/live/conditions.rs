//! What a list of published articles is narrowed by, as conditions.

use super::planner_hints::{NO_FLATTEN, between, unindexed};
use crate::articles::filter::ArticleSort;
use crate::articles::visibility::{visible, visible_at};
use crate::db::schema::live::live_articles;
use crate::db::{Sql, Time};

/// What a list of published articles is narrowed by. Articles meet all of it; of a list of values
/// they meet any.
#[derive(Debug, Clone, Default)]
pub(in crate::articles) struct ListConditions {
    /// The ids of tags; of each list the article has any.
    pub tags: Vec<Vec<String>>,
    /// The ids of authors, likewise.
    pub authors: Vec<Vec<String>>,
    /// Sections.
    pub sections: Option<Vec<String>>,
    /// Locales; several are a chain.
    pub locales: Option<Vec<String>>,
    pub featured: Option<bool>,
    pub after: Option<Time>,
    pub before: Option<Time>,
    pub updated_after: Option<Time>,
    pub updated_before: Option<Time>,
    /// What no index leads to: words and expressions.
    pub rest: Vec<Sql<live_articles::table>>,
}

/// Which index a query on `live_articles` is to be led by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::articles) enum Lead {
    /// One that begins with a section, a locale or both and goes on by date, the one of featured
    /// articles, or that of all by date.
    Date,
    /// That of this order alone.
    Order(ArticleSort),
    /// None of these: the copies are known, or found otherwise.
    Copy,
}

/// What links lists: by tags, by authors, or by the section, which is a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::articles) enum Kind {
    Tag,
    Author,
    Section,
}

/// The columns that link tables and `live_articles` share, by the name of their rows in a query.
#[derive(Debug, Clone, Copy)]
pub(in crate::articles) struct Names {
    pub copy: &'static str,
    pub published_at: &'static str,
    pub section: &'static str,
    pub locale: &'static str,
    pub visible_from: &'static str,
    pub visible_until: &'static str,
}

/// The [`Names`] of rows.
macro_rules! names {
    ($rows:literal) => {
        $crate::articles::live::conditions::Names {
            copy: concat!($rows, ".copy"),
            published_at: concat!($rows, ".published_at"),
            section: concat!($rows, ".section"),
            locale: concat!($rows, ".locale"),
            visible_from: concat!($rows, ".visible_from"),
            visible_until: concat!($rows, ".visible_until"),
        }
    };
}
pub(in crate::articles) use names;

type OnArticles = Sql<live_articles::table>;

impl ListConditions {
    /// Whether nothing meets it, whatever there is.
    pub fn is_nothing(&self) -> bool {
        let lists = [&self.sections, &self.locales].into_iter().flatten();
        let mut lists = lists.chain(&self.tags).chain(&self.authors);
        lists.any(Vec::is_empty)
    }

    /// Whether it says from when to when articles were written.
    pub fn is_updated(&self) -> bool {
        self.updated_after.is_some() || self.updated_before.is_some()
    }

    /// The conditions on `live_articles`. Those that are not to lead are written so that no index
    /// serves them: a planner that takes the wrong one sorts what it should walk. `begun` says that
    /// there is another condition on where the order begins.
    pub fn on_articles(&self, lead: Lead, now: Time, begun: bool) -> OnArticles {
        let mut all = vec![match lead {
            // The first says nothing that the others do not, and leads by the date.
            Lead::Date | Lead::Order(ArticleSort::PublishedAt) if !begun => visible(now),
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
        all.extend(self.tags.iter().map(|ids| linked(Kind::Tag, ids)));
        all.extend(self.authors.iter().map(|ids| linked(Kind::Author, ids)));
        all.extend(self.rest.iter().cloned());
        Sql::all(all)
    }

    /// The conditions on links of this kind, the first list of which is taken care of. `names` are
    /// those of the links' rows; `begun` is as for articles.
    pub fn on_links<T>(&self, kind: Kind, names: Names, now: Time, begun: bool) -> Sql<T> {
        let date = (!begun).then(|| Sql::new(names.published_at).sql(" <= ").integer(now.0));
        let mut all: Vec<Sql<T>> = date.into_iter().collect();
        all.extend([
            Sql::new(names.visible_from).sql(" <= ").integer(now.0),
            Sql::new(names.visible_until)
                .sql(" IS NULL OR ")
                .sql(names.visible_until)
                .sql(" > ")
                .integer(now.0),
        ]);
        all.extend(between(names.published_at, self.after, self.before));
        if let Some(sections) = self.sections.clone()
            && kind != Kind::Section
        {
            all.push(Sql::new(names.section).is_in(sections));
        }
        match self.locales.as_deref() {
            Some([one]) => all.push(Sql::new(names.locale).sql(" = ").text(one.clone())),
            Some(several) => all.push(unindexed(names.locale, several)),
            None => {}
        }
        if let Some(others) = self.beyond(kind, now) {
            let article =
                Sql::new("EXISTS (SELECT 1 FROM live_articles WHERE live_articles.copy = ")
                    .sql(names.copy)
                    .sql(" AND ");
            all.push(article.then(others).sql(NO_FLATTEN));
        }
        Sql::all(all)
    }

    /// The conditions that links of this kind cannot answer.
    fn beyond(&self, kind: Kind, now: Time) -> Option<OnArticles> {
        let mut all: Vec<OnArticles> = Vec::new();
        if self.locales.as_ref().is_some_and(|chain| chain.len() > 1) {
            all.extend(self.locale(Lead::Copy, now));
        }
        all.extend(
            self.featured
                .map(|is| Sql::new("live_articles.featured = ").boolean(is)),
        );
        all.extend(self.updated(false));
        let taken = |of: Kind| usize::from(of == kind);
        let tags = self.tags.iter().skip(taken(Kind::Tag));
        all.extend(tags.map(|ids| linked(Kind::Tag, ids)));
        let authors = self.authors.iter().skip(taken(Kind::Author));
        all.extend(authors.map(|ids| linked(Kind::Author, ids)));
        all.extend(self.rest.iter().cloned());
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

/// Articles in one of these locales: of those that are translations of each other the one in the
/// first locale that there is.
fn in_chain(locales: &[String], now: Time) -> Sql<live_articles::table> {
    let in_it = |locale: &String| unindexed("live_articles.locale", std::slice::from_ref(locale));
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
        in_it(locale).and(nearer)
    }))
}

/// Articles with a link to any of these ids.
fn linked(kind: Kind, ids: &[String]) -> OnArticles {
    let links = match kind {
        Kind::Author => {
            "EXISTS (SELECT 1 FROM live_article_authors AS linked \
             WHERE linked.copy = live_articles.copy AND linked.author_id"
        }
        Kind::Tag | Kind::Section => {
            "EXISTS (SELECT 1 FROM live_article_tags AS linked \
             WHERE linked.copy = live_articles.copy AND linked.tag_id"
        }
    };
    Sql::new(links).is_in(ids.to_vec()).sql(NO_FLATTEN)
}
