//! What is changed is not public until it is published, be it for a moment to come.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::workflow::{LATER, path};
use crate::support::{Resource as _, TestApp};

on_both!(
    a_change_of_what_is_published_stays_out_of_sight,
    discarding_brings_back_what_was_published,
    there_is_nothing_to_discard_of_what_was_never_let_go,
    discarding_stops_at_what_is_scheduled,
    discarding_minds_who_took_the_slug_meanwhile,
    discarding_brings_back_no_more_than_may_be_known,
    what_lacks_something_is_not_published,
);
async fn a_change_of_what_is_published_stays_out_of_sight(app: TestApp) {
    app.tag("Sea").create().await;
    let article = app
        .create_published(json!({"title": "Bridge", "tags": ["sea"], "section": "cities"}))
        .await;
    let path = path(&article);
    assert_eq!(article["has_unpublished_changes"], false);
    let all = format!("{path}?include=authors,tags,lead_image,related,translations");
    let list = "/v1/articles?include=tags,lead_image";
    let mut seen = Vec::new();
    for address in [&*path, &all, list, "/v1/articles/bridge"] {
        seen.push((address, app.anonymous().get(address).await.expect(200)));
    }
    app.advance(Duration::minutes(1));
    let patch = json!({"title": "Tunnel", "slug": "tunnel", "tags": [], "section": "deep",
        "body": {"source": "Other."}, "locale": "de", "featured": true, "metadata": {"a": 1},
        "lead_image": {"media": "https://example.org/a.jpg"}, "aliases": ["/tunnel"],
        "corrections": [{"at": "2026-11-23T12:00:00Z", "text": "It was a tunnel."}]});
    let changed = app.change(&path, patch).await;
    assert_eq!(
        (&changed["has_unpublished_changes"], &changed["status"]),
        (&json!(true), &json!("published"))
    );
    assert_eq!(
        (&changed["version"], &changed["live_version"]),
        (&json!(3), &json!(2))
    );
    for (address, before) in &seen {
        let after = app.anonymous().get(address).await.expect(200);
        assert_eq!(after.body, before.body, "{after}");
        assert_eq!(after.etag(), before.etag(), "{after}");
        assert_eq!(
            after.header("last-modified"),
            before.header("last-modified")
        );
    }
    for none in ["/v1/articles/tunnel", "/v1/articles/tunnel?locale=de"] {
        app.anonymous().get(none).await.problem(404, "not_found");
    }
    let live = app.reader().get(&format!("{path}?version=live")).await;
    assert_eq!(live.expect(200).json(), app.public(&path).await);
    let draft = app.editor().get(&format!("{path}?version=draft")).await;
    assert_eq!(draft.expect(200).json(), app.draft(&path).await);
    let reply = app.reader().get(&format!("{path}?version=last")).await;
    reply.refuses(400, "invalid_parameter", &[("version", "not_allowed")]);

    let published = app.publish(article.id()).await;
    assert_eq!(
        (
            &published["has_unpublished_changes"],
            &published["live_version"]
        ),
        (&json!(false), &json!(4))
    );
    let public = app.public(&path).await;
    assert_eq!(
        (&public["title"], &public["slug"], &public["tags"]),
        (&json!("Tunnel"), &json!("tunnel"), &json!([]))
    );
    assert_eq!(public["published_at"], article["published_at"]);
    let reply = app.anonymous().get("/v1/articles/bridge").await;
    reply.expect(308);
}

/// An article with something in every member, published.
async fn rich(app: &TestApp) -> Value {
    app.tag("Sea").create().await;
    app.tag("Port").create().await;
    app.author("Jane").create().await;
    app.article("Other").create().await;
    let article = json!({"title": "Bridge", "slug": "bridge", "seo_title": "Bridge open",
        "kicker": "Transport", "standfirst": "Trams cross.", "byline": "By Jane",
        "dateline": "Riverport", "section": "cities", "tags": ["port", "sea"],
        "authors": [{"author": "jane", "role": "photographer"}], "related": ["other"],
        "lead_image": {"media": "https://example.org/a.jpg", "alt": "A bridge"},
        "featured": true, "canonical_url": "https://example.org/b", "seo": {"title": "B"},
        "metadata": {"a": {"b": 1}}, "aliases": ["/old/bridge"],
        "expires_at": "2027-11-23T12:00:00Z", "body": {"format": "html", "source": "<p>It is open.</p>"}});
    app.create_published(article).await
}

async fn discarding_brings_back_what_was_published(app: TestApp) {
    let article = rich(&app).await;
    let path = path(&article);
    app.advance(Duration::hours(1));
    let put = json!({"title": "Tunnel", "slug": "tunnel", "body": {"source": "Other."},
        "corrections": [{"at": "2026-11-23T12:30:00Z", "text": "A tunnel."}]});
    let reply = app.editor().replace(&path, &put).await;
    let changed = reply.expect(200).json();
    assert_eq!(changed["has_unpublished_changes"], true);
    let public = app.anonymous().get(&path).await.expect(200);
    app.advance(Duration::hours(1));
    let back = app.act(&path, "discard").await;
    let own = ["version", "live_version", "updated_at", "updated_by"];
    for (name, before) in article.as_object().unwrap() {
        if !own.contains(&name.as_str()) {
            assert_eq!(&back[name], before, "{name}");
        }
    }
    assert_eq!(back, app.draft(&path).await);
    assert_eq!(back["version"], back["live_version"]);
    assert_eq!(back["has_unpublished_changes"], false);
    let after = app.anonymous().get(&path).await.expect(200);
    assert_eq!(
        (after.body.clone(), after.etag()),
        (public.body.clone(), public.etag())
    );
    // What was dropped is kept, and the old slug is free for others.
    let revisions = app.revisions(&path).await;
    assert_eq!(
        (&revisions[0]["action"], &revisions[0]["is_live"]),
        (&json!("discard"), &json!(true))
    );
    assert_eq!(revisions[1]["title"], "Tunnel");
    assert_eq!(
        revisions
            .iter()
            .filter(|one| one["is_live"] == true)
            .count(),
        1
    );
    // There is nothing more to discard, and nothing to publish.
    let again = app.act(&path, "discard").await;
    assert_eq!(again["version"], back["version"]);
    let again = app.act(&path, "publish").await;
    assert_eq!(again["version"], back["version"]);
    assert_eq!(app.anonymous().get(&path).await.etag(), public.etag());
    // It goes on from there.
    app.change(&path, json!({"kicker": "New"})).await;
    assert_eq!(app.draft(&path).await["has_unpublished_changes"], true);
    app.act(&path, "publish").await;
    assert_eq!(app.public(&path).await["kicker"], "New");
}

async fn there_is_nothing_to_discard_of_what_was_never_let_go(app: TestApp) {
    for state in ["draft", "in_review", "unpublished", "archived"] {
        let path = app.in_state(app.editor(), state).await;
        let before = app.draft(&path).await;
        let reply = app.editor().act(&path, "discard", json!({})).await;
        assert_eq!(reply.problem(409, "wrong_state")["state"], state);
        assert_eq!(app.draft(&path).await, before);
    }
    let path = app.in_state(app.editor(), "published").await;
    let call = app.editor().if_match("\"1\"");
    let reply = call.post(&format!("{path}/discard"), &json!({})).await;
    reply.problem(412, "stale_version");
}

async fn discarding_stops_at_what_is_scheduled(app: TestApp) {
    let article = app.article("One").publish().await;
    let path = path(&article);
    app.change(&path, json!({"title": "Two"})).await;
    app.editor().schedule(&path, LATER).await.expect(200);
    app.change(&path, json!({"title": "Three", "tags": []}))
        .await;
    let back = app.act(&path, "discard").await;
    assert_eq!(back["title"], "Two");
    assert_eq!(back["scheduled"]["version"], back["version"]);
    assert_eq!(back["live_version"], 2);
    assert_eq!(back["has_unpublished_changes"], false);
    assert_eq!(app.public(&path).await["title"], "One");
    app.clock_set(LATER);
    assert_eq!(app.public(&path).await["title"], "Two");
    let draft = app.draft(&path).await;
    assert_eq!(draft["live_version"], draft["version"]);
    assert_eq!(draft["has_unpublished_changes"], false);
}

async fn discarding_minds_who_took_the_slug_meanwhile(app: TestApp) {
    let somebody = app.user(masthead::auth::Role::Editor).await;
    let article = rich(&app).await;
    let path = path(&article);
    let change = json!({"slug": "tunnel", "aliases": [], "title": "T", "assignee": somebody.id});
    app.change(&path, change).await;
    let other = app.create_article(json!({"title": "New", "slug": "bridge"}));
    let other = crate::support::workflow::path(&other.await);
    let reply = app.editor().act(&path, "discard", json!({})).await;
    let problem = reply.problem(409, "slug_taken");
    assert_eq!(problem["suggestion"], "bridge-2");
    assert_eq!(app.draft(&path).await["title"], "T");
    app.change(&other, json!({"slug": "new", "aliases": ["/old/bridge"]}))
        .await;
    let reply = app.editor().act(&path, "discard", json!({})).await;
    reply.refuses(409, "conflict", &[("/aliases/0", "taken")]);
    assert_eq!(app.draft(&path).await["title"], "T");
    app.editor().remove(&other).await.expect(204);
    // Who is to work on it is no matter of what is published.
    let back = app.act(&path, "discard").await;
    assert_eq!(
        (&back["slug"], &back["title"]),
        (&json!("bridge"), &json!("Bridge"))
    );
    assert_eq!(back["assignee"], json!(somebody.id));
    // Somebody who had it and has no account any more stands in no way.
    app.act(&path, "publish").await;
    app.change(&path, json!({"assignee": null, "title": "T"}))
        .await;
    let reply = app.admin().remove(&somebody.path()).await;
    reply.expect(204);
    let back = app.act(&path, "discard").await;
    assert_eq!(
        (&back["assignee"], &back["title"]),
        (&Value::Null, &json!("Bridge"))
    );
}

async fn discarding_brings_back_no_more_than_may_be_known(app: TestApp) {
    let author = app.user(masthead::auth::Role::Author).await;
    let hidden = app.article("Hidden").create().await;
    let path = app.in_state(app.as_user(&author), "draft").await;
    app.change(&path, json!({"related": [hidden["id"]]})).await;
    app.act(&path, "publish").await;
    let change = json!({"title": "Mine", "related": []});
    app.as_user(&author)
        .change(&path, &change)
        .await
        .expect(200);
    let reply = app.as_user(&author).act(&path, "discard", json!({})).await;
    let back = reply.expect(200).json();
    assert_eq!(
        (&back["title"], &back["related"]),
        (&json!("Harbour bridge"), &json!([]))
    );
    // It is not what is published, and says so; who knows of all brings it back.
    assert_eq!(back["has_unpublished_changes"], true);
    let back = app.act(&path, "discard").await;
    assert_eq!(back["related"][0]["id"], hidden["id"]);
    assert_eq!(back["has_unpublished_changes"], false);
}

async fn what_lacks_something_is_not_published(app: TestApp) {
    let image = json!({"media": "https://example.org/a.jpg"});
    let article = app
        .create_article(json!({"title": "One", "body": {"source": " \n"}, "lead_image": image}))
        .await;
    let path = path(&article);
    let ready = format!("{path}/publishable");
    let told = app.reader().get(&ready).await.expect(200).json();
    assert_eq!(told["publishable"], false);
    assert_eq!(told["missing"].as_array().unwrap().len(), 1);
    assert_eq!(told["missing"][0]["pointer"], "/body");
    let missing = [("/body", "missing")];
    let reply = app.editor().act(&path, "publish", json!({})).await;
    reply.refuses(422, "not_publishable", &missing);
    let reply = app.editor().schedule(&path, LATER).await;
    reply.refuses(422, "not_publishable", &missing);
    assert_eq!(app.draft(&path).await, article);

    // The rules of the house.
    let strict = app.second_with(|settings| settings.newsroom.require_alt_text = true);
    let all = [("/body", "missing"), ("/lead_image/alt", "missing")];
    let reply = strict.editor().act(&path, "publish", json!({})).await;
    reply.refuses(422, "not_publishable", &all);
    let told = strict.reader().get(&ready).await.expect(200).json();
    assert_eq!(told["missing"].as_array().unwrap().len(), 2);
    app.change(
        &path,
        json!({"body": {"source": "![](https://example.org/b.jpg)"}}),
    )
    .await;
    let reply = strict.editor().act(&path, "publish", json!({})).await;
    reply.refuses(422, "not_publishable", &[("/lead_image/alt", "missing")]);
    app.change(&path, json!({"lead_image": {"alt": "A bridge"}}))
        .await;
    let told = strict.reader().get(&ready).await.expect(200).json();
    assert_eq!(told, json!({"publishable": true, "missing": []}));
    strict.act(&path, "publish").await;
    drop(strict);

    app.anonymous()
        .get(&ready)
        .await
        .problem(401, "unauthorized");
    let none = "/v1/articles/none/publishable";
    app.reader().get(none).await.problem(404, "not_found");
}
