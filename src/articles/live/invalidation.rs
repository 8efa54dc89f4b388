//! The cache keys that a change of an article invalidates.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::copy::{credited, tagged};
use crate::articles::{INFO as ARTICLES, OF_AUTHOR, OF_TAG, SLUG, TRANSLATIONS};
use crate::db::Conn;
use crate::db::schema::live::live_articles;
use crate::error::Result;

/// Invalidates all that shows an article, at the commit. It is called after the change of the live
/// copies: retired copies are still there, so the lists of their tags and authors are included.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn invalidate(conn: &mut Conn, id: &str) -> Result<()> {
    invalidate_article(conn, id);
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
        invalidate_copy(
            conn,
            CopyKeys {
                slug: &slug,
                group: &group,
                credits: &credits,
                tags: &tags,
            },
        );
    }
    Ok(())
}

/// The members of a live copy by which answers depend on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct CopyKeys<'a> {
    /// Its slug.
    pub(super) slug: &'a str,
    /// Its group of translations.
    pub(super) group: &'a str,
    /// Its credits, as the copy notes them.
    pub(super) credits: &'a str,
    /// The ids of its tags, as the copy notes them.
    pub(super) tags: &'a str,
}

/// Invalidates the keys of one live copy. Called for each copy that is stored, besides
/// [`invalidate_article`].
pub(super) fn invalidate_copy(conn: &mut Conn, copy: CopyKeys<'_>) {
    conn.changed(SLUG.of(copy.slug));
    conn.changed(TRANSLATIONS.of(copy.group));
    for tag in tagged(copy.tags) {
        conn.changed(OF_TAG.of(tag));
    }
    for (_role, author) in credited(copy.credits) {
        conn.changed(OF_AUTHOR.of(author));
    }
}

/// Invalidates the keys of an article whichever copies it has.
pub(super) fn invalidate_article(conn: &mut Conn, id: &str) {
    conn.changed(ARTICLES.one(id));
    conn.changed(ARTICLES.every());
}
