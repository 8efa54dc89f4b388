//! How answers that were kept look on the wire, and what becomes of them when the database is away.

use std::io::Read as _;

use serde_json::json;

use crate::cache::response_cache::status;
use crate::support::workflow::path;
use crate::support::{Kind, Reply, Resource as _, TestApp};

on_both!(
    each_coding_has_its_own_tag,
    conditions_are_met_by_what_is_kept,
    pages_of_other_origins_may_read_it,
    whoever_asks_too_much_is_told_so,
    a_purge_ends_what_it_names,
    a_cdn_is_told_what_an_answer_shows,
    memory_is_bounded,
    it_can_be_switched_off,
    what_is_kept_outlasts_the_database,
    others_are_heard,
);

async fn long_article(app: &TestApp) -> String {
    let text = "The harbour bridge was closed for a day. ".repeat(50);
    let article = json!({"title": "One", "body": {"source": text}});
    path(&app.create_published(article).await)
}

async fn in_coding(app: &TestApp, path: &str, accepted: &str) -> Reply {
    let caller = app.anonymous().with("accept-encoding", accepted);
    caller.get(path).await.expect(200)
}

async fn each_coding_has_its_own_tag(app: TestApp) {
    let one = long_article(&app).await;
    let plain = app.anonymous().get(&one).await.expect(200);
    assert!(!plain.headers.contains_key("content-encoding"));
    let mut tags = vec![plain.etag()];
    for (accepted, coding) in [
        ("gzip, deflate, br, zstd", "br"),
        ("zstd, gzip", "zstd"),
        ("gzip", "gzip"),
    ] {
        for _ in 0..2 {
            let reply = in_coding(&app, &one, accepted).await;
            assert_eq!(reply.header("content-encoding"), coding);
            assert!(reply.header("vary").contains("Accept-Encoding"));
            assert!(reply.body.len() < plain.body.len() / 3);
            let mut read = Vec::new();
            match coding {
                "br" => {
                    let mut from = brotli::Decompressor::new(reply.body.as_slice(), 4_096);
                    from.read_to_end(&mut read).unwrap();
                }
                "gzip" => {
                    let mut from = flate2::read::GzDecoder::new(reply.body.as_slice());
                    from.read_to_end(&mut read).unwrap();
                }
                _ => read = zstd::decode_all(reply.body.as_slice()).unwrap(),
            }
            assert_eq!(read, plain.body);
            if !tags.contains(&reply.etag()) {
                tags.push(reply.etag());
            }
        }
    }
    assert_eq!(tags.len(), 4, "{tags:?}");
    // What is small is sent as it is.
    let small = in_coding(&app, "/v1/tags", "br").await;
    assert!(!small.headers.contains_key("content-encoding"));
}

async fn conditions_are_met_by_what_is_kept(app: TestApp) {
    let one = long_article(&app).await;
    // Also by what is made just then.
    for round in ["fwd=miss; stored", "hit"] {
        let head = app.anonymous().head(&one).await.expect(200);
        assert_eq!(status(&head), round);
        assert!(head.body.is_empty());
        let full = app.anonymous().get(&one).await.expect(200);
        assert_eq!(head.header("content-length"), full.body.len().to_string());
        assert_eq!(head.etag(), full.etag());
    }
    let plain = app.anonymous().get(&one).await.expect(200);
    let coded = in_coding(&app, &one, "br").await;
    for (tag, accepted, code) in [
        (plain.etag(), "identity", 304),
        (format!("W/{}", plain.etag()), "identity", 304),
        ("*".to_owned(), "br", 304),
        (coded.etag(), "br", 304),
        (coded.etag(), "identity", 200),
        (plain.etag(), "br", 200),
        ("\"other\"".to_owned(), "identity", 200),
    ] {
        let caller = app.anonymous().with("accept-encoding", accepted);
        let reply = caller.with("if-none-match", &tag).get(&one).await;
        assert_eq!(reply.status, code, "{tag} {accepted}");
        assert_eq!(status(&reply), "hit");
        if code == 304 {
            assert!(reply.body.is_empty());
            for name in ["etag", "cache-control", "vary", "x-request-id"] {
                assert!(reply.headers.contains_key(name), "{name}");
            }
            for name in ["content-type", "content-encoding", "content-length"] {
                assert!(!reply.headers.contains_key(name), "{name}: {reply}");
            }
        }
    }
    let since = plain.header("last-modified");
    let caller = app.anonymous().with("if-modified-since", since);
    assert_eq!(caller.get(&one).await.status, 304);
    // The first who asks by a condition does not spoil it for others.
    let purge = app.admin().post("/v1/cache/purge", &json!({})).await;
    purge.expect(204);
    let caller = app.anonymous().with("if-none-match", &plain.etag());
    let reply = caller.get(&one).await;
    assert_eq!((reply.status, status(&reply)), (304, "fwd=miss; stored"));
    let again = app.anonymous().get(&one).await.expect(200);
    assert_eq!((status(&again), &again.body), ("hit", &plain.body));
}

async fn pages_of_other_origins_may_read_it(app: TestApp) {
    let one = long_article(&app).await;
    for origin in ["https://a.example", "https://b.example"] {
        let caller = app.anonymous().with("origin", origin);
        let reply = caller.get(&one).await.expect(200);
        assert_eq!(reply.header("access-control-allow-origin"), "*");
    }
    let app = TestApp::start_with(app.kind, |settings| {
        settings.cors.allowed_origins = vec!["https://a.example".to_owned()];
        settings.auth.cookie_origins = vec!["https://b.example".to_owned()];
    })
    .await;
    let one = long_article(&app).await;
    for _ in 0..2 {
        for (origin, credentials) in [("https://a.example", false), ("https://b.example", true)] {
            let caller = app.anonymous().with("origin", origin);
            let reply = caller.get(&one).await.expect(200);
            assert_eq!(reply.header("access-control-allow-origin"), origin);
            let allowed = reply
                .headers
                .contains_key("access-control-allow-credentials");
            assert_eq!(allowed, credentials, "{origin}");
        }
        let caller = app.anonymous().with("origin", "https://evil.example");
        let reply = caller.get(&one).await;
        assert!(!reply.headers.contains_key("access-control-allow-origin"));
        let reply = app.anonymous().get(&one).await.expect(200);
        assert!(!reply.headers.contains_key("access-control-allow-origin"));
    }
}

async fn whoever_asks_too_much_is_told_so(kind: Kind) {
    let app = TestApp::start_with(kind, |settings| {
        settings.limits.public_reads.requests = 3;
    })
    .await;
    let one = long_article(&app).await;
    for _ in 0..3 {
        let reply = app.anonymous().get(&one).await.expect(200);
        assert!(reply.headers.contains_key("ratelimit"), "{reply}");
    }
    app.anonymous()
        .get(&one)
        .await
        .problem(429, "too_many_requests");
}

async fn a_purge_ends_what_it_names(app: TestApp) {
    let one = long_article(&app).await;
    app.tag("Sea").create().await;
    let id = one.rsplit('/').next().unwrap().to_owned();
    let read = async |path: &str| {
        let reply = app.anonymous().get(path).await.expect(200);
        status(&reply) == "hit"
    };
    let purge = async |body| app.admin().post("/v1/cache/purge", &body).await;
    for path in [&one, "/v1/tags"] {
        assert!(!read(path).await);
    }
    purge(json!({"keys": ["authors"]})).await.expect(204);
    assert!(read(&one).await && read("/v1/tags").await);
    purge(json!({"keys": [format!("article:{id}")]}))
        .await
        .expect(204);
    assert!(!read(&one).await && read("/v1/tags").await);
    purge(json!({})).await.expect(204);
    assert!(!read(&one).await && !read("/v1/tags").await);
    purge(json!({"keys": ["articles", "colour:red", ""]}))
        .await
        .refuses(
            422,
            "invalid_fields",
            &[("/keys/1", "not_allowed"), ("/keys/2", "not_allowed")],
        );
    let many = vec!["tags"; 201];
    purge(json!({"keys": many}))
        .await
        .refuses(422, "invalid_fields", &[("/keys", "too_many")]);
    app.editor()
        .post("/v1/cache/purge", &json!({}))
        .await
        .problem(403, "forbidden");
    app.anonymous()
        .post("/v1/cache/purge", &json!({}))
        .await
        .problem(401, "unauthorized");
}

async fn a_cdn_is_told_what_an_answer_shows(app: TestApp) {
    let one = long_article(&app).await;
    let reply = app.anonymous().get(&one).await.expect(200);
    assert!(!reply.headers.contains_key("surrogate-key"));
    let app = TestApp::start_with(app.kind, |settings| settings.cache.surrogate_keys = true).await;
    let sea = app.tag("Sea").create().await;
    let jane = app.author("Jane Doe").create().await;
    let article = json!({"title": "One", "tags": ["sea"], "authors": [{"author": "jane-doe"}]});
    let article = app.create_published(article).await;
    let id = |one: &serde_json::Value| one.id().to_owned();
    let (article, sea, jane) = (id(&article), id(&sea), id(&jane));
    for _ in 0..2 {
        for (path, expected) in [
            (
                "/v1/articles/one",
                format!("slug:one article:{article} author:{jane} tag:{sea}"),
            ),
            ("/v1/articles", format!("articles article:{article}")),
            (
                "/v1/tags/sea/articles",
                format!("tag:{sea} tag-articles:{sea} article:{article}"),
            ),
            ("/v1/authors", "authors".to_owned()),
        ] {
            let reply = app.anonymous().get(path).await.expect(200);
            assert_eq!(reply.header("surrogate-key"), expected, "{path}");
        }
    }
}

async fn memory_is_bounded(kind: Kind) {
    let app = TestApp::start_with(kind, |settings| {
        settings.cache.memory_mib = 1;
        settings.metrics.listen = Some("127.0.0.1:0".parse().unwrap());
    })
    .await;
    let one = long_article(&app).await;
    for word in 0..250_u8 {
        let letters = [b'A' + word / 26, b'A' + word % 26];
        let region = String::from_utf8_lossy(&letters);
        let path = format!("{one}?fields=title,body.html&locale=en-{region}");
        app.anonymous().get(&path).await.expect(200);
    }
    let figure = |text: &str, name: &str| -> i64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().trim().parse().unwrap()
    };
    let text = app.metrics().await;
    let bytes = figure(&text, "masthead_response_cache_bytes ");
    assert!((1..=1_048_576).contains(&bytes), "{bytes}");
    let entries = figure(&text, "masthead_response_cache_entries ");
    assert!(entries < 250);
    // The old names, for one version more.
    assert_eq!(figure(&text, "masthead_kept_bytes "), bytes);
    assert_eq!(figure(&text, "masthead_kept_answers "), entries);
    let stored = "masthead_public_reads_total{outcome=\"stored\"} ";
    assert_eq!(figure(&text, stored), 250);
    app.anonymous().get("/v1/tags").await.expect(200);
    app.anonymous().get("/v1/tags").await.expect(200);
    let hits = "masthead_public_reads_total{outcome=\"hit\"} ";
    assert_eq!(figure(&app.metrics().await, hits), 1);
}

async fn it_can_be_switched_off(kind: Kind) {
    let app = TestApp::start_with(kind, |settings| settings.cache.memory_mib = 0).await;
    let one = long_article(&app).await;
    for _ in 0..2 {
        let before = app.statements();
        let reply = app.anonymous().get(&one).await.expect(200);
        assert!(!reply.headers.contains_key("cache-status"));
        assert!(app.statements() > before);
        let caller = app.anonymous().with("if-none-match", &reply.etag());
        assert_eq!(caller.get(&one).await.status, 304);
    }
}

async fn what_is_kept_outlasts_the_database(app: TestApp) {
    // Only a server of PostgreSQL can go away and come back.
    if app.kind == Kind::Sqlite {
        return;
    }
    let one = long_article(&app).await;
    app.anonymous().get(&one).await.expect(200);
    app.database_is_away(true).await;
    app.until(async || !app.db.changes().is_heard()).await;
    for _ in 0..3 {
        let reply = app.anonymous().get(&one).await.expect(200);
        assert!(status(&reply).starts_with("hit; detail=\"stale"), "{reply}");
        let reply = app.anonymous().get("/v1/tags").await;
        reply.problem(503, "unavailable");
        assert!(reply.headers.contains_key("retry-after"));
    }
    app.advance(chrono::Duration::hours(1));
    let reply = app.anonymous().get(&one).await.expect(200);
    assert_eq!(reply.header("age"), "3600");
    // For longer than stale-if-error says, nothing is given that may not be right.
    app.advance(chrono::Duration::hours(24));
    app.anonymous().get(&one).await.problem(503, "unavailable");
    app.database_is_away(false).await;
    app.until(async || app.db.changes().is_heard()).await;
    let reply = app.anonymous().get(&one).await.expect(200);
    assert_eq!(status(&reply), "fwd=miss; stored");
    assert_eq!(status(&app.anonymous().get(&one).await), "hit");
    app.anonymous().get("/v1/tags").await.expect(200);
}

async fn others_are_heard(app: TestApp) {
    let one = long_article(&app).await;
    let other = app.second();
    other.until(async || other.db.changes().is_heard()).await;
    for _ in 0..2 {
        other.anonymous().get(&one).await.expect(200);
    }
    app.change(&one, json!({"title": "Two"})).await;
    app.publish(one.rsplit('/').next().unwrap()).await;
    assert_eq!(app.public(&one).await["title"], "Two");
    other
        .until(async || other.public(&one).await["title"] == "Two")
        .await;
    // A purge is heard, too.
    let reply = other.anonymous().get(&one).await;
    assert_eq!(status(&reply), "hit");
    app.admin()
        .post("/v1/cache/purge", &json!({}))
        .await
        .expect(204);
    if app.kind == Kind::Postgres {
        other
            .until(async || status(&other.anonymous().get(&one).await) != "hit")
            .await;
    }
}
