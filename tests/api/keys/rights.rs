//! Nobody grants what they do not hold.

use serde_json::{Value, json};

use crate::support::{Caller, Kind, Resource as _, TestApp};

on_both!(
    a_key_gives_no_permission_that_it_lacks,
    a_key_gives_no_room_that_it_lacks,
    a_key_gives_no_time_that_it_lacks,
    a_key_does_not_raise_itself,
    whoever_manages_keys_may_stop_any,
    what_was_lost_a_moment_ago_is_not_given,
);

fn path(key: &Value) -> String {
    format!("/v1/keys/{}", key.id())
}

/// Checks that a caller may neither make a key like this, nor change, rotate or reach one.
async fn cannot_grant(app: &TestApp, caller: &Caller<'_>, mut key: Value, says: &str) {
    let refused = |reply: crate::support::Reply| {
        let problem = reply.problem(403, "forbidden");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{says}: {reply}");
    };
    let count = app.admin().get("/v1/keys?limit=100").await.data().len();
    refused(caller.clone().post("/v1/keys", &key).await);
    let after = app.admin().get("/v1/keys?limit=100").await.data().len();
    assert_eq!(count, after);

    let made = app.create_key(key.clone()).await;
    let call = || caller.clone().if_match("*");
    refused(call().patch(&path(&made), &json!({"name": "mine"})).await);
    let lower = json!({"role": null, "permissions": ["read_published"]});
    refused(call().patch(&path(&made), &lower).await);
    refused(
        call()
            .post(&format!("{}/rotate", path(&made)), &json!({}))
            .await,
    );
    let kept = app.admin().get(&path(&made)).await.json();
    assert_eq!(kept["version"], 1);
    assert_eq!(kept["secrets"], made["secrets"]);
    app.admin().remove(&path(&made)).await.expect(204);

    // One that it may have made does not become such a key.
    let own = json!({
        "name": "low", "permissions": ["read_published"], "sections": ["sport"],
        "locales": ["en"], "expires_at": "2026-11-23T12:30:00Z",
    });
    let own = caller
        .clone()
        .post("/v1/keys", &own)
        .await
        .expect(201)
        .json();
    let raised = key.as_object_mut().unwrap();
    for member in ["role", "permissions", "sections", "locales", "expires_at"] {
        raised.entry(member).or_insert(Value::Null);
    }
    refused(call().patch(&path(&own), &key).await);
    call().delete(&path(&own)).await.expect(204);
}

async fn a_key_gives_no_permission_that_it_lacks(app: TestApp) {
    let held = ["manage_keys", "write_articles", "read_drafts"];
    let manager = app
        .with_new_key(json!({"name": "manager", "permissions": held}))
        .await;
    for (permissions, lacks) in [
        (vec!["write_tags"], "write_tags"),
        (
            vec!["read_drafts", "publish_own_articles"],
            "publish_own_articles",
        ),
        (vec!["manage_keys", "manage_users"], "manage_users"),
    ] {
        let key = json!({"name": "more", "permissions": permissions});
        cannot_grant(&app, &manager, key, lacks).await;
    }
    let editor = json!({"name": "more", "role": "editor"});
    let lacks = "publish_articles, write_authors, write_tags";
    cannot_grant(&app, &manager, editor, lacks).await;
    // What goes further includes what goes less far.
    for permissions in [
        vec!["write_own_drafts", "read_own_drafts"],
        vec!["write_articles"],
        held.to_vec(),
    ] {
        let key = json!({"name": "less", "permissions": permissions});
        let key = manager.clone().post("/v1/keys", &key).await;
        let key = key.expect(201).json();
        let call = || manager.clone().if_match("*");
        let rotate = format!("{}/rotate", path(&key));
        call().post(&rotate, &json!({})).await.expect(200);
        call().delete(&path(&key)).await.expect(204);
    }
}

async fn a_key_gives_no_room_that_it_lacks(app: TestApp) {
    let manager = json!({
        "name": "manager", "role": "admin", "sections": ["sport", "culture"],
        "locales": ["en", "de"],
    });
    let manager = app.with_new_key(manager).await;
    for (sections, locales) in [
        (json!(null), json!(["en"])),
        (json!(["sport"]), json!(null)),
        (json!(["sport", "politics"]), json!(["en"])),
        (json!(["sport"]), json!(["fr"])),
    ] {
        let key = json!({
            "name": "more", "role": "viewer", "sections": sections, "locales": locales,
        });
        cannot_grant(&app, &manager, key, "sport, culture").await;
    }
    let within = json!({
        "name": "less", "role": "admin", "sections": ["culture"], "locales": ["de", "en"],
    });
    manager.post("/v1/keys", &within).await.expect(201);
}

async fn a_key_gives_no_time_that_it_lacks(app: TestApp) {
    let ends = "2026-11-23T13:00:00Z";
    let manager = json!({"name": "manager", "role": "admin", "expires_at": ends});
    let manager = app.with_new_key(manager).await;
    for later in [json!(null), json!("2026-11-23T13:00:00.001Z")] {
        let key = json!({"name": "more", "role": "viewer", "expires_at": later});
        cannot_grant(&app, &manager, key, ends).await;
    }
    let within = json!({"name": "less", "role": "admin", "expires_at": ends});
    manager.post("/v1/keys", &within).await.expect(201);
}

async fn a_key_does_not_raise_itself(app: TestApp) {
    let key = json!({
        "name": "manager", "permissions": ["manage_keys"], "sections": ["sport"],
        "expires_at": "2026-11-23T13:00:00Z",
    });
    let key = app.create_key(key).await;
    let itself = || {
        let call = app.anonymous().bearer(key["secret"].as_str().unwrap());
        call.if_match("*")
    };
    for raise in [
        json!({"permissions": ["manage_keys", "write_tags"]}),
        json!({"permissions": null, "role": "admin"}),
        json!({"sections": null}),
        json!({"sections": ["sport", "culture"]}),
        json!({"expires_at": null}),
        json!({"expires_at": "2026-11-23T14:00:00Z"}),
    ] {
        let reply = itself().patch(&path(&key), &raise).await;
        reply.problem(403, "forbidden");
    }
    itself()
        .patch(&path(&key), &json!({"name": "renamed"}))
        .await
        .expect(200);
    let rotate = format!("{}/rotate", path(&key));
    itself().post(&rotate, &json!({})).await.expect(200);
    // It may give up what it has.
    let less = json!({"permissions": ["read_published"]});
    itself().patch(&path(&key), &less).await.expect(200);
    let reply = itself().patch(&path(&key), &json!({"name": "x"})).await;
    reply.problem(403, "forbidden");
}

async fn whoever_manages_keys_may_stop_any(app: TestApp) {
    let manager = json!({
        "name": "manager", "permissions": ["manage_keys"], "sections": ["sport"],
    });
    let manager = app.with_new_key(manager).await;
    let key = app.create_key(json!({"name": "a", "role": "admin"})).await;
    manager.clone().remove(&path(&key)).await.expect(204);
    let call = app.anonymous().bearer(key["secret"].as_str().unwrap());
    call.get("/v1/tags").await.problem(401, "unauthorized");
}

async fn what_was_lost_a_moment_ago_is_not_given(kind: Kind) {
    // This instance goes on trusting what it knows for a while; keys are looked up again.
    let app = TestApp::start_with(kind, |settings| settings.auth.recheck_seconds = 600).await;
    let key = json!({"name": "manager", "permissions": ["manage_keys", "write_tags"]});
    let key = app.create_key(key).await;
    let manager = app.anonymous().bearer(key["secret"].as_str().unwrap());
    manager.clone().get("/v1/keys").await.expect(200);
    let elsewhere = async |sql: &str| {
        use diesel::sql_query;
        let mut conn = app.db.write().await.unwrap();
        conn.execute(sql_query(sql)).await.unwrap();
    };
    let new = json!({"name": "new", "permissions": ["write_tags"]});
    elsewhere("UPDATE keys SET permissions = '[\"manage_keys\"]' WHERE name = 'manager'").await;
    let reply = manager.clone().post("/v1/keys", &new).await;
    let problem = reply.problem(403, "forbidden");
    assert!(problem["detail"].as_str().unwrap().contains("write_tags"));
    elsewhere("UPDATE keys SET permissions = '[\"write_tags\"]' WHERE name = 'manager'").await;
    let reply = manager.clone().post("/v1/keys", &new).await;
    reply.problem(403, "forbidden");
    elsewhere("UPDATE keys SET revoked_at = 1 WHERE name = 'manager'").await;
    let reply = manager.clone().post("/v1/keys", &new).await;
    reply.problem(401, "unauthorized");
    manager.get("/v1/keys").await.expect(200);
}
