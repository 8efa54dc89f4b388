//! `Idempotency-Key`: what holds when a request is cut short, or comes while it is carried out.

use chrono::Duration;
use diesel::ExpressionMethods as _;
use futures_util::future::join_all;
use masthead::auth::Role;
use masthead::db::schema::accounts::idempotency;
use masthead::db::{Conn, IdempotencyMark, Time};
use serde_json::json;

use crate::http::idempotency::{KEY, NAME, count, is_replayed, replays, states, tag};
use crate::support::{Reply, TestApp};

on_both!(
    what_runs_is_not_run_again,
    what_was_left_running_is_taken_over,
    a_lost_answer_does_not_run_again,
    a_failure_after_a_change_is_kept,
    of_many_at_once_one_is_carried_out,
    a_transaction_that_was_overtaken_changes_nothing,
    a_change_without_a_transaction_bears_the_mark,
    whoever_hangs_up_finds_the_answer,
);

/// Makes all records ones without an answer, in this state.
async fn lose_answers(app: &TestApp, state: &str) {
    let mut conn = app.db.write().await.unwrap();
    let none = idempotency::answer.eq(None::<String>);
    let change = diesel::update(idempotency::table).set((idempotency::state.eq(state), none));
    conn.execute(change).await.unwrap();
}

async fn what_runs_is_not_run_again(app: TestApp) {
    let call = || app.editor().with(NAME, KEY);
    call().post("/v1/tags", &tag("Sea")).await.expect(201);
    lose_answers(&app, "running").await;
    app.advance(Duration::seconds(29));
    let reply = call().post("/v1/tags", &tag("Sea")).await;
    reply.problem(409, "idempotency_running");
    assert_eq!(reply.header("retry-after"), "1", "{reply}");
    let reply = call().post("/v1/tags", &tag("Sky")).await;
    reply.problem(422, "idempotency_key_reused");
    assert_eq!(count(&app, "/v1/tags").await, 1);
}

async fn what_was_left_running_is_taken_over(app: TestApp) {
    let call = || app.editor().with(NAME, KEY);
    call().post("/v1/tags", &tag("Sea")).await.expect(201);
    lose_answers(&app, "running").await;
    app.advance(Duration::seconds(30));
    // Nothing was done under the key, as far as the record tells: so another request may have it.
    let taken = call().post("/v1/tags", &tag("Sky")).await.expect(201);
    assert!(!is_replayed(&taken), "{taken}");
    assert_eq!(taken.json()["slug"], "sky");
    replays(&call().post("/v1/tags", &tag("Sky")).await, &taken);
    assert_eq!(states(&app).await, ["done"]);
}

async fn a_lost_answer_does_not_run_again(app: TestApp) {
    let call = || app.editor().with(NAME, KEY);
    call().post("/v1/tags", &tag("Sea")).await.expect(201);
    lose_answers(&app, "committed").await;
    // It may still be on the way.
    let reply = call().post("/v1/tags", &tag("Sea")).await;
    reply.problem(409, "idempotency_running");
    for _ in 0..2 {
        app.advance(Duration::minutes(1));
        let reply = call().post("/v1/tags", &tag("Sea")).await;
        let problem = reply.problem(409, "idempotency_answer_lost");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("was carried out"), "{reply}");
        assert_eq!(reply.header("retry-after"), "", "{reply}");
    }
    // An answer that was damaged is lost as well.
    let mut conn = app.db.write().await.unwrap();
    let damage = (
        idempotency::state.eq("done"),
        idempotency::answer.eq(Some("AAAA")),
    );
    let damage = diesel::update(idempotency::table).set(damage);
    conn.execute(damage).await.unwrap();
    drop(conn);
    let reply = call().post("/v1/tags", &tag("Sea")).await;
    reply.problem(409, "idempotency_answer_lost");
    assert_eq!(count(&app, "/v1/tags").await, 1);
}

async fn a_failure_after_a_change_is_kept(app: TestApp) {
    // A refresh token that comes back ends its session and is refused.
    let user = app.user(Role::Editor).await;
    app.refresh(&user.refresh).await.expect(200);
    let body = json!({"refresh_token": user.refresh});
    let call = || app.admin().with(NAME, KEY);
    let first = call().post("/v1/auth/refresh", &body).await;
    let told = first.problem(401, "invalid_credentials");
    assert!(!app.is_good(&user.access).await);
    assert_eq!(states(&app).await, ["done"]);
    let again = call().post("/v1/auth/refresh", &body).await;
    let problem = again.problem(401, "invalid_credentials");
    assert_eq!(problem["detail"], told["detail"], "{again}");
    assert!(is_replayed(&again), "{again}");
    let challenge = "www-authenticate";
    assert_eq!(again.header(challenge), first.header(challenge), "{again}");
}

async fn of_many_at_once_one_is_carried_out(app: TestApp) {
    let other = app.second();
    let calls = (0..20).map(|number| {
        let app = if number % 2 == 0 { &app } else { &other };
        async move {
            let call = app.editor().with(NAME, KEY);
            call.post("/v1/tags", &tag("Sea")).await
        }
    });
    let replies = join_all(calls).await;
    let mut done: Vec<&Reply> = Vec::new();
    for reply in &replies {
        if reply.status == 201 {
            done.push(reply);
        } else {
            reply.problem(409, "idempotency_running");
        }
    }
    let first: Vec<_> = done.iter().filter(|reply| !is_replayed(reply)).collect();
    assert_eq!(first.len(), 1);
    assert!(done.iter().all(|reply| reply.body == first[0].body));
    assert_eq!(count(&app, "/v1/tags").await, 1);
    let call = app.editor().with(NAME, KEY);
    replays(&call.post("/v1/tags", &tag("Sea")).await, first[0]);
}

/// Adds a running record; gives its mark.
async fn running(app: &TestApp, owner: char) -> IdempotencyMark {
    let mark = IdempotencyMark::new("a".repeat(64), owner.to_string().repeat(32));
    let row = (
        idempotency::id.eq(mark.id()),
        idempotency::fingerprint.eq("f".repeat(64)),
        idempotency::owner.eq("1".repeat(32)),
        idempotency::state.eq("running"),
        idempotency::started_at.eq(app.now()),
    );
    let mut conn = app.db.write().await.unwrap();
    let insert = diesel::insert_into(idempotency::table).values(row);
    conn.execute(insert).await.unwrap();
    mark
}

/// Adds a second record, as any change of the database.
async fn change(conn: &mut Conn, id: char) -> diesel::QueryResult<usize> {
    let row = (
        idempotency::id.eq(id.to_string().repeat(64)),
        idempotency::fingerprint.eq("f".repeat(64)),
        idempotency::owner.eq("1".repeat(32)),
        idempotency::state.eq("running"),
        idempotency::started_at.eq(Time(0)),
    );
    let insert = diesel::insert_into(idempotency::table).values(row);
    conn.execute(insert).await
}

async fn a_transaction_that_was_overtaken_changes_nothing(app: TestApp) {
    // The record belongs to 1.
    let mark = running(&app, '2').await;
    let mut conn = app.db.write().await.unwrap().marked(Some(mark.clone()));
    let done = conn
        .transaction(async |conn: &mut Conn| change(conn, 'b').await)
        .await;
    let error = done.unwrap_err();
    assert!(IdempotencyMark::is_taken_over(&error), "{error:?}");
    assert!(!mark.is_committed());
    let problem = masthead::error::Error::from(error);
    assert_eq!(problem.code().name(), "idempotency_running");
    drop(conn);
    assert_eq!(states(&app).await, ["running"]);
}

async fn a_change_without_a_transaction_bears_the_mark(app: TestApp) {
    let mark = running(&app, '1').await;
    let mut conn = app.db.write().await.unwrap().marked(Some(mark.clone()));
    // A transaction that fails does not use the mark up.
    let failed = conn
        .transaction(async |conn: &mut Conn| {
            change(conn, 'b').await?;
            Err::<(), _>(diesel::result::Error::NotFound)
        })
        .await;
    assert!(failed.is_err() && !mark.is_committed());
    assert_eq!(change(&mut conn, 'b').await.unwrap(), 1);
    assert!(mark.is_committed());
    // What comes later in the same request needs it no more.
    assert_eq!(change(&mut conn, 'c').await.unwrap(), 1);
    drop(conn);
    assert_eq!(states(&app).await, ["running", "running", "committed"]);
    let other = running_again(&app).await;
    assert!(IdempotencyMark::is_taken_over(&other), "{other:?}");
}

/// What the same mark says in another process, that does not know of the commit.
async fn running_again(app: &TestApp) -> diesel::result::Error {
    let mark = IdempotencyMark::new("a".repeat(64), "1".repeat(32));
    let mut conn = app.db.write().await.unwrap().marked(Some(mark));
    change(&mut conn, 'd').await.unwrap_err()
}

async fn whoever_hangs_up_finds_the_answer(app: TestApp) {
    use std::io::Write as _;
    let body = r#"{"name":"Sea"}"#;
    let key = crate::support::key_of("editor");
    let request = format!(
        "POST /v1/tags HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n{NAME}: {KEY}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    {
        // On SQLite this keeps the request waiting; on PostgreSQL it may be done before.
        let held = app.db.write().await.unwrap();
        let mut stream = std::net::TcpStream::connect(app.host()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        drop(stream);
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        drop(held);
    }
    let call = || app.editor().with(NAME, KEY);
    let mut reply = call().post("/v1/tags", &tag("Sea")).await;
    for _ in 0..50 {
        if reply.status == 201 {
            break;
        }
        reply.problem(409, "idempotency_running");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        reply = call().post("/v1/tags", &tag("Sea")).await;
    }
    assert!(is_replayed(&reply.expect(201)));
    assert_eq!(count(&app, "/v1/tags").await, 1);
}
