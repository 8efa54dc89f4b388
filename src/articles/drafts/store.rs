//! The rows of working copies, made from what was sent.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::document::Document;
use super::version_check::save;
use crate::articles::article::ArticleInput;
use crate::articles::row::{ArticleRow, BodyRow, DetailsRow};
use crate::articles::slug_lookup::among;
use crate::articles::states::{Status, wrong_state};
use crate::db::schema::editorial::{article_contents, articles};
use crate::db::{Conn, Json};
use crate::error::{Error, Result};
use crate::text::body::Rendered;
use crate::text::fold::fold;
use crate::users;
use crate::values::{Line, Reference, Text, WebUrl};

/// Whether no article of this locale has the slug.
///
/// # Errors
/// Those of the database.
pub async fn slug_is_free(conn: &mut Conn, locale: &str, slug: &str) -> Result<bool> {
    Ok(among(conn, locale, vec![slug.to_owned()]).await?.is_empty())
}

/// Stores a new working copy.
///
/// # Errors
/// Those of the database.
pub(in crate::articles) async fn insert(
    conn: &mut Conn,
    row: &ArticleRow,
    body: &BodyRow,
) -> Result<()> {
    let insert = diesel::insert_into(articles::table).values(row.clone());
    conn.execute(insert).await?;
    let contents = contents_of(row, body.clone());
    let insert = diesel::insert_into(article_contents::table).values(contents);
    conn.execute(insert).await?;
    Ok(())
}

/// Stores a working copy in place of the old one. Contents that stay are not written.
///
/// # Errors
/// 412 when the article was changed meanwhile.
pub(in crate::articles) async fn replace(
    conn: &mut Conn,
    old: &Document,
    new: &Document,
) -> Result<()> {
    save(conn, &old.row, &new.row).await?;
    let text = |details: &DetailsRow| serde_json::to_string(details).map_err(Error::internal);
    if new.body == old.body && text(&new.row.details)? == text(&old.row.details)? {
        return Ok(());
    }
    let own = article_contents::table.filter(article_contents::article_id.eq(old.row.id.clone()));
    let update = diesel::update(own).set((new.row.details.clone(), new.body.clone()));
    conn.execute(update).await?;
    Ok(())
}

/// Checks that the account that is to work on an article exists. One that is assigned already is not
/// looked up.
///
/// # Errors
/// 422 when there is none.
pub(in crate::articles) async fn check_assignee(
    conn: &mut Conn,
    old: Option<&ArticleRow>,
    input: &ArticleInput,
) -> Result<()> {
    let Some(wanted) = input.assignee.as_ref().map(Reference::as_str) else {
        return Ok(());
    };
    if old.and_then(|old| old.assignee.as_deref()) == Some(wanted)
        || users::store::by_id(conn, wanted).await?.is_some()
    {
        return Ok(());
    }
    let detail = format!("There is no account with the id “{wanted}”.");
    Err(Error::field("/assignee", "unknown_reference", detail))
}

/// Checks that the state of an article allows this change.
///
/// # Errors
/// 409 for an archived article, 422 for corrections that were taken away.
pub(in crate::articles) fn check_change(old: &ArticleRow, input: &ArticleInput) -> Result<()> {
    if old.status == Status::Archived {
        let detail = "The article is archived; use “reopen” to edit it again.";
        return Err(wrong_state(old.state(), detail));
    }
    let was_public = old.first_published_at.is_some();
    if was_public && !input.corrections.starts_with(&old.corrections.0) {
        let detail = "can only be added to; existing corrections cannot be changed or removed.";
        return Err(Error::field("/corrections", "append_only", detail));
    }
    Ok(())
}

/// The row with the plain fields of an input.
pub(in crate::articles) fn filled(
    old: &ArticleRow,
    input: &ArticleInput,
    rendered: &Rendered,
) -> ArticleRow {
    ArticleRow {
        locale: input
            .locale
            .as_ref()
            .map_or(old.locale.clone(), |l| l.as_str().to_owned()),
        title: input.title.as_str().to_owned(),
        kicker: input.kicker.clone().map(Line::into_string),
        standfirst: input.standfirst.clone().map(Text::into_string),
        section: input.section.as_ref().map(|slug| slug.as_str().to_owned()),
        featured: input.featured,
        published_at: input.published_at,
        expires_at: input.expires_at,
        corrections: Json(input.corrections.clone()),
        assignee: input.assignee.clone().map(Reference::into_string),
        word_count: i32::try_from(rendered.word_count).unwrap_or(i32::MAX),
        reading_minutes: i32::try_from(rendered.reading_minutes).unwrap_or(i32::MAX),
        details: DetailsRow {
            seo_title: input.seo_title.clone().map(Line::into_string),
            byline: input.byline.clone().map(Line::into_string),
            dateline: input.dateline.clone().map(Line::into_string),
            canonical_url: input.canonical_url.clone().map(WebUrl::into_string),
            seo: Json(input.seo.clone()),
            lead_image: input.lead_image.clone().map(Json),
            metadata: Json(input.metadata.clone()),
        },
        ..old.clone()
    }
}

/// A new row of `article_contents`.
#[diesel::dsl::auto_type(no_type_alias)]
pub(in crate::articles) fn contents_of(row: &ArticleRow, body: BodyRow) -> _ {
    let id: String = row.id.clone();
    let details: DetailsRow = row.details.clone();
    (article_contents::article_id.eq(id), details, body)
}

/// The rows that an article would have with this input.
#[must_use]
pub fn as_if(old: &ArticleRow, input: &ArticleInput, rendered: Rendered) -> (ArticleRow, BodyRow) {
    let mut row = filled(old, input, &rendered);
    if let Some(slug) = &input.slug {
        row.slug = slug.as_str().to_owned();
    }
    let body = body_row(input, &row, rendered);
    (row, body)
}

/// The body of an article as it is stored.
pub(in crate::articles) fn body_row(
    input: &ArticleInput,
    row: &ArticleRow,
    rendered: Rendered,
) -> BodyRow {
    BodyRow {
        search_text: search_text(row, &rendered.text),
        outline: Json(rendered.outline),
        body_format: input.body.format,
        body_source: input.body.source.as_str().to_owned(),
        body_html: rendered.html,
        body_text: rendered.text,
    }
}

/// The text that a search for words looks through: the headlines, the standfirst and the body, folded.
pub(in crate::articles) fn search_text(row: &ArticleRow, text: &str) -> String {
    let headlines = [
        Some(&row.title),
        row.details.seo_title.as_ref(),
        row.kicker.as_ref(),
    ];
    let mut all: Vec<&str> = headlines
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    all.extend(row.standfirst.as_deref());
    all.push(text);
    fold(&all.join("\n"))
}
