//! Says what of that which the public sees changes with an article.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use crate::db::Conn;
use crate::db::changes::Key;
use crate::db::schema::live::{live_article_authors, live_article_tags, live_articles};
use crate::error::Result;

/// Says that the live copies of an article are others than before the transaction. Called once they
/// are: what is retired is still there, so the lists of its tags and authors are among these.
///
/// # Errors
/// Those of the database.
pub(super) async fn announce(conn: &mut Conn, id: &str) -> Result<()> {
    conn.changed(Key::Article(id));
    conn.changed(Key::Articles);
    let copies = live_articles::table
        .filter(live_articles::id.eq(id.to_owned()))
        .select((live_articles::slug, live_articles::translation_group));
    for (slug, group) in conn.load::<(String, String)>(copies).await? {
        conn.changed(Key::Slug(&slug));
        conn.changed(Key::Translations(&group));
    }
    let copies = live_articles::table
        .filter(live_articles::id.eq(id.to_owned()))
        .select(live_articles::copy);
    let tags = live_article_tags::table
        .filter(live_article_tags::copy.eq_any(copies.clone()))
        .select(live_article_tags::tag_id);
    for tag in conn.load::<String>(tags).await? {
        conn.changed(Key::ArticlesOfTag(&tag));
    }
    let authors = live_article_authors::table
        .filter(live_article_authors::copy.eq_any(copies))
        .select(live_article_authors::author_id);
    for author in conn.load::<String>(authors).await? {
        conn.changed(Key::ArticlesOfAuthor(&author));
    }
    Ok(())
}
