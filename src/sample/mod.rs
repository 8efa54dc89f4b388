//! A small newspaper to try the program with, stored by the same functions as the API's.

use std::collections::HashMap;

use diesel::QueryDsl as _;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::app::Edit;
use crate::articles::article::ArticleInput;
use crate::articles::context::WriteContext;
use crate::articles::drafts::document::Document;
use crate::articles::drafts::version_check::Current;
use crate::articles::rendering::rendered;
use crate::articles::workflow::rules;
use crate::articles::workflow::save::{Change, create, update};
use crate::articles::workflow::store::transition;
use crate::authors::Authors;
use crate::authors::author::AuthorInput;
use crate::config::Settings;
use crate::db::schema::editorial::{articles, authors as author_rows, tags as tag_rows};
use crate::db::{Conn, Database};
use crate::error::{Error, Result};
use crate::http::body;
use crate::resources;
use crate::tags::Tags;
use crate::tags::tag::TagInput;

const NEWSPAPER: &str = include_str!("newspaper.toml");

macro_rules! bodies {
    ($($file:literal,)+) => {
        /// The texts of the articles by the names of their files.
        const BODIES: &[(&str, &str)] = &[$( ($file, include_str!(concat!("articles/", $file))), )+];
    };
}

bodies! {
    "concert-hall-silence.md",
    "fishing-lanes.md",
    "kavaria-pact.md",
    "last-diesel-ferry.md",
    "long-course.md",
    "market-clock.md",
    "nachtbahn.md",
    "night-tram.md",
    "open-tide-data.md",
    "paper-mill.md",
    "seagrass-returns.md",
    "seegras-kehrt-zurueck.md",
    "verlorene-noten.md",
    "winter-league.md",
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Newspaper {
    authors: Vec<Value>,
    tags: Vec<Value>,
    articles: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    body_file: String,
    publish: bool,
    #[serde(default)]
    related: Vec<String>,
    translation_of: Option<String>,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

/// How much was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    /// Articles, drafts among them.
    pub articles: usize,
    /// Authors.
    pub authors: usize,
    /// Tags.
    pub tags: usize,
}

/// Stores the newspaper, all of it or nothing; `None` when the database has content already.
///
/// # Errors
/// Errors of the database.
pub async fn load(db: &Database, settings: &Settings, edit: Edit<'_>) -> Result<Option<Loaded>> {
    let newspaper: Newspaper = toml::from_str(NEWSPAPER).map_err(Error::internal)?;
    let mut conn = db.write().await?;
    let work = async |conn: &mut Conn| {
        if !is_empty(conn).await? {
            return Ok(None);
        }
        Box::pin(store_all(conn, settings, edit, newspaper))
            .await
            .map(Some)
    };
    Box::pin(conn.transaction(work)).await
}

/// Whether a database has no articles, authors and tags.
///
/// # Errors
/// Errors of the database.
pub async fn is_empty(conn: &mut Conn) -> Result<bool> {
    let article: Option<String> = conn
        .first(articles::table.select(articles::id).limit(1))
        .await?;
    let author = author_rows::table.select(author_rows::id).limit(1);
    let author: Option<String> = conn.first(author).await?;
    let tag: Option<String> = conn
        .first(tag_rows::table.select(tag_rows::id).limit(1))
        .await?;
    Ok(article.is_none() && author.is_none() && tag.is_none())
}

async fn store_all(
    conn: &mut Conn,
    settings: &Settings,
    edit: Edit<'_>,
    newspaper: Newspaper,
) -> Result<Loaded> {
    let loaded = Loaded {
        articles: newspaper.articles.len(),
        authors: newspaper.authors.len(),
        tags: newspaper.tags.len(),
    };
    for author in newspaper.authors {
        let input: AuthorInput = body::check(author)?;
        resources::store::create::<Authors>(conn, edit, &input).await?;
    }
    for tag in newspaper.tags {
        let input: TagInput = body::check(tag)?;
        resources::store::create::<Tags>(conn, edit, &input).await?;
    }
    // An article may be related to one further down, so that waits until all are there.
    let mut ids: HashMap<String, String> = HashMap::new();
    let mut documents: Vec<(Document, Vec<String>, bool)> = Vec::new();
    let ctx = WriteContext::of_command(settings, edit);
    for entry in newspaper.articles {
        let mut fields = entry.fields;
        let source = text(&entry.body_file)?;
        let source = json!({"format": "markdown", "source": source});
        fields.insert("body".to_owned(), source);
        if let Some(original) = &entry.translation_of {
            fields.insert("translation_of".to_owned(), id(&ids, original)?);
        }
        let input: ArticleInput = body::check(Value::Object(fields))?;
        let document = create(conn, ctx, &input).await?;
        ids.insert(document.row.slug.clone(), document.row.id.clone());
        documents.push((document, entry.related, entry.publish));
    }
    for (mut document, related, publish) in documents {
        if !related.is_empty() {
            let mut whole = document.as_input();
            let related = related.iter().map(|slug| id(&ids, slug));
            let related = related.collect::<Result<Vec<_>>>()?;
            if let Value::Object(fields) = &mut whole {
                fields.insert("related".to_owned(), Value::Array(related));
            }
            let input: ArticleInput = body::check(whole)?;
            let change = Change::save(&input, rendered(&input));
            let old = Current::any(document, ctx.now);
            document = update(conn, ctx, old, change).await?;
        }
        if publish {
            let old = Current::any(document, ctx.now);
            transition(conn, ctx, old, None, rules::publish).await?;
        }
    }
    Ok(loaded)
}

fn text(file: &str) -> Result<&'static str> {
    let found = BODIES.iter().find(|(name, _)| *name == file);
    found
        .map(|(_, text)| *text)
        .ok_or_else(|| Error::internal(format!("the sample has no text {file}")))
}

fn id(ids: &HashMap<String, String>, slug: &str) -> Result<Value> {
    ids.get(slug)
        .map(|id| Value::String(id.clone()))
        .ok_or_else(|| Error::internal(format!("the sample has no article {slug}")))
}
