//! Authors: their e-mail address is the newsroom's, and their names are in the credits at once.
//! `shared` has the rules that tags share.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::{Resource as _, TestApp};

on_both!(
    an_author_is_created,
    an_author_has_every_field,
    the_address_is_never_public,
    an_author_in_use_stays,
    a_new_name_shows_in_the_credits,
    fields_select_members,
    bad_authors_are_refused,
);

const EMAIL: &str = "jane.doe@desk.example";

fn jane() -> Value {
    json!({
        "slug": "jane", "name": "Jane Doe", "bio": "Two\nlines.", "title": "Editor",
        "avatar": "/jane.jpg", "website": "https://jane.example/", "email": EMAIL,
        "social": [{"network": "Mastodon", "url": "https://social.example/@jane"}],
        "seo": {"title": "J", "description": "D", "image": "/s.jpg"},
        "metadata": {"z": 1, "a": [2]},
    })
}

async fn an_author_is_created(app: TestApp) {
    let body = json!({"name": "Jane Doe"});
    let reply = app.editor().post("/v1/authors", &body).await.expect(201);
    let author = reply.json();
    let id = author.id();
    assert_eq!(reply.header("location"), format!("/v1/authors/{id}"));
    assert!(reply.etag().starts_with("\"1-"), "{reply}");
    assert_eq!(reply.header("cache-control"), "private, no-store");
    assert_eq!(uuid::Uuid::parse_str(id).unwrap().get_version_num(), 7);
    let editor = "00000000-0000-7000-8000-000000000002";
    assert_eq!(
        author,
        json!({
            "id": id, "slug": "jane-doe", "name": "Jane Doe", "bio": null, "title": null,
            "avatar": null, "website": null, "email": null, "social": [],
            "seo": {"title": null, "description": null, "image": null}, "metadata": {},
            "updated_at": "2026-11-23T12:00:00Z", "translations": {}, "version": 1,
            "created_at": "2026-11-23T12:00:00Z", "created_by": editor, "updated_by": editor,
        })
    );
    let read = app.editor().get(reply.header("location")).await.expect(200);
    assert_eq!(read.json(), author);
    assert_eq!(read.etag(), reply.etag());
}

async fn an_author_has_every_field(app: TestApp) {
    let reply = app.editor().post("/v1/authors", &jane()).await.expect(201);
    let author = reply.json();
    for (member, value) in jane().as_object().unwrap() {
        assert_eq!(&author[member], value, "{member}");
    }
    assert_eq!(
        author["metadata"].to_string(),
        jane()["metadata"].to_string()
    );
    assert_eq!(
        app.reader().get(reply.header("location")).await.json(),
        author
    );
    app.advance(Duration::hours(1));
    let call = app.admin().if_match("\"1\"");
    assert_eq!(
        call.put("/v1/authors/jane", &jane())
            .await
            .expect(200)
            .json(),
        author
    );
    let public = app
        .anonymous()
        .get("/v1/authors/jane")
        .await
        .expect(200)
        .json();
    let mut expected = author.clone();
    for member in ["email", "version", "created_at", "created_by", "updated_by"] {
        expected.as_object_mut().unwrap().remove(member).unwrap();
    }
    assert_eq!(public, expected);
    for reply in [
        app.reader().post("/v1/authors", &jane()).await,
        app.reader()
            .change("/v1/authors/jane", &json!({"name": "X"}))
            .await,
        app.reader()
            .replace("/v1/authors/jane", &json!({"name": "X"}))
            .await,
        app.reader().remove("/v1/authors/jane").await,
    ] {
        reply.problem(403, "forbidden");
    }
    assert_eq!(app.reader().get("/v1/authors/jane").await.json(), author);
    // Free data in another order is another text, and is kept as well.
    let mut turned = jane();
    turned["metadata"] = json!({"a": [2], "z": 1});
    let call = app.editor().if_match("\"1\"");
    let after = call
        .put("/v1/authors/jane", &turned)
        .await
        .expect(200)
        .json();
    assert_eq!(
        after["metadata"].to_string(),
        turned["metadata"].to_string()
    );
    assert_eq!(after["version"], 2);
}

async fn the_address_is_never_public(app: TestApp) {
    app.create_author(jane()).await;
    app.author("John Roe").create().await;
    let story = json!({"title": "Story", "authors": [{"author": "jane"}]});
    app.create_published(story).await;
    for path in [
        "/v1/authors/jane",
        "/v1/authors",
        "/v1/authors?fields=name,slug",
        "/v1/articles/story",
        "/v1/articles?include=authors",
        "/v1/articles?fields=authors",
        "/v1/authors/jane/articles?include=authors",
    ] {
        for caller in [app.anonymous(), app.editor()] {
            let reply = caller.get(path).await.expect(200);
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            let newsroom = reply.header("cache-control") == "private, no-store";
            let own = newsroom
                && path.starts_with("/v1/authors")
                && !path.contains("fields")
                && !path.contains("articles");
            assert_eq!(text.contains("email"), own, "{reply}");
            assert_eq!(text.contains(EMAIL), own, "{reply}");
        }
    }
    for (parameter, value) in [
        ("filter", "email=\"jane.doe@desk.example\""),
        ("filter", "NOT email=\"x@y.example\""),
        ("filter", "name=x OR email!=\"x@y.example\""),
        ("sort", "email"),
        ("sort", "-email"),
        ("fields", "email"),
        ("fields", "name,email"),
        ("email", EMAIL),
        ("sort", "created_at"),
        ("filter", "created_at>\"2020-01-01T00:00:00Z\""),
        ("fields", "created_by"),
        ("fields", "version"),
    ] {
        let reply = app
            .anonymous()
            .query("/v1/authors", &[(parameter, value)])
            .await;
        let problem = reply.problem(400, "invalid_parameter");
        let names: Vec<_> = reply
            .field_errors()
            .into_iter()
            .map(|(place, _)| place)
            .collect();
        assert_eq!(names, [parameter], "{reply}");
        assert!(
            !problem["detail"].as_str().unwrap().contains("email,"),
            "{reply}"
        );
    }
    let reply = app
        .anonymous()
        .get("/v1/articles?fields=authors.email")
        .await;
    reply.problem(400, "invalid_parameter");
    let reply = app.anonymous().get("/v1/authors/jane?fields=email").await;
    reply.problem(400, "invalid_parameter");
    let filter = format!("email=\"{EMAIL}\"");
    let reply = app
        .reader()
        .query("/v1/authors", &[("filter", &filter)])
        .await;
    assert_eq!(reply.expect(200).each("slug"), ["jane"]);
    let reply = app.reader().get("/v1/authors/jane?fields=email").await;
    assert_eq!(reply.json(), json!({"email": EMAIL}));
    let list = app.anonymous().query("/v1/articles", &[("q", EMAIL)]).await;
    assert!(list.data().is_empty());
}

async fn an_author_in_use_stays(app: TestApp) {
    app.create_author(jane()).await;
    for (number, title) in ["One", "Two"].iter().enumerate() {
        let story = json!({"title": title, "authors": [{"author": "jane"}]});
        let story = app.create_article(story).await;
        let reply = app.editor().remove("/v1/authors/jane").await;
        assert_eq!(
            reply.problem(409, "in_use")["used_by"],
            json!({"articles": number + 1, "trash": 0, "live": 0, "users": 0})
        );
        app.publish(story.id()).await;
    }
    let reply = app.editor().delete("/v1/authors/jane").await;
    reply.problem(428, "precondition_required");
    let reply = app
        .editor()
        .if_match("\"7\"")
        .delete("/v1/authors/jane")
        .await;
    assert_eq!(reply.problem(412, "stale_version")["current_version"], 1);
    app.anonymous().get("/v1/authors/jane").await.expect(200);
    let list = app
        .anonymous()
        .get("/v1/authors/jane/articles?total=true")
        .await;
    assert_eq!(list.json()["page"]["total"], 2);
}

async fn a_new_name_shows_in_the_credits(app: TestApp) {
    app.create_author(jane()).await;
    let story = json!({"title": "Story", "authors": [{"author": "jane"}]});
    app.create_published(story).await;
    let path = "/v1/articles/story";
    let before = app.anonymous().get(path).await.expect(200);
    let draft = app.editor().get(path).await.expect(200);
    app.advance(Duration::hours(1));
    let patch = json!({"name": "Jane Roe", "slug": "jane-roe"});
    app.change("/v1/authors/jane", patch).await;
    let call = app.anonymous().with("If-None-Match", &before.etag());
    let after = call.get(path).await.expect(200);
    assert_eq!(after.json()["authors"][0]["name"], "Jane Roe");
    assert_eq!(after.json()["authors"][0]["slug"], "jane-roe");
    assert_ne!(after.etag(), before.etag());
    assert_ne!(
        after.header("last-modified"),
        before.header("last-modified")
    );
    let since = before.header("last-modified").to_owned();
    assert!(!since.is_empty());
    app.anonymous()
        .with("If-Modified-Since", &since)
        .get(path)
        .await
        .expect(200);
    app.anonymous()
        .with("If-None-Match", &after.etag())
        .get(path)
        .await
        .expect(304);
    let now = app.editor().get(path).await.expect(200);
    assert_eq!(now.json()["authors"][0]["name"], "Jane Roe");
    assert_eq!(
        now.json()["version"],
        draft.json()["version"],
        "the article did not change"
    );
    assert_ne!(now.etag(), draft.etag());
    for list in [
        "/v1/articles?include=authors",
        "/v1/authors/jane-roe/articles?include=authors",
    ] {
        let list = app.anonymous().get(list).await.expect(200);
        assert_eq!(list.data()[0]["authors"][0]["name"], "Jane Roe");
    }
    let list = app.anonymous().get("/v1/articles?author=jane-roe").await;
    assert_eq!(list.data().len(), 1);
    for (old, new) in [
        ("/v1/authors/jane", "/v1/authors/jane-roe"),
        (
            "/v1/authors/jane/articles?limit=3",
            "/v1/authors/jane-roe/articles?limit=3",
        ),
    ] {
        for caller in [app.anonymous(), app.reader()] {
            assert_eq!(caller.get(old).await.expect(308).header("location"), new);
        }
    }
}

async fn fields_select_members(app: TestApp) {
    app.create_author(jane()).await;
    let path = "/v1/authors/jane?fields=social.network,slug,seo.title";
    let expected = json!({
        "slug": "jane", "seo": {"title": "J"}, "social": [{"network": "Mastodon"}],
    });
    assert_eq!(app.anonymous().get(path).await.expect(200).json(), expected);
    assert_eq!(app.editor().get(path).await.expect(200).json(), expected);
    let private = "/v1/authors/jane?fields=version";
    let version = app.editor().get(private).await;
    assert_eq!(version.json(), json!({"version": 1}));
    for path in [private, "/v1/authors?fields=slug,version"] {
        let reply = app.anonymous().get(path).await;
        reply.refuses(400, "invalid_parameter", &[("fields", "fields_unknown")]);
    }
    let reply = app.anonymous().get("/v1/authors?fields=").await;
    reply.refuses(400, "invalid_parameter", &[("fields", "fields_empty")]);
    // Another shape of the same version is another representation.
    let whole = app.editor().get("/v1/authors/jane").await.etag();
    assert_ne!(version.etag(), whole);
}

async fn bad_authors_are_refused(app: TestApp) {
    let before = app.create_author(jane()).await;
    let social = json!({"network": "N", "url": "https://n.example/"});
    for (members, place, code) in [
        (json!({"name": ""}), "/name", "too_short"),
        (json!({"name": "x".repeat(201)}), "/name", "too_long"),
        (json!({"name": "a\u{0}b"}), "/name", "control_character"),
        (json!({"bio": "x".repeat(5_001)}), "/bio", "too_long"),
        (json!({"email": "nobody"}), "/email", "not_an_email"),
        (json!({"website": "javascript:x"}), "/website", "not_a_url"),
        (
            json!({"website": "https:n.example"}),
            "/website",
            "not_a_url",
        ),
        (
            json!({"website": "https:///n.example"}),
            "/website",
            "not_a_url",
        ),
        (json!({"avatar": "x.jpg"}), "/avatar", "not_a_url"),
        (
            json!({"social": [{"network": "x"}]}),
            "/social/0/url",
            "missing",
        ),
        (json!({"social": vec![social; 21]}), "/social", "too_many"),
        (json!({"nope": 1}), "/nope", "unknown_field"),
        (json!({"metadata": "x"}), "/metadata", "wrong_type"),
    ] {
        let mut body = json!({"name": "Bad"});
        for (member, value) in members.as_object().unwrap() {
            body[member] = value.clone();
        }
        for reply in [
            app.editor().post("/v1/authors", &body).await,
            app.editor().replace("/v1/authors/jane", &body).await,
            app.editor().change("/v1/authors/jane", &body).await,
        ] {
            reply.refuses(422, "invalid_fields", &[(place, code)]);
        }
    }
    let list = app.editor().get("/v1/authors?total=true").await;
    assert_eq!(list.json()["page"]["total"], 1);
    assert_eq!(list.data(), [before]);
}
