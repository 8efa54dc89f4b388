//! The sample newspaper: whatever one tries on it finds something.

use serde_json::{Value, json};

use crate::support::TestApp;

on_both!(
    the_sample_is_loaded_once,
    every_query_of_a_tour_finds_something,
    an_agency_story_has_no_byline,
    a_story_is_told_in_two_languages,
    an_old_address_leads_to_its_story,
    an_outline_leads_into_the_text,
    what_is_for_the_desk_stays_there,
);

async fn the_sample_is_loaded_once(app: TestApp) {
    let loaded = app.load_sample().await.unwrap();
    assert_eq!((loaded.articles, loaded.authors, loaded.tags), (14, 5, 20));
    for (path, count) in [
        ("articles", loaded.articles),
        ("authors", loaded.authors),
        ("tags", loaded.tags),
    ] {
        let list = app.editor().get(&format!("/v1/{path}?total=true")).await;
        assert_eq!(list.json()["page"]["total"], count, "{path}");
    }
    assert_eq!(app.load_sample().await, None, "there is content already");
}

async fn every_query_of_a_tour_finds_something(app: TestApp) {
    app.load_sample().await.unwrap();
    for query in [
        "/v1/articles",
        "/v1/articles?limit=3",
        "/v1/articles?tag=merrowhaven",
        "/v1/articles?author=edda-marlowe",
        "/v1/articles?section=science",
        "/v1/articles?locale=de",
        "/v1/articles?featured=true",
        "/v1/articles?q=harbour",
        "/v1/articles?q=seagrass%20pell",
        "/v1/articles?published_after=2026-11-01T00:00:00Z",
        "/v1/articles?filter=tag:kavaria%20AND%20NOT%20author:edda-marlowe",
        "/v1/articles?filter=(tag:music%20OR%20tag:rowing)%20AND%20word_count%3E100",
        "/v1/articles?include=authors,tags,lead_image,related",
        "/v1/articles?fields=title,slug,authors.name&sort=title",
        "/v1/tags",
        "/v1/tags?parent=cities",
        "/v1/tags?kind=place",
        "/v1/authors",
    ] {
        let reply = app.anonymous().get(query).await.expect(200);
        assert!(!reply.data().is_empty(), "{reply}");
    }
    // Every tag that the public sees, every author and every section leads to something.
    let tags = app.anonymous().get("/v1/tags?limit=100").await;
    for tag in tags.data() {
        let slug = tag["slug"].as_str().unwrap();
        let mut found = 0;
        for path in [
            format!("/v1/tags/{slug}/articles"),
            format!("/v1/tags?parent={slug}"),
        ] {
            let list = app.anonymous().get(&path).await.expect(200);
            found += list.data().len();
        }
        assert!(found > 0, "{slug}");
    }
    for author in app.anonymous().get("/v1/authors").await.data() {
        let slug = author["slug"].as_str().unwrap();
        let path = format!("/v1/authors/{slug}/articles");
        let list = app.anonymous().get(&path).await.expect(200);
        assert!(!list.data().is_empty(), "{slug}");
    }
    let whole = app
        .anonymous()
        .get("/v1/articles?include=authors,tags,lead_image,related&limit=100")
        .await;
    for part in ["authors", "tags", "related"] {
        let with = |item: &Value| item[part].as_array().is_some_and(|list| !list.is_empty());
        assert!(whole.data().iter().any(with), "{part}");
    }
    assert!(
        whole
            .data()
            .iter()
            .any(|item| item["lead_image"].is_object())
    );
}

async fn an_agency_story_has_no_byline(app: TestApp) {
    app.load_sample().await.unwrap();
    let path = "/v1/articles/kavaria-unlikely-to-fight-for-ostmere";
    let story = app.anonymous().get(path).await.expect(200).json();
    assert_eq!(story["byline"], Value::Null);
    assert_eq!(story["authors"], json!([]));
    assert_ne!(story["title"], story["seo_title"]);
    for member in ["seo_title", "dateline", "standfirst", "kicker"] {
        assert!(story[member].is_string(), "{member}");
    }
    for member in ["media", "alt", "caption", "credit"] {
        assert!(story["lead_image"][member].is_string(), "{member}");
    }
}

async fn a_story_is_told_in_two_languages(app: TestApp) {
    app.load_sample().await.unwrap();
    let path = "/v1/articles/seegras-kehrt-in-die-pell-zurueck";
    let german = app.anonymous().get(path).await.expect(200);
    assert_eq!(german.header("content-language"), "de");
    let german = german.json();
    let path = "/v1/articles/seagrass-returns-to-the-pell?locale=en";
    let english = app.anonymous().get(path).await.expect(200).json();
    assert_eq!(german["locale"], "de");
    assert_eq!(german["translation_group"], english["translation_group"]);
    let roles = german["authors"].as_array().unwrap();
    assert!(roles.iter().any(|credit| credit["role"] == "translator"));
    let list = app
        .anonymous()
        .get("/v1/articles?locale=de&total=true")
        .await;
    assert_eq!(list.json()["page"]["total"], 3);
}

async fn an_old_address_leads_to_its_story(app: TestApp) {
    app.load_sample().await.unwrap();
    for (path, title) in [
        (
            "/2026/09/market-clock.html",
            "After nine years, the market clock is right again",
        ),
        (
            "/world/straits-talks",
            "Straits mediators agree on fishing lanes until the spring",
        ),
    ] {
        let call = app.anonymous();
        let found = call.query("/v1/redirects", &[("path", path)]).await;
        let found = found.expect(200).json();
        assert_eq!(found["article"]["title"], title);
        let location = found["location"].as_str().unwrap();
        let story = app.anonymous().get(location).await.expect(200).json();
        assert_eq!(story["title"], title);
    }
}

async fn an_outline_leads_into_the_text(app: TestApp) {
    app.load_sample().await.unwrap();
    let path = "/v1/articles?fields=slug,body,word_count,reading_minutes&limit=100";
    let mut headings = 0;
    for story in app.anonymous().get(path).await.expect(200).data() {
        let html = story["body"]["html"].as_str().unwrap();
        for heading in story["body"]["outline"].as_array().unwrap() {
            let anchor = heading["anchor"].as_str().unwrap();
            assert!(html.contains(&format!("id=\"{anchor}\"")), "{anchor}");
            headings += 1;
        }
        assert!(story["word_count"].as_i64().unwrap() > 50, "{story}");
        assert!(story["reading_minutes"].as_i64().unwrap() > 0);
    }
    assert!(headings > 10, "{headings}");
}

async fn what_is_for_the_desk_stays_there(app: TestApp) {
    app.load_sample().await.unwrap();
    let desk = "/v1/tags/desk-follow-up";
    app.anonymous().get(desk).await.problem(404, "not_found");
    let list = app.reader().get(&format!("{desk}/articles")).await;
    assert!(!list.expect(200).data().is_empty());
    let drafts = app.reader().get("/v1/articles?status=draft").await;
    let slugs = drafts.expect(200).each("slug");
    assert_eq!(slugs.len(), 1);
    let draft = format!("/v1/articles/{}", slugs[0]);
    app.anonymous().get(&draft).await.problem(404, "not_found");
}
