//! Articles in several languages, and corrections, which are added to and never taken away.

use chrono::Duration;
use masthead::auth::Role;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::workflow::path;

on_both!(
    translations_lead_to_each_other,
    there_is_one_in_each_language,
    a_list_shows_one_of_each_group,
    an_article_is_read_in_the_first_language_that_there_is,
    a_correction_is_added_and_shown_when_it_is_published,
    a_published_correction_neither_goes_nor_changes,
    a_correction_must_make_sense,
);

/// The same article in three languages, published.
async fn three(app: &TestApp) -> [Value; 3] {
    let english = json!({"title": "Bridge", "slug": "bridge", "locale": "en"});
    let english = app.create_published(english).await;
    let german =
        json!({"title": "Brücke", "slug": "bruecke", "locale": "de", "translation_of": "bridge"});
    let german = app.create_published(german).await;
    let french = json!({"title": "Pont", "slug": "pont", "locale": "fr",
        "translation_group": german["translation_group"]});
    let french = app.create_published(french).await;
    [english, german, french]
}

fn slugs(article: &Value) -> Vec<&str> {
    let all = article["translations"].as_array().unwrap().iter();
    let mut slugs: Vec<_> = all.map(|one| one["slug"].as_str().unwrap()).collect();
    slugs.sort_unstable();
    slugs
}

async fn translations_lead_to_each_other(app: TestApp) {
    let [english, german, french] = three(&app).await;
    assert_eq!(english["translation_group"], english["id"]);
    for one in [&german, &french] {
        assert_eq!(one["translation_group"], english["id"]);
        assert!(one.get("translation_of").is_none());
    }
    let of = |article: &Value| format!("{}?include=translations", path(article));
    let shown = app.anonymous().get(&of(&english)).await.expect(200).json();
    let brief = json!({"id": german["id"], "slug": "bruecke", "locale": "de", "title": "Brücke"});
    assert_eq!(slugs(&shown), ["bruecke", "pont"]);
    assert!(shown["translations"].as_array().unwrap().contains(&brief));
    let plain = app.public(&path(&english)).await;
    assert!(plain.get("translations").is_none());
    let list = "/v1/articles?include=translations&locale=fr";
    let list = app.anonymous().get(list).await;
    assert_eq!(slugs(&list.data()[0]), ["bridge", "bruecke"]);
    // The public knows what is public, editors what there is.
    app.change(
        &path(&german),
        json!({"title": "Die Brücke", "slug": "die-bruecke"}),
    )
    .await;
    app.act(&path(&french), "unpublish").await;
    let shown = app.anonymous().get(&of(&english)).await.json();
    assert_eq!(slugs(&shown), ["bruecke"]);
    assert_eq!(shown["translations"][0]["title"], "Brücke");
    let shown = app.editor().get(&of(&english)).await.json();
    assert_eq!(slugs(&shown), ["die-bruecke", "pont"]);
    let author = app.user(Role::Author).await;
    let own = json!({"title": "Ponte", "slug": "ponte", "locale": "it",
        "translation_group": english["id"], "body": {"source": "T."}});
    let own = app
        .as_user(&author)
        .post("/v1/articles", &own)
        .await
        .expect(201);
    assert_eq!(
        slugs(&own.json()),
        ["bridge", "bruecke"],
        "an author knows no more"
    );
    app.editor().remove(&path(&german)).await.expect(204);
    let shown = app.editor().get(&of(&english)).await.json();
    assert_eq!(slugs(&shown), ["pont", "ponte"]);
    // What leaves the group is a translation of nothing.
    let gone = app
        .change(&path(&french), json!({"translation_group": null}))
        .await;
    assert_eq!(
        (&gone["translation_group"], slugs(&gone)),
        (&gone["id"], vec![])
    );
}

async fn there_is_one_in_each_language(app: TestApp) {
    let [_, german, french] = three(&app).await;
    let taken = [("/locale", "taken")];
    let second = json!({"title": "Zweite", "locale": "de", "translation_of": "bridge"});
    let reply = app.editor().post("/v1/articles", &second).await;
    reply.refuses(422, "invalid_fields", &taken);
    let call = || app.editor();
    let reply = call()
        .change(&path(&french), &json!({"locale": "de"}))
        .await;
    reply.refuses(422, "invalid_fields", &taken);
    let other = json!({"title": "Andere", "locale": "de"});
    let other = path(&app.create_article(other).await);
    for change in [
        json!({"translation_group": german["translation_group"]}),
        json!({"translation_of": "bridge", "translation_group": null}),
    ] {
        let reply = call().change(&other, &change).await;
        reply.refuses(422, "invalid_fields", &taken);
    }
    let same = json!({"locale": "de", "title": "Same"});
    call().change(&path(&german), &same).await.expect(200);
    for (change, pointer, code) in [
        (
            json!({"translation_of": "none"}),
            "/translation_of",
            "unknown_reference",
        ),
        (
            json!({"translation_group": "bridge"}),
            "/translation_group",
            "not_an_id",
        ),
    ] {
        let reply = call().change(&other, &change).await;
        reply.refuses(422, "invalid_fields", &[(pointer, code)]);
    }
}

async fn a_list_shows_one_of_each_group(app: TestApp) {
    let [_, german, _] = three(&app).await;
    app.advance(Duration::minutes(1));
    let only = json!({"title": "Nur", "slug": "nur", "locale": "de"});
    app.create_published(only).await;
    let only = json!({"title": "Solo", "slug": "solo", "locale": "it"});
    app.create_published(only).await;
    for (chain, expected) in [
        ("en", vec!["bridge"]),
        ("de", vec!["bruecke", "nur"]),
        ("de,en", vec!["bruecke", "nur"]),
        ("en,de", vec!["bridge", "nur"]),
        ("fr,de,en", vec!["nur", "pont"]),
        ("es,fr", vec!["pont"]),
        ("es", vec![]),
    ] {
        let list = format!("/v1/articles?locale={chain}&total=true");
        let list = app.anonymous().get(&list).await.expect(200);
        let mut found = list.each("slug");
        found.sort_unstable();
        assert_eq!(found, expected, "{chain}");
        assert_eq!(list.json()["page"]["total"], expected.len(), "{chain}");
    }
    app.act(&path(&german), "unpublish").await;
    let list = app.anonymous().get("/v1/articles?locale=de,en").await;
    assert_eq!(list.each("slug"), ["nur", "bridge"]);
    // Editors are shown all.
    let list = app
        .reader()
        .get("/v1/articles?locale=de,en&total=true")
        .await;
    assert_eq!(list.json()["page"]["total"], 3);
    let reply = app
        .anonymous()
        .get("/v1/articles?locale=de,no_locale")
        .await;
    reply.problem(400, "invalid_parameter");
}

async fn an_article_is_read_in_the_first_language_that_there_is(app: TestApp) {
    for (locale, title) in [("en", "Hall"), ("de", "Halle")] {
        let article = json!({"title": title, "slug": "hall", "locale": locale});
        app.create_published(article).await;
    }
    for (query, title, language) in [
        ("", "Hall", "en"),
        ("?locale=de", "Halle", "de"),
        ("?locale=fr,de", "Halle", "de"),
        ("?locale=fr,en,de", "Hall", "en"),
    ] {
        for caller in [app.anonymous(), app.reader()] {
            let reply = caller.get(&format!("/v1/articles/hall{query}")).await;
            let reply = reply.expect(200);
            assert_eq!(reply.json()["title"], title, "{query}");
            assert_eq!(reply.header("content-language"), language, "{query}");
        }
    }
    for caller in [app.anonymous(), app.reader()] {
        let reply = caller.get("/v1/articles/hall?locale=fr,it").await;
        reply.problem(404, "not_found");
    }
    let list = app.anonymous().get("/v1/articles?locale=de").await;
    assert_eq!(list.header("content-language"), "de");
}

async fn a_correction_is_added_and_shown_when_it_is_published(app: TestApp) {
    let article = app.article("One").publish().await;
    let path = path(&article);
    assert_eq!(article["corrected_at"], Value::Null);
    app.advance(Duration::hours(1));
    let text = json!({"text": "It was 1912."});
    let reply = app.editor().act(&path, "corrections", text).await;
    let changed = reply.expect(200).json();
    let first = json!({"at": "2026-11-23T13:00:00Z", "text": "It was 1912."});
    assert_eq!(changed["corrections"], json!([first]));
    assert_eq!(changed["corrected_at"], "2026-11-23T13:00:00Z");
    assert_eq!(changed["has_unpublished_changes"], true);
    assert_eq!(app.revisions(&path).await[0]["action"], "correct");
    assert_eq!(app.public(&path).await["corrections"], json!([]));
    app.act(&path, "publish").await;
    let public = app.public(&path).await;
    assert_eq!(public["corrections"], json!([first]));
    assert_eq!(public["corrected_at"], "2026-11-23T13:00:00Z");
    app.advance(Duration::hours(1));
    let second = json!({"at": "2026-11-23T15:30:00+02:00", "text": "And *not* <b>1911</b>."});
    let reply = app.editor().act(&path, "corrections", second).await;
    let changed = reply.expect(200).json();
    assert_eq!(changed["corrections"][1]["at"], "2026-11-23T13:30:00Z");
    assert_eq!(changed["corrected_at"], "2026-11-23T13:30:00Z");
    // What was not published goes again.
    let back = app.act(&path, "discard").await;
    assert_eq!(back["corrections"], json!([first]));
}

async fn a_published_correction_neither_goes_nor_changes(app: TestApp) {
    let made = json!({"at": "2026-11-23T12:00:00Z", "text": "Wrong."});
    let path = app.in_state(app.editor(), "draft").await;
    // As long as it is a draft it may.
    app.change(&path, json!({"corrections": [made]})).await;
    app.change(&path, json!({"corrections": []})).await;
    app.change(&path, json!({"corrections": [made]})).await;
    app.act(&path, "publish").await;
    let before = app.draft(&path).await;
    let more = json!({"at": "2026-11-23T12:00:00Z", "text": "More."});
    let other = json!({"at": "2026-11-23T12:00:00Z", "text": "Right."});
    let earlier = json!({"at": "2026-11-22T12:00:00Z", "text": "Wrong."});
    let call = || app.admin();
    let whole = |corrections: &Value| {
        json!({"title": "Harbour bridge", "corrections": corrections,
            "body": {"source": "It is open."}})
    };
    for wrong in [
        json!([other]),
        json!([more, made]),
        json!([earlier]),
        json!([other, more]),
    ] {
        let refused = [("/corrections", "append_only")];
        let reply = call().change(&path, &json!({"corrections": wrong})).await;
        reply.refuses(422, "invalid_fields", &refused);
        let reply = call().replace(&path, &whole(&wrong)).await;
        reply.refuses(422, "invalid_fields", &refused);
    }
    for none in [json!([]), Value::Null] {
        let reply = call().change(&path, &json!({"corrections": none})).await;
        assert_eq!(reply.status, 422, "{reply}");
    }
    assert_eq!(app.draft(&path).await["version"], before["version"]);
    // A put that leaves them out keeps them, and so does one that has them.
    let put = json!({"title": "Harbour bridge", "body": {"source": "It is open."}});
    let kept = call().replace(&path, &put).await.expect(200).json();
    assert_eq!(kept["corrections"], json!([made]));
    let kept = call().replace(&path, &whole(&json!([made, more]))).await;
    assert_eq!(kept.expect(200).json()["corrections"], json!([made, more]));
    // Neither taking it from the public nor the trash frees them.
    app.act(&path, "unpublish").await;
    let reply = call().change(&path, &json!({"corrections": [more]})).await;
    reply.refuses(422, "invalid_fields", &[("/corrections", "append_only")]);
    call().remove(&path).await.expect(204);
    app.act(&path, "restore").await;
    let reply = call().change(&path, &json!({"corrections": [more]})).await;
    reply.refuses(422, "invalid_fields", &[("/corrections", "append_only")]);
}

async fn a_correction_must_make_sense(app: TestApp) {
    let path = app.in_state(app.editor(), "published").await;
    app.advance(Duration::hours(2));
    let made = json!({"at": "2026-11-23T13:00:00Z", "text": "Wrong."});
    app.editor()
        .act(&path, "corrections", made)
        .await
        .expect(200);
    let before = app.draft(&path).await;
    for (wrong, pointer, code) in [
        (json!({}), "/text", "missing"),
        (json!({"text": ""}), "/text", "too_short"),
        (json!({"text": "x".repeat(2001)}), "/text", "too_long"),
        (json!({"text": ["x"]}), "/text", "wrong_type"),
        (
            json!({"text": "x", "at": "2026-11-23T14:00:01Z"}),
            "/at",
            "in_the_future",
        ),
        (
            json!({"text": "x", "at": "2026-11-23T12:59:59Z"}),
            "/at",
            "contradiction",
        ),
        (
            json!({"text": "x", "at": "2026-11-23T13:30:00"}),
            "/at",
            "naive_time",
        ),
        (json!({"text": "x", "by": "me"}), "/by", "unknown_field"),
    ] {
        let reply = app.editor().act(&path, "corrections", wrong).await;
        reply.refuses(422, "invalid_fields", &[(pointer, code)]);
    }
    assert_eq!(app.draft(&path).await, before);
    let more = (0..49).map(|_| json!({"at": "2026-11-23T13:00:00Z", "text": "x"}));
    let all: Vec<_> = std::iter::once(before["corrections"][0].clone())
        .chain(more)
        .collect();
    app.change(&path, json!({"corrections": all})).await;
    let reply = app
        .editor()
        .act(&path, "corrections", json!({"text": "x"}))
        .await;
    reply.refuses(422, "invalid_fields", &[("", "too_many")]);
}
