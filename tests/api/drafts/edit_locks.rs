//! Edit locks: they tell who is at work, and stop nobody.

use chrono::Duration;
use masthead::auth::Role;
use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

on_both!(
    a_lock_is_held_renewed_and_ends,
    a_lock_of_another_is_told_of,
    editors_take_over_and_authors_do_not,
    a_lock_stops_no_save,
    a_lock_is_for_those_who_may_change_the_article,
);

async fn hold(caller: Caller<'_>, path: &str) -> crate::support::Reply {
    caller.put(&format!("{path}/lock"), &json!({})).await
}

async fn state(app: &TestApp, path: &str) -> Value {
    let reply = app.reader().get(&format!("{path}/lock")).await;
    reply.expect(200).json()["lock"].clone()
}

async fn a_lock_is_held_renewed_and_ends(app: TestApp) {
    let jane = app.named_user("jane", Role::Author).await;
    let path = app.in_state(app.as_user(&jane), "draft").await;
    assert_eq!(state(&app, &path).await, Value::Null);
    let lock = hold(app.as_user(&jane), &path).await.expect(200).json();
    let expected = json!({"held_by": jane.id, "mine": true,
        "acquired_at": "2026-11-23T12:00:00Z", "renewed_at": "2026-11-23T12:00:00Z",
        "expires_at": "2026-11-23T12:01:30Z"});
    assert_eq!(lock, expected);
    app.advance(Duration::seconds(60));
    let lock = hold(app.as_user(&jane), &path).await.expect(200).json();
    assert_eq!(
        (
            &lock["acquired_at"],
            &lock["renewed_at"],
            &lock["expires_at"]
        ),
        (
            &json!("2026-11-23T12:00:00Z"),
            &json!("2026-11-23T12:01:00Z"),
            &json!("2026-11-23T12:02:30Z")
        )
    );
    let seen = state(&app, &path).await;
    assert_eq!(
        (&seen["held_by"], &seen["mine"]),
        (&json!(jane.id), &json!(false))
    );
    let mine = app.as_user(&jane).get(&format!("{path}/lock")).await;
    assert_eq!(mine.expect(200).json()["lock"]["mine"], true);
    app.clock_set("2026-11-23T12:02:30Z");
    assert_eq!(state(&app, &path).await, Value::Null);
    // It is another one then.
    let lock = hold(app.as_user(&jane), &path).await.expect(200).json();
    assert_eq!(lock["acquired_at"], "2026-11-23T12:02:30Z");
    for _ in 0..2 {
        let reply = app.as_user(&jane).delete(&format!("{path}/lock")).await;
        reply.expect(204);
        assert_eq!(state(&app, &path).await, Value::Null);
    }
    // How long it lasts is a setting.
    let slow = app.second_with(|settings| settings.newsroom.lock_seconds = 600);
    let lock = hold(slow.as_user(&jane), &path).await.expect(200).json();
    assert_eq!(lock["expires_at"], "2026-11-23T12:12:30Z");
    drop(slow);
    // It is no version of the article, and no revision.
    assert_eq!(app.draft(&path).await["version"], 1);
    assert_eq!(app.revisions(&path).await.len(), 1);
}

async fn a_lock_of_another_is_told_of(app: TestApp) {
    let jane = app.named_user("jane", Role::Author).await;
    let john = app.named_user("john", Role::Editor).await;
    let path = app.in_state(app.as_user(&jane), "draft").await;
    let held = hold(app.as_user(&john), &path).await.expect(200).json();
    app.advance(Duration::seconds(30));
    for user in [&jane, &app.named_user("kim", Role::Editor).await] {
        let problem = hold(app.as_user(user), &path).await.problem(409, "locked");
        let lock = &problem["lock"];
        assert_eq!(
            (&lock["held_by"], &lock["mine"]),
            (&json!(john.id), &json!(false))
        );
        assert_eq!(lock["expires_at"], held["expires_at"]);
    }
    let reply = app.as_user(&jane).delete(&format!("{path}/lock")).await;
    assert_eq!(
        reply.problem(409, "locked")["lock"]["held_by"],
        json!(john.id)
    );
    assert_eq!(state(&app, &path).await["held_by"], json!(john.id));
    app.advance(Duration::seconds(60));
    let lock = hold(app.as_user(&jane), &path).await.expect(200).json();
    assert_eq!(lock["held_by"], json!(jane.id));
}

async fn editors_take_over_and_authors_do_not(app: TestApp) {
    let jane = app.named_user("jane", Role::Author).await;
    let john = app.named_user("john", Role::Editor).await;
    let cora = app.named_user("cora", Role::Contributor).await;
    let path = app.in_state(app.as_user(&jane), "draft").await;
    let at = format!("{path}/lock");
    let over = json!({"take_over": true});
    hold(app.as_user(&john), &path).await.expect(200);
    for user in [&jane, &cora] {
        let reply = app.as_user(user).put(&at, &over).await;
        reply.problem(403, "forbidden");
    }
    assert_eq!(state(&app, &path).await["held_by"], json!(john.id));
    app.as_user(&john).delete(&at).await.expect(204);
    hold(app.as_user(&jane), &path).await.expect(200);
    app.advance(Duration::seconds(10));
    let lock = app.as_user(&john).put(&at, &over).await.expect(200).json();
    assert_eq!(
        (&lock["held_by"], &lock["acquired_at"]),
        (&json!(john.id), &json!("2026-11-23T12:00:10Z"))
    );
    // Whoever had it learns so when it is renewed.
    hold(app.as_user(&jane), &path).await.problem(409, "locked");
    // Editors end what others hold.
    app.editor().delete(&at).await.expect(204);
    assert_eq!(state(&app, &path).await, Value::Null);
    for (body, pointer, code) in [
        (json!({"take_over": "yes"}), "/take_over", "wrong_type"),
        (json!({"seconds": 5}), "/seconds", "unknown_field"),
        (json!([]), "", "wrong_type"),
    ] {
        let reply = app.as_user(&john).put(&at, &body).await;
        reply.refuses(422, "invalid_fields", &[(pointer, code)]);
    }
}

async fn a_lock_stops_no_save(app: TestApp) {
    let jane = app.named_user("jane", Role::Author).await;
    let path = app.in_state(app.as_user(&jane), "draft").await;
    let john = app.named_user("john", Role::Editor).await;
    hold(app.as_user(&john), &path).await.expect(200);
    let call = app.as_user(&jane).if_match("\"1\"");
    call.patch(&path, &json!({"title": "New"}))
        .await
        .expect(200);
    for action in ["submit", "publish", "unpublish"] {
        let reply = app.as_user(&jane).act(&path, action, json!({})).await;
        reply.expect(200);
    }
    assert_eq!(state(&app, &path).await["held_by"], json!(john.id));
    app.as_user(&jane).remove(&path).await.expect(204);
    let at = format!("{path}/lock");
    app.reader().get(&at).await.problem(404, "not_found");
    hold(app.as_user(&john), &path)
        .await
        .problem(404, "not_found");
    let reply = app.as_user(&john).delete(&at).await;
    reply.problem(404, "not_found");
}

async fn a_lock_is_for_those_who_may_change_the_article(app: TestApp) {
    let author = app.user(Role::Author).await;
    let contributor = app.user(Role::Contributor).await;
    let viewer = app.user(Role::Viewer).await;
    let hidden = app.in_state(app.editor(), "draft").await;
    let public = app.in_state(app.editor(), "published").await;
    let own = app.in_state(app.as_user(&contributor), "published").await;
    for (user, path, put, get) in [
        (&author, &hidden, 404, 404),
        (&author, &public, 403, 403),
        (&contributor, &hidden, 404, 404),
        (&contributor, &own, 403, 200),
        (&viewer, &hidden, 403, 200),
    ] {
        let at = format!("{path}/lock");
        assert_eq!(app.as_user(user).get(&at).await.status, get);
        assert_eq!(hold(app.as_user(user), path).await.status, put);
        assert_eq!(app.as_user(user).delete(&at).await.status, put);
        assert_eq!(state(&app, path).await, Value::Null);
    }
    let at = format!("{public}/lock");
    app.anonymous().get(&at).await.problem(401, "unauthorized");
    hold(app.anonymous(), &public)
        .await
        .problem(401, "unauthorized");
    let key = json!({"name": "Sport", "role": "editor", "sections": ["sport"]});
    let sport = app.with_new_key(key).await;
    hold(sport.clone(), &public).await.problem(403, "forbidden");
    hold(sport, &hidden).await.problem(404, "not_found");
}
