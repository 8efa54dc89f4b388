//! An operation of a batch, within a transaction.

use deserr::Deserr;
use serde_json::{Map, Value, json};

use super::operation::{Op, OperationInput};
use crate::articles::article::ArticleInput;
use crate::articles::context::{Context, WriteContext};
use crate::articles::draft_access::{Scope, owned};
use crate::articles::drafts::document::require;
use crate::articles::drafts::reference_errors::unknown_field;
use crate::articles::drafts::version_check::Current;
use crate::articles::rendering::render;
use crate::articles::row::ArticleRow;
use crate::articles::trash::store as trash;
use crate::articles::workflow::act::{current, edit_into};
use crate::articles::workflow::api::{NoteInput, ScheduleInput};
use crate::articles::workflow::rules;
use crate::articles::workflow::save::{Change, create_rendered, update};
use crate::articles::workflow::store::transition;
use crate::auth::Caller;
use crate::auth::permission::{ChangeArticles, Needs, PublishArticles, WriteArticles};
use crate::db::Conn;
use crate::error::{Code, Error, FieldErrors, Result};
use crate::http::body::{MergePatch, Nothing, check};
use crate::http::precondition::missing;
use crate::resources::lookup;
use crate::tags;
use crate::values::{Reference, Text};

/// The tags of `tag` and `untag`.
#[derive(Debug, Deserr)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
struct Tags {
    tags: Vec<Reference>,
}

/// Does one operation; gives the article as it is then. Pointers of errors are within the operation.
///
/// # Errors
/// As a request of its own would have.
pub(super) async fn apply(
    conn: &mut Conn,
    caller: &Caller<ChangeArticles>,
    operation: &OperationInput,
) -> Result<ArticleRow> {
    match operation.op {
        Op::Create => create(conn, &caller.also()?, operation).await,
        Op::Patch | Op::Tag | Op::Untag => change(conn, &caller.also()?, operation).await,
        Op::Delete => delete(conn, &caller.also()?, operation).await,
        Op::Publish | Op::Unpublish | Op::Schedule => {
            release(conn, &caller.also()?, operation).await
        }
    }
}

/// The body of an operation, checked.
fn body<T: Deserr<FieldErrors>>(operation: &OperationInput) -> Result<T> {
    let body = operation.body.clone().unwrap_or_else(|| json!({}));
    check(body).map_err(|error| error.within("/body"))
}

/// The article that an operation is for, checked, and the context of its change.
async fn target<'a, P: Needs>(
    conn: &mut Conn,
    caller: &'a Caller<P>,
    scope: &'a Scope,
    operation: &OperationInput,
) -> Result<(WriteContext<'a>, Current)> {
    let Some(reference) = &operation.id else {
        return Err(Error::field("/id", "missing", "is required."));
    };
    let Some(based) = &operation.if_match else {
        return Err(missing());
    };
    let read = Context::of(caller, scope);
    let found = require(conn, reference, read).await?;
    let edit = caller.edit(&owned(conn, caller, &found.row).await?)?;
    let ctx = WriteContext::new(edit, read);
    Ok((ctx, current(conn, ctx, found, &based.0).await?))
}

async fn create(
    conn: &mut Conn,
    caller: &Caller<WriteArticles>,
    operation: &OperationInput,
) -> Result<ArticleRow> {
    if operation.id.is_some() || operation.if_match.is_some() {
        let detail = "must not be given when creating an article.";
        let place = if operation.id.is_some() {
            "/id"
        } else {
            "/if_match"
        };
        return Err(Error::field(place, "not_allowed", detail));
    }
    let input: ArticleInput = body(operation)?;
    let scope = &Scope::of(caller);
    let edit = edit_into(caller, &input)?;
    let ctx = WriteContext::new(edit, Context::of(caller, scope));
    let rendered = render(&input).await?;
    let created = create_rendered(conn, ctx, &input, rendered).await;
    let created = created.map_err(|error| error.within("/body"))?;
    Ok(created.row)
}

async fn change(
    conn: &mut Conn,
    caller: &Caller<WriteArticles>,
    operation: &OperationInput,
) -> Result<ArticleRow> {
    let scope = &Scope::of(caller);
    let (ctx, old) = target(conn, caller, scope, operation).await?;
    let current = old.as_input();
    let value = match operation.op {
        Op::Patch => match operation.body.clone() {
            Some(patch @ Value::Object(_)) => MergePatch(patch).apply(current),
            _ => {
                return Err(Error::field(
                    "/body",
                    "missing",
                    "must be an object: a merge patch.",
                ));
            }
        },
        op => retagged(conn, current, body(operation)?, op == Op::Tag).await?,
    };
    let input: ArticleInput = check(value).map_err(|error| error.within("/body"))?;
    edit_into(caller, &input)?;
    let change = Change::save(&input, render(&input).await?);
    let changed = update(conn, ctx, old, change).await;
    let changed = changed.map_err(|error| error.within("/body"))?;
    Ok(changed.row)
}

/// An article with more tags, or with fewer.
async fn retagged(conn: &mut Conn, article: Value, given: Tags, add: bool) -> Result<Value> {
    let Value::Object(mut fields) = article else {
        return Ok(Value::Object(Map::new()));
    };
    let mut all: Vec<Value> = match fields.remove("tags") {
        Some(Value::Array(all)) => all,
        _ => Vec::new(),
    };
    for (index, reference) in given.tags.iter().enumerate() {
        let Some(tag) = lookup::get::<tags::Tags>(conn, reference).await? else {
            let unknown = unknown_field(&format!("/body/tags/{index}"), "tag", reference);
            return Err(Error::fields(Code::InvalidFields, vec![unknown]));
        };
        let there = all.iter().position(|one| one.as_str() == Some(&tag.id));
        match (add, there) {
            (true, None) => all.push(json!(tag.id)),
            (false, Some(place)) => {
                all.remove(place);
            }
            _ => {}
        }
    }
    fields.insert("tags".to_owned(), Value::Array(all));
    Ok(Value::Object(fields))
}

async fn delete(
    conn: &mut Conn,
    caller: &Caller<WriteArticles>,
    operation: &OperationInput,
) -> Result<ArticleRow> {
    let scope = &Scope::of(caller);
    let (ctx, old) = target(conn, caller, scope, operation).await?;
    let _nothing: Nothing = body(operation)?;
    Ok(trash::trash(conn, ctx, old).await?.row)
}

async fn release(
    conn: &mut Conn,
    caller: &Caller<PublishArticles>,
    operation: &OperationInput,
) -> Result<ArticleRow> {
    let scope = &Scope::of(caller);
    let (ctx, old) = target(conn, caller, scope, operation).await?;
    if operation.op == Op::Schedule {
        let schedule: ScheduleInput = body(operation)?;
        let note = schedule.note.as_ref().map(Text::as_str);
        let rule = rules::schedule(schedule.times());
        let done = transition(conn, ctx, old, note, rule).await;
        return Ok(done.map_err(|error| error.within("/body"))?.row);
    }
    let said: NoteInput = body(operation)?;
    let note = said.note.as_ref().map(Text::as_str);
    let done = if operation.op == Op::Publish {
        transition(conn, ctx, old, note, rules::publish).await
    } else {
        transition(conn, ctx, old, note, rules::unpublish).await
    };
    Ok(done?.row)
}
