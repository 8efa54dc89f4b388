//! What is kept of public answers: it is given again until something that it shows changes.

use chrono::Duration;
use serde_json::json;

use crate::support::workflow::{LATER, path};
use crate::support::{Reply, Resource as _, TestApp};

on_both!(
    an_answer_is_kept_until_what_it_shows_changes,
    lists_end_with_what_they_list,
    authors_and_tags_end_what_shows_them,
    a_tag_that_becomes_public_shows_everywhere,
    the_same_request_is_written_in_many_ways,
    another_request_is_not_taken_for_one_that_was_kept,
    an_answer_ends_when_the_next_article_appears,
    nothing_is_kept_of_requests_with_credentials,
    a_crowd_is_answered_by_one_computation,
    a_crowd_that_finds_nothing_does_not_wait_in_line,
    what_is_asked_for_again_and_again_is_seen_to_change_at_once,
);

/// What the cache did.
pub fn status(reply: &Reply) -> &str {
    let status = reply.header("cache-status");
    status.strip_prefix("masthead; ").unwrap()
}

/// Reads something that must be kept already.
async fn hit(app: &TestApp, path: &str) -> Reply {
    let before = app.statements();
    let reply = app.anonymous().get(path).await.expect(200);
    assert_eq!(status(&reply), "hit", "{path}: {reply}");
    assert_eq!(app.statements(), before, "a hit asks nothing");
    assert_eq!(reply.header("age"), "0");
    reply
}

/// Reads something that must be made anew.
async fn miss(app: &TestApp, path: &str) -> Reply {
    let reply = app.anonymous().get(path).await.expect(200);
    assert_eq!(status(&reply), "fwd=miss; stored", "{path}: {reply}");
    reply
}

async fn an_answer_is_kept_until_what_it_shows_changes(app: TestApp) {
    let one = app.article("One").publish().await;
    let two = app.article("Two").publish().await;
    let (by_id, by_slug) = (path(&one), "/v1/articles/one");
    for path in [by_id.as_str(), by_slug] {
        let made = miss(&app, path).await;
        let kept = hit(&app, path).await;
        assert_eq!(kept.body, made.body);
        for name in [
            "etag",
            "cache-control",
            "content-type",
            "vary",
            "last-modified",
            "content-language",
        ] {
            assert_eq!(kept.header(name), made.header(name), "{name}");
        }
        assert_ne!(kept.header("x-request-id"), made.header("x-request-id"));
    }
    // Working copies are nothing to the public; neither are other articles.
    app.change(&by_id, json!({"title": "First"})).await;
    app.change(&path(&two), json!({"title": "Second"})).await;
    app.publish(two.id()).await;
    hit(&app, &by_id).await;
    hit(&app, by_slug).await;
    app.publish(one.id()).await;
    for path in [by_id.as_str(), by_slug] {
        assert_eq!(miss(&app, path).await.json()["title"], "First");
        hit(&app, path).await;
    }
    app.act(&by_id, "unpublish").await;
    for path in [by_id.as_str(), by_slug] {
        app.anonymous().get(path).await.problem(404, "not_found");
    }
}

async fn lists_end_with_what_they_list(app: TestApp) {
    for name in ["Sea", "Land"] {
        app.tag(name).create().await;
    }
    app.author("Jane Doe").create().await;
    let one = json!({"title": "One", "tags": ["sea"], "authors": [{"author": "jane-doe"}]});
    let one = app.create_published(one).await;
    let all = "/v1/articles?total=true";
    let (sea, land) = ("/v1/tags/sea/articles", "/v1/articles?tag=land");
    let jane = "/v1/authors/jane-doe/articles";
    for path in [all, sea, land, jane] {
        miss(&app, path).await;
        hit(&app, path).await;
    }
    let two = app
        .create_published(json!({"title": "Two", "tags": ["land"]}))
        .await;
    hit(&app, sea).await;
    hit(&app, jane).await;
    assert_eq!(miss(&app, land).await.each("title"), ["Two"]);
    assert_eq!(miss(&app, all).await.json()["page"]["total"], 2);
    // It moves from one list to another: both end.
    app.change(&path(&two), json!({"tags": ["sea"]})).await;
    hit(&app, land).await;
    app.publish(two.id()).await;
    assert!(miss(&app, land).await.data().is_empty());
    assert_eq!(miss(&app, sea).await.data().len(), 2);
    miss(&app, all).await;
    hit(&app, jane).await;
    app.editor().remove(&path(&one)).await.expect(204);
    assert_eq!(miss(&app, sea).await.each("title"), ["Two"]);
    assert!(miss(&app, jane).await.data().is_empty());
    hit(&app, land).await;
}

async fn authors_and_tags_end_what_shows_them(app: TestApp) {
    for name in ["Jane Doe", "John Roe"] {
        app.author(name).create().await;
    }
    app.tag("Sea").create().await;
    for (title, author) in [("One", "jane-doe"), ("Two", "john-roe")] {
        let article = json!({"title": title, "tags": ["sea"], "authors": [{"author": author}]});
        app.create_published(article).await;
    }
    let (one, two) = ("/v1/articles/one", "/v1/articles/two");
    let (list, bare) = ("/v1/articles?include=authors,tags", "/v1/articles");
    let (jane, authors) = ("/v1/authors/jane-doe", "/v1/authors");
    let (sea, tags) = ("/v1/tags/sea", "/v1/tags");
    let all = [one, two, list, bare, jane, authors, sea, tags];
    for path in all {
        miss(&app, path).await;
        hit(&app, path).await;
    }
    app.change(jane, json!({"name": "Jane Dove"})).await;
    assert_eq!(
        miss(&app, one).await.json()["authors"][0]["name"],
        "Jane Dove"
    );
    for path in [list, jane, authors] {
        miss(&app, path).await;
    }
    for path in [two, bare, sea, tags] {
        hit(&app, path).await;
    }
    app.change(sea, json!({"name": "The Sea"})).await;
    for path in [one, two, list, sea, tags] {
        miss(&app, path).await;
    }
    for path in [bare, jane, authors] {
        hit(&app, path).await;
    }
    // What only the newsroom sees is nothing to the public.
    app.change(jane, json!({"email": "jane@example.org"})).await;
    for path in all {
        hit(&app, path).await;
    }
    let merge = json!({"into": "john-roe"});
    let call = app.editor().if_match("*");
    call.post("/v1/authors/jane-doe/merge", &merge)
        .await
        .expect(200);
    assert_eq!(
        miss(&app, one).await.json()["authors"][0]["name"],
        "John Roe"
    );
    assert_eq!(miss(&app, authors).await.data().len(), 1);
}

async fn a_tag_that_becomes_public_shows_everywhere(app: TestApp) {
    app.create_tag(json!({"name": "Desk", "kind": "internal", "visibility": "internal"}))
        .await;
    app.create_published(json!({"title": "One", "tags": ["desk"]}))
        .await;
    let one = "/v1/articles/one";
    assert_eq!(miss(&app, one).await.json()["tags"], json!([]));
    hit(&app, one).await;
    let public = json!({"kind": "topic", "visibility": "public"});
    app.change("/v1/tags/desk", public).await;
    assert_eq!(miss(&app, one).await.json()["tags"][0]["name"], "Desk");
}

async fn the_same_request_is_written_in_many_ways(app: TestApp) {
    for name in ["Sea", "Land"] {
        app.tag(name).create().await;
    }
    app.create_published(json!({"title": "One", "tags": ["sea", "land"]}))
        .await;
    for (first, others) in [
        (
            "/v1/articles?tag=sea,land&include=tags,authors&limit=15",
            &[
                "/v1/articles?include=authors,tags&tag=land&tag=sea",
                "/v1/articles?tag=%73ea,land,sea&include=authors%2Ctags&total=false&sort=-published_at",
            ][..],
        ),
        (
            "/v1/articles/one",
            &["/v1/articles/one?include=tags,lead_image,authors"],
        ),
        ("/v1/tags?limit=15", &["/v1/tags", "/v1/tags?sort=name"]),
    ] {
        let made = miss(&app, first).await;
        for other in others {
            assert_eq!(hit(&app, other).await.body, made.body, "{other}");
        }
    }
    // What is kept does not hide what is wrong.
    for wrong in [
        "/v1/articles?tag=sea,land&include=tags,authors&limit=15&limit=15",
        "/v1/articles/one?limit=15",
        "/v1/articles/one?total=false",
        "/v1/tags?sort=-published_at",
        "/v1/tags?colour=red",
        "/v1/articles?q=%FF",
    ] {
        let reply = app.anonymous().get(wrong).await;
        assert_eq!(reply.status, 400, "{wrong}: {reply}");
    }
}

async fn another_request_is_not_taken_for_one_that_was_kept(app: TestApp) {
    let tag = app.tag("Sea").create().await;
    let one = app
        .create_published(json!({"title": "One", "tags": [tag["slug"]], "aliases": ["/a"]}))
        .await;
    // What is included is sent beside what `fields` names.
    let fields = format!("{}?fields=title", path(&one));
    let both = format!("{fields}&include=authors,lead_image,tags");
    let (without, with) = (miss(&app, &fields).await, miss(&app, &both).await);
    assert_eq!(without.json(), json!({"title": "One"}));
    assert_eq!(with.json()["tags"][0]["slug"], "sea");
    // A parameter that is unknown here is refused, though it says what holds elsewhere.
    let lookup = "/v1/redirects?path=/a";
    app.anonymous().get(lookup).await.expect(200);
    let reply = app.anonymous().get(&format!("{lookup}&limit=15")).await;
    reply.problem(400, "invalid_parameter");
}

async fn an_answer_ends_when_the_next_article_appears(app: TestApp) {
    let one = app.article("One").publish().await;
    miss(&app, "/v1/articles").await;
    let two = app.article("Two").create().await;
    let at = app.now().0 + 20_000;
    let soon = chrono::DateTime::from_timestamp_millis(at)
        .unwrap()
        .to_rfc3339();
    app.editor().schedule(&path(&two), &soon).await.expect(200);
    let list = miss(&app, "/v1/articles").await;
    assert!(
        list.header("cache-control").contains("s-maxage=20,"),
        "{list}"
    );
    app.advance(Duration::seconds(15));
    let list = hit(&app, "/v1/articles").await;
    assert!(
        list.header("cache-control").contains("s-maxage=5,"),
        "{list}"
    );
    app.advance(Duration::milliseconds(4_999));
    hit(&app, "/v1/articles").await;
    app.advance(Duration::milliseconds(1));
    assert_eq!(
        miss(&app, "/v1/articles").await.each("title"),
        ["Two", "One"]
    );
    // By its id an article ends with itself alone.
    miss(&app, &path(&one)).await;
    let ends = json!({"publish_at": LATER, "expires_at": "2027-01-01T00:00:00Z"});
    app.change(&path(&one), json!({"title": "New"})).await;
    let call = app.editor().if_match("*");
    call.post(&format!("{}/schedule", path(&one)), &ends)
        .await
        .expect(200);
    assert_eq!(miss(&app, &path(&one)).await.json()["title"], "One");
    app.clock_set(LATER);
    assert_eq!(miss(&app, &path(&one)).await.json()["title"], "New");
    app.clock_set("2027-01-01T00:00:00Z");
    app.anonymous()
        .get(&path(&one))
        .await
        .problem(404, "not_found");
    // Clocks go back, too.
    app.clock_set("2026-11-24T00:00:00Z");
    assert_eq!(app.public("/v1/articles/one").await["title"], "One");
}

async fn nothing_is_kept_of_requests_with_credentials(app: TestApp) {
    app.article("One").publish().await;
    let one = "/v1/articles/one";
    for caller in [
        app.reader(),
        app.anonymous().with("cookie", "masthead_session=x"),
    ] {
        let reply = caller.get(one).await.expect(200);
        assert!(!reply.headers.contains_key("cache-status"), "{reply}");
        assert_eq!(reply.header("cache-control"), "private, no-store");
    }
    miss(&app, one).await;
    let draft = app.reader().get(one).await.expect(200).json();
    assert_eq!(draft["status"], "published");
    assert!(hit(&app, one).await.json().get("status").is_none());
    let wrong = app.anonymous().bearer("mhk_wrong");
    wrong.get(one).await.problem(401, "unauthorized");
}

async fn a_crowd_is_answered_by_one_computation(app: TestApp) {
    app.article("One").publish().await;
    let path = "/v1/articles?include=authors,tags";
    let before = app.statements();
    miss(&app, path).await;
    let alone = app.statements() - before;
    for _ in 0..5 {
        let call = app.admin();
        call.post("/v1/cache/purge", &json!({})).await.expect(204);
        let before = app.statements();
        let crowd = (0..30).map(|_| app.anonymous().get(path));
        let replies = futures_util::future::join_all(crowd).await;
        let made = replies.iter().filter(|one| status(one) != "hit").count();
        assert_eq!(made, 1);
        assert!(replies.iter().all(|one| one.body == replies[0].body));
        // When a key was used last is written after the answer.
        let asked = app.statements() - before;
        assert!(asked <= alone + 1, "one computation: {asked}, {alone}");
    }
}

async fn a_crowd_that_finds_nothing_does_not_wait_in_line(app: TestApp) {
    let crowd = (0..30).map(|_| app.anonymous().get("/v1/articles/none"));
    for reply in futures_util::future::join_all(crowd).await {
        reply.problem(404, "not_found");
    }
    app.article("None").publish().await;
    miss(&app, "/v1/articles/none").await;
}

/// A worker keeps it for itself then; that must not outlive a change, in any coding or condition.
async fn what_is_asked_for_again_and_again_is_seen_to_change_at_once(app: TestApp) {
    let text = "A paragraph of some words. ".repeat(60);
    let body = json!({"format": "markdown", "source": text});
    let one = app
        .create_published(json!({"title": "One", "body": body}))
        .await;
    let (path, list) = (path(&one), "/v1/articles?include=tags");
    for title in ["First", "Second", "Third"] {
        app.change(&path, json!({"title": title})).await;
        app.publish(one.id()).await;
        let made = miss(&app, &path).await;
        assert_eq!(made.json()["title"], title);
        assert_eq!(miss(&app, list).await.each("title"), [title]);
        let tag = made.header("etag").to_owned();
        for _ in 0..12 {
            assert_eq!(hit(&app, &path).await.body, made.body);
            assert_eq!(hit(&app, list).await.each("title"), [title]);
            let coded = app.anonymous().with("accept-encoding", "br");
            let coded = coded.get(&path).await.expect(200);
            assert_eq!(coded.header("content-encoding"), "br");
            assert_ne!(coded.header("etag"), tag);
            let unchanged = app.anonymous().with("if-none-match", &tag);
            let unchanged = unchanged.get(&path).await.expect(304);
            assert_eq!(unchanged.header("etag"), tag);
            assert!(unchanged.body.is_empty());
        }
    }
    let purge = app.admin().post("/v1/cache/purge", &json!({})).await;
    purge.expect(204);
    miss(&app, &path).await;
    app.act(&path, "unpublish").await;
    app.anonymous().get(&path).await.problem(404, "not_found");
}
