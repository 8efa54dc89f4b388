//! Pages: by number and by cursor, in every order, forward and backward.

use std::cmp::Ordering;

use chrono::{DateTime, Duration};
use serde_json::{Value, json};

use crate::support::{Caller, Reply, Resource as _, TestApp};

on_both!(
    every_order_is_walked_both_ways,
    a_cursor_belongs_to_its_list,
    a_cursor_cannot_be_changed,
    a_walk_goes_on_while_the_list_changes,
    a_total_is_the_length_of_the_walk,
    links_lead_to_the_other_pages,
    the_number_of_statements_is_bounded,
);

/// Tags whose names and times repeat, so that only the id tells many of them apart. Names in
/// several scripts and cases: the order is that of the code points on both databases.
pub async fn seed(app: &TestApp) {
    let names = ["b", "B", "a b", "é", "Zebra", "中", "a-b"];
    app.create_tag(json!({"name": "Top", "slug": "top"})).await;
    for number in 0..22_usize {
        if number % 5 == 0 {
            app.advance(Duration::milliseconds(1));
        }
        let visibility = if number % 6 == 5 {
            "internal"
        } else {
            "public"
        };
        let tag = json!({
            "name": names[number * number % 7], "visibility": visibility, "parent": "top",
            "slug": format!("s{}-{}", number % 3, number * 7 % 22),
        });
        app.create_tag(tag).await;
    }
}

pub async fn page(caller: &Caller<'_>, query: &str) -> Reply {
    caller
        .clone()
        .get(&format!("/v1/tags?{query}"))
        .await
        .expect(200)
}

pub fn cursor(reply: &Reply, which: &str) -> Option<String> {
    reply.json()["page"][which].as_str().map(str::to_owned)
}

/// The ids of a whole list, walked by its cursors in one direction.
async fn walk(caller: &Caller<'_>, query: &str, limit: usize, backward: bool) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    let mut reply = page(caller, &format!("{query}&limit={limit}")).await;
    if backward {
        let mut last = reply;
        while let Some(next) = cursor(&last, "next") {
            last = page(caller, &format!("{query}&limit={limit}&cursor={next}")).await;
        }
        reply = last;
    }
    let which = if backward { "prev" } else { "next" };
    for _ in 0..200 {
        let data = reply.data();
        assert!(data.len() <= limit, "{reply}");
        if backward {
            all.splice(0..0, data);
        } else {
            all.extend(data);
        }
        let Some(to) = cursor(&reply, which) else {
            return all;
        };
        reply = page(caller, &format!("{query}&limit={limit}&cursor={to}")).await;
        assert!(
            !reply.data().is_empty(),
            "a page that was promised is empty: {reply}"
        );
    }
    panic!("the walk has no end: {query}");
}

/// How two tags stand in this order.
fn compare(sort: &str, a: &Value, b: &Value) -> Ordering {
    let text = |tag: &Value, member: &str| tag[member].as_str().unwrap().to_owned();
    let time = |tag: &Value, member| DateTime::parse_from_rfc3339(&text(tag, member)).unwrap();
    let mut first_descends = None;
    for key in sort.split(',') {
        let (member, descends) = key
            .strip_prefix('-')
            .map_or((key, false), |name| (name, true));
        first_descends.get_or_insert(descends);
        let order = match member.strip_suffix("_at") {
            Some(_) => time(a, member).cmp(&time(b, member)),
            None => text(a, member).cmp(&text(b, member)),
        };
        let order = if descends { order.reverse() } else { order };
        if order != Ordering::Equal {
            return order;
        }
    }
    let order = text(a, "id").cmp(&text(b, "id"));
    if first_descends == Some(true) {
        order.reverse()
    } else {
        order
    }
}

async fn every_order_is_walked_both_ways(app: TestApp) {
    seed(&app).await;
    let mut orders = vec![
        "name",
        "-name",
        "slug",
        "-slug",
        "updated_at",
        "-updated_at",
        "name,updated_at",
        "-name,-updated_at",
        "name,-updated_at",
        "-updated_at,name",
        "-name,updated_at,-slug",
    ];
    for caller in [app.anonymous(), app.editor()] {
        for sort in &orders {
            let query = format!("sort={sort}");
            let mut expected = page(&caller, "limit=100").await.data();
            expected.sort_by(|a, b| compare(sort, a, b));
            for limit in [1, 4, 7, 100] {
                let forward = walk(&caller, &query, limit, false).await;
                assert_eq!(ids(&forward), ids(&expected), "{sort} by {limit}");
                if limit != 1 {
                    let backward = walk(&caller, &query, limit, true).await;
                    assert_eq!(ids(&backward), ids(&expected), "{sort} back by {limit}");
                }
            }
        }
        orders = vec!["created_at", "-created_at,name"];
    }
    // Without `sort` it is the name.
    let mut expected = page(&app.anonymous(), "limit=100").await.data();
    let plain = ids(&expected);
    expected.sort_by(|a, b| compare("name", a, b));
    assert_eq!(plain, ids(&expected));
}

fn ids(tags: &[Value]) -> Vec<String> {
    let id = |tag: &Value| tag.id().to_owned();
    tags.iter().map(id).collect()
}

async fn a_cursor_belongs_to_its_list(app: TestApp) {
    seed(&app).await;
    let caller = app.anonymous();
    let list = "sort=name&parent=top&limit=3";
    let next = cursor(&page(&caller, list).await, "next").unwrap();
    for same in [
        "parent=top&sort=name&limit=3",
        "parent=top&sort=name&limit=7&total=true&fields=name",
    ] {
        page(&caller, &format!("{same}&cursor={next}")).await;
    }
    for other in [
        "parent=top",
        "sort=name",
        "sort=-name&parent=top",
        "sort=name,slug&parent=top",
        "sort=name&parent=other",
        "sort=name&parent=top&kind=topic",
        "sort=name&parent=top&filter=kind=topic",
    ] {
        let reply = caller
            .clone()
            .get(&format!("/v1/tags?{other}&cursor={next}"))
            .await;
        reply.refuses(400, "invalid_cursor", &[("cursor", "invalid_cursor")]);
    }
    // The public's is no use to editors, nor theirs to the public.
    let path = format!("/v1/tags?{list}&cursor={next}");
    app.editor().get(&path).await.problem(400, "invalid_cursor");
    let editors = cursor(&page(&app.editor(), list).await, "next").unwrap();
    let path = format!("/v1/tags?{list}&cursor={editors}");
    app.anonymous()
        .get(&path)
        .await
        .problem(400, "invalid_cursor");
    app.reader().get(&path).await.expect(200);
    // Another server has other secrets.
    let other = TestApp::start(app.kind).await;
    let path = format!("/v1/tags?{list}&cursor={next}");
    other
        .anonymous()
        .get(&path)
        .await
        .problem(400, "invalid_cursor");

    let path = format!("/v1/tags?{list}&cursor={next}&page=1");
    let reply = caller.get(&path).await;
    reply.refuses(400, "invalid_parameter", &[("page", "not_together")]);
}

async fn a_cursor_cannot_be_changed(app: TestApp) {
    seed(&app).await;
    let caller = app.anonymous();
    let next = cursor(&page(&caller, "limit=3").await, "next").unwrap();
    let mut changed: Vec<String> = ["", "x", "AAAA", "null", "%F0%9F%8E%89", "../.."]
        .map(str::to_owned)
        .into();
    changed.push("A".repeat(5_000));
    changed.push(format!("{next}A"));
    changed.push(next[..next.len() - 1].to_owned());
    for at in (0..next.len() - 1).step_by(7) {
        let other = if next.as_bytes()[at] == b'A' {
            "B"
        } else {
            "A"
        };
        let mut text = next.clone();
        text.replace_range(at..=at, other);
        changed.push(text);
    }
    for text in changed {
        let reply = caller
            .clone()
            .get(&format!("/v1/tags?limit=3&cursor={text}"))
            .await;
        reply.refuses(400, "invalid_cursor", &[("cursor", "invalid_cursor")]);
    }
}

async fn a_walk_goes_on_while_the_list_changes(app: TestApp) {
    for name in ["b", "d", "f", "h"] {
        app.tag(name).create().await;
    }
    let caller = app.anonymous();
    let first = page(&caller, "limit=2").await;
    let next = cursor(&first, "next").unwrap();
    // The row that the cursor names goes, others come before and after it.
    app.editor().remove("/v1/tags/d").await.expect(204);
    for name in ["a", "e"] {
        app.tag(name).create().await;
    }
    let second = page(&caller, &format!("limit=2&cursor={next}")).await;
    assert_eq!(second.each("name"), ["e", "f"]);
    let prev = cursor(&second, "prev").unwrap();
    let before = page(&caller, &format!("limit=2&cursor={prev}")).await;
    assert_eq!(before.each("name"), ["a", "b"]);
}

async fn a_total_is_the_length_of_the_walk(app: TestApp) {
    seed(&app).await;
    for caller in [app.anonymous(), app.editor()] {
        for query in [
            "",
            "parent=top",
            "filter=name=b",
            "kind=place",
            "filter=name=b+OR+name=B",
        ] {
            let all = walk(&caller, query, 4, false).await.len();
            for more in ["limit=1", "limit=3&page=2", "limit=100"] {
                let reply = page(&caller, &format!("{query}&{more}&total=true")).await;
                assert_eq!(reply.json()["page"]["total"], all, "{reply}");
            }
        }
    }
    let reply = page(&app.anonymous(), "total=false").await;
    assert_eq!(reply.json()["page"].get("total"), None);
    let reply = app.anonymous().get("/v1/tags?total=1").await;
    reply.refuses(400, "invalid_parameter", &[("total", "not_a_boolean")]);
}

/// The address of a relation in `Link`.
fn link(reply: &Reply, rel: &str) -> Option<String> {
    let rel = format!("; rel=\"{rel}\"");
    let links = reply.header("link").to_owned();
    let link = links.split(", ").find_map(|link| link.strip_suffix(&rel))?;
    Some(link.trim_matches(['<', '>']).to_owned())
}

async fn links_lead_to_the_other_pages(app: TestApp) {
    seed(&app).await;
    for caller in [app.anonymous(), app.editor()] {
        let start = "/v1/tags?sort=-name&filter=NOT+name%3D%22x%20y%22&limit=8";
        let first = caller.clone().get(start).await.expect(200);
        assert_eq!(link(&first, "prev"), None);
        assert_eq!(link(&first, "last"), None);
        let second = caller
            .clone()
            .get(&link(&first, "next").unwrap())
            .await
            .expect(200);
        assert_eq!(second.data().len(), 8);
        let third = caller
            .clone()
            .get(&link(&second, "next").unwrap())
            .await
            .expect(200);
        assert_eq!(link(&third, "next"), None);
        let back = caller
            .clone()
            .get(&link(&third, "prev").unwrap())
            .await
            .expect(200);
        assert_eq!(back.each("id"), second.each("id"));
        let again = caller
            .clone()
            .get(&link(&third, "first").unwrap())
            .await
            .expect(200);
        assert_eq!(again.each("id"), first.each("id"));

        let numbered = format!("{start}&page=2&total=true");
        let reply = caller.clone().get(&numbered).await.expect(200);
        assert_eq!(reply.each("id"), second.each("id"));
        let to = |rel: &str| link(&reply, rel).unwrap();
        assert!(to("prev").contains("page=1"), "{reply}");
        assert!(to("next").contains("page=3"), "{reply}");
        assert!(to("last").contains("page=3"), "{reply}");
        for (rel, same) in [
            ("prev", &first),
            ("next", &third),
            ("last", &third),
            ("first", &first),
        ] {
            let there = caller.clone().get(&to(rel)).await.expect(200);
            assert_eq!(there.each("id"), same.each("id"), "{rel}");
        }
    }
}

async fn the_number_of_statements_is_bounded(app: TestApp) {
    seed(&app).await;
    for caller in [app.anonymous(), app.editor()] {
        let mut counts = Vec::new();
        for query in ["limit=1&filter=parent:top", "limit=100&filter=parent:top"] {
            let before = app.statements();
            page(&caller, query).await;
            counts.push(app.statements() - before);
        }
        assert!(counts[0] > 0, "statements are counted");
        assert_eq!(counts[0], counts[1], "one item or many");
        assert!(counts[0] <= 3, "{counts:?}");
    }
}
