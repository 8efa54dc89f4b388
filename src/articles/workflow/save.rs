//! Saves working copies: creates them and changes what they say.

use serde_json::Value;

use crate::articles::article::ArticleInput;
use crate::articles::drafts::document::Document;
use crate::articles::drafts::references::Resolved;
use crate::articles::drafts::version_check::Current;
use crate::articles::drafts::{slugs, store, translations};
use crate::articles::rendering::rendered;
use crate::articles::revisions::store::{RevisionMeta, Step, record};
use crate::articles::row::ArticleRow;
use crate::articles::write_context::WriteContext;
use crate::db::Conn;
use crate::error::Result;
use crate::text::body::Rendered;

/// The change of an article: its new content, and the entry in its revisions.
pub struct Change<'a> {
    /// The article as it is to be.
    pub input: &'a ArticleInput,
    /// Its body.
    pub rendered: Rendered,
    /// The entry.
    pub meta: RevisionMeta<'a>,
}

impl<'a> Change<'a> {
    /// A save that was asked for.
    #[must_use]
    pub fn save(input: &'a ArticleInput, rendered: Rendered) -> Self {
        Self {
            input,
            rendered,
            meta: RevisionMeta::of("save"),
        }
    }
}

/// Creates an article: a draft. Its body is rendered here.
///
/// # Errors
/// 422 for references that lead nowhere, 409 for a slug or an alias that is taken.
pub async fn create(
    conn: &mut Conn,
    ctx: WriteContext<'_>,
    input: &ArticleInput,
) -> Result<Document> {
    create_rendered(conn, ctx, input, rendered(input)).await
}

/// [`create`] with a body that was rendered before.
///
/// # Errors
/// As there.
pub async fn create_rendered(
    conn: &mut Conn,
    ctx: WriteContext<'_>,
    input: &ArticleInput,
    rendered: Rendered,
) -> Result<Document> {
    let default = ctx.settings.site.default_locale.as_str();
    let blank = ArticleRow::blank(ctx.edit.ids.next(), default, ctx.now, ctx.edit.by);
    let row = store::filled(&blank, input, &rendered);
    let mut document = prepared(conn, ctx, row, None, input, rendered).await?;
    store::insert(conn, &document.row, &document.body).await?;
    slugs::claim(conn, None, &document.row).await?;
    let links = document.links.clone();
    links.add(conn, &document.row.id).await?;
    let step = Step {
        before: &document.row,
        tip: None,
        row: &document.row,
        content: document.as_input(),
        meta: RevisionMeta::of("create"),
    };
    document.tip = Some(record(conn, ctx, step, || Value::Null).await?);
    Ok(document)
}

/// Changes an article to what `input` says. The public does not see the change until it is published.
/// Unchanged input changes nothing, not even the version.
///
/// # Errors
/// 412 when it was changed meanwhile, 409 when its state does not allow a change, 422 and 409 as for
/// [`create`].
pub async fn update(
    conn: &mut Conn,
    ctx: WriteContext<'_>,
    old: Current,
    change: Change<'_>,
) -> Result<Document> {
    store::check_change(&old.row, change.input)?;
    revert(conn, ctx, old, change).await
}

/// [`update`] to an earlier content of the article: corrections that were not published may go.
///
/// # Errors
/// As there.
pub async fn revert(
    conn: &mut Conn,
    ctx: WriteContext<'_>,
    old: Current,
    change: Change<'_>,
) -> Result<Document> {
    let Change {
        input,
        rendered,
        meta,
    } = change;
    let mut row = store::filled(&old.row, input, &rendered);
    if input.locale.is_none() {
        ctx.settings
            .site
            .default_locale
            .as_str()
            .clone_into(&mut row.locale);
    }
    let mut document = prepared(conn, ctx, row, Some(&old), input, rendered).await?;
    let (new, before) = (document.as_input(), old.as_input());
    // As texts: metadata whose members stand in another order is another text to echo.
    let [new_text, old_text] = [&new, &before].map(Value::to_string);
    if new_text == old_text {
        return Ok(old.into_document());
    }
    document.row.version += 1;
    document.row.updated_at = ctx.now;
    document.row.updated_by = ctx.by();
    store::replace(conn, &old, &document).await?;
    slugs::claim(conn, Some(&old.row), &document.row).await?;
    document.links.replace(conn, &old).await?;
    let step = Step {
        before: &old.row,
        tip: old.tip.as_ref(),
        row: &document.row,
        content: new,
        meta,
    };
    document.tip = Some(record(conn, ctx, step, || before).await?);
    Ok(document)
}

/// The document of a row with the references, the group, the slug and the body that an input gives it.
async fn prepared(
    conn: &mut Conn,
    ctx: WriteContext<'_>,
    mut row: ArticleRow,
    old: Option<&Document>,
    input: &ArticleInput,
    rendered: Rendered,
) -> Result<Document> {
    let resolved = Resolved::of(conn, *ctx, input, &row, old).await?;
    row.translation_group.clone_from(&resolved.group);
    let old_row = old.map(|old| &old.row);
    store::check_assignee(conn, old_row, input).await?;
    translations::one_in_its_locale(conn, old_row, &row).await?;
    row.slug = slugs::choose(conn, input, &row, old_row).await?;
    let body = store::body_row(input, &row, rendered);
    Ok(Document::new(row, body, resolved, old))
}
