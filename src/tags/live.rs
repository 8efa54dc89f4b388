//! Tags as the public sees them. Internal tags have no row here.

use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::list::TagSort;
use super::store::TagRow;
use super::tag::{TagKind, TagSummary, Visibility};
use crate::db::schema::live::{live_article_tags, live_articles, live_tag_slugs, live_tags};
use crate::db::{Conn, Json, LiveConn, LiveQuery, Loads, Sql, Time, columns};
use crate::error::{Error, Result};
use crate::http::found::Found;
use crate::http::object::Object;
use crate::http::page::Window;
use crate::values::Reference;

/// A row of `live_tags`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = live_tags, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg), treat_none_as_null = true)]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct LiveTagRow {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub kind: TagKind,
    pub parent_id: Option<String>,
    pub updated_at: Time,
    pub card: String,
}

/// The tag above another.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = live_tags, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
struct Above {
    id: String,
    slug: String,
    name: String,
    kind: TagKind,
}

/// The id of the tag that had this slug before.
pub(super) fn former<'q>(slug: &str) -> impl Loads<'q, String> + LiveQuery + use<'q> {
    live_tag_slugs::table
        .filter(live_tag_slugs::slug.eq(slug.to_owned()))
        .select(live_tag_slugs::tag_id)
}

/// The public tag of this id or slug; when the slug is an old one, the one it has now.
///
/// # Errors
/// 404 when there is none.
pub async fn find(conn: &mut LiveConn, reference: &Reference) -> Result<Found<LiveTagRow>> {
    let query = live_tags::table.select(columns::<LiveTagRow>()).limit(1);
    let text = reference.as_str().to_owned();
    if reference.is_id() {
        let found = conn.first(query.filter(live_tags::id.eq(text))).await?;
        return found
            .map(Found::Here)
            .ok_or_else(|| Error::not_found("tag"));
    }
    if let Some(row) = conn.first(query.filter(live_tags::slug.eq(text))).await? {
        return Ok(Found::Here(row));
    }
    if let Some(id) = conn.first::<String>(former(reference.as_str())).await? {
        let query = live_tags::table
            .filter(live_tags::id.eq(id))
            .select(live_tags::slug);
        if let Some(slug) = conn.first::<String>(query).await? {
            return Ok(Found::Moved(slug));
        }
    }
    Err(Error::not_found("tag"))
}

/// The id of the public tag of this id or slug, if there is one.
///
/// # Errors
/// Those of the database.
pub async fn id_of(conn: &mut LiveConn, reference: &Reference) -> Result<Option<String>> {
    let query = live_tags::table.select(live_tags::id).limit(1);
    let text = reference.as_str().to_owned();
    Ok(if reference.is_id() {
        conn.first(query.filter(live_tags::id.eq(text))).await?
    } else {
        conn.first(query.filter(live_tags::slug.eq(text))).await?
    })
}

/// The rows of a page.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut LiveConn,
    condition: Sql<live_tags::table>,
    window: &Window<TagSort>,
) -> Result<Vec<LiveTagRow>> {
    let condition = Sql::all([Some(condition), window.condition()].into_iter().flatten());
    let query = live_tags::table
        .filter(condition)
        .order(window.order::<live_tags::table>())
        .limit(window.rows())
        .offset(window.offset())
        .select(columns::<LiveTagRow>());
    Ok(conn.load(query).await?)
}

/// How many tags meet a condition.
///
/// # Errors
/// Those of the database.
pub async fn count(conn: &mut LiveConn, condition: Sql<live_tags::table>) -> Result<i64> {
    Ok(conn.one(live_tags::table.filter(condition).count()).await?)
}

/// The answers for these rows: each card with the tag above it, in one statement for all.
///
/// # Errors
/// Those of the database.
pub async fn complete(conn: &mut LiveConn, rows: Vec<LiveTagRow>) -> Result<Vec<Object>> {
    let mut ids: Vec<String> = rows
        .iter()
        .filter_map(|row| row.parent_id.clone())
        .collect();
    ids.sort();
    ids.dedup();
    let above: Vec<Above> = if ids.is_empty() {
        Vec::new()
    } else {
        let condition = Sql::<live_tags::table>::new("live_tags.id").is_in(ids);
        conn.load(
            live_tags::table
                .filter(condition)
                .select(columns::<Above>()),
        )
        .await?
    };
    rows.into_iter()
        .map(|row| {
            let parent = above
                .iter()
                .find(|above| Some(&above.id) == row.parent_id.as_ref());
            let parent = parent.map(|above| TagSummary {
                id: above.id.clone(),
                slug: above.slug.clone(),
                name: above.name.clone(),
                kind: above.kind,
            });
            let mut object = Object::prepared(row.card);
            object.push("parent", &parent)?;
            Ok(object)
        })
        .collect()
}

/// Brings the public side up to a change of a tag.
pub(super) async fn write(
    conn: &mut Conn,
    old: Option<&TagRow>,
    row: &TagRow,
    now: Time,
) -> Result<()> {
    if let Some(old) = old.filter(|old| old.slug != row.slug) {
        let history = (
            live_tag_slugs::slug.eq(old.slug.clone()),
            live_tag_slugs::tag_id.eq(row.id.clone()),
        );
        let insert = diesel::insert_into(live_tag_slugs::table)
            .values(history)
            .on_conflict(live_tag_slugs::slug)
            .do_update()
            .set(live_tag_slugs::tag_id.eq(row.id.clone()));
        conn.execute(insert).await?;
    }
    // The slug is in use again: it leads here, not to where it led before.
    let own = live_tag_slugs::table.filter(live_tag_slugs::slug.eq(row.slug.clone()));
    conn.execute(diesel::delete(own)).await?;

    let was_public = old.is_some_and(|old| old.visibility == Visibility::Public);
    let is_public = row.visibility == Visibility::Public;
    if is_public {
        let live = LiveTagRow {
            id: row.id.clone(),
            slug: row.slug.clone(),
            name: row.name.clone(),
            kind: row.kind,
            parent_id: row.parent_id.clone(),
            updated_at: row.updated_at,
            card: serde_json::to_string(&Json(row.card())).map_err(Error::internal)?,
        };
        let upsert = diesel::insert_into(live_tags::table)
            .values(live.clone())
            .on_conflict(live_tags::id)
            .do_update()
            .set(live);
        conn.execute(upsert).await?;
    } else {
        let gone = live_tags::table.filter(live_tags::id.eq(row.id.clone()));
        conn.execute(diesel::delete(gone)).await?;
    }
    let renamed = old.is_some_and(|old| old.summary() != row.summary());
    if old.is_some() && (was_public != is_public || (is_public && renamed)) {
        // Articles with the tag look otherwise from now on, though nobody changed them.
        let with_tag = Sql::<live_articles::table>::new(
            "live_articles.id IN (SELECT article_id FROM live_article_tags WHERE tag_id = ",
        )
        .text(row.id.clone())
        .sql(")");
        let touch = diesel::update(live_articles::table.filter(with_tag))
            .set(live_articles::touched_at.eq(now));
        conn.execute(touch).await?;
    }
    Ok(())
}

/// How many live articles have the tag whose working copies do not have it any more.
pub(super) async fn uses_besides(conn: &mut Conn, id: &str) -> Result<i64> {
    let condition = Sql::<live_article_tags::table>::new("live_article_tags.tag_id = ")
        .text(id)
        .sql(" AND NOT EXISTS (SELECT 1 FROM article_tags AS draft ")
        .sql("WHERE draft.article_id = live_article_tags.article_id AND draft.tag_id = ")
        .text(id)
        .sql(")");
    let query = live_article_tags::table.filter(condition).count();
    Ok(conn.one(query).await?)
}
