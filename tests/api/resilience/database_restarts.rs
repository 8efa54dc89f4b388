//! PostgreSQL is killed and started again, and connections to it are cut, while people read and
//! write: whoever is not served is told so by 503, nothing that was acknowledged is lost, and the
//! server recovers by itself.

use std::time::{Duration, Instant};

use tokio_postgres::NoTls;

use crate::resilience::killed_writers::{is_sound, rounds};
use crate::support::process::Process;
use crate::support::program::folder;
use crate::support::writers::Writers;
use crate::support::{Restartable, Scratch, block_on};
use crate::workflow::model::random::Random;

/// Waits until the server is ready again.
async fn is_ready(base: &str) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let begun = Instant::now();
    loop {
        let ready = http
            .get(format!("{base}/health/ready"))
            .send()
            .await
            .unwrap();
        match ready.status().as_u16() {
            200 => return,
            status => assert_eq!(status, 503),
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it does not recover"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Ends all connections of the server.
async fn cut(url: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE application_name = 'masthead'";
    client.batch_execute(cut).await.unwrap();
    drop(client);
    let _ended = connection.await;
}

#[test]
fn what_is_acknowledged_outlives_the_server_of_the_database() {
    let Some(mut postgres) = Restartable::start() else {
        return;
    };
    block_on(Box::pin(async {
        let url = postgres.url().to_owned();
        let (scratch, folder) = (Scratch::at(&url).await, folder());
        let server = Process::start(&scratch, &folder);
        let base = server.base.clone();
        let mut writers = Writers::new(&base, 13).await;
        let mut random = Random::new(17);
        let mut restarts = 0;
        for round in 1..=rounds() {
            let enough = 1 + random.below(40);
            let moment = Duration::from_micros(u64::try_from(random.below(20_000)).unwrap());
            let restart = round % 2 == 1;
            restarts += usize::from(restart);
            let disturb = async || {
                if restart {
                    postgres.stop();
                    postgres.start_again();
                } else {
                    cut(&url).await;
                }
            };
            let unavailable = |answer: &Option<(u16, serde_json::Value)>| {
                answer
                    .as_ref()
                    .is_some_and(|(status, body)| *status == 503 && body["code"] == "unavailable")
            };
            writers
                .round(&base, enough, moment, disturb, unavailable)
                .await;
            is_ready(&base).await;
            writers.look(&base).await;
            if round % 5 == 0 || round == rounds() {
                is_sound(&url);
            }
        }
        println!(
            "{restarts} restarts of PostgreSQL, connections cut in the other rounds: {:?}",
            writers.figures()
        );
        server.kill();
    }));
}
