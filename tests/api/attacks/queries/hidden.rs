//! What is hidden from a caller stays so whatever they ask: its answers are those that there
//! would be without it. `attacks` says which attack is tried where.

use masthead::auth::Role;
use serde_json::{Value, json};

use crate::attacks::queries::filters::seed;
use crate::support::workflow::path;
use crate::support::{Caller, Reply, Resource as _, TestApp};

on_both!(
    d1_08_search_reads_what_the_caller_may_read,
    d1_09_authors_are_no_list_of_accounts,
    d1_10_a_hidden_tag_answers_as_one_that_is_not_there,
    d1_10_a_contributor_counts_their_own,
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
    let path = path(&made);
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
pub fn said(reply: &Reply, from: &str, to: &str) -> (u16, Value) {
    let text = String::from_utf8_lossy(&reply.body).replace(from, to);
    let mut body: Value = serde_json::from_str(&text).unwrap();
    if let Some(members) = body.as_object_mut() {
        members.remove("request_id");
    }
    (reply.status, body)
}

/// Checks that a path answers alike for what is hidden and for what is not there.
pub async fn alike(caller: &Caller<'_>, path: &str, hidden: &str, unknown: &str) {
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
    let id = tag.id();
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
    app.author("Joan").create().await;
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
