//! What an article is made of: every field, its text, its patches, its translations and its
//! addresses on an earlier site.

use serde_json::{Value, json};

use crate::support::workflow::path;
use crate::support::{Resource as _, TestApp};

on_both!(
    every_field_comes_back,
    bodies_are_safe_to_show,
    words_are_counted,
    free_data_keeps_its_order,
    a_patch_reaches_into_members,
    translations_share_a_group,
    addresses_of_an_earlier_site,
    addresses_keep_letters_beyond_ascii,
);

/// Every field that an article has.
fn whole() -> Value {
    json!({
        "slug": "whole-story", "locale": "de", "title": "Whole", "seo_title": "For search",
        "kicker": "Port", "standfirst": "Two\nlines.", "byline": "By our own",
        "dateline": "Kiel", "section": "world", "featured": true,
        "body": {"format": "html", "source": "<h2>Bridge</h2><p>It <b>opened</b>.</p>"},
        "authors": [{"author": "john-roe", "role": "photographer"}, {"author": "jane-doe", "role": "author"}],
        "tags": ["sea", "asia"],
        "lead_image": {"media": "https://m.example/a.jpg", "alt": "A", "caption": "C\nD", "credit": "E"},
        "related": ["second", "first"],
        "published_at": "2026-01-02T03:04:05.678Z", "expires_at": "2030-01-01T00:00:00Z",
        "canonical_url": "https://elsewhere.example/a?b#c",
        "seo": {"title": "S", "description": "D", "image": "/s.jpg"},
        "corrections": [{"at": "2026-01-03T00:00:00Z", "text": "Not two."}],
        "translation_group": "01890a5d-ac96-774b-bcce-b302099a8057",
        "metadata": {"z": 1, "a": {"c": [1, 2.5, null, true], "b": "é"}},
        "aliases": ["/old/a.html", "/old/b"],
    })
}

async fn every_field_comes_back(app: TestApp) {
    for name in ["Sea", "Asia"] {
        app.tag(name).create().await;
    }
    for name in ["Jane Doe", "John Roe"] {
        app.author(name).create().await;
    }
    for title in ["First", "Second"] {
        app.article(title).publish().await;
    }
    let sent = whole();
    let created = app.create_article(sent.clone()).await;
    let path = path(&created);
    let read = app.editor().get(&path).await.expect(200).json();
    assert_eq!(read, created);
    for (member, value) in sent.as_object().unwrap() {
        match member.as_str() {
            "body" => {
                assert_eq!(read["body"]["format"], "html");
                assert_eq!(read["body"]["source"], value["source"]);
            }
            "authors" => {
                assert_eq!(read["authors"][0]["slug"], "john-roe");
                assert_eq!(read["authors"][0]["role"], "photographer");
                assert_eq!(read["authors"][1]["name"], "Jane Doe");
                assert_eq!(read["authors"].as_array().unwrap().len(), 2);
            }
            "tags" | "related" => {
                let slugs: Vec<_> = read[member]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|one| one["slug"].clone())
                    .collect();
                assert_eq!(&json!(slugs), value, "{member}, in order");
            }
            _ => assert_eq!(&read[member], value, "{member}"),
        }
    }
    // The same again is no change; nor is it through what was read.
    let call = app.editor().if_match("\"1\"");
    let same = call.put(&path, &sent).await.expect(200);
    assert_eq!(same.json(), created);
    assert!(same.etag().starts_with("\"1-"));
    let call = app.editor().if_match("\"1\"");
    assert_eq!(
        call.patch(&path, &sent).await.expect(200).json()["version"],
        1
    );
    app.publish(created.id()).await;
    let shown = format!("{path}?include=authors,tags,lead_image,related");
    let live = app.anonymous().get(&shown).await.expect(200).json();
    for member in [
        "title",
        "seo_title",
        "kicker",
        "standfirst",
        "byline",
        "dateline",
        "section",
        "featured",
        "lead_image",
        "authors",
        "tags",
        "related",
        "published_at",
        "expires_at",
        "canonical_url",
        "seo",
        "corrections",
        "translation_group",
        "metadata",
        "word_count",
    ] {
        assert_eq!(live[member], created[member], "{member}");
    }
}

async fn bodies_are_safe_to_show(app: TestApp) {
    let markdown = "## The *Bridge*\n\nText<script>alert(1)</script> [bad](javascript:alert(1)) \
        [good](https://a.example/) <img src=x onerror=alert(1)>\n\n### Œuvre\n\n## The Bridge\n\n\
        | a | b |\n|---|---|\n| 1 | 2 |\n\nOld ~~news~~.[^1]\n\n[^1]: A note.";
    let html = "<h2>The <em>Bridge</em></h2><p onclick=\"x()\">Text<script>alert(1)</script> \
        <a href=\"JaVaScRiPt:alert(1)\">bad</a> <a href=\"https://a.example/\">good</a> \
        <img src=\"x\" onerror=\"alert(1)\"></p><iframe src=\"https://evil.example\"></iframe>\
        <style>p{}</style><h3>Œuvre</h3><h2>The Bridge</h2>";
    for (format, source) in [("markdown", markdown), ("html", html)] {
        let body = json!({"title": "Body", "body": {"format": format, "source": source}});
        let body = app.create_article(body).await["body"].clone();
        assert_eq!(body["source"], source);
        let shown = body["html"].as_str().unwrap();
        let lower = shown.to_lowercase();
        for bad in [
            "<script",
            "alert(1)</",
            "javascript:",
            "onerror",
            "onclick",
            "<iframe",
            "<style",
        ] {
            assert!(!lower.contains(bad), "{bad} in {shown}");
        }
        assert!(shown.contains("https://a.example/"), "{shown}");
        let outline = body["outline"].as_array().unwrap();
        let headings: Vec<_> = outline
            .iter()
            .map(|one| {
                (
                    one["level"].as_u64().unwrap(),
                    one["text"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            headings,
            [(2, "The Bridge"), (3, "Œuvre"), (2, "The Bridge")]
        );
        let anchors: Vec<_> = outline
            .iter()
            .map(|one| one["anchor"].as_str().unwrap())
            .collect();
        assert_ne!(anchors[0], anchors[2], "anchors are unique");
        for anchor in anchors {
            assert!(
                shown.contains(&format!("id=\"{anchor}\"")),
                "{anchor} in {shown}"
            );
        }
        let text = body["text"].as_str().unwrap();
        assert!(text.contains("Text") && !text.contains('<'), "{text}");
        if format == "markdown" {
            assert!(
                shown.contains("<table") && shown.contains("<del>news</del>"),
                "{shown}"
            );
            assert!(shown.contains("A note."), "{shown}");
        }
    }
}

async fn words_are_counted(app: TestApp) {
    for (source, words, minutes) in [
        ("", 0, 0),
        ("One two, three-four.", 4, 1),
        ("东京 hello 世界", 5, 1),
        ("ひらがな", 4, 1),
        ("![x](/a.jpg)", 0, 1),
    ] {
        let article = app
            .create_article(json!({"title": "W", "body": {"source": source}}))
            .await;
        assert_eq!(article["word_count"], words, "{source}");
        assert_eq!(article["reading_minutes"], minutes, "{source}");
    }
    let long = json!({"title": "W", "body": {"source": "word ".repeat(2_000)}});
    let long = app.create_article(long).await;
    assert_eq!(long["word_count"], 2_000);
    assert!(
        (5..=12).contains(&long["reading_minutes"].as_u64().unwrap()),
        "{long}"
    );
}

async fn free_data_keeps_its_order(app: TestApp) {
    let metadata =
        json!({"z": 1, "é": "x", "a": {"y": [3, {"b": 1, "a": 2}], "b": 1.5}, "m": null});
    let article = app
        .create_published(json!({"title": "M", "metadata": metadata}))
        .await;
    let path = path(&article);
    let text = format!("\"metadata\":{metadata}");
    for reply in [
        app.editor().get(&path).await,
        app.anonymous().get(&path).await,
        app.anonymous().get("/v1/articles").await,
        app.anonymous()
            .get(&format!("{path}?fields=metadata"))
            .await,
    ] {
        assert!(
            String::from_utf8_lossy(&reply.body).contains(&text),
            "{reply}"
        );
    }
    // Another order is another text, and is kept as well.
    let turned = json!({"m": null, "a": {"b": 1.5, "y": [3, {"a": 2, "b": 1}]}, "é": "x", "z": 1});
    let call = app.editor().if_match("\"2\"");
    let reply = call
        .put(&path, &json!({"title": "M", "metadata": turned}))
        .await
        .expect(200);
    let text = format!("\"metadata\":{turned}");
    assert!(
        String::from_utf8_lossy(&reply.body).contains(&text),
        "{reply}"
    );
    assert_eq!(reply.json()["version"], 3);
}

async fn a_patch_reaches_into_members(app: TestApp) {
    app.tag("Sea").create().await;
    let article = app
        .create_article(json!({
            "title": "P", "kicker": "K", "tags": ["sea"],
            "seo": {"title": "T", "description": "D"}, "metadata": {"a": {"b": 1, "c": 2}, "d": 3},
            "lead_image": {"media": "/a.jpg", "caption": "C", "credit": "R"},
            "body": {"format": "html", "source": "<p>Old</p>"},
        }))
        .await;
    let path = path(&article);
    let patch = json!({
        "kicker": null, "seo": {"title": "New"}, "lead_image": {"caption": null, "alt": "A"},
        "metadata": {"a": {"b": null, "e": 4}, "d": null}, "body": {"source": "<p>New</p>"},
    });
    let mut expected = article.clone();
    expected["kicker"] = Value::Null;
    expected["seo"]["title"] = json!("New");
    expected["lead_image"] = json!({"media": "/a.jpg", "alt": "A", "caption": null, "credit": "R"});
    expected["metadata"] = json!({"a": {"c": 2, "e": 4}});
    expected["body"]["source"] = json!("<p>New</p>");
    expected["body"]["html"] = json!("<p>New</p>");
    expected["body"]["text"] = json!("New");
    expected["version"] = json!(2);
    assert_eq!(app.change(&path, patch).await, expected);
    assert_eq!(app.editor().get(&path).await.json(), expected);
    let cleared =
        json!({"lead_image": null, "seo": null, "metadata": null, "tags": null, "body": null});
    let after = app.change(&path, cleared).await;
    assert_eq!(after["lead_image"], Value::Null);
    assert_eq!(
        after["seo"],
        json!({"title": null, "description": null, "image": null})
    );
    assert_eq!(after["metadata"], json!({}));
    assert_eq!(after["tags"], json!([]));
    assert_eq!(after["body"]["source"], "");
    let reply = app
        .editor()
        .change(&path, &json!({"title": null, "seo": {"x": 1}}))
        .await;
    let places = [("/title", "missing"), ("/seo/x", "unknown_field")];
    reply.refuses(422, "invalid_fields", &places);
}

async fn translations_share_a_group(app: TestApp) {
    let original = app.article("Original").create().await;
    let group = original["translation_group"].clone();
    assert_eq!(group, original["id"]);
    let other = json!({"title": "Autre", "locale": "fr", "translation_of": "original"});
    let other = app.create_article(other).await;
    assert_eq!(other["translation_group"], group);
    assert!(other.get("translation_of").is_none());
    let by_group = json!({"title": "Otro", "locale": "es", "translation_group": group});
    assert_eq!(
        app.create_article(by_group).await["translation_group"],
        group
    );
    let third = json!({"title": "X", "locale": "it", "translation_of": other["id"]});
    let third = app.create_article(third).await;
    assert_eq!(third["translation_group"], group);
    let path = path(&third);
    let alone = app.change(&path, json!({"translation_group": null})).await;
    assert_eq!(alone["translation_group"], third["id"]);
    let back = app
        .change(&path, json!({"translation_of": "original"}))
        .await;
    assert_eq!(back["translation_group"], group);
}

async fn addresses_of_an_earlier_site(app: TestApp) {
    let one = json!({"title": "One", "aliases": ["/2019/one/", "/one.html", "/one.html/"]});
    let one = app.create_article(one).await;
    assert_eq!(one["aliases"], json!(["/2019/one", "/one.html"]));
    let id = one.id();
    let lookup = async |path: &str| {
        app.anonymous()
            .query("/v1/redirects", &[("path", path)])
            .await
    };
    lookup("/one.html").await.problem(404, "not_found");
    app.publish(id).await;
    for path in ["/2019/one", "/2019/one/", "/one.html", "/one.html/"] {
        let found = lookup(path).await.expect(200).json();
        assert_eq!(found["path"], path);
        assert_eq!(found["article"]["id"], id);
    }
    for path in ["/One.html", "/2019", "/%"] {
        lookup(path).await.problem(404, "not_found");
    }
    let reply = lookup("//evil.example").await;
    reply.refuses(400, "invalid_parameter", &[("path", "not_a_path")]);
    let reply = app.anonymous().get("/v1/redirects").await;
    reply.refuses(400, "invalid_parameter", &[("path", "missing")]);

    // One that another article has is refused by name, in each kind of write.
    let two = app.article("Two").create().await;
    let path = path(&two);
    let bad = json!({"title": "Two", "aliases": ["/one.html/", "/free"]});
    for reply in [
        app.editor().post("/v1/articles", &bad).await,
        app.editor().replace(&path, &bad).await,
        app.editor().change(&path, &bad).await,
    ] {
        reply.refuses(409, "conflict", &[("/aliases/0", "taken")]);
    }
    assert_eq!(app.editor().get(&path).await.json(), two);
    // Given up, it is free, and goes over when its new article is published.
    app.change(&format!("/v1/articles/{id}"), json!({"aliases": []}))
        .await;
    app.change(&path, bad).await;
    assert_eq!(
        lookup("/one.html").await.expect(200).json()["article"]["id"],
        id
    );
    app.publish(two.id()).await;
    assert_eq!(lookup("/one.html").await.json()["article"]["id"], two["id"]);
    app.publish(id).await;
    assert_eq!(lookup("/one.html").await.json()["article"]["id"], two["id"]);
    lookup("/2019/one").await.problem(404, "not_found");
}

/// They are IRIs (RFC 3987), and the document says so.
async fn addresses_keep_letters_beyond_ascii(app: TestApp) {
    let first = "https://zürich.example/straße/日本?ort=ü#é";
    let picture = "/bilder/brücke.jpg";
    let article = json!({
        "title": "a", "canonical_url": first, "lead_image": {"media": picture, "alt": "A"},
        "aliases": ["/2019/brücke"],
    });
    let made = app
        .editor()
        .post("/v1/articles", &article)
        .await
        .expect(201);
    let made = made.json();
    assert_eq!(made["canonical_url"], first);
    assert_eq!(made["lead_image"]["media"], picture);
    assert_eq!(made["aliases"], json!(["/2019/brücke"]));
    let document = app.anonymous().get("/openapi.json").await.expect(200);
    let document = document.json();
    for (schema, format) in [("WebUrl", "iri"), ("Link", "iri-reference")] {
        let stated = document.pointer(&format!("/components/schemas/{schema}/format"));
        assert_eq!(stated.unwrap(), format, "{schema}");
    }
}
