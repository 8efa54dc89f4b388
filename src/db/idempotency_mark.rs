//! The mark of a request that must not be carried out twice, written in the same transaction as the
//! changes of the request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::result::{Error, QueryResult};
use diesel::{ExpressionMethods as _, QueryDsl as _};

use super::Conn;
use super::schema::accounts::idempotency;

/// The state of a record whose request has committed nothing so far.
pub const RUNNING: &str = "running";
/// The state of a record whose request has committed something.
pub const COMMITTED: &str = "committed";

/// Turns a record of `idempotency` from running to committed, as a part of the first transaction
/// that its request commits. So a running record proves that nothing was done yet, even after a
/// crash. Clones are one mark.
#[derive(Clone)]
pub struct IdempotencyMark(Arc<MarkParts>);

struct MarkParts {
    id: String,
    owner: String,
    committed: AtomicBool,
}

impl IdempotencyMark {
    /// The mark of the record with this id, as long as it belongs to this owner.
    #[must_use]
    pub fn new(id: String, owner: String) -> Self {
        Self(Arc::new(MarkParts {
            id,
            owner,
            committed: AtomicBool::new(false),
        }))
    }

    /// The id of the record.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Who carries out the request: one attempt of one process.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.0.owner
    }

    /// Whether a transaction was committed with it. When the answer to a commit was lost it is
    /// false, and the record alone knows.
    #[must_use]
    pub fn is_committed(&self) -> bool {
        self.0.committed.load(Ordering::SeqCst)
    }

    /// Whether a transaction failed since its mark could not be written: the record is another
    /// owner's by now, or gone. Nothing else in this program asks for a rollback by an error.
    #[must_use]
    pub fn is_taken_over(error: &Error) -> bool {
        matches!(error, Error::RollbackTransaction)
    }

    /// Writes it, within a transaction.
    pub(super) async fn write(&self, conn: &mut Conn) -> QueryResult<()> {
        let ours = idempotency::table
            .filter(idempotency::id.eq(self.id()))
            .filter(idempotency::owner.eq(self.owner()))
            .filter(idempotency::state.eq(RUNNING));
        let mark = diesel::update(ours).set(idempotency::state.eq(COMMITTED));
        match conn.run(mark).await? {
            1 => Ok(()),
            _ => Err(Error::RollbackTransaction),
        }
    }

    pub(super) fn note_committed(&self) {
        self.0.committed.store(true, Ordering::SeqCst);
    }
}
