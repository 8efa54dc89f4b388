//! Attacks on lists: by their cursors, by what is empty, by other formats. `attacks`
//! says which attack is tried where.

use masthead::auth::Role;

use crate::attacks::queries::filters::{audiences, call, seed};
use crate::support::{Caller, TestApp};

on_both!(
    d1_05_a_cursor_tells_nothing_and_is_bound,
    d1_11_an_empty_list_is_not_everything,
    d1_12_no_format_goes_round_the_checks,
);

async fn d1_05_a_cursor_tells_nothing_and_is_bound(app: TestApp) {
    seed(&app).await;
    for number in 0..3 {
        app.article(&format!("Plainly {number}")).publish().await;
        app.article(&format!("Hidden {number}")).create().await;
    }
    let next = async |caller: Caller<'_>, path: &str| {
        let reply = caller.get(path).await.expect(200);
        reply.json()["page"]["next"].as_str().unwrap().to_owned()
    };
    let path = "/v1/articles?limit=1&sort=title";
    let public = next(app.anonymous(), path).await;
    let editors = next(app.reader(), path).await;
    {
        use base64::Engine as _;
        let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let text = engine.decode(public.as_bytes()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).to_lowercase();
        for inside in ["hidden", "secret", "select", "sort"] {
            assert!(!text.contains(inside), "{text}");
        }
    }
    // It is for the side and the list that gave it.
    let contributor = app.user(Role::Contributor).await;
    for (caller, cursor) in [
        (app.anonymous(), &editors),
        (app.reader(), &public),
        (app.as_user(&contributor), &public),
    ] {
        let reply = caller.get(&format!("{path}&cursor={cursor}")).await;
        reply.problem(400, "invalid_cursor");
    }
    for other in [
        "/v1/articles?limit=1&sort=-title",
        "/v1/articles?limit=1",
        "/v1/articles?limit=1&sort=title&tag=sea",
        "/v1/articles?limit=1&sort=title&q=plainly",
        "/v1/tags/sea/articles?limit=1&sort=title",
        "/v1/tags?limit=1",
    ] {
        let reply = app
            .anonymous()
            .get(&format!("{other}&cursor={public}"))
            .await;
        reply.problem(400, "invalid_cursor");
    }
    for at in [0, public.len() / 2, public.len() - 1] {
        let mut changed = public.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let reply = app
            .anonymous()
            .get(&format!("{path}&cursor={changed}"))
            .await;
        reply.problem(400, "invalid_cursor");
    }
    for odd in ["", "x", "{}", "%00", "eyJpZCI6MX0", &"A".repeat(5_000)] {
        let reply = app.anonymous().get(&format!("{path}&cursor={odd}")).await;
        reply.problem(400, "invalid_cursor");
    }
    // An editor's cursor gives a contributor their own articles and no others.
    let reply = app
        .as_user(&contributor)
        .get(&format!("{path}&cursor={editors}"))
        .await;
    assert!(reply.expect(200).data().is_empty());
}

async fn d1_11_an_empty_list_is_not_everything(app: TestApp) {
    seed(&app).await;
    for (who, token) in audiences(&app).await {
        for query in [
            "tag=",
            "tag=,",
            "tag=,,sea",
            "author=",
            "locale=",
            "section=",
            "q=",
            "q=%20",
            "filter=",
            "filter=%20",
            "filter=()",
            "sort=",
            "fields=",
            "include=",
            "featured=",
            "published_after=",
            "limit=",
            "page=",
            "total=",
            "tag[]=",
            "tag[]=sea",
            "cursor=",
        ] {
            let reply = call(&app, &token)
                .get(&format!("/v1/articles?{query}"))
                .await;
            assert_eq!(reply.status, 400, "{who} {query}: {reply}");
        }
        for path in [
            "/v1/tags?kind=",
            "/v1/tags?parent=",
            "/v1/tags?filter=",
            "/v1/authors?filter=",
        ] {
            let reply = call(&app, &token).get(path).await;
            assert_eq!(reply.status, 400, "{who} {path}: {reply}");
        }
        // What names nothing finds nothing.
        for query in [
            "tag=unknown",
            "author=unknown",
            "section=unknown",
            "locale=zz",
            "tag=unknown,other",
        ] {
            let reply = call(&app, &token)
                .get(&format!("/v1/articles?{query}&total=true"))
                .await;
            let reply = reply.expect(200);
            assert!(reply.data().is_empty(), "{who} {query}: {reply}");
            assert_eq!(reply.json()["page"]["total"], 0, "{who}: {reply}");
        }
    }
    for query in ["role=", "role=,", "status="] {
        let reply = app.admin().get(&format!("/v1/users?{query}")).await;
        reply.problem(400, "invalid_parameter");
    }
}

async fn d1_12_no_format_goes_round_the_checks(app: TestApp) {
    seed(&app).await;
    for (name, value) in [
        ("format", "csv"),
        ("export", "csv"),
        ("_format", "xml"),
        ("accept", "text/csv"),
    ] {
        for filter in ["status=draft", "email=x"] {
            let pairs = [(name, value), ("filter", filter)];
            let reply = app.anonymous().query("/v1/articles", &pairs).await;
            reply.problem(400, "invalid_parameter");
        }
    }
    for kind in [
        "text/csv",
        "application/xml",
        "application/rss+xml",
        "text/html",
    ] {
        for path in ["/v1/articles", "/v1/authors", "/v1/tags"] {
            let reply = app.anonymous().with("Accept", kind).get(path).await;
            reply.problem(406, "not_acceptable");
        }
    }
    for path in [
        "/v1/articles.csv",
        "/v1/articles.json",
        "/v1/articles/export",
        "/v1/users.json",
        "/v1/feed",
        "/wp-json/wp/v2/users",
        "/graphql",
        "/admin",
        "/.env",
        "/v1/articles/.csv",
    ] {
        app.anonymous().get(path).await.problem(404, "not_found");
    }
}
