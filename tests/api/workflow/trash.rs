//! The trash: into it, out of it, and deleted for good.

use chrono::Duration;
use masthead::auth::Role;
use masthead::config::Settings;
use serde_json::{Value, json};

use crate::support::workflow::path;
use crate::support::{Reply, TestApp};

on_both!(
    what_is_deleted_lies_in_the_trash_and_comes_back,
    a_slug_that_was_taken_meanwhile_is_not_taken_back,
    aliases_come_back_as_far_as_they_are_free,
    a_translation_comes_back_where_there_is_room,
    only_admins_delete_for_good,
    what_lies_long_in_the_trash_goes_for_good,
    what_is_in_the_trash_is_found_nowhere_else,
    everybody_sees_their_own_trash,
);

async fn delete(app: &TestApp, path: &str) {
    app.editor().remove(path).await.expect(204);
}

async fn restore(app: &TestApp, path: &str, wish: Value) -> Reply {
    app.editor().act(path, "restore", wish).await
}

fn in_trash(path: &str) -> String {
    path.replace("/v1/articles/", "/v1/trash/")
}

async fn what_is_deleted_lies_in_the_trash_and_comes_back(app: TestApp) {
    app.tag("Sea").create().await;
    let article = json!({"title": "One", "slug": "one", "tags": ["sea"], "kicker": "K"});
    let article = app.create_published(article).await;
    let one = path(&article);
    let other = app.in_state(app.editor(), "in_review").await;
    assert!(app.reader().get("/v1/trash").await.data().is_empty());
    app.advance(Duration::minutes(1));
    delete(&app, &one).await;
    app.advance(Duration::minutes(1));
    delete(&app, &other).await;
    let list = app.reader().get("/v1/trash").await.expect(200);
    assert_eq!(list.each("title"), ["Harbour bridge", "One"]);
    assert_eq!(list.each("status"), ["in_review", "unpublished"]);
    assert_eq!(list.data()[1]["deleted_at"], "2026-11-23T12:01:00Z");
    let first = "/v1/trash?sort=deleted_at&limit=1&total=true&fields=title,tags.slug&include=tags";
    let first = app.reader().get(first).await.expect(200);
    assert_eq!(
        first.data(),
        [json!({"title": "One", "tags": [{"slug": "sea"}]})]
    );
    assert_eq!(first.json()["page"]["total"], 2);
    for (odd, code) in [
        ("sort=title", "sort_unknown"),
        ("status=draft", "unknown_parameter"),
    ] {
        let reply = app.reader().get(&format!("/v1/trash?{odd}")).await;
        let place = odd.split('=').next().unwrap();
        reply.refuses(400, "invalid_parameter", &[(place, code)]);
    }
    assert_eq!(app.public(&one).await, Value::Null);

    let call = app.editor().if_match("\"3\"");
    let back = call.post(&format!("{one}/restore"), &json!({})).await;
    let back = back.expect(200).json();
    for (name, value) in [
        ("status", json!("unpublished")),
        ("version", json!(4)),
        ("live_version", Value::Null),
        ("deleted_at", Value::Null),
        ("slug", json!("one")),
        ("kicker", json!("K")),
        ("first_published_at", article["first_published_at"].clone()),
    ] {
        assert_eq!(back[name], value, "{name}");
    }
    assert_eq!(back["tags"][0]["slug"], "sea");
    assert_eq!(app.draft(&one).await, back);
    assert_eq!(app.public(&one).await, Value::Null, "it is not public");
    let actions: Vec<_> = app.revisions(&one).await;
    let actions: Vec<_> = actions.iter().map(|one| one["action"].clone()).collect();
    assert_eq!(actions, ["restore", "delete", "publish", "create"]);
    assert_eq!(app.reader().get("/v1/trash").await.data().len(), 1);
    app.act(&one, "publish").await;
    assert_eq!(app.public(&one).await["title"], "One");
    // What is not there is not taken out.
    let reply = restore(&app, &one, json!({})).await;
    reply.problem(409, "wrong_state");
    let reply = restore(&app, "/v1/articles/none", json!({})).await;
    reply.problem(404, "not_found");
    let reply = app
        .editor()
        .post(&format!("{other}/restore"), &json!({}))
        .await;
    reply.problem(428, "precondition_required");
    // What was scheduled is a draft again.
    let path = app.in_state(app.editor(), "scheduled").await;
    delete(&app, &path).await;
    let back = restore(&app, &path, json!({})).await.expect(200).json();
    assert_eq!(
        (&back["status"], &back["scheduled"]),
        (&json!("draft"), &Value::Null)
    );
    app.advance(Duration::days(8));
    assert_eq!(app.public(&path).await, Value::Null);
}

async fn a_slug_that_was_taken_meanwhile_is_not_taken_back(app: TestApp) {
    let one = path(
        &app.create_article(json!({"title": "One", "slug": "one"}))
            .await,
    );
    delete(&app, &one).await;
    app.create_article(json!({"title": "Another", "slug": "one"}))
        .await;
    app.create_article(json!({"title": "Third", "slug": "three"}))
        .await;
    let reply = restore(&app, &one, json!({})).await;
    assert_eq!(reply.problem(409, "slug_taken")["suggestion"], "one-2");
    let reply = restore(&app, &one, json!({"slug": "three"})).await;
    assert_eq!(reply.problem(409, "slug_taken")["suggestion"], "three-2");
    for (wish, pointer, code) in [
        (json!({"slug": "Not a slug"}), "/slug", "not_a_slug"),
        (json!({"slug": 7}), "/slug", "wrong_type"),
        (json!({"title": "x"}), "/title", "unknown_field"),
    ] {
        let reply = restore(&app, &one, wish).await;
        reply.refuses(422, "invalid_fields", &[(pointer, code)]);
    }
    let reply = restore(&app, &one, json!({"slug": "batch"})).await;
    reply.problem(409, "slug_taken");
    app.reader().get(&one).await.problem(404, "not_found");
    let back = restore(&app, &one, json!({"slug": "one-2"})).await;
    assert_eq!(back.expect(200).json()["slug"], "one-2");
    let both = ["/v1/articles/one", "/v1/articles/one-2"];
    for (slug, title) in both.iter().zip(["Another", "One"]) {
        assert_eq!(app.draft(slug).await["title"], title);
    }
}

async fn aliases_come_back_as_far_as_they_are_free(app: TestApp) {
    let article = json!({"title": "One", "aliases": ["/a", "/b", "/c"]});
    let one = path(&app.create_article(article).await);
    delete(&app, &one).await;
    let other = json!({"title": "Another", "aliases": ["/b"]});
    let other = path(&app.create_article(other).await);
    let back = restore(&app, &one, json!({})).await.expect(200).json();
    assert_eq!(back["aliases"], json!(["/a", "/c"]));
    assert_eq!(app.draft(&other).await["aliases"], json!(["/b"]));
    app.act(&one, "publish").await;
    for (from, status) in [("/a", 200), ("/b", 404)] {
        let call = app.anonymous();
        let reply = call.query("/v1/redirects", &[("path", from)]).await;
        assert_eq!(reply.status, status, "{from}");
    }
}

async fn a_translation_comes_back_where_there_is_room(app: TestApp) {
    app.create_article(json!({"title": "Original", "slug": "original"}))
        .await;
    let german = json!({"title": "Erste", "locale": "de", "translation_of": "original"});
    let first = path(&app.create_article(german.clone()).await);
    delete(&app, &first).await;
    let second = path(&app.create_article(german).await);
    let reply = restore(&app, &first, json!({"slug": "erste-2"})).await;
    reply.refuses(422, "invalid_fields", &[("/locale", "taken")]);
    delete(&app, &second).await;
    restore(&app, &first, json!({})).await.expect(200);
}

async fn only_admins_delete_for_good(app: TestApp) {
    let one = app.in_state(app.editor(), "published").await;
    let admin = app.user(Role::Admin).await;
    let purge = async |path: &str| app.as_user(&admin).remove(&in_trash(path)).await;
    purge(&one).await.problem(409, "wrong_state");
    delete(&app, &one).await;
    for role in [Role::Editor, Role::Author, Role::Contributor, Role::Viewer] {
        let user = app.user(role).await;
        let reply = app.as_user(&user).remove(&in_trash(&one)).await;
        reply.problem(403, "forbidden");
    }
    app.anonymous()
        .remove(&in_trash(&one))
        .await
        .problem(401, "unauthorized");
    let reply = app.admin().delete(&in_trash(&one)).await;
    reply.problem(428, "precondition_required");
    purge(&one).await.expect(204);
    assert!(app.reader().get("/v1/trash").await.data().is_empty());
    for reply in [restore(&app, &one, json!({})).await, purge(&one).await] {
        reply.problem(410, "purged");
    }
    app.reader().get(&one).await.problem(404, "not_found");
    purge("/v1/articles/01890a5d-ac96-774b-bcce-b302099a8057")
        .await
        .problem(404, "not_found");
    purge("/v1/articles/none").await.problem(404, "not_found");
}

async fn what_lies_long_in_the_trash_goes_for_good(app: TestApp) {
    let old = app.in_state(app.editor(), "draft").await;
    let new = app.in_state(app.editor(), "draft").await;
    let token = format!("{old}/preview-tokens");
    app.editor().post(&token, &json!({})).await.expect(201);
    let lock = format!("{old}/lock");
    app.editor().put(&lock, &json!({})).await.expect(200);
    delete(&app, &old).await;
    app.advance(Duration::days(29));
    delete(&app, &new).await;
    assert_eq!(app.upkeep().await.purged, 0);
    app.advance(Duration::days(1) + Duration::seconds(1));
    let mut never = Settings::defaults().unwrap();
    never.newsroom.keep_trash_days = 0;
    assert_eq!(app.upkeep_by(&never).await.purged, 0);
    assert_eq!(app.upkeep().await.purged, 1);
    assert_eq!(app.upkeep().await.purged, 0);
    let reply = restore(&app, &old, json!({})).await;
    let problem = reply.problem(410, "purged");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("2026-12-23T12:00:01Z"), "{detail}");
    restore(&app, &new, json!({})).await.expect(200);
}

async fn what_is_in_the_trash_is_found_nowhere_else(app: TestApp) {
    let token = async |path: &str| {
        let to = format!("{path}/preview-tokens");
        app.editor().post(&to, &json!({})).await
    };
    let article = app
        .create_published(json!({"title": "One", "slug": "one"}))
        .await;
    let one = path(&article);
    let other = json!({"title": "Other", "related": [article["id"]]});
    let other = path(&app.create_article(other).await);
    delete(&app, &one).await;
    for what in [
        "",
        "/revisions",
        "/revisions/1",
        "/revisions/1/diff/2",
        "/lock",
        "/preview-tokens",
        "/publishable",
    ] {
        let at = format!("{one}{what}");
        app.admin().get(&at).await.problem(404, "not_found");
    }
    app.reader()
        .get("/v1/articles/one")
        .await
        .problem(404, "not_found");
    token(&one).await.problem(404, "not_found");
    for action in [
        "publish",
        "submit",
        "archive",
        "discard",
        "corrections",
        "revisions/1/restore",
    ] {
        let body = match action {
            "corrections" => json!({"text": "No."}),
            _ => json!({}),
        };
        let reply = app.admin().act(&one, action, body).await;
        reply.problem(404, "not_found");
    }
    let call = || app.admin();
    call()
        .change(&one, &json!({}))
        .await
        .problem(404, "not_found");
    call().remove(&one).await.problem(404, "not_found");
    assert_eq!(app.draft(&other).await["related"], json!([]));
    assert_eq!(
        app.reader().get("/v1/articles").await.each("title"),
        ["Other"]
    );
    restore(&app, &one, json!({})).await.expect(200);
    let related = app.draft(&other).await["related"].clone();
    assert_eq!(related[0]["id"], article["id"]);
}

async fn everybody_sees_their_own_trash(app: TestApp) {
    let contributor = app.user(Role::Contributor).await;
    let author = app.user(Role::Author).await;
    let own = app.in_state(app.as_user(&contributor), "draft").await;
    let other = app.in_state(app.editor(), "published").await;
    app.as_user(&contributor).remove(&own).await.expect(204);
    delete(&app, &other).await;
    let ids = async |user| {
        let list = app.as_user(user).get("/v1/trash?total=true").await;
        let list = list.expect(200);
        let count = list.data().len();
        assert_eq!(list.json()["page"]["total"], count);
        list.each("id")
    };
    assert_eq!(ids(&contributor).await, [own.rsplit('/').next().unwrap()]);
    assert!(ids(&author).await.is_empty());
    app.anonymous()
        .get("/v1/trash")
        .await
        .problem(401, "unauthorized");
    let sport = json!({"name": "Sport", "role": "editor", "sections": ["sport"]});
    let sport = app.with_new_key(sport).await;
    assert!(sport.clone().get("/v1/trash").await.data().is_empty());
    for caller in [app.as_user(&contributor), app.as_user(&author), sport] {
        let reply = caller.act(&other, "restore", json!({})).await;
        reply.problem(404, "not_found");
    }
    let viewer = app.user(Role::Viewer).await;
    let reply = app.as_user(&viewer).act(&own, "restore", json!({})).await;
    reply.problem(403, "forbidden");
    let reply = app.as_user(&contributor).act(&own, "restore", json!({}));
    assert_eq!(reply.await.expect(200).json()["status"], "draft");
}
