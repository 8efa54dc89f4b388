//! Which slug a row gets, among those that other rows have.

use std::collections::HashSet;

use diesel::result::QueryResult;

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::text::slug::{first_free, numbered, slugify};

/// How many slugs are looked up at once: few at first, since one of them is free as a rule,
/// then ever more, so that the statements stay few even among thousands of equal headlines.
const STEPS: [u32; 4] = [10, 200, 5_000, 100_000];

/// The slug that is wished for.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Among what it must be unique, such as `tags`.
    pub scope: &'a str,
    /// The one that was asked for.
    pub given: Option<&'a str>,
    /// The name or headline to make one of otherwise.
    pub text: &'a str,
    /// The slug for a text of which no letter or digit is left.
    pub fallback: &'a str,
    /// The one that the row has already.
    pub own: Option<&'a str>,
}

/// The slug that was asked for, if it is free; else one made from the text, with a number where
/// needed. `among` gives those of a list of slugs that rows have, in one statement.
///
/// # Errors
/// 409 with a suggestion when the slug that was asked for is taken; those of the database.
pub async fn choose(
    conn: &mut Conn,
    wish: Wish<'_>,
    among: impl AsyncFn(&mut Conn, Vec<String>) -> QueryResult<Vec<String>>,
) -> Result<String> {
    if let Some(given) = wish.given {
        if Some(given) == wish.own {
            return Ok(given.to_owned());
        }
        conn.serialise(&format!("slug {} {given}", wish.scope))
            .await?;
        let free = free(conn, given, None, among).await?;
        return if free == given {
            Ok(free)
        } else {
            Err(Error::slug_taken(given, &free))
        };
    }
    let base = slugify(wish.text).unwrap_or_else(|| wish.fallback.to_owned());
    // Whoever makes a slug of the same words at the same time takes the next number.
    conn.serialise(&format!("slug {} {base}", wish.scope))
        .await?;
    free(conn, &base, wish.own, among).await
}

/// The first of `base`, `base-2`, `base-3` … that no other row has.
async fn free(
    conn: &mut Conn,
    base: &str,
    own: Option<&str>,
    among: impl AsyncFn(&mut Conn, Vec<String>) -> QueryResult<Vec<String>>,
) -> Result<String> {
    let mut taken = HashSet::new();
    let mut from = 2;
    for to in STEPS {
        let candidates: Vec<String> = std::iter::once(base.to_owned())
            .chain((from..=to).map(|number| numbered(base, number)))
            .collect();
        taken.extend(among(conn, candidates.clone()).await?);
        if let Some(own) = own {
            taken.remove(own);
        }
        if candidates.iter().any(|slug| !taken.contains(slug)) {
            return Ok(first_free(base, &taken));
        }
        from = to + 1;
    }
    Err(Error::internal(format!("no slug like {base} is free")))
}
