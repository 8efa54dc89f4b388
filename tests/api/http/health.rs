//! What the service says of itself: its health, its front page, its kinds of problems.

use masthead::error::Code;
use serde_json::json;

use crate::support::{Kind, TestApp};

on_both!(
    it_lives_and_is_ready,
    it_is_not_ready_without_its_database,
    the_front_page_leads_to_the_documentation,
    the_documentation_is_there,
    each_kind_of_problem_is_explained,
);

async fn it_lives_and_is_ready(app: TestApp) {
    for path in ["/health/live", "/health/ready"] {
        for (caller, cache_control) in [
            (app.anonymous(), "no-store"),
            (app.reader(), "private, no-store"),
        ] {
            let reply = caller.get(path).await.expect(200);
            let mut expected = json!({"status": "ok"});
            if path == "/health/ready" {
                expected["overdue_transitions"] = json!({"count": 0, "oldest": null});
            }
            assert_eq!(reply.json(), expected);
            assert_eq!(reply.header("cache-control"), cache_control);
        }
    }
    let before = app.statements();
    app.anonymous().get("/health/live").await.expect(200);
    assert_eq!(
        app.statements(),
        before,
        "liveness asks nothing of the database"
    );
}

async fn it_is_not_ready_without_its_database(app: TestApp) {
    app.anonymous().get("/health/ready").await.expect(200);
    app.break_database().await;
    app.anonymous().get("/health/live").await.expect(200);
    for path in ["/health/ready", "/v1/tags"] {
        let reply = app.anonymous().get(path).await;
        if app.kind == Kind::Postgres {
            reply.problem(503, "unavailable");
            assert_eq!(reply.header("retry-after"), "5");
        } else {
            reply.problem(500, "internal");
        }
        let text = String::from_utf8_lossy(&reply.body).to_lowercase();
        for inside in ["live_tags", "sql", "postgres", "connection", "127.0.0.1"] {
            assert!(!text.contains(inside), "it tells of the inside: {reply}");
        }
    }
}

async fn the_front_page_leads_to_the_documentation(app: TestApp) {
    let page = json!({"product": "Masthead", "site": "Masthead", "openapi": "/openapi.json", "docs": "/docs"});
    assert_eq!(app.anonymous().get("/").await.expect(200).json(), page);
    let to_a_key = app.reader().get("/").await.expect(200).json();
    assert_eq!(to_a_key["version"], env!("CARGO_PKG_VERSION"));
}

async fn the_documentation_is_there(app: TestApp) {
    let reply = app
        .anonymous()
        .with("Accept", "text/html")
        .get("/docs")
        .await;
    assert_eq!(reply.status, 308, "{reply}");
    assert_eq!(reply.header("location"), "/docs/");
    let browser = || app.anonymous().with("Accept", "text/html,*/*;q=0.8");
    let page = browser().get("/docs/").await.expect(200);
    let html = String::from_utf8(page.body).unwrap();
    assert!(
        page.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    for part in [
        "swagger-ui-bundle.js",
        "swagger-ui.css",
        "swagger-initializer.js",
    ] {
        assert!(html.contains(part), "{html}");
        let file = browser().get(&format!("/docs/{part}")).await.expect(200);
        let text = String::from_utf8_lossy(&file.body);
        assert!(!text.is_empty());
        if part == "swagger-initializer.js" {
            assert!(text.contains("/openapi.json"), "{text}");
        }
    }
    assert!(
        !html.contains("//"),
        "it loads nothing from elsewhere: {html}"
    );
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe-eval"), "{policy}");
    assert!(!policy.contains("http"), "nothing of elsewhere: {policy}");
}

async fn each_kind_of_problem_is_explained(app: TestApp) {
    for code in Code::ALL {
        let reply = app.anonymous().get(&code.type_uri()).await.expect(200);
        let kind = reply.json();
        assert_eq!(kind["code"], code.name());
        assert_eq!(kind["status"], code.status().as_u16());
        for member in ["title", "meaning"] {
            assert!(!kind[member].as_str().unwrap().is_empty(), "{reply}");
        }
    }
    app.anonymous()
        .get("/problems/nope")
        .await
        .problem(404, "not_found");
}
