//! Previews: one article, before it is published, for whoever holds a token.

use chrono::Duration;
use masthead::auth::Role;
use serde_json::{Value, json};

use crate::support::workflow::path;
use crate::support::{Reply, Resource as _, TestApp};

on_both!(
    a_preview_is_what_the_public_will_see,
    a_preview_shows_nothing_that_is_not_public,
    a_preview_shows_what_was_asked_for,
    a_revision_is_previewed_too,
    no_cache_and_no_search_engine_keeps_a_preview,
);
pub async fn token(app: &TestApp, path: &str, wish: Value) -> Value {
    let to = format!("{path}/preview-tokens");
    app.editor().post(&to, &wish).await.expect(201).json()
}

pub fn preview_of(path: &str, token: &Value) -> String {
    let id = path.rsplit('/').next().unwrap();
    let token = token["token"].as_str().unwrap();
    format!("/v1/preview/articles/{id}?token={token}")
}

pub async fn show(app: &TestApp, path: &str, token: &Value) -> Reply {
    app.anonymous().get(&preview_of(path, token)).await
}

const ALL: &str = "include=authors,tags,lead_image,related,translations";

async fn a_preview_is_what_the_public_will_see(app: TestApp) {
    app.tag("Sea").create().await;
    app.create_author(json!({"name": "Jane", "bio": "Writes."}))
        .await;
    app.article("Other").publish().await;
    app.create_published(json!({"title": "Original", "locale": "de"}))
        .await;
    let article = json!({"title": "Bridge", "seo_title": "S", "kicker": "K", "byline": "B",
        "standfirst": "St", "dateline": "D", "section": "cities", "tags": ["sea"],
        "authors": [{"author": "jane", "role": "photographer"}], "related": ["other"],
        "lead_image": {"media": "https://example.org/a.jpg", "alt": "A"}, "featured": true,
        "canonical_url": "https://example.org/b", "seo": {"title": "B"}, "metadata": {"a": 1},
        "corrections": [{"at": "2026-11-22T12:00:00Z", "text": "No."}],
        "translation_of": "original", "aliases": ["/old"], "expires_at": "2027-01-01T00:00:00Z",
        "body": {"source": "# One\n\nText *and* <script>x</script> more.\n\n## Two\n\nEnd."}});
    let article = app.create_article(article).await;
    let path = path(&article);
    let token = token(&app, &path, json!({})).await;
    assert_eq!(app.public(&path).await, Value::Null);
    let pairs = [
        (preview_of(&path, &token), path.clone()),
        (
            format!("{}&{ALL}", preview_of(&path, &token)),
            format!("{path}?{ALL}"),
        ),
    ];
    let mut previews = Vec::new();
    for (preview, _) in &pairs {
        previews.push(app.anonymous().get(preview).await.expect(200));
    }
    app.act(&path, "publish").await;
    for ((_, public), preview) in pairs.iter().zip(previews) {
        let public = app.anonymous().get(public).await.expect(200);
        assert_eq!(
            preview.header("content-language"),
            public.header("content-language")
        );
        let (mut preview, mut public) = (preview.json(), public.json());
        assert_eq!(preview["published_at"], Value::Null);
        for time in ["published_at", "first_published_at", "updated_at"] {
            preview[time] = Value::Null;
            public[time] = Value::Null;
        }
        assert_eq!(preview, public);
    }
    // Of what is published it shows what comes next.
    app.change(&path, json!({"title": "Tunnel"})).await;
    let preview = show(&app, &path, &token).await.expect(200);
    assert_eq!(preview.json()["title"], "Tunnel");
    assert_eq!(app.public(&path).await["title"], "Bridge");
    // By its slug too.
    let by_slug = preview_of("/v1/articles/bridge", &token);
    app.anonymous().get(&by_slug).await.expect(200);
}

async fn a_preview_shows_nothing_that_is_not_public(app: TestApp) {
    app.tag("Sea").create().await;
    app.create_tag(json!({"name": "Desk", "visibility": "internal"}))
        .await;
    app.article("Hidden").create().await;
    app.create_article(json!({"title": "Original", "locale": "de"}))
        .await;
    let other = app.article("Other").publish().await;
    app.change(
        &path(&other),
        json!({"title": "Changed", "slug": "changed"}),
    )
    .await;
    let editor = app.user(Role::Editor).await;
    let article = json!({"title": "One", "tags": ["desk", "sea"], "related": ["hidden", "changed"],
        "translation_of": "original", "assignee": editor.id, "aliases": ["/old"]});
    let article = app.create_article(article).await;
    let path = path(&article);
    let token = token(&app, &path, json!({})).await;
    let whole = format!("{}&{ALL}", preview_of(&path, &token));
    let shown = app.anonymous().get(&whole).await.expect(200).json();
    assert_eq!(shown["tags"].as_array().unwrap().len(), 1);
    assert_eq!(shown["tags"][0]["slug"], "sea");
    assert_eq!(shown["related"].as_array().unwrap().len(), 1);
    assert_eq!(shown["related"][0]["title"], "Other");
    assert_eq!(shown["translations"], json!([]));
    for name in [
        "status",
        "version",
        "assignee",
        "aliases",
        "review",
        "created_by",
        "updated_by",
        "allowed_transitions",
    ] {
        assert!(shown.get(name).is_none(), "{name}");
        let named = format!("{}&fields={name}", preview_of(&path, &token));
        let reply = app.anonymous().get(&named).await;
        reply.problem(400, "invalid_parameter");
    }
    assert!(shown["body"].get("source").is_none());
    let named = format!("{}&fields=body.source", preview_of(&path, &token));
    app.anonymous()
        .get(&named)
        .await
        .problem(400, "invalid_parameter");
}

async fn a_preview_shows_what_was_asked_for(app: TestApp) {
    app.tag("Sea").create().await;
    let article = app
        .create_article(json!({"title": "One", "tags": ["sea"]}))
        .await;
    let path = path(&article);
    let token = token(&app, &path, json!({})).await;
    let get = async |more: &str| {
        let address = format!("{}&{more}", preview_of(&path, &token));
        app.anonymous().get(&address).await
    };
    assert_eq!(
        get("fields=title,tags.slug").await.expect(200).json(),
        json!({"title": "One", "tags": [{"slug": "sea"}]})
    );
    let none = get("include=none").await.expect(200).json();
    assert!(
        none.get("tags").is_none() && none.get("body").is_some(),
        "{none}"
    );
    get("include=everything")
        .await
        .problem(400, "invalid_parameter");
    get("version=live").await.problem(400, "invalid_parameter");
    get("token=mhp_x").await.problem(400, "invalid_parameter");
    let id = article.id();
    let without = format!("/v1/preview/articles/{id}");
    let reply = app.anonymous().get(&without).await;
    reply.refuses(400, "invalid_parameter", &[("token", "missing")]);
    let at = preview_of(&path, &token);
    let reply = app.anonymous().post(&at, &json!({})).await;
    reply.problem(405, "method_not_allowed");
}

async fn a_revision_is_previewed_too(app: TestApp) {
    app.tag("Sea").create().await;
    app.create_tag(json!({"name": "Desk", "visibility": "internal"}))
        .await;
    app.author("Jane").create().await;
    let article = json!({"title": "One", "slug": "one", "tags": ["desk", "sea"],
        "authors": [{"author": "jane"}], "body": {"source": "*First*"}});
    let article = app.create_article(article).await;
    let path = path(&article);
    app.advance(Duration::minutes(1));
    let change = json!({"title": "Two", "slug": "two", "tags": [], "body": {"source": "Second"}});
    app.change(&path, change).await;
    let first = token(&app, &path, json!({"revision": 1})).await;
    assert_eq!(first["revision"], 1);
    let shown = show(&app, &path, &first).await.expect(200).json();
    assert_eq!(
        (&shown["title"], &shown["slug"], &shown["updated_at"]),
        (&json!("One"), &json!("one"), &json!("2026-11-23T12:00:00Z"))
    );
    assert_eq!(shown["tags"].as_array().unwrap().len(), 1);
    assert_eq!(shown["authors"][0]["name"], "Jane");
    assert_eq!(shown["body"]["html"], "<p><em>First</em></p>");
    assert_eq!(shown["word_count"], 1);
    // It stays what it was.
    app.change(&path, json!({"title": "Three"})).await;
    assert_eq!(show(&app, &path, &first).await.json()["title"], "One");
    let now = token(&app, &path, json!({"revision": null})).await;
    assert_eq!(show(&app, &path, &now).await.json()["title"], "Three");
    for (revision, code) in [
        (json!(9), "unknown_revision"),
        (json!(0), "unknown_revision"),
        (json!("1"), "wrong_type"),
    ] {
        let to = format!("{path}/preview-tokens");
        let reply = app.editor().post(&to, &json!({"revision": revision})).await;
        reply.refuses(422, "invalid_fields", &[("/revision", code)]);
    }
}

async fn no_cache_and_no_search_engine_keeps_a_preview(app: TestApp) {
    let path = app.in_state(app.editor(), "draft").await;
    let token = token(&app, &path, json!({})).await;
    let call = app.anonymous().with("Origin", "https://www.example.org");
    let reply = call.get(&preview_of(&path, &token)).await.expect(200);
    for (name, value) in [
        ("cache-control", "private, no-store"),
        ("referrer-policy", "no-referrer"),
        ("content-type", "application/json"),
        ("etag", ""),
        ("last-modified", ""),
    ] {
        assert_eq!(reply.header(name), value, "{name}");
    }
    assert!(reply.header("x-robots-tag").contains("noindex"));
    let call = app.anonymous().with("If-None-Match", "*");
    call.get(&preview_of(&path, &token)).await.expect(200);
    let head = app.anonymous().head(&preview_of(&path, &token)).await;
    assert!(head.expect(200).body.is_empty());
}
