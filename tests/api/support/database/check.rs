//! Whether the database of a test is as it must be, and damage done to it.

use masthead::clock::{Clock, Ids};
use masthead::db::Database;
use masthead::integrity::{Check, Finding, Report};
use masthead::registry::SUBJECTS;
use tokio_postgres::NoTls;

use crate::support::app::TestApp;

/// Checks a database by this clock; gives what was found as it would be printed.
pub async fn check(db: &Database, clock: &Clock, fix: bool) -> (Report, Vec<Finding>) {
    let ids = Ids::new(Clock::System);
    let mut found = Vec::new();
    let check = Check {
        db,
        subjects: SUBJECTS,
        ids: &ids,
        clock,
        fix,
        tell: |finding: &Finding| found.push(finding.clone()),
    };
    let report = Box::pin(check.run()).await.unwrap();
    (report, found)
}

/// Runs statements on a database as a tool would that knows no foreign keys.
pub async fn damage(url: &str, sql: &str) {
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let conn = rusqlite::Connection::open(path).unwrap();
            let sql = format!("PRAGMA busy_timeout=5000; PRAGMA foreign_keys=OFF; {sql}");
            conn.execute_batch(&sql).unwrap();
        }
        None => {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            let sql = format!("SET session_replication_role = replica; {sql}");
            client.batch_execute(&sql).await.unwrap();
            drop(client);
            let _ended = connection.await;
        }
    }
}

impl TestApp {
    /// Checks the database by the clock of the server.
    pub async fn check(&self, fix: bool) -> (Report, Vec<Finding>) {
        let now = std::sync::atomic::AtomicI64::new(self.now().0);
        check(&self.db, &Clock::Manual(std::sync::Arc::new(now)), fix).await
    }

    /// Fails unless the database is as it must be.
    #[track_caller]
    pub fn is_sound(&self) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            let (_, found) = self.check(false).await;
            assert!(found.is_empty(), "{place}: {found:#?}");
        }
    }

    /// Runs statements on the database as a tool would that knows no foreign keys.
    pub async fn damage(&self, sql: &str) {
        damage(&self.database_url(), sql).await;
    }
}
