//! Tags: their fields and the rules of their own. `shared` has the rules that authors share.

use chrono::Duration;
use serde_json::json;

use crate::support::{Resource as _, TestApp};

on_both!(
    a_tag_is_created,
    a_tag_has_every_field,
    a_new_name_shows_in_articles,
    fields_select_members,
    contradictions_are_refused,
    bad_tags_are_refused,
);

async fn a_tag_is_created(app: TestApp) {
    let reply = app
        .editor()
        .post("/v1/tags", &json!({"name": "East Asia"}))
        .await
        .expect(201);
    let tag = reply.json();
    let id = tag.id();
    assert_eq!(reply.header("location"), format!("/v1/tags/{id}"));
    assert!(reply.etag().starts_with("\"1-"), "{reply}");
    assert_eq!(reply.header("cache-control"), "private, no-store");
    assert_eq!(uuid::Uuid::parse_str(id).unwrap().get_version_num(), 7);
    let editor = "00000000-0000-7000-8000-000000000002";
    assert_eq!(
        tag,
        json!({
            "id": id, "slug": "east-asia", "name": "East Asia", "description": null,
            "kind": "topic", "image": null,
            "seo": {"title": null, "description": null, "image": null}, "metadata": {},
            "updated_at": "2026-11-23T12:00:00Z", "translations": {}, "parent": null, "visibility": "public",
            "version": 1, "created_at": "2026-11-23T12:00:00Z", "created_by": editor,
            "updated_by": editor,
        })
    );
    let read = app.editor().get(reply.header("location")).await.expect(200);
    assert_eq!(read.json(), tag);
    assert_eq!(read.etag(), reply.etag());
}

async fn a_tag_has_every_field(app: TestApp) {
    let world = app.tag("World").create().await;
    let sent = json!({
        "slug": "asia", "name": "Asia", "description": "Two\nlines — ok.", "kind": "place",
        "parent": "world", "image": "/images/asia.jpg",
        "seo": {"title": "News from Asia", "description": "All of it", "image": "https://a.example/x.jpg"},
        "visibility": "public", "metadata": {"desk": "foreign", "n": [1, 2.5, null, {"z": 1, "a": 2}]},
    });
    let tag = app.create_tag(sent.clone()).await;
    for (member, value) in sent.as_object().unwrap() {
        if member != "parent" {
            assert_eq!(&tag[member], value, "{member}");
        }
    }
    let parent = json!({"id": world["id"], "slug": "world", "name": "World", "kind": "topic"});
    assert_eq!(tag["parent"], parent);
    // Free data is kept as it was sent, the order of its members too.
    assert_eq!(tag["metadata"].to_string(), sent["metadata"].to_string());
    let public = app
        .anonymous()
        .get("/v1/tags/asia")
        .await
        .expect(200)
        .json();
    assert_eq!(public["metadata"].to_string(), sent["metadata"].to_string());
    assert_eq!(public["parent"], parent);
}

async fn fields_select_members(app: TestApp) {
    app.tag("World").create().await;
    app.create_tag(json!({"name": "Asia", "parent": "world"}))
        .await;
    let path = "/v1/tags/asia?fields=parent.name,slug,seo.title";
    let expected = json!({"slug": "asia", "seo": {"title": null}, "parent": {"name": "World"}});
    assert_eq!(app.anonymous().get(path).await.expect(200).json(), expected);
    assert_eq!(app.editor().get(path).await.expect(200).json(), expected);
    let private = "/v1/tags/asia?fields=version";
    assert_eq!(
        app.editor().get(private).await.json(),
        json!({"version": 1})
    );
    for path in [private, "/v1/tags?fields=slug,version"] {
        let reply = app.anonymous().get(path).await;
        reply.refuses(400, "invalid_parameter", &[("fields", "fields_unknown")]);
    }
    let reply = app.anonymous().get("/v1/tags?fields=").await;
    reply.refuses(400, "invalid_parameter", &[("fields", "fields_empty")]);
    // Another shape of the same version is another representation.
    let whole = app.editor().get("/v1/tags/asia").await.etag();
    assert_ne!(app.editor().get(private).await.etag(), whole);
}

async fn contradictions_are_refused(app: TestApp) {
    let tag = json!({"name": "X", "kind": "internal", "visibility": "public"});
    let reply = app.editor().post("/v1/tags", &tag).await;
    reply.refuses(422, "invalid_fields", &[("/visibility", "contradiction")]);
    let tag = app
        .create_tag(json!({"name": "X", "kind": "internal"}))
        .await;
    assert_eq!(tag["visibility"], "internal");
    let reply = app
        .editor()
        .change("/v1/tags/x", &json!({"visibility": "public"}))
        .await;
    reply.refuses(422, "invalid_fields", &[("/visibility", "contradiction")]);
}

async fn a_new_name_shows_in_articles(app: TestApp) {
    app.tag("Sea").create().await;
    app.create_published(json!({"title": "Story", "tags": ["sea"]}))
        .await;
    let path = "/v1/articles/story";
    let before = app.anonymous().get(path).await.expect(200);
    let draft = app.editor().get(path).await.expect(200);
    app.advance(Duration::hours(1));
    app.change("/v1/tags/sea", json!({"name": "Ocean", "slug": "ocean"}))
        .await;
    let call = app.anonymous().with("If-None-Match", &before.etag());
    let after = call.get(path).await.expect(200);
    assert_eq!(after.json()["tags"][0]["name"], "Ocean");
    assert_eq!(after.json()["tags"][0]["slug"], "ocean");
    assert_ne!(after.etag(), before.etag());
    let now = app.editor().get(path).await.expect(200);
    assert_eq!(now.json()["tags"][0]["name"], "Ocean");
    assert_eq!(now.json()["version"], draft.json()["version"]);
    assert_ne!(now.etag(), draft.etag());
    for list in [
        "/v1/articles?include=tags",
        "/v1/tags/ocean/articles?include=tags",
    ] {
        let list = app.anonymous().get(list).await.expect(200);
        assert_eq!(list.data()[0]["tags"][0]["name"], "Ocean");
    }
    for (old, new) in [
        ("/v1/tags/sea", "/v1/tags/ocean"),
        (
            "/v1/tags/sea/articles?limit=3",
            "/v1/tags/ocean/articles?limit=3",
        ),
    ] {
        for caller in [app.anonymous(), app.reader()] {
            assert_eq!(caller.get(old).await.expect(308).header("location"), new);
        }
    }
}

async fn bad_tags_are_refused(app: TestApp) {
    let before = app.tag("Sea").create().await;
    for (members, place, code) in [
        (json!({"name": ""}), "/name", "too_short"),
        (json!({"name": "x".repeat(201)}), "/name", "too_long"),
        (json!({"name": "a\u{0}b"}), "/name", "control_character"),
        (
            json!({"description": "x".repeat(2_001)}),
            "/description",
            "too_long",
        ),
        (json!({"kind": "colour"}), "/kind", "not_allowed"),
        (
            json!({"visibility": "secret"}),
            "/visibility",
            "not_allowed",
        ),
        (
            json!({"parent": "Not a slug"}),
            "/parent",
            "not_a_reference",
        ),
        (json!({"parent": "nope"}), "/parent", "unknown_reference"),
        (json!({"image": "x.jpg"}), "/image", "not_a_url"),
        (json!({"seo": {"title": 1}}), "/seo/title", "wrong_type"),
        (json!({"nope": 1}), "/nope", "unknown_field"),
        (json!({"metadata": "x"}), "/metadata", "wrong_type"),
    ] {
        let mut body = json!({"name": "Bad"});
        for (member, value) in members.as_object().unwrap() {
            body[member] = value.clone();
        }
        for reply in [
            app.editor().post("/v1/tags", &body).await,
            app.editor().replace("/v1/tags/sea", &body).await,
            app.editor().change("/v1/tags/sea", &body).await,
        ] {
            reply.refuses(422, "invalid_fields", &[(place, code)]);
        }
    }
    let list = app.editor().get("/v1/tags?total=true").await;
    assert_eq!(list.json()["page"]["total"], 1);
    assert_eq!(list.data(), [before]);
}
