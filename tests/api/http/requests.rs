//! What a request may not be: its headers, its body, its parameters, its credentials.

use reqwest::Method;
use serde_json::json;

use crate::support::{Kind, TestApp};

on_both!(
    the_answer_is_json_only,
    a_body_has_its_type,
    a_body_has_a_limit,
    a_body_is_json,
    a_body_is_text_without_nul,
    all_that_is_wrong_with_a_body_is_told_at_once,
    parameters_are_known_and_given_once,
    a_query_is_text_without_nul,
    requests_that_are_no_http_are_refused,
);

const JSON: &str = "application/json";

async fn the_answer_is_json_only(app: TestApp) {
    for accept in [
        "text/html",
        "application/xml",
        "application/json;q=0",
        "image/*, text/*",
    ] {
        for path in ["/v1/tags", "/v1/tags/x", "/"] {
            let reply = app.anonymous().with("Accept", accept).get(path).await;
            reply.problem(406, "not_acceptable");
        }
    }
    for accept in [
        "*/*",
        JSON,
        "application/*",
        "text/html, */*;q=0.1",
        "application/problem+json",
    ] {
        let call = app.anonymous().with("Accept", accept);
        call.get("/v1/tags").await.expect(200);
    }
    let call = app
        .anonymous()
        .with("Accept", "text/html")
        .with("Accept", JSON);
    call.get("/v1/tags").await.expect(200);
}

async fn a_body_has_its_type(app: TestApp) {
    app.tag("Sea").create().await;
    let body = || br#"{"name": "X"}"#.to_vec();
    for kind in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
    ] {
        let call = if kind.is_empty() {
            app.editor()
        } else {
            app.editor().with("Content-Type", kind)
        };
        let reply = call.clone().send(Method::POST, "/v1/tags", body()).await;
        reply.problem(415, "unsupported_media_type");
        assert_eq!(reply.header("accept"), JSON);
        let call = call.if_match("*");
        let reply = call.clone().send(Method::PUT, "/v1/tags/sea", body()).await;
        reply.problem(415, "unsupported_media_type");
        let reply = call.send(Method::PATCH, "/v1/tags/sea", body()).await;
        reply.problem(415, "unsupported_media_type");
        let patches = "application/merge-patch+json, application/json";
        assert_eq!(reply.header("accept-patch"), patches);
    }
    let call = app
        .editor()
        .with("Content-Type", "application/merge-patch+json");
    let reply = call.send(Method::POST, "/v1/tags", body()).await;
    reply.problem(415, "unsupported_media_type");
    let call = app
        .editor()
        .with("Content-Type", JSON)
        .with("Content-Encoding", "gzip");
    let reply = call.send(Method::POST, "/v1/tags", body()).await;
    reply.problem(415, "unsupported_media_type");
    for kind in ["application/json; charset=utf-8", "Application/JSON"] {
        let call = app.editor().with("Content-Type", kind);
        call.send(Method::POST, "/v1/tags", body())
            .await
            .expect(201);
    }
    let call = app.editor().with("Content-Type", JSON).if_match("*");
    call.send(Method::PATCH, "/v1/tags/sea", body())
        .await
        .expect(200);
}

async fn a_body_has_a_limit(kind: Kind) {
    let app = TestApp::start_with(kind, |settings| settings.server.body_limit = 2_000).await;
    let padded = |size: usize| {
        let body = r#"{"name": "X"}"#;
        format!("{body}{}", " ".repeat(size - body.len())).into_bytes()
    };
    let call = app.editor().with("Content-Type", JSON);
    let reply = call
        .clone()
        .send(Method::POST, "/v1/tags", padded(2_001))
        .await;
    assert_eq!(reply.problem(413, "payload_too_large")["limit"], 2_000);
    assert!(app.editor().get("/v1/tags").await.data().is_empty());
    call.send(Method::POST, "/v1/tags", padded(2_000))
        .await
        .expect(201);

    // Without a length: the limit holds while it comes in.
    let key = crate::support::key_of("editor");
    let chunk = format!("1000\r\n{}\r\n", " ".repeat(4_096));
    let request = format!(
        "POST /v1/tags HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"
    );
    let answer = app.raw(request.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("\"payload_too_large\""), "{answer}");
}

async fn a_body_is_json(app: TestApp) {
    let call = app.editor().with("Content-Type", JSON);
    for (body, place) in [
        ("{\n  \"name\": \n}", "line 3 column 1"),
        ("{\"name\": \"X\",}", "line 1 column 14"),
        ("{\"name\": \"X\"", "line 1 column 12"),
        ("", "line 1 column 0"),
        ("{\"name\": \"X\"} x", "line 1 column 15"),
        ("{'name': 'X'}", "line 1 column 2"),
        (&"[".repeat(200), "line 1 column 128"),
    ] {
        let reply = call
            .clone()
            .send(Method::POST, "/v1/tags", body.into())
            .await;
        let problem = reply.problem(400, "malformed_json");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(place), "{place}: {reply}");
    }
    for body in ["[]", "null", "\"x\"", "1", "true"] {
        let reply = call
            .clone()
            .send(Method::POST, "/v1/tags", body.into())
            .await;
        reply.refuses(422, "invalid_fields", &[("", "wrong_type")]);
    }
    assert!(app.editor().get("/v1/tags").await.data().is_empty());
}

async fn a_body_is_text_without_nul(app: TestApp) {
    let call = app.editor().with("Content-Type", JSON);
    for body in [
        &b"{\"name\": \"a\xff\"}"[..],
        b"\xff\xfe{\x00}\x00",
        b"{\"name\": \"\xed\xa0\x80\"}",
    ] {
        let reply = call
            .clone()
            .send(Method::POST, "/v1/tags", body.to_vec())
            .await;
        reply.problem(400, "malformed_request");
    }
    let raw_nul = b"{\"name\": \"a\x00b\"}".to_vec();
    let reply = call.clone().send(Method::POST, "/v1/tags", raw_nul).await;
    reply.problem(400, "malformed_json");
    let lone = br#"{"name": "\ud800"}"#.to_vec();
    let reply = call.send(Method::POST, "/v1/tags", lone).await;
    reply.problem(400, "malformed_json");
    let nul = "a\0b";
    let tag = json!({
        "name": nul, "description": nul, "slug": nul, "image": format!("/{nul}"),
        "seo": {"title": nul, "description": nul}, "metadata": {"x": [{"y": nul}]}, "parent": nul,
    });
    let reply = app.editor().post("/v1/tags", &tag).await;
    reply.problem(422, "invalid_fields");
    let mut places: Vec<String> = reply
        .field_errors()
        .into_iter()
        .map(|(place, _)| place)
        .collect();
    places.sort();
    let all = [
        "/description",
        "/image",
        "/metadata",
        "/name",
        "/parent",
        "/seo/description",
        "/seo/title",
        "/slug",
    ];
    assert_eq!(places, all, "{reply}");
    let key = json!({"name": "X", "metadata": {nul: 1}});
    let reply = app.editor().post("/v1/tags", &key).await;
    reply.refuses(422, "invalid_fields", &[("/metadata", "control_character")]);
    assert!(app.editor().get("/v1/tags").await.data().is_empty());
}

async fn all_that_is_wrong_with_a_body_is_told_at_once(app: TestApp) {
    let tag = json!({
        "naem": "X", "description": "d".repeat(2_001), "kind": "country", "image": 7,
        "seo": {"title": "", "x/y~z": 1}, "visibility": null, "slug": "No Slug",
        "parent": {"id": 1}, "metadata": [],
    });
    let reply = app.editor().post("/v1/tags", &tag).await;
    reply.refuses(
        422,
        "invalid_fields",
        &[
            ("/naem", "unknown_field"),
            ("/name", "missing"),
            ("/description", "too_long"),
            ("/kind", "not_allowed"),
            ("/image", "wrong_type"),
            ("/seo/title", "too_short"),
            ("/seo/x~1y~0z", "unknown_field"),
            ("/slug", "not_a_slug"),
            ("/parent", "wrong_type"),
            ("/metadata", "wrong_type"),
        ],
    );
    let deep = json!({"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}}});
    for (metadata, code) in [
        (deep, "too_deep"),
        (json!({"a": "x".repeat(16_384)}), "too_long"),
    ] {
        let tag = json!({"name": "X", "metadata": metadata});
        let reply = app.editor().post("/v1/tags", &tag).await;
        reply.refuses(422, "invalid_fields", &[("/metadata", code)]);
    }
    let reply = app
        .editor()
        .post("/v1/tags", &json!({"name": "n".repeat(201)}))
        .await;
    reply.refuses(422, "invalid_fields", &[("/name", "too_long")]);
    app.create_tag(json!({"name": "ü".repeat(200)})).await;
    let link = json!({"name": "X", "image": "javascript:alert(1)"});
    let reply = app.editor().post("/v1/tags", &link).await;
    reply.refuses(422, "invalid_fields", &[("/image", "not_a_url")]);
}

async fn parameters_are_known_and_given_once(app: TestApp) {
    app.tag("Sea").create().await;
    for path in [
        "/",
        "/openapi.json",
        "/problems/not_found",
        "/health/live",
        "/health/ready",
        "/v1/tags",
        "/v1/tags/sea",
    ] {
        let reply = app
            .anonymous()
            .get(&format!("{path}?nope=1&nope=2&no="))
            .await;
        let both = [("nope", "unknown_parameter"), ("no", "unknown_parameter")];
        reply.refuses(400, "invalid_parameter", &both);
    }
    let reply = app
        .editor()
        .post("/v1/tags?nope=1", &json!({"name": "X"}))
        .await;
    reply.refuses(400, "invalid_parameter", &[("nope", "unknown_parameter")]);
    for name in ["limit", "page", "total", "sort", "filter", "fields"] {
        let value = match name {
            "total" => "true",
            "sort" | "fields" => "name",
            "filter" => "name=x",
            _ => "1",
        };
        let reply = app
            .anonymous()
            .query("/v1/tags", &[(name, value), (name, value)])
            .await;
        reply.refuses(400, "invalid_parameter", &[(name, "repeated")]);
    }
    let path = "/v1/tags?limit=0&page=0&total=1&sort=x&filter=x&fields=x&kind=x&parent=X&nope=1";
    let reply = app.anonymous().get(path).await;
    reply.problem(400, "invalid_parameter");
    let mut names: Vec<String> = reply
        .field_errors()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    names.sort();
    let all = [
        "fields", "filter", "kind", "limit", "nope", "page", "parent", "sort", "total",
    ];
    assert_eq!(names, all, "{reply}");
    let many = (0..51)
        .map(|n| format!("t{n}"))
        .collect::<Vec<_>>()
        .join(",");
    let reply = app
        .anonymous()
        .get(&format!("/v1/tags?parent={many}"))
        .await;
    reply.refuses(400, "invalid_parameter", &[("parent", "too_many")]);
}

async fn a_query_is_text_without_nul(app: TestApp) {
    for query in ["parent=%FF", "%FF=1", "filter=name%3D%C3", "nope=%ED%A0%80"] {
        let reply = app.anonymous().get(&format!("/v1/tags?{query}")).await;
        reply.problem(400, "malformed_request");
    }
    let reply = app
        .anonymous()
        .get("/v1/tags?filter=name%3D%22a%00b%22")
        .await;
    reply.problem(400, "invalid_parameter");
    let found = reply.field_errors();
    assert!(
        found
            .iter()
            .any(|(name, code)| name == "filter" && code == "control_character")
    );
    app.anonymous()
        .get("/v1/tags?cursor=%00")
        .await
        .problem(400, "invalid_cursor");
}

async fn requests_that_are_no_http_are_refused(app: TestApp) {
    for request in [
        "nonsense\r\n\r\n",
        "GET /v1/tags HTTP/9.9\r\n\r\n",
        "POST /v1/tags HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    ] {
        let answer = app.raw(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 4"), "{request}: {answer}");
    }
    app.anonymous().get("/health/live").await.expect(200);
}
