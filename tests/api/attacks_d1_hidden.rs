//! What is hidden from a caller stays so whatever they ask: its answers are those that there
//! would be without it. `attacks_d1` says which attack is tried where.

use masthead::auth::Role;
use serde_json::{Value, json};

use crate::attacks_d1::seed;
use crate::support::{Caller, Reply, TestApp};

on_both!(
    d1_08_search_reads_what_the_caller_may_read,
    d1_09_authors_are_no_list_of_accounts,
    d1_10_a_hidden_tag_answers_as_one_that_is_not_there,
    d1_10_a_contributor_counts_their_own,
    d1_10_a_hidden_draft_answers_as_one_that_is_not_there,
    d1_10_a_reference_to_a_hidden_draft_is_one_to_nothing,
    d1_10_related_articles_that_are_hidden_are_not_shown,
    d1_10_of_anothers_working_copy_nothing_is_told,
);

async fn d1_08_search_reads_what_the_caller_may_read(app: TestApp) {
    seed(&app).await;
    let article = json!({
        "title": "Plain", "seo_title": "Zebra1", "seo": {"description": "Zebra2"},
        "metadata": {"note": "zebra3"}, "dateline": "Zebra4", "tags": ["secretag"],
        "lead_image": {"media": "https://zebra5.example/a.jpg", "caption": "Zebra6"},
        "body": {"source": "<!-- zebra7 -->\n\n[a](https://zebra8.example)"},
        "canonical_url": "https://zebra9.example/", "aliases": ["/zebra10"],
        "authors": [{"author": "jane"}],
    });
    let made = app.create_published(article).await;
    let path = format!("/v1/articles/{}", made["id"].as_str().unwrap());
    app.change(&path, json!({"standfirst": "Zebra11"})).await;
    for word in [
        "zebra3",
        "zebra5",
        "zebra7",
        "zebra8",
        "zebra9",
        "zebra10",
        "zebra11",
        "secretag",
        "secret.mail",
        "secretsource",
        "secretitle",
        "secret-admin",
        "admin",
        "argon2",
    ] {
        let reply = app
            .anonymous()
            .query("/v1/articles", &[("q", word), ("total", "true")])
            .await;
        let reply = reply.expect(200);
        assert!(reply.data().is_empty(), "{word}: {reply}");
        assert_eq!(reply.json()["page"]["total"], 0, "{word}: {reply}");
    }
    for role in [Role::Contributor, Role::Author] {
        let user = app.user(role).await;
        for word in ["zebra11", "secretitle", "open", "plain", "a"] {
            let reply = app
                .as_user(&user)
                .query("/v1/articles", &[("q", word)])
                .await;
            assert!(reply.expect(200).data().is_empty(), "{word}");
        }
    }
    for word in ["zebra11", "secretitle"] {
        let reply = app.reader().query("/v1/articles", &[("q", word)]).await;
        assert_eq!(reply.expect(200).data().len(), 1, "{word}");
    }
}

async fn d1_09_authors_are_no_list_of_accounts(app: TestApp) {
    seed(&app).await;
    app.account("jane", Role::Author, Some("jane")).await;
    let reply = app
        .anonymous()
        .get("/v1/authors?total=true")
        .await
        .expect(200);
    assert_eq!(reply.json()["page"]["total"], 1);
    let all = [
        "/v1/authors",
        "/v1/authors/jane",
        "/v1/articles?include=authors,tags,related",
        "/v1/articles/open?include=authors,tags,lead_image,related",
        "/v1/tags",
        "/",
        "/openapi.json",
    ];
    for path in all {
        let reply = app.anonymous().get(path).await.expect(200);
        let text = String::from_utf8_lossy(&reply.body);
        for private in [
            "secret.mail",
            "jane@example.org",
            "secret-admin",
            "secretag",
            "Secretitle",
        ] {
            assert!(!text.contains(private), "{private}: {reply}");
        }
        if !["/openapi.json", "/"].contains(&path) {
            for member in [
                "\"email\"",
                "\"user\"",
                "\"user_id\"",
                "\"created_by\"",
                "\"role\":\"admin\"",
            ] {
                assert!(!text.contains(member), "{member}: {reply}");
            }
        }
    }
    for (name, value) in [
        ("q", "jane@"),
        ("search", "jane@"),
        ("email", "jane@example.org"),
    ] {
        let reply = app.anonymous().query("/v1/authors", &[(name, value)]).await;
        reply.problem(400, "invalid_parameter");
    }
    // Staff see the address of the author, and nothing of the account.
    let reply = app.reader().get("/v1/authors/jane").await.expect(200);
    let text = String::from_utf8_lossy(&reply.body);
    assert!(
        !text.contains("jane@example.org") && !text.contains("user_id"),
        "{reply}"
    );
}

/// An answer with `from` written as `to`, to compare it with another.
fn said(reply: &Reply, from: &str, to: &str) -> (u16, Value) {
    let text = String::from_utf8_lossy(&reply.body).replace(from, to);
    let mut body: Value = serde_json::from_str(&text).unwrap();
    if let Some(members) = body.as_object_mut() {
        members.remove("request_id");
    }
    (reply.status, body)
}

/// Checks that a path answers alike for what is hidden and for what is not there.
async fn alike(caller: &Caller<'_>, path: &str, hidden: &str, unknown: &str) {
    let one = caller.clone().get(&path.replace("{}", hidden)).await;
    let two = caller.clone().get(&path.replace("{}", unknown)).await;
    assert_eq!(
        said(&one, hidden, unknown),
        said(&two, "", ""),
        "{one}{two}"
    );
    for name in ["location", "link", "etag", "cache-control", "last-modified"] {
        let one = one.header(name).replace(hidden, unknown);
        assert!(
            one == two.header(name) || name == "etag",
            "{name}: {one}{two}"
        );
    }
}

async fn d1_10_a_hidden_tag_answers_as_one_that_is_not_there(app: TestApp) {
    seed(&app).await;
    let tag = app
        .reader()
        .get("/v1/tags/secretag")
        .await
        .expect(200)
        .json();
    let id = tag["id"].as_str().unwrap();
    let none = "00000000-0000-7000-8000-000000000000";
    for (hidden, unknown) in [("secretag", "unknowns"), (id, none)] {
        for path in [
            "/v1/tags/{}",
            "/v1/tags/{}/articles",
            "/v1/articles?tag={}&total=true",
            "/v1/articles?tag={},sea&total=true",
            "/v1/articles?filter=tag:\"{}\"&total=true",
            "/v1/articles?filter=NOT%20tag:\"{}\"&total=true",
            "/v1/tags?parent={}&total=true",
            "/v1/tags?filter=parent:\"{}\"&total=true",
        ] {
            alike(&app.anonymous(), path, hidden, unknown).await;
        }
    }
    let reply = app
        .anonymous()
        .get("/v1/tags?kind=internal&total=true")
        .await
        .expect(200);
    assert_eq!(reply.json()["page"]["total"], 0, "{reply}");
    let reply = app.anonymous().get("/v1/tags?visibility=internal").await;
    reply.problem(401, "unauthorized");
}

async fn d1_10_a_contributor_counts_their_own(app: TestApp) {
    seed(&app).await;
    app.create_author(json!({"name": "Joan"})).await;
    let contributor = app.user(Role::Contributor).await;
    let author_id = app.account("joan", Role::Author, Some("joan")).await;
    let joan = app.sign_in("joan@example.org").await;
    assert_eq!(joan.id, author_id);
    let own = json!({"title": "Mine", "section": "world", "tags": ["sea"]});
    app.as_user(&contributor)
        .post("/v1/articles", &own)
        .await
        .expect(201);
    // Somebody else's article that credits Joan is hers to read.
    app.create_article(json!({"title": "Hers", "authors": [{"author": "joan"}]}))
        .await;
    for (user, title) in [(&contributor, "Mine"), (&joan, "Hers")] {
        for query in [
            "",
            "sort=title",
            "sort=-created_at",
            "status=draft",
            "filter=status=draft",
            "filter=NOT%20title=x",
            "filter=title=x%20OR%20NOT%20title=x",
            "page=1",
            "version=draft",
            "locale=en",
        ] {
            let reply = app
                .as_user(user)
                .get(&format!("/v1/articles?total=true&{query}"))
                .await;
            let reply = reply.expect(200);
            assert_eq!(reply.each("title"), [title], "{query}: {reply}");
            assert_eq!(reply.json()["page"]["total"], 1, "{query}: {reply}");
            assert_eq!(
                reply.json()["page"]["next"],
                Value::Null,
                "{query}: {reply}"
            );
        }
        for query in [
            "status=published",
            "filter=title=Secretitle",
            "q=open",
            "page=2",
            "author=jane",
        ] {
            let reply = app
                .as_user(user)
                .get(&format!("/v1/articles?total=true&{query}"))
                .await;
            assert!(reply.expect(200).data().is_empty(), "{query}");
        }
    }
    for (path, total) in [
        ("/v1/tags/sea/articles", 1),
        ("/v1/authors/jane/articles", 0),
        ("/v1/tags/secretag/articles", 0),
    ] {
        let reply = app
            .as_user(&contributor)
            .get(&format!("{path}?total=true"))
            .await;
        assert_eq!(reply.expect(200).json()["page"]["total"], total, "{path}");
    }
    let reply = app
        .as_user(&contributor)
        .get("/v1/articles?version=live&total=true")
        .await;
    assert_eq!(reply.expect(200).each("title"), ["Open"]);
}

/// A hidden draft, with a former slug and an old path: its id.
async fn hidden(app: &TestApp) -> String {
    let draft = app
        .create_article(
            json!({"title": "Merger", "slug": "merger-once", "aliases": ["/old/merger"]}),
        )
        .await;
    let id = draft["id"].as_str().unwrap().to_owned();
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
            let call = || app.as_user(user).if_match("*");
            let patch = json!({"title": "Taken"});
            answers.push([
                said(&call().patch(&path, &patch).await, reference, "x"),
                said(&call().put(&path, &patch).await, reference, "x"),
                said(&call().delete(&path).await, reference, "x"),
                said(
                    &call().post(&format!("{path}/publish"), &json!({})).await,
                    reference,
                    "x",
                ),
                said(
                    &call().post(&format!("{path}/unpublish"), &json!({})).await,
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
        let path = format!(
            "/v1/articles/{}",
            own.expect(201).json()["id"].as_str().unwrap()
        );
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
                    let call = app.as_user(&user).if_match("*");
                    call.patch(&path, &json!({member: value(reference)})).await
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
    let own = own.expect(201).json()["id"].as_str().unwrap().to_owned();
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
    let call = app.as_user(&contributor).if_match("*");
    let reply = call
        .patch(&format!("/v1/articles/{own}"), &json!({"title": "New"}))
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
    let path = format!("/v1/articles/{}", open["id"].as_str().unwrap());
    let change = json!({"title": "Takeover", "slug": "takeover", "standfirst": "Takeover", "section": "deals"});
    app.change(&path, change).await;
    let contributor = app.user(Role::Contributor).await;
    let author = app.user(Role::Author).await;
    for user in [&contributor, &author] {
        let caller = || app.as_user(user);
        // The slug that the public knows is one that they may know; the other is none.
        for reference in ["open", open["id"].as_str().unwrap()] {
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
        let own = own.json()["id"].as_str().unwrap().to_owned();
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
    app.publish(open["id"].as_str().unwrap()).await;
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
