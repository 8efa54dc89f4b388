//! What a working copy refers to: authors, tags, related articles, and its old addresses.

use std::collections::HashSet;

use diesel::prelude::Insertable;
use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::reference_errors::{ambiguous, unknown_field};
use super::{slugs, translations};
use crate::articles::article::{ArticleInput, AuthorRole, plain_path};
use crate::articles::context::Context;
use crate::articles::links::Links;
use crate::articles::row::ArticleRow;
use crate::authors::Authors;
use crate::db::schema::editorial::{
    article_aliases, article_authors, article_related, article_tags,
};
use crate::db::{Conn, Sql, insert_rows};
use crate::error::{Code, Error, FieldError, Result};
use crate::resources::lookup;
use crate::tags::Tags;
use crate::values::{Reference, SitePath};

#[derive(Insertable)]
#[diesel(table_name = article_authors)]
struct AuthorLink {
    article_id: String,
    position: i32,
    author_id: String,
    role: AuthorRole,
}

/// What an input has named so far, to find what it names twice.
#[derive(Default)]
struct Seen {
    ids: HashSet<String>,
    merged: HashSet<String>,
}

impl Seen {
    /// Whether this was not named before; it is an error if it was.
    fn is_new(&mut self, id: &str, pointer: &str, errors: &mut Vec<FieldError>) -> bool {
        let is_new = self.ids.insert(id.to_owned());
        if !is_new {
            errors.push(FieldError::at(pointer, "duplicate", "is a duplicate."));
        }
        is_new
    }

    /// The same of what has an id and a slug now, and may have been named by what was merged into
    /// it since: that stands beside it without harm.
    fn adds(
        &mut self,
        named: &Reference,
        (id, slug): (&str, &str),
        pointer: &str,
        errors: &mut Vec<FieldError>,
    ) -> bool {
        let is_merged = ![id, slug].contains(&named.as_str());
        if self.ids.contains(id) && (is_merged || self.merged.contains(id)) {
            return false;
        }
        if is_merged {
            self.merged.insert(id.to_owned());
        }
        self.is_new(id, pointer, errors)
    }
}

impl Links {
    /// Looks up everything that an input refers to, and the group of translations that it puts
    /// the article into.
    ///
    /// # Errors
    /// 422 naming each reference to what is not there, or that is there twice, and all that
    /// contradicts itself; 409 for an alias of another article.
    pub async fn resolve(
        conn: &mut Conn,
        ctx: Context<'_>,
        input: &ArticleInput,
        row: &ArticleRow,
    ) -> Result<(Self, String)> {
        let mut links = Self::default();
        let mut errors = input.contradictions();
        if errors.iter().any(|error| error.code() == "too_many") {
            // A list without bounds is not looked up item by item.
            return Err(Error::fields(Code::InvalidFields, errors));
        }
        let mut seen = Seen::default();
        for (index, credit) in input.authors.iter().enumerate() {
            let pointer = format!("/authors/{index}/author");
            match lookup::get::<Authors>(conn, &credit.author).await? {
                Some(author) => {
                    let names = (author.id.as_str(), author.slug.as_str());
                    if seen.adds(&credit.author, names, &pointer, &mut errors) {
                        links.authors.push((author.id, credit.role));
                    }
                }
                None => errors.push(unknown_field(&pointer, "author", &credit.author)),
            }
        }
        for (index, reference) in input.tags.iter().enumerate() {
            let pointer = format!("/tags/{index}");
            match lookup::get::<Tags>(conn, reference).await? {
                Some(tag) => {
                    let names = (tag.id.as_str(), tag.slug.as_str());
                    if seen.adds(reference, names, &pointer, &mut errors) {
                        links.tags.push(tag.id);
                    }
                }
                None => errors.push(unknown_field(&pointer, "tag", reference)),
            }
        }
        for (index, reference) in input.related.iter().enumerate() {
            let pointer = format!("/related/{index}");
            let found = match slugs::get(conn, reference, &[&row.locale], ctx).await? {
                None if !reference.is_id() => slugs::get(conn, reference, &[], ctx)
                    .await
                    .or_else(|error| ambiguous(error, &pointer, &mut errors))?,
                found => found,
            };
            match found {
                Some(other) if other.id == row.id => {
                    errors.push(FieldError::at(
                        &pointer,
                        "itself",
                        "must not be the article itself.",
                    ));
                }
                Some(other) if !seen.is_new(&other.id, &pointer, &mut errors) => {}
                Some(other) => links.related.push(other.id),
                None if errors.iter().any(|error| error.place() == pointer) => {}
                // Somebody else linked what the caller may not see: it stays.
                None if is_linked(conn, ctx, &row.id, reference).await? => {
                    links.related.push(reference.as_str().to_owned());
                }
                None => errors.push(unknown_field(&pointer, "article", reference)),
            }
        }
        for path in &input.aliases {
            let path = plain_path(path.as_str()).to_owned();
            if !links.aliases.contains(&path) {
                links.aliases.push(path);
            }
        }
        let group = translations::of(conn, ctx, input, row, &mut errors).await?;
        if !errors.is_empty() {
            return Err(Error::fields(Code::InvalidFields, errors));
        }
        links.check_aliases(conn, &row.id).await?;
        Ok((links, group))
    }

    async fn check_aliases(&self, conn: &mut Conn, id: &str) -> Result<()> {
        if self.aliases.is_empty() {
            return Ok(());
        }
        let condition = Sql::<article_aliases::table>::new("article_aliases.article_id <> ")
            .text(id)
            .sql(" AND article_aliases.path")
            .is_in(self.aliases.clone());
        let query = article_aliases::table
            .filter(condition)
            .select(article_aliases::path);
        let taken: Vec<String> = conn.load(query).await?;
        let errors: Vec<FieldError> = self
            .aliases
            .iter()
            .enumerate()
            .filter(|(_, path)| taken.contains(path))
            .map(|(index, path)| {
                let detail = format!("“{path}” is an alias of another article.");
                FieldError::at(format!("/aliases/{index}"), "taken", detail)
            })
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Error::fields(Code::Conflict, errors))
        }
    }

    /// Makes these the links of an article.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn write(self, conn: &mut Conn, id: &str) -> Result<()> {
        let id = id.to_owned();
        let own = article_authors::table.filter(article_authors::article_id.eq(id.clone()));
        conn.execute(diesel::delete(own)).await?;
        let own = article_tags::table.filter(article_tags::article_id.eq(id.clone()));
        conn.execute(diesel::delete(own)).await?;
        let own = article_related::table.filter(article_related::article_id.eq(id.clone()));
        conn.execute(diesel::delete(own)).await?;
        release(conn, &id).await?;
        self.add(conn, &id).await
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

/// Whether an article is related to this one already, though it is out of the caller's scope.
async fn is_linked(
    conn: &mut Conn,
    ctx: Context<'_>,
    id: &str,
    reference: &Reference,
) -> Result<bool> {
    if ctx.scope.narrowed_at().is_none() || !reference.is_id() {
        return Ok(false);
    }
    let link = article_related::table
        .filter(article_related::article_id.eq(id.to_owned()))
        .filter(article_related::related_id.eq(reference.as_str().to_owned()))
        .select(article_related::position);
    Ok(conn.first::<i32>(link).await?.is_some())
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
