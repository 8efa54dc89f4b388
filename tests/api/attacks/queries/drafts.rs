//! Drafts that are hidden from a caller answer as if they were not there. `attacks`
//! says which attack is tried where.

use masthead::auth::Role;
use serde_json::json;

use crate::attacks::queries::hidden::{alike, said};
use crate::support::workflow::path;
use crate::support::{Resource as _, TestApp};

on_both!(
    d1_10_a_hidden_draft_answers_as_one_that_is_not_there,
    d1_10_a_reference_to_a_hidden_draft_is_one_to_nothing,
    d1_10_related_articles_that_are_hidden_are_not_shown,
    d1_10_of_anothers_working_copy_nothing_is_told,
);

/// A hidden draft, with a former slug and an old path: its id.
async fn hidden(app: &TestApp) -> String {
    let draft = app
        .create_article(
            json!({"title": "Merger", "slug": "merger-once", "aliases": ["/old/merger"]}),
        )
        .await;
    let id = draft.id().to_owned();
    app.change(&format!("/v1/articles/{id}"), json!({"slug": "merger"}))
        .await;
    let moved = app.reader().get("/v1/articles/merger-once").await;
    moved.expect(308);
    id
}

async fn d1_10_a_hidden_draft_answers_as_one_that_is_not_there(app: TestApp) {
    let id = hidden(&app).await;
    let none = "00000000-0000-7000-8000-000000000000";
    let contributor = app.user(Role::Contributor).await;
    let author = app.user(Role::Author).await;
    for caller in [
        app.anonymous(),
        app.as_user(&contributor),
        app.as_user(&author),
    ] {
        for (hidden, unknown) in [
            ("merger", "nobody"),
            ("merger-once", "nobody-ever"),
            (&id, none),
        ] {
            for path in [
                "/v1/articles/{}",
                "/v1/articles/{}?locale=en",
                "/v1/articles/{}?locale=de",
                "/v1/articles/{}?version=live",
                "/v1/articles/{}?fields=title",
                "/v1/articles?filter=slug=\"{}\"&total=true",
            ] {
                alike(&caller, path, hidden, unknown).await;
            }
        }
        alike(&caller, "/v1/redirects?path=/old/{}", "merger", "nobody").await;
    }
    for user in [&contributor, &author] {
        let mut answers = Vec::new();
        for reference in ["merger", "nobody", &id, none] {
            let path = format!("/v1/articles/{reference}");
            let call = || app.as_user(user);
            let patch = json!({"title": "Taken"});
            answers.push([
                said(&call().change(&path, &patch).await, reference, "x"),
                said(&call().replace(&path, &patch).await, reference, "x"),
                said(&call().remove(&path).await, reference, "x"),
                said(
                    &call().act(&path, "publish", json!({})).await,
                    reference,
                    "x",
                ),
                said(
                    &call().act(&path, "unpublish", json!({})).await,
                    reference,
                    "x",
                ),
                said(
                    &app.as_user(user)
                        .if_match("\"9\"")
                        .patch(&path, &patch)
                        .await,
                    reference,
                    "x",
                ),
                said(
                    &app.as_user(user).patch(&path, &patch).await,
                    reference,
                    "x",
                ),
            ]);
        }
        for answer in &answers {
            assert_eq!(answer, &answers[0]);
        }
    }
}

async fn d1_10_a_reference_to_a_hidden_draft_is_one_to_nothing(app: TestApp) {
    let id = hidden(&app).await;
    let none = "00000000-0000-7000-8000-000000000000";
    for role in [Role::Contributor, Role::Author] {
        let user = app.user(role).await;
        let own = app
            .as_user(&user)
            .post("/v1/articles", &json!({"title": "Mine"}))
            .await;
        let path = format!("/v1/articles/{}", own.expect(201).json().id());
        for (hidden, unknown) in [
            ("merger", "nobody"),
            ("merger-once", "nobody-ever"),
            (&id, none),
        ] {
            for member in ["translation_of", "related"] {
                let value = |reference: &str| match member {
                    "related" => json!([reference]),
                    _ => json!(reference),
                };
                let create = async |reference: &str| {
                    let body = json!({"title": "X", "locale": "de", member: value(reference)});
                    app.as_user(&user).post("/v1/articles", &body).await
                };
                let change = async |reference: &str| {
                    app.as_user(&user)
                        .change(&path, &json!({member: value(reference)}))
                        .await
                };
                for (one, two) in [
                    (create(hidden).await, create(unknown).await),
                    (change(hidden).await, change(unknown).await),
                ] {
                    one.problem(422, "invalid_fields");
                    assert_eq!(
                        said(&one, hidden, unknown),
                        said(&two, "", ""),
                        "{one}{two}"
                    );
                }
            }
        }
    }
}

async fn d1_10_related_articles_that_are_hidden_are_not_shown(app: TestApp) {
    let id = hidden(&app).await;
    let contributor = app.user(Role::Contributor).await;
    let own = app
        .as_user(&contributor)
        .post("/v1/articles", &json!({"title": "Mine"}))
        .await;
    let own = own.expect(201).json().id().to_owned();
    let open = app
        .create_published(json!({"title": "Open", "related": [id]}))
        .await;
    // An editor relates a draft to an article of somebody who may not see it.
    app.change(
        &format!("/v1/articles/{own}"),
        json!({"related": [id, open["id"]]}),
    )
    .await;
    for query in ["", "?include=related", "?fields=related.title"] {
        let call = app.as_user(&contributor);
        let reply = call
            .get(&format!("/v1/articles/{own}{query}"))
            .await
            .expect(200);
        let related = reply.json()["related"].as_array().unwrap().clone();
        assert_eq!(related.len(), 1, "{reply}");
        assert_eq!(related[0]["title"], "Open");
        let text = String::from_utf8_lossy(&reply.body).to_lowercase();
        assert!(!text.contains("merger"), "{reply}");
    }
    let reply = app
        .as_user(&contributor)
        .change(&format!("/v1/articles/{own}"), &json!({"title": "New"}))
        .await;
    assert!(!String::from_utf8_lossy(&reply.expect(200).body).contains("Merger"));
    let reply = app
        .anonymous()
        .get("/v1/articles/open?include=related")
        .await
        .expect(200);
    assert_eq!(reply.json()["related"], json!([]));
    // The link is not lost by a change of somebody who does not see it.
    let whole = app
        .reader()
        .get(&format!("/v1/articles/{own}"))
        .await
        .expect(200)
        .json();
    assert_eq!(whole["related"].as_array().unwrap().len(), 2);
}

async fn d1_10_of_anothers_working_copy_nothing_is_told(app: TestApp) {
    let open = app
        .create_published(json!({"title": "Open", "standfirst": "Public"}))
        .await;
    let path = path(&open);
    let change = json!({"title": "Takeover", "slug": "takeover", "standfirst": "Takeover", "section": "deals"});
    app.change(&path, change).await;
    let contributor = app.user(Role::Contributor).await;
    let author = app.user(Role::Author).await;
    for user in [&contributor, &author] {
        let caller = || app.as_user(user);
        // The slug that the public knows is one that they may know; the other is none.
        for reference in ["open", open.id()] {
            let reply = caller().get(&format!("/v1/articles/{reference}")).await;
            reply.problem(403, "forbidden");
            assert!(
                !String::from_utf8_lossy(&reply.body).contains("akeover"),
                "{reply}"
            );
            caller()
                .get(&format!("/v1/articles/{reference}?version=live"))
                .await
                .expect(200);
        }
        for query in ["", "?locale=en", "?version=live"] {
            alike(
                &caller(),
                &format!("/v1/articles/{{}}{query}"),
                "takeover",
                "nobody",
            )
            .await;
        }
        let body = json!({"title": "Mine", "related": ["open"], "locale": "en"});
        let own = caller().post("/v1/articles", &body).await.expect(201);
        assert_eq!(own.json()["related"][0]["title"], "Open", "{own}");
        let own = own.json().id().to_owned();
        let reply = caller()
            .get(&format!("/v1/articles/{own}?include=related"))
            .await
            .expect(200);
        assert_eq!(
            reply.json()["related"],
            json!([{
                "id": open["id"], "slug": "open", "locale": "en", "title": "Open", "kicker": null,
                "standfirst": "Public", "section": null, "published_at": open["published_at"],
            }])
        );
        let body = json!({"title": "Other", "related": ["takeover"]});
        let reply = caller().post("/v1/articles", &body).await;
        reply.refuses(
            422,
            "invalid_fields",
            &[("/related/0", "unknown_reference")],
        );
    }
    // A slug that the public knows as a former one leads to where the public finds the article.
    app.publish(open.id()).await;
    app.change(&path, json!({"slug": "even-later"})).await;
    for user in [&contributor, &author] {
        let reply = app.as_user(user).get("/v1/articles/open").await.expect(308);
        assert_eq!(reply.header("location"), "/v1/articles/takeover");
        let reply = app.as_user(user).get("/v1/articles/even-later").await;
        reply.problem(404, "not_found");
    }
    let reply = app.reader().get("/v1/articles/open").await.expect(308);
    assert_eq!(reply.header("location"), "/v1/articles/even-later");
}
