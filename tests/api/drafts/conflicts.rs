//! Two people change one article: who is late is told what happened, and may be joined.

use chrono::Duration;
use masthead::auth::Role;
use serde_json::{Value, json};

use crate::support::workflow::{LATER, path};
use crate::support::{Caller, Reply, Resource as _, TestApp};

on_both!(
    who_is_late_is_told_who_did_what_since,
    every_change_is_told_what_happened,
    changes_of_different_fields_are_joined,
    a_put_is_joined_too,
    changes_of_one_field_are_a_conflict,
    nothing_is_joined_without_being_asked_for,
    what_is_not_kept_any_more_is_no_base,
    a_recorded_transition_is_no_change,
);

async fn who_is_late_is_told_who_did_what_since(app: TestApp) {
    let jane = app.named_user("jane", Role::Editor).await;
    let article = app
        .create_article(json!({"title": "One", "kicker": "K"}))
        .await;
    let path = path(&article);
    app.advance(Duration::minutes(1));
    let call = app.as_user(&jane).if_match("\"1\"");
    let to = format!("{path}?note=Checked");
    call.patch(&to, &json!({"title": "Two"})).await.expect(200);
    app.advance(Duration::minutes(1));
    app.act(&path, "publish").await;
    let before = app.draft(&path).await;
    let stale = || app.editor().if_match("\"1-abc\"");
    let reply = stale().patch(&path, &json!({"title": "Three"})).await;
    let problem = reply.problem(412, "stale_version");
    assert_eq!(problem["current_version"], 3);
    assert_eq!(
        problem["changes"],
        json!([
            {"version": 2, "action": "save", "at": "2026-11-23T12:01:00Z", "by": jane.id, "note": "Checked"},
            {"version": 3, "action": "publish", "at": "2026-11-23T12:02:00Z", "by": article["created_by"], "note": null},
        ])
    );
    assert_eq!(problem["changed_fields"], json!(["title", "published_at"]));
    assert!(problem.get("conflicts").is_none());
    // Since a later version less happened; since one to come nothing is known.
    let call = app.editor().if_match("\"2\"");
    let problem = call
        .patch(&path, &json!({}))
        .await
        .problem(412, "stale_version");
    assert_eq!(problem["changes"].as_array().unwrap().len(), 1);
    assert_eq!(problem["changed_fields"], json!(["published_at"]));
    for odd in ["\"9\"", "W/\"1\"", "\"x\""] {
        let call = app.editor().if_match(odd);
        let problem = call
            .patch(&path, &json!({}))
            .await
            .problem(412, "stale_version");
        assert_eq!(problem["current_version"], 3);
        assert!(problem.get("changes").is_none(), "{problem}");
    }
    assert_eq!(app.draft(&path).await, before);
    // `*` asks for nothing.
    app.change(&path, json!({"title": "Four"})).await;
}

async fn every_change_is_told_what_happened(app: TestApp) {
    let path = app.in_state(app.editor(), "published").await;
    app.change(&path, json!({"title": "New"})).await;
    let before = app.draft(&path).await;
    let at = |action: &str| format!("{path}/{action}");
    let stale = || app.admin().if_match("\"2\"");
    let told = |reply: &Reply| {
        let problem = reply.problem(412, "stale_version");
        assert_eq!(problem["changes"].as_array().unwrap().len(), 1, "{reply}");
        assert_eq!(problem["changes"][0]["action"], "save", "{reply}");
        assert_eq!(problem["changed_fields"], json!(["title"]), "{reply}");
        assert_eq!(problem["current_version"], 3, "{reply}");
    };
    for action in [
        "publish",
        "unpublish",
        "unschedule",
        "submit",
        "send-back",
        "archive",
        "reopen",
        "discard",
        "revisions/1/restore",
    ] {
        told(&stale().post(&at(action), &json!({})).await);
    }
    let body = json!({"publish_at": LATER});
    told(&stale().post(&at("schedule"), &body).await);
    told(
        &stale()
            .post(&at("corrections"), &json!({"text": "No."}))
            .await,
    );
    told(&stale().put(&path, &json!({"title": "X"})).await);
    told(&stale().delete(&path).await);
    assert_eq!(app.draft(&path).await, before);
    // Out of the trash too.
    app.editor().remove(&path).await.expect(204);
    let call = || app.admin().if_match("\"3\"");
    let problem = call().post(&at("restore"), &json!({})).await;
    let problem = problem.problem(412, "stale_version");
    assert_eq!(problem["changes"][0]["action"], "delete");
    let id = before.id();
    let reply = call().delete(&format!("/v1/trash/{id}")).await;
    assert_eq!(reply.problem(412, "stale_version")["current_version"], 4);
}

fn merging<'a>(app: &'a TestApp, base: &str) -> Caller<'a> {
    app.editor().if_match(base).with("Prefer", "merge")
}

async fn changes_of_different_fields_are_joined(app: TestApp) {
    app.tag("Sea").create().await;
    let article = app
        .create_article(json!({"title": "One", "kicker": "K"}))
        .await;
    let path = path(&article);
    app.change(&path, json!({"title": "Two", "tags": ["sea"]}))
        .await;
    let mine = json!({"kicker": "New", "body": {"source": "Mine."}});
    let reply = merging(&app, "\"1\"").patch(&path, &mine).await;
    let reply = reply.expect(200);
    assert_eq!(reply.header("preference-applied"), "merge");
    let joined = reply.json();
    assert_eq!(
        (&joined["title"], &joined["kicker"], &joined["version"]),
        (&json!("Two"), &json!("New"), &json!(3))
    );
    assert_eq!(joined["tags"][0]["slug"], "sea");
    assert_eq!(joined["body"]["source"], "Mine.");
    assert_eq!(app.draft(&path).await, joined);
    assert_eq!(app.revisions(&path).await[0]["action"], "merge");
    // Who is not late is not joined with anything.
    let reply = merging(&app, "\"3\"")
        .patch(&path, &json!({"kicker": "L"}))
        .await;
    assert_eq!(reply.expect(200).header("preference-applied"), "");
    let reply = merging(&app, "*")
        .patch(&path, &json!({"kicker": "M"}))
        .await;
    assert_eq!(reply.expect(200).header("preference-applied"), "");
    // Both say the same.
    let reply = merging(&app, "\"4\"")
        .patch(&path, &json!({"kicker": "M"}))
        .await;
    let reply = reply.expect(200);
    assert_eq!(reply.json()["version"], 5);
    // What is joined is checked as a whole.
    app.change(&path, json!({"expires_at": "2026-12-01T00:00:00Z"}))
        .await;
    let mine = json!({"published_at": "2026-12-02T00:00:00Z"});
    let reply = merging(&app, "\"5\"").patch(&path, &mine).await;
    reply.refuses(422, "invalid_fields", &[("/expires_at", "contradiction")]);
}

async fn a_put_is_joined_too(app: TestApp) {
    for name in ["Sea", "Port"] {
        app.tag(name).create().await;
    }
    app.author("Jane").create().await;
    let whole = json!({"title": "One", "kicker": "K", "tags": ["sea"],
        "authors": [{"author": "jane"}], "aliases": ["/old/"], "body": {"source": "Text."},
        "lead_image": {"media": "https://example.org/a.jpg"}});
    let article = app.create_article(whole.clone()).await;
    let path = path(&article);
    app.change(
        &path,
        json!({"tags": ["sea", "port"], "slug": "other", "authors": []}),
    )
    .await;
    // A client sends all that it has; only the kicker is another.
    let mut mine = whole.clone();
    mine["kicker"] = json!("New");
    let reply = merging(&app, "\"1\"").put(&path, &mine).await;
    let reply = reply.expect(200);
    assert_eq!(reply.header("preference-applied"), "merge");
    let joined = reply.json();
    assert_eq!(
        (&joined["kicker"], &joined["slug"], &joined["authors"]),
        (&json!("New"), &json!("other"), &json!([]))
    );
    assert_eq!(joined["tags"].as_array().unwrap().len(), 2, "{joined}");
    // By ids it is the same.
    let mut mine = whole.clone();
    (mine["kicker"], mine["slug"]) = (json!("L"), json!("other"));
    mine["tags"] = json!([joined["tags"][0]["id"], joined["tags"][1]["id"]]);
    mine["authors"] = json!([]);
    app.change(&path, json!({"dateline": "Here"})).await;
    let reply = merging(&app, "\"3\"").put(&path, &mine).await;
    let joined = reply.expect(200).json();
    assert_eq!(
        (&joined["kicker"], &joined["dateline"]),
        (&json!("L"), &json!("Here"))
    );
}

async fn changes_of_one_field_are_a_conflict(app: TestApp) {
    let article = app
        .create_article(json!({"title": "One", "kicker": "K"}))
        .await;
    let path = path(&article);
    app.change(
        &path,
        json!({"title": "Two", "kicker": "L", "featured": true}),
    )
    .await;
    let before = app.draft(&path).await;
    let mine = json!({"title": "Three", "kicker": null, "byline": "B"});
    let reply = merging(&app, "\"1\"").patch(&path, &mine).await;
    let problem = reply.problem(412, "stale_version");
    assert_eq!(problem["conflicts"], json!(["title", "kicker"]));
    assert_eq!(
        problem["changed_fields"],
        json!(["title", "kicker", "featured"])
    );
    assert_eq!(problem["changes"][0]["version"], 2);
    assert_eq!(problem["current_version"], 2);
    assert_eq!(reply.header("preference-applied"), "");
    let mine = json!({"title": "Three", "kicker": "K", "body": {"source": "Text."}});
    let reply = merging(&app, "\"1\"").put(&path, &mine).await;
    let problem = reply.problem(412, "stale_version");
    assert_eq!(
        problem["conflicts"],
        json!(["title"]),
        "the kicker is as it was"
    );
    assert_eq!(app.draft(&path).await, before);
}

async fn nothing_is_joined_without_being_asked_for(app: TestApp) {
    let path = app.in_state(app.editor(), "draft").await;
    app.change(&path, json!({"title": "Two"})).await;
    let mine = json!({"kicker": "K"});
    let stale = || app.editor().if_match("\"1\"");
    for prefer in ["", "return=minimal", "merged", "no-merge"] {
        let call = stale().with("Prefer", prefer);
        let problem = call.patch(&path, &mine).await.problem(412, "stale_version");
        assert!(problem.get("conflicts").is_none());
    }
    // Nor is anything else that is done to an article.
    for action in [
        "publish",
        "submit",
        "archive",
        "discard",
        "revisions/1/restore",
    ] {
        let to = format!("{path}/{action}");
        let reply = merging(&app, "\"1\"").post(&to, &json!({})).await;
        reply.problem(412, "stale_version");
    }
    merging(&app, "\"1\"")
        .delete(&path)
        .await
        .problem(412, "stale_version");
    assert_eq!(app.draft(&path).await["version"], 2);
}

async fn what_is_not_kept_any_more_is_no_base(app: TestApp) {
    let few = app.second_with(|settings| settings.newsroom.keep_revisions = 2);
    let path = few.in_state(few.editor(), "draft").await;
    for title in ["A", "B", "C"] {
        few.change(&path, json!({"title": title})).await;
    }
    let reply = merging(&few, "\"1\"")
        .patch(&path, &json!({"kicker": "K"}))
        .await;
    let problem = reply.problem(412, "stale_version");
    assert_eq!(problem["current_version"], 4);
    assert!(problem.get("changed_fields").is_none());
    assert_eq!(problem["changes"].as_array().unwrap().len(), 2);
    let reply = merging(&few, "\"3\"")
        .patch(&path, &json!({"kicker": "K"}))
        .await;
    reply.expect(200);
    drop(few);
}

async fn a_recorded_transition_is_no_change(app: TestApp) {
    let path = app.in_state(app.editor(), "published").await;
    let body = json!({"publish_at": LATER, "expires_at": "2026-12-05T00:00:00Z"});
    let reply = app.editor().act(&path, "schedule", body).await.expect(200);
    let version = reply.json()["version"].as_i64().unwrap();
    for (time, status, live) in [
        (LATER, "published", json!(version)),
        ("2026-12-05T00:00:00Z", "unpublished", Value::Null),
    ] {
        app.clock_set(time);
        let told = app.draft(&path).await;
        assert_eq!(app.upkeep().await.recorded, 1);
        let draft = app.draft(&path).await;
        assert_eq!(draft, told, "recording changes nothing that anybody sees");
        assert_eq!(
            (&draft["status"], &draft["version"], &draft["live_version"]),
            (&json!(status), &json!(version), &live)
        );
        assert_eq!(app.upkeep().await.recorded, 0);
    }
    // Whoever had it open saves it.
    let call = app.editor().if_match(&format!("\"{version}\""));
    let saved = call.patch(&path, &json!({"title": "New"})).await;
    assert_eq!(saved.expect(200).json()["status"], "unpublished");
}
