//! The page that links lead to.

use crate::support::TestApp;

on_both!(the_page_loads_nothing_of_others);

async fn the_page_loads_nothing_of_others(app: TestApp) {
    let files = [
        ("/account", "text/html; charset=utf-8"),
        ("/account/page.js", "text/javascript; charset=utf-8"),
        ("/account/page.css", "text/css; charset=utf-8"),
    ];
    for (path, kind) in files {
        let reply = app.anonymous().get(path).await.expect(200);
        assert_eq!(reply.header("content-type"), kind);
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
        assert!(policy.contains("frame-ancestors 'none'"));
        let text = String::from_utf8(reply.body.clone()).unwrap();
        assert!(!text.contains("://"), "{path} names another server");
        assert!(!text.contains("innerHTML") && !text.contains("onclick"));
        app.anonymous().head(path).await.expect(200);
        let reply = app.anonymous().post(path, &serde_json::json!({})).await;
        reply.problem(405, "method_not_allowed");
    }
    let reply = app.anonymous().get("/account/other.js").await;
    reply.problem(404, "not_found");
}
