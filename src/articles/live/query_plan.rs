//! Chooses the query plan for a page of articles, so that its cost does not grow with the table.
//!
//! Most lists are an index scan in their own order. With several conditions, a scan may pass over
//! very many articles to find a few; so a selective condition, one that few articles meet, is looked
//! for first, and if there is one, its articles are read and sorted. If there is none, articles that
//! meet all conditions are frequent enough for a scan to end soon.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::conditions::{Lead, LinkKind, ListConditions, names};
use super::filter::ArticleSort;
use super::find::LiveArticleRow;
use super::planner_hints::{SIDE_BY_SIDE, between};
use crate::articles::visibility::visible;
use crate::db::schema::live::{live_article_authors, live_article_tags, live_articles};
use crate::db::{LiveConn, Sql, Time, columns};
use crate::error::Result;
use crate::http::page::Window;

/// The maximum number of articles that are read and sorted for one request.
const MAX_SORTED: usize = 1_000;

/// The plan of a query for a list.
#[derive(Debug, Clone)]
pub(super) enum QueryPlan {
    /// A scan of an index of `live_articles`, in its order.
    Index(Lead),
    /// A scan by date of the links to each of these, merged.
    Links(LinkKind, Vec<String>),
    /// A look-up of these copies.
    Copies(Vec<String>),
}

/// Chooses the plan for these conditions and an order; `None` is an order of several terms.
///
/// # Errors
/// Errors of the database.
pub(super) async fn choose(
    conn: &mut LiveConn,
    conditions: &ListConditions,
    sort: Option<ArticleSort>,
    now: Time,
) -> Result<QueryPlan> {
    if conditions.is_nothing() {
        return Ok(QueryPlan::Copies(Vec::new()));
    }
    if let Some(plan) = direct(conditions, sort) {
        return Ok(plan);
    }
    if conditions.scanned.is_empty()
        && let Some(copies) = selective(conn, conditions, sort, now).await?
    {
        return Ok(QueryPlan::Copies(copies));
    }
    Ok(scan(conditions, sort))
}

/// The plan where one index serves all conditions, however selective they are.
fn direct(conditions: &ListConditions, sort: Option<ArticleSort>) -> Option<QueryPlan> {
    let one_or_none = |values: &Option<Vec<String>>| values.as_ref().is_none_or(|of| of.len() == 1);
    let (tags, authors) = (conditions.tags.as_slice(), conditions.authors.as_slice());
    let narrowed = conditions.sections.is_some() || conditions.locales.is_some();
    let is_featured = conditions.featured == Some(true);
    match sort {
        Some(ArticleSort::PublishedAt) if !conditions.is_updated() => match (tags, authors) {
            ([], []) if one_or_none(&conditions.sections) && one_or_none(&conditions.locales) => {
                Some(QueryPlan::Index(Lead::Date))
            }
            _ if conditions.sections.is_some()
                || is_featured
                || !one_or_none(&conditions.locales) =>
            {
                None
            }
            ([ids], []) if ids.len() == 1 => Some(QueryPlan::Links(LinkKind::Tag, ids.clone())),
            ([], [ids]) if ids.len() == 1 => Some(QueryPlan::Links(LinkKind::Author, ids.clone())),
            _ => None,
        },
        Some(by) => {
            let dated = conditions.after.is_some() || conditions.before.is_some();
            let plain = tags.is_empty() && authors.is_empty() && !narrowed && !is_featured;
            let updated = conditions.is_updated() && by != ArticleSort::UpdatedAt;
            (plain && !dated && !updated).then_some(QueryPlan::Index(Lead::Order(by)))
        }
        None => None,
    }
}

/// The plan where no condition is selective: a scan.
fn scan(conditions: &ListConditions, sort: Option<ArticleSort>) -> QueryPlan {
    let by = sort.unwrap_or(ArticleSort::PublishedAt);
    if sort != Some(ArticleSort::PublishedAt) {
        return QueryPlan::Index(Lead::Order(by));
    }
    let lists = [
        (LinkKind::Tag, conditions.tags.first()),
        (LinkKind::Author, conditions.authors.first()),
        (LinkKind::Section, conditions.sections.as_ref()),
    ];
    for (kind, list) in lists {
        if let Some(ids) = list.filter(|ids| ids.len() <= SIDE_BY_SIDE) {
            return QueryPlan::Links(kind, ids.clone());
        }
    }
    QueryPlan::Index(Lead::Order(by))
}

/// All copies that meet one of the conditions, if one is selective. Each value is looked up in the
/// order of its index, or a planner might scan the table until it has found enough.
async fn selective(
    conn: &mut LiveConn,
    conditions: &ListConditions,
    sort: Option<ArticleSort>,
    now: Time,
) -> Result<Option<Vec<String>>> {
    let most = i64::try_from(MAX_SORTED).unwrap_or(i64::MAX) + 1;
    for ids in conditions
        .tags
        .iter()
        .filter(|ids| ids.len() <= SIDE_BY_SIDE)
    {
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
        if copies.len() <= MAX_SORTED {
            return Ok(Some(copies));
        }
    }
    let lists = conditions.authors.iter();
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
        if copies.len() <= MAX_SORTED {
            return Ok(Some(copies));
        }
    }
    for alternatives in indexed_columns(conditions, sort) {
        let mut copies: Vec<String> = Vec::new();
        for (condition, order) in alternatives {
            let query = live_articles::table
                .filter(condition.and(visible(now)))
                .order(order)
                .limit(most)
                .select(live_articles::copy);
            copies.extend(conn.load(query).await?);
        }
        if copies.len() <= MAX_SORTED {
            return Ok(Some(copies));
        }
    }
    Ok(None)
}

type OnArticles = Sql<live_articles::table>;

/// The conditions on columns that an index of `live_articles` begins with: for each value of one,
/// the condition and the order of the index.
fn indexed_columns(
    conditions: &ListConditions,
    sort: Option<ArticleSort>,
) -> Vec<Vec<(OnArticles, OnArticles)>> {
    let by_date = || Sql::new("live_articles.published_at DESC, live_articles.id DESC");
    let mut all = Vec::new();
    if conditions.is_updated() && sort != Some(ArticleSort::UpdatedAt) {
        let (after, before) = (conditions.updated_after, conditions.updated_before);
        let met = Sql::all(between("live_articles.updated_at", after, before));
        let order = Sql::new("live_articles.updated_at DESC, live_articles.id DESC");
        all.push(vec![(met, order)]);
    }
    let dated = conditions.after.is_some() || conditions.before.is_some();
    if dated && sort != Some(ArticleSort::PublishedAt) {
        let (after, before) = (conditions.after, conditions.before);
        let met = Sql::all(between("live_articles.published_at", after, before));
        all.push(vec![(met, by_date())]);
    }
    let lists = [
        ("live_articles.section = ", &conditions.sections),
        ("live_articles.locale = ", &conditions.locales),
    ];
    for (column, values) in lists {
        if let Some(values) = values.as_ref().filter(|all| all.len() <= SIDE_BY_SIDE) {
            let each = values.iter();
            let each = each.map(|value| (Sql::new(column).text(value.clone()), by_date()));
            all.push(each.collect());
        }
    }
    if conditions.featured == Some(true) {
        all.push(vec![(Sql::new("live_articles.featured"), by_date())]);
    }
    all
}

/// Loads the rows of a page by this plan.
///
/// # Errors
/// Errors of the database.
pub(super) async fn page(
    conn: &mut LiveConn,
    plan: &QueryPlan,
    conditions: &ListConditions,
    window: &Window<ArticleSort>,
    now: Time,
) -> Result<Vec<LiveArticleRow>> {
    let found = match plan {
        QueryPlan::Copies(copies) if copies.is_empty() => return Ok(Vec::new()),
        QueryPlan::Copies(copies) => by_copies(copies, conditions, window, now),
        QueryPlan::Links(kind, ids) => by_links(*kind, ids, conditions, window, now),
        QueryPlan::Index(lead) => {
            // Of two bounds on the date SQLite seeks by one only, and filters by the other all that
            // lies before the page: so the start of the page is the only one, and comes first.
            let start = window.condition();
            let conditions = conditions.on_articles(*lead, now, start.is_some());
            let condition = start.into_iter().chain(Some(conditions));
            let query = live_articles::table
                .filter(Sql::all(condition))
                .order(window.order::<live_articles::table>())
                .limit(window.rows())
                .offset(window.offset())
                .select(columns::<LiveArticleRow>());
            return Ok(conn.load(query).await?);
        }
    };
    let query = live_articles::table
        .filter(found)
        .order(window.order::<live_articles::table>())
        .select(columns::<LiveArticleRow>());
    Ok(conn.load(query).await?)
}

/// The page among these copies. The limit inside keeps planners from scanning all articles in the
/// order of the page.
fn by_copies(
    copies: &[String],
    conditions: &ListConditions,
    window: &Window<ArticleSort>,
    now: Time,
) -> Sql<live_articles::table> {
    let all = i64::try_from(copies.len()).unwrap_or(i64::MAX);
    let mut page = Sql::new("live_articles.copy IN (SELECT live_articles.copy FROM (SELECT ")
        .sql("live_articles.copy, live_articles.id, live_articles.published_at, ")
        .sql("live_articles.first_published_at, live_articles.updated_at, live_articles.title, ")
        .sql("live_articles.word_count FROM live_articles WHERE live_articles.copy")
        .is_in(copies.to_vec())
        .sql(" AND ")
        .group(conditions.on_articles(Lead::Copy, now, false))
        .sql(" LIMIT ")
        .integer(all)
        .sql(") AS live_articles");
    if let Some(from) = window.condition() {
        page = page.sql(" WHERE ").group(from);
    }
    ordered(page, window.order(), window.rows(), window.offset()).sql(")")
}

/// The copies of a page, by a scan of links in the order of their dates.
fn by_links(
    kind: LinkKind,
    ids: &[String],
    conditions: &ListConditions,
    window: &Window<ArticleSort>,
    now: Time,
) -> Sql<live_articles::table> {
    let page = Sql::new("live_articles.copy IN (");
    if let [id] = ids {
        let select = Sql::new("SELECT link.copy");
        let (rows, offset) = (window.rows(), window.offset());
        let links = links_to(select, kind, id, conditions, window, now);
        let order = link_order(kind, window).1;
        return page.then(ordered(links, order, rows, offset)).sql(")");
    }
    let most = window.rows() + window.offset();
    let mut side_by_side = Sql::<live_articles::table>::default();
    for (index, id) in ids.iter().enumerate() {
        let select = match kind {
            LinkKind::Tag | LinkKind::Author => {
                "SELECT link.copy, link.published_at, link.article_id AS article_id"
            }
            LinkKind::Section => "SELECT link.copy, link.published_at, link.id AS article_id",
        };
        let links = links_to(Sql::new(select), kind, id, conditions, window, now);
        let links = ordered(links, link_order(kind, window).1, most, 0);
        side_by_side = side_by_side
            .sql(if index == 0 { "" } else { " UNION " })
            .sql("SELECT * FROM (")
            .then(links)
            .sql(") AS one");
    }
    let page = page
        .sql("SELECT walk.copy FROM (")
        .then(side_by_side)
        .sql(") AS walk");
    let (_, order) = window.on_columns(&["walk.published_at", "walk.article_id"]);
    ordered(page, order, window.rows(), window.offset()).sql(")")
}

/// The links to one id from the start of the page on, without order and limit.
fn links_to(
    select: Sql<live_articles::table>,
    kind: LinkKind,
    id: &str,
    conditions: &ListConditions,
    window: &Window<ArticleSort>,
    now: Time,
) -> Sql<live_articles::table> {
    let from = match kind {
        LinkKind::Tag => " FROM live_article_tags AS link WHERE link.tag_id = ",
        LinkKind::Author => " FROM live_article_authors AS link WHERE link.author_id = ",
        LinkKind::Section => " FROM live_articles AS link WHERE link.section = ",
    };
    let links = select.sql(from).text(id).sql(" AND ");
    // Alone and first, as for articles.
    let start = link_order(kind, window).0;
    let on_links = conditions.on_links(kind, names!("link"), now, start.is_some());
    let links = match start {
        Some(start) => links.group(start).sql(" AND "),
        None => links,
    };
    links.group(on_links)
}

/// The start of the page and the order, on the columns of links.
fn link_order(
    kind: LinkKind,
    window: &Window<ArticleSort>,
) -> (Option<Sql<live_articles::table>>, Sql<live_articles::table>) {
    match kind {
        LinkKind::Tag | LinkKind::Author => {
            window.on_columns(&["link.published_at", "link.article_id"])
        }
        LinkKind::Section => window.on_columns(&["link.published_at", "link.id"]),
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

/// Counts the articles that meet the conditions; by links or index entries alone, where these hold
/// all columns that are needed.
///
/// # Errors
/// Errors of the database.
pub(super) async fn count(
    conn: &mut LiveConn,
    plan: &QueryPlan,
    conditions: &ListConditions,
    now: Time,
) -> Result<i64> {
    let condition = match plan {
        QueryPlan::Copies(copies) if copies.is_empty() => return Ok(0),
        QueryPlan::Copies(copies) => Sql::new("live_articles.copy")
            .is_in(copies.clone())
            .and(conditions.on_articles(Lead::Copy, now, false)),
        QueryPlan::Links(kind, ids) => match (kind, ids.as_slice()) {
            (LinkKind::Tag, [id]) => {
                let columns = names!("live_article_tags");
                let met: Sql<live_article_tags::table> =
                    conditions.on_links(*kind, columns, now, false);
                let links = live_article_tags::table
                    .filter(live_article_tags::tag_id.eq(id.clone()))
                    .filter(met);
                return Ok(conn.one(links.count()).await?);
            }
            (LinkKind::Author, [id]) => {
                let columns = names!("live_article_authors");
                let met: Sql<live_article_authors::table> =
                    conditions.on_links(*kind, columns, now, false);
                let links = live_article_authors::table
                    .filter(live_article_authors::author_id.eq(id.clone()))
                    .filter(met);
                return Ok(conn.one(links.count()).await?);
            }
            _ => conditions.on_articles(Lead::Date, now, false),
        },
        QueryPlan::Index(_) => conditions.on_articles(Lead::Date, now, false),
    };
    let query = live_articles::table.filter(condition).count();
    Ok(conn.one(query).await?)
}
