//! Authors as the public sees them: without what is for the newsroom only.

use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde::Serialize;
use serde_json::{Map, Value};

use super::author::TRANSLATED;
use super::list::AuthorSort;
use super::store::AuthorRow;
use crate::db::schema::live::{live_articles, live_author_slugs, live_authors};
use crate::db::{Conn, LiveConn, LiveQuery, Loads, Sql, Time, columns};
use crate::error::{Error, Result};
use crate::http::localise::{Chain, translate};
use crate::http::lookup::Lookup;
use crate::http::object::Object;
use crate::http::page::Window;
use crate::values::Reference;

/// A row of `live_authors`.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = live_authors, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct LiveAuthorRow {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub updated_at: Time,
    pub card: String,
}

/// The id of the author who had this slug before, or into whom that one was merged who had this id
/// or slug.
pub(super) fn former<'q>(slug: &str) -> impl Loads<'q, String> + LiveQuery + use<'q> {
    live_author_slugs::table
        .filter(live_author_slugs::slug.eq(slug.to_owned()))
        .select(live_author_slugs::author_id)
}

/// The author of this id or slug; when they have another slug now or were merged into another, the
/// slug to find them by.
///
/// # Errors
/// 404 when there is none.
pub async fn find(conn: &mut LiveConn, reference: &Reference) -> Result<Lookup<LiveAuthorRow>> {
    let query = live_authors::table
        .select(columns::<LiveAuthorRow>())
        .limit(1);
    let text = reference.as_str().to_owned();
    let found = if reference.is_id() {
        conn.first(query.filter(live_authors::id.eq(text))).await?
    } else {
        conn.first(query.filter(live_authors::slug.eq(text)))
            .await?
    };
    if let Some(row) = found {
        return Ok(Lookup::Found(row));
    }
    if let Some(id) = conn.first::<String>(former(reference.as_str())).await? {
        let query = live_authors::table
            .filter(live_authors::id.eq(id))
            .select(live_authors::slug);
        if let Some(slug) = conn.first::<String>(query).await? {
            return Ok(Lookup::Redirect(slug));
        }
    }
    Err(Error::not_found("author"))
}

/// The ids of the authors of these ids and slugs, as far as there are such.
///
/// # Errors
/// Those of the database.
pub async fn ids_of(conn: &mut LiveConn, references: &[Reference]) -> Result<Vec<String>> {
    let query = live_authors::table.select(live_authors::id);
    if let [one] = references {
        let text = one.as_str().to_owned();
        return Ok(if one.is_id() {
            conn.load(query.filter(live_authors::id.eq(text))).await?
        } else {
            conn.load(query.filter(live_authors::slug.eq(text))).await?
        });
    }
    let texts = references
        .iter()
        .map(|reference| reference.as_str().to_owned());
    let texts: Vec<String> = texts.collect();
    let any = Sql::<live_authors::table>::new("live_authors.slug")
        .is_in(texts.clone())
        .sql(" OR live_authors.id")
        .is_in(texts);
    Ok(conn.load(query.filter(any)).await?)
}

/// The rows of a page.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut LiveConn,
    condition: Sql<live_authors::table>,
    window: &Window<AuthorSort>,
) -> Result<Vec<LiveAuthorRow>> {
    let condition = Sql::all([Some(condition), window.condition()].into_iter().flatten());
    let query = live_authors::table
        .filter(condition)
        .order(window.order::<live_authors::table>())
        .limit(window.rows())
        .offset(window.offset())
        .select(columns::<LiveAuthorRow>());
    Ok(conn.load(query).await?)
}

/// How many authors meet a condition.
///
/// # Errors
/// Those of the database.
pub async fn count(conn: &mut LiveConn, condition: Sql<live_authors::table>) -> Result<i64> {
    let query = live_authors::table.filter(condition).count();
    Ok(conn.one(query).await?)
}

/// The answers for these rows: their cards, in the languages of a chain.
///
/// # Errors
/// Never, for cards as they are written here.
pub fn complete(rows: Vec<LiveAuthorRow>, chain: &Chain) -> Result<Vec<Object>> {
    let translated = |row: LiveAuthorRow| {
        let mut object = Object::prepared(row.card);
        chain.apply(&mut object, TRANSLATED)?;
        Ok(object)
    };
    rows.into_iter().map(translated).collect()
}

/// How a card ends of somebody whose name is not translated.
const UNTRANSLATED: &str = ",\"translations\":{}}";

/// What an article in this language shows of an author, made of the card.
///
/// # Errors
/// Never, for cards as they are written here.
pub fn in_article(mut card: String, locale: &str) -> Result<Object> {
    if card.ends_with(UNTRANSLATED) {
        card.truncate(card.len() - UNTRANSLATED.len());
        card.push('}');
        return Ok(Object::prepared(card));
    }
    let mut author: Map<String, Value> = serde_json::from_str(&card).map_err(Error::internal)?;
    translate(&mut author, TRANSLATED, &[locale]);
    author.shift_remove("translations");
    Object::of(&author)
}

/// What the public side holds of an author.
pub(super) fn row_of(row: &AuthorRow) -> Result<LiveAuthorRow> {
    Ok(LiveAuthorRow {
        id: row.id.clone(),
        slug: row.slug.clone(),
        name: row.name.clone(),
        updated_at: row.updated_at,
        card: serde_json::to_string(&row.card()).map_err(Error::internal)?,
    })
}

/// Brings the public side up to a change of an author.
pub(super) async fn write(
    conn: &mut Conn,
    old: Option<&AuthorRow>,
    row: &AuthorRow,
    now: Time,
) -> Result<()> {
    if let Some(old) = old.filter(|old| old.slug != row.slug) {
        let history = (
            live_author_slugs::slug.eq(old.slug.clone()),
            live_author_slugs::author_id.eq(row.id.clone()),
        );
        let insert = diesel::insert_into(live_author_slugs::table)
            .values(history)
            .on_conflict(live_author_slugs::slug)
            .do_update()
            .set(live_author_slugs::author_id.eq(row.id.clone()));
        conn.execute(insert).await?;
    }
    // The slug is in use again: it leads here, not to where it led before.
    let own = live_author_slugs::table.filter(live_author_slugs::slug.eq(row.slug.clone()));
    conn.execute(diesel::delete(own)).await?;

    // What only editors see may change without the public's taking notice, by the time either.
    let same = old.is_some_and(|old| {
        let updated_at = row.updated_at;
        super::author::Author {
            updated_at,
            ..old.card()
        } == row.card()
    });
    if same {
        return Ok(());
    }
    let live = row_of(row)?;
    let upsert = diesel::insert_into(live_authors::table)
        .values(live.clone())
        .on_conflict(live_authors::id)
        .do_update()
        .set(live);
    conn.execute(upsert).await?;
    conn.changed(super::INFO.every());
    conn.changed(super::INFO.one(&row.id));
    if old.is_some() {
        touch(conn, &row.id, now).await?;
    }
    Ok(())
}

/// Notes that articles with this byline look otherwise from now on, though nobody changed them.
pub(super) async fn touch(conn: &mut Conn, id: &str, now: Time) -> Result<()> {
    let with_author = Sql::<live_articles::table>::new(
        "live_articles.copy IN (SELECT copy FROM live_article_authors WHERE author_id = ",
    )
    .text(id)
    .sql(")");
    let touch = diesel::update(live_articles::table.filter(with_author))
        .set(live_articles::touched_at.eq(now));
    conn.execute(touch).await?;
    Ok(())
}
