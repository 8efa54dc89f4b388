//! Stores a page as an article, with its authors and tags.

use diesel::ExpressionMethods as _;
use serde_json::{Map, Value, json};

use super::page::Page;
use crate::app::Edit;
use crate::articles::article::{ArticleInput, Status};
use crate::articles::context::Context;
use crate::articles::drafts::store::{self, Change};
use crate::articles::row::ArticleRow;
use crate::articles::workflow::store as workflow;
use crate::authors::Authors;
use crate::config::Settings;
use crate::db::Conn;
use crate::db::schema::editorial::import_sources;
use crate::error::Result;
use crate::http::body;
use crate::http::precondition::IfMatch;
use crate::resources;
use crate::tags::Tags;
use crate::text::body::Rendered;
use crate::text::slug::{MAX_SLUG_LEN, numbered};
use crate::values::{Line, Locale};

/// Stores pages.
#[derive(Clone, Copy)]
pub struct Writer<'a> {
    /// The rules of the publication.
    pub settings: &'a Settings,
    /// The author and time of the writes.
    pub edit: Edit<'a>,
}

/// The result of storing a file.
#[derive(Debug, Default)]
pub struct Stored {
    /// Whether the article is new.
    pub created: bool,
    /// Whether it is new or another than it was.
    pub changed: bool,
    /// The ids of the authors who are new.
    pub authors: Vec<String>,
    /// The ids of the tags that are new.
    pub tags: Vec<String>,
    /// Names as written, and as they are stored.
    pub spellings: Vec<(String, String)>,
}

impl Writer<'_> {
    /// Stores a page as an article, the one of the id `old` if that is there. Runs in a
    /// transaction, so that a page that is refused leaves no author behind.
    ///
    /// # Errors
    /// 422 and 409 as for articles that are sent; those of the database.
    pub async fn store(
        &self,
        conn: &mut Conn,
        name: &str,
        old: Option<&str>,
        page: &Page,
        rendered: Rendered,
    ) -> Result<Stored> {
        let edit = self.edit;
        let ctx = Context::of_command(self.settings, edit.now);
        let old = match old {
            Some(id) => store::by_id(conn, id).await?,
            None => None,
        };
        let old = old.map(|row| row.at(edit.now));
        let mut fields = match &old {
            Some(row) => match store::as_input(conn, row).await? {
                Value::Object(fields) => fields,
                _ => Map::new(),
            },
            None => Map::new(),
        };
        fields.extend(page.fields.clone());
        let mut stored = self.names(conn, page, &mut fields).await?;
        let slug = free_slug(conn, page, old.as_ref()).await?;
        fields.insert("slug".to_owned(), json!(slug));
        let input: ArticleInput = body::check(Value::Object(fields))?;
        let row = match &old {
            Some(row) => {
                let any = &IfMatch::Any;
                let change = Change::save(&input, rendered);
                store::update_rendered(conn, edit, ctx, row, any, change).await?
            }
            None => store::create_rendered(conn, edit, ctx, &input, rendered).await?,
        };
        // What an editor took from the public stays away from it.
        let row = if page.publish && row.status != Status::Unpublished {
            workflow::publish(conn, edit, ctx, &row, &IfMatch::Any, None).await?
        } else {
            row
        };
        stored.created = old.is_none();
        stored.changed = old.is_none_or(|old| old.version != row.version);
        let source = (
            import_sources::source.eq(name.to_owned()),
            import_sources::article_id.eq(row.id),
            import_sources::fingerprint.eq(page.fingerprint.clone()),
            import_sources::imported_at.eq(edit.now.0),
        );
        let upsert = diesel::insert_into(import_sources::table)
            .values(source)
            .on_conflict(import_sources::source)
            .do_update()
            .set((
                import_sources::fingerprint.eq(page.fingerprint.clone()),
                import_sources::imported_at.eq(edit.now.0),
            ));
        conn.execute(upsert).await?;
        Ok(stored)
    }

    /// Finds or makes the authors and tags, and puts them into the fields.
    async fn names(
        &self,
        conn: &mut Conn,
        page: &Page,
        fields: &mut Map<String, Value>,
    ) -> Result<Stored> {
        let mut stored = Stored::default();
        let mut spelling = |written: &Line<200>, known: &str| {
            if written.as_str() != known {
                let pair = (written.as_str().to_owned(), known.to_owned());
                stored.spellings.push(pair);
            }
        };
        // All writes of a run bear one time, so what bears it is new.
        let now = self.edit.now;
        let mut ids: Vec<String> = Vec::new();
        for name in &page.authors {
            let row = resources::store::find_or_create::<Authors>(conn, self.edit, name).await?;
            spelling(name, &row.name);
            if row.created_at == now {
                stored.authors.push(row.id.clone());
            }
            if !ids.contains(&row.id) {
                ids.push(row.id);
            }
        }
        let credits: Vec<Value> = ids.iter().map(|id| json!({"author": id})).collect();
        fields.insert("authors".to_owned(), Value::Array(credits));
        let mut ids: Vec<String> = Vec::new();
        for name in &page.tags {
            let row = resources::store::find_or_create::<Tags>(conn, self.edit, name).await?;
            spelling(name, &row.name);
            if row.created_at == now {
                stored.tags.push(row.id.clone());
            }
            if !ids.contains(&row.id) {
                ids.push(row.id);
            }
        }
        fields.insert("tags".to_owned(), json!(ids));
        Ok(stored)
    }
}

/// The slug that a page asks for; where it is taken, with its date, and then with a number.
/// An article that has such a slug keeps it.
async fn free_slug(
    conn: &mut Conn,
    page: &Page,
    old: Option<&ArticleRow>,
) -> Result<Option<String>> {
    let Some(wanted) = &page.slug else {
        return Ok(old.map(|row| row.slug.clone()));
    };
    let locale = page.fields.get("locale").and_then(Value::as_str);
    let locale = locale.and_then(|text| Locale::parse(text).ok());
    let locale = locale.as_ref().map_or("", Locale::as_str);
    let mut base = wanted.clone();
    if let Some(old) = old.filter(|old| old.locale == locale) {
        let rest = old.slug.strip_prefix(wanted.as_str());
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')) {
            return Ok(Some(old.slug.clone()));
        }
    }
    if store::slug_is_free(conn, locale, &base).await? {
        return Ok(Some(base));
    }
    if let Some(day) = &page.day
        && base.len() + day.len() < MAX_SLUG_LEN
    {
        base = format!("{base}-{day}");
        if store::slug_is_free(conn, locale, &base).await? {
            return Ok(Some(base));
        }
    }
    for number in 2..=u32::MAX {
        let slug = numbered(&base, number);
        if store::slug_is_free(conn, locale, &slug).await? {
            return Ok(Some(slug));
        }
    }
    Ok(None)
}
