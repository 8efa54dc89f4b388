//! The condition under which the public sees an article.

use crate::db::schema::live::live_articles;
use crate::db::{Sql, Time};

/// The condition under which a live copy, or a link of one, is public at a moment, for rows under
/// this name.
macro_rules! visible_at {
    ($rows:literal, $now:expr) => {
        $crate::db::Sql::new(concat!($rows, ".visible_from <= "))
            .integer($now.0)
            .sql(concat!(
                " AND (",
                $rows,
                ".visible_until IS NULL OR ",
                $rows,
                ".visible_until > "
            ))
            .integer($now.0)
            .sql(")")
    };
}
pub(in crate::articles) use visible_at;

/// The condition under which a live copy is public, decided at each read: no job has to run for an
/// article to appear or to expire on time.
#[must_use]
pub fn visible(now: Time) -> Sql<live_articles::table> {
    // Redundant, but lets the planner use the index on `published_at`.
    Sql::new("live_articles.published_at <= ")
        .integer(now.0)
        .sql(" AND ")
        .then::<live_articles::table>(visible_at!("live_articles", now))
}
