//! Who is editing an article: a lock that warns others and stops nobody.

use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods as _, QueryDsl as _};
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::schema::editorial::article_locks;
use crate::db::{Conn, Time, columns};
use crate::error::{Code, Error, Result};

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = article_locks, check_for_backend(diesel::sqlite::Sqlite, diesel::pg::Pg))]
struct LockRow {
    article_id: String,
    held_by: String,
    acquired_at: Time,
    renewed_at: Time,
    expires_at: Time,
}

/// The edit lock of an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Lock {
    /// Id of the user or key that holds the lock.
    #[schema(value_type = uuid::Uuid)]
    pub held_by: String,
    /// Whether the caller holds the lock.
    pub mine: bool,
    /// Time at which the lock was taken.
    pub acquired_at: Time,
    /// Time at which the lock was last renewed.
    pub renewed_at: Time,
    /// Time of expiry, unless renewed.
    pub expires_at: Time,
}

impl LockRow {
    fn shown(self, caller: &str) -> Lock {
        Lock {
            mine: self.held_by == caller,
            held_by: self.held_by,
            acquired_at: self.acquired_at,
            renewed_at: self.renewed_at,
            expires_at: self.expires_at,
        }
    }
}

/// Who wants to hold a lock, from now for how long, and whether they take it from others.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The id of the caller.
    pub by: &'a str,
    /// Now.
    pub now: Time,
    /// Lifetime in seconds.
    pub seconds: u32,
    /// Whether to take it from somebody else.
    pub take_over: bool,
}

async fn row(conn: &mut Conn, article: &str, now: Time) -> Result<Option<LockRow>> {
    let query = article_locks::table
        .filter(article_locks::article_id.eq(article.to_owned()))
        .filter(article_locks::expires_at.gt(now))
        .select(columns::<LockRow>());
    Ok(conn.first(query).await?)
}

/// Who is editing an article now.
///
/// # Errors
/// Those of the database.
pub async fn find(conn: &mut Conn, article: &str, caller: &str, now: Time) -> Result<Option<Lock>> {
    let found = row(conn, article, now).await?;
    Ok(found.map(|row| row.shown(caller)))
}

/// Takes the lock of an article, or holds it for longer.
///
/// # Errors
/// 409 `locked` when somebody else holds it and it is not taken over.
pub async fn hold(conn: &mut Conn, article: &str, claim: Claim<'_>) -> Result<Lock> {
    conn.advisory_lock(&format!("lock {article}")).await?;
    let held = row(conn, article, claim.now).await?;
    let own = held.as_ref().filter(|held| held.held_by == claim.by);
    if let Some(other) = held.as_ref().filter(|held| held.held_by != claim.by)
        && !claim.take_over
    {
        let detail = format!(
            "Another user is editing the article; the lock expires at {}.",
            other.expires_at
        );
        let lock = serde_json::to_value(other.clone().shown(claim.by)).map_err(Error::internal)?;
        return Err(Error::new(Code::Locked, detail).with("lock", lock));
    }
    let new = LockRow {
        article_id: article.to_owned(),
        held_by: claim.by.to_owned(),
        acquired_at: own.map_or(claim.now, |own| own.acquired_at),
        renewed_at: claim.now,
        expires_at: Time(claim.now.0 + i64::from(claim.seconds) * 1_000),
    };
    let upsert = diesel::insert_into(article_locks::table)
        .values(new.clone())
        .on_conflict(article_locks::article_id)
        .do_update()
        .set(new.clone());
    conn.execute(upsert).await?;
    Ok(new.shown(claim.by))
}

/// Lets the lock of an article go, if the caller holds it or may take it from others.
///
/// # Errors
/// 409 `locked` when somebody else holds it.
pub async fn release(conn: &mut Conn, article: &str, claim: Claim<'_>) -> Result<()> {
    // Whoever may let it go is whoever may have it.
    hold(conn, article, claim).await?;
    let own = article_locks::table.filter(article_locks::article_id.eq(article.to_owned()));
    conn.execute(diesel::delete(own)).await?;
    Ok(())
}

/// Clears the locks that ended.
///
/// # Errors
/// Those of the database.
pub async fn clear(conn: &mut Conn, now: Time) -> Result<()> {
    let ended = article_locks::table.filter(article_locks::expires_at.le(now));
    conn.execute(diesel::delete(ended)).await?;
    Ok(())
}
