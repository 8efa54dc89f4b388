//! Writes the live copies of an article: what the public sees from a moment on.
//!
//! An article has one live copy, and a second one while a new version of it waits for its time.
//! From when until when each is seen stands in it; nobody has to do anything at that moment.

use diesel::prelude::Insertable;
use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde::Serialize;

use super::announce::announce;
use super::links::Links;
use super::live_slugs;
use super::row::{ArticleRow, BodyRow};
use super::store;
use super::view::{Article, ArticleBody};
use crate::app::Edit;
use crate::db::schema::live::{
    live_article_aliases, live_article_authors, live_article_related, live_article_tags,
    live_articles,
};
use crate::db::{Conn, Sql, Time};
use crate::error::{Error, Result};

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = live_articles)]
struct NewLive {
    copy: String,
    id: String,
    locale: String,
    slug: String,
    title: String,
    section: Option<String>,
    featured: bool,
    translation_group: String,
    visible_from: Time,
    visible_until: Option<Time>,
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
    copy: String,
    visible_from: Time,
    visible_until: Option<Time>,
    position: i32,
    role: super::article::AuthorRole,
}

#[derive(Insertable)]
#[diesel(table_name = live_article_tags)]
struct NewTag {
    tag_id: String,
    published_at: Time,
    article_id: String,
    copy: String,
    visible_from: Time,
    visible_until: Option<Time>,
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
        corrected_at: row.corrections.0.iter().map(|made| made.at).max(),
        corrections: row.corrections.clone(),
        translation_group: row.translation_group.clone(),
        metadata: row.metadata.clone(),
        word_count: row.word_count,
        reading_minutes: row.reading_minutes,
        lead_image: None,
        authors: None,
        tags: None,
        related: None,
        translations: None,
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

/// Makes the working copy what the public sees from `from` on. What it sees until then stays; what
/// else was to come does not.
///
/// # Errors
/// 409 when another article's live copy has the slug at that time; those of the database.
pub(super) async fn write(
    conn: &mut Conn,
    edit: Edit<'_>,
    row: &ArticleRow,
    from: Time,
) -> Result<()> {
    let Some(published_at) = row.published_at else {
        return Err(Error::internal("a live copy needs a date"));
    };
    // Publications change each other's live copies when slugs go round: one after another.
    conn.serialise("live").await?;
    live_slugs::remember(conn, &row.id, edit.now).await?;
    if from <= edit.now {
        retire(conn, &row.id, edit.now).await?;
        live_slugs::take(conn, row, edit.now).await?;
    } else {
        withdraw_next(conn, &row.id, edit.now).await?;
        end(conn, &row.id, from).await?;
        live_slugs::make_room(conn, &row.id, edit.now).await?;
        live_slugs::reserve(conn, row, from).await?;
    }
    let links = Links::load(conn, &row.id).await?;
    let long = store::body(conn, &row.id).await?;
    let first = row.first_published_at.unwrap_or(published_at);
    let mut shown = card(row);
    shown.first_published_at = Some(first);
    let live = NewLive {
        copy: edit.ids.next(),
        id: row.id.clone(),
        locale: row.locale.clone(),
        slug: row.slug.clone(),
        title: row.title.clone(),
        section: row.section.clone(),
        featured: row.featured,
        translation_group: row.translation_group.clone(),
        visible_from: from,
        visible_until: row.expires_at,
        published_at,
        first_published_at: first,
        updated_at: row.updated_at,
        expires_at: row.expires_at,
        word_count: row.word_count,
        version: row.version,
        touched_at: edit.now,
        lead_image: row.lead_image.as_ref().map(text).transpose()?,
        card: text(&shown)?,
        search_text: long.search_text.clone(),
        body: text(&body(long, false))?,
    };
    conn.execute(diesel::insert_into(live_articles::table).values(live.clone()))
        .await?;
    write_links(conn, &live, links).await?;
    announce(conn, &row.id).await
}

/// A value as JSON text.
fn text(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

async fn write_links(conn: &mut Conn, live: &NewLive, links: Links) -> Result<()> {
    let copy = &live.copy;
    let rows: Vec<_> = (0..)
        .zip(links.authors)
        .map(|(position, (author_id, role))| NewCredit {
            author_id,
            published_at: live.published_at,
            article_id: live.id.clone(),
            copy: copy.clone(),
            visible_from: live.visible_from,
            visible_until: live.visible_until,
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
            published_at: live.published_at,
            article_id: live.id.clone(),
            copy: copy.clone(),
            visible_from: live.visible_from,
            visible_until: live.visible_until,
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
                live_article_related::copy.eq(copy.clone()),
                live_article_related::position.eq(position),
                live_article_related::related_id.eq(related),
            )
        })
        .collect();
    if !rows.is_empty() {
        conn.execute(diesel::insert_into(live_article_related::table).values(rows))
            .await?;
    }
    let paths = links.aliases.clone();
    let rows: Vec<_> = links
        .aliases
        .into_iter()
        .map(|path| {
            (
                live_article_aliases::path.eq(path),
                live_article_aliases::copy.eq(copy.clone()),
            )
        })
        .collect();
    if !rows.is_empty() {
        if live.visible_from <= live.touched_at {
            // Another live copy may still claim one, though its working copy gave it up.
            let taken =
                Sql::<live_article_aliases::table>::new("live_article_aliases.path").is_in(paths);
            conn.execute(diesel::delete(live_article_aliases::table.filter(taken)))
                .await?;
        }
        conn.execute(diesel::insert_into(live_article_aliases::table).values(rows))
            .await?;
    }
    Ok(())
}

/// Lets what the public sees of an article end at `until`, or when it expires.
async fn end(conn: &mut Conn, id: &str, until: Time) -> Result<()> {
    let copies = Sql::<()>::new("UPDATE live_articles SET visible_until = ")
        .integer(until.0)
        .sql(" WHERE (visible_until IS NULL OR visible_until > ")
        .integer(until.0)
        .sql(") AND id = ");
    conn.execute(copies.text(id)).await?;
    follow(conn, id).await
}

/// Lets the links of the copies of an article end as the copies do.
async fn follow(conn: &mut Conn, id: &str) -> Result<()> {
    for links in [
        "UPDATE live_article_authors SET visible_until = (SELECT live.visible_until \
         FROM live_articles AS live WHERE live.copy = live_article_authors.copy)",
        "UPDATE live_article_tags SET visible_until = (SELECT live.visible_until \
         FROM live_articles AS live WHERE live.copy = live_article_tags.copy)",
    ] {
        let of_article = Sql::<()>::new(links)
            .sql(" WHERE copy IN (SELECT live.copy FROM live_articles AS live WHERE live.id = ")
            .text(id)
            .sql(")");
        conn.execute(of_article).await?;
    }
    Ok(())
}

/// Takes back what is to be seen later, and what has ended. What is seen now stays until it expires.
///
/// # Errors
/// Those of the database.
pub(super) async fn withdraw_next(conn: &mut Conn, id: &str, now: Time) -> Result<()> {
    conn.serialise("live").await?;
    let later = Sql::<live_articles::table>::new("live_articles.id = ")
        .text(id)
        .sql(" AND live_articles.visible_from > ")
        .integer(now.0);
    conn.execute(diesel::delete(live_articles::table.filter(later)))
        .await?;
    let ended =
        Sql::<()>::new("UPDATE live_articles SET visible_until = visible_from, touched_at = ")
            .integer(now.0)
            .sql(" WHERE visible_until > visible_from AND visible_until <= ")
            .integer(now.0)
            .sql(" AND id = ");
    conn.execute(ended.text(id)).await?;
    let copy = Sql::<()>::new(
        "UPDATE live_articles SET visible_until = expires_at \
         WHERE (visible_until IS NULL OR visible_until > visible_from) AND id = ",
    );
    conn.execute(copy.text(id)).await?;
    follow(conn, id).await?;
    announce(conn, id).await
}

/// Notes that what the public sees, or is to see, is of this version.
///
/// # Errors
/// Those of the database.
pub(super) async fn renumber(conn: &mut Conn, id: &str, from: i64, to: i64) -> Result<()> {
    let own = live_articles::table
        .filter(live_articles::id.eq(id.to_owned()))
        .filter(live_articles::version.eq(from));
    conn.execute(diesel::update(own).set(live_articles::version.eq(to)))
        .await?;
    Ok(())
}

/// Takes all live copies away; their slugs are remembered in case the article comes back under
/// another.
///
/// # Errors
/// Those of the database.
pub(super) async fn withdraw(conn: &mut Conn, id: &str, now: Time) -> Result<()> {
    conn.serialise("live").await?;
    live_slugs::remember(conn, id, now).await?;
    retire(conn, id, now).await?;
    announce(conn, id).await
}

/// For how long a copy that nobody finds any more is kept, in milliseconds: a read takes several
/// statements, and one that found it still asks for its parts.
const READS_END: i64 = 60_000;

/// Lets nobody find the copies of an article any more. They stay for the reads under way, so that
/// each shows one whole copy, whatever is published meanwhile.
async fn retire(conn: &mut Conn, id: &str, now: Time) -> Result<()> {
    let own = live_articles::table.filter(live_articles::id.eq(id.to_owned()));
    let gone = own.filter(retired(now));
    conn.execute(diesel::delete(gone)).await?;
    let copies =
        Sql::<()>::new("UPDATE live_articles SET visible_until = visible_from, touched_at = ")
            .integer(now.0)
            .sql(" WHERE (visible_until IS NULL OR visible_until > visible_from) AND id = ");
    conn.execute(copies.text(id)).await?;
    follow(conn, id).await
}

/// The copies that no read under way asks for any more.
fn retired(now: Time) -> Sql<live_articles::table> {
    Sql::new(
        "live_articles.visible_until = live_articles.visible_from AND live_articles.touched_at < ",
    )
    .integer(now.0 - READS_END)
}

/// Clears the copies of all articles that no read under way asks for any more.
///
/// # Errors
/// Those of the database.
pub async fn clear(conn: &mut Conn, now: Time) -> Result<()> {
    let gone = live_articles::table.filter(retired(now));
    conn.execute(diesel::delete(gone)).await?;
    Ok(())
}
