//! A Markdown file as an article: what its front matter and its place say, in the fields of the
//! API. Pure.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::Options;
use crate::articles::article::{ArticleInput, MAX_LINKS, plain_path};
use crate::import::dates::date_from_path;
use crate::import::front_matter::{self, FrontMatter};
use crate::import::tree::{in_drafts, language_suffix};
use crate::text::slug::slugify;
use crate::values::{self, Line, Metadata, SitePath, Text};

/// A file, ready to be stored.
#[derive(Debug)]
pub struct Page {
    /// The fields of the article that the file has a say in, without slug, authors and tags.
    pub fields: Map<String, Value>,
    /// The credited authors.
    pub authors: Vec<Line<200>>,
    /// Tags, then categories.
    pub tags: Vec<Line<200>>,
    /// The slug that the file asks for; taken slugs are changed.
    pub slug: Option<String>,
    /// The date of publication, as it may be added to a slug.
    pub day: Option<String>,
    /// Whether the article is to be published.
    pub publish: bool,
    /// Stands for the file and the options that matter: equal means that nothing is to do.
    pub fingerprint: String,
    /// Notes on content that could not be kept unchanged.
    pub notes: Vec<String>,
}

impl Page {
    /// The Markdown.
    pub fn source(&self) -> &str {
        let body = self.fields.get("body");
        let source = body.and_then(|body| body.get("source"));
        source.and_then(Value::as_str).unwrap_or_default()
    }
}

/// The result of reading a file.
#[derive(Debug)]
pub enum Reading {
    /// An article.
    Page(Box<Page>),
    /// Nothing to import, and why.
    Skip(&'static str),
}

/// A file that cannot be imported: the line, from 1, and why.
#[derive(Debug)]
pub struct Broken(pub usize, pub String);

/// Reads a file.
///
/// # Errors
/// When it is not UTF-8, its front matter cannot be read, or a field breaks a rule of the API.
pub fn read(bytes: &[u8], relative: &str, options: &Options) -> Result<Reading, Broken> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.iter().take(error.valid_up_to());
        let line = 1 + good.filter(|&&byte| byte == b'\n').count();
        Broken(line, "the file is not valid UTF-8".to_owned())
    })?;
    let document = front_matter::parse(text).map_err(|error| Broken(error.line, error.message))?;
    let front = document.front;
    if front.title.is_none() && document.body.trim().is_empty() {
        return Ok(Reading::Skip(
            "a page without title and text, filled by a template",
        ));
    }
    let mut notes = Vec::new();
    let slug = slug(&front, relative);
    let date = front
        .date
        .or_else(|| front.path.as_deref().and_then(date_from_path))
        .or_else(|| date_from_path(relative));
    let publish = options.publish && !front.draft && !in_drafts(relative);
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (standfirst, metadata) = described(&front, &mut notes);
    let mut fields = Map::new();
    fields.insert(
        "title".to_owned(),
        json!(front.title.as_deref().map(one_line)),
    );
    fields.insert("locale".to_owned(), json!(locale(&front, options)));
    fields.insert("standfirst".to_owned(), json!(standfirst));
    fields.insert(
        "body".to_owned(),
        json!({"format": "markdown", "source": printable(&document.body, &mut notes)}),
    );
    // Without a date the one that publishing sets is kept.
    if let Some(date) = date {
        fields.insert("published_at".to_owned(), json!(in_rfc3339(date)));
    }
    fields.insert(
        "expires_at".to_owned(),
        json!(front.expires.map(in_rfc3339)),
    );
    fields.insert("metadata".to_owned(), Value::Object(metadata));
    fields.insert("aliases".to_owned(), json!(aliases(&front, &mut notes)));
    let authors = names(&front.authors, "author", &mut notes)?;
    let labels: Vec<String> = front
        .tags
        .iter()
        .chain(&front.categories)
        .cloned()
        .collect();
    let tags = names(&labels, "tag", &mut notes)?;
    check(&fields, document.body_line)?;
    let fingerprint = fingerprint(&json!([1, fields, authors, tags, slug, publish]));
    Ok(Reading::Page(Box::new(Page {
        fields,
        authors,
        tags,
        slug,
        day: date.map(|date| date.format("%Y-%m-%d").to_string()),
        publish,
        fingerprint,
        notes,
    })))
}

/// The standfirst and the free data: what does not fit in its field is kept where it does.
fn described(front: &FrontMatter, notes: &mut Vec<String>) -> (Option<String>, Map<String, Value>) {
    let mut metadata = front.extra.clone();
    if let Some(updated) = front.updated {
        metadata
            .entry("updated")
            .or_insert_with(|| in_rfc3339(updated).into());
    }
    let mut standfirst = front.description.clone();
    if let Some(text) = &standfirst
        && let Err(refusal) = Text::<1, 1000>::parse(text)
    {
        notes.push(format!(
            "the description {} It is stored as metadata.",
            refusal.detail
        ));
        metadata.insert("description".to_owned(), text.as_str().into());
        standfirst = None;
    }
    if let Err(errors) = values::read::<Metadata>(Value::Object(metadata.clone())) {
        let why = errors.0.first().map_or("", |error| error.detail());
        notes.push(format!("the custom data {why} It is omitted."));
        metadata = Map::new();
    }
    (standfirst, metadata)
}

/// A text with spaces in place of the control characters that the API refuses, such as the form
/// feeds of old editors.
fn printable(text: &str, notes: &mut Vec<String>) -> String {
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if let Some(first) = text.chars().find(|&c| odd(c)) {
        let code = u32::from(first);
        notes.push(format!(
            "control characters (the first is U+{code:04X}) were replaced by spaces"
        ));
    }
    text.replace(odd, " ")
}

fn in_rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Holds the fields to the rules of the API.
fn check(fields: &Map<String, Value>, body_line: usize) -> Result<(), Broken> {
    let mut errors = match values::read::<ArticleInput>(Value::Object(fields.clone())) {
        Ok(input) => input.contradictions(),
        Err(errors) => errors.0,
    };
    if errors.is_empty() {
        return Ok(());
    }
    errors.sort_by_key(|error| error.place().starts_with("/body"));
    let line = match errors.first() {
        Some(error) if error.place().starts_with("/body") => body_line,
        _ => 1,
    };
    let each = errors.iter().map(|error| {
        let place = error.place().trim_start_matches('/');
        format!("{place} {}", error.detail())
    });
    Err(Broken(line, each.collect::<Vec<_>>().join(" ")))
}

/// Names of authors or tags, each once.
fn names(given: &[String], what: &str, notes: &mut Vec<String>) -> Result<Vec<Line<200>>, Broken> {
    let mut names: Vec<Line<200>> = Vec::new();
    for text in given {
        let name = Line::parse(text)
            .map_err(|refusal| Broken(1, format!("the {what} “{text}” {}", refusal.detail)))?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    limit(&mut names, what, notes);
    Ok(names)
}

fn limit<T>(list: &mut Vec<T>, what: &str, notes: &mut Vec<String>) {
    if list.len() > MAX_LINKS {
        notes.push(format!(
            "of its {} {what} entries only the first {MAX_LINKS} are kept",
            list.len()
        ));
        list.truncate(MAX_LINKS);
    }
}

/// The language of the front matter, else that of the import.
fn locale(front: &FrontMatter, options: &Options) -> String {
    match &front.lang {
        Some(lang) => lang.replace('_', "-"),
        None => options.locale.as_str().to_owned(),
    }
}

/// The slug of the front matter, else the last part of the page's path, else the file's name.
fn slug(front: &FrontMatter, relative: &str) -> Option<String> {
    let of_path = || {
        let path = site_path(own_path(front)?)?;
        let last = path.rsplit('/').next()?.to_owned();
        slugify(last.trim_end_matches(".html"))
    };
    let of_file = || slugify(undated(&name(front, relative)));
    front
        .slug
        .as_deref()
        .and_then(slugify)
        .or_else(of_path)
        .or_else(of_file)
}

/// The page's own path, unless it is a pattern (Jekyll's `/:year/:title/`).
fn own_path(front: &FrontMatter) -> Option<&str> {
    let path = front.path.as_deref()?;
    let pattern = path.starts_with(':') || path.contains("/:");
    (!pattern).then_some(path)
}

/// The name of a file without its extension and, where the front matter gives the language,
/// without that; for `index.md` the name of its folder.
fn name(front: &FrontMatter, relative: &str) -> String {
    let (folder, file) = relative.rsplit_once('/').unwrap_or(("", relative));
    let plain = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let stem = match language_suffix(file) {
        Some((stem, _)) if front.lang.is_some() => stem,
        _ => plain,
    };
    if stem != "index" {
        return stem.to_owned();
    }
    let folder = folder.rsplit('/').next().unwrap_or_default();
    if folder.is_empty() {
        // Nothing tells one index from another but the title.
        front.title.clone().unwrap_or_default()
    } else {
        folder.to_owned()
    }
}

/// A name without a date at its head, unless it is nothing but a date.
fn undated(name: &str) -> &str {
    let rest = name.splitn(4, ['-', '_']).nth(3).unwrap_or_default();
    if date_from_path(name).is_some() && !rest.is_empty() {
        rest
    } else {
        name
    }
}

/// The paths under which the page stood: its own, if it has one, and its aliases.
fn aliases(front: &FrontMatter, notes: &mut Vec<String>) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for given in own_path(front)
        .into_iter()
        .chain(front.aliases.iter().map(String::as_str))
    {
        match site_path(given) {
            Some(path) if paths.contains(&path) || path == "/" => {}
            Some(path) => paths.push(path),
            None => notes.push(format!("“{given}” is not a path, so it gets no redirect")),
        }
    }
    limit(&mut paths, "alias", notes);
    paths
}

/// A path as redirects are stored: one slash at its head, none at its end.
fn site_path(given: &str) -> Option<String> {
    let given = given.trim();
    let path = match Url::parse(given) {
        Ok(url) if url.has_host() => url.path().to_owned(),
        _ => given.to_owned(),
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = format!("/{}", path.trim_start_matches('/'));
    SitePath::parse(&path).ok()?;
    Some(plain_path(&path).to_owned())
}

fn fingerprint(of: &Value) -> String {
    hex::encode(Sha256::digest(of.to_string().as_bytes()))
}

#[cfg(test)]
mod tests;
