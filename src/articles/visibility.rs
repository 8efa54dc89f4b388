//! The condition under which the public sees an article.

use crate::db::schema::live::live_articles;
use crate::db::{Sql, Time};

/// The condition that a copy, or a link of one, is seen at a moment, for rows of this name.
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

/// The condition that decides at each read what the public sees: no job has to run for an
/// article to appear or to vanish on time.
#[must_use]
pub fn visible(now: Time) -> Sql<live_articles::table> {
    // The first says nothing that the second does not, and leads by the index on the date.
    Sql::new("live_articles.published_at <= ")
        .integer(now.0)
        .sql(" AND ")
        .then::<live_articles::table>(visible_at!("live_articles", now))
}
