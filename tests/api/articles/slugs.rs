//! Slugs of articles: made from titles, one per locale, followed when they change.

use serde_json::{Value, json};

use crate::support::{Resource as _, TestApp};

on_both!(
    slugs_are_made_from_titles,
    each_locale_has_its_own_slugs,
    an_old_slug_leads_to_the_new_one,
    two_articles_swap_their_slugs,
    what_is_gone_stands_in_no_way,
);

async fn create(app: &TestApp, title: &str, locale: &str) -> Value {
    app.create_article(json!({"title": title, "locale": locale}))
        .await
}

fn path(article: &Value) -> String {
    format!("/v1/articles/{}", article.id())
}

async fn slugs_are_made_from_titles(app: TestApp) {
    for (title, slug) in [
        ("Zürich: Straße gesperrt!", "zurich-strasse-gesperrt"),
        ("Ελλάδα", "ellada"),
        ("  O'Hare -- 100% ", "o-hare-100"),
    ] {
        let made = create(&app, title, "en").await["slug"].clone();
        let made = made.as_str().unwrap();
        if title.starts_with('Z') {
            // German umlauts may be written in two ways; both are letters of ASCII.
            assert!(
                made.starts_with('z') && made.ends_with("rich-strasse-gesperrt"),
                "{made}"
            );
        } else if title.contains('%') {
            assert!(made.ends_with("hare-100"), "{made}");
        } else {
            assert_eq!(made, slug);
        }
    }
    let chinese = create(&app, "中国新闻", "zh").await["slug"].clone();
    assert!(
        chinese
            .as_str()
            .unwrap()
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b == b'-')
    );
    // Signs have names, and what has none gets a slug all the same.
    for title in ["🎉🎉", "🎉🎉", "!!!", "\u{e000}"] {
        let made = create(&app, title, "en").await;
        let slug = made["slug"].as_str().unwrap();
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(slug.len() > 2 && slug.chars().all(letters), "{slug}");
        assert_eq!(
            slug.starts_with("article-"),
            !title.starts_with('🎉'),
            "{slug}"
        );
        let found = app
            .reader()
            .get(&format!("/v1/articles/{slug}"))
            .await
            .expect(200);
        assert_eq!(found.json()["id"], made["id"]);
    }
    for slug in ["budget", "budget-2", "budget-3"] {
        assert_eq!(create(&app, "Budget", "en").await["slug"], slug);
    }
    let given = json!({"title": "X", "slug": "budget"});
    let problem = app
        .editor()
        .post("/v1/articles", &given)
        .await
        .problem(409, "slug_taken");
    assert_eq!(problem["suggestion"], "budget-4");
    let long = create(&app, &"long ".repeat(59), "en").await["slug"].clone();
    assert!(long.as_str().unwrap().len() <= 100 && !long.as_str().unwrap().ends_with('-'));
}

async fn each_locale_has_its_own_slugs(app: TestApp) {
    let mut ids = Vec::new();
    for (title, locale) in [
        ("Both", "en"),
        ("Both", "de"),
        ("Solo", "de"),
        ("Many", "de"),
        ("Many", "fr"),
    ] {
        let article = create(&app, title, locale).await;
        assert_eq!(article["slug"], title.to_lowercase(), "{locale}");
        app.publish(article.id()).await;
        ids.push(article["id"].clone());
    }
    for caller in [app.anonymous(), app.reader()] {
        for (path, index) in [
            ("both", 0),
            ("both?locale=en", 0),
            ("both?locale=de", 1),
            ("both?locale=DE", 1),
            ("solo", 2),
            ("solo?locale=de", 2),
            ("many?locale=de", 3),
            ("many?locale=fr", 4),
        ] {
            let reply = caller
                .clone()
                .get(&format!("/v1/articles/{path}"))
                .await
                .expect(200);
            assert_eq!(reply.json()["id"], ids[index], "{path}");
            assert_eq!(
                reply.header("content-language"),
                reply.json()["locale"].as_str().unwrap()
            );
        }
        for path in ["both?locale=fr", "solo?locale=en"] {
            let reply = caller.clone().get(&format!("/v1/articles/{path}")).await;
            reply.problem(404, "not_found");
        }
        let problem = caller
            .clone()
            .get("/v1/articles/many")
            .await
            .problem(404, "not_found");
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            detail.contains("de") && detail.contains("fr") && detail.contains("locale="),
            "{detail}"
        );
        let reply = caller.clone().get("/v1/articles/both?locale=x").await;
        reply.refuses(400, "invalid_parameter", &[("locale", "not_a_locale")]);
    }
    // A slug that several have is no reference to one of them.
    let reply = app
        .editor()
        .post("/v1/articles", &json!({"title": "R", "related": ["many"]}))
        .await;
    reply.refuses(422, "invalid_fields", &[("/related/0", "ambiguous")]);
    let near = json!({"title": "R", "locale": "fr", "related": ["many"]});
    assert_eq!(app.create_article(near).await["related"][0]["id"], ids[4]);
}

async fn an_old_slug_leads_to_the_new_one(app: TestApp) {
    for (locale, query) in [("en", ""), ("de", "?locale=de")] {
        let article = create(&app, &format!("First {locale}"), locale).await;
        let (id, first) = (article.id(), format!("/v1/articles/first-{locale}"));
        app.publish(id).await;
        let second = format!("/v1/articles/second-{locale}{query}");
        app.change(&path(&article), json!({"slug": format!("second-{locale}")}))
            .await;
        let moved = app.reader().get(&first).await.expect(308);
        assert_eq!(moved.header("location"), second);
        assert_eq!(moved.header("cache-control"), "private, no-store");
        app.anonymous().get(&first).await.expect(200);
        app.publish(id).await;
        let moved = app.anonymous().get(&first).await.expect(308);
        assert_eq!(moved.header("location"), second);
        assert!(
            moved.header("cache-control").starts_with("public, "),
            "{moved}"
        );
        app.anonymous()
            .get(moved.header("location"))
            .await
            .expect(200);
        let moved = app
            .anonymous()
            .get(&format!("{first}?fields=title"))
            .await
            .expect(308);
        let target = app
            .anonymous()
            .get(moved.header("location"))
            .await
            .expect(200);
        assert_eq!(
            target.json(),
            json!({"title": format!("First {locale}")}),
            "{moved}"
        );

        // A third leads there in one step from both; back to the first, nothing runs in a circle.
        app.change(&path(&article), json!({"slug": format!("third-{locale}")}))
            .await;
        app.publish(id).await;
        for old in ["first", "second"] {
            for caller in [app.anonymous(), app.reader()] {
                let moved = caller
                    .get(&format!("/v1/articles/{old}-{locale}"))
                    .await
                    .expect(308);
                assert!(
                    moved
                        .header("location")
                        .starts_with(&format!("/v1/articles/third-{locale}"))
                );
            }
        }
        app.change(&path(&article), json!({"slug": format!("first-{locale}")}))
            .await;
        app.publish(id).await;
        app.anonymous().get(&first).await.expect(200);
        app.anonymous()
            .get(&format!("/v1/articles/third-{locale}"))
            .await
            .expect(308);
    }
    // A writer names it as it is now.
    let reply = app
        .editor()
        .change("/v1/articles/third-en", &json!({"kicker": "x"}))
        .await;
    reply.problem(404, "not_found");
}

async fn two_articles_swap_their_slugs(app: TestApp) {
    for published in [false, true] {
        let names = [format!("a{published}"), format!("b{published}")];
        let mut articles = Vec::new();
        for name in &names {
            let article = create(&app, name, "en").await;
            if published {
                app.publish(article.id()).await;
            }
            articles.push(article);
        }
        app.change(&path(&articles[0]), json!({"slug": "between"}))
            .await;
        app.change(&path(&articles[1]), json!({"slug": names[0]}))
            .await;
        app.change(&path(&articles[0]), json!({"slug": names[1]}))
            .await;
        for (name, article) in names.iter().zip(articles.iter().rev()) {
            let found = app
                .reader()
                .get(&format!("/v1/articles/{name}"))
                .await
                .expect(200);
            assert_eq!(found.json()["id"], article["id"]);
        }
        if !published {
            // The slug in between is one that a writer had; the next round takes it.
            app.reader().get("/v1/articles/between").await.expect(308);
            continue;
        }
        // To the public one after the other: both can be reached all the time.
        for article in &articles {
            app.publish(article.id()).await;
            for article in &articles {
                let by_id = app.anonymous().get(&path(article)).await.expect(200).json();
                let slug = by_id["slug"].as_str().unwrap();
                let by_slug = app.anonymous().get(&format!("/v1/articles/{slug}")).await;
                assert_eq!(by_slug.expect(200).json()["id"], article["id"]);
            }
        }
        for (name, article) in names.iter().zip(articles.iter().rev()) {
            let found = app
                .anonymous()
                .get(&format!("/v1/articles/{name}"))
                .await
                .expect(200);
            assert_eq!(found.json()["id"], article["id"]);
        }
    }
}

async fn what_is_gone_stands_in_no_way(app: TestApp) {
    // Both had the slug, in two locales; the one in the default locale goes.
    let mut articles = Vec::new();
    for locale in ["en", "de"] {
        let article = create(&app, "Same", locale).await;
        let id = article.id();
        app.publish(id).await;
        app.change(&path(&article), json!({"slug": format!("new-{locale}")}))
            .await;
        app.publish(id).await;
        articles.push(article);
    }
    for caller in [app.anonymous(), app.reader()] {
        let moved = caller.get("/v1/articles/same").await.expect(308);
        assert_eq!(moved.header("location"), "/v1/articles/new-en");
    }
    let gone = app.editor().remove(&path(&articles[0])).await;
    gone.expect(204);
    for caller in [app.anonymous(), app.reader()] {
        let moved = caller.get("/v1/articles/same").await.expect(308);
        assert_eq!(moved.header("location"), "/v1/articles/new-de?locale=de");
    }
}
