//! Methods and conditions: 404, 405, OPTIONS, HEAD, CORS, 304.

use masthead::routes::TABLE;
use reqwest::Method;
use serde_json::json;

use crate::support::{Kind, Reply, TestApp};

on_both!(
    nothing_is_at_other_addresses,
    other_methods_are_told_which_there_are,
    options_names_the_methods,
    head_is_get_without_the_body,
    browsers_may_call_from_anywhere,
    browsers_may_call_from_named_origins_only,
    what_the_public_has_is_not_sent_again,
    what_an_editor_has_is_not_sent_again,
);

/// The paths of the table, each with something in its place-holders, and their methods.
fn paths() -> Vec<(String, Vec<&'static str>)> {
    let mut paths: Vec<(String, Vec<&str>)> = Vec::new();
    for (method, path) in TABLE {
        let path: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { "x" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        match paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, methods)) => methods.push(method),
            None => paths.push((path, vec![method])),
        }
    }
    paths
}

async fn nothing_is_at_other_addresses(app: TestApp) {
    for path in [
        "/nope",
        "/v1",
        "/v1/",
        "/v2/tags",
        "/v1/tags/",
        "/v1/tags/a/b",
        "/v1//tags",
        "/V1/tags",
        "/health",
    ] {
        for caller in [app.anonymous(), app.editor()] {
            caller.clone().get(path).await.problem(404, "not_found");
            caller
                .clone()
                .post(path, &json!({}))
                .await
                .problem(404, "not_found");
            caller.delete(path).await.problem(404, "not_found");
        }
    }
    for path in ["/v1/tags/%FF", "/v1/tags/%00", "/v1/tags/..%2f..%2fetc"] {
        let reply = app.anonymous().get(path).await;
        reply.problem(404, "not_found");
    }
}

/// The methods in `Allow`, sorted.
fn allowed(reply: &Reply) -> Vec<String> {
    let list = reply.header("allow").split(", ").map(str::to_owned);
    let mut list: Vec<String> = list.collect();
    list.sort();
    list
}

fn expected(methods: &[&str]) -> Vec<String> {
    let mut list: Vec<String> = methods.iter().map(|m| (*m).to_owned()).collect();
    list.push("OPTIONS".to_owned());
    if methods.contains(&"GET") {
        list.push("HEAD".to_owned());
    }
    list.sort();
    list
}

async fn other_methods_are_told_which_there_are(app: TestApp) {
    for (path, methods) in paths() {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PURGE"] {
            if methods.contains(&method) {
                continue;
            }
            let other = Method::from_bytes(method.as_bytes()).unwrap();
            let reply = app.anonymous().send(other, &path, Vec::new()).await;
            reply.problem(405, "method_not_allowed");
            assert_eq!(allowed(&reply), expected(&methods), "{reply}");
        }
    }
}

async fn options_names_the_methods(app: TestApp) {
    for (path, methods) in paths() {
        let reply = app.anonymous().options(&path).await.expect(204);
        assert_eq!(allowed(&reply), expected(&methods), "{reply}");
        assert!(reply.body.is_empty());
    }
    app.anonymous()
        .options("/nope")
        .await
        .problem(404, "not_found");
}

async fn head_is_get_without_the_body(app: TestApp) {
    app.tag("Old").create().await;
    app.editor()
        .change("/v1/tags/old", &json!({"slug": "sea"}))
        .await
        .expect(200);
    for path in [
        "/",
        "/openapi.json",
        "/problems/not_found",
        "/health/live",
        "/health/ready",
        "/v1/tags",
        "/v1/tags?total=true",
        "/v1/tags?nope=1",
        "/v1/tags/sea",
        "/v1/tags/old",
        "/v1/tags/nope",
        "/nope",
    ] {
        for caller in [app.anonymous(), app.editor(), app.anonymous().bearer("x")] {
            let get = caller.clone().get(path).await;
            let head = caller.head(path).await;
            assert_eq!(head.status, get.status, "{head}");
            assert!(head.body.is_empty(), "{head}");
            for header in [
                "content-type",
                "content-length",
                "etag",
                "cache-control",
                "vary",
                "link",
                "location",
                "www-authenticate",
            ] {
                assert_eq!(head.header(header), get.header(header), "{header}: {head}");
            }
        }
    }
}

async fn browsers_may_call_from_anywhere(app: TestApp) {
    app.tag("Sea").create().await;
    let call = || app.anonymous().with("Origin", "https://a.example");
    let editor = || app.editor().with("Origin", "https://a.example");
    for reply in [
        call().get("/v1/tags").await.expect(200),
        editor().get("/v1/tags/sea").await.expect(200),
        call().get("/v1/tags/no").await.expect(404),
        call().get("/nope").await.expect(404),
        call().post("/v1/tags", &json!({})).await.expect(401),
        call().bearer("x").get("/v1/tags").await.expect(401),
        call()
            .with("Accept", "text/html")
            .get("/v1/tags")
            .await
            .expect(406),
    ] {
        assert_eq!(reply.header("access-control-allow-origin"), "*", "{reply}");
        assert_eq!(
            reply.header("access-control-allow-credentials"),
            "",
            "{reply}"
        );
        let exposed = reply.header("access-control-expose-headers").to_lowercase();
        for header in [
            "etag",
            "link",
            "location",
            "x-request-id",
            "retry-after",
            "ratelimit",
            "ratelimit-policy",
            "allow",
        ] {
            assert!(exposed.contains(header), "{header}: {reply}");
        }
    }
    // Who comes from no page has no use for it.
    let reply = app.anonymous().get("/v1/tags").await.expect(200);
    assert_eq!(reply.header("access-control-expose-headers"), "", "{reply}");
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let reply = call()
            .with("Access-Control-Request-Method", method)
            .with(
                "Access-Control-Request-Headers",
                "authorization, content-type, if-match, if-none-match",
            )
            .options("/v1/tags/sea")
            .await;
        assert!(reply.status == 200 || reply.status == 204, "{reply}");
        assert_eq!(reply.header("access-control-allow-origin"), "*");
        assert!(
            reply
                .header("access-control-allow-methods")
                .contains(method),
            "{reply}"
        );
        let headers = reply.header("access-control-allow-headers").to_lowercase();
        for header in ["authorization", "content-type", "if-match", "if-none-match"] {
            assert!(headers.contains(header), "{header}: {reply}");
        }
        assert_eq!(reply.header("access-control-max-age"), "3600");
    }
}

async fn browsers_may_call_from_named_origins_only(kind: Kind) {
    let app = TestApp::start_with(kind, |settings| {
        settings.cors.allowed_origins = vec!["https://a.example".to_owned()];
    })
    .await;
    for (origin, granted) in [
        ("https://a.example", "https://a.example"),
        ("https://b.example", ""),
        ("http://a.example", ""),
        ("null", ""),
    ] {
        let reply = app.anonymous().with("Origin", origin).get("/v1/tags").await;
        let reply = reply.expect(200);
        assert_eq!(
            reply.header("access-control-allow-origin"),
            granted,
            "{reply}"
        );
        assert!(reply.header("vary").contains("Origin"), "{reply}");
        let reply = app
            .anonymous()
            .with("Origin", origin)
            .with("Access-Control-Request-Method", "GET")
            .options("/v1/tags")
            .await;
        assert_eq!(
            reply.header("access-control-allow-origin"),
            granted,
            "{reply}"
        );
    }
}

async fn what_the_public_has_is_not_sent_again(app: TestApp) {
    app.tag("Sea").create().await;
    for path in [
        "/",
        "/openapi.json",
        "/problems/not_found",
        "/v1/tags",
        "/v1/tags/sea",
    ] {
        let etag = app.anonymous().get(path).await.expect(200).etag();
        for given in [
            etag.clone(),
            format!("W/{etag}"),
            "*".to_owned(),
            format!("\"x\", {etag}"),
        ] {
            let call = app.anonymous().with("If-None-Match", &given);
            let reply = call.get(path).await.expect(304);
            assert!(reply.body.is_empty());
            assert_eq!(reply.etag(), etag);
            assert!(!reply.header("cache-control").is_empty());
            let call = app.anonymous().with("If-None-Match", &given);
            call.head(path).await.expect(304);
        }
        let call = app.anonymous().with("If-None-Match", "\"other\"");
        call.get(path).await.expect(200);
    }
    let list = app.anonymous().get("/v1/tags").await.etag();
    let tag = app.anonymous().get("/v1/tags/sea").await.etag();
    app.editor()
        .change("/v1/tags/sea", &json!({"name": "Lake"}))
        .await
        .expect(200);
    for (path, etag) in [("/v1/tags", list), ("/v1/tags/sea", tag)] {
        let call = app.anonymous().with("If-None-Match", &etag);
        let changed = call.get(path).await.expect(200);
        assert_ne!(changed.etag(), etag);
    }
}

async fn what_an_editor_has_is_not_sent_again(app: TestApp) {
    app.tag("Sea").create().await;
    for path in ["/v1/tags", "/v1/tags/sea", "/"] {
        let etag = app.editor().get(path).await.expect(200).etag();
        let call = app.editor().with("If-None-Match", &etag);
        let reply = call.get(path).await.expect(304);
        assert_eq!(reply.etag(), etag);
        assert_eq!(reply.header("cache-control"), "private, no-store");
        let public = app.anonymous().get(path).await.etag();
        assert_ne!(public, etag, "the two audiences' tags differ: {path}");
        let call = app.editor().with("If-None-Match", &public);
        call.get(path).await.expect(200);
    }
    // A write is answered in full whatever the caller has.
    let etag = app.editor().get("/v1/tags/sea").await.etag();
    let call = app.editor().if_match("*").with("If-None-Match", &etag);
    let reply = call.patch("/v1/tags/sea", &json!({})).await.expect(200);
    assert!(!reply.body.is_empty());
}
