//! Attacks by way of browsers and caches. `attacks` says which attack is tried where.

use masthead::auth::Role;
use masthead::config::{PublicReads, Settings};
use masthead::routes::TABLE;
use reqwest::Method;
use serde_json::json;

use crate::support::accounts::PASSWORD;
use crate::support::workflow::path;
use crate::support::{Kind, Resource as _, TestApp};

on_both!(
    d4_44_no_answer_leads_to_another_host,
    d4_45_no_page_of_another_site_writes,
    d4_46_what_is_for_somebody_is_kept_by_no_cache,
    d4_46_two_callers_share_no_answer,
    d4_46_a_closed_site_answers_no_stranger,
);

async fn d4_44_no_answer_leads_to_another_host(app: TestApp) {
    let made = app
        .create_published(json!({"title": "Old", "aliases": ["/old/a.html"]}))
        .await;
    let path = path(&made);
    app.change(&path, json!({"slug": "new"})).await;
    app.publish(made.id()).await;
    for target in [
        "/v1/articles/old",
        "/v1/articles/old?fields=title",
        "/v1/articles/old?return_to=//evil.example",
        "//evil.example/v1/articles/old",
        "/\\evil.example",
        "/%5cevil.example",
        "//evil.example/%2e%2e",
        "/v1/articles//evil.example",
        "/v1/articles/%2f%2fevil.example",
        "/docs",
        "/docs/..//evil.example",
        "http://evil.example/v1/articles/old",
        "/v1/auth/login?next=//evil.example",
        "/v1/redirects?path=//evil.example",
        "/v1/redirects?path=/old/a.html",
        "/v1/tags?limit=1&x=//evil.example",
    ] {
        for host in [
            "evil.example",
            "api.example.org\r\nX-Forwarded-Host: evil.example",
        ] {
            let request =
                format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let answer = app.raw(request.as_bytes());
            let head = answer.split("\r\n\r\n").next().unwrap();
            for line in head.lines() {
                let line = line.to_lowercase();
                let leads = ["location:", "link:", "refresh:", "content-location:"];
                if leads.iter().any(|name| line.starts_with(name)) {
                    let to = line.split_once(": ").unwrap().1.trim_start_matches('<');
                    assert!(
                        to.starts_with('/') && !to.starts_with("//"),
                        "{target}: {line}"
                    );
                    assert!(!to.starts_with("/\\"), "{target}: {line}");
                }
            }
            assert!(!head.to_lowercase().contains("://evil"), "{answer}");
        }
    }
    let reply = app
        .anonymous()
        .get("/v1/redirects?path=/old/a.html")
        .await
        .expect(200);
    assert_eq!(reply.json()["location"], path);
    for alias in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil",
    ] {
        let reply = app
            .editor()
            .post("/v1/articles", &json!({"title": "X", "aliases": [alias]}))
            .await;
        reply.problem(422, "invalid_fields");
    }
}

async fn d4_45_no_page_of_another_site_writes(app: TestApp) {
    // What pages of other origins may do with the refresh cookie is tried in `session_cookie`.
    app.account("jane", Role::Admin, None).await;
    let body = json!({"email": "jane@example.org", "password": PASSWORD, "cookie": true});
    let reply = app
        .anonymous()
        .post("/v1/auth/login", &body)
        .await
        .expect(200);
    let cookie = reply
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    // No route but those that sign in takes a cookie, and these take no form.
    let open = [
        "login",
        "logout",
        "password",
        "password-reset",
        "refresh",
        "setup",
    ];
    let open = open.map(|name| format!("/v1/auth/{name}"));
    for (method, path) in TABLE {
        if *method == "GET" {
            continue;
        }
        let path = path.replace(['{', '}'], "");
        let status = if open.contains(&path) { 415 } else { 401 };
        for kind in [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
            "text/plain; application/json",
            "",
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let call = app
                .anonymous()
                .with("Cookie", &cookie)
                .with("Origin", "https://evil.example");
            let call = if kind.is_empty() {
                call
            } else {
                call.with("Content-Type", kind)
            };
            let reply = call
                .send(method, &path, b"{\"title\":\"X\"}".to_vec())
                .await;
            assert_eq!(reply.status, status, "{reply}");
            assert_eq!(
                reply.header("access-control-allow-credentials"),
                "",
                "{reply}"
            );
        }
    }
    // Browsers that tell the site of the page are not needed for that, nor do they change it.
    for site in ["cross-site", "same-site", "none"] {
        let call = app
            .anonymous()
            .with("Cookie", &cookie)
            .with("Sec-Fetch-Site", site);
        let reply = call.post("/v1/auth/refresh", &json!({})).await;
        reply.problem(403, "forbidden");
    }
    let origin = format!("http://{}", app.host());
    let call = app
        .anonymous()
        .with("Cookie", &cookie)
        .with("Origin", &origin);
    call.post("/v1/auth/refresh", &json!({})).await.expect(200);
}

async fn d4_46_what_is_for_somebody_is_kept_by_no_cache(app: TestApp) {
    let user = app.user(Role::Admin).await;
    app.article("Open").publish().await;
    let key = crate::support::key_of("admin");
    // Each answer is checked where it is read: `private, no-store`, and `Vary`.
    for (method, path) in TABLE {
        let path = path.replace("{article}", "open").replace(['{', '}'], "");
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        for token in [user.access.as_str(), &key, "mhk_not_good"] {
            if method != Method::GET && path.contains("logout") {
                continue;
            }
            app.bearer(token)
                .send(method.clone(), &path, Vec::new())
                .await;
        }
        let reply = app
            .anonymous()
            .send(method.clone(), &path, Vec::new())
            .await;
        if method != Method::GET {
            let kept = reply.header("cache-control");
            assert!(kept.contains("no-store"), "{reply}");
        }
    }
    for body in [
        json!({"email": user.email, "password": PASSWORD}),
        json!({"email": user.email, "password": PASSWORD, "cookie": true}),
    ] {
        let reply = app
            .anonymous()
            .post("/v1/auth/login", &body)
            .await
            .expect(200);
        assert_eq!(reply.header("cache-control"), "private, no-store");
    }
    let reply = app.refresh(&user.refresh).await.expect(200);
    assert_eq!(reply.header("cache-control"), "private, no-store");
}

async fn d4_46_two_callers_share_no_answer(app: TestApp) {
    let one = app.named_user("one", Role::Contributor).await;
    let two = app.named_user("two", Role::Contributor).await;
    app.article("Open").publish().await;
    app.as_user(&one)
        .post("/v1/articles", &json!({"title": "Mine"}))
        .await
        .expect(201);
    let path = "/v1/articles?total=true";
    let first = app.as_user(&one).get(path).await.expect(200);
    assert_eq!(first.each("title"), ["Mine"]);
    // An entity tag of one is none of the other's, nor of the public.
    for caller in [app.as_user(&two), app.anonymous(), app.reader()] {
        let reply = caller
            .with("If-None-Match", &first.etag())
            .get(path)
            .await
            .expect(200);
        assert_ne!(reply.json(), first.json());
        assert_ne!(reply.etag(), first.etag());
    }
    let public = app.anonymous().get("/v1/articles/open").await.expect(200);
    let reply = app
        .reader()
        .with("If-None-Match", &public.etag())
        .get("/v1/articles/open")
        .await;
    reply.expect(200);
    for (name, value) in [
        ("X-Forwarded-User", "one"),
        ("X-User-Id", one.id.as_str()),
        ("X-Auth-User", "admin"),
        ("X-Original-URL", "/v1/users"),
        ("X-Rewrite-URL", "/v1/users"),
        ("Range", "bytes=0-10"),
    ] {
        let reply = app
            .as_user(&two)
            .with(name, value)
            .get(path)
            .await
            .expect(200);
        assert!(reply.data().is_empty(), "{reply}");
    }
    let me = app.as_user(&two).get("/v1/me").await.expect(200);
    let call = app.as_user(&one).with("If-None-Match", &me.etag());
    assert_eq!(call.get("/v1/me").await.expect(200).json()["id"], one.id);
    // More than one says who calls: nobody does.
    let call = app.as_user(&one).bearer(&two.access);
    call.get(path).await.problem(401, "unauthorized");
}

async fn d4_46_a_closed_site_answers_no_stranger(kind: Kind) {
    let app = TestApp::start_with(kind, |settings: &mut Settings| {
        settings.auth.public_reads = PublicReads::Key;
    })
    .await;
    app.create_published(json!({"title": "Open", "aliases": ["/old"]}))
        .await;
    app.tag("Sea").create().await;
    app.author("Jane").create().await;
    let paths = [
        "/v1/articles",
        "/v1/articles/open",
        "/v1/articles/none",
        "/v1/tags",
        "/v1/tags/sea",
        "/v1/tags/none",
        "/v1/authors",
        "/v1/authors/jane",
        "/v1/tags/sea/articles",
        "/v1/authors/jane/articles",
        "/v1/redirects?path=/old",
        "/v1/articles?nope=1",
    ];
    for path in paths {
        let reply = app.anonymous().get(path).await;
        reply.problem(401, "unauthorized");
        assert_eq!(reply.header("cache-control"), "no-store");
        app.anonymous().head(path).await.expect(401);
        for cookie in ["masthead_refresh=x", "session=x"] {
            let call = app.anonymous().with("Cookie", cookie);
            call.get(path).await.problem(401, "unauthorized");
        }
    }
    let user = app.user(Role::Contributor).await;
    for path in [
        "/v1/articles/open?version=live",
        "/v1/tags/sea",
        "/v1/redirects?path=/old",
    ] {
        let reply = app.as_user(&user).get(path).await.expect(200);
        assert_eq!(reply.header("cache-control"), "private, no-store");
    }
    app.anonymous().get("/health/live").await.expect(200);
}
