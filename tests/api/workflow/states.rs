//! The states of articles: what leads from which to which, and who may go there.

use masthead::auth::Role;
use serde_json::{Value, json};

use crate::support::accounts::User;
use crate::support::workflow::{LATER, STATES};
use crate::support::{Caller, TestApp};

on_both!(
    every_way_leads_where_the_table_says_and_there_is_no_other,
    what_is_allowed_is_what_is_told,
    a_note_goes_to_review_and_back,
    what_is_archived_is_not_changed,
    contributors_hand_on_and_do_not_publish,
    a_key_without_publishing_is_told_so,
);

/// Every way: what leads from which state to which.
const WAYS: [(&str, &str, &str); 20] = [
    ("submit", "draft", "in_review"),
    ("submit", "unpublished", "in_review"),
    ("send-back", "in_review", "draft"),
    ("publish", "draft", "published"),
    ("publish", "in_review", "published"),
    ("publish", "scheduled", "published"),
    ("publish", "published", "published"),
    ("publish", "unpublished", "published"),
    ("schedule", "draft", "scheduled"),
    ("schedule", "in_review", "scheduled"),
    ("schedule", "scheduled", "scheduled"),
    ("schedule", "published", "published"),
    ("schedule", "unpublished", "scheduled"),
    ("unschedule", "scheduled", "draft"),
    ("unschedule", "published", "published"),
    ("unpublish", "published", "unpublished"),
    ("archive", "draft", "archived"),
    ("archive", "in_review", "archived"),
    ("archive", "unpublished", "archived"),
    ("reopen", "archived", "draft"),
];

const ACTIONS: [&str; 8] = [
    "submit",
    "send-back",
    "publish",
    "schedule",
    "unschedule",
    "unpublish",
    "archive",
    "reopen",
];

fn body(action: &str) -> Value {
    match action {
        "schedule" => json!({"publish_at": LATER}),
        _ => json!({}),
    }
}

/// Where an action leads from a state in which nothing waits behind what is published.
fn leads(action: &str, from: &str) -> Option<&'static str> {
    let mut ways = WAYS.iter();
    let way = ways.find(|(does, begin, _)| (*does, *begin) == (action, from));
    way.filter(|_| (action, from) != ("unschedule", "published"))
        .map(|(.., to)| *to)
}

async fn every_way_leads_where_the_table_says_and_there_is_no_other(app: TestApp) {
    for from in STATES {
        let kept = app.in_state(app.editor(), from).await;
        for action in ACTIONS {
            if let Some(to) = leads(action, from) {
                let path = app.in_state(app.editor(), from).await;
                let before = app.draft(&path).await;
                assert_eq!(before["status"], from);
                let reply = app.editor().act(&path, action, body(action)).await;
                let after = reply.expect(200).json();
                assert_eq!(after["status"], to, "{action} from {from}");
                assert_eq!(app.draft(&path).await["status"], to);
                assert_eq!(app.public(&path).await.is_null(), to != "published");
                let same = (action, from) == ("publish", "published");
                let step = if same { 0 } else { 1 };
                let version = before["version"].as_i64().unwrap();
                assert_eq!(after["version"], version + step, "{action} from {from}");
                let last = &app.revisions(&path).await[0];
                assert_eq!(last["version"], after["version"]);
                assert!(same || last["action"] == action, "{last}");
                continue;
            }
            let before = app.draft(&kept).await;
            let (public, revisions) = (app.public(&kept).await, app.revisions(&kept).await);
            let reply = app.editor().act(&kept, action, body(action)).await;
            let problem = reply.problem(409, "wrong_state");
            assert_eq!(problem["state"], from);
            let possible = ACTIONS.iter().filter(|one| leads(one, from).is_some());
            let possible: Vec<_> = possible.collect();
            assert_eq!(problem["possible"], json!(possible), "{action} from {from}");
            assert_eq!(app.draft(&kept).await, before, "{action} from {from}");
            assert_eq!(app.public(&kept).await, public);
            assert_eq!(app.revisions(&kept).await, revisions);
        }
    }
    // What is published and waits in a new version too: that one is taken back alone.
    let path = app.in_state(app.editor(), "published").await;
    let public = app.public(&path).await;
    app.change(&path, json!({"title": "New"})).await;
    app.editor().schedule(&path, LATER).await.expect(200);
    let after = app.act(&path, "unschedule").await;
    assert_eq!(
        (&after["status"], &after["scheduled"], &after["title"]),
        (&json!("published"), &Value::Null, &json!("New"))
    );
    assert_eq!(app.public(&path).await, public);
}

/// Checks that an article tells a caller just what they may do with it.
async fn told(app: &TestApp, creator: &Caller<'_>, caller: &Caller<'_>, from: &str) -> Vec<String> {
    let kept = app.in_state(creator.clone(), from).await;
    let reply = caller.clone().get(&kept).await;
    let told = match reply.status {
        200 => reply.json()["allowed_transitions"].clone(),
        403 | 404 => json!([]),
        _ => panic!("{reply}"),
    };
    let told = told.as_array().unwrap();
    for action in ACTIONS {
        let Some(way) = told.iter().find(|way| way["action"] == action) else {
            let answer = caller.clone().act(&kept, action, body(action)).await;
            // A permission that is lacking comes first; to the rest it is hidden, or in another state.
            let otherwise = if reply.status == 404 { 404 } else { 409 };
            assert!([403, otherwise].contains(&answer.status), "{answer}");
            continue;
        };
        let path = app.in_state(creator.clone(), from).await;
        let answer = caller.clone().act(&path, action, body(action)).await;
        assert_eq!(answer.expect(200).json()["status"], way["to"], "{way}");
        assert!(!way["permission"].as_array().unwrap().is_empty());
    }
    let name = |way: &Value| way["action"].as_str().unwrap().to_owned();
    told.iter().map(name).collect()
}

async fn what_is_allowed_is_what_is_told(app: TestApp) {
    let mut users: Vec<(Role, User)> = Vec::new();
    for role in [
        Role::Admin,
        Role::Editor,
        Role::Author,
        Role::Contributor,
        Role::Viewer,
    ] {
        users.push((role, app.user(role).await));
    }
    for from in STATES {
        let all: Vec<_> = ACTIONS
            .into_iter()
            .filter(|one| leads(one, from).is_some())
            .collect();
        let handed_on = |one: &&str| ["submit", "archive", "reopen"].contains(one);
        for (role, user) in &users {
            let caller = app.as_user(user);
            let of_others = told(&app, &app.editor(), &caller, from).await;
            let may = match role {
                Role::Admin | Role::Editor => all.clone(),
                _ => Vec::new(),
            };
            assert_eq!(of_others, may, "{role:?}: another's that is {from}");
            let may: Vec<_> = match role {
                Role::Viewer => continue,
                Role::Contributor => all.clone().into_iter().filter(handed_on).collect(),
                _ => all.clone(),
            };
            let own = told(&app, &caller, &caller, from).await;
            assert_eq!(own, may, "{role:?}: their own that is {from}");
        }
    }
    // Lists do not tell it, and `fields` may name it.
    let list = app.reader().get("/v1/articles?limit=1").await.data();
    assert!(list[0].get("allowed_transitions").is_none());
    let path = app.in_state(app.editor(), "draft").await;
    let one = format!("{path}?fields=allowed_transitions");
    let one = app.editor().get(&one).await.expect(200).json();
    assert_eq!(one["allowed_transitions"].as_array().unwrap().len(), 4);
}

async fn a_note_goes_to_review_and_back(app: TestApp) {
    let author = app.user(Role::Author).await;
    let path = app.in_state(app.as_user(&author), "draft").await;
    assert_eq!(app.draft(&path).await["review"], Value::Null);
    let note = json!({"note": "The figures are checked."});
    let call = app.as_user(&author).act(&path, "submit", note).await;
    let submitted = call.expect(200).json();
    let review = json!({"action": "submit", "note": "The figures are checked.",
        "at": "2026-11-23T12:00:00Z", "by": author.id});
    assert_eq!(submitted["review"], review);
    let last = &app.revisions(&path).await[0];
    assert_eq!(
        (&last["action"], &last["note"], &last["by"]),
        (&json!("submit"), &review["note"], &json!(author.id))
    );
    // A change does not take it away; sending it back does.
    let changed = app.change(&path, json!({"title": "New"})).await;
    assert_eq!(changed["review"], review);
    assert_eq!(changed["status"], "in_review");
    let back = app.act(&path, "send-back").await;
    assert_eq!(back["status"], "draft");
    assert_eq!(
        (&back["review"]["action"], &back["review"]["note"]),
        (&json!("send-back"), &Value::Null)
    );
    assert_eq!(app.revisions(&path).await[0]["action"], "send-back");
    assert!(app.act(&path, "publish").await["review"].is_object());
    assert!(app.public(&path).await.get("review").is_none());

    let path = app.in_state(app.editor(), "draft").await;
    for (body, pointer, code) in [
        (json!({"note": ""}), "/note", "too_short"),
        (json!({"note": "x".repeat(1001)}), "/note", "too_long"),
        (json!({"note": 7}), "/note", "wrong_type"),
        (json!({"comment": "x"}), "/comment", "unknown_field"),
        (json!([]), "", "wrong_type"),
    ] {
        let reply = app.editor().act(&path, "submit", body).await;
        reply.refuses(422, "invalid_fields", &[(pointer, code)]);
    }
    let to = format!("{path}/submit");
    let reply = app.editor().post(&to, &json!({})).await;
    reply.problem(428, "precondition_required");
    let reply = app.editor().act(&path, "submit?note=x", json!({})).await;
    reply.refuses(400, "invalid_parameter", &[("note", "unknown_parameter")]);
    assert_eq!(app.draft(&path).await["status"], "draft");
}

async fn what_is_archived_is_not_changed(app: TestApp) {
    let path = app.in_state(app.editor(), "archived").await;
    let before = app.draft(&path).await;
    let revisions = app.revisions(&path).await;
    let call = || app.admin();
    for reply in [
        call().change(&path, &json!({"title": "New"})).await,
        call().change(&path, &json!({})).await,
        call().replace(&path, &json!({"title": "New"})).await,
        app.admin()
            .act(&path, "corrections", json!({"text": "Wrong."}))
            .await,
        app.admin()
            .act(&path, "revisions/1/restore", json!({}))
            .await,
        app.admin().act(&path, "discard", json!({})).await,
        app.admin().schedule(&path, LATER).await,
        app.admin().act(&path, "publish", json!({})).await,
    ] {
        reply.problem(409, "wrong_state");
    }
    assert_eq!(app.draft(&path).await, before);
    assert_eq!(app.revisions(&path).await, revisions);
    // It is read, and taken up again.
    app.reader()
        .get(&format!("{path}/publishable"))
        .await
        .expect(200);
    assert_eq!(app.act(&path, "reopen").await["status"], "draft");
    app.change(&path, json!({"title": "New"})).await;
    let path = app.in_state(app.editor(), "archived").await;
    call().remove(&path).await.expect(204);
}

async fn contributors_hand_on_and_do_not_publish(app: TestApp) {
    let contributor = app.user(Role::Contributor).await;
    let viewer = app.user(Role::Viewer).await;
    let own = app.in_state(app.as_user(&contributor), "draft").await;
    for action in [
        "publish",
        "schedule",
        "unschedule",
        "unpublish",
        "send-back",
    ] {
        for user in [&contributor, &viewer] {
            let reply = app.as_user(user).act(&own, action, body(action)).await;
            reply.problem(403, "forbidden");
        }
    }
    for action in ["submit", "archive", "reopen", "discard"] {
        let reply = app.as_user(&viewer).act(&own, action, json!({})).await;
        reply.problem(403, "forbidden");
    }
    let reply = app.as_user(&contributor).act(&own, "submit", json!({}));
    assert_eq!(reply.await.expect(200).json()["status"], "in_review");

    // What an editor scheduled or published is no longer theirs to change or to take away.
    for state in ["scheduled", "published"] {
        let own = app.in_state(app.as_user(&contributor), state).await;
        let before = app.draft(&own).await;
        let call = || app.as_user(&contributor).if_match("*");
        call().get(&own).await.expect(200);
        for reply in [
            call().patch(&own, &json!({"title": "New"})).await,
            call().put(&own, &json!({"title": "New"})).await,
            call().delete(&own).await,
            app.as_user(&contributor)
                .act(&own, "discard", json!({}))
                .await,
            app.as_user(&contributor)
                .act(&own, "archive", json!({}))
                .await,
            app.as_user(&contributor)
                .act(&own, "corrections", json!({"text": "x"}))
                .await,
            call()
                .post(&format!("{own}/preview-tokens"), &json!({}))
                .await,
            call().put(&format!("{own}/lock"), &json!({})).await,
        ] {
            reply.problem(403, "forbidden");
        }
        assert_eq!(app.draft(&own).await, before, "{state}");
        app.advance(chrono::Duration::days(8));
        let later = app.sign_in(&contributor.email).await;
        let reply = app
            .as_user(&later)
            .change(&own, &json!({"title": "New"}))
            .await;
        reply.problem(403, "forbidden");
        app.clock_set("2026-11-23T12:00:00Z");
    }
}

async fn a_key_without_publishing_is_told_so(app: TestApp) {
    let key = json!({"name": "Feed", "permissions": ["read_drafts", "write_articles"]});
    let caller = app.with_new_key(key).await;
    let path = app.in_state(app.editor(), "draft").await;
    let shown = caller.clone().get(&path).await.expect(200).json();
    let allowed = shown["allowed_transitions"].as_array().unwrap();
    assert_eq!(allowed.len(), 1, "{shown}");
    assert_eq!(
        allowed[0],
        json!({"action": "archive", "to": "archived",
            "permission": ["write_articles", "write_own_articles", "write_own_drafts"]})
    );
    for action in ["submit", "publish", "schedule"] {
        let reply = caller.clone().act(&path, action, body(action)).await;
        reply.problem(403, "forbidden");
    }
    for action in ACTIONS {
        let reply = app.anonymous().act(&path, action, body(action)).await;
        reply.problem(401, "unauthorized");
    }
}
