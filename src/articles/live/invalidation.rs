//! Says what of that which the public sees changes with an article.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::copy::{credited, tagged};
use crate::articles::{INFO as ARTICLES, OF_AUTHOR, OF_TAG, SLUG, TRANSLATIONS};
use crate::db::Conn;
use crate::db::schema::live::live_articles;
use crate::error::Result;

/// Says that the live copies of an article are others than before the transaction. Called once they
/// are: what is retired is still there, so the lists of its tags and authors are among these.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn announce(conn: &mut Conn, id: &str) -> Result<()> {
    conn.changed(ARTICLES.one(id));
    conn.changed(ARTICLES.every());
    let copies = live_articles::table
        .filter(live_articles::id.eq(id.to_owned()))
        .select((
            live_articles::slug,
            live_articles::translation_group,
            live_articles::credits,
            live_articles::tag_ids,
        ));
    type Copy = (String, String, String, String);
    for (slug, group, credits, tags) in conn.load::<Copy>(copies).await? {
        conn.changed(SLUG.of(&slug));
        conn.changed(TRANSLATIONS.of(&group));
        for tag in tagged(&tags) {
            conn.changed(OF_TAG.of(tag));
        }
        for (_role, author) in credited(&credits) {
            conn.changed(OF_AUTHOR.of(author));
        }
    }
    Ok(())
}
