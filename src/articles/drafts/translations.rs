//! Groups of articles that are translations of each other.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::reference_errors::{ambiguous, unknown_field};
use super::slugs;
use crate::articles::article::ArticleInput;
use crate::articles::context::Context;
use crate::articles::row::ArticleRow;
use crate::db::Conn;
use crate::db::schema::editorial::articles;
use crate::error::{Error, FieldError, Result};
use crate::values::Reference;

/// The group of translations of an article, as its input says.
pub(in crate::articles) async fn of(
    conn: &mut Conn,
    ctx: Context<'_>,
    input: &ArticleInput,
    row: &ArticleRow,
    errors: &mut Vec<FieldError>,
) -> Result<String> {
    let named = input.translation_group.as_ref().map(Reference::as_str);
    let pointer = "/translation_of";
    let Some(of) = &input.translation_of else {
        return Ok(named.unwrap_or(&row.id).to_owned());
    };
    if named.is_some_and(|group| group != row.translation_group) {
        let detail = "must not be combined with translation_group.";
        errors.push(FieldError::at(pointer, "contradiction", detail));
        return Ok(String::new());
    }
    let found = slugs::get(conn, of, &[], ctx).await;
    let before = errors.len();
    match found.or_else(|error| ambiguous(error, pointer, errors))? {
        Some(other) => return Ok(other.translation_group),
        None if errors.len() == before => errors.push(unknown_field(pointer, "article", of)),
        None => {}
    }
    Ok(String::new())
}

/// Checks that an article is the only one of its group of translations in its locale. Articles that
/// were stored otherwise before the rule may stay so.
///
/// # Errors
/// 422 when another has the article's locale.
pub(in crate::articles) async fn one_in_its_locale(
    conn: &mut Conn,
    old: Option<&ArticleRow>,
    row: &ArticleRow,
) -> Result<()> {
    let place = |row: &ArticleRow| (row.translation_group.clone(), row.locale.clone());
    // A group that is created with the article has no other member.
    let is_new = old.is_none() && row.version == 1 && row.translation_group == row.id;
    if is_new || old.map(place) == Some(place(row)) {
        return Ok(());
    }
    conn.advisory_lock(&format!("translations {}", row.translation_group))
        .await?;
    let others = articles::table
        .filter(articles::translation_group.eq(row.translation_group.clone()))
        .filter(articles::locale.eq(row.locale.clone()))
        .filter(articles::id.ne(row.id.clone()))
        .filter(articles::deleted_at.is_null())
        .select(articles::id)
        .limit(1);
    if conn.first::<String>(others).await?.is_none() {
        return Ok(());
    }
    let detail = format!(
        "The translation group already has an article in “{}”.",
        row.locale
    );
    Err(Error::field("/locale", "taken", detail))
}
