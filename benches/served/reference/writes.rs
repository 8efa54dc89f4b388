//! What Masthead writes and reads when an article is created and published, by rusqlite: the same
//! two transactions of the same statements, with all that they bind at hand. Rendering, checks and
//! HTTP are not in it.

use rusqlite::types::Value;
use rusqlite::{Connection, TransactionBehavior};

use super::now;
use crate::Outcome;

/// The statements of the first transaction: the draft.
const CREATE: &[&str] = &[
    "SELECT id, slug, name, bio, title, version FROM authors WHERE id IN (SELECT value FROM json_each(:authors))",
    "SELECT id, slug, name, kind, visibility, version FROM tags WHERE id IN (SELECT value FROM json_each(:tags))",
    "SELECT slug FROM articles WHERE locale = 'en' AND deleted_at IS NULL AND slug IN (SELECT value FROM json_each(:slugs))",
    "INSERT INTO articles (id, slug, locale, title, status, featured, corrections, translation_group, \
     word_count, reading_minutes, version, created_at, created_by, updated_at, updated_by) VALUES (:id, :slug, 'en', \
     :title, 'draft', 0, '[]', :id, 600, 3, 1, :now, :id, :now, :id)",
    "INSERT INTO article_contents (article_id, seo, metadata, outline, body_format, body_source, body_html, body_text, \
     search_text) VALUES (:id, :json, '{}', '[]', 'markdown', :text, :text, :text, :text)",
    "DELETE FROM article_slugs WHERE locale = 'en' AND slug = :slug",
    "INSERT INTO article_authors (article_id, position, author_id, role) VALUES (:id, 0, :author, 'author')",
    "INSERT INTO article_tags (article_id, position, tag_id) VALUES (:id, 0, :tag), (:id, 1, :second)",
    "SELECT article_id, number, version, action FROM revisions WHERE article_id = :id ORDER BY number DESC LIMIT 1",
    "SELECT digest FROM revision_bodies WHERE article_id = :id AND digest = 'digest'",
    "INSERT INTO revision_bodies (article_id, digest, source) VALUES (:id, 'digest', :deflated)",
    "INSERT INTO revisions (article_id, number, version, action, autosave, at, by, title, fields, body) \
     VALUES (:id, 1, 1, 'create', 0, :now, :id, :title, :fields, 'digest')",
];

/// The statements of the second: the live copy.
const PUBLISH: &[&str] = &[
    "SELECT id, slug, locale, title, status, version, seo, metadata FROM articles JOIN article_contents \
     ON article_id = id WHERE id = :id AND deleted_at IS NULL",
    "UPDATE articles SET slug = :slug, title = :title, status = 'published', published_at = :now, \
     first_published_at = :now, version = 2, live_version = 2, updated_at = :now, updated_by = :id \
     WHERE id = :id AND version = 1 AND deleted_at IS NULL",
    "SELECT locale, slug FROM live_articles WHERE id = :id AND visible_from <= :now",
    "DELETE FROM live_articles WHERE id = :id AND visible_until = visible_from AND touched_at < :now",
    "UPDATE live_articles SET visible_until = visible_from, touched_at = :now \
     WHERE (visible_until IS NULL OR visible_until > visible_from) AND id = :id",
    "UPDATE live_article_authors SET visible_until = NULL WHERE copy IN (SELECT copy FROM live_articles WHERE id = :id)",
    "UPDATE live_article_tags SET visible_until = NULL WHERE copy IN (SELECT copy FROM live_articles WHERE id = :id)",
    "SELECT copy, id FROM live_articles WHERE locale = 'en' AND slug = :slug AND id <> :id",
    "DELETE FROM live_article_slugs WHERE locale = 'en' AND slug = :slug",
    "SELECT author_id, role FROM article_authors WHERE article_id = :id ORDER BY position",
    "SELECT tag_id FROM article_tags WHERE article_id = :id ORDER BY position",
    "SELECT related_id FROM article_related WHERE article_id = :id ORDER BY position",
    "SELECT path FROM article_aliases WHERE article_id = :id ORDER BY position",
    "SELECT outline, body_format, body_source, body_html, body_text, search_text FROM article_contents WHERE article_id = :id",
    "INSERT INTO live_articles (copy, id, locale, slug, title, featured, translation_group, visible_from, published_at, \
     first_published_at, updated_at, word_count, version, touched_at, card, body, search_text) VALUES (:copy, :id, 'en', \
     :slug, :title, 0, :id, :now, :now, :now, :now, 600, 2, :now, :fields, :json_text, :text)",
    "INSERT INTO live_article_authors (author_id, published_at, article_id, copy, visible_from, position, role) \
     VALUES (:author, :now, :id, :copy, :now, 0, 'author')",
    "INSERT INTO live_article_tags (tag_id, published_at, article_id, copy, visible_from, position) \
     VALUES (:tag, :now, :id, :copy, :now, 0), (:second, :now, :id, :copy, :now, 1)",
    "SELECT article_id, number, version, action FROM revisions WHERE article_id = :id ORDER BY number DESC LIMIT 1",
    "SELECT digest FROM revision_bodies WHERE article_id = :id AND digest = 'digest'",
    "INSERT INTO revisions (article_id, number, version, action, autosave, at, by, title, fields, body) \
     VALUES (:id, 2, 2, 'publish', 0, :now, :id, :title, :fields, 'digest')",
];

/// Reads what the answer to either shows.
const ANSWER: &[&str] = &[
    "SELECT l.role, a.id, a.slug, a.name, a.bio, a.title FROM article_authors l JOIN authors a ON a.id = l.author_id \
     WHERE l.article_id = :id ORDER BY l.position",
    "SELECT t.id, t.slug, t.name, t.kind FROM article_tags l JOIN tags t ON t.id = l.tag_id WHERE l.article_id = :id \
     ORDER BY l.position",
    "SELECT related_id FROM article_related WHERE article_id = :id ORDER BY position",
    "SELECT id, slug, locale, title FROM articles WHERE translation_group = :id AND deleted_at IS NULL",
    "SELECT outline, body_format, body_source, body_html, body_text FROM article_contents WHERE article_id = :id",
    "SELECT path FROM article_aliases WHERE article_id = :id ORDER BY position",
];

/// A writer of its own connection.
pub struct Writer {
    conn: Connection,
    values: Vec<(&'static str, Value)>,
    made: u64,
}

impl Writer {
    /// Opens the file; `text` is the body of what will be written.
    pub fn open(file: &str, text: &str, author: &str, tags: [&str; 2]) -> Outcome<Self> {
        let conn = Connection::open(file)?;
        conn.execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; \
             PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; PRAGMA mmap_size=268435456",
        )?;
        conn.set_prepared_statement_cache_capacity(100);
        let [tag, second] = tags;
        let text_of = |text: &str| Value::Text(text.to_owned());
        let values = vec![
            (":text", text_of(text)),
            (
                ":json_text",
                Value::Text(serde_json::to_string(&(text, text))?),
            ),
            (
                ":deflated",
                Value::Blob(text.as_bytes().iter().take(400).copied().collect()),
            ),
            (
                ":json",
                text_of("{\"title\":null,\"description\":null,\"image\":null}"),
            ),
            (":fields", Value::Text("x".repeat(900))),
            (":title", text_of("What is written while others read")),
            (":author", text_of(author)),
            (":tag", text_of(tag)),
            (":second", text_of(second)),
            (":authors", Value::Text(serde_json::to_string(&[author])?)),
            (":tags", Value::Text(serde_json::to_string(&tags)?)),
        ];
        let made = 0;
        Ok(Self { conn, values, made })
    }

    /// Creates an article and publishes it.
    pub fn write(&mut self) -> Outcome<()> {
        self.made += 1;
        let text = |text: String| Value::Text(text);
        let mut values = self.values.clone();
        values.extend([
            (":id", text(format!("reference-{:026}", self.made))),
            (":copy", text(format!("ref--copy-{:026}", self.made))),
            (
                ":slug",
                text(format!("written-by-the-reference-{}", self.made)),
            ),
            (
                ":slugs",
                text(format!("[\"written-by-the-reference-{}\"]", self.made)),
            ),
            (":now", Value::Integer(now().0)),
        ]);
        for statements in [CREATE, PUBLISH] {
            let behavior = TransactionBehavior::Immediate;
            let transaction = self.conn.transaction_with_behavior(behavior)?;
            for statement in statements {
                run(&transaction, statement, &values)?;
            }
            transaction.commit()?;
            for statement in ANSWER {
                run(&self.conn, statement, &values)?;
            }
        }
        Ok(())
    }
}

/// Runs a statement to its end and reads all that it gives.
fn run(conn: &Connection, sql: &str, values: &[(&str, Value)]) -> Outcome<()> {
    let mut statement = conn.prepare_cached(sql)?;
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).unwrap_or_default();
        let value = values.iter().find(|(known, _)| *known == name);
        let (_, value) = value.ok_or_else(|| format!("{name} has no value"))?;
        statement.raw_bind_parameter(index, value)?;
    }
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            std::hint::black_box(row.get::<_, Value>(column)?);
        }
    }
    Ok(())
}
