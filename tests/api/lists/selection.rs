//! Which members and parts of articles are sent, lists below tags and authors, and what the
//! public cannot get at by any parameter.

use serde_json::{Value, json};

use crate::lists::articles::seed;
use crate::support::TestApp;

on_both!(
    fields_and_include,
    lists_below_tags_and_authors,
    private_columns_are_out_of_reach,
);

fn members(value: &Value) -> Vec<String> {
    let mut names: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

async fn fields_and_include(app: TestApp) {
    seed(&app).await;
    for (caller, key) in [(app.anonymous(), false), (app.editor(), true)] {
        for (query, expected) in [
            ("fields=title,slug", vec!["slug", "title"]),
            ("fields=body.html", vec!["body"]),
            ("fields=slug,authors.name", vec!["authors", "slug"]),
            ("fields=slug&include=tags", vec!["slug", "tags"]),
            ("fields=slug&include=none", vec!["slug"]),
            (
                "fields=seo.title,lead_image,related",
                vec!["lead_image", "related", "seo"],
            ),
        ] {
            let single = caller
                .clone()
                .get(&format!("/v1/articles/s1?{query}&locale=de"))
                .await
                .expect(200);
            assert_eq!(members(&single.json()), expected, "{single}");
            let list = caller
                .clone()
                .get(&format!("/v1/articles?{query}&filter=slug%3Ds1"))
                .await
                .expect(200);
            assert_eq!(list.data(), [single.json()], "{list}");
        }
        let one = caller
            .clone()
            .get("/v1/articles/s1?fields=authors.name,tags.slug")
            .await
            .json();
        let authors = json!([{"name": "John"}, {"name": "Jane"}]);
        assert_eq!(
            one,
            json!({"authors": authors, "tags": [{"slug": "asia"}, {"slug": "sea"}]})
        );
        let parts = ["authors", "tags", "lead_image", "related", "body"];
        let present = |value: &Value| -> Vec<&str> {
            parts
                .into_iter()
                .filter(|part| value.get(part).is_some())
                .collect()
        };
        let mut whole = vec!["authors", "tags", "lead_image", "body"];
        if key {
            whole.insert(3, "related");
        }
        for (path, expected) in [
            ("/v1/articles/s1", whole),
            ("/v1/articles/s1?include=none", vec!["body"]),
            ("/v1/articles/s1?include=related", vec!["related", "body"]),
        ] {
            assert_eq!(
                present(&caller.clone().get(path).await.expect(200).json()),
                expected,
                "{path}"
            );
        }
        for (query, expected) in [
            ("", vec![]),
            ("?include=none", vec![]),
            ("?include=tags,authors", vec!["authors", "tags"]),
            ("?include=lead_image,related", vec!["lead_image", "related"]),
        ] {
            for one in caller
                .clone()
                .get(&format!("/v1/articles{query}"))
                .await
                .expect(200)
                .data()
            {
                assert_eq!(present(&one), expected, "{query}");
                assert!(one.get("aliases").is_none());
            }
        }
        for (name, value) in [
            ("include", "tag"),
            ("include", "none,tags"),
            ("include", ""),
            ("fields", "titel"),
            ("fields", "authors.email"),
            ("fields", "body.html.x"),
            ("fields", ""),
        ] {
            for path in ["/v1/articles", "/v1/articles/s1"] {
                let reply = caller.clone().query(path, &[(name, value)]).await;
                reply.problem(400, "invalid_parameter");
                assert_eq!(reply.field_errors()[0].0, name, "{reply}");
                let detail = reply.json()["errors"][0]["detail"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                if value == "tag" {
                    assert!(detail.contains("tags"), "a hint: {detail}");
                } else if value == "titel" {
                    assert!(detail.contains("title"), "a hint: {detail}");
                }
            }
        }
    }
}

async fn lists_below_tags_and_authors(app: TestApp) {
    seed(&app).await;
    for caller in [app.anonymous(), app.reader()] {
        for (below, plain) in [
            ("/v1/tags/sea/articles?", "/v1/articles?tag=sea&"),
            ("/v1/authors/jane/articles?", "/v1/articles?author=jane&"),
        ] {
            for query in [
                "total=true",
                "locale=en",
                "featured=true&total=true",
                "sort=title",
                "tag=asia",
                "author=john",
                "filter=word_count%3E0&total=true",
                "page=1&limit=1&total=true",
                "q=word",
                "published_after=2026-02-01T00:00:00Z",
            ] {
                if plain.contains("tag=") && query.contains("tag=")
                    || plain.contains("author=") && query.contains("author=")
                {
                    // Repeated, the plain parameter means either; below, both.
                    continue;
                }
                let one = caller
                    .clone()
                    .get(&format!("{below}{query}"))
                    .await
                    .expect(200);
                let other = caller
                    .clone()
                    .get(&format!("{plain}{query}"))
                    .await
                    .expect(200);
                assert_eq!(one.data(), other.data(), "{one}");
                assert_eq!(one.json()["page"]["total"], other.json()["page"]["total"]);
            }
        }
        let both = caller
            .clone()
            .get("/v1/tags/sea/articles?tag=asia")
            .await
            .expect(200);
        assert!(
            both.data()
                .iter()
                .all(|one| ["s1", "s5"].contains(&one["slug"].as_str().unwrap()))
        );
        for nothing in [
            "/v1/tags/none/articles",
            "/v1/authors/none/articles",
            "/v1/authors/A/articles",
        ] {
            caller.clone().get(nothing).await.problem(404, "not_found");
        }
        let page = caller
            .clone()
            .get("/v1/tags/sea/articles?limit=1&sort=title")
            .await
            .json();
        let cursor = page["page"]["next"].as_str().unwrap();
        let other = format!("/v1/tags/asia/articles?limit=1&sort=title&cursor={cursor}");
        caller.get(&other).await.problem(400, "invalid_cursor");
    }
    app.anonymous()
        .get("/v1/tags/embargo/articles")
        .await
        .problem(404, "not_found");
    let list = app
        .reader()
        .get("/v1/tags/embargo/articles?total=true")
        .await
        .expect(200);
    assert_eq!(list.json()["page"]["total"], 2);
    app.change("/v1/tags/sea", json!({"slug": "water"})).await;
    for caller in [app.anonymous(), app.reader()] {
        let moved = caller
            .clone()
            .get("/v1/tags/sea/articles?limit=1&total=true")
            .await
            .expect(308);
        assert_eq!(
            moved.header("location"),
            "/v1/tags/water/articles?limit=1&total=true"
        );
        caller.get(moved.header("location")).await.expect(200);
    }
}

async fn private_columns_are_out_of_reach(app: TestApp) {
    seed(&app).await;
    let editor = "00000000-0000-7000-8000-000000000002";
    for (name, value) in [
        ("filter", "status=draft"),
        ("filter", "created_at>\"2020-01-01T00:00:00Z\""),
        ("filter", "version>1"),
        ("filter", "created_by=x"),
        ("filter", "live_version=1"),
        ("filter", "email=x"),
        ("filter", "deleted_at>\"2020-01-01T00:00:00Z\""),
        ("sort", "created_at"),
        ("sort", "status"),
        ("sort", "version"),
        ("sort", "-created_by"),
        ("fields", "status"),
        ("fields", "version"),
        ("fields", "created_by"),
        ("fields", "created_at"),
        ("fields", "aliases"),
        ("fields", "body.source"),
        ("fields", "live_version"),
        ("fields", "authors.email"),
        ("fields", "has_unpublished_changes"),
        ("fields", "tags.visibility"),
        ("include", "aliases"),
        ("include", "body.source"),
        ("status", "published"),
        ("version", "draft"),
        ("created_by", editor),
    ] {
        for path in [
            "/v1/articles",
            "/v1/tags/sea/articles",
            "/v1/authors/jane/articles",
        ] {
            let reply = app.anonymous().query(path, &[(name, value)]).await;
            if ["status", "version"].contains(&name) {
                reply.problem(401, "unauthorized");
                continue;
            }
            reply.problem(400, "invalid_parameter");
            assert_eq!(reply.field_errors().len(), 1, "{reply}");
        }
    }
    // Drafts, the working copy of a published article, and internal tags.
    for (name, value) in [
        ("section", "secret"),
        ("tag", "unused"),
        ("tag", "embargo"),
        ("filter", "tag:embargo"),
        ("filter", "title=New"),
        ("filter", "section=secret"),
        ("filter", "slug=s6"),
        ("filter", "title=D"),
        ("q", "new"),
        ("q", "embargo"),
        ("q", "secret"),
        ("q", "中"),
        ("filter", "tag:unused"),
    ] {
        let reply = app
            .anonymous()
            .query("/v1/articles", &[(name, value), ("total", "true")])
            .await
            .expect(200);
        assert!(reply.data().is_empty(), "{reply}");
        assert_eq!(reply.json()["page"]["total"], 0, "{reply}");
        // So does its opposite: nothing is missing there.
        if name == "filter" {
            let not = format!("NOT {value}");
            let reply = app
                .anonymous()
                .query("/v1/articles", &[(name, &not), ("total", "true")])
                .await;
            assert_eq!(reply.expect(200).json()["page"]["total"], 6, "{not}");
        }
        let editors = app
            .reader()
            .query("/v1/articles", &[(name, value)])
            .await
            .expect(200);
        if !(name == "q" && ["embargo", "secret"].contains(&value)) {
            assert!(!editors.data().is_empty(), "editors find it: {editors}");
        }
    }
    for path in [
        "/v1/articles?include=tags,authors,related,lead_image&limit=100",
        "/v1/articles/s2?include=tags",
    ] {
        let reply = app.anonymous().get(path).await.expect(200);
        let text = String::from_utf8_lossy(&reply.body).to_lowercase();
        for private in [
            "embargo",
            "secret",
            "\"status\"",
            "\"version\"",
            "created",
            "updated_by",
            editor,
            "email",
            "unpublished",
            "\"source\"",
        ] {
            assert!(!text.contains(private), "{private}: {reply}");
        }
    }
}
