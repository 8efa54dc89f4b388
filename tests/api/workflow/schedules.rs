//! What is scheduled: seen from its time on, and as it was when it was scheduled.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::workflow::{LATER, path};

on_both!(
    what_is_scheduled_is_what_it_was_then,
    a_new_version_replaces_the_old_one_on_time,
    a_schedule_must_make_sense,
    what_is_scheduled_can_be_published_now_or_taken_back,
    taking_it_from_the_public_drops_what_is_scheduled_too,
);
async fn what_is_scheduled_is_what_it_was_then(app: TestApp) {
    app.tag("Sea").create().await;
    let article = app
        .create_article(json!({"title": "One", "slug": "one", "tags": ["sea"]}))
        .await;
    let path = path(&article);
    let reply = app.editor().schedule(&path, LATER).await;
    let scheduled = reply.expect(200).json();
    assert_eq!(scheduled["status"], "scheduled");
    let version = scheduled["version"].clone();
    assert_eq!(
        scheduled["scheduled"],
        json!({"version": version, "publish_at": LATER, "expires_at": null})
    );
    assert_eq!(scheduled["published_at"], LATER);
    assert_eq!(scheduled["first_published_at"], Value::Null);
    assert_eq!(app.revisions(&path).await[0]["is_scheduled"], true);
    let changed = app
        .change(&path, json!({"title": "Two", "slug": "two", "tags": []}))
        .await;
    assert_eq!(
        (&changed["status"], &changed["has_unpublished_changes"]),
        (&json!("scheduled"), &json!(true))
    );
    app.clock_set("2026-11-30T11:59:59Z");
    assert_eq!(app.public(&path).await, Value::Null);
    let list = app.anonymous().get("/v1/articles").await;
    assert!(list.data().is_empty());
    app.clock_set(LATER);
    let public = app.public(&path).await;
    assert_eq!(
        (
            &public["title"],
            &public["slug"],
            &public["tags"][0]["slug"]
        ),
        (&json!("One"), &json!("one"), &json!("sea"))
    );
    assert_eq!(public["published_at"], LATER);
    assert_eq!(public["first_published_at"], LATER);
    let tagged = app.anonymous().get("/v1/articles?tag=sea").await;
    assert_eq!(tagged.each("title"), ["One"]);
    // Nobody has recorded it, and yet it is so.
    let draft = app.draft(&path).await;
    assert_eq!(
        (
            &draft["status"],
            &draft["live_version"],
            &draft["scheduled"]
        ),
        (&json!("published"), &version, &Value::Null)
    );
    assert_eq!(draft["first_published_at"], LATER);
    assert_eq!(draft["has_unpublished_changes"], true);
    assert_eq!(app.upkeep().await.recorded, 1);
    assert_eq!(app.draft(&path).await, draft);
    assert_eq!(app.public(&path).await, public);
}

async fn a_new_version_replaces_the_old_one_on_time(app: TestApp) {
    let article = app
        .create_published(json!({"title": "One", "slug": "one", "section": "a"}))
        .await;
    let path = path(&article);
    app.change(
        &path,
        json!({"title": "Two", "slug": "two", "section": "b"}),
    )
    .await;
    let body = json!({"publish_at": LATER, "expires_at": "2026-12-01T12:00:00Z"});
    let reply = app.editor().act(&path, "schedule", body).await;
    let scheduled = reply.expect(200).json();
    assert_eq!(
        (&scheduled["status"], &scheduled["published_at"]),
        (&json!("published"), &article["published_at"])
    );
    let one = app.public(&path).await;
    assert_eq!(one["title"], "One");
    app.clock_set("2026-11-30T11:59:59Z");
    assert_eq!(app.public(&path).await, one);
    for (section, count) in [("a", 1), ("b", 0)] {
        let list = format!("/v1/articles?section={section}");
        let list = app.anonymous().get(&list).await;
        assert_eq!(list.data().len(), count, "{section}");
    }
    app.clock_set(LATER);
    assert_eq!(app.public(&path).await["title"], "Two");
    for (section, count) in [("a", 0), ("b", 1)] {
        let list = format!("/v1/articles?section={section}");
        let list = app.anonymous().get(&list).await;
        assert_eq!(list.data().len(), count, "{section}");
    }
    let slug = |slug: &str| format!("/v1/articles/{slug}");
    app.anonymous().get(&slug("two")).await.expect(200);
    app.anonymous().get(&slug("one")).await.expect(308);
    app.clock_set("2026-12-01T12:00:00Z");
    assert_eq!(app.public(&path).await, Value::Null);
    let draft = app.draft(&path).await;
    assert_eq!(
        (&draft["status"], &draft["live_version"]),
        (&json!("unpublished"), &Value::Null)
    );
}

async fn a_schedule_must_make_sense(app: TestApp) {
    let path = app.in_state(app.editor(), "draft").await;
    let before = app.draft(&path).await;
    for (body, pointer, code) in [
        (json!({}), "/publish_at", "missing"),
        (json!({"publish_at": null}), "/publish_at", "wrong_type"),
        (
            json!({"publish_at": "2026-11-23T12:00:00Z"}),
            "/publish_at",
            "in_the_past",
        ),
        (
            json!({"publish_at": "2020-01-01T00:00:00Z"}),
            "/publish_at",
            "in_the_past",
        ),
        (
            json!({"publish_at": "2026-11-30T12:00:00"}),
            "/publish_at",
            "naive_time",
        ),
        (
            json!({"publish_at": "2026-11-30"}),
            "/publish_at",
            "naive_time",
        ),
        (
            json!({"publish_at": 1_764_500_000}),
            "/publish_at",
            "wrong_type",
        ),
        (
            json!({"publish_at": LATER, "expires_at": LATER}),
            "/expires_at",
            "contradiction",
        ),
        (
            json!({"publish_at": LATER, "expires_at": "2026-11-29T00:00:00Z"}),
            "/expires_at",
            "contradiction",
        ),
        (
            json!({"publish_at": LATER, "expires_at": "2026-12-29"}),
            "/expires_at",
            "naive_time",
        ),
        (
            json!({"publish_at": LATER, "note": ""}),
            "/note",
            "too_short",
        ),
        (
            json!({"publish_at": LATER, "at": LATER}),
            "/at",
            "unknown_field",
        ),
        (
            json!({"publish_at": LATER, "force": true}),
            "/force",
            "unknown_field",
        ),
    ] {
        let reply = app.editor().act(&path, "schedule", body).await;
        reply.refuses(422, "invalid_fields", &[(pointer, code)]);
    }
    assert_eq!(app.draft(&path).await, before);
    // The article's own end counts too.
    app.change(&path, json!({"expires_at": "2026-11-25T00:00:00Z"}))
        .await;
    let reply = app.editor().schedule(&path, LATER).await;
    reply.refuses(422, "invalid_fields", &[("/expires_at", "contradiction")]);
    let reply = app
        .editor()
        .schedule(&path, "2026-11-24T02:00:00+02:00")
        .await;
    let scheduled = &reply.expect(200).json()["scheduled"];
    assert_eq!(scheduled["publish_at"], "2026-11-24T00:00:00Z");
    assert_eq!(scheduled["expires_at"], "2026-11-25T00:00:00Z");
    // Of what was public the date is known.
    let path = app.in_state(app.editor(), "published").await;
    app.change(&path, json!({"published_at": "2026-12-02T00:00:00Z"}))
        .await;
    let reply = app.editor().schedule(&path, LATER).await;
    reply.refuses(422, "invalid_fields", &[("/publish_at", "contradiction")]);
    let nobody = app.editor().act(
        "/v1/articles/none",
        "schedule",
        json!({"publish_at": LATER}),
    );
    nobody.await.problem(404, "not_found");
}

async fn what_is_scheduled_can_be_published_now_or_taken_back(app: TestApp) {
    let path = app.in_state(app.editor(), "scheduled").await;
    app.advance(Duration::hours(1));
    let published = app.act(&path, "publish").await;
    assert_eq!(
        (&published["status"], &published["scheduled"]),
        (&json!("published"), &Value::Null)
    );
    assert_eq!(published["published_at"], "2026-11-23T13:00:00Z");
    assert_eq!(published["first_published_at"], "2026-11-23T13:00:00Z");
    let public = app.public(&path).await;
    app.clock_set("2026-12-24T12:00:00Z");
    assert_eq!(app.public(&path).await, public, "nothing comes after it");

    app.clock_set("2026-11-23T12:00:00Z");
    let path = app.in_state(app.editor(), "scheduled").await;
    // To another time.
    let reply = app.editor().schedule(&path, "2026-12-05T00:00:00Z").await;
    let moved = reply.expect(200).json();
    assert_eq!(moved["published_at"], "2026-12-05T00:00:00Z");
    app.clock_set(LATER);
    assert_eq!(app.public(&path).await, Value::Null);
    let back = app.act(&path, "unschedule").await;
    assert_eq!(
        (&back["status"], &back["published_at"], &back["scheduled"]),
        (&json!("draft"), &Value::Null, &Value::Null)
    );
    app.clock_set("2026-12-06T00:00:00Z");
    assert_eq!(app.public(&path).await, Value::Null);
    let reply = app.editor().act(&path, "unschedule", json!({})).await;
    reply.problem(409, "wrong_state");
}

async fn taking_it_from_the_public_drops_what_is_scheduled_too(app: TestApp) {
    let path = app.in_state(app.editor(), "published").await;
    app.change(&path, json!({"title": "Two"})).await;
    app.editor().schedule(&path, LATER).await.expect(200);
    let gone = app.act(&path, "unpublish").await;
    assert_eq!(
        (&gone["status"], &gone["scheduled"], &gone["live_version"]),
        (&json!("unpublished"), &Value::Null, &Value::Null)
    );
    assert_eq!(
        (&gone["title"], &gone["has_unpublished_changes"]),
        (&json!("Two"), &json!(false))
    );
    assert_eq!(app.public(&path).await, Value::Null);
    app.clock_set("2026-12-06T00:00:00Z");
    assert_eq!(app.public(&path).await, Value::Null);
    let reply = app.editor().act(&path, "unpublish", json!({})).await;
    reply.problem(409, "wrong_state");
    // What comes back keeps the date that it had.
    let back = app.act(&path, "publish").await;
    assert_eq!(back["published_at"], "2026-11-23T12:00:00Z");
}
