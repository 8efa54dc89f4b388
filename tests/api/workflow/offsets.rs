//! Times of schedules are moments, however they are written; times of no zone are none.

use serde_json::json;

use crate::support::TestApp;
use crate::support::workflow::path;

on_both!(
    the_hour_that_comes_twice_is_two_hours,
    a_time_of_no_zone_is_refused,
);

/// An article that is scheduled for a time as it is written; gives how it is answered.
async fn scheduled(app: &TestApp, title: &str, publish_at: &str) -> String {
    let id = app.article(title).create().await["id"].clone();
    let path = format!("/v1/articles/{}/schedule", id.as_str().unwrap());
    let call = app.editor().if_match("*");
    let reply = call.post(&path, &json!({"publish_at": publish_at})).await;
    let answer = reply.expect(200).json();
    answer["scheduled"]["publish_at"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn the_hour_that_comes_twice_is_two_hours(app: TestApp) {
    app.clock_set("2026-10-24T22:00:00+02:00");
    // In Berlin the clocks go from 03:00 back to 02:00 at 01:00 UTC.
    for (title, written, answered) in [
        ("a", "2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00Z"),
        (
            "b",
            "2026-10-25T02:59:59.999+02:00",
            "2026-10-25T00:59:59.999Z",
        ),
        ("c", "2026-10-25T02:00:00+01:00", "2026-10-25T01:00:00Z"),
        ("d", "2026-10-25T03:00:00+02:00", "2026-10-25T01:00:00Z"),
        ("e", "2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z"),
    ] {
        assert_eq!(scheduled(&app, title, written).await, answered, "{written}");
    }
    for (at, expected) in [
        ("2026-10-25T02:29:59.999+02:00", ""),
        ("2026-10-25T02:30:00+02:00", "a"),
        ("2026-10-25T02:59:59.998+02:00", "a"),
        ("2026-10-25T02:59:59.999+02:00", "ab"),
        ("2026-10-25T02:00:00+01:00", "abcd"),
        ("2026-10-25T02:29:59.999+01:00", "abcd"),
        ("2026-10-25T02:30:00+01:00", "abcde"),
    ] {
        app.clock_set(at);
        let list = app.anonymous().get("/v1/articles?sort=title").await;
        assert_eq!(list.each("title").concat(), expected, "{at}");
    }
}

async fn a_time_of_no_zone_is_refused(app: TestApp) {
    let article = app.article("Sea").create().await;
    let path = path(&article);
    for naive in [
        "2027-01-01T06:00:00",
        "2027-01-01 06:00:00",
        "2027-01-01T06:00",
        "2027-01-01",
        "2027-01-01T06:00:00 Europe/Berlin",
    ] {
        for (name, other) in [("publish_at", "expires_at"), ("expires_at", "publish_at")] {
            let times = json!({name: naive, other: "2027-01-01T12:00:00+01:00"});
            let call = app.editor().if_match("*");
            let reply = call.post(&format!("{path}/schedule"), &times).await;
            reply.problem(422, "invalid_fields");
            let places: Vec<String> = reply.field_errors().into_iter().map(|(at, _)| at).collect();
            assert_eq!(places, [format!("/{name}")], "{reply}");
        }
        for name in ["published_at", "expires_at"] {
            let reply = app.editor().change(&path, &json!({name: naive})).await;
            reply.problem(422, "invalid_fields");
            assert_eq!(reply.field_errors()[0].0, format!("/{name}"), "{reply}");
        }
    }
    assert_eq!(app.editor().get(&path).await.json(), article);
}
