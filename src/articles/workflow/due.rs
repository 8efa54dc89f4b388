//! Records what became due: that a scheduled version is published, and that what expired is not.
//!
//! Nothing depends on it. What the public sees and what editors are told is decided when it is
//! read; recording lets the rows say the same, for indexes and for whoever looks at them otherwise.

use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde::Serialize;
use utoipa::ToSchema;

use crate::articles::row::{ArticleRow, overdue, working_copies};
use crate::db::schema::editorial::articles;
use crate::db::{Conn, Sql, Time, columns};
use crate::error::Result;

/// The most transitions that are recorded at once.
const BATCH: i64 = 200;

/// Transitions that are due but not recorded yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Overdue {
    /// Number of articles affected.
    #[schema(minimum = 0)]
    pub count: i64,
    /// Time at which the oldest became due.
    pub oldest: Option<Time>,
}

fn due(now: Time) -> Sql<articles::table> {
    Sql::new("articles.deleted_at IS NULL").and(overdue(now))
}

/// How many transitions wait to be recorded.
///
/// # Errors
/// Those of the database.
pub async fn waiting(conn: &mut Conn, now: Time) -> Result<Overdue> {
    let count = articles::table.filter(due(now)).count();
    let count: i64 = conn.one(count).await?;
    if count == 0 {
        return Ok(Overdue {
            count,
            oldest: None,
        });
    }
    // Each is the first of an index.
    let next = articles::table
        .filter(due(now))
        .filter(articles::next_at.le(now.0))
        .order(articles::next_at)
        .limit(1)
        .select(articles::next_at);
    let ended = articles::table
        .filter(due(now))
        .filter(articles::live_until.le(now.0))
        .order(articles::live_until)
        .limit(1)
        .select(articles::live_until);
    let next: Option<Option<Time>> = conn.first(next).await?;
    let ended: Option<Option<Time>> = conn.first(ended).await?;
    let oldest = [next, ended].into_iter().flatten().flatten().min();
    Ok(Overdue { count, oldest })
}

/// Records up to 200 transitions that became due; returns of how many articles. The version stays,
/// so that nobody who has the article open is told that it changed.
///
/// # Errors
/// Those of the database.
pub async fn record(conn: &mut Conn, now: Time) -> Result<usize> {
    let rows = working_copies()
        .filter(due(now))
        .order(articles::id)
        .limit(BATCH)
        .select(columns::<ArticleRow>());
    let rows: Vec<ArticleRow> = conn.load(rows).await?;
    let mut recorded = 0;
    for row in rows {
        let now = row.clone().at(now);
        // Whoever writes the article meanwhile records it too: their version is another.
        let same = articles::table
            .filter(articles::id.eq(row.id))
            .filter(articles::version.eq(row.version));
        let update = diesel::update(same).set((
            articles::status.eq(now.status),
            articles::first_published_at.eq(now.first_published_at),
            articles::live_version.eq(now.live_version),
            articles::live_until.eq(now.live_until),
            articles::next_version.eq(now.next_version),
            articles::next_at.eq(now.next_at),
            articles::next_until.eq(now.next_until),
        ));
        recorded += conn.execute(update).await?;
    }
    Ok(recorded)
}
