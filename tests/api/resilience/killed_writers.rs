//! The server is killed (SIGKILL) again and again while several people write: what it acknowledged is
//! there when it starts again, what it did not is there as a whole or not at all, and all that is
//! stored agrees with itself.

use std::time::{Duration, Instant};

use tokio_postgres::NoTls;

use crate::support::process::Process;
use crate::support::program::{folder, out, run};
use crate::support::writers::Writers;
use crate::support::{Kind, Scratch, block_on, has_postgres};
use crate::workflow::model::random::Random;

/// After how many rounds the whole database is checked.
const CHECKED: usize = 5;

/// How often the server is killed: three times, or as often as `MASTHEAD_CRASH_ROUNDS` says.
pub(crate) fn rounds() -> usize {
    #[expect(
        clippy::disallowed_methods,
        reason = "the rule is for settings of the program"
    )]
    let rounds = std::env::var("MASTHEAD_CRASH_ROUNDS");
    rounds.ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

/// Checks all of a database by the program.
#[track_caller]
pub(crate) fn is_sound(url: &str) {
    let checked = run(&folder(), &["--database", url, "check"]);
    assert_eq!(checked.status.code(), Some(0), "{}", out(&checked));
}

/// Waits until PostgreSQL has ended what a server that is gone had begun: a commit that was sent takes
/// place though nobody is there to hear of it.
async fn nobody_is_connected(url: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                  AND pid <> pg_backend_pid()";
    let begun = Instant::now();
    while client
        .query_one(others, &[])
        .await
        .unwrap()
        .get::<_, i64>(0)
        > 0
    {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "connections of a dead server"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(client);
    let _ended = connection.await;
}

async fn story(kind: Kind) {
    let (scratch, folder) = (Scratch::migrated(kind).await, folder());
    let mut server = Process::start(&scratch, &folder);
    let mut writers = Writers::new(&server.base, 7).await;
    let mut random = Random::new(11);
    for round in 1..=rounds() {
        let enough = 1 + random.below(40);
        let moment = Duration::from_micros(u64::try_from(random.below(20_000)).unwrap());
        let base = server.base.clone();
        let kill = async || server.kill();
        writers
            .round(&base, enough, moment, kill, Option::is_none)
            .await;
        if kind == Kind::Postgres {
            nobody_is_connected(&scratch.url).await;
        }
        server = Process::start(&scratch, &folder);
        writers.look(&server.base).await;
        if round % CHECKED == 0 || round == rounds() {
            is_sound(&scratch.url);
        }
    }
    println!("{kind:?}, killed: {:?}", writers.figures());
    server.kill();
    scratch.remove().await;
}

#[test]
fn sqlite() {
    block_on(Box::pin(story(Kind::Sqlite)));
}

#[test]
fn postgres() {
    if has_postgres() {
        block_on(Box::pin(story(Kind::Postgres)));
    }
}
