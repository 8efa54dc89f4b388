//! The records of requests with a key. Each step is one statement with its condition in itself, so
//! that of several who try the same at once one gets through.

use diesel::{ExpressionMethods as _, QueryDsl as _};

use crate::db::idempotency_mark::RUNNING;
use crate::db::schema::accounts::idempotency;
use crate::db::{Conn, IdempotencyMark, Time};
use crate::error::Result;

/// How long a record is kept, in milliseconds.
const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;
/// How long a request may run, in milliseconds: until another may take its record, or its answer
/// is given up.
const LEASE_MS: i64 = 30 * 1_000;
/// How often a record that changes under one's eyes is looked at.
const TRIES: u32 = 5;
/// The state of a record that has its answer.
const DONE: &str = "done";

/// The result of a claim.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// To carry it out: the record is ours.
    Ours,
    /// To answer it with this, which is sealed.
    Kept(String),
    /// To wait: it is being carried out.
    Running,
    /// To say that it was carried out and that its answer is lost.
    Lost,
    /// To refuse it: the key is another request's.
    Other,
}

/// Claims the record of a request for the owner of a mark, where it is free: new, or abandoned by an
/// owner that did nothing for as long as a request may run.
///
/// # Errors
/// Errors of the database.
pub(super) async fn claim(
    conn: &mut Conn,
    now: Time,
    mark: &IdempotencyMark,
    fingerprint: &str,
) -> Result<Claim> {
    purge_ended(conn, now).await?;
    for _ in 0..TRIES {
        if insert(conn, now, mark, fingerprint).await? {
            return Ok(Claim::Ours);
        }
        let Some((owner, state, started_at, print, answer)) = find(conn, mark.id()).await? else {
            continue;
        };
        let is_stale = now.0 - started_at.0 >= LEASE_MS;
        if state == RUNNING && is_stale {
            if take_over(conn, now, mark, fingerprint, &owner).await? {
                return Ok(Claim::Ours);
            }
            continue;
        }
        return Ok(match (state.as_str(), answer) {
            _ if print != fingerprint => Claim::Other,
            (_, Some(answer)) => Claim::Kept(answer),
            (RUNNING, None) => Claim::Running,
            // Its answer is on the way.
            (_, None) if !is_stale => Claim::Running,
            (_, None) => Claim::Lost,
        });
    }
    Ok(Claim::Running)
}

async fn insert(
    conn: &mut Conn,
    now: Time,
    mark: &IdempotencyMark,
    fingerprint: &str,
) -> Result<bool> {
    let row = (
        idempotency::id.eq(mark.id()),
        idempotency::fingerprint.eq(fingerprint),
        idempotency::owner.eq(mark.owner()),
        idempotency::state.eq(RUNNING),
        idempotency::started_at.eq(now),
    );
    let insert = diesel::insert_into(idempotency::table)
        .values(row)
        .on_conflict_do_nothing();
    Ok(conn.execute(insert).await? == 1)
}

/// Owner, state, start, fingerprint and answer.
type Row = (String, String, Time, String, Option<String>);

async fn find(conn: &mut Conn, id: &str) -> Result<Option<Row>> {
    let query = idempotency::table.find(id.to_owned()).select((
        idempotency::owner,
        idempotency::state,
        idempotency::started_at,
        idempotency::fingerprint,
        idempotency::answer,
    ));
    Ok(conn.first(query).await?)
}

async fn take_over(
    conn: &mut Conn,
    now: Time,
    mark: &IdempotencyMark,
    fingerprint: &str,
    from: &str,
) -> Result<bool> {
    let abandoned = idempotency::table
        .filter(idempotency::id.eq(mark.id()))
        .filter(idempotency::owner.eq(from))
        .filter(idempotency::state.eq(RUNNING));
    let change = diesel::update(abandoned).set((
        idempotency::owner.eq(mark.owner()),
        idempotency::fingerprint.eq(fingerprint),
        idempotency::started_at.eq(now),
    ));
    Ok(conn.execute(change).await? == 1)
}

/// Keeps the sealed answer of a request that is done. It is not kept where another took the
/// record over meanwhile.
///
/// # Errors
/// Errors of the database.
pub(super) async fn keep(conn: &mut Conn, mark: &IdempotencyMark, answer: &str) -> Result<()> {
    let ours = idempotency::table
        .filter(idempotency::id.eq(mark.id()))
        .filter(idempotency::owner.eq(mark.owner()));
    let change = diesel::update(ours).set((
        idempotency::state.eq(DONE),
        idempotency::answer.eq(Some(answer)),
    ));
    conn.execute(change).await?;
    Ok(())
}

/// Removes the record of a request that failed and did nothing; whether it was that. One that
/// committed something keeps its record.
///
/// # Errors
/// Errors of the database.
pub(super) async fn release(conn: &mut Conn, mark: &IdempotencyMark) -> Result<bool> {
    let ours = idempotency::table
        .filter(idempotency::id.eq(mark.id()))
        .filter(idempotency::owner.eq(mark.owner()))
        .filter(idempotency::state.eq(RUNNING));
    Ok(conn.execute(diesel::delete(ours)).await? == 1)
}

/// Removes the records that are past their time.
///
/// # Errors
/// Errors of the database.
async fn purge_ended(conn: &mut Conn, now: Time) -> Result<()> {
    let ended = idempotency::started_at.le(Time(now.0 - KEPT_MS));
    let ended = idempotency::table.filter(ended);
    conn.execute(diesel::delete(ended)).await?;
    Ok(())
}
