//! Which revisions are kept: autosaves that become one, and for how long the others stay.

use chrono::Duration;
use masthead::config::Settings;
use serde_json::{Value, json};

use crate::support::workflow::{LATER, path};
use crate::support::{Caller, TestApp};

on_both!(
    autosaves_of_one_person_are_one_revision,
    a_note_is_kept,
    so_many_revisions_are_kept,
    revisions_are_kept_for_so_many_days,
);
async fn autosaves_of_one_person_are_one_revision(app: TestApp) {
    let key = |name: &str| json!({"name": name, "role": "editor"});
    let one = app.with_new_key(key("One")).await;
    let two = app.with_new_key(key("Two")).await;
    let path = app.in_state(app.editor(), "draft").await;
    let save = async |caller: &Caller<'_>, title: &str| {
        let to = format!("{path}?autosave=true");
        caller
            .clone()
            .change(&to, &json!({"title": title}))
            .await
            .expect(200)
            .json()
    };
    let titles = async || {
        let all = app.revisions(&path).await;
        let title = |one: &Value| one["title"].as_str().unwrap().to_owned();
        all.iter().map(title).collect::<Vec<_>>()
    };
    let first = "Harbour bridge";
    for title in ["A", "B", "C"] {
        save(&one, title).await;
        app.advance(Duration::minutes(4));
    }
    assert_eq!(titles().await, ["C", first]);
    let last = app.revisions(&path).await[0].clone();
    assert_eq!(
        (&last["autosave"], &last["version"], &last["number"]),
        (&json!(true), &json!(4), &json!(4))
    );
    // Another person; another quarter of an hour; somebody who asks for it.
    save(&two, "D").await;
    assert_eq!(titles().await, ["D", "C", first]);
    app.clock_set("2026-11-23T12:15:00Z");
    save(&one, "E").await;
    save(&one, "F").await;
    assert_eq!(titles().await, ["F", "D", "C", first]);
    app.change(&path, json!({"title": "G"})).await;
    save(&one, "H").await;
    let all = titles().await;
    assert!(
        all.starts_with(&["H".to_owned(), "G".to_owned()]),
        "{all:?}"
    );
    // What is public, or is to be, stays.
    let publish = one.clone().act(&path, "publish", json!({})).await;
    publish.expect(200);
    save(&one, "I").await;
    let live = async || {
        let mut all = app.revisions(&path).await;
        all.retain(|one| one["is_live"] == true);
        all
    };
    assert_eq!(live().await.len(), 1);
    assert_eq!(live().await[0]["title"], "H");
    app.act(&path, "discard").await;
    save(&one, "J").await;
    let call = app.editor().schedule(&path, LATER).await;
    call.expect(200);
    save(&one, "K").await;
    save(&one, "L").await;
    assert_eq!(live().await.len(), 1);
    let back = app.act(&path, "discard").await;
    assert_eq!(back["title"], "J");
    // The wish must be one.
    let reply = app
        .editor()
        .change(&format!("{path}?autosave=yes"), &json!({}))
        .await;
    reply.refuses(400, "invalid_parameter", &[("autosave", "not_a_boolean")]);
    // What changes nothing folds nothing.
    let before = app.revisions(&path).await;
    save(&one, "J").await;
    assert_eq!(app.revisions(&path).await, before);
}

async fn a_note_is_kept(app: TestApp) {
    let path = app.in_state(app.editor(), "draft").await;
    let call = || app.editor();
    let to = format!("{path}?note=Typo%20in%20the%20headline");
    call().change(&to, &json!({"title": "A"})).await.expect(200);
    assert_eq!(
        app.revisions(&path).await[0]["note"],
        "Typo in the headline"
    );
    let to = format!("{path}?note=Whole&autosave=false");
    call()
        .replace(&to, &json!({"title": "B", "body": {"source": "Text."}}))
        .await
        .expect(200);
    assert_eq!(app.revisions(&path).await[0]["note"], "Whole");
    for (odd, code) in [("", "too_short"), (&*"x".repeat(1001), "too_long")] {
        let to = format!("{path}?note={odd}");
        let reply = call().change(&to, &json!({"title": "C"})).await;
        reply.refuses(400, "invalid_parameter", &[("note", code)]);
    }
    for action in ["publish", "unpublish", "archive", "reopen"] {
        let note = json!({"note": format!("To {action} it.")});
        app.editor()
            .act(&path, action, note.clone())
            .await
            .expect(200);
        assert_eq!(app.revisions(&path).await[0]["note"], note["note"]);
    }
    let note = json!({"publish_at": LATER, "note": "For the weekend."});
    app.editor().act(&path, "schedule", note).await.expect(200);
    assert_eq!(app.revisions(&path).await[0]["note"], "For the weekend.");
}

async fn so_many_revisions_are_kept(app: TestApp) {
    let few = app.second_with(|settings| settings.newsroom.keep_revisions = 5);
    let article = few.article("T0").publish().await;
    let path = path(&article);
    for index in 1..10 {
        few.change(
            &path,
            json!({"title": format!("T{index}"), "body": {"source": format!("B{index}")}}),
        )
        .await;
    }
    let all = few.revisions(&path).await;
    let numbers: Vec<_> = all.iter().map(|one| one["number"].clone()).collect();
    assert_eq!(numbers, [11, 10, 9, 8, 7, 2]);
    assert_eq!(all[5]["is_live"], true);
    let gone = app.reader().get(&format!("{path}/revisions/3")).await;
    gone.problem(404, "not_found");
    for number in [2, 7] {
        let kept = format!("{path}/revisions/{number}");
        app.reader().get(&kept).await.expect(200);
    }
    // It still goes back to what is public, which was not forgotten.
    assert_eq!(few.act(&path, "discard").await["title"], "T0");
    few.change(&path, json!({"title": "T10"})).await;
    let all = few.revisions(&path).await;
    let numbers: Vec<_> = all.iter().map(|one| one["number"].clone()).collect();
    assert_eq!(numbers, [13, 12, 11, 10, 9]);
    drop(few);
}

async fn revisions_are_kept_for_so_many_days(app: TestApp) {
    let article = app.article("T0").publish().await;
    let one = path(&article);
    app.change(&one, json!({"title": "T1"})).await;
    app.change(&one, json!({"title": "T2"})).await;
    let other = app.in_state(app.editor(), "draft").await;
    app.advance(Duration::days(11));
    assert_eq!(app.upkeep().await.revisions, 0, "there is no bound");
    app.change(&one, json!({"title": "T3"})).await;
    let mut settings = Settings::defaults().unwrap();
    settings.newsroom.keep_revisions_days = 10;
    assert_eq!(app.upkeep_by(&settings).await.revisions, 3);
    let all = app.revisions(&one).await;
    let kept: Vec<_> = all.iter().map(|one| one["number"].clone()).collect();
    assert_eq!(kept, [5, 2]);
    assert_eq!(app.revisions(&other).await.len(), 1, "the last one stays");
    let body = app.reader().get(&format!("{one}/revisions/2")).await;
    assert_eq!(
        body.expect(200).json()["article"]["body"]["source"],
        "Text."
    );
    assert_eq!(app.act(&one, "discard").await["title"], "T0");
}
