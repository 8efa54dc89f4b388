//! All published articles at once: one scan of the table, and serde.

use masthead::db::Time;
use tokio_postgres::NoTls;

use super::answer::article;
use super::now;
use super::queries::Queries;
use crate::Outcome;

/// More than there are.
const ALL: usize = 1_000_000_000;

/// Scans an SQLite file; how many articles there were.
pub fn sqlite(file: &str) -> Outcome<usize> {
    let conn = rusqlite::Connection::open(file)?;
    conn.execute_batch("PRAGMA cache_size=-16000; PRAGMA mmap_size=268435456")?;
    let mut query = conn.prepare(&Queries::new("= ?", ALL).list)?;
    let mut rows = query.query([now().0])?;
    let (mut found, mut bytes) = (0, Vec::new());
    while let Some(row) = rows.next()? {
        serde_json::to_writer(&mut bytes, &article!(row.get, false))?;
        found += 1;
    }
    std::hint::black_box(bytes);
    Ok(found)
}

/// Scans a PostgreSQL database.
pub fn postgres(url: &str) -> Outcome<usize> {
    tokio::runtime::Handle::current().block_on(async move {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        let query = Queries::new("= ANY($1)", ALL).list;
        let (mut found, mut bytes) = (0, Vec::new());
        for row in client.query(&query, &[&now().0]).await? {
            serde_json::to_writer(&mut bytes, &article!(row.try_get, false))?;
            found += 1;
        }
        std::hint::black_box(bytes);
        Ok(found)
    })
}
