//! Single tags: created, read, changed, deleted; slugs, parents, and who sees what.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::TestApp;

on_both!(
    a_tag_is_created,
    a_tag_has_every_field,
    a_tag_is_read_by_id_and_by_slug,
    a_patch_changes_what_it_names,
    a_put_replaces_all_but_the_slug,
    a_change_of_nothing_is_no_change,
    a_tag_is_deleted,
    a_change_needs_the_version_it_is_based_on,
    a_change_may_name_several_versions,
    fields_select_members,
    contradictions_are_refused,
);

async fn a_tag_is_created(app: TestApp) {
    let reply = app
        .editor()
        .post("/v1/tags", &json!({"name": "East Asia"}))
        .await
        .expect(201);
    let tag = reply.json();
    let id = tag["id"].as_str().unwrap();
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
    let world = app.create_tag(json!({"name": "World"})).await;
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

async fn a_tag_is_read_by_id_and_by_slug(app: TestApp) {
    let tag = app.create_tag(json!({"name": "Harbour"})).await;
    let id = tag["id"].as_str().unwrap();
    let by_slug = app.anonymous().get("/v1/tags/harbour").await.expect(200);
    let by_id = app
        .anonymous()
        .get(&format!("/v1/tags/{id}"))
        .await
        .expect(200);
    assert_eq!(by_slug.body, by_id.body);
    assert_eq!(by_slug.etag(), by_id.etag());
    assert!(
        by_slug
            .header("cache-control")
            .starts_with("public, max-age=0, s-maxage=30")
    );
    assert!(by_slug.header("vary").contains("Authorization"));
    assert_eq!(by_slug.header("content-type"), "application/json");

    let mut expected = tag.clone();
    let editorial = [
        "visibility",
        "version",
        "created_at",
        "created_by",
        "updated_by",
    ];
    expected
        .as_object_mut()
        .unwrap()
        .retain(|member, _| !editorial.contains(&member.as_str()));
    assert_eq!(
        by_slug.json(),
        expected,
        "the public sees no editorial member"
    );

    let editors = app.reader().get("/v1/tags/harbour").await.expect(200);
    assert_eq!(editors.json(), tag);
    for nothing in [
        "nope",
        "HARBOUR",
        "harbour%20",
        "00000000-0000-7000-8000-000000000000",
    ] {
        for caller in [app.anonymous(), app.editor()] {
            let reply = caller.get(&format!("/v1/tags/{nothing}")).await;
            reply.problem(404, "not_found");
        }
    }
}

async fn a_patch_changes_what_it_names(app: TestApp) {
    let tag = json!({"name": "Sea", "description": "Water", "metadata": {"a": 1, "b": {"c": 2}}});
    let before = app.create_tag(tag).await;
    app.advance(Duration::milliseconds(1));
    let patch =
        json!({"description": null, "kind": "place", "metadata": {"b": {"d": 3}, "a": null}});
    let call = app.admin().if_match("\"1\"");
    let reply = call.patch("/v1/tags/sea", &patch).await.expect(200);
    assert!(reply.etag().starts_with("\"2-"), "{reply}");
    let mut expected = before;
    expected["description"] = Value::Null;
    expected["kind"] = json!("place");
    expected["metadata"] = json!({"b": {"c": 2, "d": 3}});
    expected["version"] = json!(2);
    expected["updated_at"] = json!("2026-11-23T12:00:00.001Z");
    expected["updated_by"] = json!("00000000-0000-7000-8000-000000000003");
    assert_eq!(reply.json(), expected);
    assert_eq!(app.editor().get("/v1/tags/sea").await.json(), expected);
    let public = app.anonymous().get("/v1/tags/sea").await.json();
    assert_eq!(
        public["kind"], "place",
        "the public sees the change at once"
    );

    // What a patch makes of the tag is checked as a whole.
    let reply = app
        .editor()
        .change("/v1/tags/sea", &json!({"name": null, "seo": {"x": 1}}))
        .await;
    let fields = [("/name", "missing"), ("/seo/x", "unknown_field")];
    reply.refuses(422, "invalid_fields", &fields);
    app.editor()
        .change("/v1/tags/sea", &json!([1]))
        .await
        .problem(422, "invalid_fields");
    assert_eq!(app.editor().get("/v1/tags/sea").await.json(), expected);
}

async fn a_put_replaces_all_but_the_slug(app: TestApp) {
    let tag = json!({"name": "Sea", "slug": "water", "description": "Wet", "kind": "place", "metadata": {"a": 1}});
    let before = app.create_tag(tag).await;
    let path = format!("/v1/tags/{}", before["id"].as_str().unwrap());
    let call = app.editor().if_match("\"1\"");
    let after = call
        .put(&path, &json!({"name": "Ocean"}))
        .await
        .expect(200)
        .json();
    assert_eq!(after["slug"], "water");
    assert_eq!(after["name"], "Ocean");
    assert_eq!(after["kind"], "topic");
    assert_eq!(after["description"], Value::Null);
    assert_eq!(after["metadata"], json!({}));
    assert_eq!(after["version"], 2);
    assert_eq!(after["created_at"], before["created_at"]);
    let call = app.editor().if_match("\"2\"");
    let moved = call
        .put(&path, &json!({"name": "Ocean", "slug": "ocean"}))
        .await
        .expect(200);
    assert_eq!(moved.json()["slug"], "ocean");
    let reply = app
        .editor()
        .replace(&path, &json!({"description": "x"}))
        .await;
    reply.refuses(422, "invalid_fields", &[("/name", "missing")]);
}

async fn a_change_of_nothing_is_no_change(app: TestApp) {
    let tag = app.create_tag(json!({"name": "Sea"})).await;
    app.advance(Duration::hours(1));
    for patch in [json!({}), json!({"name": " Sea "}), json!({"slug": "sea"})] {
        let call = app.admin().if_match("\"1\"");
        let reply = call.patch("/v1/tags/sea", &patch).await.expect(200);
        assert_eq!(reply.json(), tag, "{patch}");
        assert!(reply.etag().starts_with("\"1-"));
    }
    let call = app.admin().if_match("\"1\"");
    let reply = call
        .put("/v1/tags/sea", &json!({"name": "Sea"}))
        .await
        .expect(200);
    assert_eq!(reply.json(), tag);
}

async fn a_tag_is_deleted(app: TestApp) {
    let tag = app.create_tag(json!({"name": "Sea"})).await;
    let call = app.editor().if_match("\"1\"");
    let reply = call.delete("/v1/tags/sea").await.expect(204);
    assert!(reply.body.is_empty());
    for path in [
        "/v1/tags/sea",
        &format!("/v1/tags/{}", tag["id"].as_str().unwrap()),
    ] {
        app.anonymous().get(path).await.problem(404, "not_found");
        app.editor().get(path).await.problem(404, "not_found");
        app.editor().remove(path).await.problem(404, "not_found");
    }
    assert!(app.anonymous().get("/v1/tags").await.data().is_empty());
    let again = app.create_tag(json!({"name": "Sea"})).await;
    assert_eq!(again["slug"], "sea", "the slug is free again");
}

async fn a_change_needs_the_version_it_is_based_on(app: TestApp) {
    let path = "/v1/tags/sea";
    let tag = app.create_tag(json!({"name": "Sea"})).await;
    let body = json!({"name": "Lake"});
    app.editor()
        .patch(path, &body)
        .await
        .problem(428, "precondition_required");
    app.editor()
        .put(path, &body)
        .await
        .problem(428, "precondition_required");
    app.editor()
        .delete(path)
        .await
        .problem(428, "precondition_required");
    for stale in [
        "\"2\"",
        "\"0\"",
        "\"\"",
        "\"x\"",
        "W/\"1\"",
        "\"2-abc\", \"3\"",
    ] {
        for reply in [
            app.editor().if_match(stale).patch(path, &body).await,
            app.editor().if_match(stale).put(path, &body).await,
            app.editor().if_match(stale).delete(path).await,
        ] {
            let problem = reply.problem(412, "stale_version");
            assert_eq!(problem["current_version"], 1);
        }
    }
    for broken in ["1", "\"1", "\"1\" \"2\"", "any"] {
        let reply = app.editor().if_match(broken).patch(path, &body).await;
        reply.problem(400, "malformed_request");
    }
    assert_eq!(
        app.editor().get(path).await.json(),
        tag,
        "nothing was written"
    );

    let etag = app.editor().get(path).await.etag();
    let call = app.editor().if_match(&etag);
    call.patch(path, &body).await.expect(200);
    let call = app.editor().if_match(&etag);
    let problem = call.patch(path, &json!({"name": "Pond"})).await;
    assert_eq!(problem.problem(412, "stale_version")["current_version"], 2);
    assert_eq!(app.editor().get(path).await.json()["name"], "Lake");
}

async fn a_change_may_name_several_versions(app: TestApp) {
    app.create_tag(json!({"name": "Sea"})).await;
    let call = app.editor().if_match("\"7\", \"1-abc\"");
    call.patch("/v1/tags/sea", &json!({"name": "Lake"}))
        .await
        .expect(200);
    let call = app.editor().if_match("\"9\"").if_match("\"2\"");
    call.patch("/v1/tags/sea", &json!({"name": "Pond"}))
        .await
        .expect(200);
    app.editor().remove("/v1/tags/sea").await.expect(204);
}

async fn fields_select_members(app: TestApp) {
    app.create_tag(json!({"name": "World"})).await;
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
