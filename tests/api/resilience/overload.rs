//! More is asked than can be done.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use masthead::config::Settings;
use serde_json::{Value, json};

use crate::support::{Kind, Reply, TestApp, key_of};

on_both!(
    what_is_beyond_the_bound_is_refused_and_the_rest_is_served,
    whoever_waited_too_long_is_refused,
    a_connection_is_not_waited_for_without_end,
    who_sends_slowly_holds_up_nobody,
);

async fn with(kind: Kind, change: impl FnOnce(&mut Settings)) -> TestApp {
    let app = TestApp::start_with(kind, |settings| {
        settings.metrics.listen = Some("127.0.0.1:0".parse().unwrap());
        // On PostgreSQL who holds it holds up everybody, on SQLite the writers.
        settings.database.max_connections = 1;
        change(settings);
    })
    .await;
    app.until(async || app.db.changes().is_heard()).await;
    app
}

/// A figure of the admission.
async fn figure(app: &TestApp, name: &str) -> i64 {
    let text = app.metrics().await;
    let name = format!("masthead_{name} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&name));
    line.unwrap_or_else(|| panic!("{name}: {text}"))
        .parse()
        .unwrap()
}

async fn refusals(app: &TestApp, reason: &str) -> i64 {
    figure(app, &format!("requests_shed_total{{reason=\"{reason}\"}}")).await
}

fn tag(name: &str) -> Value {
    json!({"name": name})
}

/// A refusal by the form of the house, and says when to come back.
fn is_refused(reply: &Reply) {
    reply.problem(503, "overloaded");
    let after: u32 = reply.header("retry-after").parse().unwrap();
    assert!((1..=3).contains(&after), "{reply}");
    assert_eq!(reply.header("cache-control"), "private, no-store");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
}

async fn what_is_beyond_the_bound_is_refused_and_the_rest_is_served(kind: Kind) {
    let app = with(kind, |settings| {
        settings.overload.concurrency = 2;
        settings.overload.waiting = 1;
    })
    .await;
    app.anonymous().get("/v1/authors").await.expect(200);
    let held = app.db.write().await.unwrap();
    let (first, second, third) = (tag("One"), tag("Two"), tag("Three"));
    let fourth = tag("Four");
    let post = |body| app.admin().post("/v1/tags", body);
    let meanwhile = async {
        app.until(async || {
            let working = figure(&app, "admission_working").await;
            (working, figure(&app, "admission_waiting").await) == (2, 1)
        })
        .await;
        for _ in 0..3 {
            is_refused(&post(&fourth).await);
        }
        // A browser may read that it was refused.
        let page = app.admin().with("Origin", "https://site.example");
        let reply = page.get("/v1/articles").await;
        is_refused(&reply);
        assert_eq!(reply.header("access-control-allow-origin"), "*");
        // What is kept needs no turn, nor does whoever asks how it is.
        let kept = app.anonymous().get("/v1/authors").await.expect(200);
        assert_eq!(kept.header("cache-status"), "masthead; hit");
        app.anonymous().get("/health/live").await.expect(200);
        assert_eq!(refusals(&app, "queue_full").await, 4);
        assert_eq!(figure(&app, "admission_limit").await, 2);
        drop(held);
    };
    let (first, second, third, ()) =
        tokio::join!(post(&first), post(&second), post(&third), meanwhile);
    for reply in [first, second, third] {
        reply.expect(201);
    }
    post(&fourth).await.expect(201);
    let tags = app
        .anonymous()
        .get("/v1/tags?fields=name")
        .await
        .expect(200);
    assert_eq!(tags.data().len(), 4, "what was refused was not done");
    assert_eq!(figure(&app, "admission_working").await, 0);
    assert_eq!(figure(&app, "admission_waiting").await, 0);
    assert_eq!(refusals(&app, "waited_too_long").await, 0);
}

async fn whoever_waited_too_long_is_refused(kind: Kind) {
    let app = with(kind, |settings| {
        settings.overload.concurrency = 1;
        settings.overload.wait_milliseconds = 20;
    })
    .await;
    let held = app.db.write().await.unwrap();
    let (first, second) = (tag("One"), tag("Two"));
    let meanwhile = async {
        app.until(async || figure(&app, "admission_working").await == 1)
            .await;
        is_refused(&app.admin().post("/v1/tags", &second).await);
        assert_eq!(refusals(&app, "waited_too_long").await, 1);
        drop(held);
    };
    let (reply, ()) = tokio::join!(app.admin().post("/v1/tags", &first), meanwhile);
    reply.expect(201);
    app.admin().post("/v1/tags", &second).await.expect(201);
}

async fn a_connection_is_not_waited_for_without_end(kind: Kind) {
    let app = with(kind, |settings| settings.database.wait_milliseconds = 20).await;
    let held = app.db.write().await.unwrap();
    is_refused(&app.admin().post("/v1/tags", &tag("One")).await);
    drop(held);
    app.admin().post("/v1/tags", &tag("One")).await.expect(201);
    assert_eq!(refusals(&app, "queue_full").await, 0, "it had a turn");
}

async fn who_sends_slowly_holds_up_nobody(kind: Kind) {
    let app = with(kind, |settings| settings.overload.concurrency = 1).await;
    let body = tag("Slow").to_string();
    let head = format!(
        "POST /v1/tags HTTP/1.1\r\nHost: masthead\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        key_of("admin"),
        body.len()
    );
    let (half, rest) = body.split_at(4);
    let mut slow: Vec<_> = (0..3)
        .map(|_| {
            let mut stream = TcpStream::connect(app.host()).unwrap();
            stream
                .write_all(format!("{head}{half}").as_bytes())
                .unwrap();
            stream
        })
        .collect();
    // They came in, and wait for the rest of their bodies.
    app.until(async || figure(&app, "http_requests_in_flight").await == 3)
        .await;
    app.admin()
        .post("/v1/tags", &tag("Quick"))
        .await
        .expect(201);
    assert_eq!(figure(&app, "http_requests_in_flight").await, 3);
    let mut stream = slow.remove(0);
    stream.write_all(rest.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 201");
    drop((stream, slow));
    app.until(async || figure(&app, "http_requests_in_flight").await == 0)
        .await;
    assert_eq!(figure(&app, "admission_working").await, 0);
}
