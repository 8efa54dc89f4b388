//! Words are found in articles whatever their case and accents, and every order of a list is
//! walked forwards and back.

use serde_json::json;

use crate::lists::articles::seed;
use crate::support::TestApp;

on_both!(words_are_found, every_order_is_walked_both_ways);

async fn words_are_found(app: TestApp) {
    for (slug, title, body) in [
        ("a", "Café in Zürich", "Plain text"),
        ("b", "100% sure", "snake_case \\ slash"),
        ("c", "1000 sure", "snakeXcase"),
        ("d", "中国新闻", "Łódź & O'Hare"),
    ] {
        app.create_published(
            json!({"title": title, "slug": slug, "body": {"source": body},
            "kicker": format!("kick{slug}"), "standfirst": format!("stand{slug}"),
            "seo_title": format!("seek{slug}"), "metadata": {"hidden": "unsearched"}}),
        )
        .await;
    }
    for caller in [app.anonymous(), app.reader()] {
        for (q, slugs) in [
            ("cafe", vec!["a"]),
            ("CAFÉ", vec!["a"]),
            ("zurich", vec!["a"]),
            ("ZÜR", vec!["a"]),
            ("text plain", vec!["a"]),
            ("sure plain", vec![]),
            ("sure", vec!["b", "c"]),
            ("100%", vec!["b"]),
            ("%", vec!["b"]),
            ("_", vec!["b"]),
            ("e_c", vec!["b"]),
            ("\\", vec!["b"]),
            ("case", vec!["b", "c"]),
            ("国", vec!["d"]),
            ("o'hare", vec!["d"]),
            ("kickb", vec!["b"]),
            ("standc", vec!["c"]),
            ("seekd", vec!["d"]),
            ("unsearched", vec![]),
            ("' OR 1=1 --", vec![]),
            ("  SURE \t 1000 ", vec!["c"]),
        ] {
            let parameters = [("q", q), ("sort", "published_at"), ("total", "true")];
            let reply = caller
                .clone()
                .query("/v1/articles", &parameters)
                .await
                .expect(200);
            let mut found = reply.each("slug");
            found.sort();
            assert_eq!(found, slugs, "{q}");
            assert_eq!(reply.json()["page"]["total"], slugs.len(), "{q}");
        }
        let reply = caller
            .clone()
            .query("/v1/articles", &[("q", &"x".repeat(201))])
            .await;
        reply.refuses(400, "invalid_parameter", &[("q", "too_long")]);
        caller
            .query("/v1/articles", &[("q", &"é".repeat(200))])
            .await
            .expect(200);
    }
}

async fn every_order_is_walked_both_ways(app: TestApp) {
    seed(&app).await;
    for (caller, key) in [(app.anonymous(), false), (app.reader(), true)] {
        let mut keys = vec![
            "published_at",
            "first_published_at",
            "updated_at",
            "title",
            "word_count",
        ];
        if key {
            keys.push("created_at");
        }
        for path in [
            "/v1/articles",
            "/v1/tags/sea/articles",
            "/v1/authors/jane/articles",
        ] {
            for name in &keys {
                for sort in [
                    (*name).to_owned(),
                    format!("-{name}"),
                    format!("word_count,-{name}"),
                ] {
                    if sort == "word_count,-word_count" {
                        continue;
                    }
                    let whole = caller
                        .clone()
                        .get(&format!("{path}?limit=100&sort={sort}"))
                        .await
                        .expect(200);
                    let whole = whole.each("id");
                    let mut seen = Vec::new();
                    let mut next = format!("{path}?limit=2&sort={sort}");
                    let mut pages = Vec::new();
                    loop {
                        let page = caller.clone().get(&next).await.expect(200);
                        seen.extend(page.each("id"));
                        pages.push(page.json());
                        match pages.last().unwrap()["page"]["next"].as_str() {
                            Some(cursor) => {
                                next = format!("{path}?limit=2&sort={sort}&cursor={cursor}")
                            }
                            None => break,
                        }
                    }
                    assert_eq!(seen, whole, "{path} {sort}");
                    while let Some(page) = pages.pop() {
                        let Some(cursor) = page["page"]["prev"].as_str() else {
                            assert!(pages.is_empty());
                            break;
                        };
                        let before = caller
                            .clone()
                            .get(&format!("{path}?limit=2&sort={sort}&cursor={cursor}"))
                            .await
                            .expect(200);
                        assert_eq!(
                            json!(before.data()),
                            pages.last().unwrap()["data"],
                            "{path} {sort}"
                        );
                    }
                }
            }
        }
        // The order itself, of one that does not come from the database.
        let titles = caller
            .clone()
            .get("/v1/articles?sort=-title")
            .await
            .each("title");
        let mut expected = titles.clone();
        expected.sort_by(|a, b| b.cmp(a));
        assert_eq!(titles, expected);
        let default = caller.clone().get("/v1/articles").await;
        let explicit = if key { "-updated_at" } else { "-published_at" };
        let explicit = caller.get(&format!("/v1/articles?sort={explicit}")).await;
        assert_eq!(default.each("id"), explicit.each("id"));
    }
}
