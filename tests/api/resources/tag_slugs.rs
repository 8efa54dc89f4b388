//! Slugs of tags: made, chosen, changed, swapped; and what an internal tag gives away: nothing.

use serde_json::{Value, json};

use crate::support::{Resource as _, TestApp};

on_both!(
    slugs_are_made_from_names,
    equal_names_are_numbered_however_many_there_are,
    a_slug_that_is_taken_is_refused_with_another,
    odd_slugs_are_refused,
    an_old_slug_leads_to_the_new_one,
    two_tags_swap_their_slugs,
    a_slug_in_use_again_leads_to_its_new_owner,
    an_internal_tag_is_hidden,
    a_tag_made_internal_disappears,
);

async fn rename(app: &TestApp, from: &str, to: &str) {
    let path = format!("/v1/tags/{from}");
    app.editor()
        .change(&path, &json!({"slug": to}))
        .await
        .expect(200);
}

async fn slugs_are_made_from_names(app: TestApp) {
    let german = app.tag("Größe & Maß").create().await;
    let slug = german["slug"].as_str().unwrap();
    assert!(slug.starts_with("gr") && slug.contains("-ma"), "{slug}");
    let emoji = app.tag("🎉").create().await;
    let again = app.tag("🎉").create().await;
    assert_ne!(emoji["slug"], again["slug"]);
    let chinese = app.tag("中国").create().await;
    let slug = chinese["slug"].as_str().unwrap();
    assert!(
        slug.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    );
    let one = app.tag("News").create().await;
    let two = app.tag("News!").create().await;
    let three = app.tag("news").create().await;
    assert_eq!(
        [&one, &two, &three].map(|tag| tag["slug"].clone()),
        ["news", "news-2", "news-3"]
    );
    let long = "a".repeat(200);
    let first = app.create_tag(json!({"name": long})).await;
    let second = app.create_tag(json!({"name": long})).await;
    assert_ne!(first["slug"], second["slug"]);
    for tag in [first, second] {
        assert!(tag["slug"].as_str().unwrap().len() <= 100);
    }
}

/// Few statements find a number that is free, so they are looked for in leaps.
async fn equal_names_are_numbered_however_many_there_are(app: TestApp) {
    let news = json!({"name": "News"});
    let named = |number: u32| match number {
        1 => "news".to_owned(),
        number => format!("news-{number}"),
    };
    let mut cost = 0;
    for number in 1..=50 {
        let before = app.statements();
        let tag = app.create_tag(news.clone()).await;
        cost = app.statements() - before;
        assert_eq!(tag["slug"], named(number));
    }
    assert!(cost < 25, "{cost} statements for the fiftieth");
    // One that was given up is taken again, or the next behind the last; never one that is in use.
    app.editor().remove("/v1/tags/news-30").await.expect(204);
    let tag = app.create_tag(news.clone()).await;
    let slug = tag["slug"].as_str().unwrap();
    assert!(["news-30", "news-51"].contains(&slug), "{slug}");
    app.editor().remove("/v1/tags/news-4").await.expect(204);
    assert_eq!(app.create_tag(news).await["slug"], "news-4");
    // Who asks for a slug of the name again keeps the number.
    for kept in ["news-3", "news-37"] {
        let path = format!("/v1/tags/{kept}");
        let again = json!({"slug": null, "description": kept});
        let saved = app.editor().change(&path, &again).await;
        assert_eq!(saved.expect(200).json()["slug"], kept);
    }
    let taken = json!({"name": "Other", "slug": "news-7"});
    let refused = app.editor().post("/v1/tags", &taken).await;
    refused.problem(409, "slug_taken");
}

async fn a_slug_that_is_taken_is_refused_with_another(app: TestApp) {
    app.tag("News").create().await;
    app.tag("News").create().await;
    let tag = json!({"name": "Other", "slug": "news"});
    let reply = app.editor().post("/v1/tags", &tag).await;
    assert_eq!(reply.problem(409, "slug_taken")["suggestion"], "news-3");
    app.tag("Other").create().await;
    let reply = app
        .editor()
        .change("/v1/tags/other", &json!({"slug": "news"}))
        .await;
    assert_eq!(reply.problem(409, "slug_taken")["suggestion"], "news-3");
    let reply = app
        .editor()
        .replace("/v1/tags/other", &json!({"name": "O", "slug": "news-2"}))
        .await;
    reply.problem(409, "slug_taken");
    assert_eq!(
        app.editor().get("/v1/tags/other").await.json()["version"],
        1
    );
}

async fn odd_slugs_are_refused(app: TestApp) {
    let long = "a".repeat(101);
    for (slug, code) in [
        ("", "not_a_slug"),
        ("News", "not_a_slug"),
        ("a--b", "not_a_slug"),
        ("-a", "not_a_slug"),
        ("a_b", "not_a_slug"),
        ("é", "not_a_slug"),
        ("a/b", "not_a_slug"),
        (&long, "too_long"),
        ("0190f3a0-0000-7000-8000-000000000000", "like_an_id"),
    ] {
        let tag = json!({"name": "X", "slug": slug});
        let reply = app.editor().post("/v1/tags", &tag).await;
        reply.refuses(422, "invalid_fields", &[("/slug", code)]);
    }
    assert!(app.editor().get("/v1/tags").await.data().is_empty());
}

async fn an_old_slug_leads_to_the_new_one(app: TestApp) {
    app.tag("One").create().await;
    rename(&app, "one", "two").await;
    rename(&app, "two", "three").await;
    for old in ["one", "two"] {
        for caller in [app.anonymous(), app.editor()] {
            let reply = caller
                .get(&format!("/v1/tags/{old}?fields=slug"))
                .await
                .expect(308);
            assert_eq!(reply.header("location"), "/v1/tags/three?fields=slug");
        }
        let reply = app.anonymous().get(&format!("/v1/tags/{old}")).await;
        assert_eq!(
            reply.header("location"),
            "/v1/tags/three",
            "without a chain"
        );
        assert!(reply.header("cache-control").starts_with("public"));
        let reply = app.editor().get(&format!("/v1/tags/{old}")).await;
        assert_eq!(reply.header("cache-control"), "private, no-store");
        // A change follows nothing: who writes knows what to.
        let reply = app.editor().remove(&format!("/v1/tags/{old}")).await;
        reply.problem(404, "not_found");
    }
    rename(&app, "three", "one").await;
    let back = app.anonymous().get("/v1/tags/one").await.expect(200);
    assert_eq!(back.json()["slug"], "one");
    let reply = app.anonymous().get("/v1/tags/three").await.expect(308);
    assert_eq!(reply.header("location"), "/v1/tags/one");
    app.editor().remove("/v1/tags/one").await.expect(204);
    for old in ["one", "two", "three"] {
        let reply = app.anonymous().get(&format!("/v1/tags/{old}")).await;
        reply.problem(404, "not_found");
    }
}

async fn two_tags_swap_their_slugs(app: TestApp) {
    app.create_tag(json!({"name": "A", "slug": "a"})).await;
    app.create_tag(json!({"name": "B", "slug": "b"})).await;
    rename(&app, "a", "between").await;
    rename(&app, "b", "a").await;
    rename(&app, "between", "b").await;
    for caller in [app.anonymous(), app.editor()] {
        for (slug, name) in [("a", "B"), ("b", "A")] {
            let reply = caller.clone().get(&format!("/v1/tags/{slug}")).await;
            assert_eq!(reply.expect(200).json()["name"], name);
        }
        let reply = caller.get("/v1/tags/between").await.expect(308);
        assert_eq!(reply.header("location"), "/v1/tags/b");
    }
}

async fn a_slug_in_use_again_leads_to_its_new_owner(app: TestApp) {
    app.create_tag(json!({"name": "Old", "slug": "old"})).await;
    rename(&app, "old", "new").await;
    app.create_tag(json!({"name": "Other", "slug": "old"}))
        .await;
    let reply = app.anonymous().get("/v1/tags/old").await.expect(200);
    assert_eq!(reply.json()["name"], "Other");
    app.editor().remove("/v1/tags/old").await.expect(204);
    app.anonymous()
        .get("/v1/tags/old")
        .await
        .problem(404, "not_found");
    app.anonymous().get("/v1/tags/new").await.expect(200);
}

async fn an_internal_tag_is_hidden(app: TestApp) {
    let secret = json!({"name": "Embargo", "kind": "internal"});
    let secret = app.create_tag(secret).await;
    app.create_tag(json!({"name": "Plain", "parent": "embargo"}))
        .await;
    let secret_id = secret.id();
    for slug in ["embargo", secret_id] {
        let reply = app.anonymous().get(&format!("/v1/tags/{slug}")).await;
        reply.problem(404, "not_found");
        app.reader()
            .get(&format!("/v1/tags/{slug}"))
            .await
            .expect(200);
    }
    // Exactly what a tag that never was is answered with.
    let hidden = app.anonymous().get("/v1/tags/embargo").await.json();
    let nothing = app.anonymous().get("/v1/tags/no-such").await.json();
    assert_eq!(hidden["detail"], nothing["detail"]);

    let list = app.anonymous().get("/v1/tags?total=true").await;
    assert_eq!(list.each("slug"), ["plain"]);
    assert_eq!(list.json()["page"]["total"], 1);
    assert_eq!(list.data()[0]["parent"], Value::Null);
    assert!(
        !String::from_utf8_lossy(&list.body)
            .to_lowercase()
            .contains("embargo")
    );
    for (name, value) in [
        ("parent", "embargo"),
        ("parent", secret_id),
        ("filter", "parent:embargo"),
        ("filter", "slug=embargo"),
        ("filter", "name=Embargo"),
        ("kind", "internal"),
    ] {
        let reply = app
            .anonymous()
            .query("/v1/tags", &[(name, value), ("total", "true")])
            .await;
        if reply.status == 200 {
            assert!(reply.data().is_empty(), "{reply}");
            assert_eq!(reply.json()["page"]["total"], 0);
        } else {
            reply.problem(400, "invalid_parameter");
        }
        let editors = app.editor().query("/v1/tags", &[(name, value)]).await;
        assert_eq!(editors.expect(200).data().len(), 1, "{name}={value}");
    }
    rename(&app, "embargo", "lifted").await;
    app.anonymous()
        .get("/v1/tags/embargo")
        .await
        .problem(404, "not_found");
    app.editor().get("/v1/tags/embargo").await.expect(308);
}

async fn a_tag_made_internal_disappears(app: TestApp) {
    app.create_tag(json!({"name": "Desk", "slug": "first"}))
        .await;
    rename(&app, "first", "second").await;
    app.anonymous().get("/v1/tags/first").await.expect(308);
    let internal = json!({"visibility": "internal"});
    app.editor()
        .change("/v1/tags/second", &internal)
        .await
        .expect(200);
    for slug in ["first", "second"] {
        let reply = app.anonymous().get(&format!("/v1/tags/{slug}")).await;
        reply.problem(404, "not_found");
    }
    assert!(app.anonymous().get("/v1/tags").await.data().is_empty());
    app.editor().get("/v1/tags/first").await.expect(308);

    let public = json!({"visibility": "public"});
    app.editor()
        .change("/v1/tags/second", &public)
        .await
        .expect(200);
    app.anonymous().get("/v1/tags/second").await.expect(200);
    app.anonymous().get("/v1/tags/first").await.expect(308);
    app.editor().remove("/v1/tags/second").await.expect(204);
    app.anonymous()
        .get("/v1/tags/second")
        .await
        .problem(404, "not_found");
}
