//! A working copy with all that a change of it needs, read in one statement.

use diesel::sql_types::{Bool, Text};
use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde_json::{Value, json};

use super::read::{self as drafts, LinkTexts, Linked, OfRow, Working};
use super::references::Resolved;
use super::slugs;
use crate::articles::context::Context;
use crate::articles::links::Links;
use crate::articles::row::{ArticleRow, BodyRow, RevisionTip, working_copies};
use crate::db::schema::editorial::{article_contents, articles};
use crate::db::{Conn, Fixed, Sql, Time, columns};
use crate::error::{Error, Result};
use crate::values::Reference;

/// A working copy: its row, its body, its references, and what is known of its surroundings. It is
/// read once for a change; the answer is made from the one that the change leaves.
#[derive(Debug, Clone)]
pub struct Document {
    /// The row.
    pub row: ArticleRow,
    /// The body.
    pub body: BodyRow,
    /// The ids of what it refers to, without articles in the trash.
    pub links: Links,
    /// Its authors and tags with their versions, as answers need them.
    pub(super) linked: Linked,
    /// Whether it also refers to articles that are in the trash.
    pub(super) has_trashed_links: bool,
    /// Whether there may be other articles in its group of translations.
    pub(super) may_have_translations: bool,
    /// Its last revision, if it has one.
    pub tip: Option<RevisionTip>,
}

impl Document {
    /// The document of rows that are not stored yet, in place of `old` if there is one.
    pub(in crate::articles) fn new(
        row: ArticleRow,
        body: BodyRow,
        resolved: Resolved,
        old: Option<&Self>,
    ) -> Self {
        // A group that is made with the article has no other yet.
        let group = old.map_or(&row.id, |old| &old.row.translation_group);
        let had_translations = old.is_some_and(|old| old.may_have_translations);
        Self {
            may_have_translations: had_translations || *group != row.translation_group,
            tip: old.and_then(|old| old.tip.clone()),
            has_trashed_links: false,
            links: resolved.links,
            linked: resolved.linked,
            row,
            body,
        }
    }

    /// The working copy as it is at a moment; see [`ArticleRow::at`].
    #[must_use]
    pub fn at(self, now: Time) -> Self {
        let row = self.row.at(now);
        Self { row, ..self }
    }

    /// The article as it would be sent to be created, for patches to apply to and for revisions.
    #[must_use]
    pub fn as_input(&self) -> Value {
        as_input(&self.row, &self.body, &self.links)
    }

    /// Whether the body shows anything, such as a picture alone.
    #[must_use]
    pub fn has_body(&self) -> bool {
        // A body that shows something takes time to read.
        self.row.reading_minutes > 0 || !self.body.body_html.trim().is_empty()
    }
}

impl From<Document> for Working {
    fn from(document: Document) -> Self {
        Self {
            has_related: !document.links.related.is_empty() || document.has_trashed_links,
            may_have_translations: document.may_have_translations,
            linked: Some(document.linked),
            aliases: Some(document.links.aliases),
            long: Some(document.body),
            row: document.row,
        }
    }
}

/// An article as it would be sent to be created.
pub(in crate::articles) fn as_input(row: &ArticleRow, body: &BodyRow, links: &Links) -> Value {
    let details = &row.details;
    json!({
        "slug": row.slug, "locale": row.locale, "title": row.title,
        "seo_title": details.seo_title, "kicker": row.kicker, "standfirst": row.standfirst,
        "byline": details.byline, "dateline": details.dateline, "section": row.section,
        "body": {"format": body.body_format, "source": body.body_source},
        "authors": links.authors.iter()
            .map(|(id, role)| json!({"author": id, "role": role})).collect::<Vec<_>>(),
        "tags": links.tags, "lead_image": details.lead_image, "related": links.related,
        "featured": row.featured, "published_at": row.published_at,
        "expires_at": row.expires_at, "canonical_url": details.canonical_url, "seo": details.seo,
        "corrections": row.corrections, "translation_group": row.translation_group,
        "metadata": details.metadata, "aliases": links.aliases, "assignee": row.assignee,
    })
}

/// Names the text of the last revision; see [`Fixed`].
enum TipOf {}
/// Likewise, that of the related articles with whether each is in the trash.
enum AllRelatedOf {}
/// Likewise, whether other articles are in the group of translations.
enum TranslationsOf {}

type Texts = (LinkTexts, String, String, String, bool);
type Surroundings = (
    (OfRow<drafts::CreditsOf>, OfRow<drafts::TagsOf>),
    OfRow<AllRelatedOf>,
    OfRow<drafts::AliasesOf>,
    OfRow<TipOf>,
    Fixed<TranslationsOf, articles::table, Bool>,
);

/// The columns of a document besides those of its row and its body.
fn surroundings() -> Surroundings {
    let related: Fixed<AllRelatedOf, articles::table, Text> = Fixed::new(Sql::new(
        "COALESCE((SELECT string_agg(link.position || ':' || \
         CASE WHEN other.deleted_at IS NULL THEN '' ELSE '-' END || link.related_id, ' ') \
         FROM article_related AS link JOIN articles AS other ON other.id = link.related_id \
         WHERE link.article_id = articles.id), '')",
    ));
    let tip: Fixed<TipOf, articles::table, Text> = Fixed::new(Sql::new(
        "COALESCE((SELECT revision.number || ':' || revision.body FROM revisions AS revision \
         WHERE revision.article_id = articles.id ORDER BY revision.number DESC LIMIT 1), '')",
    ));
    let translations = Fixed::new(Sql::new(
        "EXISTS (SELECT 1 FROM articles AS other \
         WHERE other.translation_group = articles.translation_group AND other.id <> articles.id)",
    ));
    (
        drafts::links(),
        related,
        drafts::aliases(),
        tip,
        translations,
    )
}

type Stored = (ArticleRow, BodyRow, Texts);

impl From<Stored> for Document {
    fn from((row, body, (links, related, aliases, tip, translations)): Stored) -> Self {
        let linked = Linked::from(links);
        let (trashed, related): (Vec<String>, Vec<String>) = drafts::listed(&related)
            .into_iter()
            .partition(|id| id.starts_with('-'));
        let links = Links {
            related,
            aliases: drafts::listed(&aliases),
            ..linked.ids()
        };
        Self {
            row,
            body,
            links,
            linked,
            has_trashed_links: !trashed.is_empty(),
            may_have_translations: translations,
            tip: RevisionTip::read(&tip),
        }
    }
}

/// The documents that meet a condition, as they are stored.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn matching(
    conn: &mut Conn,
    condition: Sql<articles::table>,
) -> Result<Vec<Document>> {
    let columns = (
        columns::<ArticleRow>(),
        columns::<BodyRow>(),
        surroundings(),
    );
    let query = working_copies().filter(condition).select(columns);
    let rows: Vec<Stored> = conn.load(query).await?;
    Ok(rows.into_iter().map(Document::from).collect())
}

/// The document that a path names, among those in scope, as it is at the moment of the context. Former
/// slugs are not followed.
///
/// # Errors
/// 404 when there is none, or several that nothing decides between.
pub async fn require(conn: &mut Conn, reference: &Reference, ctx: Context<'_>) -> Result<Document> {
    let found = matching(conn, slugs::named(reference, ctx)).await?;
    let found = slugs::meant(found, reference, |found| &found.row.locale, &[], ctx)?;
    let found = found.map(|found| found.at(ctx.now));
    found.ok_or_else(|| Error::not_found("article"))
}

/// The document of this id, also when it is in the trash.
///
/// # Errors
/// Those of the database.
pub async fn find(conn: &mut Conn, id: &str) -> Result<Option<Document>> {
    let mut found = matching(conn, Sql::new("articles.id = ").text(id)).await?;
    Ok(found.pop())
}

/// The row of the article of this id, also when it is in the trash.
///
/// # Errors
/// Those of the database.
pub async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<ArticleRow>> {
    let query = working_copies().filter(articles::id.eq(id.to_owned()));
    Ok(conn.first(query.select(columns::<ArticleRow>())).await?)
}

/// The body of an article.
///
/// # Errors
/// 404 when there is none.
pub async fn body(conn: &mut Conn, id: &str) -> Result<BodyRow> {
    let query = article_contents::table.filter(article_contents::article_id.eq(id.to_owned()));
    let body = conn.first(query.select(columns::<BodyRow>())).await?;
    body.ok_or_else(|| Error::not_found("article"))
}

/// The article of a row as it would be sent to be created.
///
/// # Errors
/// Those of the database.
pub async fn input_of(conn: &mut Conn, row: &ArticleRow) -> Result<Value> {
    let (links, body) = drafts::whole(conn, &row.id).await?;
    Ok(as_input(row, &body, &links))
}
