//! Batches that are refused, and what they are counted against.

use masthead::config::Rate;
use serde_json::json;

use crate::support::workflow::path;
use crate::support::{Kind, TestApp};
use crate::workflow::batch::{problem, send, statuses};

on_both!(
    a_batch_that_is_none_is_refused_as_a_whole,
    an_operation_names_what_is_wrong_with_it,
    a_batch_is_no_way_round_the_limit,
    a_batch_is_sent_again_as_a_whole,
    no_article_is_where_batches_are,
);

async fn a_batch_that_is_none_is_refused_as_a_whole(app: TestApp) {
    let create = json!({"op": "create", "body": {"title": "T"}});
    let many = |count: usize| json!({"operations": vec![create.clone(); count]});
    for (batch, pointer, code) in [
        (json!({}), "/operations", "missing"),
        (json!({"operations": {}}), "/operations", "wrong_type"),
        (many(0), "/operations", "out_of_range"),
        (many(101), "/operations", "out_of_range"),
        (
            json!({"operations": [create, {"op": "explode"}]}),
            "/operations/1/op",
            "not_allowed",
        ),
        (
            json!({"operations": [create, {"id": "x"}]}),
            "/operations/1/op",
            "missing",
        ),
        (
            json!({"operations": [{"op": "create", "path": "/"}]}),
            "/operations/0/path",
            "unknown_field",
        ),
        (
            json!({"operations": ["create"]}),
            "/operations/0",
            "wrong_type",
        ),
        (
            json!({"operations": [{"op": "delete", "id": 7}]}),
            "/operations/0/id",
            "wrong_type",
        ),
        (
            json!({"operations": [{"op": "delete", "if_match": "7\""}]}),
            "/operations/0/if_match",
            "not_a_version",
        ),
        (
            json!({"operations": [{"op": "delete", "if_match": ""}]}),
            "/operations/0/if_match",
            "not_a_version",
        ),
        (
            json!({"operations": [{"op": "delete", "if_match": 0}]}),
            "/operations/0/if_match",
            "not_a_version",
        ),
        (
            json!({"operations": [{"op": "delete", "if_match": []}]}),
            "/operations/0/if_match",
            "wrong_type",
        ),
        (
            json!({"operations": [create], "atomic": "yes"}),
            "/atomic",
            "wrong_type",
        ),
        (
            json!({"operations": [create], "dry_run": true}),
            "/dry_run",
            "unknown_field",
        ),
        (json!([create]), "", "wrong_type"),
    ] {
        let reply = app.editor().post("/v1/articles/batch", &batch).await;
        reply.refuses(422, "invalid_fields", &[(pointer, code)]);
    }
    let list = app.reader().get("/v1/articles").await;
    assert!(list.data().is_empty(), "nothing was done");
    let reply = app
        .editor()
        .post("/v1/articles/batch?atomic=true", &many(1))
        .await;
    reply.refuses(400, "invalid_parameter", &[("atomic", "unknown_parameter")]);
    let reply = app.editor().get("/v1/articles/batch").await;
    reply.problem(405, "method_not_allowed");
    let reply = app.editor().post("/v1/articles/batch", &many(100)).await;
    assert_eq!(statuses(&reply.expect(200)).len(), 100);
}

async fn an_operation_names_what_is_wrong_with_it(app: TestApp) {
    let one = app.in_state(app.editor(), "draft").await;
    let id = one.rsplit('/').next().unwrap();
    let cases = [
        (json!({"op": "create"}), "/body/title"),
        (
            json!({"op": "create", "body": {"title": "T", "tags": ["no"]}}),
            "/body/tags/0",
        ),
        (json!({"op": "create", "body": "T"}), "/body"),
        (
            json!({"op": "create", "id": id, "body": {"title": "T"}}),
            "/id",
        ),
        (
            json!({"op": "create", "if_match": 1, "body": {"title": "T"}}),
            "/if_match",
        ),
        (json!({"op": "patch", "if_match": 1, "body": {}}), "/id"),
        (
            json!({"op": "patch", "id": id, "if_match": 1, "body": {"colour": 1}}),
            "/body/colour",
        ),
        (
            json!({"op": "patch", "id": id, "if_match": 1, "body": {"status": "published"}}),
            "/body/status",
        ),
        (
            json!({"op": "patch", "id": id, "if_match": 1, "body": {"body": {"source": 1}}}),
            "/body/body/source",
        ),
        (
            json!({"op": "patch", "id": id, "if_match": 1, "body": [1]}),
            "/body",
        ),
        (json!({"op": "patch", "id": id, "if_match": 1}), "/body"),
        (json!({"op": "tag", "id": id, "if_match": 1}), "/body/tags"),
        (
            json!({"op": "tag", "id": id, "if_match": 1, "body": {"tags": "no"}}),
            "/body/tags",
        ),
        (
            json!({"op": "untag", "id": id, "if_match": 1, "body": {"tags": ["no"]}}),
            "/body/tags/0",
        ),
        (
            json!({"op": "schedule", "id": id, "if_match": 1}),
            "/body/publish_at",
        ),
        (
            json!({"op": "schedule", "id": id, "if_match": 1, "body": {"publish_at": "2020-01-01T00:00:00Z"}}),
            "/body/publish_at",
        ),
        (
            json!({"op": "publish", "id": id, "if_match": 1, "body": {"note": ""}}),
            "/body/note",
        ),
        (
            json!({"op": "unpublish", "id": id, "if_match": 1, "body": []}),
            "/body",
        ),
        (
            json!({"op": "delete", "id": id, "if_match": 1, "body": {"force": true}}),
            "/body/force",
        ),
    ];
    let operations: Vec<_> = cases.iter().map(|(one, _)| one.clone()).collect();
    let reply = send(app.editor(), false, json!(operations))
        .await
        .expect(200);
    for (index, (operation, place)) in cases.iter().enumerate() {
        let expected = ("invalid_fields".to_owned(), vec![(*place).to_owned()]);
        assert_eq!(
            problem(&reply, index),
            expected,
            "{operation}: {}",
            reply.json()["results"][index]
        );
    }
    assert_eq!(app.draft(&one).await["version"], 1);
    let list = app.reader().get("/v1/articles").await;
    assert_eq!(list.data().len(), 1);
}

async fn a_batch_is_no_way_round_the_limit(kind: Kind) {
    let rate = Rate {
        requests: 5,
        seconds: 60,
    };
    let app = TestApp::start_with(kind, |settings| settings.limits.writes = rate).await;
    let create = json!({"op": "create", "body": {"title": "T"}});
    let reply = send(app.editor(), false, json!(vec![create.clone(); 4])).await;
    assert_eq!(statuses(&reply.expect(200)), [201; 4]);
    let reply = send(app.editor(), false, json!([create, create])).await;
    reply.problem(429, "too_many_requests");
    let list = app.reader().get("/v1/articles?total=true").await;
    assert_eq!(list.json()["page"]["total"], 4);
}

async fn a_batch_is_sent_again_as_a_whole(app: TestApp) {
    for atomic in [false, true] {
        let key = if atomic { "batch-one" } else { "batch-two" };
        let call = || app.editor().with("Idempotency-Key", key);
        let operations = json!([
            {"op": "create", "body": {"title": "One"}},
            {"op": "create", "body": {"title": "Two"}},
        ]);
        let first = send(call(), atomic, operations.clone()).await.expect(200);
        let again = send(call(), atomic, operations).await.expect(200);
        assert_eq!(again.body, first.body);
        assert!(!again.header("idempotency-replayed").is_empty(), "{again}");
        let reply = send(
            call(),
            atomic,
            json!([{"op": "create", "body": {"title": "Three"}}]),
        )
        .await;
        reply.problem(422, "idempotency_key_reused");
    }
    let list = app.reader().get("/v1/articles?total=true").await;
    assert_eq!(list.json()["page"]["total"], 4);
}

async fn no_article_is_where_batches_are(app: TestApp) {
    let article = app.article("Batch").create().await;
    assert_eq!(article["slug"], "batch-2");
    let taken = json!({"title": "T", "slug": "batch"});
    let reply = app.editor().post("/v1/articles", &taken).await;
    reply.problem(409, "slug_taken");
    let reply = app
        .editor()
        .change(&path(&article), &json!({"slug": "batch"}))
        .await;
    reply.problem(409, "slug_taken");
}
