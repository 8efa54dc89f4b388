//! Many changes of articles in one request.

use masthead::auth::Role;
use serde_json::{Value, json};

use crate::support::workflow::{LATER, path};
use crate::support::{Caller, Kind, Reply, TestApp};

on_both!(
    every_operation_is_done_in_order,
    each_has_its_own_precondition,
    together_or_not_at_all,
    one_by_one_goes_on,
    each_needs_the_right_for_its_article,
    tags_are_added_and_taken_away,
);
pub async fn send(caller: Caller<'_>, atomic: bool, operations: Value) -> Reply {
    let batch = json!({"atomic": atomic, "operations": operations});
    caller.post("/v1/articles/batch", &batch).await
}

pub fn statuses(reply: &Reply) -> Vec<u64> {
    let json = reply.json();
    let results = json["results"].as_array().unwrap();
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["index"], index, "{reply}");
        let problem = result.get("problem");
        assert_eq!(
            problem.is_some(),
            result["status"].as_u64() >= Some(400),
            "{reply}"
        );
        if let Some(problem) = problem {
            assert_eq!(problem["status"], result["status"], "{reply}");
            assert_eq!(problem["request_id"], reply.header("x-request-id"));
            assert!(
                result["version"].is_null() && result["state"].is_null(),
                "{reply}"
            );
        }
    }
    let complete = results.iter().all(|one| one.get("problem").is_none());
    assert_eq!(json["complete"], complete, "{reply}");
    let status = |one: &Value| one["status"].as_u64().unwrap();
    results.iter().map(status).collect()
}

/// The code of an operation's problem, and the places that it is about.
pub fn problem(reply: &Reply, index: usize) -> (String, Vec<String>) {
    let problem = &reply.json()["results"][index]["problem"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let places = errors.iter().map(|error| text(&error["pointer"]));
    (text(&problem["code"]), places.collect())
}

async fn every_operation_is_done_in_order(kind: Kind) {
    for atomic in [false, true] {
        let app = TestApp::start(kind).await;
        app.tag("Sea").create().await;
        let article = app
            .create_article(json!({"title": "One", "slug": "one"}))
            .await;
        let operations = json!([
            {"op": "create", "body": {"title": "Two", "slug": "two", "body": {"source": "T."}}},
            {"op": "patch", "id": "one", "if_match": 1, "body": {"kicker": "K"}},
            {"op": "tag", "id": article["id"], "if_match": "2", "body": {"tags": ["sea"]}},
            {"op": "publish", "id": "one", "if_match": "\"3\"", "body": {"note": "Go."}},
            {"op": "schedule", "id": "two", "if_match": "*", "body": {"publish_at": LATER}},
            {"op": "untag", "id": "one", "if_match": "\"4-abc\"", "body": {"tags": ["sea"]}},
            {"op": "unpublish", "id": "one", "if_match": "*"},
            {"op": "delete", "id": "two", "if_match": 2},
        ]);
        let reply = send(app.editor(), atomic, operations).await.expect(200);
        assert_eq!(statuses(&reply), [201, 200, 200, 200, 200, 200, 200, 204]);
        let results = reply.json()["results"].clone();
        for (index, op, version, state) in [
            (0, "create", 1, "draft"),
            (1, "patch", 2, "draft"),
            (2, "tag", 3, "draft"),
            (3, "publish", 4, "published"),
            (4, "schedule", 2, "scheduled"),
            (5, "untag", 5, "published"),
            (6, "unpublish", 6, "unpublished"),
            (7, "delete", 3, "draft"),
        ] {
            let one = &results[index];
            assert_eq!(
                (&one["op"], &one["version"], &one["state"]),
                (&json!(op), &json!(version), &json!(state)),
                "{one}"
            );
        }
        assert_eq!(
            (&results[1]["id"], &results[0]["slug"]),
            (&article["id"], &json!("two"))
        );
        let one = app.draft("/v1/articles/one").await;
        assert_eq!(
            (&one["version"], &one["kicker"], &one["tags"]),
            (&json!(6), &json!("K"), &json!([]))
        );
        let revisions = app.revisions("/v1/articles/one").await;
        assert_eq!(revisions.len(), 6);
        assert_eq!(revisions[2]["note"], "Go.");
        app.reader()
            .get("/v1/articles/two")
            .await
            .problem(404, "not_found");
        assert_eq!(app.reader().get("/v1/trash").await.each("slug"), ["two"]);
    }
}

async fn each_has_its_own_precondition(app: TestApp) {
    let one = app.in_state(app.editor(), "draft").await;
    let id = one.rsplit('/').next().unwrap();
    app.change(&one, json!({"title": "New"})).await;
    let operations = json!([
        {"op": "patch", "id": id, "body": {"title": "A"}},
        {"op": "patch", "id": id, "if_match": 1, "body": {"title": "B"}},
        {"op": "delete", "id": id, "if_match": "\"9\""},
        {"op": "publish", "id": id, "if_match": "W/\"2\""},
        {"op": "patch", "id": id, "if_match": 2, "body": {"title": "C"}},
        {"op": "patch", "id": id, "if_match": 2, "body": {"title": "D"}},
    ]);
    let reply = send(app.editor(), false, operations).await.expect(200);
    assert_eq!(statuses(&reply), [428, 412, 412, 412, 200, 412]);
    let results = &reply.json()["results"];
    assert_eq!(results[1]["problem"]["current_version"], 2);
    assert_eq!(results[1]["problem"]["changed_fields"], json!(["title"]));
    assert_eq!(results[1]["id"], id);
    assert_eq!(app.draft(&one).await["title"], "C");
}

async fn together_or_not_at_all(app: TestApp) {
    let one = app.in_state(app.editor(), "published").await;
    let two = app.in_state(app.editor(), "draft").await;
    let [id, other] = [&one, &two].map(|path| path.rsplit('/').next().unwrap());
    let before = (app.draft(&one).await, app.draft(&two).await);
    let public = app.anonymous().get(&one).await.etag();
    let revisions = (app.revisions(&one).await, app.revisions(&two).await);
    for (last, status, code) in [
        (
            json!({"op": "delete", "id": other, "if_match": 9}),
            412,
            "stale_version",
        ),
        (
            json!({"op": "publish", "id": "none", "if_match": "*"}),
            404,
            "not_found",
        ),
        (
            json!({"op": "create", "body": {"title": "T", "slug": "new"}}),
            409,
            "slug_taken",
        ),
        (
            json!({"op": "create", "body": {"title": ""}}),
            422,
            "invalid_fields",
        ),
        (
            json!({"op": "unpublish", "id": other, "if_match": "*"}),
            409,
            "wrong_state",
        ),
        (
            json!({"op": "tag", "id": id, "if_match": "*", "body": {"tags": ["no"]}}),
            422,
            "invalid_fields",
        ),
    ] {
        let operations = json!([
            {"op": "create", "body": {"title": "New", "slug": "new", "aliases": ["/new"]}},
            {"op": "patch", "id": id, "if_match": "*", "body": {"title": "A", "slug": "other"}},
            {"op": "publish", "id": id, "if_match": "*"},
            last,
            {"op": "delete", "id": id, "if_match": "*"},
        ]);
        let reply = send(app.editor(), true, operations).await.expect(200);
        assert_eq!(statuses(&reply), [424, 424, 424, status, 424], "{reply}");
        assert_eq!(problem(&reply, 3).0, code, "{reply}");
        assert_eq!(problem(&reply, 0).0, "given_up");
        let given_up = &reply.json()["results"][4]["problem"]["detail"];
        assert_eq!(
            given_up,
            "Operation 3 was rejected, so none of the batch was carried out."
        );
        assert_eq!((app.draft(&one).await, app.draft(&two).await), before);
        assert_eq!(app.anonymous().get(&one).await.etag(), public);
        let after = (app.revisions(&one).await, app.revisions(&two).await);
        assert_eq!(after, revisions);
        app.editor()
            .get("/v1/articles/new")
            .await
            .problem(404, "not_found");
        let list = app.reader().get("/v1/articles?total=true").await;
        assert_eq!(list.json()["page"]["total"], 2);
        assert!(app.reader().get("/v1/trash").await.data().is_empty());
    }
}

async fn one_by_one_goes_on(app: TestApp) {
    let one = app.in_state(app.editor(), "draft").await;
    let id = one.rsplit('/').next().unwrap();
    let operations = json!([
        {"op": "unpublish", "id": id, "if_match": "*"},
        {"op": "create", "body": {"title": "A", "slug": "a"}},
        {"op": "create", "body": {"title": "B", "slug": "a"}},
        {"op": "publish", "id": "a", "if_match": "*"},
        {"op": "publish", "id": id, "if_match": "*"},
        {"op": "publish", "id": "none", "if_match": "*"},
    ]);
    let reply = send(app.editor(), false, operations).await.expect(200);
    assert_eq!(statuses(&reply), [409, 201, 409, 422, 200, 404]);
    assert_eq!(problem(&reply, 0).0, "wrong_state");
    let results = &reply.json()["results"];
    assert_eq!(results[2]["problem"]["suggestion"], "a-2");
    assert_eq!(
        problem(&reply, 3),
        ("not_publishable".to_owned(), vec!["/body".to_owned()])
    );
    assert_eq!(results[5]["id"], Value::Null);
    assert!(!app.public(&one).await.is_null());
}

async fn each_needs_the_right_for_its_article(app: TestApp) {
    let contributor = app.user(Role::Contributor).await;
    let viewer = app.user(Role::Viewer).await;
    let own = app.in_state(app.as_user(&contributor), "draft").await;
    let hidden = app.in_state(app.editor(), "draft").await;
    let public = app.in_state(app.editor(), "published").await;
    let ids = [&own, &hidden, &public].map(|path| path.rsplit('/').next().unwrap());
    let [own_id, hidden_id, public_id] = ids;
    let before = (app.draft(&hidden).await, app.draft(&public).await);
    let operations = json!([
        {"op": "delete", "id": hidden_id, "if_match": "*"},
        {"op": "delete", "id": public_id, "if_match": "*"},
        {"op": "patch", "id": hidden_id, "if_match": "*", "body": {"title": "Mine"}},
        {"op": "patch", "id": public_id, "if_match": "*", "body": {"title": "Mine"}},
        {"op": "publish", "id": own_id, "if_match": "*"},
        {"op": "schedule", "id": own_id, "if_match": "*", "body": {"publish_at": LATER}},
        {"op": "unpublish", "id": public_id, "if_match": "*"},
        {"op": "patch", "id": hidden_id, "if_match": 7, "body": {}},
        {"op": "tag", "id": hidden_id, "if_match": "*", "body": {"tags": []}},
        {"op": "patch", "id": own_id, "if_match": "*", "body": {"title": "Still mine"}},
        {"op": "create", "body": {"title": "New"}},
    ]);
    let reply = send(app.as_user(&contributor), false, operations.clone()).await;
    let expected = [404, 403, 404, 403, 403, 403, 403, 404, 404, 200, 201];
    assert_eq!(statuses(&reply.expect(200)), expected);
    assert_eq!((app.draft(&hidden).await, app.draft(&public).await), before);
    assert_eq!(app.draft(&own).await["title"], "Still mine");
    // In an atomic batch the one that is not theirs undoes all.
    let both = json!([
        {"op": "delete", "id": own_id, "if_match": "*"},
        {"op": "delete", "id": hidden_id, "if_match": "*"},
    ]);
    let reply = send(app.as_user(&contributor), true, both)
        .await
        .expect(200);
    assert_eq!(statuses(&reply), [424, 404]);
    app.editor().get(&own).await.expect(200);
    let reply = send(app.as_user(&viewer), false, operations.clone()).await;
    reply.problem(403, "forbidden");
    let reply = send(app.anonymous(), false, operations.clone()).await;
    reply.problem(401, "unauthorized");
    // A key that is limited to a section.
    let key = json!({"name": "Sport", "role": "editor", "sections": ["sport"]});
    let sport = app.with_new_key(key).await;
    let operations = json!([
        {"op": "delete", "id": public_id, "if_match": "*"},
        {"op": "create", "body": {"title": "Here", "section": "sport", "slug": "here"}},
        {"op": "create", "body": {"title": "There", "section": "cities"}},
        {"op": "patch", "id": "here", "if_match": "*", "body": {"section": "cities"}},
    ]);
    let reply = send(sport, false, operations).await.expect(200);
    assert_eq!(statuses(&reply), [403, 201, 403, 403]);
}

async fn tags_are_added_and_taken_away(app: TestApp) {
    for name in ["A", "B", "C"] {
        app.tag(name).create().await;
    }
    let one = path(
        &app.create_article(json!({"title": "One", "tags": ["b"]}))
            .await,
    );
    let id = one.rsplit('/').next().unwrap();
    let tags = async || {
        let tags = app.draft(&one).await["tags"].clone();
        let names = tags.as_array().unwrap().iter();
        names
            .map(|tag| tag["slug"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    for (op, given, after, version) in [
        ("tag", json!(["c", "a"]), vec!["b", "c", "a"], 2),
        ("tag", json!(["a", "a"]), vec!["b", "c", "a"], 2),
        ("untag", json!(["c", "c"]), vec!["b", "a"], 3),
        ("untag", json!(["c"]), vec!["b", "a"], 3),
        ("tag", json!([]), vec!["b", "a"], 3),
        ("untag", json!(["a", "b"]), vec![], 4),
    ] {
        let operation = json!([{"op": op, "id": id, "if_match": "*", "body": {"tags": given}}]);
        let reply = send(app.editor(), false, operation).await.expect(200);
        assert_eq!(reply.json()["results"][0]["version"], version, "{reply}");
        assert_eq!(tags().await, after);
    }
}
