//! A tag or an author becomes part of another: by `merge`, or by `DELETE` with `reassign_to`.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::{Resource as _, TestApp};

on_both!(
    all_that_referred_to_a_tag_refers_to_the_other,
    all_that_referred_to_an_author_refers_to_the_other,
    where_an_article_has_both_the_earlier_place_stays,
    what_was_merged_leads_on_through_a_chain,
    a_body_that_names_what_was_merged_means_the_other,
    an_old_slug_in_use_again_is_its_new_owners,
    an_internal_tag_leaves_no_trace_in_public,
    tags_below_it_come_along,
);

pub fn id(thing: &Value) -> String {
    thing.id().to_owned()
}

/// A body, without which nothing is published.
pub fn text() -> Value {
    json!({"source": "Text."})
}

/// Merges one into another, both by their slugs; gives the one that stays.
pub async fn merge(app: &TestApp, list: &str, gone: &str, into: &str) -> Value {
    let path = format!("{list}/{gone}/merge");
    let call = app.editor().if_match("*");
    let reply = call.post(&path, &json!({"into": into})).await;
    reply.expect(200).json()
}

pub async fn schedule(app: &TestApp, id: &str, at: &str) {
    let call = app.editor().if_match("*");
    let path = format!("/v1/articles/{id}/schedule");
    let body = json!({"publish_at": at});
    call.post(&path, &body).await.expect(200);
}

fn names(article: &Value, part: &str) -> Vec<String> {
    let items = article[part].as_array().unwrap().iter();
    items
        .map(|item| item["slug"].as_str().unwrap().to_owned())
        .collect()
}

async fn all_that_referred_to_a_tag_refers_to_the_other(app: TestApp) {
    let (old, new) = (json!({"name": "Colour"}), json!({"name": "Color"}));
    let old = app.create_tag(old).await;
    let kept = app.create_tag(new).await;
    let tagged = |title: &str| json!({"title": title, "tags": ["colour"], "body": text()});
    let draft = app.create_article(tagged("Draft")).await;
    let live = app.create_published(tagged("Live")).await;
    let later = app.create_published(tagged("Later")).await;
    let again = json!({"kicker": "Again"});
    let path = format!("/v1/articles/{}", id(&later));
    app.editor().change(&path, &again).await.expect(200);
    schedule(&app, &id(&later), "2026-11-24T12:00:00Z").await;
    let trashed = app.create_article(tagged("Trashed")).await;
    let path = format!("/v1/articles/{}", id(&trashed));
    app.editor().remove(&path).await.expect(204);

    let public = app.anonymous().get("/v1/articles/live").await.expect(200);
    let draft_before = app.editor().get("/v1/articles/draft").await.json();
    app.advance(Duration::hours(1));
    let call = app.editor().if_match("\"1\"");
    let reply = call
        .post("/v1/tags/colour/merge", &json!({"into": "color"}))
        .await
        .expect(200);
    assert_eq!(reply.json(), kept);
    assert!(reply.etag().starts_with("\"1-"), "{reply}");

    let since = app.anonymous().with("If-None-Match", &public.etag());
    let after = since.get("/v1/articles/live").await.expect(200);
    assert_eq!(names(&after.json(), "tags"), ["color"]);
    assert_ne!(
        after.header("last-modified"),
        public.header("last-modified")
    );
    let draft_after = app.editor().get("/v1/articles/draft").await.json();
    assert_eq!(draft_after["version"], draft_before["version"]);
    assert_eq!(draft_after["updated_at"], draft_before["updated_at"]);
    assert_eq!(names(&draft_after, "tags"), ["color"]);
    let live_now = app
        .editor()
        .get(&format!("/v1/articles/{}", id(&live)))
        .await
        .json();
    assert_eq!(live_now["has_unpublished_changes"], false);
    let list = app.anonymous().get("/v1/tags/color/articles").await;
    assert_eq!(list.data().len(), 2);
    let list = app.anonymous().get("/v1/articles?tag=colour").await;
    assert!(list.data().is_empty(), "a filter follows nothing");

    for caller in [app.anonymous(), app.reader()] {
        for gone in ["colour".to_owned(), id(&old)] {
            for rest in ["", "/articles?limit=3"] {
                let reply = caller.clone().get(&format!("/v1/tags/{gone}{rest}")).await;
                let to = format!("/v1/tags/color{rest}");
                assert_eq!(reply.expect(308).header("location"), to);
            }
        }
    }
    for gone in ["colour".to_owned(), id(&old)] {
        let path = format!("/v1/tags/{gone}");
        let call = || app.editor();
        let name = json!({"name": "X"});
        call().change(&path, &name).await.problem(404, "not_found");
        call().remove(&path).await.problem(404, "not_found");
    }
    // The copy that was to come.
    app.clock_set("2026-11-24T13:00:00Z");
    let later = app.anonymous().get("/v1/articles/later").await.json();
    assert_eq!(later["kicker"], "Again");
    assert_eq!(names(&later, "tags"), ["color"]);
    // Out of the trash.
    let call = app.editor().if_match("*");
    let path = format!("/v1/articles/{}/restore", id(&trashed));
    let back = call.post(&path, &json!({})).await.expect(200).json();
    assert_eq!(names(&back, "tags"), ["color"]);
    assert_eq!(id(&draft), id(&draft_after));
}

async fn all_that_referred_to_an_author_refers_to_the_other(app: TestApp) {
    let old = app.author("J. Doe").create().await;
    let kept = app.author("Jane Doe").create().await;
    let story = |title: &str| {
        let by = json!([{"author": "j-doe", "role": "editor"}]);
        json!({"title": title, "authors": by, "body": text()})
    };
    app.create_published(story("Live")).await;
    app.create_article(story("Draft")).await;
    let later = app.create_article(story("Later")).await;
    schedule(&app, &id(&later), "2026-11-24T12:00:00Z").await;
    let public = app.anonymous().get("/v1/articles/live").await.expect(200);
    let path = "/v1/authors/j-doe?reassign_to=jane-doe";
    app.editor()
        .if_match("\"1\"")
        .delete(path)
        .await
        .expect(204);
    let after = app.anonymous().get("/v1/articles/live").await.expect(200);
    assert_ne!(after.etag(), public.etag());
    let credit = &after.json()["authors"][0];
    assert_eq!(credit["id"], kept["id"]);
    assert_eq!(credit["role"], "editor", "what they did stays");
    let draft = app.editor().get("/v1/articles/draft").await.json();
    assert_eq!(names(&draft, "authors"), ["jane-doe"]);
    app.clock_set("2026-11-24T13:00:00Z");
    let later = app.anonymous().get("/v1/articles/later").await.json();
    assert_eq!(names(&later, "authors"), ["jane-doe"]);
    for caller in [app.anonymous(), app.reader()] {
        for gone in ["j-doe".to_owned(), id(&old)] {
            let reply = caller.clone().get(&format!("/v1/authors/{gone}")).await;
            let to = reply.expect(308).header("location").to_owned();
            assert_eq!(to, "/v1/authors/jane-doe");
        }
    }
    let list = app.anonymous().get("/v1/authors/jane-doe/articles").await;
    assert_eq!(list.data().len(), 2);
}

async fn where_an_article_has_both_the_earlier_place_stays(app: TestApp) {
    for name in ["a", "b", "c", "d"] {
        app.tag(name).create().await;
        app.author(name).create().await;
    }
    let with = |title: &str, all: [&str; 3]| {
        let authors = all.map(|author| json!({"author": author}));
        json!({"title": title, "tags": all, "authors": authors, "body": text()})
    };
    app.create_published(with("First", ["a", "b", "c"])).await;
    app.create_published(with("Last", ["c", "b", "a"])).await;
    for list in ["/v1/tags", "/v1/authors"] {
        merge(&app, list, "a", "c").await;
    }
    for caller in [app.anonymous(), app.editor()] {
        for part in ["tags", "authors"] {
            let first = caller.clone().get("/v1/articles/first").await.json();
            assert_eq!(names(&first, part), ["c", "b"], "{part}");
            let last = caller.clone().get("/v1/articles/last").await.json();
            assert_eq!(names(&last, part), ["c", "b"], "{part}");
        }
    }
    // They are changed and published as ever.
    let patch = json!({"tags": ["b", "c", "d"]});
    let first = app.change("/v1/articles/first", patch).await;
    app.publish(&id(&first)).await;
    let first = app.anonymous().get("/v1/articles/first").await.json();
    assert_eq!(names(&first, "tags"), ["b", "c", "d"]);
}

async fn what_was_merged_leads_on_through_a_chain(app: TestApp) {
    for (list, made) in [("/v1/tags", "tag"), ("/v1/authors", "author")] {
        let create = async |name: &str| {
            let body = json!({"name": name});
            app.editor().post(list, &body).await.expect(201).json()
        };
        let a = create("a").await;
        app.change(&format!("{list}/a"), json!({"slug": "aa"}))
            .await;
        let b = create("b").await;
        create("c").await;
        merge(&app, list, "aa", "b").await;
        merge(&app, list, &id(&b), "c").await;
        app.change(&format!("{list}/c"), json!({"slug": "cc"}))
            .await;
        for former in ["a", "aa", "b", "c", &id(&a), &id(&b)] {
            for caller in [app.anonymous(), app.editor()] {
                let reply = caller.get(&format!("{list}/{former}")).await.expect(308);
                let to = format!("{list}/cc");
                assert_eq!(reply.header("location"), to, "{made} {former}");
            }
        }
        let path = format!("{list}/cc");
        app.editor().remove(&path).await.expect(204);
        for former in ["aa", &id(&a)] {
            for caller in [app.anonymous(), app.editor()] {
                let reply = caller.get(&format!("{list}/{former}")).await;
                reply.problem(404, "not_found");
            }
        }
    }
}

async fn a_body_that_names_what_was_merged_means_the_other(app: TestApp) {
    let a = app.tag("a").create().await;
    let b = app.tag("b").create().await;
    let jane = app.author("Jane").create().await;
    app.author("Jane Doe").create().await;
    let story = json!({"title": "Story", "tags": [id(&a), id(&b)],
        "authors": [{"author": id(&jane)}, {"author": "jane-doe"}]});
    let made = app.create_article(story.clone()).await;
    let kicker = json!({"tags": [], "authors": [], "kicker": "Bare"});
    let bare = app.change("/v1/articles/story", kicker).await;
    merge(&app, "/v1/tags", "a", "b").await;
    merge(&app, "/v1/authors", "jane", "jane-doe").await;
    // What was read before is sent again.
    let call = app.editor().if_match(&format!("\"{}\"", bare["version"]));
    let put = call.put("/v1/articles/story", &story).await.expect(200);
    assert_eq!(names(&put.json(), "tags"), ["b"]);
    assert_eq!(names(&put.json(), "authors"), ["jane-doe"]);
    let turned = json!({"title": "Other", "tags": ["b", id(&a)]});
    let other = app.create_article(turned).await;
    assert_eq!(names(&other, "tags"), ["b"]);
    let old_slug = json!({"title": "Third", "tags": ["a"], "authors": [{"author": "jane"}]});
    let third = app.create_article(old_slug).await;
    assert_eq!(names(&third, "tags"), ["b"]);
    assert_eq!(names(&third, "authors"), ["jane-doe"]);
    let below = json!({"name": "below", "parent": id(&a)});
    assert_eq!(app.create_tag(below).await["parent"]["slug"], "b");
    let twice = json!({"title": "X", "tags": ["b", id(&b)]});
    let reply = app.editor().post("/v1/articles", &twice).await;
    reply.refuses(422, "invalid_fields", &[("/tags/1", "duplicate")]);
    // An old revision comes back with what its tags are now.
    let call = app.editor().if_match("*");
    let path = format!("/v1/articles/{}/revisions/1/restore", id(&made));
    let back = call.post(&path, &json!({})).await.expect(200).json();
    assert_eq!(names(&back, "tags"), ["b"]);
    assert_eq!(names(&back, "authors"), ["jane-doe"]);
}

async fn an_old_slug_in_use_again_is_its_new_owners(app: TestApp) {
    for (list, name) in [("/v1/tags", "Sea"), ("/v1/authors", "Jane")] {
        let slug = name.to_lowercase();
        let create = async |name: &str| {
            let body = json!({"name": name});
            app.editor().post(list, &body).await.expect(201).json()
        };
        let old = create(name).await;
        create("Other").await;
        merge(&app, list, &slug, "other").await;
        let new = create(name).await;
        assert_eq!(new["slug"], slug);
        let path = format!("{list}/{slug}");
        for caller in [app.anonymous(), app.editor()] {
            let read = caller.clone().get(&path).await.expect(200).json();
            assert_eq!(read["id"], new["id"]);
            let by_id = caller.get(&format!("{list}/{}", id(&old))).await;
            let to = format!("{list}/other");
            assert_eq!(by_id.expect(308).header("location"), to);
        }
        app.editor().remove(&path).await.expect(204);
        for caller in [app.anonymous(), app.editor()] {
            caller.get(&path).await.problem(404, "not_found");
        }
    }
}

async fn an_internal_tag_leaves_no_trace_in_public(app: TestApp) {
    let secret = json!({"name": "Secret", "visibility": "internal"});
    let secret = app.create_tag(secret).await;
    app.change("/v1/tags/secret", json!({"slug": "hidden"}))
        .await;
    app.tag("Sea").create().await;
    let story = json!({"title": "Story", "tags": ["hidden"], "body": text()});
    app.create_published(story).await;
    merge(&app, "/v1/tags", "hidden", "sea").await;
    let story = app.anonymous().get("/v1/articles/story").await.json();
    assert_eq!(names(&story, "tags"), ["sea"]);
    for former in ["secret", "hidden", &id(&secret)] {
        let path = format!("/v1/tags/{former}");
        app.anonymous().get(&path).await.problem(404, "not_found");
        app.editor().get(&path).await.expect(308);
    }
    // The other way round the articles lose it.
    let desk = json!({"name": "Desk", "kind": "internal"});
    app.create_tag(desk).await;
    let before = app.anonymous().get("/v1/articles/story").await.etag();
    merge(&app, "/v1/tags", "sea", "desk").await;
    let after = app.anonymous().get("/v1/articles/story").await;
    assert!(names(&after.json(), "tags").is_empty());
    assert_ne!(after.etag(), before);
    app.anonymous()
        .get("/v1/tags/sea")
        .await
        .problem(404, "not_found");
}

async fn tags_below_it_come_along(app: TestApp) {
    app.tag("World").create().await;
    app.tag("Globe").create().await;
    app.create_tag(json!({"name": "Asia", "parent": "globe"}))
        .await;
    app.create_tag(json!({"name": "Japan", "parent": "asia"}))
        .await;
    merge(&app, "/v1/tags", "globe", "world").await;
    for caller in [app.anonymous(), app.editor()] {
        let asia = caller.clone().get("/v1/tags/asia").await.json();
        assert_eq!(asia["parent"]["slug"], "world");
        let list = caller.get("/v1/tags?parent=world").await.expect(200);
        assert_eq!(list.each("slug"), ["asia"]);
    }
    for below in ["asia", "japan"] {
        let path = format!("/v1/tags/world?reassign_to={below}");
        let reply = app.editor().remove(&path).await;
        reply.refuses(400, "invalid_parameter", &[("reassign_to", "cycle")]);
        let call = app.editor().if_match("*");
        let body = json!({"into": below});
        let reply = call.post("/v1/tags/world/merge", &body).await;
        reply.refuses(422, "invalid_fields", &[("/into", "cycle")]);
    }
    // A tag may become part of the one above it.
    merge(&app, "/v1/tags", "asia", "world").await;
    let japan = app.anonymous().get("/v1/tags/japan").await.json();
    assert_eq!(japan["parent"]["slug"], "world");
    app.tag("t1").create().await;
    for level in 2..=10 {
        let tag = json!({"name": format!("t{level}"), "parent": format!("t{}", level - 1)});
        app.create_tag(tag).await;
    }
    let call = app.editor().if_match("*");
    let body = json!({"into": "t10"});
    let reply = call.post("/v1/tags/world/merge", &body).await;
    reply.refuses(422, "invalid_fields", &[("/into", "too_deep")]);
    merge(&app, "/v1/tags", "japan", "t10").await;
}
