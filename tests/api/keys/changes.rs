//! Keys over HTTP: changed, rotated, revoked.

use serde_json::{Value, json};

use crate::support::{Resource as _, TestApp};

on_both!(
    a_key_is_changed,
    a_name_is_unique_among_keys_that_are_not_revoked,
    a_key_is_revoked,
    a_key_is_rotated,
    changes_name_their_version,
);

fn path(key: &Value) -> String {
    format!("/v1/keys/{}", key.id())
}

fn without_secret(key: &Value) -> Value {
    let mut key = key.clone();
    assert!(key.as_object_mut().unwrap().remove("secret").is_some());
    key
}

async fn a_key_is_changed(app: TestApp) {
    let key = json!({"name": "a", "role": "editor", "sections": ["sport"]});
    let key = app.create_key(key).await;
    let desk = app.anonymous().bearer(key["secret"].as_str().unwrap());
    let patch = async |patch: Value| app.admin().change(&path(&key), &patch).await;
    let article = json!({"title": "A", "section": "culture"});
    let reply = desk.clone().post("/v1/articles", &article).await;
    reply.problem(403, "forbidden");
    app.advance(chrono::Duration::minutes(5));

    let reply = patch(json!({"sections": null, "name": "b"}))
        .await
        .expect(200);
    let changed = reply.json();
    assert_eq!(changed["name"], "b");
    assert_eq!(changed["sections"], json!(null));
    assert_eq!(changed["version"], 2);
    assert_eq!(changed["updated_at"], "2026-11-23T12:05:00Z");
    assert!(reply.etag().starts_with("\"2-"), "{reply}");
    assert!(changed.get("secret").is_none());
    // Its secret is the same; its rights are others at once.
    desk.clone()
        .post("/v1/articles", &article)
        .await
        .expect(201);

    let both = patch(json!({"permissions": ["write_tags"]})).await;
    let field = [("/permissions", "contradiction")];
    both.refuses(422, "invalid_fields", &field);
    let neither = patch(json!({"role": null})).await;
    neither.refuses(422, "invalid_fields", &[("/role", "missing")]);
    let other = json!({"role": null, "permissions": ["write_tags"]});
    let changed = patch(other).await.expect(200).json();
    let effective = json!(["read_published", "write_tags"]);
    assert_eq!(changed["permissions"], effective);
    let reply = desk.clone().post("/v1/articles", &article).await;
    reply.problem(403, "forbidden");
    let tag = json!({"name": "A tag"});
    desk.clone().post("/v1/tags", &tag).await.expect(201);

    // The same rights in other words change nothing.
    for same in [
        json!({}),
        json!({"name": "b"}),
        json!({"permissions": ["write_tags", "read_published"]}),
    ] {
        let reply = patch(same).await.expect(200);
        assert_eq!(reply.json()["version"], 3, "{reply}");
    }
    let ends = json!({"expires_at": "2026-11-23T12:06:00Z"});
    patch(ends).await.expect(200);
    app.advance(chrono::Duration::minutes(5));
    let tag = json!({"name": "Another tag"});
    let reply = desk.clone().post("/v1/tags", &tag).await;
    reply.problem(401, "unauthorized");
    let renamed = patch(json!({"name": "c"})).await.expect(200).json();
    assert_eq!(renamed["status"], "expired");
    let past = patch(json!({"expires_at": "2026-11-23T12:07:00Z"})).await;
    past.refuses(422, "invalid_fields", &[("/expires_at", "out_of_range")]);
    let revived = patch(json!({"expires_at": null})).await.expect(200).json();
    assert_eq!(revived["status"], "active");
    desk.post("/v1/tags", &tag).await.expect(201);
}

async fn a_name_is_unique_among_keys_that_are_not_revoked(app: TestApp) {
    let input = json!({"name": "desk", "role": "viewer"});
    let key = app.create_key(input.clone()).await;
    let taken = app.admin().post("/v1/keys", &input).await;
    let problem = taken.problem(409, "conflict");
    assert!(problem["detail"].as_str().unwrap().contains("desk"));
    let taken = app
        .admin()
        .change(&path(&key), &json!({"name": "editor"}))
        .await;
    taken.problem(409, "conflict");
    let read = app.admin().get(&path(&key)).await.json();
    assert_eq!(read, without_secret(&key));
    app.admin().remove(&path(&key)).await.expect(204);
    app.create_key(input).await;
}

async fn a_key_is_revoked(app: TestApp) {
    let key = app.create_key(json!({"name": "a", "role": "viewer"})).await;
    let desk = || app.anonymous().bearer(key["secret"].as_str().unwrap());
    desk().get("/v1/tags").await.expect(200);
    app.advance(chrono::Duration::milliseconds(500));
    let call = app.admin().if_match("\"1\"");
    let reply = call.delete(&path(&key)).await.expect(204);
    assert!(reply.body.is_empty());
    desk().get("/v1/tags").await.problem(401, "unauthorized");

    let read = app.admin().get(&path(&key)).await.expect(200).json();
    assert_eq!(read["status"], "revoked");
    assert_eq!(read["revoked_at"], "2026-11-23T12:00:00.500Z");
    assert_eq!(read["version"], 2);
    assert_eq!(read["secrets"], key["secrets"], "one that leaked is found");
    // Once more changes nothing; nothing else goes.
    app.advance(chrono::Duration::seconds(1));
    let call = app.admin().if_match("\"2\"");
    call.delete(&path(&key)).await.expect(204);
    // Its last use is noted without anybody waiting for it.
    let unnoted = |mut key: Value| {
        key["last_used_at"] = Value::Null;
        key
    };
    let again = app.admin().get(&path(&key)).await.json();
    assert_eq!(unnoted(again), unnoted(read));
    let call = || app.admin().if_match("*");
    let patch = call().patch(&path(&key), &json!({"name": "b"})).await;
    patch.problem(409, "conflict");
    let rotate = call()
        .post(&format!("{}/rotate", path(&key)), &json!({}))
        .await;
    rotate.problem(409, "conflict");
}

async fn a_key_is_rotated(app: TestApp) {
    let key = json!({"name": "a", "role": "viewer", "expires_at": "2026-12-23T12:00:00Z"});
    let key = app.create_key(key).await;
    let rotate = async |body: Value| {
        let call = app.admin().if_match("*");
        call.post(&format!("{}/rotate", path(&key)), &body).await
    };
    let works = async |secret: &Value, works: bool| {
        let call = app.anonymous().bearer(secret.as_str().unwrap());
        let reply = call.get("/v1/tags").await;
        assert_eq!(reply.status, if works { 200 } else { 401 }, "{reply}");
    };
    let first = key["secret"].clone();
    works(&first, true).await;
    app.advance(chrono::Duration::seconds(1));
    let reply = rotate(json!({"overlap_seconds": 60})).await.expect(200);
    let rotated = reply.json();
    let members: Vec<&String> = rotated.as_object().unwrap().keys().collect();
    let before: Vec<&String> = key.as_object().unwrap().keys().collect();
    assert_eq!(members, before);
    assert_eq!(rotated["version"], 2);
    assert!(reply.etag().starts_with("\"2-"), "{reply}");
    assert_eq!(reply.header("location"), "");
    let second = rotated["secret"].clone();
    assert_ne!(first, second);
    let secrets = rotated["secrets"].as_array().unwrap();
    assert_eq!(secrets.len(), 2);
    assert_eq!(secrets[0]["expires_at"], "2026-11-23T12:01:01Z");
    assert_eq!(secrets[1]["expires_at"], json!(null));
    let prefix = secrets[1]["prefix"].as_str().unwrap();
    assert!(second.as_str().unwrap().starts_with(prefix));
    works(&first, true).await;
    works(&second, true).await;
    app.clock_set("2026-11-23T12:01:00.999Z");
    works(&first, true).await;
    app.clock_set("2026-11-23T12:01:01Z");
    works(&first, false).await;
    works(&second, true).await;

    // A day unless something else is said; a longer overlap does not give time back.
    let rotated = rotate(json!({})).await.expect(200).json();
    let third = rotated["secret"].clone();
    let secrets = rotated["secrets"].as_array().unwrap();
    assert_eq!(secrets.len(), 2, "what has ended is gone: {secrets:?}");
    assert_eq!(secrets[0]["expires_at"], "2026-11-24T12:01:01Z");
    app.advance(chrono::Duration::seconds(1));
    let longest = json!({"overlap_seconds": 2_592_000});
    let rotated = rotate(longest).await.expect(200).json();
    let secrets = rotated["secrets"].as_array().unwrap();
    assert_eq!(secrets[0]["expires_at"], "2026-11-24T12:01:01Z");
    assert_eq!(secrets[1]["expires_at"], "2026-12-23T12:01:02Z");
    let fourth = rotated["secret"].clone();
    for secret in [&second, &third, &fourth] {
        works(secret, true).await;
    }
    let rotated = rotate(json!({"overlap_seconds": 0}))
        .await
        .expect(200)
        .json();
    let fifth = rotated["secret"].clone();
    for secret in [&second, &third, &fourth] {
        works(secret, false).await;
    }
    works(&fifth, true).await;

    for (body, code) in [
        (json!({"overlap_seconds": 2_592_001}), "out_of_range"),
        (json!({"overlap_seconds": "60"}), "wrong_type"),
        (json!({"overlap_seconds": 1.5}), "wrong_type"),
    ] {
        let reply = rotate(body).await;
        reply.refuses(422, "invalid_fields", &[("/overlap_seconds", code)]);
    }
    let reply = rotate(json!({"overlap_seconds": -1})).await;
    reply.problem(422, "invalid_fields");
    app.clock_set("2026-12-23T12:00:00Z");
    rotate(json!({})).await.problem(409, "conflict");
    works(&fifth, false).await;
}

async fn changes_name_their_version(app: TestApp) {
    let key = app.create_key(json!({"name": "a", "role": "viewer"})).await;
    let (path, admin) = (path(&key), || app.admin());
    let rotate = format!("{path}/rotate");
    for reply in [
        admin().patch(&path, &json!({"name": "b"})).await,
        admin().post(&rotate, &json!({})).await,
        admin().delete(&path).await,
    ] {
        reply.problem(428, "precondition_required");
    }
    let stale = || admin().if_match("\"9\"");
    for reply in [
        stale().patch(&path, &json!({"name": "b"})).await,
        stale().post(&rotate, &json!({})).await,
        stale().delete(&path).await,
    ] {
        let problem = reply.problem(412, "stale_version");
        assert_eq!(problem["current_version"], 1);
    }
    let etag = admin().get(&path).await.etag();
    let call = admin().if_match(&etag);
    let etag = call.post(&rotate, &json!({})).await.expect(200).etag();
    let call = admin().if_match(&etag);
    let etag = call
        .patch(&path, &json!({"name": "b"}))
        .await
        .expect(200)
        .etag();
    admin().if_match(&etag).delete(&path).await.expect(204);
}
