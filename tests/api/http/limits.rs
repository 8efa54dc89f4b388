//! How often something may be done, and what every answer says to browsers and caches.

use std::fmt::Write as _;

use chrono::Duration;
use masthead::config::{Rate, Settings};
use reqwest::Method;
use serde_json::json;

use crate::support::{Kind, Reply, TestApp};

on_both!(
    writes_have_a_limit,
    no_way_of_writing_a_request_gets_round_the_limit,
    strangers_are_counted_by_their_address,
    proxies_that_are_trusted_tell_the_address,
    reads_of_the_public_have_a_limit_if_the_settings_say_so,
    browsers_are_told_to_use_https_if_the_settings_say_so,
    what_carries_credentials_is_for_no_cache,
);

async fn start(kind: Kind, change: impl FnOnce(&mut Settings)) -> TestApp {
    TestApp::start_with(kind, change).await
}

fn rate(requests: u32, seconds: u32) -> Rate {
    Rate { requests, seconds }
}

fn is_refused(reply: &Reply, wait: &str) {
    let problem = reply.problem(429, "too_many_requests");
    assert_eq!(reply.header("retry-after"), wait, "{reply}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(&format!("{wait} second")), "{reply}");
}

async fn writes_have_a_limit(app: TestApp) {
    // What it is by default.
    let tag = json!({"name": "Sea"});
    let reply = app.editor().post("/v1/tags", &tag).await.expect(201);
    assert_eq!(reply.header("ratelimit-policy"), "\"writes\";q=6000;w=60");
    assert_eq!(reply.header("ratelimit"), "\"writes\";r=5999;t=1");

    let app = start(app.kind, |settings| settings.limits.writes = rate(3, 90)).await;
    let write = async |name: &str| app.editor().post("/v1/tags", &json!({"name": name})).await;
    let reply = app.editor().post("/v1/tags", &tag).await.expect(201);
    assert_eq!(reply.header("ratelimit-policy"), "\"writes\";q=3;w=90");
    assert_eq!(reply.header("ratelimit"), "\"writes\";r=2;t=30");
    // What is refused for another reason counts as well, and says so.
    let reply = write("").await;
    reply.problem(422, "invalid_fields");
    assert_eq!(reply.header("ratelimit"), "\"writes\";r=1;t=30");
    let reply = app.editor().remove("/v1/tags/sea").await.expect(204);
    assert_eq!(reply.header("ratelimit"), "\"writes\";r=0;t=30");

    let origin = "https://a.example";
    let call = app.editor().with("Origin", origin);
    let reply = call.post("/v1/tags", &tag).await;
    is_refused(&reply, "30");
    assert_eq!(reply.header("ratelimit-policy"), "\"writes\";q=3;w=90");
    assert_eq!(reply.header("ratelimit"), "\"writes\";r=0;t=30");
    assert_eq!(reply.header("access-control-allow-origin"), "*", "{reply}");
    let exposed = reply.header("access-control-expose-headers").to_lowercase();
    for name in ["ratelimit", "ratelimit-policy", "retry-after"] {
        assert!(exposed.split(", ").any(|one| one == name), "{exposed}");
    }
    assert!(app.editor().get("/v1/tags").await.data().is_empty());

    // Reads go on, and so does another caller.
    let reply = app.editor().get("/v1/tags").await.expect(200);
    assert_eq!(reply.header("ratelimit"), "");
    app.admin().post("/v1/tags", &tag).await.expect(201);

    app.advance(Duration::milliseconds(29_999));
    is_refused(&write("Lake").await, "1");
    app.advance(Duration::milliseconds(1));
    write("Lake").await.expect(201);
    is_refused(&write("Pond").await, "30");

    let app = start(app.kind, |settings| settings.limits.writes = rate(0, 60)).await;
    let reply = app.editor().post("/v1/tags", &tag).await.expect(201);
    assert_eq!(reply.header("ratelimit"), "", "no limit: {reply}");
    assert_eq!(reply.header("ratelimit-policy"), "", "no limit: {reply}");
}

async fn no_way_of_writing_a_request_gets_round_the_limit(kind: Kind) {
    let app = start(kind, |settings| settings.limits.writes = rate(1, 3_600)).await;
    let call = || app.editor().with("Content-Type", "application/json");
    let body = || br#"{"name": "Sea"}"#.to_vec();
    call()
        .send(Method::POST, "/v1/tags", body())
        .await
        .expect(201);
    for path in [
        "/v1/tags",
        "/v1/tags/",
        "/V1/TAGS",
        "/v1//tags",
        "//v1/tags",
        "/%761/tags",
        "/v1/%74ags",
        "/v1/tags?x=/v1/auth/login",
        "/v1/tags;/v1/auth",
        "/nope",
        "/",
        "/docs/",
        "/health/live",
    ] {
        for method in ["POST", "PUT", "PATCH", "DELETE", "PURGE"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let reply = call().send(method, path, body()).await;
            reply.problem(429, "too_many_requests");
        }
    }
    for (name, value) in [
        ("X-HTTP-Method-Override", "GET"),
        ("X-HTTP-Method", "GET"),
        ("X-Method-Override", "GET"),
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Real-IP", "203.0.113.9"),
        ("Forwarded", "for=203.0.113.9"),
        ("X-Original-URL", "/v1/auth/login"),
        ("Origin", "https://a.example"),
        ("Expect", "100-continue"),
    ] {
        let call = call().with(name, value);
        let reply = call.send(Method::POST, "/v1/tags", body()).await;
        reply.problem(429, "too_many_requests");
    }
    let reply = call()
        .send(Method::POST, "/v1/tags?_method=GET", body())
        .await;
    reply.problem(429, "too_many_requests");
    // As no client would write it.
    let key = crate::support::key_of("editor");
    for target in [
        "/v1/auth/../tags",
        "/v1/auth/%2e%2e/tags",
        "/v1/./tags",
        "http://a/v1/tags",
        "/v1/tags#/v1/auth",
    ] {
        let mut request = format!("POST {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n");
        write!(request, "Authorization: Bearer {key}\r\n").unwrap();
        request.push_str("Content-Length: 0\r\n\r\n");
        let answer = app.raw(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 429 "), "{target}: {answer}");
    }
    // A method that is safe writes nothing, whatever else the request says.
    let reading = app.editor().with("X-HTTP-Method-Override", "DELETE");
    reading.get("/v1/tags/sea").await.expect(200);
    app.editor().options("/v1/tags").await.expect(204);
}

async fn strangers_are_counted_by_their_address(kind: Kind) {
    let app = start(kind, |settings| settings.limits.writes = rate(2, 60)).await;
    let tag = json!({"name": "Sea"});
    for left in ["1", "0"] {
        let reply = app.anonymous().post("/v1/tags", &tag).await;
        reply.problem(401, "unauthorized");
        let expected = format!("\"writes\";r={left};t=30");
        assert_eq!(reply.header("ratelimit"), expected);
    }
    // Nobody is believed what they say of their address.
    let call = app.anonymous().with("X-Forwarded-For", "203.0.113.9");
    is_refused(&call.post("/v1/tags", &tag).await, "30");
    // Whoever has a key is counted by that.
    app.editor().post("/v1/tags", &tag).await.expect(201);
}

async fn proxies_that_are_trusted_tell_the_address(kind: Kind) {
    let app = start(kind, |settings| {
        settings.limits.writes = rate(1, 60);
        let trusted = ["127.0.0.0/8", "10.0.0.1"];
        settings.server.trusted_proxies = trusted.map(|one| one.parse().unwrap()).to_vec();
    })
    .await;
    let from = |lines: &[&str]| {
        let call = lines.iter().fold(app.anonymous(), |call, line| {
            call.with("X-Forwarded-For", line)
        });
        async move { call.post("/nope", &json!({})).await.status }
    };
    assert_eq!(from(&["203.0.113.1"]).await, 404);
    assert_eq!(from(&["203.0.113.1"]).await, 429);
    assert_eq!(from(&["203.0.113.2"]).await, 404);
    assert_eq!(from(&["203.0.113.3", "203.0.113.2, 10.0.0.1"]).await, 429);
    assert_eq!(from(&["203.0.113.2, 203.0.113.3"]).await, 404);
    assert_eq!(from(&["2001:db8::1"]).await, 404);
    assert_eq!(from(&["2001:db8::2"]).await, 429);
    // Garbage leaves what was known before it.
    assert_eq!(from(&["203.0.113.4, garbage"]).await, 404);
    assert_eq!(from(&[]).await, 429);
}

async fn reads_of_the_public_have_a_limit_if_the_settings_say_so(app: TestApp) {
    let reply = app.anonymous().get("/v1/tags").await.expect(200);
    assert_eq!(reply.header("ratelimit"), "");
    let app = start(app.kind, |settings| {
        settings.limits.public_reads = rate(4, 60);
    })
    .await;
    let reply = app.anonymous().get("/v1/tags").await.expect(200);
    let policy = "\"public-reads\";q=4;w=60";
    assert_eq!(reply.header("ratelimit-policy"), policy);
    assert_eq!(reply.header("ratelimit"), "\"public-reads\";r=3;t=15");
    let call = app.anonymous().with("If-None-Match", &reply.etag());
    let reply = call.get("/v1/tags").await.expect(304);
    assert_eq!(reply.header("ratelimit"), "\"public-reads\";r=2;t=15");
    app.anonymous().head("/%761/tags").await.expect(200);
    app.anonymous().get("/v1/tags/nope").await.expect(404);
    for path in ["/v1/tags", "/%761/tags", "/v1/tags/nope", "/v1//tags"] {
        let reply = app.anonymous().get(path).await;
        is_refused(&reply, "15");
        assert_eq!(reply.header("ratelimit-policy"), policy);
    }
    app.anonymous().head("/v1/tags").await.expect(429);
    for path in ["/", "/openapi.json", "/health/ready", "/docs/"] {
        let reply = app.anonymous().get(path).await.expect(200);
        assert_eq!(reply.header("ratelimit"), "", "{reply}");
    }
    let reply = app.reader().get("/v1/tags").await.expect(200);
    assert_eq!(reply.header("ratelimit"), "", "{reply}");
}

async fn browsers_are_told_to_use_https_if_the_settings_say_so(app: TestApp) {
    const NAME: &str = "strict-transport-security";
    let reply = app.anonymous().get("/").await.expect(200);
    assert_eq!(reply.header(NAME), "");
    let app = start(app.kind, |settings| {
        settings.server.hsts_seconds = 31_536_000
    })
    .await;
    for path in ["/", "/v1/tags", "/nope", "/docs"] {
        let reply = app.anonymous().get(path).await;
        assert_eq!(reply.header(NAME), "max-age=31536000", "{reply}");
    }
}

async fn what_carries_credentials_is_for_no_cache(app: TestApp) {
    for path in ["/", "/v1/tags", "/openapi.json", "/docs/", "/docs"] {
        for cookie in ["masthead_session=x", "a=b; __Secure-masthead_session=x"] {
            let reply = app.anonymous().with("Cookie", cookie).get(path).await;
            assert!(reply.status < 400, "{reply}");
            assert_eq!(reply.header("cache-control"), "private, no-store");
        }
        let reply = app.anonymous().with("Cookie", "theme=dark").get(path).await;
        let cache_control = reply.header("cache-control");
        assert!(cache_control.starts_with("public, "), "{reply}");
    }
    let cookie = || app.anonymous().with("Cookie", "masthead_session=x");
    let reply = cookie().get("/nope").await.expect(404);
    assert_eq!(reply.header("cache-control"), "private, no-store");
}
