//! The slugs of live copies: former ones, and conflicts between articles.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::invalidation::invalidate;
use crate::articles::SLUG;
use crate::articles::row::ArticleRow;
use crate::articles::slug_lookup::among;
use crate::db::schema::live::{live_article_slugs, live_articles};
use crate::db::{Conn, Sql, Time};
use crate::error::{Error, Result};
use crate::resources::slugs::{SlugRequest, choose};

/// A slug in its locale.
#[derive(Debug, Clone, Copy)]
pub(in crate::articles) struct SlugPlace<'a> {
    pub locale: &'a str,
    pub slug: &'a str,
}

impl<'a> SlugPlace<'a> {
    /// The place of an article.
    pub fn of(row: &'a ArticleRow) -> Self {
        Self {
            locale: &row.locale,
            slug: &row.slug,
        }
    }
}

/// Records the live slugs of an article as former ones, before its copies change. A live slug wins
/// over a former one. Returns whether the article has any copies.
///
/// # Errors
/// Errors of the database.
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

/// Claims the slug for a copy that is public from now on. When two articles swap slugs, the live copy
/// of the other has this slug until it is published too: it gets another one meanwhile, since the
/// slug of its draft must not show before that.
///
/// # Errors
/// Errors of the database.
pub(in crate::articles) async fn take(conn: &mut Conn, row: &ArticleRow, now: Time) -> Result<()> {
    let others = live_articles::table
        .filter(others(row, now))
        .select((live_articles::copy, live_articles::id));
    for (copy, id) in conn.load::<(String, String)>(others).await? {
        give_way(conn, &copy, &id, SlugPlace::of(row), now).await?;
    }
    // A slug in use redirects nowhere.
    let own = live_article_slugs::table
        .filter(live_article_slugs::locale.eq(row.locale.clone()))
        .filter(live_article_slugs::slug.eq(row.slug.clone()));
    conn.execute(diesel::delete(own)).await?;
    Ok(())
}

/// Checks that the slug is free for a copy that is public from a later time on. Another live copy
/// that has it then does not give way to one that is not public yet.
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
    let free = free(conn, SlugPlace::of(row), &row.id).await?;
    Err(Error::slug_taken(&row.slug, &free))
}

/// Gives a live copy whose end was moved another slug, if it would still be public when another
/// article is scheduled under its slug: that one was promised the slug. Until then the former slug
/// redirects.
///
/// # Errors
/// Errors of the database.
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
        let place = SlugPlace {
            locale: &locale,
            slug: &slug,
        };
        give_way(conn, &copy, id, place, now).await?;
    }
    Ok(())
}

/// The condition of the copies of other articles with the slug of `row` that are public at a time or
/// later.
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

/// A free slug like this one: no draft and no live copy of its locale has it.
async fn free(conn: &mut Conn, place: SlugPlace<'_>, id: &str) -> Result<String> {
    let SlugPlace { locale, slug } = place;
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

/// Gives a live copy a free slug instead of this one, which another article claims.
///
/// # Errors
/// Errors of the database.
pub(in crate::articles) async fn give_way(
    conn: &mut Conn,
    copy: &str,
    id: &str,
    place: SlugPlace<'_>,
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
    conn.changed(SLUG.of(place.slug));
    invalidate(conn, id).await
}
