//! Transitions of an article in the database: its next row, its live copies, its revision.
//!
//! What is written is the article as it is at that moment, also where a transition was due and has
//! not been recorded yet.

use super::rules::{LiveChange, Planned};
use crate::articles::drafts::document::Document;
use crate::articles::drafts::version_check::{Current, save};
use crate::articles::live::publish as live_copy;
use crate::articles::live::publish::Shown;
use crate::articles::live::slugs as live_slugs;
use crate::articles::revisions::store::{RevisionMeta, Step, record};
use crate::articles::write_context::WriteContext;
use crate::db::Conn;
use crate::error::Result;

/// Makes a transition by its rule (see [`rules`](super::rules)): stores the next row, changes the live
/// copies and records a revision. An article that the rule leaves alone stays as it is.
///
/// # Errors
/// Those of the rule; 412 when the article was changed meanwhile.
pub async fn transition(
    conn: &mut Conn,
    ctx: WriteContext<'_>,
    old: Current,
    note: Option<&str>,
    rule: impl FnOnce(&WriteContext<'_>, &Document, Option<&str>) -> Result<Option<Planned>>,
) -> Result<Document> {
    let Some(planned) = rule(&ctx, &old, note)? else {
        return Ok(old.into_document());
    };
    save(conn, &old.row, &planned.row).await?;
    let mut document = old.into_document();
    let before = std::mem::replace(&mut document.row, planned.row);
    let id = document.row.id.as_str();
    match planned.live {
        LiveChange::Nothing => {}
        LiveChange::Show(from) => {
            let shown = Shown {
                row: &document.row,
                body: &document.body,
                links: &document.links,
            };
            live_copy::write(conn, ctx.edit, shown, from).await?;
        }
        LiveChange::WithdrawNext => {
            live_copy::withdraw_next(conn, id, ctx.now).await?;
            live_slugs::make_room(conn, id, ctx.now).await?;
        }
        LiveChange::Withdraw => live_copy::withdraw(conn, id, ctx.now).await?,
    }
    let step = Step {
        before: &before,
        tip: document.tip.as_ref(),
        row: &document.row,
        content: document.as_input(),
        meta: RevisionMeta::noted(planned.action, note),
    };
    let Document { body, links, .. } = &document;
    let old = || crate::articles::drafts::document::as_input(&before, body, links);
    document.tip = Some(record(conn, ctx, step, old).await?);
    Ok(document)
}
