//! What may not be merged or deleted, and what may: accounts, uses, bad input, two at once.

use serde_json::json;

use crate::resources::merges::{id, merge, schedule, text};
use crate::support::{Kind, TestApp};

on_both!(
    an_account_comes_along,
    what_is_in_use_says_by_what,
    bad_merges_are_refused,
    of_two_merges_at_once_one_is_made,
);

async fn an_account_comes_along(app: TestApp) {
    for name in ["a", "b", "c"] {
        app.author(name).create().await;
    }
    let account = |name: &str| json!({"email": format!("{name}@example.org"), "name": name, "role": "author", "author": name});
    let of_a = app.admin().post("/v1/users", &account("a")).await;
    let of_a = of_a.expect(201).json();
    app.admin()
        .post("/v1/users", &account("b"))
        .await
        .expect(201);
    let reply = app.editor().remove("/v1/authors/a").await;
    assert_eq!(
        reply.problem(409, "in_use")["used_by"],
        json!({"articles": 0, "trash": 0, "live": 0, "users": 1})
    );
    let call = app.editor().if_match("*");
    let body = json!({"into": "b"});
    let reply = call.post("/v1/authors/a/merge", &body).await;
    reply.problem(409, "conflict");
    app.editor().get("/v1/authors/a").await.expect(200);
    merge(&app, "/v1/authors", "a", "c").await;
    let path = format!("/v1/users/{}", id(&of_a));
    let user = app.admin().get(&path).await.expect(200).json();
    assert_eq!(user["author"]["slug"], "c", "{user}");
}

async fn what_is_in_use_says_by_what(app: TestApp) {
    app.tag("Sea").create().await;
    app.create_tag(json!({"name": "Below", "parent": "sea"}))
        .await;
    app.author("Jane").create().await;
    let story = |title: &str| {
        let by = json!([{"author": "jane"}]);
        json!({"title": title, "tags": ["sea"], "authors": by, "body": text()})
    };
    app.create_article(story("Draft")).await;
    let live = app.create_published(story("Live")).await;
    let bare = json!({"tags": [], "authors": []});
    app.change(&format!("/v1/articles/{}", id(&live)), bare)
        .await;
    let trashed = app.create_article(story("Trashed")).await;
    let path = format!("/v1/articles/{}", id(&trashed));
    app.editor().remove(&path).await.expect(204);
    let scheduled = app.create_article(story("Scheduled")).await;
    schedule(&app, &id(&scheduled), "2026-11-24T12:00:00Z").await;
    for (path, besides) in [
        ("/v1/tags/sea", ("tags", 1)),
        ("/v1/authors/jane", ("users", 0)),
    ] {
        let reply = app.editor().remove(path).await;
        let mut used_by = json!({"articles": 2, "trash": 1, "live": 1});
        used_by[besides.0] = json!(besides.1);
        assert_eq!(reply.problem(409, "in_use")["used_by"], used_by);
    }
}

async fn bad_merges_are_refused(app: TestApp) {
    for list in ["/v1/tags", "/v1/authors"] {
        let body = json!({"name": "Sea"});
        let sea = app.editor().post(list, &body).await.expect(201).json();
        let body = json!({"name": "Ocean"});
        app.editor().post(list, &body).await.expect(201);
        let path = format!("{list}/sea/merge");
        let into = |into: &str| json!({"into": into});
        let call = || app.editor().if_match("*");
        for (body, place, code) in [
            (into("sea"), "/into", "itself"),
            (into(&id(&sea)), "/into", "itself"),
            (into("nothing"), "/into", "unknown_reference"),
            (
                into("00000000-0000-7000-8000-000000000000"),
                "/into",
                "unknown_reference",
            ),
            (json!({}), "/into", "missing"),
            (json!({"into": null}), "/into", "wrong_type"),
            (json!({"into": "ocean", "x": 1}), "/x", "unknown_field"),
        ] {
            let reply = call().post(&path, &body).await;
            reply.refuses(422, "invalid_fields", &[(place, code)]);
        }
        for (to, code) in [("sea", "itself"), ("nothing", "unknown_reference")] {
            let path = format!("{list}/sea?reassign_to={to}");
            let reply = call().delete(&path).await;
            reply.refuses(400, "invalid_parameter", &[("reassign_to", code)]);
        }
        for bad in ["reassign_to=", "reassign_to=a&reassign_to=b", "nope=1"] {
            let reply = call().delete(&format!("{list}/sea?{bad}")).await;
            reply.problem(400, "invalid_parameter");
        }
        let reply = app.editor().post(&path, &into("ocean")).await;
        reply.problem(428, "precondition_required");
        let stale = || app.editor().if_match("\"7\"");
        let reply = stale().post(&path, &into("ocean")).await;
        assert_eq!(reply.problem(412, "stale_version")["current_version"], 1);
        let by_delete = format!("{list}/sea?reassign_to=ocean");
        let reply = stale().delete(&by_delete).await;
        reply.problem(412, "stale_version");
        let nobody = || app.reader().if_match("*");
        let reply = nobody().post(&path, &into("ocean")).await;
        reply.problem(403, "forbidden");
        nobody().delete(&by_delete).await.problem(403, "forbidden");
        let reply = app
            .anonymous()
            .if_match("*")
            .post(&path, &into("ocean"))
            .await;
        reply.problem(401, "unauthorized");
        let reply = call()
            .post(&format!("{list}/nothing/merge"), &into("ocean"))
            .await;
        reply.problem(404, "not_found");
        let all = app.editor().get(list).await;
        assert_eq!(all.data().len(), 2);
        // The same once more, by those who may.
        call().delete(&by_delete).await.expect(204);
    }
}

async fn of_two_merges_at_once_one_is_made(app: TestApp) {
    let second = (app.kind == Kind::Postgres).then(|| app.second());
    let other = second.as_ref().unwrap_or(&app);
    for list in ["/v1/tags", "/v1/authors"] {
        for name in ["a", "b", "c"] {
            let body = json!({"name": name});
            app.editor().post(list, &body).await.expect(201);
        }
        let path = format!("{list}/a/merge");
        let (to_b, to_c) = (json!({"into": "b"}), json!({"into": "c"}));
        let (one, two) = tokio::join!(
            app.editor().if_match("\"1\"").post(&path, &to_b),
            other.editor().if_match("\"1\"").post(&path, &to_c),
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert!([[200, 404], [200, 412]].contains(&statuses), "{one}{two}");
        let to = app.editor().get(&format!("{list}/a")).await.expect(308);
        let won = if one.status == 200 { "b" } else { "c" };
        assert_eq!(to.header("location"), format!("{list}/{won}"));
        // Into each other: one of them is left.
        let (to_b, to_c) = (format!("{list}/c/merge"), format!("{list}/b/merge"));
        let (into_b, into_c) = (json!({"into": "b"}), json!({"into": "c"}));
        let (one, two) = tokio::join!(
            app.editor().if_match("*").post(&to_b, &into_b),
            other.editor().if_match("*").post(&to_c, &into_c),
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert!([[200, 404], [200, 422]].contains(&statuses), "{one}{two}");
        assert_eq!(app.editor().get(list).await.data().len(), 1);
    }
}
