//! Articles that meet: at a slug that one was promised and another keeps, in a group of translations;
//! and dates that go with the schedule that set them.

use serde_json::{Value, json};

use crate::support::{Reply, Resource as _, TestApp};

on_both!(
    a_slug_that_was_promised_is_there_in_time,
    a_group_has_one_article_in_each_locale_whoever_moves,
    the_date_of_a_schedule_goes_with_it,
    a_wrong_state_is_told_beside_the_status,
);

async fn act(app: &TestApp, id: &str, action: &str, body: Value) -> Reply {
    let call = app.editor().if_match("*");
    call.post(&format!("/v1/articles/{id}/{action}"), &body)
        .await
}

async fn created(app: &TestApp, article: Value) -> String {
    let article = app.create_article(article).await;
    article.id().to_owned()
}

/// Who is found at a slug, and how: 200 with its headline, 308 with where to.
async fn found(app: &TestApp, slug: &str) -> (u16, String) {
    let reply = app.anonymous().get(&format!("/v1/articles/{slug}")).await;
    let what = match reply.status {
        200 => reply.json()["title"].as_str().unwrap().to_owned(),
        _ => reply.header("location").to_owned(),
    };
    (reply.status, what)
}

async fn a_slug_that_was_promised_is_there_in_time(app: TestApp) {
    let put_off = json!({"publish_at": "2026-11-23T15:00:00Z"});
    for (number, (action, body)) in [("unschedule", json!({})), ("schedule", put_off)]
        .into_iter()
        .enumerate()
    {
        app.clock_set("2026-11-23T12:00:00Z");
        let [slug, next] = ["slug", "next"].map(|name| format!("{name}{number}"));
        let old = created(&app, json!({"title": "Old", "slug": slug})).await;
        app.publish(&old).await;
        app.change(&format!("/v1/articles/{old}"), json!({"slug": next}))
            .await;
        let one = json!({"publish_at": "2026-11-23T13:00:00Z"});
        act(&app, &old, "schedule", one).await.expect(200);
        // From one o'clock on the slug is free.
        let new = created(&app, json!({"title": "New", "slug": slug})).await;
        let two = json!({"publish_at": "2026-11-23T14:00:00Z"});
        act(&app, &new, "schedule", two).await.expect(200);
        // But the old article goes on: it gives way, and is found where it was until then.
        act(&app, &old, action, body).await.expect(200);
        let other = format!("{slug}-2");
        let moved = (308, format!("/v1/articles/{other}"));
        assert_eq!(found(&app, &slug).await, moved);
        assert_eq!(found(&app, &other).await, (200, "Old".to_owned()));
        app.clock_set("2026-11-23T13:59:59.999Z");
        assert_eq!(found(&app, &slug).await, moved);
        app.clock_set("2026-11-23T14:00:00Z");
        assert_eq!(found(&app, &slug).await, (200, "New".to_owned()));
        assert_eq!(found(&app, &other).await, (200, "Old".to_owned()));
        app.clock_set("2026-11-23T15:00:00Z");
        assert_eq!(found(&app, &slug).await, (200, "New".to_owned()));
    }
    let list = app.anonymous().get("/v1/articles?limit=100").await;
    let mut slugs = list.each("slug");
    slugs.sort();
    assert_eq!(slugs, ["next1", "slug0", "slug0-2", "slug1"]);
}

async fn a_group_has_one_article_in_each_locale_whoever_moves(app: TestApp) {
    let first = created(&app, json!({"title": "Sea"})).await;
    let other = json!({"title": "Meer", "locale": "de", "translation_of": first});
    created(&app, other).await;
    let path = format!("/v1/articles/{first}");
    let call = app.editor().if_match("\"1\"");
    let reply = call.patch(&path, &json!({"locale": "de"})).await;
    reply.refuses(422, "invalid_fields", &[("/locale", "taken")]);
    app.change(&path, json!({"locale": "fr"})).await;
}

async fn the_date_of_a_schedule_goes_with_it(app: TestApp) {
    let at = json!({"publish_at": "2026-11-23T13:00:00Z"});
    let id = created(&app, json!({"title": "Sea"})).await;
    act(&app, &id, "schedule", at.clone()).await.expect(200);
    let path = format!("/v1/articles/{id}");
    app.editor().remove(&path).await.expect(204);
    let back = act(&app, &id, "restore", json!({})).await.expect(200);
    assert_eq!(back.json()["published_at"], Value::Null);
    assert_eq!(back.json()["status"], "draft");
    let published = app.publish(&id).await;
    assert_eq!(published["status"], "published");
    assert_eq!(published["published_at"], "2026-11-23T12:00:00Z");
    // A date that the public knew stays.
    act(&app, &id, "schedule", at).await.expect(200);
    let taken = act(&app, &id, "unpublish", json!({})).await.expect(200);
    assert_eq!(taken.json()["published_at"], "2026-11-23T12:00:00Z");
}

async fn a_wrong_state_is_told_beside_the_status(app: TestApp) {
    let id = created(&app, json!({"title": "Sea"})).await;
    for action in ["reopen", "discard", "unpublish"] {
        let reply = act(&app, &id, action, json!({})).await;
        let problem = reply.problem(409, "wrong_state");
        assert_eq!(problem["state"], "draft", "{reply}");
        let text = String::from_utf8_lossy(&reply.body);
        assert_eq!(text.matches("\"status\":").count(), 1, "{reply}");
    }
    act(&app, &id, "archive", json!({})).await.expect(200);
    let change = json!({"title": "Lake"});
    let reply = app
        .editor()
        .change(&format!("/v1/articles/{id}"), &change)
        .await;
    assert_eq!(reply.problem(409, "wrong_state")["state"], "archived");
}
