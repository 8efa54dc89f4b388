//! Authors and tags by their names in other languages: on their own, in lists, and in articles.

use serde_json::{Value, json};

use crate::support::TestApp;

on_both!(
    names_are_kept_and_changed_by_language,
    a_reader_gets_the_first_language_there_is,
    lists_are_in_the_language_asked_for_and_in_the_order_of_the_names,
    an_article_names_them_in_its_own_language,
    a_new_translation_changes_the_articles,
    the_language_is_told_where_it_is_certain,
    bad_translations_are_refused,
    bad_languages_are_refused,
);

async fn names_are_kept_and_changed_by_language(app: TestApp) {
    for (list, text) in [("/v1/tags", "description"), ("/v1/authors", "bio")] {
        let body = json!({"name": "Sea", "translations": {
            "fr": {"name": "Mer", text: "De l’eau"}, "DE": {"name": "Meer"}, "it": {},
        }});
        let made = app.editor().post(list, &body).await.expect(201).json();
        let kept = json!({"de": {"name": "Meer"}, "fr": {"name": "Mer", text: "De l’eau"}});
        assert_eq!(made["translations"], kept);
        let path = format!("{list}/sea");
        let same = app.change(&path, json!({"name": "Sea"})).await;
        assert_eq!(same["version"], 1, "nothing changed");
        for caller in [app.anonymous(), app.editor()] {
            let read = caller.clone().get(&path).await.expect(200).json();
            assert_eq!(read["translations"], kept);
            assert_eq!(read["name"], "Sea");
            let part = caller.get(&format!("{path}?fields=translations")).await;
            assert_eq!(part.json(), json!({"translations": kept}));
        }
        let patch =
            json!({"translations": {"fr": {"name": null}, "de": null, "es": {"name": "Mar"}}});
        let changed = app.change(&path, patch).await;
        let now = json!({"es": {"name": "Mar"}, "fr": {text: "De l’eau"}});
        assert_eq!(changed["translations"], now);
        assert_eq!(changed["version"], 2);
        let public = app.anonymous().get(&path).await.json();
        assert_eq!(public["translations"], now);
        let put = app
            .editor()
            .replace(&path, &json!({"name": "Sea"}))
            .await
            .expect(200);
        assert_eq!(put.json()["translations"], json!({}));
    }
}

async fn a_reader_gets_the_first_language_there_is(app: TestApp) {
    let tag = json!({"name": "China", "description": "A country", "translations": {
        "zh": {"name": "中国"}, "zh-Hant": {"name": "中國", "description": "國家"},
        "fr": {"name": "Chine", "description": "Un pays"},
    }});
    app.create_tag(tag).await;
    app.create_tag(json!({"name": "Below", "parent": "china"}))
        .await;
    let author = json!({"name": "Jane", "title": "Editor", "bio": "A bio", "translations": {
        "fr": {"title": "Rédactrice"}, "pt": {"name": "Joana", "bio": "Uma bio"},
    }});
    app.create_author(author).await;
    for caller in [app.anonymous(), app.editor()] {
        for (locale, name, description) in [
            ("zh-Hant-TW", "中國", "國家"),
            ("zh-Hans,fr", "中国", "Un pays"),
            ("de,FR-ca", "Chine", "Un pays"),
            ("de", "China", "A country"),
            ("en,zh", "中国", "A country"),
        ] {
            let path = format!("/v1/tags/china?locale={locale}");
            let tag = caller.clone().get(&path).await.expect(200).json();
            assert_eq!(tag["name"], name, "{locale}");
            assert_eq!(tag["description"], description, "{locale}");
            assert!(tag["translations"]["fr"].is_object());
            let path = format!("/v1/tags/below?locale={locale}&fields=parent.name");
            let below = caller.clone().get(&path).await.expect(200).json();
            assert_eq!(below, json!({"parent": {"name": name}}));
        }
        let path = "/v1/authors/jane?locale=fr&locale=pt-BR&fields=name,title,bio";
        let jane = caller.clone().get(path).await.expect(200).json();
        let expected = json!({"name": "Joana", "bio": "Uma bio", "title": "Rédactrice"});
        assert_eq!(jane, expected);
    }
    // The parameter goes along to the address of today.
    app.change("/v1/tags/china", json!({"slug": "prc"})).await;
    let moved = app.anonymous().get("/v1/tags/china?locale=fr").await;
    let moved = moved.expect(308);
    assert_eq!(moved.header("location"), "/v1/tags/prc?locale=fr");
}

async fn lists_are_in_the_language_asked_for_and_in_the_order_of_the_names(app: TestApp) {
    for list in ["/v1/tags", "/v1/authors"] {
        for (name, french) in [("A", Some("Z")), ("B", Some("Y")), ("C", None)] {
            let mut body = json!({"name": name});
            if let Some(french) = french {
                body["translations"] = json!({"fr": {"name": french}});
            }
            app.editor().post(list, &body).await.expect(201);
        }
        for caller in [app.anonymous(), app.editor()] {
            let call = caller.clone();
            let names = call.get(&format!("{list}?locale=fr-FR")).await.each("name");
            assert_eq!(names, ["Z", "Y", "C"]);
            assert_eq!(caller.clone().get(list).await.each("name"), ["A", "B", "C"]);
            let filter = [("locale", "fr"), ("filter", "name=B"), ("total", "true")];
            let found = caller.clone().query(list, &filter).await.expect(200);
            assert_eq!(found.each("name"), ["Y"]);
            // The next page is found by the name as it is.
            let first = caller
                .clone()
                .get(&format!("{list}?locale=fr&limit=1"))
                .await;
            let cursor = first.json()["page"]["next"].as_str().unwrap().to_owned();
            let next = [("locale", "fr"), ("limit", "1"), ("cursor", &cursor)];
            let next = caller.clone().query(list, &next).await.expect(200);
            assert_eq!(next.each("name"), ["Y"]);
            assert!(next.header("content-language").is_empty());
        }
    }
}

/// A tag and an author with a French name, and an article in each of some languages.
async fn seed(app: &TestApp) {
    let french = json!({"fr": {"name": "Mer"}});
    app.create_tag(json!({"name": "Sea", "translations": french}))
        .await;
    let french = json!({"fr": {"name": "Jeanne", "title": "Rédactrice"}});
    let jane = json!({"name": "Jane", "title": "Editor", "translations": french});
    app.create_author(jane).await;
    app.author("Plain").create().await;
    for locale in ["en", "fr", "fr-CA"] {
        let slug = locale.to_lowercase();
        let authors = json!([{"author": "jane", "role": "editor"}, {"author": "plain"}]);
        let article = json!({
            "title": "Story", "slug": slug, "locale": locale, "tags": ["sea"], "authors": authors,
            "body": {"source": "Text."},
        });
        app.create_published(article).await;
    }
}

fn credit(article: &Value) -> (Value, Value, Value) {
    let author = &article["authors"][0];
    assert!(author.get("translations").is_none(), "{article}");
    assert!(article["authors"][1].get("translations").is_none());
    assert_eq!(article["authors"][1]["name"], "Plain");
    assert_eq!(author["role"], "editor");
    let tag = &article["tags"][0];
    assert!(tag.get("translations").is_none(), "{article}");
    (
        author["name"].clone(),
        author["title"].clone(),
        tag["name"].clone(),
    )
}

async fn an_article_names_them_in_its_own_language(app: TestApp) {
    seed(&app).await;
    let english = (json!("Jane"), json!("Editor"), json!("Sea"));
    let french = (json!("Jeanne"), json!("Rédactrice"), json!("Mer"));
    for caller in [app.anonymous(), app.editor()] {
        for locale in ["en", "fr", "fr-CA"] {
            let slug = locale.to_lowercase();
            let expected = if locale == "en" { &english } else { &french };
            let path = format!("/v1/articles/{slug}?locale={locale}");
            let article = caller.clone().get(&path).await.expect(200).json();
            assert_eq!(&credit(&article), expected, "{locale}");
        }
        for list in [
            "/v1/articles?include=authors,tags",
            "/v1/tags/sea/articles?include=authors,tags",
            "/v1/articles?version=live&include=authors,tags",
        ] {
            let list = caller.clone().get(list).await;
            if list.status == 401 {
                continue;
            }
            let list = list.expect(200).data();
            assert_eq!(list.len(), 3);
            for article in list {
                let is_english = article["locale"] == "en";
                let expected = if is_english { &english } else { &french };
                assert_eq!(&credit(&article), expected);
            }
        }
        let part = "/v1/articles?fields=slug,tags.name,authors.name&locale=fr";
        let part = caller.clone().get(part).await.expect(200).data();
        let authors = json!([{"name": "Jeanne"}, {"name": "Plain"}]);
        let expected = json!({"slug": "fr", "tags": [{"name": "Mer"}], "authors": authors});
        assert_eq!(part, [expected]);
        let reply = caller.get("/v1/articles?fields=authors.translations").await;
        reply.problem(400, "invalid_parameter");
    }
}

async fn a_new_translation_changes_the_articles(app: TestApp) {
    seed(&app).await;
    let path = "/v1/articles/fr?locale=fr";
    for (what, name) in [("/v1/tags/sea", "La mer"), ("/v1/authors/jane", "Jehanne")] {
        let before = app.anonymous().get(path).await.expect(200);
        app.advance(chrono::Duration::hours(1));
        let patch = json!({"translations": {"fr": {"name": name}}});
        app.change(what, patch).await;
        let call = app.anonymous().with("If-None-Match", &before.etag());
        let after = call.get(path).await.expect(200);
        assert!(String::from_utf8_lossy(&after.body).contains(name));
        assert_ne!(
            after.header("last-modified"),
            before.header("last-modified")
        );
    }
}

async fn the_language_is_told_where_it_is_certain(app: TestApp) {
    let french = json!({"fr": {"name": "Mer"}, "de": {"name": "Meer", "description": "Nass"}});
    let sea = json!({"name": "Sea", "description": "Wet", "translations": french});
    app.create_tag(sea).await;
    app.create_tag(
        json!({"name": "Below", "parent": "sea", "translations": {"fr": {"name": "X"}}}),
    )
    .await;
    let french = json!({"fr": {"name": "Jeanne"}});
    app.create_author(json!({"name": "Jane", "translations": french}))
        .await;
    for caller in [app.anonymous(), app.editor()] {
        for (path, language) in [
            ("/v1/tags/sea", ""),
            ("/v1/tags/sea?locale=de-AT", "de"),
            ("/v1/tags/sea?locale=fr", ""),
            ("/v1/tags/sea?locale=fr,de", ""),
            ("/v1/tags/sea?locale=it", ""),
            ("/v1/tags/below?locale=fr", ""),
            ("/v1/authors/jane?locale=it,fr-CA", "fr"),
            ("/v1/authors/jane?locale=it", ""),
        ] {
            let reply = caller.clone().get(path).await.expect(200);
            assert_eq!(reply.header("content-language"), language, "{path}");
        }
    }
}

async fn bad_translations_are_refused(app: TestApp) {
    for (list, long) in [("/v1/tags", "description"), ("/v1/authors", "bio")] {
        let body = json!({"name": "Sea"});
        app.editor().post(list, &body).await.expect(201);
        let path = format!("{list}/sea");
        let many: Value = (b'a'..=b'z')
            .flat_map(|a| [b'a', b'b'].map(|b| format!("{}{}", char::from(a), char::from(b))))
            .take(51)
            .map(|tag| (tag, json!({"name": "x"})))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let at = |rest: &str| format!("/translations{rest}");
        for (translations, place, code) in [
            (json!([]), at(""), "wrong_type"),
            (json!("fr"), at(""), "wrong_type"),
            (json!({"fr": "Mer"}), at("/fr"), "wrong_type"),
            (json!({"nope!": {}}), at("/nope!"), "not_a_locale"),
            (json!({"": {"name": "x"}}), at("/"), "not_a_locale"),
            (json!({"fr": {"name": ""}}), at("/fr/name"), "too_short"),
            (
                json!({"fr": {"name": "x".repeat(201)}}),
                at("/fr/name"),
                "too_long",
            ),
            (
                json!({"fr": {"name": "a\u{0}b"}}),
                at("/fr/name"),
                "control_character",
            ),
            (
                json!({"fr": {long: "x".repeat(5_001)}}),
                at(&format!("/fr/{long}")),
                "too_long",
            ),
            (json!({"fr": {"nom": "x"}}), at("/fr/nom"), "unknown_field"),
            (
                json!({"fr": {"name": "x"}, "FR": {"name": "y"}}),
                at("/FR"),
                "duplicate",
            ),
            (many, at(""), "too_many"),
        ] {
            let body = json!({"name": "Bad", "translations": translations});
            let call = || app.editor();
            for reply in [
                app.editor().post(list, &body).await,
                call().replace(&path, &body).await,
                call().change(&path, &body).await,
            ] {
                // A merge patch makes an object of what was none; an array replaces it.
                reply.refuses(422, "invalid_fields", &[(&place, code)]);
            }
        }
        let read = app.anonymous().get(&path).await.json();
        assert_eq!(read["translations"], json!({}));
    }
}

async fn bad_languages_are_refused(app: TestApp) {
    app.tag("Sea").create().await;
    app.author("Jane").create().await;
    for path in [
        "/v1/tags",
        "/v1/tags/sea",
        "/v1/authors",
        "/v1/authors/jane",
    ] {
        for caller in [app.anonymous(), app.editor()] {
            for locale in ["", "nope!", "fr,", "en_GB"] {
                let reply = caller.clone().query(path, &[("locale", locale)]).await;
                let expected = [("locale", "not_a_locale")];
                reply.refuses(400, "invalid_parameter", &expected);
            }
            let many = vec!["fr"; 51].join(",");
            let reply = caller.query(path, &[("locale", &many)]).await;
            reply.refuses(400, "invalid_parameter", &[("locale", "too_many")]);
        }
    }
}
