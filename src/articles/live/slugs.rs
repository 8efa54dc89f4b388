//! The slugs of live copies: which the public found an article by, and who gives way to whom.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::invalidation::invalidate;
use crate::articles::SLUG;
use crate::articles::row::ArticleRow;
use crate::articles::slug_lookup::among;
use crate::db::schema::live::{live_article_slugs, live_articles};
use crate::db::{Conn, Sql, Time};
use crate::error::{Error, Result};
use crate::resources::slugs::{SlugRequest, choose};

/// Records the slugs that the public found an article by, before its copies change. A live slug wins
/// over a recorded one. Returns whether the article has any copies.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn remember(conn: &mut Conn, id: &str, now: Time) -> Result<bool> {
    let query = live_articles::table
        .filter(live_articles::id.eq(id.to_owned()))
        .select((
            live_articles::locale,
            live_articles::slug,
            live_articles::visible_from,
            live_articles::visible_until,
        ));
    type Copy = (String, String, Time, Option<Time>);
    let copies: Vec<Copy> = conn.load(query).await?;
    let has_copies = !copies.is_empty();
    for (locale, slug, from, until) in copies {
        // The slug of a retired copy was recorded then, and others may have had it since.
        let is_retired = until.is_some_and(|until| until <= from);
        if from > now || is_retired {
            continue;
        }
        let upsert = diesel::insert_into(live_article_slugs::table)
            .values((
                live_article_slugs::locale.eq(locale),
                live_article_slugs::slug.eq(slug),
                live_article_slugs::article_id.eq(id.to_owned()),
            ))
            .on_conflict((live_article_slugs::locale, live_article_slugs::slug))
            .do_update()
            .set(live_article_slugs::article_id.eq(id.to_owned()));
        conn.execute(upsert).await?;
    }
    Ok(has_copies)
}

/// Takes the slug for a copy that is seen from now on. Two articles that swap slugs: the other's
/// live copy has ours until it is published too. It gives way; the slug of its working copy must
/// not show before that.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn take(conn: &mut Conn, row: &ArticleRow, now: Time) -> Result<()> {
    let others = live_articles::table
        .filter(others(row, now))
        .select((live_articles::copy, live_articles::id));
    for (copy, id) in conn.load::<(String, String)>(others).await? {
        let place = (row.locale.as_str(), row.slug.as_str());
        give_way(conn, &copy, &id, place, now).await?;
    }
    // It is in use again, and leads nowhere else.
    let own = live_article_slugs::table
        .filter(live_article_slugs::locale.eq(row.locale.clone()))
        .filter(live_article_slugs::slug.eq(row.slug.clone()));
    conn.execute(diesel::delete(own)).await?;
    Ok(())
}

/// Looks whether the slug is free for a copy that is seen from a moment to come. Until then the
/// public finds another there, who does not give way for what nobody sees yet.
///
/// # Errors
/// 409 with a suggestion when it is not.
pub(in crate::articles) async fn reserve(
    conn: &mut Conn,
    row: &ArticleRow,
    from: Time,
) -> Result<()> {
    let others = live_articles::table
        .filter(others(row, from))
        .select(live_articles::id)
        .limit(1);
    if conn.first::<String>(others).await?.is_none() {
        return Ok(());
    }
    let free = free(conn, (&row.locale, &row.slug), &row.id).await?;
    Err(Error::slug_taken(&row.slug, &free))
}

/// Looks whether what is seen of an article, which goes on longer than it was to, is still there when
/// another is to be seen under its slug. It gives way at once, and is led to from its old slug until
/// then: the other was told that the slug is free.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn make_room(conn: &mut Conn, id: &str, now: Time) -> Result<()> {
    let in_the_way = Sql::<live_articles::table>::new("live_articles.id = ")
        .text(id)
        .sql(" AND live_articles.visible_from <= ")
        .integer(now.0)
        .sql(" AND (live_articles.visible_until IS NULL OR live_articles.visible_until > ")
        .integer(now.0)
        .sql(") AND EXISTS (SELECT 1 FROM live_articles AS other WHERE other.slug = live_articles.slug ")
        .sql("AND other.locale = live_articles.locale AND other.id <> live_articles.id ")
        .sql("AND (live_articles.visible_until IS NULL OR live_articles.visible_until > other.visible_from) ")
        .sql("AND (other.visible_until IS NULL OR (other.visible_until > other.visible_from ")
        .sql("AND other.visible_until > ")
        .integer(now.0)
        .sql(")))");
    let copies = live_articles::table.filter(in_the_way).select((
        live_articles::copy,
        live_articles::locale,
        live_articles::slug,
    ));
    let copies: Vec<(String, String, String)> = conn.load(copies).await?;
    if !copies.is_empty() {
        remember(conn, id, now).await?;
    }
    for (copy, locale, slug) in copies {
        give_way(conn, &copy, id, (&locale, &slug), now).await?;
    }
    Ok(())
}

/// The copies of other articles with the slug of `row` that are seen at a moment or later.
fn others(row: &ArticleRow, from: Time) -> Sql<live_articles::table> {
    Sql::new("live_articles.locale = ")
        .text(row.locale.clone())
        .sql(" AND live_articles.slug = ")
        .text(row.slug.clone())
        .sql(" AND live_articles.id <> ")
        .text(row.id.clone())
        .sql(" AND (live_articles.visible_until IS NULL OR (live_articles.visible_until > ")
        .integer(from.0)
        .sql(" AND live_articles.visible_until > live_articles.visible_from))")
}

/// A slug like one of a locale that neither a working copy nor a live copy has.
async fn free(conn: &mut Conn, (locale, slug): (&str, &str), id: &str) -> Result<String> {
    let random: String = id.chars().rev().take(8).collect();
    let wish = SlugRequest {
        scope: locale,
        given: None,
        text: slug,
        fallback: &random,
        own: None,
    };
    choose(conn, wish, async |conn: &mut Conn, slugs: Vec<String>| {
        let live = Sql::<live_articles::table>::new("live_articles.locale = ")
            .text(locale)
            .sql(" AND live_articles.slug")
            .is_in(slugs.clone());
        let query = live_articles::table.filter(live);
        let mut taken: Vec<String> = conn.load(query.select(live_articles::slug)).await?;
        taken.extend(among(conn, locale, slugs).await?);
        Ok(taken)
    })
    .await
}

/// Gives a live copy a free slug in place of the one of a locale that another takes.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn give_way(
    conn: &mut Conn,
    copy: &str,
    id: &str,
    place: (&str, &str),
    now: Time,
) -> Result<()> {
    let slug = free(conn, place, id).await?;
    let own = live_articles::table.filter(live_articles::copy.eq(copy.to_owned()));
    let card: String = conn.one(own.clone().select(live_articles::card)).await?;
    let mut card: serde_json::Value = serde_json::from_str(&card).map_err(Error::internal)?;
    if let Some(member) = card.get_mut("slug") {
        *member = slug.clone().into();
    }
    let update = diesel::update(own).set((
        live_articles::slug.eq(slug),
        live_articles::card.eq(card.to_string()),
        live_articles::touched_at.eq(now),
    ));
    conn.execute(update).await?;
    conn.changed(SLUG.of(place.1));
    invalidate(conn, id).await
}
