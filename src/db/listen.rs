//! Invalidations by other instances.
//!
//! On PostgreSQL every transaction that changes it notifies the channel `masthead`, and each instance
//! listens there on a connection of its own. A message is the name of the instance that sent it and
//! the keys of what changed. When the connection is lost, changes may have been missed: every
//! cached entry is invalid.

use std::future::poll_fn;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::{AsyncMessage, Client, Connection};

use super::Sql;
use super::backends::postgres::{PostgresDb, Work, describe};
use super::backends::replicas::{self, Replicas};
use super::backends::sqlite::SqliteDb;
use super::invalidation::{Invalidations, KeyKind, OwnedKey, SurrogateKey};

/// The most bytes of a message; PostgreSQL refuses those of 8,000 and more.
const MAX_MESSAGE_BYTES: usize = 7_900;
/// The interval at which SQLite is checked for writes by others.
const LOOK: Duration = Duration::from_millis(500);
/// How often the connection is tried, and how long it may take.
const TRY: Duration = Duration::from_secs(2);
/// The pause after a failure before the connection is opened again.
const AGAIN: Duration = Duration::from_millis(250);

/// The message that these keys changed.
pub(super) fn message(changes: &Invalidations, keys: &[OwnedKey]) -> String {
    let words: Vec<String> = keys.iter().map(|key| key.key().to_string()).collect();
    let message = format!("{} {}", changes.name(), words.join(" "));
    if message.len() <= MAX_MESSAGE_BYTES {
        message
    } else {
        format!("{} {}", changes.name(), SurrogateKey::ALL)
    }
}

/// The statement that sends a message.
pub(super) fn notify(message: String) -> Sql<()> {
    Sql::new("SELECT pg_notify('masthead', ")
        .text(message)
        .sql(")")
}

/// Applies the message of another instance.
fn hear(changes: &Invalidations, kinds: &[KeyKind], message: &str) {
    let mut words = message.split(' ');
    if words.next() != Some(changes.name()) {
        // A key that this version does not know may stand for anything.
        let key = |word| SurrogateKey::parse(word, kinds).unwrap_or(SurrogateKey::ALL);
        changes.note(words.map(key));
    }
}

/// Polls for writes to the file by another process.
pub(super) async fn look(db: &SqliteDb, changes: &Invalidations) {
    let mut known = None;
    loop {
        let now = db.others().await.ok();
        if known.is_some() && now != known {
            changes.note([SurrogateKey::ALL]);
        }
        known = now;
        tokio::time::sleep(LOOK).await;
    }
}

/// Listens, and reconnects after failures.
pub(super) async fn follow(
    db: &PostgresDb,
    replicas: &Replicas,
    changes: &Invalidations,
    kinds: &[KeyKind],
) {
    let mut told = false;
    loop {
        let listening = Listening {
            changes,
            kinds,
            replicas,
        };
        let why = db.connector().with(listening).await;
        if changes.is_heard() || !told {
            told = true;
            tracing::warn!(
                why,
                "notifications from other instances are not received: caching disabled"
            );
        }
        changes.lose();
        tokio::time::sleep(AGAIN).await;
    }
}

struct Listening<'a> {
    changes: &'a Invalidations,
    kinds: &'a [KeyKind],
    replicas: &'a Replicas,
}

impl Listening<'_> {
    /// Asks for a sign of life: if there are replicas, how far they must be to have all that is
    /// known to have changed.
    async fn ask(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        if self.replicas.is_empty() {
            return client.batch_execute("").await;
        }
        let stamp = self.changes.last();
        // Whatever was committed before this is asked is before this position.
        let place = client.query_one(replicas::PLACE, &[]).await?;
        self.replicas.need(stamp, &place)
    }
}

impl Work for Listening<'_> {
    async fn run<S, T>(self, client: Client, mut connection: Connection<S, T>) -> String
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
        T: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let messages = async {
            loop {
                match poll_fn(|cx| connection.poll_message(cx)).await {
                    Some(Ok(AsyncMessage::Notification(sent))) => {
                        hear(self.changes, self.kinds, sent.payload());
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return describe(&error),
                    None => return "the connection was closed".to_owned(),
                }
            }
        };
        let alive = async {
            if let Err(error) = client.batch_execute("LISTEN masthead").await {
                return describe(&error);
            }
            self.changes.hear();
            tracing::debug!("receiving notifications from other instances");
            loop {
                match tokio::time::timeout(TRY, self.ask(&client)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => return describe(&error),
                    Err(_elapsed) => return "the database does not respond".to_owned(),
                }
                // Replicas wait for the query after a change.
                let changed = self.changes.noted();
                if self.replicas.is_empty() {
                    tokio::time::sleep(TRY).await;
                } else {
                    drop(tokio::time::timeout(TRY, changed).await);
                }
            }
        };
        tokio::select! {
            why = messages => why,
            why = alive => why,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::invalidation::Dependencies;

    const ARTICLE: KeyKind = KeyKind::of_each("article");

    #[test]
    fn messages_of_others_are_heard() {
        let (ours, theirs) = (Invalidations::new(true), Invalidations::new(true));
        let mut dependencies = Dependencies::new(false);
        dependencies.on(ARTICLE.of("a"));
        let at = ours.last();
        let told = message(&ours, &[ARTICLE.of("a").into()]);
        hear(&ours, &[ARTICLE], &told);
        assert!(ours.holds(&dependencies, at), "its own message");
        hear(
            &ours,
            &[ARTICLE],
            &message(&theirs, &[ARTICLE.of("b").into()]),
        );
        assert!(ours.holds(&dependencies, at));
        hear(
            &ours,
            &[ARTICLE],
            &message(&theirs, &[ARTICLE.of("a").into()]),
        );
        assert!(!ours.holds(&dependencies, at));
        let at = ours.last();
        hear(
            &ours,
            &[ARTICLE],
            &message(&theirs, &[KeyKind::of_each("something").of("new").into()]),
        );
        assert!(!ours.holds(&dependencies, at));
    }

    #[test]
    fn a_long_message_says_everything() {
        let changes = Invalidations::new(true);
        let keys = (0..500).map(|id| ARTICLE.of(&format!("{id:036}")).into());
        let keys: Vec<OwnedKey> = keys.collect();
        assert!(message(&changes, &keys).ends_with(" all"));
    }
}
