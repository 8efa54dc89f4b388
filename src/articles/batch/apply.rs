//! One operation of a batch, within a transaction.

use deserr::Deserr;
use serde_json::{Map, Value, json};

use super::operation::{Op, OperationInput};
use crate::articles::access::{Scope, owned};
use crate::articles::article::ArticleInput;
use crate::articles::context::Context;
use crate::articles::drafts::reference_errors::unknown_field;
use crate::articles::drafts::store::{self, Change};
use crate::articles::edit::edit_into;
use crate::articles::rendering::render;
use crate::articles::revisions::conflicts;
use crate::articles::row::ArticleRow;
use crate::articles::trash::store as trash;
use crate::articles::workflow::api::{NoteInput, ScheduleInput, require};
use crate::articles::workflow::store as workflow;
use crate::auth::Caller;
use crate::auth::permission::{ChangeArticles, Needs, PublishArticles, WriteArticles};
use crate::db::Conn;
use crate::error::{Code, Error, FieldErrors, Result};
use crate::http::body::{MergePatch, Nothing, check};
use crate::http::precondition::{IfMatch, missing};
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

/// The article that an operation is for, and the versions that it is based on.
async fn target<P: Needs>(
    conn: &mut Conn,
    caller: &Caller<P>,
    ctx: Context<'_>,
    operation: &OperationInput,
) -> Result<(ArticleRow, IfMatch)> {
    let Some(reference) = &operation.id else {
        return Err(Error::field("/id", "missing", "is required."));
    };
    let Some(based) = &operation.if_match else {
        return Err(missing());
    };
    let row = require(conn, reference, ctx).await?;
    caller.permit(&owned(conn, caller, &row).await?)?;
    if based.0.check(row.version).is_err() {
        return Err(conflicts::explain(conn, &row, &based.0).await);
    }
    Ok((row, based.0.clone()))
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
    let ctx = Context::of(caller, scope);
    let edit = edit_into(caller, &input)?;
    let rendered = render(&input).await?;
    let created = store::create_rendered(conn, edit, ctx, &input, rendered).await;
    created.map_err(|error| error.within("/body"))
}

async fn change(
    conn: &mut Conn,
    caller: &Caller<WriteArticles>,
    operation: &OperationInput,
) -> Result<ArticleRow> {
    let scope = &Scope::of(caller);
    let ctx = Context::of(caller, scope);
    let (old, based_on) = target(conn, caller, ctx, operation).await?;
    let current = store::as_input(conn, &old).await?;
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
    let edit = caller.edit(&owned(conn, caller, &old).await?)?;
    let change = Change::save(&input, render(&input).await?);
    let changed = store::update_rendered(conn, edit, ctx, &old, &based_on, change).await;
    changed.map_err(|error| error.within("/body"))
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
    let ctx = Context::of(caller, scope);
    let (old, based_on) = target(conn, caller, ctx, operation).await?;
    let _nothing: Nothing = body(operation)?;
    let edit = caller.edit(&owned(conn, caller, &old).await?)?;
    trash::trash(conn, edit, ctx, &old, &based_on).await?;
    let gone = store::by_id(conn, &old.id).await?;
    gone.ok_or_else(|| Error::not_found("article"))
}

async fn release(
    conn: &mut Conn,
    caller: &Caller<PublishArticles>,
    operation: &OperationInput,
) -> Result<ArticleRow> {
    let scope = &Scope::of(caller);
    let ctx = Context::of(caller, scope);
    let (old, based_on) = target(conn, caller, ctx, operation).await?;
    let edit = caller.edit(&owned(conn, caller, &old).await?)?;
    if operation.op == Op::Schedule {
        let schedule: ScheduleInput = body(operation)?;
        let times = (schedule.publish_at, schedule.expires_at);
        let note = schedule.note.as_ref().map(Text::as_str);
        let done = workflow::schedule(conn, edit, ctx, &old, &based_on, times, note).await;
        return done.map_err(|error| error.within("/body"));
    }
    let said: NoteInput = body(operation)?;
    let note = said.note.as_ref().map(Text::as_str);
    if operation.op == Op::Publish {
        workflow::publish(conn, edit, ctx, &old, &based_on, note).await
    } else {
        workflow::unpublish(conn, edit, ctx, &old, &based_on, note).await
    }
}
