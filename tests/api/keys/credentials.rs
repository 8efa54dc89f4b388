//! Keys: who needs one, and which are refused.

use masthead::app::Edit;
use masthead::clock::{Clock, Ids};
use masthead::keys::store;
use masthead::routes::TABLE;
use reqwest::Method;
use serde_json::json;

use crate::support::{Kind, Resource as _, TestApp};

const JSON: &str = "application/json";

on_both!(
    writes_need_a_key,
    writes_need_a_role,
    a_key_that_is_not_valid_is_refused_everywhere,
    a_revoked_key_is_refused,
    another_process_is_noticed_within_the_bound,
    a_key_ends_at_its_time,
    the_last_use_is_noted_once_a_minute,
);

/// The writes of the table that are not there to sign in, with something in the place-holders.
fn writes() -> Vec<(Method, String)> {
    let guests = [
        "/v1/auth/login",
        "/v1/auth/logout",
        "/v1/auth/password",
        "/v1/auth/password-reset",
        "/v1/auth/refresh",
        "/v1/auth/setup",
    ];
    let writes = TABLE
        .iter()
        .filter(|(method, path)| *method != "GET" && !guests.contains(path));
    writes
        .map(|(method, path)| {
            let parts = path.split('/');
            let parts = parts.map(|part| if part.starts_with('{') { "x" } else { part });
            let path = parts.collect::<Vec<_>>().join("/");
            (Method::from_bytes(method.as_bytes()).unwrap(), path)
        })
        .collect()
}

async fn writes_need_a_key(app: TestApp) {
    for (method, path) in writes() {
        // Whatever else is wrong: strangers learn nothing but that they need a key.
        for (kind, body, query) in [
            (JSON, "{}", ""),
            (JSON, "{garbage", ""),
            ("text/plain", "x", ""),
            (JSON, "", "?nope=1"),
            (JSON, "\0", "?x=%FF"),
        ] {
            let call = app.anonymous().with("Content-Type", kind);
            let path = format!("{path}{query}");
            let reply = call.send(method.clone(), &path, body.into()).await;
            reply.problem(401, "unauthorized");
            assert_eq!(
                reply.header("www-authenticate"),
                "Bearer realm=\"masthead\""
            );
        }
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n"
        );
        let answer = app.raw(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
}

async fn writes_need_a_role(app: TestApp) {
    for (method, path) in writes() {
        let call = app.reader().with("Content-Type", JSON);
        let reply = call.send(method, &path, b"{garbage".to_vec()).await;
        reply.problem(403, "forbidden");
        assert!(
            reply
                .header("www-authenticate")
                .contains("insufficient_scope"),
            "{reply}"
        );
    }
}

async fn a_key_that_is_not_valid_is_refused_everywhere(app: TestApp) {
    let good = crate::support::key_of("editor");
    let other = &crate::support::key_of("admin")[21..];
    let mixed = format!("{}{other}", &good[..21]);
    let unknown = format!("mhk_{}_{other}", "f".repeat(16));
    let longer = format!("{good}x");
    let mut lines = vec![
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Basic YTpi".to_owned(),
        good.clone(),
        "Bearer x".to_owned(),
        format!("Bearer {good} {good}"),
        format!("Token {good}"),
    ];
    lines.extend([mixed, unknown, longer].map(|key| format!("Bearer {key}")));
    for line in lines {
        for (method, path) in TABLE {
            let path = path.replace(['{', '}'], "");
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let call = app.anonymous().with("Authorization", &line);
            let reply = call.send(method, &path, Vec::new()).await;
            reply.problem(401, "unauthorized");
            assert!(
                reply.header("www-authenticate").contains("invalid_token"),
                "{reply}"
            );
        }
    }
    let reply = app.editor().bearer(&good).get("/v1/tags").await;
    reply.problem(401, "unauthorized");
    let call = app
        .anonymous()
        .with("Authorization", &format!("bearer  {good} "));
    call.get("/v1/tags").await.expect(200);
}

async fn a_revoked_key_is_refused(app: TestApp) {
    app.editor().get("/v1/tags").await.expect(200);
    revoke_elsewhere(&app, "editor").await;
    // What another process does is noticed when the key is looked up again.
    app.advance(chrono::Duration::seconds(1));
    for path in ["/v1/tags", "/", "/v1/tags/x", "/health/live"] {
        app.editor().get(path).await.problem(401, "unauthorized");
    }
    let reply = app.editor().post("/v1/tags", &json!({"name": "X"})).await;
    reply.problem(401, "unauthorized");
    app.admin().get("/v1/tags").await.expect(200);
}

/// Revokes a key as another process would: this server is not told.
async fn revoke_elsewhere(app: &TestApp, name: &str) {
    let ids = Ids::new(Clock::System);
    let edit = Edit {
        ids: &ids,
        now: app.now(),
        by: "tests",
    };
    let mut conn = app.db.write().await.unwrap();
    let row = store::by_id_or_name(&mut conn, name).await.unwrap();
    let row = store::revoke(&mut conn, edit, &row.unwrap()).await.unwrap();
    assert_eq!(row.revoked_at, Some(app.now()));
}

async fn another_process_is_noticed_within_the_bound(kind: Kind) {
    let app = TestApp::start_with(kind, |settings| settings.auth.recheck_seconds = 30).await;
    let call = || app.editor().get("/v1/tags");
    call().await.expect(200);
    revoke_elsewhere(&app, "editor").await;
    app.advance(chrono::Duration::milliseconds(29_999));
    call().await.expect(200);
    app.advance(chrono::Duration::milliseconds(1));
    call().await.problem(401, "unauthorized");

    let app = TestApp::start_with(kind, |settings| settings.auth.recheck_seconds = 0).await;
    app.editor().get("/v1/tags").await.expect(200);
    revoke_elsewhere(&app, "editor").await;
    let reply = app.editor().get("/v1/tags").await;
    reply.problem(401, "unauthorized");
}

async fn a_key_ends_at_its_time(app: TestApp) {
    let ends = "2026-11-23T12:00:10Z";
    let key = json!({"name": "Guest", "role": "viewer", "expires_at": ends});
    let guest = app.with_new_key(key).await;
    guest.clone().get("/v1/tags").await.expect(200);
    app.clock_set("2026-11-23T12:00:09.999Z");
    guest.clone().get("/v1/tags").await.expect(200);
    // Though it was looked up a moment ago.
    app.clock_set(ends);
    guest.get("/v1/tags").await.problem(401, "unauthorized");
}

async fn the_last_use_is_noted_once_a_minute(app: TestApp) {
    let key = json!({"name": "Bot", "permissions": ["read_drafts"]});
    let key = app.create_key(key).await;
    assert_eq!(key["last_used_at"], json!(null));
    let path = format!("/v1/keys/{}", key.id());
    let bot = app.anonymous().bearer(key["secret"].as_str().unwrap());
    let noted = async |at: &str| {
        // It is written beside the request, which does not wait for it.
        for _ in 0..200 {
            let key = app.admin().get(&path).await.expect(200).json();
            assert_eq!(key["version"], 1, "a use is no change");
            if key["last_used_at"] == at {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the use at {at} is not noted");
    };
    bot.clone().get("/v1/tags").await.expect(200);
    noted("2026-11-23T12:00:00Z").await;
    app.clock_set("2026-11-23T12:00:59Z");
    bot.clone().get("/v1/tags").await.expect(200);
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    noted("2026-11-23T12:00:00Z").await;
    app.clock_set("2026-11-23T12:01:00Z");
    bot.get("/v1/tags").await.expect(200);
    noted("2026-11-23T12:01:00Z").await;
}
