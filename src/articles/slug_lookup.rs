//! The look-up of articles by slug, which several articles may share in different locales.

use diesel::QueryDsl as _;
use diesel::result::QueryResult;

use crate::config::SiteSettings;
use crate::db::schema::editorial::articles;
use crate::db::{Conn, Sql, Time};
use crate::error::{Code, Error, Result};
use crate::http::lookup::Lookup;

/// The path of batches, which cannot be the slug of an article.
const RESERVED: &str = "batch";

/// The present address of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleAddress {
    /// Slug.
    pub slug: String,
    /// Its locale.
    pub locale: String,
    /// The time after which the public does not find it there any more.
    pub until: Option<Time>,
}

/// An article that was found by its address, or its present address.
pub type FoundArticle<T> = Lookup<T, ArticleAddress>;

/// Picks the article that a slug means: the one in the first of the locales that has one; without
/// locales, the one in the site's default locale, else the only one.
///
/// # Errors
/// 404 when several are left that none of these rules decides between.
pub(in crate::articles) fn pick<T>(
    mut rows: Vec<T>,
    locale_of: impl Fn(&T) -> &str,
    locales: &[&str],
    site: &SiteSettings,
) -> Result<Option<T>> {
    let default = [site.default_locale.as_str()];
    let asked = if locales.is_empty() {
        &default
    } else {
        locales
    };
    let mut places = asked.iter();
    let place = places.find_map(|one| rows.iter().position(|row| locale_of(row) == *one));
    if let Some(index) = place {
        return Ok(Some(rows.swap_remove(index)));
    }
    if !locales.is_empty() || rows.is_empty() {
        return Ok(None);
    }
    if rows.len() == 1 {
        return Ok(rows.pop());
    }
    let locales: Vec<&str> = rows.iter().map(locale_of).collect();
    let detail = format!(
        "The slug exists in several languages ({}): add locale=….",
        locales.join(", ")
    );
    Err(Error::new(Code::NotFound, detail))
}

/// The taken ones among these slugs of a locale.
///
/// # Errors
/// Errors of the database.
pub(in crate::articles) async fn among(
    conn: &mut Conn,
    locale: &str,
    slugs: Vec<String>,
) -> QueryResult<Vec<String>> {
    let reserved = slugs.iter().find(|slug| *slug == RESERVED).cloned();
    let condition = Sql::<articles::table>::new("articles.locale = ")
        .text(locale)
        .sql(" AND articles.deleted_at IS NULL AND articles.slug")
        .is_in(slugs);
    let query = articles::table.filter(condition).select(articles::slug);
    let mut taken: Vec<String> = conn.load(query).await?;
    taken.extend(reserved);
    Ok(taken)
}
