//! References between rows: each leads to a row that is there.
//!
//! Foreign keys see to most of them when they are written. They do not when a tool wrote to the
//! database without them, or when a file was damaged and put together again.

use std::collections::BTreeMap;

use diesel::{NullableExpressionMethods as _, QueryDsl as _};

use crate::app::Edit;
use crate::db::invalidation::SurrogateKey;
use crate::db::schema::accounts::{
    identities, key_secrets, one_time_tokens, refresh_tokens, sessions, users,
};
use crate::db::schema::editorial::{
    article_aliases, article_authors, article_contents, article_locks, article_related,
    article_slugs, article_tags, import_sources, merged_authors, merged_tags, preview_tokens,
    revision_bodies, revisions, tags,
};
use crate::db::schema::live::{
    live_article_aliases, live_article_authors, live_article_related, live_article_slugs,
    live_article_tags, live_articles, live_author_slugs, live_authors, live_tag_slugs, live_tags,
};
use crate::db::{Conn, Sql, Time};
use crate::error::Result;
use crate::integrity::{Subject, Violation};

/// Writes the list of references, and what is asked and done about each. What a row is worth without
/// what it refers to is said by a word: `delete` when it is nothing, `clear` when only the reference is.
macro_rules! references {
    ($( $table:ident . $column:ident -> $to:ident . $key:ident, $remedy:ident $(, $but:literal)?; )+) => {
        /// Each reference: its table and column, and what they lead to.
        pub const ALL: &[(&str, &str, &str)] = &[
            $( (stringify!($table), stringify!($column), stringify!($to)), )+
        ];

        /// The missing targets of a reference, one for each row.
        async fn dangling(conn: &mut Conn, reference: &str) -> Result<Vec<String>> {
            $( if reference == concat!(stringify!($table), ".", stringify!($column)) {
                let dangling = Sql::<$table::table>::new(references!(@dangling $table $column $to $key $($but)?));
                let query = $table::table
                    .filter(dangling)
                    .select($table::$column.assume_not_null());
                return Ok(conn.load(query).await?);
            } )+
            Ok(Vec::new())
        }

        async fn remove(conn: &mut Conn, reference: &str) -> Result<()> {
            $( if reference == concat!(stringify!($table), ".", stringify!($column)) {
                let remedy = concat!(
                    references!(@$remedy $table $column),
                    " WHERE ",
                    references!(@dangling $table $column $to $key $($but)?)
                );
                conn.execute(Sql::<()>::new(remedy)).await?;
            } )+
            Ok(())
        }
    };
    (@dangling $table:ident $column:ident $to:ident $key:ident $($but:literal)?) => {
        concat!(
            stringify!($table), ".", stringify!($column), " IS NOT NULL AND ", $($but, " AND ",)?
            "NOT EXISTS (SELECT 1 FROM ", stringify!($to), " AS other WHERE other.", stringify!($key),
            " = ", stringify!($table), ".", stringify!($column), ")"
        )
    };
    (@delete $table:ident $column:ident) => { concat!("DELETE FROM ", stringify!($table)) };
    (@clear $table:ident $column:ident) => {
        concat!("UPDATE ", stringify!($table), " SET ", stringify!($column), " = NULL")
    };
}

references! {
    article_aliases.article_id -> articles.id, delete;
    article_authors.article_id -> articles.id, delete;
    article_authors.author_id -> authors.id, delete;
    article_contents.article_id -> articles.id, delete;
    article_locks.article_id -> articles.id, delete;
    article_related.article_id -> articles.id, delete;
    article_related.related_id -> articles.id, delete;
    article_slugs.article_id -> articles.id, delete;
    article_tags.article_id -> articles.id, delete;
    article_tags.tag_id -> tags.id, delete;
    identities.user_id -> users.id, delete;
    import_sources.article_id -> articles.id, delete;
    key_secrets.key_id -> keys.id, delete;
    live_article_aliases.copy -> live_articles.copy, delete;
    // Copies that nobody finds any more are kept a minute, and may refer to what is gone.
    live_article_authors.author_id -> authors.id, delete,
        "(live_article_authors.visible_until IS NULL OR live_article_authors.visible_until > live_article_authors.visible_from)";
    live_article_authors.copy -> live_articles.copy, delete;
    live_article_related.copy -> live_articles.copy, delete;
    live_article_slugs.article_id -> articles.id, delete;
    live_article_tags.copy -> live_articles.copy, delete;
    live_article_tags.tag_id -> tags.id, delete,
        "(live_article_tags.visible_until IS NULL OR live_article_tags.visible_until > live_article_tags.visible_from)";
    live_articles.id -> articles.id, delete;
    live_author_slugs.author_id -> authors.id, delete;
    live_authors.id -> authors.id, delete;
    live_tag_slugs.tag_id -> tags.id, delete;
    live_tags.id -> tags.id, delete;
    merged_authors.author_id -> authors.id, delete;
    merged_tags.tag_id -> tags.id, delete;
    one_time_tokens.user_id -> users.id, delete;
    preview_tokens.article_id -> articles.id, delete;
    refresh_tokens.session_id -> sessions.id, delete;
    revision_bodies.article_id -> articles.id, delete;
    revisions.article_id -> articles.id, delete;
    sessions.user_id -> users.id, delete;
    tags.parent_id -> tags.id, clear;
    users.author_id -> authors.id, clear;
}

/// All references.
pub(super) struct References;

impl Subject for References {
    async fn some_after(_conn: &mut Conn, id: &str) -> Result<Vec<String>> {
        let names = ALL
            .iter()
            .map(|(table, column, _)| format!("{table}.{column}"));
        let mut next: Vec<String> = names.filter(|name| name.as_str() > id).collect();
        next.sort();
        // One at a time, so that no snapshot lasts for long.
        next.truncate(1);
        Ok(next)
    }

    async fn find(conn: &mut Conn, id: &str, _now: Time) -> Result<Vec<Violation>> {
        let mut rows: BTreeMap<String, usize> = BTreeMap::new();
        for gone in dangling(conn, id).await? {
            *rows.entry(gone).or_default() += 1;
        }
        let tell = |(gone, rows): (String, usize)| {
            let rows = match rows {
                1 => "1 row".to_owned(),
                more => format!("{more} rows"),
            };
            let detail = format!("refers to “{gone}”, which does not exist, in {rows}");
            Violation::new("reference", id, detail)
        };
        Ok(rows.into_iter().map(tell).collect())
    }

    async fn repair(conn: &mut Conn, _edit: Edit<'_>, id: &str) -> Result<()> {
        remove(conn, id).await?;
        // It is not known what showed it.
        conn.changed(SurrogateKey::ALL);
        Ok(())
    }
}
