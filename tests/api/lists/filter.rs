//! The filter language and the plain filters, on lists of tags: each gives what the same
//! condition gives in the test.

use chrono::{DateTime, Duration};
use serde_json::{Value, json};

use crate::support::{Caller, Resource as _, TestApp};

on_both!(
    every_operator_of_every_field,
    conditions_are_joined,
    what_is_not_a_filter_is_refused,
    each_audience_has_its_fields,
    plain_filters,
    values_are_values_and_never_sql,
);

const NAMES: [&str; 6] = ["Sea", "sea", "O'Hare", "a \"b\" \\ c", "100%_", "中国 新闻"];

async fn seed(app: &TestApp) {
    for (number, name) in NAMES.iter().enumerate() {
        let kind = ["place", "topic", "series"][number % 3];
        let parent = match number {
            2 | 3 => json!("t0"),
            4 => json!("t1"),
            _ => Value::Null,
        };
        let visibility = if number == 1 { "internal" } else { "public" };
        app.create_tag(json!({
            "name": name, "slug": format!("t{number}"), "kind": kind, "parent": parent,
            "visibility": visibility,
        }))
        .await;
        app.advance(Duration::seconds(1));
    }
    let patch = json!({"description": "changed"});
    app.editor().change("/v1/tags/t0", &patch).await.expect(200);
}

/// What the list gives for a filter, and what it gives for a condition looked at one by one.
async fn agrees(caller: &Caller<'_>, filter: &str, holds: impl Fn(&Value) -> bool) -> usize {
    let all = caller
        .clone()
        .get("/v1/tags?limit=100")
        .await
        .expect(200)
        .data();
    let slugs = all
        .iter()
        .filter(|tag| holds(tag))
        .map(|tag| tag["slug"].clone());
    let expected: Vec<Value> = slugs.collect();
    let parameters = [("filter", filter), ("total", "true"), ("limit", "100")];
    let reply = caller
        .clone()
        .query("/v1/tags", &parameters)
        .await
        .expect(200);
    assert_eq!(reply.each("slug"), expected, "{filter}");
    assert_eq!(reply.json()["page"]["total"], expected.len(), "{filter}");
    expected.len()
}

fn millis(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text)
        .unwrap()
        .timestamp_millis()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// All six comparisons of a time; gives how many items were found, and in how many lists.
async fn every_comparison(caller: &Caller<'_>, field: &str) -> (usize, usize) {
    let (mut some, mut asked) = (0, 0);
    for at in [
        "2026-11-23T12:00:02Z",
        "2026-11-23T13:00:03.000+01:00",
        "2026-11-23T12:00:02.5Z",
    ] {
        let of = |tag: &Value| millis(tag[field].as_str().unwrap());
        let at_millis = millis(at);
        type Compare = fn(&i64, &i64) -> bool;
        let operators: [(&str, Compare); 6] = [
            ("=", i64::eq),
            ("!=", i64::ne),
            ("<", i64::lt),
            ("<=", i64::le),
            (">", i64::gt),
            (">=", i64::ge),
        ];
        for (operator, compare) in operators {
            let filter = format!("{field}{operator}\"{at}\"");
            some += agrees(caller, &filter, |tag| compare(&of(tag), &at_millis)).await;
            asked += 1;
        }
    }
    (some, asked)
}

async fn every_operator_of_every_field(app: TestApp) {
    seed(&app).await;
    let (mut some, mut asked) = (0, 0);
    for (caller, editorial) in [(app.anonymous(), false), (app.editor(), true)] {
        let mut texts: Vec<(&str, Vec<String>)> = vec![
            (
                "name",
                NAMES
                    .iter()
                    .map(|name| (*name).to_owned())
                    .chain(["none".to_owned()])
                    .collect(),
            ),
            ("slug", ["t0", "t1", "none"].map(str::to_owned).into()),
            (
                "kind",
                ["place", "topic", "person", "internal"]
                    .map(str::to_owned)
                    .into(),
            ),
        ];
        if editorial {
            texts.push((
                "visibility",
                ["public", "internal"].map(str::to_owned).into(),
            ));
        }
        for (field, values) in &texts {
            for value in values {
                let text = quoted(value);
                some += agrees(&caller, &format!("{field}={text}"), |t| t[field] == *value).await;
                some += agrees(&caller, &format!("{field} != {text}"), |t| {
                    t[field] != *value
                })
                .await;
                asked += 2;
            }
        }
        let mut times = vec!["updated_at"];
        if editorial {
            times.push("created_at");
        }
        for field in times {
            let (found, tried) = every_comparison(&caller, field).await;
            some += found;
            asked += tried;
        }
        let t0 = app.editor().get("/v1/tags/t0").await.json().id().to_owned();
        for reference in ["t0", &t0, "t1", "none"] {
            let slug = if reference == t0 { "t0" } else { reference };
            let below = |tag: &Value| tag["parent"]["slug"] == slug;
            some += agrees(&caller, &format!("parent:{reference}"), below).await;
            some += agrees(&caller, &format!("parent={reference}"), below).await;
            let not_below = |tag: &Value| !below(tag);
            some += agrees(&caller, &format!("parent!={reference}"), not_below).await;
            some += agrees(&caller, &format!("NOT parent:{reference}"), not_below).await;
            asked += 4;
        }
    }
    assert!(
        some > asked,
        "the filters find something: {some} in {asked}"
    );
}

async fn conditions_are_joined(app: TestApp) {
    seed(&app).await;
    let kind = |tag: &Value, kind: &str| tag["kind"] == kind;
    let below = |tag: &Value| tag["parent"]["slug"] == "t0";
    for caller in [app.anonymous(), app.editor()] {
        agrees(&caller, "kind=place AND parent:t0", |t| {
            kind(t, "place") && below(t)
        })
        .await;
        agrees(&caller, "kind=place OR parent:t0", |t| {
            kind(t, "place") || below(t)
        })
        .await;
        agrees(&caller, "NOT kind=place", |t| !kind(t, "place")).await;
        agrees(&caller, "-kind=place", |t| !kind(t, "place")).await;
        agrees(&caller, "NOT (kind=place OR parent:t0)", |t| {
            !(kind(t, "place") || below(t))
        })
        .await;
        agrees(&caller, "NOT (kind=place AND parent:t0)", |t| {
            !(kind(t, "place") && below(t))
        })
        .await;
        agrees(&caller, "kind=series AND (parent:t0 OR NOT slug=t5)", |t| {
            kind(t, "series") && (below(t) || t["slug"] != "t5")
        })
        .await;
        agrees(&caller, "((kind=series))AND(name!=sea)", |t| {
            kind(t, "series") && t["name"] != "sea"
        })
        .await;
        let deep = format!("{}kind=place{}", "(".repeat(10), ")".repeat(10));
        agrees(&caller, &deep, |t| kind(t, "place")).await;
        let many = vec!["slug=t2"; 50].join(" OR ");
        assert_eq!(agrees(&caller, &many, |t| t["slug"] == "t2").await, 1);
    }
}

async fn what_is_not_a_filter_is_refused(app: TestApp) {
    let deep = format!("{}kind=place{}", "(".repeat(11), ")".repeat(11));
    let long = format!("name=\"{}\"", "x".repeat(2_000));
    let wide = format!("name=\"{}\"", "x".repeat(257));
    let many = vec!["slug=t"; 51].join(" AND ");
    for (filter, code) in [
        ("", "filter_syntax"),
        ("colour=red", "filter_unknown_field"),
        ("Name=x", "filter_unknown_field"),
        ("tags.name=x", "filter_unknown_field"),
        ("name", "filter_syntax"),
        ("name=", "filter_syntax"),
        ("name==x", "filter_syntax"),
        ("name=x kind=place", "filter_syntax"),
        ("name=x and kind=place", "filter_syntax"),
        ("name=a*", "filter_syntax"),
        ("name<x", "filter_operator"),
        ("name:x", "filter_operator"),
        ("kind>place", "filter_operator"),
        ("parent<t0", "filter_operator"),
        ("updated_at:2026-01-01T00:00:00Z", "filter_operator"),
        ("kind=country", "filter_value"),
        ("parent:\"\"", "filter_value"),
        ("updated_at>2026-01-01", "filter_value"),
        ("updated_at>2026-01-01T00:00:00", "filter_value"),
        ("updated_at>yesterday", "filter_value"),
        ("(name=x", "filter_unbalanced"),
        ("name=x)", "filter_unbalanced"),
        ("name=\"x", "filter_unbalanced"),
        ("kind=place AND name=x OR name=y", "filter_mixed_and_or"),
        (&deep, "filter_too_deep"),
        (&long, "filter_too_long"),
        (&wide, "filter_value"),
        (&many, "filter_too_many"),
    ] {
        for caller in [app.anonymous(), app.editor()] {
            let reply = caller.query("/v1/tags", &[("filter", filter)]).await;
            reply.refuses(400, "invalid_parameter", &[("filter", code)]);
            let problem = reply.json();
            let detail = problem["errors"][0]["detail"].as_str().unwrap();
            assert!(detail.contains("(column "), "it names the place: {detail}");
        }
    }
    let parameters = [("filter", "kind=place AND name=x OR name=y")];
    let reply = app.anonymous().query("/v1/tags", &parameters).await;
    let problem = reply.json();
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(
        detail.contains("parentheses") && detail.contains("(column 23)"),
        "{detail}"
    );
}

async fn each_audience_has_its_fields(app: TestApp) {
    for filter in ["visibility=internal", "created_at>2026-01-01T00:00:00Z"] {
        let reply = app
            .anonymous()
            .query("/v1/tags", &[("filter", filter)])
            .await;
        reply.refuses(
            400,
            "invalid_parameter",
            &[("filter", "filter_unknown_field")],
        );
        let reply = app.reader().query("/v1/tags", &[("filter", filter)]).await;
        reply.expect(200);
    }
    for filter in [
        "id=x",
        "version=1",
        "description=x",
        "created_by=x",
        "parent_id=x",
    ] {
        let reply = app.editor().query("/v1/tags", &[("filter", filter)]).await;
        reply.refuses(
            400,
            "invalid_parameter",
            &[("filter", "filter_unknown_field")],
        );
    }
    let reply = app.anonymous().get("/v1/tags?visibility=internal").await;
    reply.problem(401, "unauthorized");
}

async fn plain_filters(app: TestApp) {
    seed(&app).await;
    for (query, public, editorial) in [
        ("kind=place", &["t3", "t0"][..], &["t3", "t0"][..]),
        ("kind=topic", &["t4"], &["t4", "t1"]),
        (
            "kind=topic,place",
            &["t4", "t3", "t0"],
            &["t4", "t3", "t0", "t1"],
        ),
        (
            "kind=topic&kind=place",
            &["t4", "t3", "t0"],
            &["t4", "t3", "t0", "t1"],
        ),
        ("parent=t0", &["t2", "t3"], &["t2", "t3"]),
        ("parent=t0,t1", &["t2", "t3"], &["t4", "t2", "t3"]),
        ("parent=t0&kind=series", &["t2"], &["t2"]),
        ("parent=t0&filter=kind=place", &["t3"], &["t3"]),
        ("parent=none", &[], &[]),
    ] {
        for (caller, mut expected) in [
            (app.anonymous(), public.to_vec()),
            (app.reader(), editorial.to_vec()),
        ] {
            let mut found = caller
                .get(&format!("/v1/tags?{query}"))
                .await
                .expect(200)
                .each("slug");
            found.sort();
            expected.sort_unstable();
            assert_eq!(found, expected, "{query}");
        }
    }
    let internal = app.reader().get("/v1/tags?visibility=internal").await;
    assert_eq!(internal.each("slug"), ["t1"]);
    for (query, fields) in [
        ("kind=", &[("kind", "not_allowed")][..]),
        (
            "kind=place,x,y",
            &[("kind", "not_allowed"), ("kind", "not_allowed")],
        ),
        ("parent=No+Slug", &[("parent", "not_a_reference")]),
    ] {
        let reply = app.anonymous().get(&format!("/v1/tags?{query}")).await;
        reply.refuses(400, "invalid_parameter", fields);
    }
    let reply = app.reader().get("/v1/tags?visibility=secret").await;
    reply.refuses(400, "invalid_parameter", &[("visibility", "not_allowed")]);
}

async fn values_are_values_and_never_sql(app: TestApp) {
    seed(&app).await;
    for text in [
        "' OR '1'='1",
        "x'; DROP TABLE live_tags; --",
        "\") OR (1=1",
        "%",
        "_",
        "$1",
        "?",
        "\\",
    ] {
        let filter = format!("name={}", quoted(text));
        let reply = app
            .anonymous()
            .query("/v1/tags", &[("filter", &filter)])
            .await;
        assert!(reply.expect(200).data().is_empty(), "{text}");
    }
    assert_eq!(app.anonymous().get("/v1/tags").await.data().len(), 5);
}
