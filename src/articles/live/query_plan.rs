//! By which way a page of published articles is found, so that it costs the same however many
//! articles there are.
//!
//! Most lists are walked by one index, in their order. Where several conditions meet, walking any
//! of them may pass by very many articles to find a few; so a condition that few articles meet is
//! looked for first, and if there is one, these few are all that is read. If there is none, each
//! condition is met so often that the walk ends soon.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::conditions::{Kind, Lead, ListConditions, names};
use super::find::LiveRow;
use super::planner_hints::{SIDE_BY_SIDE, between};
use crate::articles::filter::ArticleSort;
use crate::articles::visibility::visible;
use crate::db::schema::live::{live_article_authors, live_article_tags, live_articles};
use crate::db::{LiveConn, Sql, Time, columns};
use crate::error::Result;
use crate::http::page::Window;

/// How many articles are few enough to be read and sorted at each request.
const FEW: usize = 1_000;

/// A way to the articles of a list.
#[derive(Debug, Clone)]
pub(in crate::articles) enum Walk {
    /// In the order of an index of `live_articles`.
    Articles(Lead),
    /// The links to these, by date, side by side.
    Links(Kind, Vec<String>),
    /// These copies and no others.
    Few(Vec<String>),
}

/// Chooses the way to what is wanted, in the order of `sort`, or of several terms where it is
/// `None`.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn choose(
    conn: &mut LiveConn,
    wanted: &ListConditions,
    sort: Option<ArticleSort>,
    now: Time,
) -> Result<Walk> {
    if wanted.is_nothing() {
        return Ok(Walk::Few(Vec::new()));
    }
    if let Some(walk) = direct(wanted, sort) {
        return Ok(walk);
    }
    if wanted.rest.is_empty()
        && let Some(copies) = few(conn, wanted, sort, now).await?
    {
        return Ok(Walk::Few(copies));
    }
    Ok(long(wanted, sort))
}

/// The way where one index leads to all that is wanted, whatever there is.
fn direct(wanted: &ListConditions, sort: Option<ArticleSort>) -> Option<Walk> {
    let one_or_none = |values: &Option<Vec<String>>| values.as_ref().is_none_or(|of| of.len() == 1);
    let (tags, authors) = (wanted.tags.as_slice(), wanted.authors.as_slice());
    let narrowed = wanted.sections.is_some() || wanted.locales.is_some();
    let is_featured = wanted.featured == Some(true);
    match sort {
        Some(ArticleSort::PublishedAt) if !wanted.is_updated() => match (tags, authors) {
            ([], []) if one_or_none(&wanted.sections) && one_or_none(&wanted.locales) => {
                Some(Walk::Articles(Lead::Date))
            }
            _ if wanted.sections.is_some() || is_featured || !one_or_none(&wanted.locales) => None,
            ([ids], []) if ids.len() == 1 => Some(Walk::Links(Kind::Tag, ids.clone())),
            ([], [ids]) if ids.len() == 1 => Some(Walk::Links(Kind::Author, ids.clone())),
            _ => None,
        },
        Some(by) => {
            let dated = wanted.after.is_some() || wanted.before.is_some();
            let plain = tags.is_empty() && authors.is_empty() && !narrowed && !is_featured;
            let updated = wanted.is_updated() && by != ArticleSort::UpdatedAt;
            (plain && !dated && !updated).then_some(Walk::Articles(Lead::Order(by)))
        }
        None => None,
    }
}

/// The way where no condition is met by few.
fn long(wanted: &ListConditions, sort: Option<ArticleSort>) -> Walk {
    let by = sort.unwrap_or(ArticleSort::PublishedAt);
    if sort != Some(ArticleSort::PublishedAt) {
        return Walk::Articles(Lead::Order(by));
    }
    let lists = [
        (Kind::Tag, wanted.tags.first()),
        (Kind::Author, wanted.authors.first()),
        (Kind::Section, wanted.sections.as_ref()),
    ];
    for (kind, list) in lists {
        if let Some(ids) = list.filter(|ids| ids.len() <= SIDE_BY_SIDE) {
            return Walk::Links(kind, ids.clone());
        }
    }
    Walk::Articles(Lead::Order(by))
}

/// All copies that meet one of the conditions, where there is one that few meet. Each value is asked
/// for in the order of its index, or a planner might read a table until it has seen enough.
async fn few(
    conn: &mut LiveConn,
    wanted: &ListConditions,
    sort: Option<ArticleSort>,
    now: Time,
) -> Result<Option<Vec<String>>> {
    let most = i64::try_from(FEW).unwrap_or(i64::MAX) + 1;
    for ids in wanted.tags.iter().filter(|ids| ids.len() <= SIDE_BY_SIDE) {
        let mut copies: Vec<String> = Vec::new();
        for id in ids {
            let query = live_article_tags::table
                .filter(live_article_tags::tag_id.eq(id.clone()))
                .order((
                    live_article_tags::published_at.desc(),
                    live_article_tags::article_id.desc(),
                ))
                .limit(most)
                .select(live_article_tags::copy);
            copies.extend(conn.load(query).await?);
        }
        if copies.len() <= FEW {
            return Ok(Some(copies));
        }
    }
    let lists = wanted.authors.iter();
    for ids in lists.filter(|ids| ids.len() <= SIDE_BY_SIDE) {
        let mut copies: Vec<String> = Vec::new();
        for id in ids {
            let query = live_article_authors::table
                .filter(live_article_authors::author_id.eq(id.clone()))
                .order((
                    live_article_authors::published_at.desc(),
                    live_article_authors::article_id.desc(),
                ))
                .limit(most)
                .select(live_article_authors::copy);
            copies.extend(conn.load(query).await?);
        }
        if copies.len() <= FEW {
            return Ok(Some(copies));
        }
    }
    for conditions in columns_of(wanted, sort) {
        let mut copies: Vec<String> = Vec::new();
        for (condition, order) in conditions {
            let query = live_articles::table
                .filter(condition.and(visible(now)))
                .order(order)
                .limit(most)
                .select(live_articles::copy);
            copies.extend(conn.load(query).await?);
        }
        if copies.len() <= FEW {
            return Ok(Some(copies));
        }
    }
    Ok(None)
}

type OnArticles = Sql<live_articles::table>;

/// The conditions for each of which there is an index on `live_articles`: for each value of one the
/// condition, and the order of the index.
fn columns_of(
    wanted: &ListConditions,
    sort: Option<ArticleSort>,
) -> Vec<Vec<(OnArticles, OnArticles)>> {
    let by_date = || Sql::new("live_articles.published_at DESC, live_articles.id DESC");
    let mut all = Vec::new();
    if wanted.is_updated() && sort != Some(ArticleSort::UpdatedAt) {
        let (after, before) = (wanted.updated_after, wanted.updated_before);
        let met = Sql::all(between("live_articles.updated_at", after, before));
        let order = Sql::new("live_articles.updated_at DESC, live_articles.id DESC");
        all.push(vec![(met, order)]);
    }
    let dated = wanted.after.is_some() || wanted.before.is_some();
    if dated && sort != Some(ArticleSort::PublishedAt) {
        let (after, before) = (wanted.after, wanted.before);
        let met = Sql::all(between("live_articles.published_at", after, before));
        all.push(vec![(met, by_date())]);
    }
    let lists = [
        ("live_articles.section = ", &wanted.sections),
        ("live_articles.locale = ", &wanted.locales),
    ];
    for (column, values) in lists {
        if let Some(values) = values.as_ref().filter(|all| all.len() <= SIDE_BY_SIDE) {
            let each = values.iter();
            let each = each.map(|value| (Sql::new(column).text(value.clone()), by_date()));
            all.push(each.collect());
        }
    }
    if wanted.featured == Some(true) {
        all.push(vec![(Sql::new("live_articles.featured"), by_date())]);
    }
    all
}

/// The rows of a page of what is wanted, by this way.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn page(
    conn: &mut LiveConn,
    walk: &Walk,
    wanted: &ListConditions,
    window: &Window<ArticleSort>,
    now: Time,
) -> Result<Vec<LiveRow>> {
    let found = match walk {
        Walk::Few(copies) if copies.is_empty() => return Ok(Vec::new()),
        Walk::Few(copies) => of_few(copies, wanted, window, now),
        Walk::Links(kind, ids) => by_links(*kind, ids, wanted, window, now),
        Walk::Articles(lead) => {
            // Of two bounds on the date SQLite searches by one only, and passes over all that lies
            // before the page by the other: so where there is a beginning it is the only one, and
            // is named first.
            let begin = window.condition();
            let wanted = wanted.on_articles(*lead, now, begin.is_some());
            let condition = begin.into_iter().chain(Some(wanted));
            let query = live_articles::table
                .filter(Sql::all(condition))
                .order(window.order::<live_articles::table>())
                .limit(window.rows())
                .offset(window.offset())
                .select(columns::<LiveRow>());
            return Ok(conn.load(query).await?);
        }
    };
    let query = live_articles::table
        .filter(found)
        .order(window.order::<live_articles::table>())
        .select(columns::<LiveRow>());
    Ok(conn.load(query).await?)
}

/// Of these copies those of the page. What is read is bounded inside, or a planner might walk all
/// articles in the order of the page.
fn of_few(
    copies: &[String],
    wanted: &ListConditions,
    window: &Window<ArticleSort>,
    now: Time,
) -> Sql<live_articles::table> {
    let few = i64::try_from(copies.len()).unwrap_or(i64::MAX);
    let mut page = Sql::new("live_articles.copy IN (SELECT live_articles.copy FROM (SELECT ")
        .sql("live_articles.copy, live_articles.id, live_articles.published_at, ")
        .sql("live_articles.first_published_at, live_articles.updated_at, live_articles.title, ")
        .sql("live_articles.word_count FROM live_articles WHERE live_articles.copy")
        .is_in(copies.to_vec())
        .sql(" AND ")
        .group(wanted.on_articles(Lead::Copy, now, false))
        .sql(" LIMIT ")
        .integer(few)
        .sql(") AS live_articles");
    if let Some(from) = window.condition() {
        page = page.sql(" WHERE ").group(from);
    }
    ordered(page, window.order(), window.rows(), window.offset()).sql(")")
}

/// The copies of a page, found by walking links in the order of their dates.
fn by_links(
    kind: Kind,
    ids: &[String],
    wanted: &ListConditions,
    window: &Window<ArticleSort>,
    now: Time,
) -> Sql<live_articles::table> {
    let page = Sql::new("live_articles.copy IN (");
    if let [id] = ids {
        let select = Sql::new("SELECT link.copy");
        let (rows, offset) = (window.rows(), window.offset());
        let walk = walked(select, kind, id, wanted, window, now);
        let order = link_order(kind, window).1;
        return page.then(ordered(walk, order, rows, offset)).sql(")");
    }
    let most = window.rows() + window.offset();
    let mut side_by_side = Sql::<live_articles::table>::default();
    for (index, id) in ids.iter().enumerate() {
        let select = match kind {
            Kind::Tag | Kind::Author => {
                "SELECT link.copy, link.published_at, link.article_id AS article_id"
            }
            Kind::Section => "SELECT link.copy, link.published_at, link.id AS article_id",
        };
        let walk = walked(Sql::new(select), kind, id, wanted, window, now);
        let walk = ordered(walk, link_order(kind, window).1, most, 0);
        side_by_side = side_by_side
            .sql(if index == 0 { "" } else { " UNION " })
            .sql("SELECT * FROM (")
            .then(walk)
            .sql(") AS one");
    }
    let page = page
        .sql("SELECT walk.copy FROM (")
        .then(side_by_side)
        .sql(") AS walk");
    let (_, order) = window.on_columns(&["walk.published_at", "walk.article_id"]);
    ordered(page, order, window.rows(), window.offset()).sql(")")
}

/// What is selected of the links to one id, from where the page begins, without order and bound.
fn walked(
    select: Sql<live_articles::table>,
    kind: Kind,
    id: &str,
    wanted: &ListConditions,
    window: &Window<ArticleSort>,
    now: Time,
) -> Sql<live_articles::table> {
    let from = match kind {
        Kind::Tag => " FROM live_article_tags AS link WHERE link.tag_id = ",
        Kind::Author => " FROM live_article_authors AS link WHERE link.author_id = ",
        Kind::Section => " FROM live_articles AS link WHERE link.section = ",
    };
    let walk = select.sql(from).text(id).sql(" AND ");
    // First and alone, as for articles.
    let begin = link_order(kind, window).0;
    let on_links = wanted.on_links(kind, names!("link"), now, begin.is_some());
    let walk = match begin {
        Some(begin) => walk.group(begin).sql(" AND "),
        None => walk,
    };
    walk.group(on_links)
}

/// Where the page begins, and the order, on the columns of links.
fn link_order(
    kind: Kind,
    window: &Window<ArticleSort>,
) -> (Option<Sql<live_articles::table>>, Sql<live_articles::table>) {
    match kind {
        Kind::Tag | Kind::Author => window.on_columns(&["link.published_at", "link.article_id"]),
        Kind::Section => window.on_columns(&["link.published_at", "link.id"]),
    }
}

fn ordered(
    query: Sql<live_articles::table>,
    order: Sql<live_articles::table>,
    rows: i64,
    offset: i64,
) -> Sql<live_articles::table> {
    query
        .sql(" ORDER BY ")
        .then(order)
        .sql(" LIMIT ")
        .integer(rows)
        .sql(" OFFSET ")
        .integer(offset)
}

/// How many articles there are of what is wanted. Links are counted by themselves, and so are the
/// entries of an index, as far as they say all that is asked.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn count(
    conn: &mut LiveConn,
    walk: &Walk,
    wanted: &ListConditions,
    now: Time,
) -> Result<i64> {
    let condition = match walk {
        Walk::Few(copies) if copies.is_empty() => return Ok(0),
        Walk::Few(copies) => Sql::new("live_articles.copy")
            .is_in(copies.clone())
            .and(wanted.on_articles(Lead::Copy, now, false)),
        Walk::Links(kind, ids) => match (kind, ids.as_slice()) {
            (Kind::Tag, [id]) => {
                let names = names!("live_article_tags");
                let met: Sql<live_article_tags::table> = wanted.on_links(*kind, names, now, false);
                let links = live_article_tags::table
                    .filter(live_article_tags::tag_id.eq(id.clone()))
                    .filter(met);
                return Ok(conn.one(links.count()).await?);
            }
            (Kind::Author, [id]) => {
                let names = names!("live_article_authors");
                let met: Sql<live_article_authors::table> =
                    wanted.on_links(*kind, names, now, false);
                let links = live_article_authors::table
                    .filter(live_article_authors::author_id.eq(id.clone()))
                    .filter(met);
                return Ok(conn.one(links.count()).await?);
            }
            _ => wanted.on_articles(Lead::Date, now, false),
        },
        Walk::Articles(_) => wanted.on_articles(Lead::Date, now, false),
    };
    let query = live_articles::table.filter(condition).count();
    Ok(conn.one(query).await?)
}
