//! The rows of revisions.

use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde_json::Value;

use super::content::{Content, deflate, inflate};
use crate::app::Edit;
use crate::articles::row::{ArticleRow, RevisionTip};
use crate::articles::write_context::WriteContext;
use crate::db::schema::editorial::{revision_bodies, revisions};
use crate::db::{Conn, Sql, Time, columns};
use crate::error::{Error, Result};

/// For how long the autosaves of one person are one revision, in milliseconds.
const QUARTER_HOUR: i64 = 900_000;

/// A revision without its content.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = revisions, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg), treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the columns are described in the migrations")]
pub struct RevisionRow {
    pub article_id: String,
    pub number: i64,
    pub version: i64,
    pub action: String,
    pub autosave: bool,
    pub at: Time,
    pub by: Option<String>,
    pub note: Option<String>,
    pub title: String,
}

#[derive(Insertable)]
#[diesel(table_name = revisions)]
pub(super) struct NewRevision {
    #[diesel(embed)]
    pub(super) row: RevisionRow,
    pub(super) fields: String,
    pub(super) body: String,
}

/// What was done, for the list of revisions.
#[derive(Debug, Clone, Copy)]
pub struct RevisionMeta<'a> {
    /// In a word: `create`, `save`, `publish` and so on.
    pub action: &'static str,
    /// Note on the change.
    pub note: Option<&'a str>,
    /// Whether it was an autosave.
    pub autosave: bool,
}

impl RevisionMeta<'_> {
    /// A step without a note.
    #[must_use]
    pub fn of(action: &'static str) -> Self {
        Self::noted(action, None)
    }
}

impl<'a> RevisionMeta<'a> {
    /// A step, and what was said about it.
    #[must_use]
    pub fn noted(action: &'static str, note: Option<&'a str>) -> Self {
        Self {
            action,
            note,
            autosave: false,
        }
    }
}

/// A change of an article, to be recorded.
pub struct Step<'a> {
    /// The row before the change; that of a new article is its own.
    pub before: &'a ArticleRow,
    /// The last revision before the change.
    pub tip: Option<&'a RevisionTip>,
    /// The row after the change.
    pub row: &'a ArticleRow,
    /// The article after the change, as it would be sent to be created.
    pub content: Value,
    /// The entry in the list of revisions.
    pub meta: RevisionMeta<'a>,
}

/// Records a change as a revision. `old` is the article before it, which is asked for when no revision
/// has it: articles may be older than their revisions.
///
/// # Errors
/// Those of the database.
pub async fn record(
    conn: &mut Conn,
    ctx: WriteContext<'_>,
    step: Step<'_>,
    old: impl FnOnce() -> Value,
) -> Result<RevisionTip> {
    let (before, row, meta) = (step.before, step.row, step.meta);
    let mut number = step.tip.map_or(0, |tip| tip.number);
    if step.tip.is_none() && before.version < row.version {
        number = 1;
        let first = RevisionRow {
            article_id: before.id.clone(),
            number,
            version: before.version,
            action: "save".to_owned(),
            autosave: false,
            at: before.updated_at,
            by: before.updated_by.clone(),
            note: None,
            title: before.title.clone(),
        };
        insert(conn, first, Content::of(old())).await?;
    }
    if meta.autosave {
        fold(conn, ctx.edit, row).await?;
    }
    let revision = RevisionRow {
        article_id: row.id.clone(),
        number: number + 1,
        version: row.version,
        action: meta.action.to_owned(),
        autosave: meta.autosave,
        at: ctx.now,
        by: ctx.by(),
        note: meta.note.map(str::to_owned),
        title: row.title.clone(),
    };
    let content = Content::of(step.content);
    let digest = content.digest();
    // A body that an autosave had may be gone with it.
    let is_kept = !meta.autosave && step.tip.is_some_and(|tip| tip.digest == digest);
    if !is_kept {
        insert_body(conn, &row.id, &digest, &content.source).await?;
    }
    insert_row(conn, revision, content, digest.clone()).await?;
    let keep = i64::from(ctx.settings.newsroom.keep_revisions);
    if keep > 0 && number >= keep {
        prune(conn, row, number + 1 - keep).await?;
    }
    Ok(RevisionTip {
        number: number + 1,
        digest,
    })
}

/// Stores a revision, and its body unless another revision of the article has the same.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn insert(
    conn: &mut Conn,
    row: RevisionRow,
    content: Content,
) -> Result<()> {
    let digest = content.digest();
    insert_body(conn, &row.article_id, &digest, &content.source).await?;
    insert_row(conn, row, content, digest).await
}

/// Stores a body unless it is stored already.
async fn insert_body(conn: &mut Conn, article: &str, digest: &str, source: &str) -> Result<()> {
    let body = (
        revision_bodies::article_id.eq(article.to_owned()),
        revision_bodies::digest.eq(digest.to_owned()),
        revision_bodies::source.eq(deflate(source)?),
    );
    let insert = diesel::insert_into(revision_bodies::table).values(body);
    conn.execute(insert.on_conflict_do_nothing()).await?;
    Ok(())
}

/// Stores the row of a revision whose body is stored.
async fn insert_row(
    conn: &mut Conn,
    row: RevisionRow,
    content: Content,
    body: String,
) -> Result<()> {
    let new = NewRevision {
        row,
        fields: Value::Object(content.fields).to_string(),
        body,
    };
    let insert = diesel::insert_into(revisions::table).values(new);
    conn.execute(insert).await?;
    Ok(())
}

/// Takes away what the same person saved without asking in the same quarter of an hour, for the
/// new revision to stand for it. What was let go to the public stays.
async fn fold(conn: &mut Conn, edit: Edit<'_>, row: &ArticleRow) -> Result<()> {
    let begin = edit.now.0 - edit.now.0.rem_euclid(QUARTER_HOUR);
    let same = Sql::<revisions::table>::new("revisions.article_id = ")
        .text(row.id.clone())
        .sql(" AND revisions.autosave = ")
        .boolean(true)
        .sql(" AND revisions.by = ")
        .text(edit.by)
        .sql(" AND revisions.at >= ")
        .integer(begin);
    delete(conn, row, same).await
}

/// Takes away the revisions up to a number.
async fn prune(conn: &mut Conn, row: &ArticleRow, up_to: i64) -> Result<()> {
    let old = Sql::<revisions::table>::new("revisions.article_id = ")
        .text(row.id.clone())
        .sql(" AND revisions.number <= ")
        .integer(up_to);
    delete(conn, row, old).await
}

/// Takes revisions away, but for what is public or scheduled; bodies that no revision has go too.
async fn delete(conn: &mut Conn, row: &ArticleRow, which: Sql<revisions::table>) -> Result<()> {
    let kept = |version: Option<i64>| {
        Sql::<revisions::table>::new("revisions.version <> ").integer(version.unwrap_or(0))
    };
    let gone = Sql::all([which, kept(row.live_version), kept(row.next_version)]);
    let gone = diesel::delete(revisions::table.filter(gone));
    if conn.execute(gone).await? == 0 {
        return Ok(());
    }
    forget_unused(conn, &row.id).await
}

/// Takes away the bodies that no revision of an article has.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn forget_unused(conn: &mut Conn, id: &str) -> Result<()> {
    let orphans = Sql::<()>::new("DELETE FROM revision_bodies WHERE article_id = ")
        .text(id)
        .sql(" AND digest NOT IN (SELECT kept.body FROM revisions AS kept WHERE kept.article_id = ")
        .text(id)
        .sql(")");
    conn.execute(orphans).await?;
    Ok(())
}

/// Takes away revisions from before a moment, of all articles; what is public, scheduled or the
/// last of an article stays.
///
/// # Errors
/// Those of the database.
pub async fn prune_older(conn: &mut Conn, before: Time) -> Result<usize> {
    let old = Sql::<()>::new("DELETE FROM revisions WHERE at < ").integer(before.0).sql(
        " AND NOT EXISTS (SELECT 1 FROM articles WHERE articles.id = revisions.article_id AND \
         (articles.live_version = revisions.version OR articles.next_version = revisions.version)) \
         AND EXISTS (SELECT 1 FROM revisions AS later WHERE later.article_id = revisions.article_id \
         AND later.number > revisions.number)",
    );
    let gone = conn.execute(old).await?;
    if gone > 0 {
        let orphans = Sql::<()>::new(
            "DELETE FROM revision_bodies WHERE NOT EXISTS (SELECT 1 FROM revisions AS kept \
             WHERE kept.article_id = revision_bodies.article_id AND kept.body = revision_bodies.digest)",
        );
        conn.execute(orphans).await?;
    }
    Ok(gone)
}

/// The last revision of an article.
///
/// # Errors
/// Those of the database.
pub async fn last(conn: &mut Conn, id: &str) -> Result<Option<RevisionRow>> {
    let query = revisions::table
        .filter(revisions::article_id.eq(id.to_owned()))
        .order(revisions::number.desc())
        .limit(1)
        .select(columns::<RevisionRow>());
    Ok(conn.first(query).await?)
}

/// The revision of this number.
///
/// # Errors
/// 404 when the article has none.
pub async fn numbered(conn: &mut Conn, id: &str, number: i64) -> Result<RevisionRow> {
    let query = revisions::table
        .filter(revisions::article_id.eq(id.to_owned()))
        .filter(revisions::number.eq(number))
        .select(columns::<RevisionRow>());
    let found = conn.first(query).await?;
    found.ok_or_else(|| {
        let detail = format!("The article has no revision {number}.");
        Error::new(crate::error::Code::NotFound, detail)
    })
}

/// The revision that is the article at this version.
///
/// # Errors
/// Those of the database.
pub async fn of_version(conn: &mut Conn, id: &str, version: i64) -> Result<Option<RevisionRow>> {
    let query = revisions::table
        .filter(revisions::article_id.eq(id.to_owned()))
        .filter(revisions::version.eq(version))
        .select(columns::<RevisionRow>());
    Ok(conn.first(query).await?)
}

/// What an article was at a revision, as it would be sent.
///
/// # Errors
/// Those of the database.
pub async fn content(conn: &mut Conn, row: &RevisionRow) -> Result<Value> {
    let query = revisions::table
        .filter(revisions::article_id.eq(row.article_id.clone()))
        .filter(revisions::number.eq(row.number))
        .select((revisions::fields, revisions::body));
    let (fields, body): (String, String) = conn.one(query).await?;
    let query = revision_bodies::table
        .filter(revision_bodies::article_id.eq(row.article_id.clone()))
        .filter(revision_bodies::digest.eq(body))
        .select(revision_bodies::source);
    let source: Vec<u8> = conn.one(query).await?;
    let fields = serde_json::from_str(&fields).map_err(Error::internal)?;
    let source = inflate(&source)?;
    Ok(Content { fields, source }.whole())
}
