//! Keys over HTTP: made, read, listed.

use serde_json::{Value, json};

use crate::support::{Resource as _, TestApp};

on_both!(
    a_key_is_made_and_read,
    a_key_may_have_every_permission_once,
    bad_input_is_refused_by_name,
    what_the_server_decides_is_no_field,
    lists_are_paged_sorted_and_filtered,
);

/// The members of a key, in order.
const MEMBERS: [&str; 17] = [
    "id",
    "name",
    "role",
    "permissions",
    "sections",
    "locales",
    "status",
    "secrets",
    "version",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "expires_at",
    "last_used_at",
    "revoked_at",
    "secret",
];

fn path(key: &Value) -> String {
    format!("/v1/keys/{}", key.id())
}

fn without_secret(key: &Value) -> Value {
    let mut key = key.clone();
    assert!(key.as_object_mut().unwrap().remove("secret").is_some());
    key
}

async fn a_key_is_made_and_read(app: TestApp) {
    let input = json!({
        "name": " Sports desk ", "permissions": ["write_articles", "read_drafts"],
        "sections": ["sport", "culture"], "locales": ["EN", "pt-br"],
        "expires_at": "2027-11-23T08:30:00+02:00",
    });
    let reply = app.admin().post("/v1/keys", &input).await.expect(201);
    let key = reply.json();
    let members: Vec<&String> = key.as_object().unwrap().keys().collect();
    assert_eq!(members, MEMBERS);
    assert_eq!(key["name"], "Sports desk");
    assert_eq!(key["role"], json!(null));
    let effective = json!(["read_published", "read_drafts", "write_articles"]);
    assert_eq!(key["permissions"], effective);
    assert_eq!(key["sections"], json!(["sport", "culture"]));
    assert_eq!(key["locales"], json!(["en", "pt-BR"]));
    assert_eq!(key["status"], "active");
    assert_eq!(key["version"], 1);
    assert_eq!(key["expires_at"], "2027-11-23T06:30:00Z");
    assert_eq!(key["created_at"], "2026-11-23T12:00:00Z");
    assert_eq!(key["created_by"], "00000000-0000-7000-8000-000000000003");
    for empty in ["last_used_at", "revoked_at"] {
        assert_eq!(key[empty], json!(null), "{empty}");
    }
    let secret = key["secret"].as_str().unwrap();
    assert!(secret.starts_with("mhk_") && secret.len() == 64, "{secret}");
    let expected = json!([{
        "prefix": &secret[..20], "created_at": "2026-11-23T12:00:00Z", "expires_at": null,
    }]);
    assert_eq!(key["secrets"], expected);
    assert_eq!(reply.header("location"), path(&key));
    assert!(reply.etag().starts_with("\"1-"), "{reply}");
    assert_eq!(reply.header("cache-control"), "private, no-store");

    let read = app.admin().get(&path(&key)).await.expect(200);
    assert_eq!(read.json(), without_secret(&key));
    let upper = path(&key).to_uppercase().replace("/V1/KEYS", "/v1/keys");
    app.admin().get(&upper).await.expect(200);
    let list = app.admin().get("/v1/keys").await.expect(200);
    for reply in [&read, &list] {
        let text = String::from_utf8(reply.body.clone()).unwrap();
        for word in ["hash", "secret\"", &secret[20..]] {
            assert!(!text.contains(word), "{word}: {reply}");
        }
    }
    for caller in [app.reader(), app.editor()] {
        let read = caller.clone().get(&path(&key)).await;
        read.problem(403, "forbidden");
        caller.get("/v1/keys").await.problem(403, "forbidden");
    }
    let stranger = app.anonymous().get("/v1/keys").await;
    stranger.problem(401, "unauthorized");
    for no_id in ["x", "sports-desk", "01890a5d-ac96-774b-bcce-b302099a8057"] {
        let reply = app.admin().get(&format!("/v1/keys/{no_id}")).await;
        reply.problem(404, "not_found");
    }

    let role = app
        .create_key(json!({"name": "Reads", "role": "viewer"}))
        .await;
    assert_eq!(role["role"], "viewer");
    let effective = json!(["read_published", "read_drafts"]);
    assert_eq!(role["permissions"], effective);
    assert_eq!(role["sections"], json!(null));
    assert_eq!(role["expires_at"], json!(null));
    let call = app.anonymous().bearer(role["secret"].as_str().unwrap());
    let reply = call.clone().get("/v1/articles?status=draft").await;
    reply.expect(200);
    let reply = call.post("/v1/tags", &json!({"name": "X"})).await;
    reply.problem(403, "forbidden");
}

async fn a_key_may_have_every_permission_once(app: TestApp) {
    let document = app.anonymous().get("/openapi.json").await.expect(200);
    let document = document.json();
    let schema = |rest: &str| document.pointer(&format!("/components/schemas/{rest}"));
    let mut every = schema("Permission/enum").unwrap().clone();
    for input in ["KeyInput", "KeyPatch"] {
        let most = schema(&format!("{input}/properties/permissions/maxItems"));
        assert_eq!(most.unwrap(), every.as_array().unwrap().len(), "{input}");
    }
    let key = json!({"name": "All", "permissions": every});
    let made = app.admin().post("/v1/keys", &key).await.expect(201);
    assert_eq!(made.json()["permissions"], every);
    let list = every.as_array_mut().unwrap();
    list.push(list[0].clone());
    let key = json!({"name": "One more", "permissions": every});
    let reply = app.admin().post("/v1/keys", &key).await;
    reply.refuses(422, "invalid_fields", &[("/permissions", "too_many")]);
}

async fn bad_input_is_refused_by_name(app: TestApp) {
    let many = |count: usize| -> Vec<String> { (0..count).map(|n| format!("s-{n}")).collect() };
    let locales: Vec<String> = (b'a'..=b'u').map(|c| format!("e{}", c as char)).collect();
    for (input, field, code) in [
        (json!({"role": "viewer"}), "/name", "missing"),
        (json!({"name": "a"}), "/role", "missing"),
        (json!({"name": "", "role": "viewer"}), "/name", "too_short"),
        (
            json!({"name": "a".repeat(101), "role": "viewer"}),
            "/name",
            "too_long",
        ),
        (json!({"name": "a", "role": "king"}), "/role", "not_allowed"),
        (
            json!({"name": "a", "role": "viewer", "permissions": ["write_tags"]}),
            "/permissions",
            "contradiction",
        ),
        (
            json!({"name": "a", "permissions": []}),
            "/permissions",
            "too_few",
        ),
        (
            json!({"name": "a", "permissions": vec!["write_tags"; 21]}),
            "/permissions",
            "too_many",
        ),
        (
            json!({"name": "a", "permissions": ["write_tags", "write_tags"]}),
            "/permissions/1",
            "duplicate",
        ),
        (
            json!({"name": "a", "permissions": ["WriteTags"]}),
            "/permissions/0",
            "not_allowed",
        ),
        (
            json!({"name": "a", "permissions": "write_tags"}),
            "/permissions",
            "wrong_type",
        ),
        (
            json!({"name": "a", "role": "viewer", "sections": []}),
            "/sections",
            "too_few",
        ),
        (
            json!({"name": "a", "role": "viewer", "sections": many(51)}),
            "/sections",
            "too_many",
        ),
        (
            json!({"name": "a", "role": "viewer", "sections": ["Sport"]}),
            "/sections/0",
            "not_a_slug",
        ),
        (
            json!({"name": "a", "role": "viewer", "locales": locales}),
            "/locales",
            "too_many",
        ),
        (
            json!({"name": "a", "role": "viewer", "locales": ["en", "EN"]}),
            "/locales/1",
            "duplicate",
        ),
        (
            json!({"name": "a", "role": "viewer", "expires_at": "2026-11-23T12:00:00Z"}),
            "/expires_at",
            "out_of_range",
        ),
        (
            json!({"name": "a", "role": "viewer", "expires_at": "2027-11-23"}),
            "/expires_at",
            "naive_time",
        ),
    ] {
        let reply = app.admin().post("/v1/keys", &input).await;
        reply.refuses(422, "invalid_fields", &[(field, code)]);
    }
    let reply = app
        .admin()
        .post("/v1/keys", &json!({"name": "a", "sections": []}))
        .await;
    let both = [("/role", "missing"), ("/sections", "too_few")];
    reply.refuses(422, "invalid_fields", &both);
    let key = json!({"name": "a", "role": "viewer", "sections": many(50)});
    app.admin().post("/v1/keys", &key).await.expect(201);
}

async fn what_the_server_decides_is_no_field(app: TestApp) {
    let key = app.create_key(json!({"name": "a", "role": "viewer"})).await;
    for field in [
        "id",
        "secret",
        "secrets",
        "hash",
        "lookup",
        "status",
        "version",
        "created_at",
        "created_by",
        "updated_by",
        "last_used_at",
        "revoked_at",
    ] {
        let mut input = json!({"name": "b", "role": "viewer"});
        input[field] = json!("00000000-0000-7000-8000-000000000009");
        let place = format!("/{field}");
        let expected = [(place.as_str(), "unknown_field")];
        let reply = app.admin().post("/v1/keys", &input).await;
        reply.refuses(422, "invalid_fields", &expected);
        let patch = json!({field: input[field]});
        let reply = app.admin().change(&path(&key), &patch).await;
        reply.refuses(422, "invalid_fields", &expected);
    }
    let read = app.admin().get(&path(&key)).await.json();
    assert_eq!(read, without_secret(&key));
}

async fn lists_are_paged_sorted_and_filtered(app: TestApp) {
    for (name, expires_at) in [
        ("Echo", json!(null)),
        ("Alpha", json!("2026-11-23T13:00:00Z")),
        ("Delta", json!(null)),
        ("Bravo", json!("2028-01-01T00:00:00Z")),
    ] {
        app.advance(chrono::Duration::seconds(1));
        let key = json!({"name": name, "role": "viewer", "expires_at": expires_at});
        let key = app.create_key(key).await;
        if name == "Delta" {
            app.admin().remove(&path(&key)).await;
        }
    }
    app.advance(chrono::Duration::hours(2));
    let names = async |query: &str| {
        let reply = app.admin().get(&format!("/v1/keys{query}")).await;
        reply.expect(200).each("name")
    };
    let newest = [
        "Bravo", "Delta", "Alpha", "Echo", "admin", "editor", "reader",
    ];
    assert_eq!(names("").await, newest);
    let mut oldest = newest;
    oldest.reverse();
    assert_eq!(names("?sort=created_at").await, oldest);
    let by_name = [
        "Alpha", "Bravo", "Delta", "Echo", "admin", "editor", "reader",
    ];
    assert_eq!(names("?sort=name").await, by_name);
    assert_eq!(names("?status=revoked").await, ["Delta"]);
    assert_eq!(names("?status=expired").await, ["Alpha"]);
    let active = ["Bravo", "Echo", "admin", "editor", "reader"];
    assert_eq!(names("?status=active").await, active);
    assert_eq!(names("?status=expired,revoked").await, ["Delta", "Alpha"]);
    for (status, count) in [("active", 5), ("expired", 1), ("revoked", 1)] {
        let query = format!("/v1/keys?status={status}&total=true&limit=1");
        let reply = app.admin().get(&query).await.expect(200);
        assert_eq!(reply.json()["page"]["total"], count);
        assert_eq!(reply.data()[0]["status"], status);
    }
    for sort in ["-created_at", "name"] {
        let (mut walked, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut query = format!("?limit=2&sort={sort}");
            if let Some(cursor) = &cursor {
                query.push_str(&format!("&cursor={cursor}"));
            }
            let reply = app
                .admin()
                .get(&format!("/v1/keys{query}"))
                .await
                .expect(200);
            walked.extend(reply.each("name"));
            let Some(next) = reply.json()["page"]["next"].as_str().map(str::to_owned) else {
                break;
            };
            assert!(reply.header("link").contains("rel=\"next\""), "{reply}");
            cursor = Some(next);
        }
        assert_eq!(walked, names(&format!("?sort={sort}")).await);
        let other = format!("/v1/keys?sort=-name&cursor={}", cursor.unwrap());
        app.admin().get(&other).await.problem(400, "invalid_cursor");
    }
    let reply = app.admin().get("/v1/keys?status=good&sort=hash&x=1").await;
    reply.problem(400, "invalid_parameter");
    assert_eq!(reply.field_errors().len(), 3, "{reply}");
}
