//! The rows of an article's links: to authors, tags, related articles, and from former paths.

use diesel::prelude::Insertable;
use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::document::Document;
use crate::articles::article::{AuthorRole, plain_path};
use crate::articles::links::Links;
use crate::db::schema::editorial::{
    article_aliases, article_authors, article_related, article_tags,
};
use crate::db::{Conn, insert_rows};
use crate::error::Result;
use crate::values::SitePath;

#[derive(Insertable)]
#[diesel(table_name = article_authors)]
struct AuthorLink {
    article_id: String,
    position: i32,
    author_id: String,
    role: AuthorRole,
}

impl Links {
    /// Makes these the links of an article in place of those of `old`. A list is written when it
    /// differs, or when articles in the trash have to go from it.
    ///
    /// # Errors
    /// Those of the database.
    pub(in crate::articles) async fn replace(&self, conn: &mut Conn, old: &Document) -> Result<()> {
        let id = &old.row.id;
        let mut new = Self::default();
        if self.authors != old.links.authors {
            let own = article_authors::table.filter(article_authors::article_id.eq(id.clone()));
            conn.execute(diesel::delete(own)).await?;
            new.authors.clone_from(&self.authors);
        }
        if self.tags != old.links.tags {
            let own = article_tags::table.filter(article_tags::article_id.eq(id.clone()));
            conn.execute(diesel::delete(own)).await?;
            new.tags.clone_from(&self.tags);
        }
        if self.related != old.links.related || old.has_trashed_links {
            let own = article_related::table.filter(article_related::article_id.eq(id.clone()));
            conn.execute(diesel::delete(own)).await?;
            new.related.clone_from(&self.related);
        }
        if self.aliases != old.links.aliases {
            release(conn, id).await?;
            new.aliases.clone_from(&self.aliases);
        }
        new.add(conn, id).await
    }

    /// Makes these the links of an article that has none yet.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn add(self, conn: &mut Conn, id: &str) -> Result<()> {
        add_all(conn, vec![(id.to_owned(), self)]).await
    }
}

/// Stores the links of articles that have none yet, by the articles' ids, with a statement for each
/// table. SQLite takes 32,766 values in a statement; a link has up to four.
///
/// # Errors
/// Those of the database.
pub async fn add_all(conn: &mut Conn, all: Vec<(String, Links)>) -> Result<()> {
    let (mut authors, mut tags) = (Vec::new(), Vec::new());
    let (mut related, mut aliases) = (Vec::new(), Vec::new());
    for (id, links) in all {
        authors.extend(
            numbered(links.authors).map(|(position, (author_id, role))| AuthorLink {
                article_id: id.clone(),
                position,
                author_id,
                role,
            }),
        );
        tags.extend(numbered(links.tags).map(|(position, tag)| {
            (
                article_tags::article_id.eq(id.clone()),
                article_tags::position.eq(position),
                article_tags::tag_id.eq(tag),
            )
        }));
        related.extend(numbered(links.related).map(|(position, related)| {
            (
                article_related::article_id.eq(id.clone()),
                article_related::position.eq(position),
                article_related::related_id.eq(related),
            )
        }));
        aliases.extend(numbered(links.aliases).map(|(position, path)| {
            (
                article_aliases::path.eq(path),
                article_aliases::article_id.eq(id.clone()),
                article_aliases::position.eq(position),
            )
        }));
    }
    insert_rows!(conn, article_authors::table, authors);
    insert_rows!(conn, article_tags::table, tags);
    insert_rows!(conn, article_related::table, related);
    insert_rows!(conn, article_aliases::table, aliases);
    Ok(())
}

/// Gives an article the aliases that it had, but for those that others took meanwhile.
pub(in crate::articles) async fn take_back(
    conn: &mut Conn,
    id: &str,
    aliases: Vec<SitePath>,
) -> Result<()> {
    for (position, path) in numbered(aliases) {
        let row = (
            article_aliases::path.eq(plain_path(path.as_str()).to_owned()),
            article_aliases::article_id.eq(id.to_owned()),
            article_aliases::position.eq(position),
        );
        let insert = diesel::insert_into(article_aliases::table)
            .values(row)
            .on_conflict_do_nothing();
        conn.execute(insert).await?;
    }
    Ok(())
}

/// Frees the aliases of an article for others.
pub(in crate::articles) async fn release(conn: &mut Conn, id: &str) -> Result<()> {
    let own = article_aliases::table.filter(article_aliases::article_id.eq(id.to_owned()));
    conn.execute(diesel::delete(own)).await?;
    Ok(())
}

fn numbered<T>(items: Vec<T>) -> impl Iterator<Item = (i32, T)> {
    (0..).zip(items)
}
