//! The tree of tags: parents, cycles, depth.

use serde_json::{Value, json};

use crate::support::TestApp;

on_both!(
    parents_make_a_tree,
    a_tree_has_no_cycle_and_a_bounded_depth,
    a_tag_above_others_cannot_be_deleted,
);

async fn parents_make_a_tree(app: TestApp) {
    let world = app.tag("World").create().await;
    let by_id = json!({"name": "Asia", "parent": world["id"]});
    assert_eq!(app.create_tag(by_id).await["parent"]["slug"], "world");
    let by_slug = json!({"name": "Japan", "parent": "asia"});
    assert_eq!(app.create_tag(by_slug).await["parent"]["slug"], "asia");

    let list = app
        .anonymous()
        .get("/v1/tags?fields=slug,parent.slug")
        .await
        .data();
    let expected = [
        json!({"slug": "asia", "parent": {"slug": "world"}}),
        json!({"slug": "japan", "parent": {"slug": "asia"}}),
        json!({"slug": "world", "parent": null}),
    ];
    assert_eq!(list, expected);

    app.editor()
        .change(
            "/v1/tags/asia",
            &json!({"slug": "far-east", "name": "Far East"}),
        )
        .await
        .expect(200);
    let japan = app.anonymous().get("/v1/tags/japan").await.json();
    assert_eq!(
        japan["parent"]["name"], "Far East",
        "the name above is today's"
    );
    let reply = app
        .editor()
        .change("/v1/tags/japan", &json!({"parent": null}))
        .await
        .expect(200);
    assert_eq!(reply.json()["parent"], Value::Null);

    for unknown in ["nowhere", "00000000-0000-7000-8000-000000000000"] {
        let tag = json!({"name": "X", "parent": unknown});
        let reply = app.editor().post("/v1/tags", &tag).await;
        reply.refuses(422, "invalid_fields", &[("/parent", "unknown_reference")]);
    }
    app.editor()
        .get("/v1/tags/x")
        .await
        .problem(404, "not_found");
}

async fn a_tree_has_no_cycle_and_a_bounded_depth(app: TestApp) {
    app.tag("t1").create().await;
    for level in 2..=10 {
        let tag = json!({"name": format!("t{level}"), "parent": format!("t{}", level - 1)});
        app.create_tag(tag).await;
    }
    for below in ["t1", "t2", "t9"] {
        let reply = app
            .editor()
            .change("/v1/tags/t1", &json!({"parent": below}))
            .await;
        reply.refuses(422, "invalid_fields", &[("/parent", "cycle")]);
    }
    let deeper = json!({"name": "t11", "parent": "t10"});
    let reply = app.editor().post("/v1/tags", &deeper).await;
    reply.refuses(422, "invalid_fields", &[("/parent", "too_deep")]);
    assert_eq!(app.editor().get("/v1/tags/t1").await.json()["version"], 1);

    // A tag that has others below it counts with them.
    app.tag("top").create().await;
    let reply = app
        .editor()
        .change("/v1/tags/t1", &json!({"parent": "top"}))
        .await;
    reply.refuses(422, "invalid_fields", &[("/parent", "too_deep")]);
}

async fn a_tag_above_others_cannot_be_deleted(app: TestApp) {
    app.tag("World").create().await;
    app.create_tag(json!({"name": "Asia", "parent": "world"}))
        .await;
    app.create_tag(json!({"name": "Secret", "parent": "world", "visibility": "internal"}))
        .await;
    let reply = app.editor().remove("/v1/tags/world").await;
    let problem = reply.problem(409, "in_use");
    let used_by = json!({"articles": 0, "trash": 0, "live": 0, "tags": 2});
    assert_eq!(problem["used_by"], used_by);
    for tag in ["asia", "secret", "world"] {
        let path = format!("/v1/tags/{tag}");
        app.editor().remove(&path).await.expect(204);
    }
}
