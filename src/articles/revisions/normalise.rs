//! What an article that is sent refers to, named as revisions name it: by ids.

use serde_json::Value;

use crate::articles::article::plain_path;
use crate::articles::context::Context;
use crate::articles::drafts::slugs;
use crate::authors::Authors;
use crate::db::Conn;
use crate::error::{Code, Result};
use crate::resources::lookup;
use crate::tags::Tags;
use crate::values::Reference;

/// The article with ids in place of slugs, and aliases as they are stored, so that it can be
/// compared with what is kept. What is not there, or is nothing of the kind, stays as it was sent.
///
/// # Errors
/// Those of the database.
pub async fn by_id(conn: &mut Conn, ctx: Context<'_>, mut sent: Value) -> Result<Value> {
    for credit in items(&mut sent, "authors") {
        let Some(name) = credit.get_mut("author") else {
            continue;
        };
        if let Some(reference) = reference(name)
            && let Some(author) = lookup::get::<Authors>(conn, &reference).await?
        {
            *name = author.id.into();
        }
    }
    for name in items(&mut sent, "tags") {
        if let Some(reference) = reference(name)
            && let Some(tag) = lookup::get::<Tags>(conn, &reference).await?
        {
            *name = tag.id.into();
        }
    }
    let locale = sent.get("locale").and_then(Value::as_str);
    let locale = locale.unwrap_or_default().to_owned();
    for name in items(&mut sent, "related") {
        let Some(reference) = reference(name) else {
            continue;
        };
        match slugs::get(conn, &reference, &[&locale], ctx).await {
            Ok(Some(article)) => *name = article.id.into(),
            Ok(None) => {}
            Err(error) if error.code() == Code::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    for path in items(&mut sent, "aliases") {
        if let Some(text) = path.as_str() {
            *path = plain_path(text).into();
        }
    }
    Ok(sent)
}

fn items<'a>(sent: &'a mut Value, list: &str) -> impl Iterator<Item = &'a mut Value> {
    let items = sent.get_mut(list).and_then(Value::as_array_mut);
    items.into_iter().flatten()
}

/// A slug; ids stay as they are.
fn reference(name: &Value) -> Option<Reference> {
    let reference = Reference::parse(name.as_str()?).ok()?;
    (!reference.is_id()).then_some(reference)
}
