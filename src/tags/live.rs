//! Tags as the public sees them. Internal tags have no row here.

use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde::Serialize;

use super::list::TagSort;
use super::store::TagRow;
use super::tag::{TRANSLATED, TagKind, TagSummary, TagTranslations, Visibility};
use crate::db::invalidation::SurrogateKey;
use crate::db::schema::live::{live_articles, live_tag_slugs, live_tags};
use crate::db::{Conn, Json, LiveConn, LiveQuery, Loads, Sql, Time, columns};
use crate::error::{Error, Result};
use crate::http::localise::Chain;
use crate::http::lookup::Lookup;
use crate::http::object::Object;
use crate::http::page::Window;
use crate::values::Reference;

/// A row of `live_tags`.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
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
    pub translations: Json<TagTranslations>,
}

/// The tag above another.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = live_tags, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
struct Above {
    id: String,
    slug: String,
    name: String,
    kind: TagKind,
    translations: Json<TagTranslations>,
}

/// The id of the tag that had this slug before, or into which that was merged which had this id
/// or slug.
pub(super) fn former<'q>(slug: &str) -> impl Loads<'q, String> + LiveQuery + use<'q> {
    live_tag_slugs::table
        .filter(live_tag_slugs::slug.eq(slug.to_owned()))
        .select(live_tag_slugs::tag_id)
}

/// The public tag of this id or slug; when it has another slug now or was merged into another, the
/// slug to find it by.
///
/// # Errors
/// 404 when there is none.
pub async fn find(conn: &mut LiveConn, reference: &Reference) -> Result<Lookup<LiveTagRow>> {
    let query = live_tags::table.select(columns::<LiveTagRow>()).limit(1);
    let text = reference.as_str().to_owned();
    let found = if reference.is_id() {
        conn.first(query.filter(live_tags::id.eq(text))).await?
    } else {
        conn.first(query.filter(live_tags::slug.eq(text))).await?
    };
    if let Some(row) = found {
        return Ok(Lookup::Found(row));
    }
    if let Some(id) = conn.first::<String>(former(reference.as_str())).await? {
        let query = live_tags::table
            .filter(live_tags::id.eq(id))
            .select(live_tags::slug);
        if let Some(slug) = conn.first::<String>(query).await? {
            return Ok(Lookup::Redirect(slug));
        }
    }
    Err(Error::not_found("tag"))
}

/// The ids of the public tags of these ids and slugs, as far as there are such.
///
/// # Errors
/// Those of the database.
pub async fn ids_of(conn: &mut LiveConn, references: &[Reference]) -> Result<Vec<String>> {
    let query = live_tags::table.select(live_tags::id);
    if let [one] = references {
        let text = one.as_str().to_owned();
        return Ok(if one.is_id() {
            conn.load(query.filter(live_tags::id.eq(text))).await?
        } else {
            conn.load(query.filter(live_tags::slug.eq(text))).await?
        });
    }
    let texts = references
        .iter()
        .map(|reference| reference.as_str().to_owned());
    let texts: Vec<String> = texts.collect();
    let any = Sql::<live_tags::table>::new("live_tags.slug")
        .is_in(texts.clone())
        .sql(" OR live_tags.id")
        .is_in(texts);
    Ok(conn.load(query.filter(any)).await?)
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

/// The answers for these rows in the languages of the chain: each card with the tag above it, in
/// one statement for all; and the language of each, where it is known.
///
/// # Errors
/// Those of the database.
pub async fn complete(
    conn: &mut LiveConn,
    rows: Vec<LiveTagRow>,
    chain: &Chain,
) -> Result<Vec<(Object, Option<String>)>> {
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
            let parent = parent.map(|above| {
                let summary = TagSummary {
                    id: above.id.clone(),
                    slug: above.slug.clone(),
                    name: above.name.clone(),
                    kind: above.kind,
                };
                summary.translated(&above.translations.0, chain.tags())
            });
            let mut object = Object::prepared(row.card);
            let language = chain.apply(&mut object, TRANSLATED)?;
            object.push("parent", &parent)?;
            // The name of the tag above may be in another language.
            Ok((object, language.filter(|_| parent.is_none())))
        })
        .collect()
}

/// What the public side holds of a tag; nothing of an internal one.
pub(super) fn row_of(row: &TagRow) -> Result<Option<LiveTagRow>> {
    if row.visibility != Visibility::Public {
        return Ok(None);
    }
    Ok(Some(LiveTagRow {
        id: row.id.clone(),
        slug: row.slug.clone(),
        name: row.name.clone(),
        kind: row.kind,
        parent_id: row.parent_id.clone(),
        updated_at: row.updated_at,
        card: serde_json::to_string(&Json(row.card())).map_err(Error::internal)?,
        translations: row.translations.clone(),
    }))
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
    if let Some(live) = row_of(row)? {
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
    let renamed = old
        .is_some_and(|old| old.summary() != row.summary() || old.translations != row.translations);
    if was_public || is_public {
        conn.changed(super::INFO.every());
        conn.changed(super::INFO.one(&row.id));
    }
    if old.is_some() && was_public != is_public {
        // Articles show it or not, though it is not among what they showed before.
        conn.changed(SurrogateKey::ALL);
    }
    if old.is_some() && (was_public != is_public || (is_public && renamed)) {
        touch(conn, &row.id, now).await?;
    }
    Ok(())
}

/// Notes that articles with a tag look otherwise from now on, though nobody changed them.
pub(super) async fn touch(conn: &mut Conn, id: &str, now: Time) -> Result<()> {
    let with_tag = Sql::<live_articles::table>::new(
        "live_articles.copy IN (SELECT copy FROM live_article_tags WHERE tag_id = ",
    )
    .text(id)
    .sql(")");
    let touch = diesel::update(live_articles::table.filter(with_tag))
        .set(live_articles::touched_at.eq(now));
    conn.execute(touch).await?;
    Ok(())
}
