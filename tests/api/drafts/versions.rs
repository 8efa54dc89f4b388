//! Changes of articles name the version they are based on; and the clock decides what is public.

use chrono::Duration;
use serde_json::{Value, json};

use crate::articles::public_lookups::{ALIAS, LISTS, draft_and_pointer, findable, is_public};
use crate::support::workflow::path;
use crate::support::{Caller, Reply, TestApp};

on_both!(
    every_change_needs_the_version_it_is_based_on,
    a_change_of_nothing_is_no_change,
    a_put_keeps_the_address_the_group_and_the_date,
    what_lies_in_the_future_waits_for_its_time,
    what_expires_goes_on_time,
    no_cache_keeps_an_article_beyond_its_end,
    an_end_before_the_beginning_is_not_published,
);

/// Each change that an article knows, by the caller who is given.
async fn every_change(caller: &Caller<'_>, path: &str, title: &str) -> Vec<Reply> {
    let caller = || caller.clone();
    let body = json!({"title": title});
    vec![
        caller().patch(path, &body).await,
        caller().put(path, &body).await,
        caller().post(&format!("{path}/publish"), &json!({})).await,
        caller()
            .post(&format!("{path}/unpublish"), &json!({}))
            .await,
        caller().delete(path).await,
    ]
}

async fn every_change_needs_the_version_it_is_based_on(app: TestApp) {
    let article = app.article("Sea").publish().await;
    let path = path(&article);
    let article = app.change(&path, json!({"kicker": "New"})).await;
    assert_eq!(article["version"], 3);
    for reply in every_change(&app.editor(), &path, "Lake").await {
        reply.problem(428, "precondition_required");
    }
    let public = app.anonymous().get(&path).await.etag();
    for stale in [
        "\"1\"",
        "\"2\"",
        "\"4\"",
        "\"\"",
        "\"x\"",
        "W/\"3\"",
        "\"03x\"",
        "\"2-abc\", \"4\"",
        &public,
    ] {
        for reply in every_change(&app.editor().if_match(stale), &path, "Lake").await {
            assert_eq!(
                reply.problem(412, "stale_version")["current_version"],
                3,
                "{stale}"
            );
        }
    }
    for broken in ["3", "\"3", "\"3\" \"4\"", "any", "\"2\", *"] {
        for reply in every_change(&app.editor().if_match(broken), &path, "Lake").await {
            reply.problem(400, "malformed_request");
        }
    }
    assert_eq!(
        app.editor().get(&path).await.json(),
        article,
        "nothing was written"
    );
    assert_eq!(app.anonymous().get(&path).await.etag(), public);

    // The whole tag, the bare version, one of several, and any.
    let etag = app.editor().get(&path).await.etag();
    let call = app.editor().if_match(&etag);
    let reply = call
        .patch(&path, &json!({"title": "Lake"}))
        .await
        .expect(200);
    assert_eq!(reply.json()["version"], 4);
    let call = app.editor().if_match("\"4\"");
    call.post(&format!("{path}/publish"), &json!({}))
        .await
        .expect(200);
    let call = app.editor().if_match("\"9\", W/\"5\", \"5-other\"");
    let reply = call.put(&path, &json!({"title": "Pond"})).await.expect(200);
    let written = reply.etag();
    assert!(written.starts_with("\"6-"));
    let call = app.editor().if_match("\"1\"").if_match(&written);
    call.post(&format!("{path}/unpublish"), &json!({}))
        .await
        .expect(200);
    app.editor().remove(&path).await.expect(204);
}

async fn a_change_of_nothing_is_no_change(app: TestApp) {
    let group = app.article("Original").create().await["id"].clone();
    let article = app
        .create_published(
            json!({"title": "Sea", "slug": "sea", "kicker": "K", "metadata": {"b": 1, "a": 2},
            "body": {"source": "Text."}, "locale": "de", "translation_of": "original", "aliases": ["/old/"]}),
        )
        .await;
    assert_eq!(article["translation_group"], group);
    let path = path(&article);
    app.advance(Duration::hours(1));
    for patch in [
        json!({}),
        json!({"title": " Sea "}),
        json!({"slug": "sea", "locale": "DE", "nothing_new": null}),
        json!({"body": {"source": "Text."}, "aliases": ["/old"]}),
        json!({"metadata": {"a": 2, "c": null}}),
        json!({"published_at": "2026-11-23T13:00:00+01:00"}),
    ] {
        let call = app.admin().if_match("\"2\"");
        let reply = call.patch(&path, &patch).await.expect(200);
        assert_eq!(reply.json(), article, "{patch}");
        assert!(reply.etag().starts_with("\"2-"), "{reply}");
    }
    let call = app.admin().if_match("\"2\"");
    let same = json!({"title": "Sea", "kicker": "K", "metadata": {"b": 1, "a": 2},
        "body": {"source": "Text."}, "aliases": ["/old"]});
    assert_eq!(call.put(&path, &same).await.expect(200).json(), article);
}

async fn a_put_keeps_the_address_the_group_and_the_date(app: TestApp) {
    app.article("Original").create().await;
    let article = findable("Sea");
    let id = draft_and_pointer(&app, article).await;
    let own = format!("/v1/articles/{id}");
    app.change(
        &own,
        json!({"locale": "pt-BR", "translation_of": "original"}),
    )
    .await;
    let before = app.publish(&id).await;
    app.advance(Duration::hours(1));
    let call = app.editor().if_match("\"3\"");
    let after = call
        .put(&own, &json!({"title": "Lake"}))
        .await
        .expect(200)
        .json();
    for kept in [
        "id",
        "slug",
        "locale",
        "translation_group",
        "published_at",
        "first_published_at",
        "created_at",
        "created_by",
        "live_version",
        "status",
    ] {
        assert_eq!(after[kept], before[kept], "{kept}");
        assert_ne!(after[kept], Value::Null, "{kept}");
    }
    assert_eq!(after["title"], "Lake");
    assert_eq!(after["version"], 4);
    assert_eq!(after["featured"], false);
    for cleared in ["tags", "authors", "aliases", "corrections", "related"] {
        assert_eq!(after[cleared], json!([]), "{cleared}");
    }
    assert_eq!(after["section"], Value::Null);
    assert_eq!(after["lead_image"], Value::Null);
    assert_eq!(after["body"]["source"], "");
    assert_eq!(after["word_count"], 0);
    // A draft has no date to keep.
    let draft = app
        .create_article(json!({"title": "D", "published_at": "2027-01-01T00:00:00Z"}))
        .await;
    let path = path(&draft);
    let after = app
        .editor()
        .replace(&path, &json!({"title": "D"}))
        .await
        .expect(200)
        .json();
    assert_eq!(after["published_at"], Value::Null);
}

async fn what_lies_in_the_future_waits_for_its_time(app: TestApp) {
    let mut article = findable("Harbour");
    article["published_at"] = json!("2026-11-23T12:00:10Z");
    let id = draft_and_pointer(&app, article).await;
    let path = format!("/v1/articles/{id}");
    let published = app.publish(&id).await;
    assert_eq!(published["status"], "scheduled");
    assert_eq!(published["scheduled"]["publish_at"], "2026-11-23T12:00:10Z");
    assert_eq!(published["published_at"], "2026-11-23T12:00:10Z");
    assert!(!is_public(&app, &id, "pointer").await);
    app.reader()
        .get(&format!("{path}?version=live"))
        .await
        .problem(404, "not_found");
    app.clock_set("2026-11-23T12:00:09.999Z");
    assert!(!is_public(&app, &id, "pointer").await);
    app.clock_set("2026-11-23T12:00:10Z");
    assert!(is_public(&app, &id, "pointer").await);
    let live = app
        .reader()
        .get(&format!("{path}?version=live"))
        .await
        .expect(200);
    assert_eq!(live.json()["published_at"], "2026-11-23T12:00:10Z");

    // What is published stays, under its slug, until the new version's time has come.
    app.change(
        &path,
        json!({"slug": "later", "published_at": "2026-11-23T12:00:20Z"}),
    )
    .await;
    app.publish(&id).await;
    app.anonymous().get("/v1/articles/story").await.expect(200);
    let later = app.anonymous().get("/v1/articles/later").await;
    later.problem(404, "not_found");
    app.clock_set("2026-11-23T12:00:20Z");
    app.anonymous().get("/v1/articles/story").await.expect(308);
    app.anonymous().get("/v1/articles/later").await.expect(200);
}

async fn what_expires_goes_on_time(app: TestApp) {
    let mut article = findable("Harbour");
    article["expires_at"] = json!("2026-11-23T12:01:00Z");
    let id = draft_and_pointer(&app, article).await;
    app.publish(&id).await;
    app.clock_set("2026-11-23T12:00:59.999Z");
    assert!(is_public(&app, &id, "pointer").await);
    app.clock_set("2026-11-23T12:01:00Z");
    assert!(!is_public(&app, &id, "pointer").await);
    let reply = app
        .reader()
        .get(&format!("/v1/articles/{id}?version=live"))
        .await;
    reply.problem(404, "not_found");
    for list in LISTS {
        let walked = app
            .anonymous()
            .get(&format!("{list}&sort=title&limit=1"))
            .await;
        assert!(!walked.each("id").contains(&id), "{walked}");
        let kept = app.reader().get(list).await.expect(200);
        assert!(kept.each("id").contains(&id), "editors keep it: {kept}");
    }
    let path = format!("/v1/articles/{id}");
    app.change(&path, json!({"expires_at": null})).await;
    assert!(!is_public(&app, &id, "pointer").await);
    app.publish(&id).await;
    assert!(is_public(&app, &id, "pointer").await);
}

/// The seconds of each part of `Cache-Control`.
fn seconds(reply: &Reply) -> Vec<(String, u32)> {
    let header = reply.header("cache-control");
    let parts = header.split(", ").filter_map(|part| part.split_once('='));
    parts
        .map(|(name, seconds)| (name.to_owned(), seconds.parse().unwrap()))
        .collect()
}

async fn no_cache_keeps_an_article_beyond_its_end(app: TestApp) {
    let mut article = findable("Harbour");
    article["expires_at"] = json!("2026-11-23T13:00:00Z");
    let id = draft_and_pointer(&app, article).await;
    app.publish(&id).await;
    app.change(&format!("/v1/articles/{id}"), json!({"slug": "other"}))
        .await;
    app.publish(&id).await;
    app.clock_set("2026-11-23T12:00:00.001Z");
    let by_id = format!("/v1/articles/{id}");
    for (at, left) in [
        ("2026-11-23T12:00:00Z", 3_600),
        ("2026-11-23T12:58:30Z", 90),
        ("2026-11-23T12:59:48.001Z", 11),
        ("2026-11-23T12:59:59.500Z", 0),
    ] {
        app.clock_set(at);
        for path in [by_id.as_str(), ALIAS, "/v1/articles/story"] {
            let reply = app.anonymous().get(path).await;
            let parts = seconds(&reply);
            assert_eq!(parts.len(), 4, "{reply}");
            let of = |name: &str| parts.iter().find(|(part, _)| part == name).unwrap().1;
            let fresh = of("max-age").max(of("s-maxage"));
            for stale in ["stale-while-revalidate", "stale-if-error"] {
                assert!(fresh + of(stale) <= left, "{at} {stale}: {reply}");
            }
            if left == 3_600 {
                assert_eq!(of("s-maxage"), 30, "{reply}");
                assert_eq!(of("stale-while-revalidate"), 60, "{reply}");
            }
        }
    }
}

async fn an_end_before_the_beginning_is_not_published(app: TestApp) {
    let body = json!({"title": "Sea", "expires_at": "2026-11-23T11:00:00Z"});
    let article = app.create_article(body).await;
    let path = path(&article);
    let reply = app.editor().act(&path, "publish", json!({})).await;
    reply.refuses(422, "invalid_fields", &[("/expires_at", "in_the_past")]);
    assert_eq!(app.editor().get(&path).await.json(), article);
    app.anonymous().get(&path).await.problem(404, "not_found");
}
