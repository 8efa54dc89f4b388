//! `auth.public_reads = "key"`: what is published is for those with a key.

use masthead::config::PublicReads;
use masthead::routes::TABLE;
use serde_json::json;

use crate::support::{Kind, TestApp};

on_both!(strangers_read_nothing_of_v1, a_key_reads_what_is_published);

/// What stays open to everybody.
/// Open to all, and how it is answered.
const OPEN: [(&str, u16); 8] = [
    ("/", 200),
    ("/health/live", 200),
    ("/health/ready", 200),
    ("/openapi.json", 200),
    ("/problems/not_found", 200),
    ("/docs", 308),
    ("/docs/", 200),
    ("/docs/swagger-ui.css", 200),
];

/// A server with this setting and a published article at `/old`, with a draft beside it.
async fn closed(kind: Kind) -> TestApp {
    let app = TestApp::start_with(kind, |settings| {
        settings.auth.public_reads = PublicReads::Key;
    })
    .await;
    app.tag("Sea").create().await;
    app.create_tag(json!({"name": "Desk", "kind": "internal"}))
        .await;
    app.create_author(json!({"name": "Jane Doe", "email": "jane@example.org"}))
        .await;
    app.create_published(json!({
        "title": "Story", "tags": ["sea"], "authors": [{"author": "jane-doe"}], "aliases": ["/old"],
    }))
    .await;
    app.article("Draft").create().await;
    app
}

async fn strangers_read_nothing_of_v1(kind: Kind) {
    let app = closed(kind).await;
    let reads = TABLE.iter().filter(|(method, path)| {
        let guests = ["/v1/auth", "/v1/preview"]
            .iter()
            .any(|start| path.starts_with(start));
        *method == "GET" && path.starts_with("/v1/") && !guests
    });
    for (_, path) in reads {
        let path = path.replace("{tag}", "sea").replace("{author}", "jane-doe");
        let path = path.replace("{article}", "story").replace(['{', '}'], "");
        // Whatever else is wrong: strangers learn nothing but that they need a key.
        for query in ["", "?path=/old", "?nope=1", "?version=live"] {
            let path = format!("{path}{query}");
            let reply = app.anonymous().get(&path).await;
            reply.problem(401, "unauthorized");
            let challenge = reply.header("www-authenticate");
            assert_eq!(challenge, "Bearer realm=\"masthead\"", "{reply}");
            let head = app.anonymous().head(&path).await.expect(401);
            assert_eq!(head.header("www-authenticate"), challenge);
        }
    }
    for (path, status) in OPEN {
        app.anonymous().get(path).await.expect(status);
    }
    app.anonymous().options("/v1/tags").await.expect(204);
}

async fn a_key_reads_what_is_published(kind: Kind) {
    let app = closed(kind).await;
    let key = json!({"name": "front end", "permissions": ["read_published"]});
    let front = app.with_new_key(key).await;
    let get = async |path: &str| {
        let reply = front.clone().get(path).await.expect(200);
        let cached = reply.header("cache-control");
        assert_eq!(cached, "private, no-store", "{reply}");
        reply
    };
    for list in [
        "/v1/articles",
        "/v1/articles?version=live",
        "/v1/authors/jane-doe/articles",
        "/v1/tags/sea/articles",
    ] {
        let mark = if list.contains('?') { '&' } else { '?' };
        let reply = get(&format!("{list}{mark}total=true")).await;
        assert_eq!(reply.each("title"), ["Story"]);
        assert_eq!(reply.json()["page"]["total"], 1);
    }
    assert_eq!(get("/v1/tags").await.each("slug"), ["sea"]);
    let author = get("/v1/authors/jane-doe").await.json();
    assert!(author.get("email").is_none() && author.get("version").is_none());
    let story = get("/v1/articles/story").await;
    assert!(story.json().get("status").is_none(), "{story}");
    assert_eq!(story.header("vary"), "Authorization, Origin");
    assert_eq!(get("/v1/redirects?path=/old").await.json()["status"], 308);
    for path in ["/v1/articles/draft", "/v1/tags/desk"] {
        let reply = front.clone().get(path).await;
        reply.problem(404, "not_found");
    }
    // They said who they are: what they may not see is 403, not 401.
    for path in [
        "/v1/articles?version=draft",
        "/v1/articles?status=draft",
        "/v1/articles/story?version=draft",
        "/v1/tags?visibility=internal",
        "/v1/keys",
    ] {
        front.clone().get(path).await.problem(403, "forbidden");
    }
    let article = json!({"title": "X"});
    let reply = front.clone().post("/v1/articles", &article).await;
    reply.problem(403, "forbidden");
    for (path, status) in OPEN {
        front.clone().get(path).await.expect(status);
    }
    // Who reads drafts reads as always.
    let drafts = app.reader().get("/v1/articles").await.expect(200);
    assert_eq!(drafts.data().len(), 2);
}
