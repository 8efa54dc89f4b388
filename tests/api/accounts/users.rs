//! Accounts, as those who manage them see them.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::accounts::PASSWORD;
use crate::support::{Caller, Resource as _, TestApp};

on_both!(
    an_account_from_beginning_to_end,
    changes_need_the_version,
    bad_input_is_named_all_at_once,
    an_address_is_one_whatever_its_case,
    an_author_has_one_account,
);

pub async fn create(call: Caller<'_>, body: Value) -> Value {
    call.post("/v1/users", &body).await.expect(201).json()
}

fn path(user: &Value) -> String {
    format!("/v1/users/{}", user.id())
}

async fn an_account_from_beginning_to_end(app: TestApp) {
    let body = json!({
        "email": "Jane.Doe@Example.org", "name": "Jane Doe", "role": "editor", "locale": "en-GB",
        "password": PASSWORD,
    });
    let reply = app.admin().post("/v1/users", &body).await.expect(201);
    let made = reply.json();
    assert_eq!(reply.header("location"), path(&made));
    assert!(reply.etag().starts_with("\"1-"), "{reply}");
    let mut members: Vec<_> = made.as_object().unwrap().keys().cloned().collect();
    members.sort();
    let expected = [
        "author",
        "created_at",
        "created_by",
        "email",
        "has_password",
        "id",
        "last_login_at",
        "locale",
        "name",
        "role",
        "status",
        "updated_at",
        "updated_by",
        "version",
    ];
    assert_eq!(members, expected);
    assert_eq!(made["email"], "jane.doe@example.org");
    assert_eq!(made["created_by"], "00000000-0000-7000-8000-000000000003");
    assert_eq!(
        (&made["has_password"], &made["status"]),
        (&json!(true), &json!("active"))
    );
    assert_eq!(app.admin().get(&path(&made)).await.expect(200).json(), made);
    let user = app.sign_in("jane.doe@example.org").await;

    app.advance(Duration::minutes(1));
    let call = app.admin().if_match(&reply.etag());
    let reply = call
        .patch(&path(&made), &json!({"name": "Jane Roe", "locale": null}))
        .await;
    let changed = reply.expect(200).json();
    assert_eq!(
        (&changed["name"], &changed["locale"]),
        (&json!("Jane Roe"), &Value::Null)
    );
    assert_eq!(changed["version"], 2);
    assert_ne!(changed["updated_at"], made["updated_at"]);
    assert_eq!(changed["role"], "editor");
    assert!(app.is_good(&user.access).await, "a name ends no session");

    let whole = json!({"email": "jane@example.org", "name": "Jane", "role": "editor"});
    let call = app.admin().if_match("\"2\"");
    let replaced = call.put(&path(&made), &whole).await.expect(200).json();
    assert_eq!(
        (&replaced["email"], &replaced["version"]),
        (&json!("jane@example.org"), &json!(3))
    );
    // What changes nothing is no change.
    let call = app.admin().if_match("\"3\"");
    let same = call.put(&path(&made), &whole).await.expect(200).json();
    assert_eq!(same, replaced);
    app.login("jane.doe@example.org", PASSWORD)
        .await
        .expect(401);
    app.login("jane@example.org", PASSWORD).await.expect(200);

    let reply = app.admin().remove(&path(&made)).await;
    reply.expect(204);
    app.admin()
        .get(&path(&made))
        .await
        .problem(404, "not_found");
    app.login("jane@example.org", PASSWORD).await.expect(401);
    assert!(!app.is_good(&user.access).await);
    app.refresh(&user.refresh).await.expect(401);
    // The address is free again, and who has it now is somebody else.
    let again = create(app.admin(), whole).await;
    assert_ne!(again["id"], made["id"]);
    assert!(!app.is_good(&user.access).await);
}

async fn changes_need_the_version(app: TestApp) {
    let body = json!({"email": "jane@example.org", "name": "Jane", "role": "viewer"});
    let made = create(app.admin(), body.clone()).await;
    let patch = json!({"name": "Joan"});
    let reply = app.admin().patch(&path(&made), &patch).await;
    reply.problem(428, "precondition_required");
    app.admin().put(&path(&made), &body).await.expect(428);
    app.admin().delete(&path(&made)).await.expect(428);
    for tag in ["\"2\"", "\"0\"", "W/\"1\"", "\"x\""] {
        let call = || app.admin().if_match(tag);
        let problem = call().patch(&path(&made), &patch).await;
        assert_eq!(problem.problem(412, "stale_version")["current_version"], 1);
        call()
            .put(&path(&made), &body)
            .await
            .problem(412, "stale_version");
        call()
            .delete(&path(&made))
            .await
            .problem(412, "stale_version");
    }
    for unknown in [
        "00000000-0000-7000-8000-000000000000",
        "x",
        "jane@example.org",
        "%00",
    ] {
        let path = format!("/v1/users/{unknown}");
        let call = || app.admin();
        app.admin().get(&path).await.problem(404, "not_found");
        call().change(&path, &patch).await.problem(404, "not_found");
        call().replace(&path, &body).await.problem(404, "not_found");
        call().remove(&path).await.problem(404, "not_found");
        let link = format!("{path}/password-link");
        app.admin()
            .post(&link, &json!({}))
            .await
            .problem(404, "not_found");
    }
    // A password comes by a link or by its owner, never by a change.
    let tag = "\"1\"";
    for (name, value) in [
        ("password", json!(PASSWORD)),
        ("password_hash", json!("x")),
        ("id", json!("00000000-0000-7000-8000-000000000000")),
        ("version", json!(7)),
        ("created_by", json!("x")),
        ("has_password", json!(true)),
        ("last_login_at", json!("2026-01-01T00:00:00Z")),
        ("author_id", json!("x")),
    ] {
        let pointer = format!("/{name}");
        let mut whole = body.clone();
        whole[name] = value.clone();
        let errors = [(pointer.as_str(), "unknown_field")];
        let reply = app.admin().if_match(tag).put(&path(&made), &whole).await;
        reply.refuses(422, "invalid_fields", &errors);
        let reply = app
            .admin()
            .if_match(tag)
            .patch(&path(&made), &json!({name: value}))
            .await;
        reply.refuses(422, "invalid_fields", &errors);
    }
    assert_eq!(app.admin().get(&path(&made)).await.json(), made);
}

async fn bad_input_is_named_all_at_once(app: TestApp) {
    let reply = app.admin().post("/v1/users", &json!({})).await;
    let missing = [
        ("/email", "missing"),
        ("/name", "missing"),
        ("/role", "missing"),
    ];
    reply.refuses(422, "invalid_fields", &missing);
    let body = json!({
        "email": {"$ne": ""}, "name": ["x"], "role": "owner", "locale": "english!", "author": 1,
        "password": "short", "status": "active", "id": "x", "created_by": "x",
    });
    let reply = app.admin().post("/v1/users", &body).await;
    let errors = [
        ("/email", "wrong_type"),
        ("/name", "wrong_type"),
        ("/role", "not_allowed"),
        ("/locale", "not_a_locale"),
        ("/author", "wrong_type"),
        ("/password", "too_short"),
        ("/status", "unknown_field"),
        ("/id", "unknown_field"),
        ("/created_by", "unknown_field"),
    ];
    reply.refuses(422, "invalid_fields", &errors);
    assert!(
        !String::from_utf8_lossy(&reply.body).contains("short,"),
        "{reply}"
    );
    for (email, code) in [
        ("", "not_an_email"),
        ("jane", "not_an_email"),
        ("jane@example.org\r\nBcc: x@example.org", "not_an_email"),
        ("jane@example.org\0", "not_an_email"),
        ("jane@example.org,joan@example.org", "not_an_email"),
        ("Jane <jane@example.org>", "not_an_email"),
        (&format!("{}@example.org", "j".repeat(65)), "not_an_email"),
        (&format!("j@{}.org", "e".repeat(250)), "too_long"),
    ] {
        let body = json!({"email": email, "name": "Jane", "role": "viewer"});
        let reply = app.admin().post("/v1/users", &body).await;
        reply.refuses(422, "invalid_fields", &[("/email", code)]);
    }
    for password in ["jane@example.org", "jane.example2026", "passwordpassword"] {
        let body = json!({
            "email": "jane@example.org", "name": "Jane Example", "role": "viewer",
            "password": password,
        });
        let reply = app.admin().post("/v1/users", &body).await;
        let code = reply.field_errors()[0].1.clone();
        assert!(
            ["too_personal", "too_common"].contains(&code.as_str()),
            "{reply}"
        );
        let detail = reply.json()["detail"].to_string();
        assert!(!detail.contains(password), "{reply}");
    }
    assert_eq!(
        app.admin().get("/v1/users?total=true").await.json()["page"]["total"],
        0
    );
}

async fn an_address_is_one_whatever_its_case(app: TestApp) {
    let body = |email: &str| json!({"email": email, "name": "Jane", "role": "viewer"});
    let jane = create(app.admin(), body("josé@example.org")).await;
    let other = create(app.admin(), body("jose@example.org")).await;
    for same in [
        "José@Example.ORG",
        "JOSE\u{301}@example.org",
        "josé@example.org",
    ] {
        let reply = app.admin().post("/v1/users", &body(same)).await;
        reply.refuses(409, "conflict", &[("/email", "taken")]);
        let reply = app
            .admin()
            .change(&path(&other), &json!({"email": same}))
            .await;
        reply.refuses(409, "conflict", &[("/email", "taken")]);
        let reply = app.admin().replace(&path(&other), &body(same)).await;
        reply.refuses(409, "conflict", &[("/email", "taken")]);
        // One's own is free.
        let reply = app
            .admin()
            .change(&path(&jane), &json!({"email": same}))
            .await
            .expect(200);
        assert_eq!(reply.json()["email"], "josé@example.org");
        assert_eq!(reply.json()["version"], 1);
    }
    // Two at once make one.
    let (lower, upper) = (body("joan@example.org"), body("JOAN@example.org"));
    let (one, two) = tokio::join!(
        app.admin().post("/v1/users", &lower),
        app.admin().post("/v1/users", &upper),
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{one}{two}");
}

async fn an_author_has_one_account(app: TestApp) {
    let jane = app.author("Jane Doe").create().await;
    app.author("John Roe").create().await;
    let body = |email: &str, author: Value| json!({"email": email, "name": "Jane", "role": "author", "author": author});
    let made = create(app.admin(), body("jane@example.org", json!("jane-doe"))).await;
    assert_eq!(made["author"]["id"], jane["id"]);
    assert_eq!(made["author"]["slug"], "jane-doe");
    for author in [json!("jane-doe"), jane["id"].clone()] {
        let reply = app
            .admin()
            .post("/v1/users", &body("joan@example.org", author))
            .await;
        reply.refuses(409, "conflict", &[("/author", "taken")]);
    }
    let both = body("JANE@example.org", jane["id"].clone());
    let reply = app.admin().post("/v1/users", &both).await;
    reply.refuses(
        409,
        "conflict",
        &[("/author", "taken"), ("/email", "taken")],
    );
    for unknown in ["nobody", "00000000-0000-7000-8000-000000000000"] {
        let reply = app
            .admin()
            .post("/v1/users", &body("x@example.org", json!(unknown)))
            .await;
        reply.refuses(422, "invalid_fields", &[("/author", "unknown_reference")]);
    }
    let joan = create(app.admin(), body("joan@example.org", json!("john-roe"))).await;
    let reply = app
        .admin()
        .change(&path(&joan), &json!({"author": "jane-doe"}))
        .await;
    reply.refuses(409, "conflict", &[("/author", "taken")]);
    let freed = app
        .admin()
        .change(&path(&made), &json!({"author": null}))
        .await
        .expect(200)
        .json();
    assert_eq!(freed["author"], Value::Null);
    app.admin()
        .change(&path(&joan), &json!({"author": "jane-doe"}))
        .await
        .expect(200);
    // An author with an account stays; an account may let go of its author.
    let delete = || app.editor().remove("/v1/authors/jane-doe");
    let reply = delete().await;
    assert_eq!(reply.problem(409, "in_use")["used_by"]["users"], 1);
    let alone = json!({"author": null});
    app.admin().change(&path(&joan), &alone).await.expect(200);
    delete().await.expect(204);
}
