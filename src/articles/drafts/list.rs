//! Lists of working copies, for editors.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use diesel::QueryDsl as _;
use serde_json::{Map, Value};

use super::includes::complete;
use super::read as drafts;
use super::read::Working;
use crate::articles::access::{Scope, readable};
use crate::articles::article::Status;
use crate::articles::filter::{
    EditorialArticleField, EditorialArticleSort, credited, leaf, tagged,
};
use crate::articles::list_params::Plain;
use crate::articles::row::{ArticleRow, status_at, working_copies};
use crate::articles::selection::Selection;
use crate::auth::Caller;
use crate::auth::permission::ReadDrafts;
use crate::db::schema::editorial::articles;
use crate::db::sql::condition::{like_pattern, lower};
use crate::db::{Conn, Sql, Time, columns};
use crate::error::Result;
use crate::http::object;
use crate::http::page::Window;
use crate::http::params::Params;
use crate::http::respond::{self, Meta};
use crate::query::cursor::Key;
use crate::query::filter::parse;
use crate::query::sort::{Direction, SortKey};
use crate::values::{Reference, Refusal};

/// Answers with a page of working copies, those that meet `only` if it is given.
pub(in crate::articles) async fn answer(
    caller: &Caller<ReadDrafts>,
    request: &HttpRequest,
    mut params: Params,
    only: Option<Sql<articles::table>>,
) -> Result<HttpResponse> {
    let app = caller.app();
    let now = app.clock.now();
    let plain = Plain::read(&mut params);
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
    let filter = params.query("filter", parse::<EditorialArticleField>);
    let shape = Selection::read(&mut params, true, &[], false);
    let default = SortKey {
        by: EditorialArticleSort::UpdatedAt,
        direction: Direction::Descending,
    };
    let window = Window::read(&mut params, app, "editorial", default, "articles.id")?;
    params.finish()?;

    let mut all = vec![Sql::new("articles.deleted_at IS NULL")];
    all.extend(readable(caller.principal()));
    all.extend(only);
    all.extend(assignees.map(assigned));
    all.extend(conditions(plain));
    all.extend(filter.map(|filter| lower(&filter, &|one: &_| leaf(one, now))));
    // The newest changes of the whole desk are found by an index, and few rows are looked at.
    let bounded = all.len() == 1
        && states.is_none()
        && !window.total
        && !counts
        && matches!(window.sort(), [one] if one.by == EditorialArticleSort::UpdatedAt);
    let in_any_state = Sql::all(all);
    let in_these = states.map(|states| {
        let names = states.iter().map(|state| state.name().to_owned()).collect();
        status_at(now).is_in(names)
    });
    let condition = Sql::all(std::iter::once(in_any_state.clone()).chain(in_these));

    let wanted = Wanted {
        condition,
        in_any_state,
        counts,
        // Where rows are sorted first, the links of all of them would be read.
        links: bounded && shape.has_links(),
        now,
    };
    let find = async move |conn: &mut Conn| wanted.page(conn, window).await;
    let mut conn = None;
    let (mut rows, total, counted, window) = if bounded {
        find(conn.insert(caller.read().await?)).await?
    } else {
        caller.db().read_heavy(find).await?
    };
    let mut page = window.page(app, &mut rows, key, |copy| &copy.row.id);
    page.total = total;
    let meta = Meta {
        link: Some(window.link(&params, &page)),
        ..Meta::default()
    };
    let scope = Scope::of(caller);
    let mut conn = match conn {
        Some(conn) => conn,
        None => caller.read().await?,
    };
    let copies = rows.into_iter().map(|copy| copy.at(now)).collect();
    let objects = complete(&mut conn, copies, &shape, &scope, None).await?;
    let bytes = object::list_with(objects, &page, shape.fields.as_ref(), counted.as_ref())?;
    Ok(respond::editorial(
        request,
        StatusCode::OK,
        None,
        bytes,
        &meta,
    ))
}

/// Which working copies are wanted.
struct Wanted {
    condition: Sql<articles::table>,
    in_any_state: Sql<articles::table>,
    counts: bool,
    /// Whether the links are to be read with the rows.
    links: bool,
    now: Time,
}

/// The rows of a page, how many there are in all and in each state where that was asked for, and the
/// page itself.
type Page = (
    Vec<Working>,
    Option<i64>,
    Option<Map<String, Value>>,
    Window<EditorialArticleSort>,
);

impl Wanted {
    async fn page(self, conn: &mut Conn, window: Window<EditorialArticleSort>) -> Result<Page> {
        let conditions = [Some(self.condition.clone()), window.condition()];
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
        let rows: Vec<Working> = if self.links {
            let rows: Vec<(ArticleRow, drafts::LinkTexts)> =
                conn.load(query.select((row, drafts::links()))).await?;
            rows.into_iter().map(Working::from).collect()
        } else {
            let rows: Vec<ArticleRow> = conn.load(query.select(row)).await?;
            rows.into_iter().map(Working::from).collect()
        };
        let total: Option<i64> = match window.total {
            true => {
                let all = articles::table.filter(self.condition).count();
                Some(conn.one(all).await?)
            }
            false => None,
        };
        let counted = match self.counts {
            true => Some(count_states(conn, &self.in_any_state, self.now).await?),
            false => None,
        };
        Ok((rows, total, counted, window))
    }
}

/// Numbers of articles by status.
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

/// An account by its id, `me` or `none`.
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

/// The articles that any of these accounts is to work on; `None` is nobody.
fn assigned(to: Vec<Option<String>>) -> Sql<articles::table> {
    let nobody = to
        .contains(&None)
        .then(|| Sql::new("articles.assignee IS NULL"));
    let somebody: Vec<String> = to.into_iter().flatten().collect();
    let named = (!somebody.is_empty())
        .then(|| Sql::new("articles.assignee IS NOT NULL AND articles.assignee").is_in(somebody));
    Sql::any([nobody, named].into_iter().flatten())
}

fn conditions(plain: Plain) -> Vec<Sql<articles::table>> {
    let texts = |references: Vec<Reference>| -> Vec<String> {
        references
            .iter()
            .map(|reference| reference.as_str().to_owned())
            .collect()
    };
    let mut all = Vec::new();
    all.extend(plain.tags.map(|tags| tagged(texts(tags))));
    all.extend(plain.authors.map(|authors| credited(texts(authors))));
    all.extend(
        plain
            .locales
            .map(|locales| Sql::new("articles.locale").is_in(locales)),
    );
    all.extend(plain.sections.map(|sections| {
        Sql::new("articles.section IS NOT NULL AND articles.section").is_in(sections)
    }));
    all.extend(
        plain
            .featured
            .map(|is| Sql::new("articles.featured = ").boolean(is)),
    );
    all.extend(
        plain
            .after
            .map(|at| Sql::new("articles.published_at >= ").integer(at.0)),
    );
    all.extend(
        plain
            .before
            .map(|at| Sql::new("articles.published_at < ").integer(at.0)),
    );
    all.extend(
        plain
            .updated_after
            .map(|at| Sql::new("articles.updated_at >= ").integer(at.0)),
    );
    all.extend(
        plain
            .updated_before
            .map(|at| Sql::new("articles.updated_at < ").integer(at.0)),
    );
    if !plain.words.is_empty() {
        let said = "EXISTS (SELECT 1 FROM article_contents AS content WHERE content.article_id = articles.id";
        let all_words = |said: Sql<articles::table>, word: &String| {
            said.sql(" AND content.search_text LIKE ")
                .text(like_pattern(word))
                .sql(" ESCAPE '\\'")
        };
        let said = plain
            .words
            .iter()
            .fold(Sql::<articles::table>::new(said), all_words);
        all.push(said.sql(")"));
    }
    all
}

fn key(copy: &Working, sort: EditorialArticleSort) -> Key {
    let row = &copy.row;
    match sort {
        EditorialArticleSort::UpdatedAt => Key::Integer(row.updated_at.0),
        EditorialArticleSort::CreatedAt => Key::Integer(row.created_at.0),
        EditorialArticleSort::PublishedAt => Key::Integer(row.published_at.map_or(0, |at| at.0)),
        EditorialArticleSort::FirstPublishedAt => {
            Key::Integer(row.first_published_at.map_or(0, |at| at.0))
        }
        EditorialArticleSort::Title => Key::Text(row.title.clone()),
        EditorialArticleSort::WordCount => Key::Integer(i64::from(row.word_count)),
    }
}
