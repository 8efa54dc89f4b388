//! Authors and tags of public articles are known from earlier reads, and never as they were.

use chrono::Duration;
use serde_json::{Value, json};

use crate::resources::merges::merge;
use crate::support::workflow::path;
use crate::support::{Kind, TestApp};

on_both!(
    what_is_known_is_not_asked_for_again,
    what_changes_is_seen_at_once,
    what_becomes_part_of_another_is_named_once_where_the_earlier_stood,
    an_article_that_was_touched_is_not_shown_with_what_was_read_before,
    editors_are_shown_every_version_at_once,
    a_purge_forgets_what_editors_are_shown,
);

/// Reads an article, which nobody keeps here, and says how many statements it took.
async fn read(app: &TestApp, path: &str) -> (Value, u64) {
    let before = app.statements();
    let article = app.anonymous().get(path).await.expect(200).json();
    (article, app.statements() - before)
}

/// The names of what an article shows in this member.
fn names(article: &Value, member: &str) -> Vec<String> {
    let all = article[member].as_array().unwrap().iter();
    all.map(|one| one["name"].as_str().unwrap().to_owned())
        .collect()
}

/// An article by two authors with three tags, one of them internal.
async fn seed(app: &TestApp) -> String {
    for name in ["Ada", "Bo", "Cy"] {
        app.author(name).create().await;
    }
    for name in ["Harbour", "Port", "Ships"] {
        app.tag(name).create().await;
    }
    app.create_tag(json!({"name": "Desk", "visibility": "internal"}))
        .await;
    let article = json!({
        "title": "One", "tags": ["harbour", "desk", "port"],
        "authors": [{"author": "ada", "role": "photographer"}, {"author": "bo"}],
    });
    let article = app.create_published(article).await;
    app.advance(Duration::seconds(1));
    path(&article)
}

async fn what_is_known_is_not_asked_for_again(kind: Kind) {
    let app = TestApp::uncached(kind).await;
    let path = seed(&app).await;
    let (first, asked) = read(&app, &path).await;
    let (again, later) = read(&app, &path).await;
    assert_eq!(first, again);
    assert_eq!(names(&first, "authors"), ["Ada", "Bo"]);
    assert_eq!(first["authors"][0]["role"], "photographer");
    assert_eq!(first["authors"][1]["role"], "author");
    assert_eq!(names(&first, "tags"), ["Harbour", "Port"]);
    // One for the authors and one for the tags.
    assert_eq!(asked - later, 2);
    let (list, _) = read(&app, "/v1/articles?include=authors,tags").await;
    assert_eq!(list["data"][0]["authors"], first["authors"]);
    assert_eq!(list["data"][0]["tags"], first["tags"]);
}

async fn what_changes_is_seen_at_once(kind: Kind) {
    let app = TestApp::uncached(kind).await;
    let path = seed(&app).await;
    read(&app, &path).await;
    app.change("/v1/authors/ada", json!({"name": "Ada L."}))
        .await;
    app.change("/v1/tags/port", json!({"name": "Docks"})).await;
    let (article, _) = read(&app, &path).await;
    assert_eq!(names(&article, "authors"), ["Ada L.", "Bo"]);
    assert_eq!(names(&article, "tags"), ["Harbour", "Docks"]);
    app.advance(Duration::seconds(1));
    let visible = json!({"visibility": "public"});
    app.change("/v1/tags/desk", visible).await;
    let (article, _) = read(&app, &path).await;
    assert_eq!(names(&article, "tags"), ["Harbour", "Desk", "Docks"]);
    app.advance(Duration::seconds(1));
    let hidden = json!({"visibility": "internal"});
    app.change("/v1/tags/harbour", hidden).await;
    let (article, _) = read(&app, &path).await;
    assert_eq!(names(&article, "tags"), ["Desk", "Docks"]);
}

async fn what_becomes_part_of_another_is_named_once_where_the_earlier_stood(kind: Kind) {
    let app = TestApp::uncached(kind).await;
    let path = seed(&app).await;
    read(&app, &path).await;
    for (list, gone, into) in [
        ("/v1/tags", "port", "harbour"),
        ("/v1/authors", "ada", "bo"),
        ("/v1/tags", "desk", "ships"),
    ] {
        merge(&app, list, gone, into).await;
        app.advance(Duration::seconds(1));
    }
    let (article, _) = read(&app, &path).await;
    assert_eq!(names(&article, "tags"), ["Harbour", "Ships"]);
    assert_eq!(names(&article, "authors"), ["Bo"]);
    assert_eq!(article["authors"][0]["role"], "photographer");
    // What the copy names is what its links say.
    app.is_sound().await;
}

/// The clock stands still, so the article counts as touched when the pieces are read: each read asks.
async fn an_article_that_was_touched_is_not_shown_with_what_was_read_before(kind: Kind) {
    let app = TestApp::uncached(kind).await;
    let path = seed(&app).await;
    read(&app, &path).await;
    let (_, known) = read(&app, &path).await;
    app.change(&path, json!({"title": "Two"})).await;
    app.publish(path.rsplit('/').next().unwrap()).await;
    for _ in 0..2 {
        let (_, asked) = read(&app, &path).await;
        assert!(asked > known, "{asked} and {known}");
    }
}

/// The same as an editor reads it: with the tag that is internal.
async fn read_by_editor(app: &TestApp, path: &str) -> (Value, u64) {
    let path = format!("{path}?include=authors,tags");
    let before = app.statements();
    let article = app.editor().get(&path).await.expect(200).json();
    (article, app.statements() - before)
}

async fn editors_are_shown_every_version_at_once(app: TestApp) {
    let path = seed(&app).await;
    let (first, _) = read_by_editor(&app, &path).await;
    let (again, asked) = read_by_editor(&app, &path).await;
    assert_eq!(first, again);
    assert_eq!(names(&first, "authors"), ["Ada", "Bo"]);
    assert_eq!(first["authors"][0]["role"], "photographer");
    assert_eq!(names(&first, "tags"), ["Harbour", "Desk", "Port"]);
    // The article with its body, its links and their versions.
    assert_eq!(asked, 1);
    let (list, _) = read_by_editor(&app, "/v1/articles").await;
    assert_eq!(list["data"][0]["authors"], first["authors"]);
    assert_eq!(list["data"][0]["tags"], first["tags"]);
    // Sorted first, and read with its links afterwards.
    let sorted = "/v1/articles?sort=title&include=authors,tags";
    let list = app.editor().get(sorted).await.expect(200).json();
    assert_eq!(list["data"][0]["tags"], first["tags"]);

    app.change("/v1/authors/ada", json!({"name": "Ada L."}))
        .await;
    app.change("/v1/tags/desk", json!({"name": "Night desk"}))
        .await;
    let (article, _) = read_by_editor(&app, &path).await;
    assert_eq!(names(&article, "authors"), ["Ada L.", "Bo"]);
    assert_eq!(names(&article, "tags"), ["Harbour", "Night desk", "Port"]);
    // What only editors see is not known to the public by it.
    let (public, _) = read(&app, &path).await;
    assert_eq!(names(&public, "tags"), ["Harbour", "Port"]);
}

/// Whoever changes rows by other means says so by a purge, which editors' pieces obey, too.
async fn a_purge_forgets_what_editors_are_shown(app: TestApp) {
    let path = seed(&app).await;
    read_by_editor(&app, &path).await;
    let mut conn = app.db.write().await.unwrap();
    let rename = "UPDATE tags SET name = 'Quays' WHERE slug = 'port'";
    conn.execute(diesel::sql_query(rename)).await.unwrap();
    drop(conn);
    let purge = app.admin().post("/v1/cache/purge", &json!({})).await;
    purge.expect(204);
    let (article, _) = read_by_editor(&app, &path).await;
    assert_eq!(names(&article, "tags"), ["Harbour", "Desk", "Quays"]);
}
