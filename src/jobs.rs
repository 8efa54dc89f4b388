//! Periodic jobs: recording transitions that became due, and clearing expired rows. Nothing that a
//! caller sees waits for them.

use std::time::Duration;

use actix_web::web;

use crate::app::{App, Edit};
use crate::articles::live;
use crate::articles::locks::store as lock;
use crate::articles::previews::tokens;
use crate::articles::revisions::store::prune_older;
use crate::articles::trash::store as trash;
use crate::articles::workflow::due;
use crate::clock::Ids;
use crate::config::Settings;
use crate::db::{Conn, Database, Time};
use crate::error::Result;

/// The author of the changes that jobs make.
const NAME: &str = "upkeep";
/// Milliseconds of a day.
const DAY: i64 = 86_400_000;
/// The most articles that are deleted for good at once.
const PURGE: i64 = 100;

/// The results of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    /// Articles whose transitions were recorded.
    pub recorded: usize,
    /// Articles that were deleted for good.
    pub purged: usize,
    /// Revisions that were removed.
    pub revisions: usize,
}

/// Runs all jobs once. Work done by one instance is no longer there for another; two at once do no
/// harm.
///
/// # Errors
/// Errors of the database.
pub async fn once(db: &Database, settings: &Settings, ids: &Ids, now: Time) -> Result<Done> {
    let newsroom = &settings.newsroom;
    let before = |days: u32| Time(now.0 - i64::from(days) * DAY);
    let due = due::waiting(&mut db.read().await?, now).await?;
    let mut done = Done::default();
    if due.count > 0 {
        let mut conn = db.write().await?;
        let work = async |conn: &mut Conn| due::record(conn, now).await;
        done.recorded = conn.transaction(work).await?;
    }
    if newsroom.keep_trash_days > 0 {
        let limit = before(newsroom.keep_trash_days);
        let old = trash::older(&mut db.read().await?, limit, PURGE).await?;
        for id in old {
            let by = NAME;
            let edit = Edit { ids, now, by };
            let mut conn = db.write().await?;
            let work = async |conn: &mut Conn| trash::purge(conn, edit, &id).await;
            conn.transaction(work).await?;
            done.purged += 1;
        }
    }
    let mut conn = db.write().await?;
    done.revisions = conn
        .transaction(async |conn: &mut Conn| {
            lock::clear(conn, now).await?;
            tokens::clear(conn, now).await?;
            live::clear_retired(conn, now).await?;
            match newsroom.keep_revisions_days {
                0 => Ok(0),
                days => prune_older(conn, before(days)).await,
            }
        })
        .await?;
    Ok(done)
}

/// The transitions that wait to be recorded.
///
/// # Errors
/// Errors of the database.
pub async fn waiting(app: &App) -> Result<due::Overdue> {
    let mut conn = app.db_for_jobs().read().await?;
    due::waiting(&mut conn, app.clock.now()).await
}

/// Runs all jobs at the interval of the settings, until it is dropped.
pub async fn run(app: web::Data<App>) {
    let seconds = app.settings.newsroom.record_seconds;
    if seconds == 0 {
        return;
    }
    loop {
        let now = app.clock.now();
        match once(app.db_for_jobs(), &app.settings, &app.ids, now).await {
            Ok(done) if done != Done::default() => {
                let Done {
                    recorded,
                    purged,
                    revisions,
                } = done;
                tracing::info!(recorded, purged, revisions, "upkeep");
            }
            Ok(_) => {}
            // The next round may succeed.
            Err(error) => tracing::warn!(%error, "upkeep"),
        }
        tokio::time::sleep(Duration::from_secs(u64::from(seconds))).await;
    }
}
