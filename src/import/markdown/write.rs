//! Stores a page as an article, with its authors and tags.

use diesel::ExpressionMethods as _;
use serde_json::{Map, Value, json};

use super::page::Page;
use crate::app::Edit;
use crate::articles::article::ArticleInput;
use crate::articles::drafts::version_check::Current;
use crate::articles::drafts::{document, store};
use crate::articles::row::ArticleRow;
use crate::articles::states::Status;
use crate::articles::workflow::rules;
use crate::articles::workflow::save::{Change, create_rendered, update};
use crate::articles::workflow::store::transition;
use crate::articles::write_context::WriteContext;
use crate::authors::Authors;
use crate::config::Settings;
use crate::db::Conn;
use crate::db::schema::editorial::import_sources;
use crate::error::Result;
use crate::http::body;
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
        let ctx = WriteContext::of_command(self.settings, edit);
        let old = match old {
            Some(id) => document::find(conn, id).await?,
            None => None,
        };
        let old = old.map(|document| Current::any(document, edit.now));
        let mut fields = match old.as_ref().map(|old| old.as_input()) {
            Some(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        fields.extend(page.fields.clone());
        let mut stored = self.names(conn, page, &mut fields).await?;
        let before = old.as_ref().map(|old| old.row.version);
        let slug = free_slug(conn, page, old.as_ref().map(|old| &old.row)).await?;
        fields.insert("slug".to_owned(), json!(slug));
        let input: ArticleInput = body::check(Value::Object(fields))?;
        let document = match old {
            Some(old) => update(conn, ctx, old, Change::save(&input, rendered)).await?,
            None => create_rendered(conn, ctx, &input, rendered).await?,
        };
        // An article that an editor unpublished stays unpublished.
        let document = if page.publish && document.row.status != Status::Unpublished {
            let old = Current::any(document, edit.now);
            transition(conn, ctx, old, None, rules::publish).await?
        } else {
            document
        };
        let row = document.row;
        stored.created = before.is_none();
        stored.changed = before != Some(row.version);
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
