//! The life of an article: written, published, changed, withdrawn, thrown away; and who sees
//! what of it meanwhile.

use chrono::Duration;
use serde_json::{Value, json};

use crate::articles::public_lookups::{ALIAS, LISTS, draft_and_pointer, findable, is_public};
use crate::support::{Resource as _, TestApp};

on_both!(
    a_new_article_is_a_draft,
    a_draft_shows_nowhere,
    a_published_article_shows_everywhere,
    changes_wait_for_the_next_publication,
    an_unpublished_article_is_a_draft_to_the_public,
    the_trash_is_found_by_nobody,
);

async fn unpublish(app: &TestApp, id: &str) -> Value {
    let call = app.editor().if_match("*");
    let path = format!("/v1/articles/{id}/unpublish");
    call.post(&path, &json!({})).await.expect(200).json()
}

async fn a_new_article_is_a_draft(app: TestApp) {
    let reply = app
        .editor()
        .post("/v1/articles", &json!({"title": "A Story"}))
        .await
        .expect(201);
    let article = reply.json();
    let id = article.id();
    let editor = "00000000-0000-7000-8000-000000000002";
    assert_eq!(uuid::Uuid::parse_str(id).unwrap().get_version_num(), 7);
    assert_eq!(reply.header("location"), format!("/v1/articles/{id}"));
    assert_eq!(reply.header("cache-control"), "private, no-store");
    assert_eq!(reply.header("content-language"), "en");
    assert!(reply.etag().starts_with("\"1-"));
    let mut expected = json!({
            "id": id, "slug": "a-story", "locale": "en", "title": "A Story", "seo_title": null,
            "kicker": null, "standfirst": null, "byline": null, "dateline": null,
            "section": null, "featured": false, "published_at": null,
            "first_published_at": null, "updated_at": "2026-11-23T12:00:00Z",
            "expires_at": null, "canonical_url": null,
            "seo": {"title": null, "description": null, "image": null}, "corrections": [],
            "translation_group": id, "metadata": {}, "word_count": 0, "reading_minutes": 0,
            "lead_image": null, "authors": [], "tags": [], "related": [],
            "body": {"format": "markdown", "html": "", "text": "", "outline": [], "source": ""},
            "status": "draft", "version": 1, "live_version": null,
            "has_unpublished_changes": false, "created_at": "2026-11-23T12:00:00Z",
            "created_by": editor, "updated_by": editor, "aliases": [],
    });
    for member in [
        "corrected_at",
        "scheduled",
        "review",
        "assignee",
        "deleted_at",
    ] {
        expected[member] = Value::Null;
    }
    expected["translations"] = json!([]);
    expected["allowed_transitions"] = json!([
        {"action": "submit", "to": "in_review",
            "permission": ["submit_articles", "submit_own_articles"]},
        {"action": "publish", "to": "published",
            "permission": ["publish_articles", "publish_own_articles"]},
        {"action": "schedule", "to": "scheduled",
            "permission": ["publish_articles", "publish_own_articles"]},
        {"action": "archive", "to": "archived",
            "permission": ["write_articles", "write_own_articles", "write_own_drafts"]},
    ]);
    assert_eq!(article, expected);
    let read = app.editor().get(reply.header("location")).await.expect(200);
    assert_eq!(read.json(), article);
    assert_eq!(read.etag(), reply.etag());
}

async fn a_draft_shows_nowhere(app: TestApp) {
    let id = draft_and_pointer(&app, findable("Secret")).await;
    assert!(!is_public(&app, &id, "pointer").await);
    let all = app
        .anonymous()
        .get("/v1/articles?include=related,tags,authors")
        .await;
    let text = String::from_utf8_lossy(&all.body).into_owned();
    assert!(!text.contains(&id) && !text.contains("Secret"), "{all}");
    for path in LISTS {
        let list = app.reader().get(path).await.expect(200);
        assert!(list.each("id").contains(&id), "{list}");
    }
    let related = app.reader().get("/v1/articles/pointer").await.json();
    assert_eq!(related["related"][0]["id"], json!(id), "editors see it");
}

async fn a_published_article_shows_everywhere(app: TestApp) {
    let id = draft_and_pointer(&app, findable("Harbour")).await;
    app.advance(Duration::seconds(5));
    let path = format!("/v1/articles/{id}/publish");
    let call = app.admin().if_match("\"1\"");
    let reply = call.post(&path, &json!({})).await.expect(200);
    let article = reply.json();
    assert!(reply.etag().starts_with("\"2-"));
    let now = "2026-11-23T12:00:05Z";
    for (member, value) in [
        ("status", json!("published")),
        ("version", json!(2)),
        ("live_version", json!(2)),
        ("has_unpublished_changes", json!(false)),
        ("published_at", json!(now)),
        ("first_published_at", json!(now)),
        ("updated_at", json!("2026-11-23T12:00:00Z")),
        ("updated_by", json!("00000000-0000-7000-8000-000000000003")),
    ] {
        assert_eq!(article[member], value, "{member}");
    }
    assert!(is_public(&app, &id, "pointer").await);

    let public = app.anonymous().get("/v1/articles/story").await.expect(200);
    assert_eq!(public.header("content-language"), "en");
    let mut expected = article.clone();
    let shown = expected.as_object_mut().unwrap();
    for member in [
        "status",
        "version",
        "live_version",
        "has_unpublished_changes",
        "scheduled",
        "review",
        "assignee",
        "deleted_at",
        "allowed_transitions",
        "translations",
        "created_at",
        "created_by",
        "updated_by",
        "aliases",
        "related",
    ] {
        shown.remove(member).unwrap();
    }
    shown["body"]
        .as_object_mut()
        .unwrap()
        .remove("source")
        .unwrap();
    assert_eq!(
        public.json(),
        expected,
        "the public sees no editorial member"
    );
    assert_eq!(public.json()["authors"][0]["role"], "photographer");

    // A list is light: nothing that is long or has to be looked up.
    for member in ["body", "authors", "tags", "lead_image"] {
        expected.as_object_mut().unwrap().remove(member).unwrap();
    }
    let list = app.anonymous().get("/v1/tags/sea/articles").await;
    assert_eq!(list.data(), [expected]);

    let redirect = app.anonymous().get(ALIAS).await.expect(200).json();
    let target = json!({"id": id, "slug": "story", "locale": "en", "title": "Harbour"});
    assert_eq!(
        redirect,
        json!({"path": "/old/story.html", "status": 308, "article": target,
            "location": format!("/v1/articles/{id}")})
    );
    let related = app
        .anonymous()
        .get("/v1/articles/pointer?fields=related")
        .await
        .json();
    let summary = json!({"id": id, "slug": "story", "locale": "en", "title": "Harbour",
        "kicker": null, "standfirst": null, "section": "world", "published_at": now});
    assert_eq!(related, json!({"related": [summary]}));

    // Publishing what is published already changes nothing.
    app.advance(Duration::seconds(5));
    assert_eq!(app.publish(&id).await, article);
}

async fn changes_wait_for_the_next_publication(app: TestApp) {
    let id = draft_and_pointer(&app, findable("First")).await;
    app.publish(&id).await;
    let path = format!("/v1/articles/{id}");
    let shown = [
        path.clone(),
        "/v1/articles/story?include=related".to_owned(),
        "/v1/articles?include=authors,tags,lead_image,related".to_owned(),
        "/v1/articles/pointer?include=related".to_owned(),
        ALIAS.to_owned(),
        LISTS[4].to_owned(),
    ];
    let mut before = Vec::new();
    for path in &shown {
        let reply = app.anonymous().get(path).await.expect(200);
        before.push((reply.etag(), reply.body));
    }
    app.advance(Duration::seconds(1));
    let patch = json!({
        "title": "Second", "slug": "second", "tags": [], "authors": [], "aliases": ["/new"],
        "featured": false, "section": null, "kicker": "New", "lead_image": null,
        "body": {"source": "Rewritten."}, "published_at": "2020-01-01T00:00:00Z",
        "related": ["pointer"], "metadata": {"new": true}, "locale": "de",
    });
    let draft = app.change(&path, patch).await;
    assert_eq!(draft["status"], "published");
    assert_eq!(draft["version"], 3);
    assert_eq!(draft["live_version"], 2);
    assert_eq!(draft["has_unpublished_changes"], true);
    for (path, (etag, body)) in shown.iter().zip(&before) {
        let reply = app.anonymous().get(path).await.expect(200);
        assert_eq!(&reply.body, body, "{reply}");
        assert_eq!(&reply.etag(), etag, "{reply}");
    }
    app.anonymous()
        .get("/v1/articles/second")
        .await
        .problem(404, "not_found");
    app.anonymous()
        .get("/v1/redirects?path=/new")
        .await
        .problem(404, "not_found");
    let list = app
        .anonymous()
        .get("/v1/articles?q=rewritten&total=true")
        .await;
    assert_eq!(list.json()["page"]["total"], 0);
    let list = app.reader().get("/v1/articles?q=rewritten").await;
    assert_eq!(list.data()[0]["has_unpublished_changes"], true);

    let live = app.publish(&id).await;
    assert_eq!(live["live_version"], live["version"]);
    assert_eq!(live["has_unpublished_changes"], false);
    let now = app
        .anonymous()
        .get("/v1/articles/second?include=related,tags")
        .await;
    let now = now.expect(200).json();
    assert_eq!(now["title"], "Second");
    assert_eq!(now["locale"], "de");
    assert_eq!(now["tags"], json!([]));
    assert_eq!(now["related"][0]["slug"], "pointer");
    app.anonymous().get(ALIAS).await.problem(404, "not_found");
    app.anonymous()
        .get("/v1/redirects?path=/new")
        .await
        .expect(200);
    for path in &LISTS[1..] {
        let list = app.anonymous().get(path).await.expect(200);
        assert!(list.data().is_empty(), "{list}");
    }
    let related = app
        .anonymous()
        .get("/v1/articles/pointer?include=related")
        .await
        .json();
    assert_eq!(related["related"][0]["title"], "Second");
}

async fn an_unpublished_article_is_a_draft_to_the_public(app: TestApp) {
    let id = draft_and_pointer(&app, findable("Harbour")).await;
    let path = format!("/v1/articles/{id}");
    let reply = app.editor().act(&path, "unpublish", json!({})).await;
    reply.problem(409, "wrong_state");
    let published = app.publish(&id).await;
    assert!(is_public(&app, &id, "pointer").await);
    app.advance(Duration::hours(1));
    let article = unpublish(&app, &id).await;
    assert_eq!(article["status"], "unpublished");
    assert_eq!(article["version"], 3);
    assert_eq!(article["live_version"], Value::Null);
    assert_eq!(article["has_unpublished_changes"], false);
    assert_eq!(
        article["first_published_at"],
        published["first_published_at"]
    );
    assert!(!is_public(&app, &id, "pointer").await);
    app.reader()
        .get(&format!("{path}?version=live"))
        .await
        .problem(404, "not_found");
    let again = app.publish(&id).await;
    assert_eq!(again["status"], "published");
    assert_eq!(again["first_published_at"], published["first_published_at"]);
    assert!(is_public(&app, &id, "pointer").await);
}

async fn the_trash_is_found_by_nobody(app: TestApp) {
    let id = draft_and_pointer(&app, findable("Harbour")).await;
    app.publish(&id).await;
    let path = format!("/v1/articles/{id}");
    let reply = app
        .editor()
        .if_match("\"2\"")
        .delete(&path)
        .await
        .expect(204);
    assert!(reply.body.is_empty());
    assert!(!is_public(&app, &id, "pointer").await);
    for list in LISTS {
        let list = app.admin().get(list).await.expect(200);
        assert!(!list.each("id").contains(&id), "{list}");
    }
    let related = app.editor().get("/v1/articles/pointer").await.json();
    assert_eq!(related["related"], json!([]));
    for path in [path.as_str(), "/v1/articles/story"] {
        let editor = || app.editor().if_match("*");
        app.editor().get(path).await.problem(404, "not_found");
        editor().delete(path).await.problem(404, "not_found");
        let body = json!({"title": "Back"});
        editor().patch(path, &body).await.problem(404, "not_found");
        editor().put(path, &body).await.problem(404, "not_found");
        for action in ["publish", "unpublish"] {
            let reply = editor().post(&format!("{path}/{action}"), &json!({})).await;
            reply.problem(404, "not_found");
        }
    }
    let reply = app
        .editor()
        .post("/v1/articles", &json!({"title": "X", "related": [id]}))
        .await;
    reply.refuses(
        422,
        "invalid_fields",
        &[("/related/0", "unknown_reference")],
    );
    // What it had is free again.
    let again = app.create_published(findable("Another")).await;
    assert_eq!(again["slug"], "story");
    assert_eq!(again["aliases"], json!(["/old/story.html"]));
    let redirect = app.anonymous().get(ALIAS).await.expect(200).json();
    assert_eq!(redirect["article"]["id"], again["id"]);
    let public = app
        .anonymous()
        .get("/v1/articles/story")
        .await
        .expect(200)
        .json();
    assert_eq!(public["id"], again["id"]);
}
