//! What a working copy refers to: authors, tags, related articles, and its old addresses.

use std::collections::HashSet;

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::document::Document;
use super::read::Linked;
use super::reference_errors::{ambiguous, unknown_field};
use super::{slugs, translations};
use crate::articles::article::{ArticleInput, AuthorRole, plain_path};
use crate::articles::context::Context;
use crate::articles::links::Links;
use crate::articles::row::ArticleRow;
use crate::authors::Authors;
use crate::db::schema::editorial::{article_aliases, article_related};
use crate::db::{AnyOf, Conn, Sql};
use crate::error::{Code, Error, FieldError, Result};
use crate::resources::lookup;
use crate::tags::Tags;
use crate::values::Reference;

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
        target: &Target,
        pointer: &str,
        errors: &mut Vec<FieldError>,
    ) -> bool {
        let id = target.id.as_str();
        let is_merged = ![id, target.slug.as_str()].contains(&named.as_str());
        if self.ids.contains(id) && (is_merged || self.merged.contains(id)) {
            return false;
        }
        if is_merged {
            self.merged.insert(id.to_owned());
        }
        self.is_new(id, pointer, errors)
    }
}

/// The references of an article, looked up.
pub struct Resolved {
    /// The ids of what it refers to.
    pub links: Links,
    /// Its authors and tags with their versions, as answers need them.
    pub(super) linked: Linked,
    /// The group of translations that it belongs to.
    pub group: String,
}

impl Resolved {
    /// Looks up everything that an input refers to, and the group of translations that it puts the
    /// article into. A list that is the one of `old` is not looked up again: foreign keys hold it.
    ///
    /// # Errors
    /// 422 naming each reference to what is not there, or that is there twice, and all that
    /// contradicts itself; 409 for an alias of another article.
    pub async fn of(
        conn: &mut Conn,
        ctx: Context<'_>,
        input: &ArticleInput,
        row: &ArticleRow,
        old: Option<&Document>,
    ) -> Result<Self> {
        let mut errors = input.contradictions();
        if errors.iter().any(|error| error.code() == "too_many") {
            // A list without bounds is not looked up item by item.
            return Err(Error::fields(Code::InvalidFields, errors));
        }
        let mut links = old.map(|old| old.links.clone()).unwrap_or_default();
        let mut linked = old.map(|old| old.linked.clone()).unwrap_or_default();
        let mut seen = Seen::default();
        let named = input.authors.iter().map(|one| (&one.author, one.role));
        if !named
            .clone()
            .map(text_and_role)
            .eq(links.authors.iter().map(id_and_role))
        {
            let people = authors(conn, input, &mut seen, &mut errors).await?;
            linked.set_credits(
                people
                    .iter()
                    .map(|(one, role)| (*role, one.id.as_str(), one.version)),
            );
            links.authors = people
                .into_iter()
                .map(|(one, role)| (one.id, role))
                .collect();
        }
        if !input
            .tags
            .iter()
            .map(Reference::as_str)
            .eq(links.tags.iter().map(String::as_str))
        {
            let tags = tags(conn, input, &mut seen, &mut errors).await?;
            linked.set_tags(tags.iter().map(|one| (one.id.as_str(), one.version)));
            links.tags = tags.into_iter().map(|one| one.id).collect();
        }
        let named = input.related.iter().map(Reference::as_str);
        if !named.eq(links.related.iter().map(String::as_str)) {
            links.related = related(conn, ctx, input, row, &mut seen, &mut errors).await?;
        }
        let aliases = aliases(input);
        let has_new_aliases = aliases != links.aliases;
        links.aliases = aliases;
        let group = translations::of(conn, ctx, input, row, &mut errors).await?;
        if !errors.is_empty() {
            return Err(Error::fields(Code::InvalidFields, errors));
        }
        if has_new_aliases {
            links.check_aliases(conn, &row.id).await?;
        }
        Ok(Self {
            links,
            linked,
            group,
        })
    }
}

fn text_and_role((reference, role): (&Reference, AuthorRole)) -> (&str, AuthorRole) {
    (reference.as_str(), role)
}

fn id_and_role((id, role): &(String, AuthorRole)) -> (&str, AuthorRole) {
    (id, *role)
}

/// An author or a tag, as far as a link needs it.
#[derive(Clone)]
struct Target {
    id: String,
    slug: String,
    version: i64,
}

type TargetRow = (String, String, i64);

impl From<TargetRow> for Target {
    fn from((id, slug, version): TargetRow) -> Self {
        Self { id, slug, version }
    }
}

/// Finds in one list the rows that references name by their ids or slugs.
fn target(rows: &[Target], reference: &Reference) -> Option<Target> {
    let text = reference.as_str();
    let is_named = |row: &&Target| match reference.is_id() {
        true => row.id == text,
        false => row.slug == text,
    };
    rows.iter().find(is_named).cloned()
}

/// The ids among references, and the slugs.
fn ids_and_slugs<'a>(
    references: impl Iterator<Item = &'a Reference>,
) -> (Vec<String>, Vec<String>) {
    let (ids, slugs): (Vec<_>, Vec<_>) = references.partition(|one| one.is_id());
    let texts = |all: Vec<&Reference>| all.iter().map(|one| one.as_str().to_owned()).collect();
    (texts(ids), texts(slugs))
}

/// Loads the rows of a table that references name: one statement for those named by id, one for those
/// named by slug.
macro_rules! targets {
    ($conn:expr, $table:ident, $references:expr) => {{
        use crate::db::schema::editorial::$table;
        let (ids, slugs) = ids_and_slugs($references);
        let mut rows: Vec<TargetRow> = Vec::new();
        let columns = ($table::id, $table::slug, $table::version);
        if !ids.is_empty() {
            let query = $table::table.filter(AnyOf::new($table::id, ids));
            rows.extend($conn.load::<TargetRow>(query.select(columns)).await?);
        }
        if !slugs.is_empty() {
            let query = $table::table.filter(AnyOf::new($table::slug, slugs));
            rows.extend($conn.load::<TargetRow>(query.select(columns)).await?);
        }
        rows.into_iter().map(Target::from).collect::<Vec<Target>>()
    }};
}

/// The authors that an input credits, in order.
async fn authors(
    conn: &mut Conn,
    input: &ArticleInput,
    seen: &mut Seen,
    errors: &mut Vec<FieldError>,
) -> Result<Vec<(Target, AuthorRole)>> {
    let rows = targets!(
        conn,
        authors,
        input.authors.iter().map(|credit| &credit.author)
    );
    let mut people = Vec::with_capacity(input.authors.len());
    for (index, credit) in input.authors.iter().enumerate() {
        let pointer = format!("/authors/{index}/author");
        let found = match target(&rows, &credit.author) {
            Some(found) => Some(found),
            // One that was merged into another is that one.
            None => lookup::get::<Authors>(conn, &credit.author)
                .await?
                .map(|row| Target::from((row.id, row.slug, row.version))),
        };
        match found {
            Some(author) => {
                if seen.adds(&credit.author, &author, &pointer, errors) {
                    people.push((author, credit.role));
                }
            }
            None => errors.push(unknown_field(&pointer, "author", &credit.author)),
        }
    }
    Ok(people)
}

/// The tags that an input names, in order.
async fn tags(
    conn: &mut Conn,
    input: &ArticleInput,
    seen: &mut Seen,
    errors: &mut Vec<FieldError>,
) -> Result<Vec<Target>> {
    let rows = targets!(conn, tags, input.tags.iter());
    let mut tags = Vec::with_capacity(input.tags.len());
    for (index, reference) in input.tags.iter().enumerate() {
        let pointer = format!("/tags/{index}");
        let found = match target(&rows, reference) {
            Some(found) => Some(found),
            None => lookup::get::<Tags>(conn, reference)
                .await?
                .map(|row| Target::from((row.id, row.slug, row.version))),
        };
        match found {
            Some(tag) => {
                if seen.adds(reference, &tag, &pointer, errors) {
                    tags.push(tag);
                }
            }
            None => errors.push(unknown_field(&pointer, "tag", reference)),
        }
    }
    Ok(tags)
}

/// The ids of the related articles that an input names, in order.
async fn related(
    conn: &mut Conn,
    ctx: Context<'_>,
    input: &ArticleInput,
    row: &ArticleRow,
    seen: &mut Seen,
    errors: &mut Vec<FieldError>,
) -> Result<Vec<String>> {
    let mut related = Vec::with_capacity(input.related.len());
    for (index, reference) in input.related.iter().enumerate() {
        let pointer = format!("/related/{index}");
        let found = match slugs::get(conn, reference, &[&row.locale], ctx).await? {
            None if !reference.is_id() => slugs::get(conn, reference, &[], ctx)
                .await
                .or_else(|error| ambiguous(error, &pointer, errors))?,
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
            Some(other) if !seen.is_new(&other.id, &pointer, errors) => {}
            Some(other) => related.push(other.id),
            None if errors.iter().any(|error| error.place() == pointer) => {}
            // A link that somebody else made to what the caller may not see stays.
            None if is_linked(conn, ctx, &row.id, reference).await? => {
                related.push(reference.as_str().to_owned());
            }
            None => errors.push(unknown_field(&pointer, "article", reference)),
        }
    }
    Ok(related)
}

/// The paths on an earlier site that an input names, each once.
fn aliases(input: &ArticleInput) -> Vec<String> {
    let mut aliases = Vec::with_capacity(input.aliases.len());
    for path in &input.aliases {
        let path = plain_path(path.as_str()).to_owned();
        if !aliases.contains(&path) {
            aliases.push(path);
        }
    }
    aliases
}

impl Links {
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
