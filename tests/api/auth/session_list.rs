//! Sessions as their owner sees them, and what is for people only.

use chrono::Duration;
use masthead::auth::Role;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::accounts::{PASSWORD, User, parts};

on_both!(
    sessions_are_listed_and_ended,
    the_last_use_is_noted_now_and_then,
    sessions_are_for_people,
    the_first_login_makes_the_key,
);

async fn sessions_are_listed_and_ended(app: TestApp) {
    app.account("jane", Role::Contributor, None).await;
    let body = json!({"email": "jane@example.org", "password": PASSWORD, "device": "Desk"});
    let one = User::of(
        &app.anonymous()
            .post("/v1/auth/login", &body)
            .await
            .expect(200),
    );
    app.advance(Duration::seconds(1));
    let body = json!({"email": "jane@example.org", "password": PASSWORD});
    let agent = "Browser/1.0 ".repeat(40);
    let call = app.anonymous().with("User-Agent", agent.trim());
    let other = User::of(&call.post("/v1/auth/login", &body).await.expect(200));
    let stranger = app.user(Role::Admin).await;

    let reply = app.as_user(&one).get("/v1/auth/sessions").await.expect(200);
    assert_eq!(
        reply.each("id"),
        [other.session.clone(), one.session.clone()]
    );
    let sessions = reply.data();
    assert_eq!(sessions[1]["device"], "Desk");
    assert_eq!(sessions[1]["current"], true);
    assert_eq!(sessions[0]["current"], false);
    let device = sessions[0]["device"].as_str().unwrap();
    assert!(
        device.starts_with("Browser/1.0 ") && device.chars().count() == 300,
        "{reply}"
    );
    assert_eq!(sessions[0]["address"], "127.0.0.1");
    for secret in ["hash", "token", "mhr_"] {
        assert!(
            !String::from_utf8_lossy(&reply.body).contains(secret),
            "{reply}"
        );
    }

    let path = |session: &str| format!("/v1/auth/sessions/{session}");
    for session in [
        stranger.session.as_str(),
        "00000000-0000-7000-8000-000000000000",
        "x",
    ] {
        let reply = app.as_user(&one).delete(&path(session)).await;
        reply.problem(404, "not_found");
        // An admin has no more to do with the sessions of others.
    }
    let reply = app.as_user(&stranger).delete(&path(&one.session)).await;
    reply.problem(404, "not_found");
    assert!(app.is_good(&stranger.access).await);

    app.as_user(&one)
        .delete(&path(&other.session))
        .await
        .expect(204);
    assert!(!app.is_good(&other.access).await);
    let reply = app.as_user(&one).delete(&path(&other.session)).await;
    reply.problem(404, "not_found");
    assert_eq!(
        app.as_user(&one)
            .get("/v1/auth/sessions")
            .await
            .data()
            .len(),
        1
    );
    app.as_user(&one)
        .delete(&path(&one.session))
        .await
        .expect(204);
    assert!(!app.is_good(&one.access).await);
    assert_eq!(
        app.as_user(&stranger)
            .get("/v1/auth/sessions")
            .await
            .data()
            .len(),
        1
    );
}

async fn the_last_use_is_noted_now_and_then(app: TestApp) {
    let user = app.user(Role::Editor).await;
    let noted = async || {
        let sessions = app.as_user(&user).get("/v1/auth/sessions").await.data();
        sessions[0]["last_used_at"].as_str().unwrap().to_owned()
    };
    assert_eq!(noted().await, "2026-11-23T12:00:00Z");
    app.advance(Duration::seconds(59));
    noted().await;
    assert_eq!(noted().await, "2026-11-23T12:00:00Z");
    app.advance(Duration::seconds(1));
    // It is written after the answer.
    for _ in 0..100 {
        if noted().await == "2026-11-23T12:01:00Z" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the use was not noted: {}", noted().await);
}

async fn sessions_are_for_people(app: TestApp) {
    let post = async |path: &str, body: Value| {
        let reply = app.admin().post(path, &body).await;
        reply.problem(403, "forbidden");
    };
    post("/v1/auth/logout", json!({})).await;
    post("/v1/auth/logout-all", json!({})).await;
    let change = json!({"current_password": PASSWORD, "new_password": "ten quiet ferries"});
    post("/v1/me/password", change).await;
    app.admin()
        .change("/v1/me", &json!({"name": "X"}))
        .await
        .problem(403, "forbidden");
    let list = "/v1/auth/sessions";
    app.admin().get(list).await.problem(403, "forbidden");
    let nothing = app.admin().get(&format!("{list}/")).await;
    nothing.problem(404, "not_found");
    let reply = app
        .admin()
        .delete("/v1/auth/sessions/00000000-0000-7000-8000-000000000000")
        .await;
    reply.problem(403, "forbidden");
}

async fn the_first_login_makes_the_key(app: TestApp) {
    // Both instances may be asked at the same time; there is one key in the end.
    let other = app.second();
    app.account("jane", Role::Editor, None).await;
    let email = "jane@example.org";
    let (one, two) = tokio::join!(app.login(email, PASSWORD), other.login(email, PASSWORD));
    let (one, two) = (User::of(&one.expect(200)), User::of(&two.expect(200)));
    assert_eq!(parts(&one.access).0, parts(&two.access).0);
    for token in [&one.access, &two.access] {
        assert!(app.is_good(token).await && other.is_good(token).await);
    }
}
