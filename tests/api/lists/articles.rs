//! Lists of articles: each way to narrow them down gives what the same condition gives in the
//! test, to either audience.

use chrono::{DateTime, Duration};
use serde_json::{Value, json};

use crate::support::{Caller, Resource as _, TestApp};

on_both!(plain_filters, every_operator_of_every_field,);

/// Articles of which each differs from the others; the last two are drafts, and the working
/// copy of the first is another than its live copy.
pub async fn seed(app: &TestApp) {
    for name in ["Sea", "Asia", "Unused"] {
        app.tag(name).create().await;
    }
    app.create_tag(json!({"name": "Embargo", "kind": "internal"}))
        .await;
    for name in ["Jane", "John"] {
        app.author(name).create().await;
    }
    let sections = [json!("world"), json!("sport"), Value::Null];
    let tags = [
        json!(["sea"]),
        json!(["asia", "sea"]),
        json!(["embargo"]),
        json!([]),
    ];
    let authors = [
        json!([{"author": "jane"}]),
        json!([{"author": "john"}, {"author": "jane"}]),
        json!([]),
    ];
    for number in 0..8_usize {
        let article = app
            .create_article(json!({
                "title": (["B", "a", "é", "B", "O'H \"x\" \\", "100%_", "D", "中"])[number],
                "slug": format!("s{number}"), "locale": (["en", "de"])[number % 2],
                "section": sections[number % 3], "featured": number % 4 == 1,
                "tags": tags[number % 4], "authors": authors[number % 3],
                "body": {"source": "word ".repeat(number % 4 + 1)}, "metadata": {"n": number},
                "published_at": if number == 7 { Value::Null } else {
                    json!(format!("2026-0{}-01T00:00:00Z", 1 + number % 5))
                },
            }))
            .await;
        app.advance(Duration::seconds(1));
        if number < 6 {
            app.publish(article.id()).await;
        }
    }
    app.change(
        "/v1/articles/s0",
        json!({"section": "secret", "tags": ["unused"], "title": "New"}),
    )
    .await;
}

/// All items of a list with the parts that conditions look at.
async fn all(caller: &Caller<'_>) -> Vec<Value> {
    let path = "/v1/articles?limit=100&include=tags,authors&sort=title";
    caller.clone().get(path).await.expect(200).data()
}

/// Checks that these parameters give just the items that meet the condition, and their number.
async fn agrees(
    caller: &Caller<'_>,
    parameters: &[(&str, &str)],
    holds: impl Fn(&Value) -> bool,
) -> usize {
    let expected: Vec<Value> = all(caller)
        .await
        .iter()
        .filter(|one| holds(one))
        .map(|one| one["slug"].clone())
        .collect();
    let mut all = parameters.to_vec();
    all.extend([("total", "true"), ("limit", "100"), ("sort", "title")]);
    let reply = caller.clone().query("/v1/articles", &all).await.expect(200);
    assert_eq!(reply.each("slug"), expected, "{parameters:?}");
    assert_eq!(
        reply.json()["page"]["total"],
        expected.len(),
        "{parameters:?}"
    );
    expected.len()
}

fn has(one: &Value, part: &str, slug: &str) -> bool {
    one[part]
        .as_array()
        .unwrap()
        .iter()
        .any(|link| link["slug"] == slug)
}

fn millis(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text)
        .unwrap()
        .timestamp_millis()
}

async fn plain_filters(app: TestApp) {
    seed(&app).await;
    let jane = app
        .editor()
        .get("/v1/authors/jane")
        .await
        .json()
        .id()
        .to_owned();
    for (caller, key) in [(app.anonymous(), false), (app.reader(), true)] {
        let mut found = 0;
        for tag in ["sea", "asia", "none"] {
            found += agrees(&caller, &[("tag", tag)], |one| has(one, "tags", tag)).await;
        }
        let either = |one: &Value| has(one, "tags", "sea") || has(one, "tags", "unused");
        found += agrees(&caller, &[("tag", "sea,unused")], either).await;
        found += agrees(&caller, &[("tag", "sea"), ("tag", "unused")], either).await;
        for author in ["jane", &jane] {
            found += agrees(&caller, &[("author", author)], |one| {
                has(one, "authors", "jane")
            })
            .await;
        }
        found += agrees(&caller, &[("author", "john,jane")], |one| {
            one["authors"] != json!([])
        })
        .await;
        found += agrees(&caller, &[("locale", "DE")], |one| one["locale"] == "de").await;
        found += agrees(&caller, &[("locale", "de,en")], |_| true).await;
        found += agrees(&caller, &[("section", "world")], |one| {
            one["section"] == "world"
        })
        .await;
        found += agrees(&caller, &[("section", "world,sport")], |one| {
            one["section"] == "world" || one["section"] == "sport"
        })
        .await;
        for (text, is) in [("true", true), ("false", false)] {
            found += agrees(&caller, &[("featured", text)], |one| one["featured"] == is).await;
        }
        for (at, same) in [
            ("2026-03-01T00:00:00Z", "2026-03-01T01:00:00+01:00"),
            ("2026-02-01T00:00:00.001Z", "2026-02-01T00:00:00.001Z"),
        ] {
            let of = |one: &Value| one["published_at"].as_str().map(millis);
            found += agrees(&caller, &[("published_after", same)], |one| {
                of(one).is_some_and(|t| t >= millis(at))
            })
            .await;
            found += agrees(&caller, &[("published_before", same)], |one| {
                of(one).is_some_and(|t| t < millis(at))
            })
            .await;
        }
        found += agrees(
            &caller,
            &[
                ("tag", "sea"),
                ("author", "jane"),
                ("locale", "en"),
                ("featured", "false"),
                ("section", "world"),
            ],
            |one| {
                has(one, "tags", "sea")
                    && has(one, "authors", "jane")
                    && one["locale"] == "en"
                    && one["featured"] == false
                    && one["section"] == "world"
            },
        )
        .await;
        assert!(found > 20, "{found}");
        for (name, value) in [
            ("tag", "A B"),
            ("author", ""),
            ("locale", "x"),
            ("section", "A"),
            ("featured", "1"),
            ("published_after", "2026-01-01"),
            ("published_before", "x"),
            ("q", ""),
            ("q", " "),
            ("nope", "1"),
            ("status", "x"),
            ("sort", "nope"),
            ("sort", "title,title"),
            ("filter", "body=x"),
        ] {
            let reply = caller.clone().query("/v1/articles", &[(name, value)]).await;
            if name == "status" && !key {
                reply.problem(401, "unauthorized");
                continue;
            }
            reply.problem(400, "invalid_parameter");
            assert_eq!(reply.field_errors()[0].0, name, "{reply}");
        }
        let states = caller.clone().get("/v1/articles?status=draft").await;
        if key {
            states.expect(200);
            for state in ["draft", "published", "unpublished"] {
                agrees(&caller, &[("status", state)], |one| one["status"] == state).await;
            }
            agrees(&caller, &[("status", "draft,published")], |_| true).await;
        } else {
            states.problem(401, "unauthorized");
        }
    }
}

fn ordered<T: PartialOrd>(operator: &str, one: &T, other: &T) -> bool {
    match operator {
        "=" => one == other,
        "!=" => one != other,
        "<" => one < other,
        "<=" => one <= other,
        ">" => one > other,
        ">=" => one >= other,
        _ => panic!("{operator}"),
    }
}

async fn every_operator_of_every_field(app: TestApp) {
    seed(&app).await;
    let (mut asked, mut found) = (0, 0);
    for (caller, key) in [(app.anonymous(), false), (app.editor(), true)] {
        let mut texts = vec![
            (
                "title",
                vec!["B", "b", "a", "O'H \"x\" \\", "100%_", "中", "New"],
            ),
            ("slug", vec!["s1", "S1"]),
            ("locale", vec!["de", "fr"]),
            ("section", vec!["world", "secret", "none"]),
            ("featured", vec!["true", "false"]),
        ];
        if key {
            texts.push(("status", vec!["draft", "published", "unpublished"]));
        }
        for (field, values) in texts {
            for value in values {
                let quoted = format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
                let same = |one: &Value| match &one[field] {
                    Value::Bool(is) => is.to_string() == value,
                    text => text == value,
                };
                let value = if field == "featured" {
                    value.to_owned()
                } else {
                    quoted
                };
                found += agrees(&caller, &[("filter", &format!("{field}={value}"))], same).await;
                found += agrees(
                    &caller,
                    &[("filter", &format!("{field}!={value}"))],
                    |one| !same(one),
                )
                .await;
                found += agrees(
                    &caller,
                    &[("filter", &format!("NOT {field}={value}"))],
                    |one| !same(one),
                )
                .await;
                asked += 3;
            }
        }
        let mut times = vec!["published_at", "first_published_at", "updated_at"];
        if key {
            times.push("created_at");
        }
        for operator in ["=", "!=", "<", "<=", ">", ">="] {
            for field in &times {
                for at in ["2026-02-01T00:00:00Z", "2026-11-23T12:00:02Z"] {
                    let filter = format!("{field}{operator}\"{at}\"");
                    let holds = |one: &Value| match one[*field].as_str() {
                        Some(text) => ordered(operator, &millis(text), &millis(at)),
                        None => operator == "!=",
                    };
                    found += agrees(&caller, &[("filter", &filter)], holds).await;
                    asked += 1;
                }
            }
            let filter = format!("word_count{operator}2");
            found += agrees(&caller, &[("filter", &filter)], |one| {
                ordered(operator, &one["word_count"].as_i64().unwrap(), &2)
            })
            .await;
            asked += 1;
        }
        for (field, part, slugs) in [
            ("tag", "tags", ["sea", "unused", "none"]),
            ("author", "authors", ["jane", "john", "none"]),
        ] {
            for slug in slugs {
                for operator in [":", "=", "!="] {
                    let filter = format!("{field}{operator}{slug}");
                    let is = operator != "!=";
                    found += agrees(&caller, &[("filter", &filter)], |one| {
                        has(one, part, slug) == is
                    })
                    .await;
                    asked += 1;
                }
            }
        }
    }
    assert!(found > asked, "{found} in {asked}");
}
