//! Writes the live copies of an article: what the public sees from a moment on.
//!
//! An article has one live copy, and a second one while a new version of it waits for its time.
//! From when until when each is seen stands in it; nobody has to do anything at that moment.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::copy as live_copy;
use super::copy::{LiveCopy, Times};
use super::invalidation::{invalidate, invalidate_article, invalidate_copy};
use super::slugs as live_slugs;
use crate::app::Edit;
use crate::articles::links::Links;
use crate::articles::row::{ArticleRow, BodyRow};
use crate::db::schema::live::{live_article_aliases, live_articles};
use crate::db::{Conn, Sql, Time};
use crate::error::{Error, Result};

/// The working copy of which a live copy is made.
#[derive(Clone, Copy)]
pub(in crate::articles) struct Shown<'a> {
    pub(in crate::articles) row: &'a ArticleRow,
    pub(in crate::articles) body: &'a BodyRow,
    pub(in crate::articles) links: &'a Links,
}

/// Makes the working copy what the public sees from `from` on. What it sees until then stays; what
/// else was to come does not.
///
/// # Errors
/// 409 when another article's live copy has the slug at that time; those of the database.
pub(in crate::articles) async fn write(
    conn: &mut Conn,
    edit: Edit<'_>,
    shown: Shown<'_>,
    from: Time,
) -> Result<()> {
    let row = shown.row;
    let Some(published_at) = row.published_at else {
        return Err(Error::internal("a live copy needs a date"));
    };
    // Publications change each other's live copies when slugs go round: one after another.
    conn.advisory_lock("live").await?;
    let has_copies = live_slugs::remember(conn, &row.id, edit.now).await?;
    if from <= edit.now {
        if has_copies {
            retire(conn, &row.id, edit.now).await?;
        }
        live_slugs::take(conn, row, edit.now).await?;
    } else {
        if has_copies {
            withdraw_next(conn, &row.id, edit.now).await?;
            end(conn, &row.id, from).await?;
            live_slugs::make_room(conn, &row.id, edit.now).await?;
        }
        live_slugs::reserve(conn, row, from).await?;
    }
    let aliases = shown.links.aliases.clone();
    let times = Times {
        published_at,
        from,
        touched_at: edit.now,
    };
    let copy = LiveCopy::new(
        edit.ids.next(),
        row,
        shown.body.clone(),
        shown.links.clone(),
        times,
    )?;
    let name = copy.name().to_owned();
    if !has_copies {
        invalidate_article(conn, &row.id);
        invalidate_copy(conn, copy.keys());
    }
    live_copy::insert(conn, vec![copy]).await?;
    write_aliases(conn, &name, aliases, from <= edit.now).await?;
    match has_copies {
        true => invalidate(conn, &row.id).await,
        false => Ok(()),
    }
}

/// Lets these paths lead to a copy; one that is seen takes them from others.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn write_aliases(
    conn: &mut Conn,
    copy: &str,
    paths: Vec<String>,
    is_seen: bool,
) -> Result<()> {
    if paths.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = paths
        .iter()
        .map(|path| {
            (
                live_article_aliases::path.eq(path.clone()),
                live_article_aliases::copy.eq(copy.to_owned()),
            )
        })
        .collect();
    if is_seen {
        // Another live copy may still claim one, though its working copy gave it up.
        let taken =
            Sql::<live_article_aliases::table>::new("live_article_aliases.path").is_in(paths);
        conn.execute(diesel::delete(live_article_aliases::table.filter(taken)))
            .await?;
    }
    conn.execute(diesel::insert_into(live_article_aliases::table).values(rows))
        .await?;
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
pub(in crate::articles) async fn withdraw_next(conn: &mut Conn, id: &str, now: Time) -> Result<()> {
    conn.advisory_lock("live").await?;
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
    invalidate(conn, id).await
}

/// Notes that what the public sees, or is to see, is of this version.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn renumber(
    conn: &mut Conn,
    id: &str,
    from: i64,
    to: i64,
) -> Result<()> {
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
pub(in crate::articles) async fn withdraw(conn: &mut Conn, id: &str, now: Time) -> Result<()> {
    conn.advisory_lock("live").await?;
    live_slugs::remember(conn, id, now).await?;
    retire(conn, id, now).await?;
    invalidate(conn, id).await
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
    match conn.execute(copies.text(id)).await? {
        0 => Ok(()),
        _ => follow(conn, id).await,
    }
}

/// The copies that no read under way asks for any more.
fn retired(now: Time) -> Sql<live_articles::table> {
    Sql::new(
        "live_articles.visible_until = live_articles.visible_from AND live_articles.touched_at < ",
    )
    .integer(now.0 - READS_END)
}

/// Deletes the retired copies of all articles that no read under way can need.
///
/// # Errors
/// Those of the database.
pub async fn clear_retired(conn: &mut Conn, now: Time) -> Result<()> {
    let gone = live_articles::table.filter(retired(now));
    conn.execute(diesel::delete(gone)).await?;
    Ok(())
}
