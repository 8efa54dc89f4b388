//! The choice of a row's slug, among those that other rows have.

use std::collections::HashSet;

use diesel::result::QueryResult;

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::text::slug::{numbered, slugify};

/// How many slugs are looked up at first: one of them is free as a rule.
const FIRST: u32 = 10;
/// How often that number is doubled in search of one that is free.
const DOUBLINGS: u32 = 20;
/// How many slugs between one that is taken and one that is free are looked up at once.
const PROBES: u32 = 16;

/// The slug that is wished for.
#[derive(Debug, Clone, Copy)]
pub struct SlugRequest<'a> {
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
    wish: SlugRequest<'_>,
    among: impl AsyncFn(&mut Conn, Vec<String>) -> QueryResult<Vec<String>>,
) -> Result<String> {
    if let Some(given) = wish.given {
        if Some(given) == wish.own {
            return Ok(given.to_owned());
        }
        conn.advisory_lock(&format!("slug {} {given}", wish.scope))
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
    conn.advisory_lock(&format!("slug {} {base}", wish.scope))
        .await?;
    free(conn, &base, wish.own, among).await
}

/// The first of `base`, `base-2`, `base-3` … that no other row has. Where the first ten are taken it is
/// the row's own number, or one behind a number that is taken, which is the first as long as none in
/// between was given up: few statements find it among any number of equal headlines.
async fn free(
    conn: &mut Conn,
    base: &str,
    own: Option<&str>,
    among: impl AsyncFn(&mut Conn, Vec<String>) -> QueryResult<Vec<String>>,
) -> Result<String> {
    let taken = async |conn: &mut Conn, slugs: Vec<String>| -> Result<HashSet<String>> {
        let mut taken: HashSet<String> = among(conn, slugs).await?.into_iter().collect();
        if let Some(own) = own {
            taken.remove(own);
        }
        Ok(taken)
    };
    let slugs = |numbers: &[u32]| {
        numbers
            .iter()
            .map(|number| numbered(base, *number))
            .collect()
    };
    let first = std::iter::once(base.to_owned());
    let first: Vec<String> = first
        .chain((2..=FIRST).map(|number| numbered(base, number)))
        .collect();
    let found = taken(conn, first.clone()).await?;
    if let Some(free) = first.into_iter().find(|slug| !found.contains(slug)) {
        return Ok(free);
    }
    // What has a number of this text keeps it: it is no other row's.
    if let Some(own) = own.filter(|own| is_numbered(base, own)) {
        return Ok(own.to_owned());
    }
    let mut low = FIRST;
    let mut probes: Vec<u32> = (1..=DOUBLINGS).map(|doubling| FIRST << doubling).collect();
    loop {
        let found = taken(conn, slugs(&probes)).await?;
        let is_free = |number: &&u32| !found.contains(&numbered(base, **number));
        let Some(high) = probes.iter().find(is_free).copied() else {
            return Err(Error::internal(format!("no slug like {base} is available")));
        };
        low = probes
            .iter()
            .copied()
            .filter(|number| *number < high)
            .max()
            .unwrap_or(low);
        let between = high - low - 1;
        if between == 0 {
            return Ok(numbered(base, high));
        }
        let count = between.min(PROBES);
        probes = (1..=count)
            .map(|one| low + one * (between + 1) / (count + 1))
            .collect();
        probes.push(high);
    }
}

/// Whether a slug is `base` with a number.
fn is_numbered(base: &str, slug: &str) -> bool {
    let number = slug.rsplit('-').next().and_then(|text| text.parse().ok());
    number.is_some_and(|number| number >= 2 && numbered(base, number) == slug)
}
