//! What a desk asks for: which articles are in which state, and who works on them.

use chrono::Duration;
use masthead::auth::Role;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::workflow::{LATER, STATES, path};

on_both!(
    articles_are_listed_by_their_state,
    states_are_counted,
    a_state_is_what_it_is_now,
    articles_are_listed_by_who_works_on_them,
    who_works_on_an_article_has_an_account,
    what_was_written_since_is_listed,
    a_desk_is_not_public,
);

async fn one_in_each_state(app: &TestApp) {
    for state in STATES {
        let path = app.in_state(app.editor(), state).await;
        app.editor().get(&path).await.expect(200);
    }
}

async fn articles_are_listed_by_their_state(app: TestApp) {
    one_in_each_state(&app).await;
    for state in STATES {
        let list = format!("/v1/articles?status={state}&total=true");
        let list = app.reader().get(&list).await.expect(200);
        assert_eq!(list.each("status"), [state]);
        assert_eq!(list.json()["page"]["total"], 1);
    }
    for several in ["status=draft,archived", "status=draft&status=archived"] {
        let list = app.reader().get(&format!("/v1/articles?{several}")).await;
        let mut found = list.expect(200).each("status");
        found.sort_unstable();
        assert_eq!(found, ["archived", "draft"]);
    }
    for odd in [
        "status=",
        "status=Draft",
        "status=draft,none",
        "status=live",
    ] {
        let reply = app.reader().get(&format!("/v1/articles?{odd}")).await;
        reply.refuses(400, "invalid_parameter", &[("status", "not_allowed")]);
    }
}

async fn states_are_counted(app: TestApp) {
    one_in_each_state(&app).await;
    app.create_article(json!({"title": "Sport", "section": "sport"}))
        .await;
    let gone = app.in_state(app.editor(), "draft").await;
    app.editor().remove(&gone).await.expect(204);
    let counts = async |query: &str| {
        let list = format!("/v1/articles?counts=true{query}");
        app.reader().get(&list).await.expect(200).json()["counts"].clone()
    };
    let all = json!({"draft": 2, "in_review": 1, "scheduled": 1, "published": 1,
        "unpublished": 1, "archived": 1});
    for query in ["", "&status=archived", "&limit=1", "&fields=title"] {
        assert_eq!(counts(query).await, all, "{query}");
    }
    let sport = json!({"draft": 1, "in_review": 0, "scheduled": 0, "published": 0,
        "unpublished": 0, "archived": 0});
    assert_eq!(counts("&section=sport").await, sport);
    let list = app.reader().get("/v1/articles?counts=false").await.json();
    assert!(list.get("counts").is_none());
    // Each counts what they may see.
    let author = app.user(Role::Author).await;
    app.in_state(app.as_user(&author), "in_review").await;
    let list = app.as_user(&author).get("/v1/articles?counts=true").await;
    let counted = list.expect(200).json()["counts"].clone();
    let sum: i64 = counted
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_i64().unwrap())
        .sum();
    assert_eq!((&counted["in_review"], sum), (&json!(1), 1));
    let reply = app.reader().get("/v1/articles?counts=yes").await;
    reply.problem(400, "invalid_parameter");
}

async fn a_state_is_what_it_is_now(app: TestApp) {
    let path = app.in_state(app.editor(), "draft").await;
    let body = json!({"publish_at": LATER, "expires_at": "2026-12-05T00:00:00Z"});
    app.editor().act(&path, "schedule", body).await.expect(200);
    let running = app.in_state(app.editor(), "draft").await;
    app.change(&running, json!({"expires_at": "2026-11-25T00:00:00Z"}))
        .await;
    app.act(&running, "publish").await;
    for (time, first, second) in [
        ("2026-11-24T00:00:00Z", "scheduled", "published"),
        ("2026-11-25T00:00:00Z", "scheduled", "unpublished"),
        (LATER, "published", "unpublished"),
        ("2026-12-05T00:00:00Z", "unpublished", "unpublished"),
    ] {
        app.clock_set(time);
        assert_eq!(app.draft(&path).await["status"], first, "{time}");
        assert_eq!(app.draft(&running).await["status"], second, "{time}");
        for state in STATES {
            let expected = [first, second].iter().filter(|one| **one == state).count();
            for query in [format!("status={state}"), format!("filter=status={state}")] {
                let list = app.reader().get(&format!("/v1/articles?{query}")).await;
                assert_eq!(list.expect(200).data().len(), expected, "{time} {query}");
            }
            let list = app.reader().get("/v1/articles?counts=true").await;
            assert_eq!(list.json()["counts"][state], expected, "{time}");
        }
    }
}

async fn articles_are_listed_by_who_works_on_them(app: TestApp) {
    let jane = app.named_user("jane", Role::Editor).await;
    let john = app.named_user("john", Role::Editor).await;
    for (title, assignee) in [
        ("A", json!(jane.id)),
        ("B", json!(john.id)),
        ("C", Value::Null),
    ] {
        app.create_article(json!({"title": title, "assignee": assignee}))
            .await;
    }
    for (query, expected) in [
        (format!("assignee={}", jane.id), vec!["A"]),
        ("assignee=me".to_owned(), vec!["A"]),
        ("assignee=none".to_owned(), vec!["C"]),
        ("assignee=me,none".to_owned(), vec!["A", "C"]),
        (format!("assignee=me&assignee={}", john.id), vec!["A", "B"]),
        ("assignee=me&status=in_review".to_owned(), vec![]),
        (
            "assignee=01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
            vec![],
        ),
    ] {
        let list = format!("/v1/articles?sort=title&{query}");
        let list = app.as_user(&jane).get(&list).await.expect(200);
        assert_eq!(list.each("title"), expected, "{query}");
    }
    for odd in ["assignee=jane", "assignee=", "assignee=Me"] {
        let reply = app.reader().get(&format!("/v1/articles?{odd}")).await;
        reply.refuses(400, "invalid_parameter", &[("assignee", "not_allowed")]);
    }
}

async fn who_works_on_an_article_has_an_account(app: TestApp) {
    let jane = app.named_user("jane", Role::Author).await;
    let path = path(&app.article("A").create().await);
    let call = || app.editor();
    for (odd, code) in [
        (
            json!("01890a5d-ac96-774b-bcce-b302099a8057"),
            "unknown_reference",
        ),
        (json!("jane"), "not_an_id"),
        (json!("me"), "not_an_id"),
        (json!(7), "wrong_type"),
    ] {
        let reply = call().change(&path, &json!({"assignee": odd})).await;
        reply.refuses(422, "invalid_fields", &[("/assignee", code)]);
        let new = json!({"title": "B", "assignee": odd});
        let reply = app.editor().post("/v1/articles", &new).await;
        reply.refuses(422, "invalid_fields", &[("/assignee", code)]);
    }
    let changed = app.change(&path, json!({"assignee": jane.id})).await;
    assert_eq!(changed["assignee"], json!(jane.id));
    // To work on it is no right to it.
    app.as_user(&jane)
        .get(&path)
        .await
        .problem(404, "not_found");
    // Nobody sees it in public, and it stays when the account goes.
    app.act(&path, "publish").await;
    assert!(app.public(&path).await.get("assignee").is_none());
    let reply = app.admin().remove(&jane.path()).await;
    reply.expect(204);
    let changed = app.change(&path, json!({"title": "New"})).await;
    assert_eq!(changed["assignee"], json!(jane.id));
    let changed = app.change(&path, json!({"assignee": null})).await;
    assert_eq!(changed["assignee"], Value::Null);
}

async fn what_was_written_since_is_listed(app: TestApp) {
    let old = path(&app.article("Old").create().await);
    app.article("Older").create().await;
    app.advance(Duration::hours(1));
    app.change(&old, json!({"kicker": "K"})).await;
    for (query, expected) in [
        ("updated_after=2026-11-23T13:00:00Z", vec!["Old"]),
        ("updated_after=2026-11-23T12:00:00Z", vec!["Old", "Older"]),
        ("updated_before=2026-11-23T13:00:00Z", vec!["Older"]),
        ("updated_after=2026-11-23T13:00:01Z", vec![]),
        (
            "updated_after=2026-11-23T12:00:00Z&updated_before=2026-11-23T13:00:00Z",
            vec!["Older"],
        ),
    ] {
        let list = format!("/v1/articles?sort=title&{query}");
        let list = app.reader().get(&list).await.expect(200);
        assert_eq!(list.each("title"), expected, "{query}");
    }
    for odd in ["yesterday", "2026-11-23", "2026-11-23T12:00:00"] {
        let reply = app
            .reader()
            .get(&format!("/v1/articles?updated_after={odd}"))
            .await;
        let errors = reply.field_errors();
        assert_eq!((reply.status, errors[0].0.as_str()), (400, "updated_after"));
    }
}

async fn a_desk_is_not_public(app: TestApp) {
    for query in [
        "status=draft",
        "assignee=me",
        "assignee=none",
        "counts=true",
        "version=draft",
    ] {
        let list = format!("/v1/articles?{query}");
        let reply = app.anonymous().get(&list).await;
        reply.problem(401, "unauthorized");
    }
    let viewer = app.user(Role::Viewer).await;
    for query in ["status=draft", "assignee=me", "counts=true"] {
        let list = format!("/v1/articles?{query}");
        app.as_user(&viewer).get(&list).await.expect(200);
    }
}
