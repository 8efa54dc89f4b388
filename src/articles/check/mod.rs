//! Checks of articles: derived texts, live copies, history, addresses.

mod addresses;
mod contents;
mod copies;
mod expected;
mod history;

use diesel::{ExpressionMethods as _, QueryDsl as _};

pub(crate) use self::addresses::Addresses;
use self::history::History;
use super::drafts::document::{self, Document};
use super::drafts::links::release;
use super::drafts::store::search_text;
use super::links::Links;
use super::live::copy as live_copy;
use super::live::copy::LiveCopy;
use super::live::invalidate;
use super::live::publish::write_aliases;
use super::revisions::store::forget_unused;
use super::row::{ArticleRow, BodyRow};
use crate::app::Edit;
use crate::db::invalidation::SurrogateKey;
use crate::db::schema::editorial::{article_contents, articles};
use crate::db::schema::live::live_articles;
use crate::db::{Conn, Json, Time};
use crate::error::Result;
use crate::integrity::references::references;
use crate::integrity::{Reference, Subject, Violation};
use crate::text::body::{Rendered, render};

/// How many are looked at in one snapshot; only one of them is in memory at a time.
const SOME: i64 = 100;

/// All articles, with their live copies and revisions.
pub(crate) struct Articles;

/// The references between the tables of articles.
const REFERENCES: &[Reference] = &references! {
    article_aliases.article_id -> articles.id, Delete;
    article_authors.article_id -> articles.id, Delete;
    article_authors.author_id -> authors.id, Delete;
    article_contents.article_id -> articles.id, Delete;
    article_locks.article_id -> articles.id, Delete;
    article_related.article_id -> articles.id, Delete;
    article_related.related_id -> articles.id, Delete;
    article_slugs.article_id -> articles.id, Delete;
    article_tags.article_id -> articles.id, Delete;
    article_tags.tag_id -> tags.id, Delete;
    import_sources.article_id -> articles.id, Delete;
    live_article_aliases.copy -> live_articles.copy, Delete;
    // Copies that nobody finds any more are kept a minute, and may refer to what is gone.
    live_article_authors.author_id -> authors.id, Delete,
        "(live_article_authors.visible_until IS NULL OR live_article_authors.visible_until > live_article_authors.visible_from)";
    live_article_authors.copy -> live_articles.copy, Delete;
    live_article_related.copy -> live_articles.copy, Delete;
    live_article_slugs.article_id -> articles.id, Delete;
    live_article_tags.copy -> live_articles.copy, Delete;
    live_article_tags.tag_id -> tags.id, Delete,
        "(live_article_tags.visible_until IS NULL OR live_article_tags.visible_until > live_article_tags.visible_from)";
    live_articles.id -> articles.id, Delete;
    one_time_tokens.user_id -> users.id, Delete;
    preview_tokens.article_id -> articles.id, Delete;
    refresh_tokens.session_id -> sessions.id, Delete;
    revision_bodies.article_id -> articles.id, Delete;
    revisions.article_id -> articles.id, Delete;
};

/// The stored data of an article, and its rendered body.
struct Stored {
    row: ArticleRow,
    body: BodyRow,
    links: Links,
    history: History,
    rendered: Rendered,
}

/// Something that is wrong, with what makes it right.
struct Wrong {
    violation: Violation,
    repair: Option<Repair>,
}

/// A repair of an article in one respect.
enum Repair {
    /// The texts and numbers that follow from the body's source.
    Derived(Box<(BodyRow, i32, i32)>),
    /// The contents become those of the newest revision.
    Contents,
    /// The live copy of this name becomes this one, or goes.
    Copy(String, Option<Box<(LiveCopy, Vec<String>)>>),
    /// A revision is made of the working copy.
    Revision,
    /// The source of the working copy is kept again, under its digest.
    Source(String),
    /// Bodies that no revision has go.
    Unused,
    /// The aliases of an article in the trash are free for others.
    Aliases,
}

impl Subject for Articles {
    const COUNTED_AS: Option<&'static str> = Some("articles");

    fn references(&self) -> Vec<Reference> {
        REFERENCES.to_vec()
    }

    async fn some_after(&self, conn: &mut Conn, id: &str) -> Result<Vec<String>> {
        let query = articles::table
            .filter(articles::id.gt(id.to_owned()))
            .order(articles::id)
            .limit(SOME)
            .select(articles::id);
        Ok(conn.load(query).await?)
    }

    async fn find(&self, conn: &mut Conn, id: &str, now: Time) -> Result<Vec<Violation>> {
        // Nothing is written, so no name is needed.
        let wrong = examine(conn, id, now, &String::new).await?;
        Ok(wrong.into_iter().map(|wrong| wrong.violation).collect())
    }

    async fn repair(&self, conn: &mut Conn, edit: Edit<'_>, id: &str) -> Result<()> {
        // The present keys are invalidated, too: it may have fewer afterwards.
        invalidate(conn, id).await?;
        let wrong = examine(conn, id, edit.now, &|| edit.ids.next()).await?;
        for repair in wrong.into_iter().filter_map(|wrong| wrong.repair) {
            apply(conn, id, repair).await?;
        }
        invalidate(conn, id).await?;
        conn.changed(SurrogateKey::ALL);
        Ok(())
    }
}

/// All that is wrong with an article; `name` names a live copy that is missing.
async fn examine(
    conn: &mut Conn,
    id: &str,
    now: Time,
    name: &dyn Fn() -> String,
) -> Result<Vec<Wrong>> {
    let Some(found) = document::find(conn, id).await? else {
        return Ok(contents::lost(conn, id).await?.into_iter().collect());
    };
    let Document {
        row, body, links, ..
    } = found;
    let stored = Stored {
        links,
        history: History::load(conn, id).await?,
        rendered: render(body.body_format.into(), &body.body_source),
        row,
        body,
    };
    let mut wrong = Vec::new();
    wrong.extend(derived(&stored));
    if stored.row.deleted_at.is_some() && !stored.links.aliases.is_empty() {
        let detail = "is in the trash but still has aliases";
        wrong.push(stored.wrong("alias", detail, Some(Repair::Aliases)));
    }
    wrong.extend(states(&stored));
    wrong.extend(history::examine(conn, &stored).await?);
    wrong.extend(copies::examine(conn, &stored, now, name).await?);
    Ok(wrong)
}

impl Stored {
    fn wrong(
        &self,
        kind: &'static str,
        detail: impl Into<String>,
        repair: Option<Repair>,
    ) -> Wrong {
        let place = format!("article {}", self.row.id);
        let violation = Violation::new(kind, place, detail);
        Wrong { violation, repair }
    }
}

/// Derived data that do not match the source of the body.
fn derived(stored: &Stored) -> Option<Wrong> {
    let (row, body, rendered) = (&stored.row, &stored.body, &stored.rendered);
    let words = i32::try_from(rendered.word_count).unwrap_or(i32::MAX);
    let minutes = i32::try_from(rendered.reading_minutes).unwrap_or(i32::MAX);
    let expected = BodyRow {
        outline: Json(rendered.outline.clone()),
        body_format: body.body_format,
        body_source: body.body_source.clone(),
        body_html: rendered.html.clone(),
        body_text: rendered.text.clone(),
        search_text: search_text(row, &rendered.text),
    };
    let differ = [
        ("word_count", row.word_count != words),
        ("reading_minutes", row.reading_minutes != minutes),
        ("outline", body.outline != expected.outline),
        ("body_html", body.body_html != expected.body_html),
        ("body_text", body.body_text != expected.body_text),
        ("search_text", body.search_text != expected.search_text),
    ];
    let differ = differ.iter().filter(|(_, differs)| *differs);
    let names: Vec<&str> = differ.map(|(name, _)| *name).collect();
    if names.is_empty() {
        return None;
    }
    let detail = format!(
        "has derived data that does not match the source: {}",
        names.join(", ")
    );
    let repair = Repair::Derived(Box::new((expected, words, minutes)));
    Some(stored.wrong("derived_text", detail, Some(repair)))
}

/// The impossible states of the row.
fn states(stored: &Stored) -> Vec<Wrong> {
    use super::states::Status;
    let row = &stored.row;
    let released = row.live_version.is_some() || row.next_version.is_some();
    let wrong = [
        (
            row.deleted_at.is_some() && released,
            "is in the trash but published or scheduled",
        ),
        (
            row.status == Status::Scheduled && row.next_version.is_none(),
            "is scheduled without a time",
        ),
        (
            row.last_published_version()
                .is_some_and(|version| version > row.version),
            "has a published version that is newer than the article",
        ),
        (
            row.status == Status::Archived && released,
            "is archived but published or scheduled",
        ),
    ];
    let wrong = wrong.into_iter().filter(|(is_so, _)| *is_so);
    wrong
        .map(|(_, detail)| stored.wrong("state", detail, None))
        .collect()
}

async fn apply(conn: &mut Conn, id: &str, repair: Repair) -> Result<()> {
    match repair {
        Repair::Derived(derived) => {
            let (body, words, minutes) = *derived;
            let own =
                article_contents::table.filter(article_contents::article_id.eq(id.to_owned()));
            conn.execute(diesel::update(own).set(body)).await?;
            let own = articles::table.filter(articles::id.eq(id.to_owned()));
            let update = diesel::update(own).set((
                articles::word_count.eq(words),
                articles::reading_minutes.eq(minutes),
            ));
            conn.execute(update).await?;
        }
        Repair::Copy(name, copy) => {
            // Its links and aliases go with it.
            let own = live_articles::table.filter(live_articles::copy.eq(name.clone()));
            conn.execute(diesel::delete(own)).await?;
            if let Some(copy) = copy {
                let (copy, aliases) = *copy;
                let name = copy.name().to_owned();
                live_copy::insert(conn, vec![copy]).await?;
                write_aliases(conn, &name, aliases, false).await?;
            }
        }
        Repair::Contents => contents::restore(conn, id).await?,
        Repair::Revision => history::record(conn, id).await?,
        Repair::Source(digest) => history::keep_source(conn, id, digest).await?,
        Repair::Unused => forget_unused(conn, id).await?,
        Repair::Aliases => release(conn, id).await?,
    }
    Ok(())
}
