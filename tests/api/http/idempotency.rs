//! `Idempotency-Key`: what is sent again is not carried out again.

use chrono::Duration;
use diesel::QueryDsl as _;
use masthead::auth::Role;
use masthead::db::schema::accounts::idempotency;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::workflow::path;
use crate::support::{Caller, Kind, Reply, Resource as _, TestApp};

on_both!(
    the_same_request_is_answered_as_before,
    a_key_is_for_one_request,
    callers_do_not_share_keys,
    a_failed_request_may_be_corrected,
    an_answer_is_kept_for_a_day,
    another_server_knows_the_answer,
    secrets_are_not_readable,
    keys_that_are_none_are_named,
    only_posts_with_credentials_take_it,
    a_body_has_its_limit,
    pages_of_other_origins_may_send_it,
    every_post_with_credentials_takes_it,
);

/// The key of most stories.
pub const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";
/// The header.
pub const NAME: &str = "Idempotency-Key";

/// The body of a tag.
pub fn tag(name: &str) -> Value {
    json!({"name": name})
}

/// Whether an answer says that it is told again.
pub fn is_replayed(reply: &Reply) -> bool {
    reply.header("idempotency-replayed") == "true"
}

/// Checks that an answer is another one, told again.
#[track_caller]
pub fn replays(reply: &Reply, first: &Reply) {
    assert!(is_replayed(reply) && !is_replayed(first), "{reply}");
    assert_eq!(reply.status, first.status, "{reply}");
    assert_eq!(reply.body, first.body, "{reply}");
    for name in [
        "content-type",
        "etag",
        "location",
        "content-language",
        "cache-control",
        "content-length",
        "vary",
    ] {
        assert_eq!(reply.header(name), first.header(name), "{name}: {reply}");
    }
    let id = "x-request-id";
    assert_ne!(reply.header(id), first.header(id), "{reply}");
    assert!(!reply.header("ratelimit").is_empty(), "{reply}");
}

/// How many a list has.
pub async fn count(app: &TestApp, path: &str) -> usize {
    app.admin().get(path).await.data().len()
}

/// The states of the records.
pub async fn states(app: &TestApp) -> Vec<String> {
    let mut conn = app.db.read().await.unwrap();
    let query = idempotency::table
        .select(idempotency::state)
        .order(idempotency::started_at);
    conn.load(query).await.unwrap()
}

async fn the_same_request_is_answered_as_before(app: TestApp) {
    let article = json!({"title": "The harbour", "locale": "en", "body": {"source": "Text."}});
    let call = || app.editor().with(NAME, KEY);
    let first = call().post("/v1/articles", &article).await.expect(201);
    assert!(!first.header("location").is_empty(), "{first}");
    assert!(!first.header("content-language").is_empty(), "{first}");
    // Later, and after the article changed: it is the same answer.
    app.change(first.header("location"), json!({"title": "Other"}))
        .await;
    app.advance(Duration::hours(1));
    for key in [KEY.to_owned(), format!("\"{KEY}\"")] {
        let again = app.editor().with(NAME, &key);
        let again = again.post("/v1/articles", &article).await;
        replays(&again, &first);
    }
    assert_eq!(count(&app, "/v1/articles").await, 1);
    assert_eq!(states(&app).await, ["done"]);
    // Without the header it is another one, and so with another key.
    app.editor()
        .post("/v1/articles", &article)
        .await
        .expect(201);
    let other = app.editor().with(NAME, "other");
    let other = other.post("/v1/articles", &article).await.expect(201);
    assert!(!is_replayed(&other));
    assert_eq!(count(&app, "/v1/articles").await, 3);
}

async fn a_key_is_for_one_request(app: TestApp) {
    let call = || app.editor().with(NAME, KEY);
    let body = br#"{"name": "Sea"}"#.to_vec();
    let send = async |call: Caller<'_>, path: &str, kind: &str, body: &[u8]| {
        let call = call.with("Content-Type", kind);
        call.send(Method::POST, path, body.to_vec()).await
    };
    let kind = "application/json";
    let first = send(call(), "/v1/tags", kind, &body).await.expect(201);
    for (path, kind, body) in [
        ("/v1/tags", kind, &br#"{"name": "Sky"}"#[..]),
        ("/v1/tags", kind, &br#"{"name":"Sea"}"#[..]),
        ("/v1/authors", kind, &body),
        ("/v1/tags?x=1", kind, &body),
        ("/v1/tags", "application/json; charset=utf-8", &body),
    ] {
        let reply = send(call(), path, kind, body).await;
        reply.problem(422, "idempotency_key_reused");
        assert!(!is_replayed(&reply), "{reply}");
    }
    for (name, value) in [("If-Match", "*"), ("Prefer", "return=minimal")] {
        let reply = send(call().with(name, value), "/v1/tags", kind, &body).await;
        reply.problem(422, "idempotency_key_reused");
    }
    replays(&send(call(), "/v1/tags", kind, &body).await, &first);
    assert_eq!(count(&app, "/v1/tags").await, 1);
    assert_eq!(count(&app, "/v1/authors").await, 0);
}

async fn callers_do_not_share_keys(app: TestApp) {
    let user = app.user(Role::Editor).await;
    let mut slugs = Vec::new();
    for call in [app.editor(), app.admin(), app.as_user(&user)] {
        let reply = call.with(NAME, KEY).post("/v1/tags", &tag("Sea")).await;
        assert!(!is_replayed(&reply), "{reply}");
        slugs.push(reply.expect(201).json()["slug"].clone());
    }
    assert_eq!(slugs, ["sea", "sea-2", "sea-3"]);
    // A person has the same keys in each of their sessions.
    let again = app.sign_in(&user.email).await;
    let call = app.as_user(&again).with(NAME, KEY);
    let reply = call.post("/v1/tags", &tag("Sea")).await;
    assert!(is_replayed(&reply), "{reply}");
}

async fn a_failed_request_may_be_corrected(app: TestApp) {
    let call = || app.editor().with(NAME, KEY);
    let wrong = json!({"name": "Sea", "colour": "blue"});
    let refused = call().post("/v1/tags", &wrong).await;
    refused.problem(422, "invalid_fields");
    assert_eq!(states(&app).await, [""; 0]);
    // One that fails within its transaction leaves nothing either.
    app.create_tag(json!({"name": "Sky", "slug": "sky"})).await;
    let taken = json!({"name": "Sea", "slug": "sky"});
    let refused = call().post("/v1/tags", &taken).await;
    refused.problem(409, "slug_taken");
    let viewer = app.reader().with(NAME, KEY);
    let refused = viewer.post("/v1/tags", &tag("Sea")).await;
    refused.problem(403, "forbidden");
    assert_eq!(states(&app).await, [""; 0]);
    let done = call().post("/v1/tags", &tag("Sea")).await.expect(201);
    assert!(!is_replayed(&done), "{done}");
    replays(&call().post("/v1/tags", &tag("Sea")).await, &done);
}

async fn an_answer_is_kept_for_a_day(app: TestApp) {
    let call = || app.editor().with(NAME, KEY);
    let first = call().post("/v1/tags", &tag("Sea")).await.expect(201);
    app.advance(Duration::hours(24) - Duration::seconds(1));
    replays(&call().post("/v1/tags", &tag("Sea")).await, &first);
    app.advance(Duration::seconds(1));
    let anew = call().post("/v1/tags", &tag("Sky")).await.expect(201);
    assert!(!is_replayed(&anew), "{anew}");
    assert_eq!(states(&app).await, ["done"]);
    // Records that nobody asks for again go when another one comes.
    app.advance(Duration::hours(25));
    let other = app.admin().with(NAME, "other");
    other.post("/v1/tags", &tag("Bay")).await.expect(201);
    assert_eq!(states(&app).await, ["done"]);
}

async fn another_server_knows_the_answer(app: TestApp) {
    let call = app.editor().with(NAME, KEY);
    let first = call.post("/v1/tags", &tag("Sea")).await.expect(201);
    let other = app.second();
    let call = other.editor().with(NAME, KEY);
    replays(&call.post("/v1/tags", &tag("Sea")).await, &first);
    assert_eq!(count(&app, "/v1/tags").await, 1);
}

async fn secrets_are_not_readable(app: TestApp) {
    let body = json!({"name": "Importer", "role": "viewer"});
    let call = || app.admin().with(NAME, KEY);
    let first = call().post("/v1/keys", &body).await.expect(201);
    let secret = first.json()["secret"].as_str().unwrap().to_owned();
    let location = first.header("location").to_owned();
    replays(&call().post("/v1/keys", &body).await, &first);
    app.bearer(&secret).get("/v1/me").await.expect(200);
    let rotate = async || {
        app.admin()
            .with(NAME, "rotate")
            .act(&location, "rotate", json!({}))
            .await
    };
    let rotated = rotate().await.expect(200);
    let second = rotated.json()["secret"].as_str().unwrap().to_owned();
    assert_ne!(second, secret);
    replays(&rotate().await, &rotated);

    let mut conn = app.db.read().await.unwrap();
    let rows: Vec<(String, String, String, String, Option<String>)> = conn
        .load(idempotency::table.select((
            idempotency::id,
            idempotency::fingerprint,
            idempotency::owner,
            idempotency::state,
            idempotency::answer,
        )))
        .await
        .unwrap();
    assert_eq!(rows.len(), 2);
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD_NO_PAD;
    for (id, fingerprint, owner, state, answer) in rows {
        let answer = answer.unwrap();
        let raw = String::from_utf8_lossy(&base64.decode(&answer).unwrap()).into_owned();
        for column in [id, fingerprint, owner, state, answer, raw] {
            for secret in [secret.as_str(), &second, KEY, "rotate", "Importer"] {
                assert!(!column.contains(secret), "{secret} in {column}");
            }
        }
    }
}

async fn keys_that_are_none_are_named(app: TestApp) {
    let long = "k".repeat(256);
    for key in ["", "\"\"", "two words", "\"open", "a,b", "\"a\";p=1", &long] {
        let call = app.editor().with(NAME, key);
        let reply = call.post("/v1/tags", &tag("Sea")).await;
        reply.refuses(400, "malformed_request", &[(NAME, "idempotency_key")]);
    }
    let call = app.editor().with(NAME, KEY).with(NAME, KEY);
    let reply = call.post("/v1/tags", &tag("Sea")).await;
    reply.refuses(400, "malformed_request", &[(NAME, "idempotency_key")]);
    assert_eq!(count(&app, "/v1/tags").await, 0);
    let longest = "k".repeat(255);
    let call = app.editor().with(NAME, &longest);
    call.post("/v1/tags", &tag("Sea")).await.expect(201);
}

async fn only_posts_with_credentials_take_it(app: TestApp) {
    // Whoever is nobody is refused as without it.
    let call = app.anonymous().with(NAME, KEY);
    let reply = call.post("/v1/tags", &tag("Sea")).await;
    reply.problem(401, "unauthorized");
    let call = app.bearer("mhk_wrong").with(NAME, "two words");
    let reply = call.post("/v1/tags", &tag("Sea")).await;
    reply.problem(401, "unauthorized");
    // Signing in makes another session each time.
    app.account("jane", Role::Editor, None).await;
    let login =
        json!({"email": "jane@example.org", "password": crate::support::accounts::PASSWORD});
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let call = app.anonymous().with(NAME, KEY);
        let reply = call.post("/v1/auth/login", &login).await.expect(200);
        assert!(!is_replayed(&reply), "{reply}");
        sessions.push(reply.json()["session"].clone());
    }
    assert_ne!(sessions[0], sessions[1]);
    // Other methods are served, whatever the header says.
    let sea = app.create_tag(tag("Sea")).await;
    for key in [KEY, "two words"] {
        let call = || app.editor().with(NAME, key).if_match("*");
        call().get("/v1/tags/sea").await.expect(200);
        let patch = json!({"description": key});
        call().patch("/v1/tags/sea", &patch).await.expect(200);
        call().put("/v1/tags/sea", &tag("Sea")).await.expect(200);
    }
    let path = format!("/v1/tags/{}", sea.id());
    app.editor().with(NAME, KEY).remove(&path).await.expect(204);
    // So is what is no part of the API.
    let call = app.editor().with(NAME, KEY);
    call.post("/no-such-page", &json!({})).await.expect(404);
    assert_eq!(states(&app).await, [""; 0]);
}

async fn a_body_has_its_limit(kind: Kind) {
    let app = TestApp::start_with(kind, |settings| settings.server.body_limit = 2_000).await;
    let padded = |size: usize| {
        let body = r#"{"name": "X"}"#;
        format!("{body}{}", " ".repeat(size - body.len())).into_bytes()
    };
    let call = || {
        let call = app.editor().with(NAME, KEY);
        call.with("Content-Type", "application/json")
    };
    let send = async |size: usize| call().send(Method::POST, "/v1/tags", padded(size)).await;
    let reply = send(2_001).await;
    assert_eq!(reply.problem(413, "payload_too_large")["limit"], 2_000);
    let key = crate::support::key_of("editor");
    let chunk = format!("1000\r\n{}\r\n", " ".repeat(4_096));
    let request = format!(
        "POST /v1/tags HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\n{NAME}: {KEY}\r\nTransfer-Encoding: chunked\r\n\r\n\
         {chunk}0\r\n\r\n"
    );
    let answer = app.raw(request.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(states(&app).await, [""; 0]);
    let first = send(2_000).await.expect(201);
    replays(&send(2_000).await, &first);
}

async fn pages_of_other_origins_may_send_it(app: TestApp) {
    let call = app.anonymous().with("Origin", "https://desk.example.org");
    let call = call
        .with("Access-Control-Request-Method", "POST")
        .with("Access-Control-Request-Headers", "idempotency-key");
    let reply = call.options("/v1/tags").await;
    let allowed = reply.header("access-control-allow-headers").to_lowercase();
    assert!(allowed.contains("idempotency-key"), "{reply}");
    let call = app.editor().with("Origin", "https://desk.example.org");
    let reply = call
        .with(NAME, KEY)
        .post("/v1/tags", &tag("Sea"))
        .await
        .expect(201);
    let exposed = reply.header("access-control-expose-headers").to_lowercase();
    assert!(exposed.contains("idempotency-replayed"), "{reply}");
}

async fn every_post_with_credentials_takes_it(app: TestApp) {
    let article = app.article("A").create().await;
    let article = path(&article);
    let author = json!({"name": "Jane Doe"});
    let user = json!({"email": "max@example.org", "name": "Max", "role": "editor"});
    let account = app.invited("pat", Role::Editor).await;
    let empty = json!({});
    for (path, body, status) in [
        (format!("{article}/publish"), &empty, 200),
        (format!("{article}/unpublish"), &empty, 200),
        ("/v1/authors".to_owned(), &author, 201),
        ("/v1/users".to_owned(), &user, 201),
        (format!("/v1/users/{account}/password-link"), &empty, 200),
    ] {
        let send = async || {
            let call = app.admin().with(NAME, &path).if_match("*");
            call.post(&path, body).await
        };
        let first = send().await.expect(status);
        assert_eq!(states(&app).await.last().unwrap(), "done");
        replays(&send().await, &first);
    }
    // Another password ends the session, so that the same token gets no further; another one
    // of the same person gets the answer.
    let jane = app.user(Role::Editor).await;
    let body = json!({
        "current_password": crate::support::accounts::PASSWORD,
        "new_password": "nine slow barges",
    });
    let send = async |token: &str| {
        let call = app.bearer(token).with(NAME, KEY);
        call.post("/v1/me/password", &body).await
    };
    let first = send(&jane.access).await.expect(200);
    send(&jane.access).await.problem(401, "unauthorized");
    let token = first.json()["access_token"].as_str().unwrap().to_owned();
    let again = send(&token).await;
    assert_eq!(again.body, first.body, "{again}");
    assert!(is_replayed(&again), "{again}");
}
