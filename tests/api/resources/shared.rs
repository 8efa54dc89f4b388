//! The rules that authors and tags share, told of each: read, changed, deleted, by which versions.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::{Resource as _, TestApp};

/// A kind of resource, and the members by which its stories are told.
struct Subject {
    /// Its list.
    list: &'static str,
    /// A text of several lines that may be missing.
    text: &'static str,
    /// Another member: its name, its value when it is not sent, and one that may be sent.
    other: fn() -> (&'static str, Value, Value),
    /// The members that editors alone see.
    editorial: &'static [&'static str],
}

const TAGS: Subject = Subject {
    list: "/v1/tags",
    text: "description",
    other: || ("kind", json!("topic"), json!("place")),
    editorial: &[
        "visibility",
        "version",
        "created_at",
        "created_by",
        "updated_by",
    ],
};

const AUTHORS: Subject = Subject {
    list: "/v1/authors",
    text: "bio",
    other: || ("title", Value::Null, json!("Editor")),
    editorial: &["email", "version", "created_at", "created_by", "updated_by"],
};

/// Tells each of these stories of authors and of tags, on both databases.
macro_rules! of_each {
    ($($story:ident),+ $(,)?) => {
        $(
            mod $story {
                use crate::support::TestApp;

                on_both!(authors, tags);

                async fn authors(app: TestApp) {
                    super::$story(app, &super::AUTHORS).await;
                }

                async fn tags(app: TestApp) {
                    super::$story(app, &super::TAGS).await;
                }
            }
        )+
    };
}

of_each!(
    it_is_read_by_id_and_by_slug,
    a_patch_changes_what_it_names,
    a_put_replaces_all_but_the_slug,
    a_change_of_nothing_is_no_change,
    it_is_deleted,
    a_change_needs_the_version_it_is_based_on,
    a_change_may_name_several_versions,
);

impl Subject {
    /// The address of one by its id or slug.
    fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.list)
    }

    /// Creates one; gives it as it was answered.
    async fn create(&self, app: &TestApp, body: Value) -> Value {
        let reply = app.editor().post(self.list, &body).await;
        reply.expect(201).json()
    }
}

async fn it_is_read_by_id_and_by_slug(app: TestApp, subject: &Subject) {
    let made = subject.create(&app, json!({"name": "Harbour"})).await;
    let slug = subject.at("harbour");
    let by_slug = app.anonymous().get(&slug).await.expect(200);
    let by_id = app.anonymous().get(&subject.at(made.id())).await;
    let by_id = by_id.expect(200);
    assert_eq!(by_slug.body, by_id.body);
    assert_eq!(by_slug.etag(), by_id.etag());
    assert!(
        by_slug
            .header("cache-control")
            .starts_with("public, max-age=0, s-maxage=30")
    );
    assert!(by_slug.header("vary").contains("Authorization"));
    assert_eq!(by_slug.header("content-type"), "application/json");

    let mut expected = made.clone();
    for member in subject.editorial {
        expected.as_object_mut().unwrap().remove(*member).unwrap();
    }
    assert_eq!(
        by_slug.json(),
        expected,
        "the public sees no editorial member"
    );

    let editors = app.reader().get(&slug).await.expect(200);
    assert_eq!(editors.json(), made);
    for nothing in [
        "nope",
        "HARBOUR",
        "harbour%20",
        "00000000-0000-7000-8000-000000000000",
    ] {
        for caller in [app.anonymous(), app.editor()] {
            let reply = caller.get(&subject.at(nothing)).await;
            reply.problem(404, "not_found");
        }
    }
}

async fn a_patch_changes_what_it_names(app: TestApp, subject: &Subject) {
    let (text, (other, _, sent)) = (subject.text, (subject.other)());
    let body = json!({"name": "Sea", text: "Water", "metadata": {"a": 1, "b": {"c": 2}}});
    let before = subject.create(&app, body).await;
    assert_eq!(before[text], "Water");
    let path = subject.at("sea");
    app.advance(Duration::milliseconds(1));
    let patch = json!({text: null, other: sent, "metadata": {"b": {"d": 3}, "a": null}});
    let call = app.admin().if_match("\"1\"");
    let reply = call.patch(&path, &patch).await.expect(200);
    assert!(reply.etag().starts_with("\"2-"), "{reply}");
    let mut expected = before;
    expected[text] = Value::Null;
    expected[other] = sent.clone();
    expected["metadata"] = json!({"b": {"c": 2, "d": 3}});
    expected["version"] = json!(2);
    expected["updated_at"] = json!("2026-11-23T12:00:00.001Z");
    expected["updated_by"] = json!("00000000-0000-7000-8000-000000000003");
    assert_eq!(reply.json(), expected);
    assert_eq!(app.editor().get(&path).await.json(), expected);
    let public = app.anonymous().get(&path).await.json();
    assert_eq!(public[other], sent, "the public sees the change at once");

    // What a patch makes of it is checked as a whole.
    let bad = json!({"name": null, "seo": {"x": 1}});
    let reply = app.editor().change(&path, &bad).await;
    let fields = [("/name", "missing"), ("/seo/x", "unknown_field")];
    reply.refuses(422, "invalid_fields", &fields);
    let reply = app.editor().change(&path, &json!([1])).await;
    reply.problem(422, "invalid_fields");
    assert_eq!(app.editor().get(&path).await.json(), expected);
}

async fn a_put_replaces_all_but_the_slug(app: TestApp, subject: &Subject) {
    let (text, (other, missing, sent)) = (subject.text, (subject.other)());
    let body = json!({
        "name": "Sea", "slug": "water", text: "Wet", other: sent, "metadata": {"a": 1},
    });
    let before = subject.create(&app, body).await;
    let path = subject.at(before.id());
    let call = app.editor().if_match("\"1\"");
    let after = call.put(&path, &json!({"name": "Ocean"})).await.expect(200);
    let after = after.json();
    assert_eq!(after["slug"], "water");
    assert_eq!(after["name"], "Ocean");
    assert_eq!(after[other], missing);
    assert_eq!(after[text], Value::Null);
    assert_eq!(after["metadata"], json!({}));
    assert_eq!(after["version"], 2);
    assert_eq!(after["created_at"], before["created_at"]);
    let call = app.editor().if_match("\"2\"");
    let moved = json!({"name": "Ocean", "slug": "ocean"});
    let moved = call.put(&path, &moved).await.expect(200);
    assert_eq!(moved.json()["slug"], "ocean");
    let reply = app.editor().replace(&path, &json!({text: "x"})).await;
    reply.refuses(422, "invalid_fields", &[("/name", "missing")]);
}

async fn a_change_of_nothing_is_no_change(app: TestApp, subject: &Subject) {
    let before = subject.create(&app, json!({"name": "Sea"})).await;
    let path = subject.at("sea");
    app.advance(Duration::hours(1));
    let call = || app.admin().if_match("\"1\"");
    for patch in [json!({}), json!({"name": " Sea "}), json!({"slug": "sea"})] {
        let reply = call().patch(&path, &patch).await.expect(200);
        assert_eq!(reply.json(), before, "{patch}");
        assert!(reply.etag().starts_with("\"1-"));
    }
    let reply = call().put(&path, &json!({"name": "Sea"})).await.expect(200);
    assert_eq!(reply.json(), before);
}

async fn it_is_deleted(app: TestApp, subject: &Subject) {
    let made = subject.create(&app, json!({"name": "Sea"})).await;
    let slug = subject.at("sea");
    let call = app.editor().if_match("\"1\"");
    let reply = call.delete(&slug).await.expect(204);
    assert!(reply.body.is_empty());
    for path in [&slug, &subject.at(made.id())] {
        app.anonymous().get(path).await.problem(404, "not_found");
        app.editor().get(path).await.problem(404, "not_found");
        app.editor().remove(path).await.problem(404, "not_found");
    }
    assert!(app.anonymous().get(subject.list).await.data().is_empty());
    let again = subject.create(&app, json!({"name": "Sea"})).await;
    assert_eq!(again["slug"], "sea", "the slug is free again");
}

async fn a_change_needs_the_version_it_is_based_on(app: TestApp, subject: &Subject) {
    let before = subject.create(&app, json!({"name": "Sea"})).await;
    let (path, body) = (subject.at("sea"), json!({"name": "Lake"}));
    for reply in [
        app.editor().patch(&path, &body).await,
        app.editor().put(&path, &body).await,
        app.editor().delete(&path).await,
    ] {
        reply.problem(428, "precondition_required");
    }
    for stale in [
        "\"2\"",
        "\"0\"",
        "\"\"",
        "\"x\"",
        "W/\"1\"",
        "\"2-abc\", \"3\"",
    ] {
        for reply in [
            app.editor().if_match(stale).patch(&path, &body).await,
            app.editor().if_match(stale).put(&path, &body).await,
            app.editor().if_match(stale).delete(&path).await,
        ] {
            let problem = reply.problem(412, "stale_version");
            assert_eq!(problem["current_version"], 1);
        }
    }
    for broken in ["1", "\"1", "\"1\" \"2\"", "any"] {
        let reply = app.editor().if_match(broken).patch(&path, &body).await;
        reply.problem(400, "malformed_request");
    }
    let now = app.editor().get(&path).await;
    assert_eq!(now.json(), before, "nothing was written");

    let etag = now.etag();
    let call = || app.editor().if_match(&etag);
    call().patch(&path, &body).await.expect(200);
    let reply = call().patch(&path, &json!({"name": "Pond"})).await;
    assert_eq!(reply.problem(412, "stale_version")["current_version"], 2);
    assert_eq!(app.editor().get(&path).await.json()["name"], "Lake");
}

async fn a_change_may_name_several_versions(app: TestApp, subject: &Subject) {
    subject.create(&app, json!({"name": "Sea"})).await;
    let path = subject.at("sea");
    let call = app.editor().if_match("\"7\", \"1-abc\"");
    call.patch(&path, &json!({"name": "Lake"}))
        .await
        .expect(200);
    let call = app.editor().if_match("\"9\"").if_match("\"2\"");
    call.patch(&path, &json!({"name": "Pond"}))
        .await
        .expect(200);
    app.editor().remove(&path).await.expect(204);
}
