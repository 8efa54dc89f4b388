//! The server is killed (SIGKILL) in the midst of batches: an atomic one is there as a whole or not
//! at all, and what was acknowledged is there. Sent again with its `Idempotency-Key`, none is done
//! twice.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::process::Process;
use crate::support::program::folder;
use crate::support::{Kind, Resource as _, Scratch, block_on, has_postgres, key_of};

/// Articles that a batch creates, besides the one that it changes.
const CREATED: usize = 4;
/// Callers that send batches at the same time.
const CALLERS: usize = 4;

/// How often the server is killed: three times, or as often as `MASTHEAD_KILLS` says.
fn kills() -> usize {
    #[expect(
        clippy::disallowed_methods,
        reason = "the rule is for settings of the program"
    )]
    let kills = std::env::var("MASTHEAD_KILLS");
    kills.ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

/// A batch that was sent.
#[derive(Clone)]
struct Sent {
    number: usize,
    atomic: bool,
    target: String,
    acknowledged: bool,
}

impl Sent {
    fn body(&self) -> Value {
        let number = self.number;
        let create = |index: usize| {
            json!({"op": "create", "body": {
                "title": format!("Batch {number} article {index}"), "section": format!("batch-{number}"),
                "body": {"source": "Text."},
            }})
        };
        let mut operations: Vec<Value> = (0..CREATED).map(create).collect();
        let mark = json!({"metadata": {format!("batch-{number}"): true}});
        operations.push(json!({"op": "patch", "id": self.target, "if_match": "*", "body": mark}));
        operations.push(json!({"op": "publish", "id": self.target, "if_match": "*"}));
        json!({"atomic": self.atomic, "operations": operations})
    }
}

struct Client {
    http: reqwest::Client,
}

impl Client {
    async fn send(&self, base: &str, batch: &Sent) -> Option<(u16, Value)> {
        let call = self.http.post(format!("{base}/v1/articles/batch"));
        let call = call
            .bearer_auth(key_of("editor"))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", format!("batch-{}", batch.number))
            .body(batch.body().to_string());
        let answer = call.send().await.ok()?;
        let status = answer.status().as_u16();
        let body = answer.text().await.ok()?;
        Some((status, serde_json::from_str(&body).unwrap()))
    }

    async fn get(&self, base: &str, path: &str) -> Value {
        let call = self.http.get(format!("{base}{path}"));
        let answer = call.bearer_auth(key_of("editor")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    async fn target(&self, base: &str, caller: usize) -> String {
        let article = json!({"title": format!("Target {caller}"), "body": {"source": "Text."}});
        let call = self.http.post(format!("{base}/v1/articles"));
        let call = call
            .bearer_auth(key_of("editor"))
            .header("Content-Type", "application/json")
            .body(article.to_string());
        let answer = call.send().await.unwrap().text().await.unwrap();
        let article: Value = serde_json::from_str(&answer).unwrap();
        article.id().to_owned()
    }
}

/// How much of a batch is there: its articles, and its mark on the one that it changes.
async fn found(client: &Client, base: &str, batch: &Sent) -> (usize, bool, bool) {
    let number = batch.number;
    let list = format!("/v1/articles?section=batch-{number}&total=true&fields=id");
    let total = client.get(base, &list).await["page"]["total"]
        .as_u64()
        .unwrap();
    let target = format!("/v1/articles/{}?fields=metadata", batch.target);
    let mark = format!("batch-{number}");
    let draft = client.get(base, &target).await["metadata"]
        .get(&mark)
        .is_some();
    let live = format!("{target}&version=live");
    let call = client
        .http
        .get(format!("{base}{live}"))
        .bearer_auth(key_of("editor"));
    let live = call.send().await.unwrap();
    let live = match live.status().as_u16() {
        200 => {
            let live: Value = serde_json::from_str(&live.text().await.unwrap()).unwrap();
            live["metadata"].get(&mark).is_some()
        }
        _ => false,
    };
    (usize::try_from(total).unwrap(), draft, live)
}

async fn story(kind: Kind) {
    drop(rustls::crypto::ring::default_provider().install_default());
    let (scratch, folder) = (Scratch::migrated(kind).await, folder());
    let client = Client {
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
    };
    let mut server = Process::start(&scratch, &folder);
    let mut targets = Vec::new();
    for caller in 0..CALLERS {
        targets.push(client.target(&server.base, caller).await);
    }
    let (mut sent, mut again): (Vec<Sent>, usize) = (Vec::new(), 0);
    let numbers = AtomicUsize::new(0);
    for round in 0..kills() {
        let batches = Mutex::new(Vec::new());
        let acknowledged = AtomicUsize::new(0);
        // After so many answers, while others are on their way.
        let enough = 1 + round * 7 % 11;
        let (base, enough_now) = (server.base.clone(), tokio::sync::Notify::new());
        let send = async |caller: usize| loop {
            let number = numbers.fetch_add(1, Ordering::SeqCst);
            let mut batch = Sent {
                number,
                atomic: number % 4 != 3,
                target: targets[caller].clone(),
                acknowledged: false,
            };
            let answer = client.send(&base, &batch).await;
            batch.acknowledged = matches!(&answer, Some((200, body)) if body["complete"] == true);
            let over = answer.is_none();
            assert!(over || batch.acknowledged, "{answer:?}");
            batches.lock().unwrap().push(batch);
            if over {
                break;
            }
            if acknowledged.fetch_add(1, Ordering::SeqCst) + 1 == enough {
                enough_now.notify_one();
            }
        };
        let callers = futures_util::future::join_all((0..CALLERS).map(send));
        let kill = async {
            enough_now.notified().await;
            server.kill();
        };
        tokio::join!(callers, kill);
        server = Process::start(&scratch, &folder);
        for batch in batches.into_inner().unwrap() {
            let (articles, draft, live) = found(&client, &server.base, &batch).await;
            let number = batch.number;
            if batch.acknowledged {
                assert_eq!(
                    (articles, draft, live),
                    (CREATED, true, true),
                    "batch {number}"
                );
            } else if batch.atomic {
                let whole = (articles, draft, live) == (CREATED, true, true);
                let nothing = (articles, draft, live) == (0, false, false);
                assert!(
                    whole || nothing,
                    "batch {number}: {articles} {draft} {live}"
                );
                // Whoever sends it again does it at most once in all.
                let answer = client.send(&server.base, &batch).await;
                assert!(matches!(answer, Some((200 | 409, _))), "{answer:?}");
                let (after, ..) = found(&client, &server.base, &batch).await;
                assert!(
                    after == CREATED || (after == 0 && nothing),
                    "batch {number}: {after}"
                );
                again += 1;
            } else {
                assert!(articles <= CREATED, "batch {number}: {articles}");
            }
            sent.push(batch);
        }
    }
    for batch in sent.iter().filter(|batch| batch.acknowledged) {
        let (articles, ..) = found(&client, &server.base, batch).await;
        assert_eq!(articles, CREATED, "batch {}", batch.number);
    }
    println!(
        "{kind:?}: killed {} times: {} batches sent, {} acknowledged and all there, {again} atomic \
         ones cut short: each there as a whole or not at all",
        kills(),
        sent.len(),
        sent.iter().filter(|batch| batch.acknowledged).count(),
    );
    server.kill();
    scratch.remove().await;
}

#[test]
fn sqlite() {
    block_on(story(Kind::Sqlite));
}

#[test]
fn postgres() {
    if has_postgres() {
        block_on(story(Kind::Postgres));
    }
}
