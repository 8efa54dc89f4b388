//! The database has no room for more: writes say so by 507 and change nothing, reads go on, and with
//! room again all is well.

use std::path::Path;
use std::process::Command;

use masthead::db::Sql;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::resilience::killed_writers::is_sound;
use crate::support::process::Process;
use crate::support::program::folder;
use crate::support::{Kind, Reply, Resource as _, Scratch, TestApp, block_on, key_of};

on_both!(a_full_disk_is_said_and_got_over);

/// Takes the room away, or gives it back. SQLite is told how many pages there may be, on the one
/// connection that writes. PostgreSQL says what it says when a file cannot grow.
async fn room(app: &TestApp, is_there: bool) {
    match app.kind {
        Kind::Sqlite => {
            let mut conn = app.db.write().await.unwrap();
            let pages = match is_there {
                true => "PRAGMA max_page_count = 1073741823",
                // No fewer than there are.
                false => "PRAGMA max_page_count = 1",
            };
            conn.execute(Sql::<()>::new(pages)).await.unwrap();
        }
        Kind::Postgres if is_there => {
            app.damage("DROP TRIGGER full_disk ON revision_bodies")
                .await;
        }
        Kind::Postgres => {
            app.damage(
                "CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ \
                 BEGIN RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'could not extend file \
                 \"base/16384/16397\": No space left on device'; END $$; \
                 CREATE TRIGGER full_disk BEFORE INSERT ON revision_bodies \
                 FOR EACH ROW EXECUTE FUNCTION full_disk()",
            )
            .await;
        }
    }
}

/// Creates a long article; only the first letters of its text are its own.
async fn create(app: &TestApp, number: usize) -> Reply {
    let source = format!(
        "{number} {}",
        "The bridge reopened on Monday. ".repeat(2_000)
    );
    let article = json!({"title": format!("Long {number}"), "body": {"source": source}});
    app.editor().post("/v1/articles", &article).await
}

async fn a_full_disk_is_said_and_got_over(app: TestApp) {
    let story = app.article("Story").publish().await;
    let story = format!("/v1/articles/{}", story.id());
    for _ in 0..2 {
        room(&app, false).await;
        let total = async || {
            let list = app.editor().get("/v1/articles?total=true&fields=id").await;
            list.expect(200).json()["page"]["total"].as_u64().unwrap()
        };
        let before = total().await;
        let (mut created, mut refused) = (0, 0);
        for number in 0..40 {
            let reply = create(&app, number).await;
            match reply.status {
                201 => created += 1,
                _ => {
                    let problem = reply.problem(507, "insufficient_storage");
                    let detail = problem["detail"].as_str().unwrap();
                    assert!(detail.contains("out of space"), "{detail}");
                    refused += 1;
                }
            }
        }
        assert!(refused > 20, "{created} were created, {refused} refused");
        // What was refused is not there, and what was there is read.
        assert_eq!(total().await, before + created);
        app.anonymous().get(&story).await.expect(200);
        app.editor().get(&story).await.expect(200);
        // Of an atomic batch nothing is there.
        let long = "The ferry is late again. ".repeat(4_000);
        let operations: Vec<Value> = (0..5)
            .map(|number| {
                let body = json!({"title": format!("Batch {number}"), "body": {"source": format!("{number} {long}")}});
                json!({"op": "create", "body": body})
            })
            .collect();
        let batch = json!({"atomic": true, "operations": operations});
        let reply = app.editor().post("/v1/articles/batch", &batch).await;
        assert_ne!(reply.json()["complete"], true, "{reply}");
        assert_eq!(total().await, before + created);
        app.is_sound().await;

        room(&app, true).await;
        create(&app, 99).await.expect(201);
        let changed = app.change(&story, json!({"kicker": "Late"})).await;
        assert_eq!(changed["kicker"], "Late");
        let restored = app.change(&story, json!({"kicker": null})).await;
        assert_eq!(restored["kicker"], Value::Null);
        app.is_sound().await;
    }
}

/// A file system of a few megabytes, in memory.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// Mounts it; `None`, with a line on standard output, where this user may not.
    fn new() -> Option<Self> {
        let place = folder();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "masthead-test"])
            .arg(place.path())
            .output();
        match mount {
            Ok(mounted) if mounted.status.success() => Some(Self(place)),
            refused => {
                println!(
                    "the test of a small disk was skipped, nothing can be mounted: {refused:?}"
                );
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.path()).output());
    }
}

/// Posts a body as an editor, or reads as nobody; gives the status and the answer.
async fn send(http: &reqwest::Client, url: String, body: Option<Value>) -> (u16, Value) {
    let call = match body {
        None => http.get(url),
        Some(body) => http
            .post(url)
            .bearer_auth(key_of("editor"))
            .header("Content-Type", "application/json")
            .body(body.to_string()),
    };
    let answer = call.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_default())
}

#[test]
fn a_disk_that_is_full_in_truth() {
    let Some(disk) = SmallDisk::new() else {
        return;
    };
    block_on(async {
        drop(rustls::crypto::ring::default_provider().install_default());
        let url = format!("sqlite:{}", disk.path().join("test.db").display());
        let (scratch, place) = (Scratch::at(&url).await, folder());
        let server = Process::start(&scratch, &place);
        let base = server.base.clone();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let create = async |number: usize| {
            let text = format!("{number} {}", "The bridge reopened. ".repeat(1_000));
            let article = json!({"title": format!("Article {number}"), "body": {"source": text}});
            send(&http, format!("{base}/v1/articles"), Some(article)).await
        };
        let (status, story) = create(0).await;
        assert_eq!(status, 201, "{story}");
        let story = format!("{base}/v1/articles/{}", story.id());
        let publish = http
            .post(format!("{story}/publish"))
            .bearer_auth(key_of("editor"))
            .header("If-Match", "*")
            .header("Content-Type", "application/json")
            .body("{}");
        assert_eq!(publish.send().await.unwrap().status(), 200);
        // Something else takes the room.
        let filler = disk.path().join("filler");
        std::fs::write(&filler, vec![0; 3_000_000]).unwrap();
        let (mut created, mut refused) = (0, 0);
        for number in 1..200 {
            match create(number).await {
                (201, _) => created += 1,
                (507, problem) => {
                    assert_eq!(problem["code"], "insufficient_storage");
                    refused += 1;
                }
                other => panic!("{other:?}"),
            }
            // Whatever is written or not, readers are served.
            let list = format!("{base}/v1/articles?limit={}", 1 + number % 100);
            let (status, list) = send(&http, list, None).await;
            assert_eq!((status, list["data"].as_array().unwrap().len()), (200, 1));
            if refused == 20 {
                break;
            }
        }
        assert_eq!(refused, 20, "{created} were created");
        std::fs::remove_file(&filler).unwrap();
        let (status, made) = create(500).await;
        assert_eq!(status, 201, "{made}");
        is_sound(&scratch.url);
        println!(
            "a full disk: {created} created, {refused} refused, {} bytes",
            8 << 20
        );
        server.kill();
    });
}
