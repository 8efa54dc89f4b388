//! What the public sees of articles: what was published, and nothing before that.

use serde_json::{Value, json};

use crate::support::{Kind, Resource as _, TestApp};

on_both!(
    a_draft_is_nothing_to_the_public,
    what_is_published_stays_until_published_again,
    a_tag_or_author_in_use_cannot_be_deleted,
    an_internal_tag_is_on_no_public_article,
    lists_of_articles_take_a_bounded_number_of_statements,
);

/// An article with everything that the public could see of it, not published.
async fn draft(app: &TestApp, title: &str) -> String {
    let article = json!({
        "title": title, "tags": ["sea"], "authors": [{"author": "jane-doe"}],
        "body": {"source": "Embargoed text."},
    });
    let article = app.create_article(article).await;
    assert_eq!(article["status"], "draft");
    article.id().to_owned()
}

async fn seed(app: &TestApp) {
    app.tag("Sea").create().await;
    app.author("Jane Doe").create().await;
}

const LISTS: [&str; 6] = [
    "/v1/articles",
    "/v1/articles?tag=sea",
    "/v1/articles?q=embargoed",
    "/v1/articles?author=jane-doe",
    "/v1/tags/sea/articles",
    "/v1/authors/jane-doe/articles",
];

async fn a_draft_is_nothing_to_the_public(app: TestApp) {
    seed(&app).await;
    let id = draft(&app, "Secret story").await;
    for path in [
        format!("/v1/articles/{id}"),
        "/v1/articles/secret-story".to_owned(),
    ] {
        let reply = app.anonymous().get(&path).await;
        let hidden = reply.problem(404, "not_found");
        let nothing = app
            .anonymous()
            .get("/v1/articles/no-such-thing")
            .await
            .json();
        assert_eq!(hidden["detail"], nothing["detail"]);
        app.reader().get(&path).await.expect(200);
    }
    for path in LISTS {
        let list = app.anonymous().get(path).await.expect(200);
        assert!(list.data().is_empty(), "{list}");
        let list = app.reader().get(path).await.expect(200);
        assert_eq!(list.each("id"), [id.as_str()], "{path}");
    }
    let reply = app.anonymous().get("/v1/articles?status=draft").await;
    reply.problem(401, "unauthorized");
}

async fn what_is_published_stays_until_published_again(app: TestApp) {
    seed(&app).await;
    let id = draft(&app, "First").await;
    app.publish(&id).await;
    let path = format!("/v1/articles/{id}");
    for list in LISTS {
        let list = app.anonymous().get(list).await.expect(200);
        assert_eq!(list.each("id"), [id.as_str()], "{list}");
    }
    let public = app.anonymous().get(&path).await.expect(200);
    let change = json!({"title": "Second", "slug": "second", "body": {"source": "Unready."}});
    app.editor().change(&path, &change).await.expect(200);
    let still = app.anonymous().get(&path).await.expect(200);
    assert_eq!(still.body, public.body, "the change is not public yet");
    app.anonymous().get("/v1/articles/first").await.expect(200);
    app.anonymous()
        .get("/v1/articles/second")
        .await
        .problem(404, "not_found");

    app.publish(&id).await;
    let now = app.anonymous().get(&path).await.expect(200).json();
    assert_eq!(now["title"], "Second");
    let moved = app.anonymous().get("/v1/articles/first").await.expect(308);
    assert!(
        moved.header("location").starts_with("/v1/articles/second"),
        "{moved}"
    );

    let call = app.editor().if_match("*");
    let unpublish = format!("{path}/unpublish");
    call.post(&unpublish, &json!({})).await.expect(200);
    for gone in [path.as_str(), "/v1/articles/first", "/v1/articles/second"] {
        app.anonymous().get(gone).await.problem(404, "not_found");
    }
    for list in LISTS {
        let list = app.anonymous().get(list).await.expect(200);
        assert!(list.data().is_empty(), "{list}");
    }
}

async fn a_tag_or_author_in_use_cannot_be_deleted(app: TestApp) {
    seed(&app).await;
    let id = draft(&app, "Story").await;
    for path in ["/v1/tags/sea", "/v1/authors/jane-doe"] {
        let reply = app.editor().remove(path).await;
        assert_eq!(reply.problem(409, "in_use")["used_by"]["articles"], 1);
    }
    // Taken off the working copy, they are still on the public one.
    app.publish(&id).await;
    let bare = json!({"tags": [], "authors": []});
    let path = format!("/v1/articles/{id}");
    app.editor().change(&path, &bare).await.expect(200);
    for path in ["/v1/tags/sea", "/v1/authors/jane-doe"] {
        let reply = app.editor().remove(path).await;
        assert_eq!(reply.problem(409, "in_use")["used_by"]["live"], 1);
    }
    app.publish(&id).await;
    for path in ["/v1/tags/sea", "/v1/authors/jane-doe"] {
        app.editor().remove(path).await.expect(204);
    }
}

async fn an_internal_tag_is_on_no_public_article(app: TestApp) {
    seed(&app).await;
    app.create_tag(json!({"name": "Embargo", "kind": "internal"}))
        .await;
    let article =
        json!({"title": "Story", "tags": ["embargo", "sea"], "body": {"source": "Text."}});
    let article = app.create_article(article).await;
    app.publish(article.id()).await;
    for path in [
        "/v1/articles/story?include=tags",
        "/v1/articles?include=tags",
    ] {
        let reply = app.anonymous().get(path).await.expect(200);
        let text = String::from_utf8_lossy(&reply.body).to_lowercase();
        assert!(text.contains("sea") && !text.contains("embargo"), "{reply}");
    }
    app.anonymous()
        .get("/v1/tags/embargo/articles")
        .await
        .problem(404, "not_found");
    let list = app
        .anonymous()
        .get("/v1/articles?tag=embargo")
        .await
        .expect(200);
    assert!(list.data().is_empty(), "{list}");
    let list = app
        .anonymous()
        .query("/v1/articles", &[("filter", "tag:embargo")])
        .await;
    assert!(list.expect(200).data().is_empty());
    let list = app
        .reader()
        .get("/v1/articles?tag=embargo")
        .await
        .expect(200);
    assert_eq!(list.data().len(), 1);
}

async fn lists_of_articles_take_a_bounded_number_of_statements(kind: Kind) {
    let app = TestApp::uncached(kind).await;
    seed(&app).await;
    for number in 0..12 {
        let id = draft(&app, &format!("Story {number}")).await;
        app.publish(&id).await;
    }
    let includes = "include=authors,tags,related";
    for caller in [app.anonymous(), app.editor()] {
        let mut counts = Vec::new();
        caller.clone().get("/v1/articles").await.expect(200);
        for limit in [1, 12, 100] {
            let before = app.statements();
            let path = format!("/v1/articles?limit={limit}&{includes}");
            let list = caller.clone().get(&path).await.expect(200).data();
            counts.push(app.statements() - before);
            assert_eq!(list.len(), limit.min(12));
            assert_ne!(list[0]["authors"], Value::Null);
        }
        assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    }
}
