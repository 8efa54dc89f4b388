//! What readers of drafts and editors see of an article.

use serde_json::json;

use crate::articles::public_lookups::{ALIAS, LISTS, draft_and_pointer, findable};
use crate::support::TestApp;

on_both!(
    a_reader_reads_drafts_and_writes_nothing,
    an_editor_sees_what_the_public_sees,
);

async fn a_reader_reads_drafts_and_writes_nothing(app: TestApp) {
    let id = draft_and_pointer(&app, findable("Harbour")).await;
    let path = format!("/v1/articles/{id}");
    let before = app.reader().get(&path).await.expect(200).json();
    let body = json!({"title": "Changed"});
    let reader = || app.reader().if_match("*");
    for reply in [
        reader().post("/v1/articles", &body).await,
        reader().patch(&path, &body).await,
        reader().put(&path, &body).await,
        reader().delete(&path).await,
        reader().post(&format!("{path}/publish"), &json!({})).await,
        reader()
            .post(&format!("{path}/unpublish"), &json!({}))
            .await,
    ] {
        reply.problem(403, "forbidden");
    }
    let stranger = || app.anonymous().if_match("*");
    for reply in [
        stranger().post("/v1/articles", &body).await,
        stranger().patch(&path, &body).await,
        stranger().put(&path, &body).await,
        stranger().delete(&path).await,
        stranger()
            .post(&format!("{path}/publish"), &json!({}))
            .await,
        stranger()
            .post(&format!("{path}/unpublish"), &json!({}))
            .await,
    ] {
        reply.problem(401, "unauthorized");
    }
    assert_eq!(app.reader().get(&path).await.json(), before);
    let list = app.reader().get("/v1/articles?total=true").await;
    assert_eq!(list.json()["page"]["total"], 2);
}

async fn an_editor_sees_what_the_public_sees(app: TestApp) {
    let id = draft_and_pointer(&app, findable("First")).await;
    let path = format!("/v1/articles/{id}");
    let live = format!("{path}?version=live");
    app.reader().get(&live).await.problem(404, "not_found");
    app.publish(&id).await;
    app.change(&path, json!({"title": "Second"})).await;
    let public = app.anonymous().get(&path).await.expect(200);
    let reply = app.reader().get(&live).await.expect(200);
    assert_eq!(reply.body, public.body);
    assert_eq!(reply.header("cache-control"), "private, no-store");
    let draft = app.reader().get(&format!("{path}?version=draft")).await;
    assert_eq!(draft.json()["title"], "Second");
    for list in LISTS {
        let public = app.anonymous().get(list).await.expect(200);
        let reply = app
            .editor()
            .get(&format!("{list}&version=live"))
            .await
            .expect(200);
        assert_eq!(reply.json(), public.json());
        assert_eq!(reply.header("cache-control"), "private, no-store");
    }
    let reply = app.editor().get(ALIAS).await.expect(200);
    assert_eq!(reply.header("cache-control"), "private, no-store");
    let reply = app.editor().get(&format!("{path}?version=old")).await;
    reply.refuses(400, "invalid_parameter", &[("version", "not_allowed")]);
    // What only editors may ask for is not there on the public side.
    let reply = app
        .editor()
        .get("/v1/articles?version=live&status=draft")
        .await;
    reply.refuses(400, "invalid_parameter", &[("status", "unknown_parameter")]);
    let reply = app.editor().get(&format!("{live}&fields=version")).await;
    reply.problem(400, "invalid_parameter");
    let reply = app.anonymous().get("/v1/articles?version=draft").await;
    reply.problem(401, "unauthorized");
    app.anonymous()
        .get("/v1/articles?version=live")
        .await
        .expect(200);
}
