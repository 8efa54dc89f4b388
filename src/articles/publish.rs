//! Writes the live copy of an article: what the public sees from then on.

use diesel::prelude::{AsChangeset, Insertable};
use diesel::{ExpressionMethods as _, QueryDsl as _};

use serde::Serialize;

use super::links::Links;
use super::slugs;
use super::store::{self, ArticleRow, BodyRow};
use super::view::{Article, ArticleBody};
use crate::db::schema::live::{
    live_article_aliases, live_article_authors, live_article_related, live_article_slugs,
    live_article_tags, live_articles,
};
use crate::db::{Conn, Sql, Time};
use crate::error::{Error, Result};
use crate::slugs::{Wish, choose};

#[derive(Debug, Clone, Insertable, AsChangeset)]
#[diesel(table_name = live_articles, treat_none_as_null = true)]
struct NewLive {
    id: String,
    locale: String,
    slug: String,
    title: String,
    section: Option<String>,
    featured: bool,
    published_at: Time,
    first_published_at: Time,
    updated_at: Time,
    expires_at: Option<Time>,
    word_count: i32,
    version: i64,
    touched_at: Time,
    lead_image: Option<String>,
    card: String,
    body: String,
    search_text: String,
}

#[derive(Insertable)]
#[diesel(table_name = live_article_authors)]
struct NewCredit {
    author_id: String,
    published_at: Time,
    article_id: String,
    expires_at: Option<Time>,
    position: i32,
    role: super::article::AuthorRole,
}

#[derive(Insertable)]
#[diesel(table_name = live_article_tags)]
struct NewTag {
    tag_id: String,
    published_at: Time,
    article_id: String,
    expires_at: Option<Time>,
    position: i32,
}

/// The article by itself, without what is looked up at each read.
pub(super) fn card(row: &ArticleRow) -> Article {
    Article {
        id: row.id.clone(),
        slug: row.slug.clone(),
        locale: row.locale.clone(),
        title: row.title.clone(),
        seo_title: row.seo_title.clone(),
        kicker: row.kicker.clone(),
        standfirst: row.standfirst.clone(),
        byline: row.byline.clone(),
        dateline: row.dateline.clone(),
        section: row.section.clone(),
        featured: row.featured,
        published_at: row.published_at,
        first_published_at: row.first_published_at,
        updated_at: row.updated_at,
        expires_at: row.expires_at,
        canonical_url: row.canonical_url.clone(),
        seo: row.seo.clone(),
        corrections: row.corrections.clone(),
        translation_group: row.translation_group.clone(),
        metadata: row.metadata.clone(),
        word_count: row.word_count,
        reading_minutes: row.reading_minutes,
        lead_image: None,
        authors: None,
        tags: None,
        related: None,
        body: None,
    }
}

/// The body as it is shown; with its source only to editors.
pub(super) fn body(row: BodyRow, with_source: bool) -> ArticleBody {
    ArticleBody {
        format: row.body_format,
        html: row.body_html,
        text: row.body_text,
        outline: row.outline,
        source: with_source.then_some(row.body_source),
    }
}

/// Makes the live copy what the working copy is.
///
/// # Errors
/// Those of the database.
pub(super) async fn write(conn: &mut Conn, row: &ArticleRow, now: Time) -> Result<()> {
    let Some(published_at) = row.published_at else {
        return Err(Error::internal("a live copy needs a date"));
    };
    // Publications change each other's live copies when slugs go round: one after another.
    conn.serialise("live").await?;
    let links = Links::load(conn, &row.id).await?;
    let long = store::body(conn, &row.id).await?;
    let live = NewLive {
        id: row.id.clone(),
        locale: row.locale.clone(),
        slug: row.slug.clone(),
        title: row.title.clone(),
        section: row.section.clone(),
        featured: row.featured,
        published_at,
        first_published_at: row.first_published_at.unwrap_or(published_at),
        updated_at: row.updated_at,
        expires_at: row.expires_at,
        word_count: row.word_count,
        version: row.version,
        touched_at: now,
        lead_image: row.lead_image.as_ref().map(text).transpose()?,
        card: text(&card(row))?,
        search_text: long.search_text.clone(),
        body: text(&body(long, false))?,
    };
    let again = remember_slug(conn, row, now).await?;
    let upsert = diesel::insert_into(live_articles::table)
        .values(live.clone())
        .on_conflict(live_articles::id)
        .do_update()
        .set(live);
    conn.execute(upsert).await?;
    if again {
        clear_links(conn, &row.id).await?;
    }
    write_links(conn, row, published_at, links).await
}

/// A value as JSON text.
fn text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// Takes away what an earlier live copy referred to.
async fn clear_links(conn: &mut Conn, id: &str) -> Result<()> {
    let own =
        live_article_authors::table.filter(live_article_authors::article_id.eq(id.to_owned()));
    conn.execute(diesel::delete(own)).await?;
    let own = live_article_tags::table.filter(live_article_tags::article_id.eq(id.to_owned()));
    conn.execute(diesel::delete(own)).await?;
    let own =
        live_article_related::table.filter(live_article_related::article_id.eq(id.to_owned()));
    conn.execute(diesel::delete(own)).await?;
    let own =
        live_article_aliases::table.filter(live_article_aliases::article_id.eq(id.to_owned()));
    conn.execute(diesel::delete(own)).await?;
    Ok(())
}

async fn write_links(
    conn: &mut Conn,
    row: &ArticleRow,
    published_at: Time,
    links: Links,
) -> Result<()> {
    let id = &row.id;
    let rows: Vec<_> = (0..)
        .zip(links.authors)
        .map(|(position, (author_id, role))| NewCredit {
            author_id,
            published_at,
            article_id: id.clone(),
            expires_at: row.expires_at,
            position,
            role,
        })
        .collect();
    if !rows.is_empty() {
        conn.execute(diesel::insert_into(live_article_authors::table).values(rows))
            .await?;
    }
    let rows: Vec<_> = (0..)
        .zip(links.tags)
        .map(|(position, tag_id)| NewTag {
            tag_id,
            published_at,
            article_id: id.clone(),
            expires_at: row.expires_at,
            position,
        })
        .collect();
    if !rows.is_empty() {
        conn.execute(diesel::insert_into(live_article_tags::table).values(rows))
            .await?;
    }
    let rows: Vec<_> = (0_i32..)
        .zip(links.related)
        .map(|(position, related)| {
            (
                live_article_related::article_id.eq(id.clone()),
                live_article_related::position.eq(position),
                live_article_related::related_id.eq(related),
            )
        })
        .collect();
    if !rows.is_empty() {
        conn.execute(diesel::insert_into(live_article_related::table).values(rows))
            .await?;
    }
    for path in links.aliases {
        // Another live copy may still claim it, though its working copy gave it up.
        let upsert = diesel::insert_into(live_article_aliases::table)
            .values((
                live_article_aliases::path.eq(path),
                live_article_aliases::article_id.eq(id.clone()),
            ))
            .on_conflict(live_article_aliases::path)
            .do_update()
            .set(live_article_aliases::article_id.eq(id.clone()));
        conn.execute(upsert).await?;
    }
    Ok(())
}

/// Before the slug of the live copy changes, notes the one it had; the new one is in use again
/// and leads nowhere else. Tells whether there was a live copy.
async fn remember_slug(conn: &mut Conn, row: &ArticleRow, now: Time) -> Result<bool> {
    let again = remember_current(conn, &row.id).await?;
    // Two articles that swap slugs: the other's live copy has ours until it is published too.
    // It gives way; the slug of its working copy must not show before that.
    let other = live_articles::table
        .filter(live_articles::locale.eq(row.locale.clone()))
        .filter(live_articles::slug.eq(row.slug.clone()))
        .filter(live_articles::id.ne(row.id.clone()))
        .select(live_articles::id);
    if let Some(other) = conn.first::<String>(other).await? {
        give_way(conn, &other, row, now).await?;
    }
    let own = live_article_slugs::table
        .filter(live_article_slugs::locale.eq(row.locale.clone()))
        .filter(live_article_slugs::slug.eq(row.slug.clone()));
    conn.execute(diesel::delete(own)).await?;
    Ok(again)
}

/// Gives another live copy a free slug in place of the one that `row` takes.
async fn give_way(conn: &mut Conn, id: &str, row: &ArticleRow, now: Time) -> Result<()> {
    let random: String = id.chars().rev().take(8).collect();
    let wish = Wish {
        scope: &row.locale,
        given: None,
        text: &row.slug,
        fallback: &random,
        own: None,
    };
    let slug = choose(conn, wish, async |conn: &mut Conn, slugs: Vec<String>| {
        let live = Sql::<live_articles::table>::new("live_articles.locale = ")
            .text(row.locale.clone())
            .sql(" AND live_articles.slug")
            .is_in(slugs.clone());
        let mut taken: Vec<String> = conn
            .load(
                live_articles::table
                    .filter(live)
                    .select(live_articles::slug),
            )
            .await?;
        taken.extend(slugs::among(conn, &row.locale, slugs).await?);
        Ok(taken)
    })
    .await?;

    let own = live_articles::table.filter(live_articles::id.eq(id.to_owned()));
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
    Ok(())
}

/// Notes the slug of the live copy, if there is one; tells whether there is.
async fn remember_current(conn: &mut Conn, id: &str) -> Result<bool> {
    let query = live_articles::table
        .filter(live_articles::id.eq(id.to_owned()))
        .select((live_articles::locale, live_articles::slug));
    let current = conn.first::<(String, String)>(query).await?;
    let there = current.is_some();
    if let Some((locale, slug)) = current {
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
    Ok(there)
}

/// Takes the live copy away; its slug is remembered in case it comes back under another.
///
/// # Errors
/// Those of the database.
pub(super) async fn withdraw(conn: &mut Conn, id: &str) -> Result<()> {
    conn.serialise("live").await?;
    remember_current(conn, id).await?;
    let gone = live_articles::table.filter(live_articles::id.eq(id.to_owned()));
    conn.execute(diesel::delete(gone)).await?;
    Ok(())
}
