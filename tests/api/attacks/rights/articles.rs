//! Attacks on what belongs to an article: what may not be done to it may not be done to that
//! either, and what may not be read of it may not be read there. `attacks` says which attack is
//! tried where.

use masthead::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::workflow::LATER;
use crate::support::{Caller, Reply, Resource as _, TestApp};

on_both!(
    d3_22_what_belongs_to_an_article_is_as_guarded_as_the_article,
    d3_22_a_key_reaches_no_further_by_what_belongs_to_an_article,
    d3_22_a_revision_of_one_article_is_not_put_into_another,
    d3_23_what_belongs_to_an_article_tells_no_more_than_the_article,
    d3_23_a_preview_shows_no_article_but_its_own,
    d3_23_whether_an_article_is_there_is_not_told,
);

/// Every way to write to an article by what belongs to it.
fn writes() -> Vec<(Method, &'static str, Value)> {
    let note = json!({});
    vec![
        (Method::PUT, "/lock", json!({})),
        (Method::PUT, "/lock", json!({"take_over": true})),
        (Method::DELETE, "/lock", Value::Null),
        (Method::POST, "/preview-tokens", json!({})),
        (Method::POST, "/preview-tokens", json!({"revision": 1})),
        (
            Method::DELETE,
            "/preview-tokens/01890a5d-ac96-774b-bcce-b302099a8057",
            Value::Null,
        ),
        (Method::POST, "/corrections", json!({"text": "It was me."})),
        (Method::POST, "/revisions/1/restore", note.clone()),
        (Method::POST, "/revisions/9/restore", note.clone()),
        (Method::POST, "/discard", note.clone()),
        (Method::POST, "/publish", note.clone()),
        (Method::POST, "/unpublish", note.clone()),
        (Method::POST, "/schedule", json!({"publish_at": LATER})),
        (Method::POST, "/unschedule", note.clone()),
        (Method::POST, "/submit", note.clone()),
        (Method::POST, "/send-back", note.clone()),
        (Method::POST, "/archive", note.clone()),
        (Method::POST, "/reopen", note),
    ]
}

async fn write(caller: Caller<'_>, method: Method, to: &str, body: &Value) -> Reply {
    let body = match body {
        Value::Null => Vec::new(),
        body => serde_json::to_vec(body).unwrap(),
    };
    let call = caller
        .if_match("*")
        .with("Content-Type", "application/json");
    call.send(method, to, body).await
}

/// What there is to see of an article, for those who see everything.
async fn whole(app: &TestApp, path: &str) -> Value {
    let mut seen = vec![app.draft(path).await, app.public(path).await];
    for what in ["lock", "preview-tokens"] {
        let reply = app.editor().get(&format!("{path}/{what}")).await;
        seen.push(reply.expect(200).json());
    }
    seen.push(json!(app.revisions(path).await));
    json!(seen)
}

/// An article that is changed, previewed and locked by an editor.
async fn busy(app: &TestApp, state: &str) -> String {
    let path = app.in_state(app.editor(), state).await;
    if state == "published" {
        app.change(&path, json!({"title": "Not public yet"})).await;
    }
    let tokens = format!("{path}/preview-tokens");
    app.editor().post(&tokens, &json!({})).await.expect(201);
    let lock = format!("{path}/lock");
    app.editor().put(&lock, &json!({})).await.expect(200);
    path
}

async fn d3_22_what_belongs_to_an_article_is_as_guarded_as_the_article(app: TestApp) {
    for role in [Role::Author, Role::Contributor, Role::Viewer] {
        let user = app.user(role).await;
        for state in ["draft", "in_review", "scheduled", "published", "archived"] {
            let path = busy(&app, state).await;
            let before = whole(&app, &path).await;
            let known = state == "published" || role == Role::Viewer;
            for (method, what, body) in writes() {
                let to = format!("{path}{what}");
                let reply = write(app.as_user(&user), method, &to, &body).await;
                let code = reply.json()["code"].clone();
                // The permission as such comes first; what is left depends on the article.
                let expected = if known { "forbidden" } else { "not_found" };
                assert!(
                    code == expected || code == "forbidden",
                    "{role:?} {state}: {reply}"
                );
                let status = if code == "forbidden" { 403 } else { 404 };
                assert_eq!(reply.status, status, "{reply}");
                let text = String::from_utf8_lossy(&reply.body);
                assert!(
                    !text.contains("Not public yet") && !text.contains("held_by"),
                    "{reply}"
                );
            }
            let id = path.rsplit('/').next().unwrap();
            let mut operations = Vec::new();
            for op in [
                "patch",
                "publish",
                "unpublish",
                "schedule",
                "tag",
                "untag",
                "delete",
            ] {
                let body = match op {
                    "patch" => json!({"title": "Mine"}),
                    "schedule" => json!({"publish_at": LATER}),
                    "tag" | "untag" => json!({"tags": []}),
                    _ => json!({}),
                };
                operations.push(json!({"op": op, "id": id, "if_match": "*", "body": body}));
            }
            for atomic in [false, true] {
                let batch = json!({"atomic": atomic, "operations": operations});
                let call = app.as_user(&user).post("/v1/articles/batch", &batch);
                let reply = call.await;
                if role == Role::Viewer {
                    // Who may change nothing has no batches at all.
                    reply.problem(403, "forbidden");
                    continue;
                }
                let reply = reply.expect(200).json();
                for result in reply["results"].as_array().unwrap() {
                    let status = &result["status"];
                    assert!([403, 404, 424].iter().any(|one| status == one), "{result}");
                }
            }
            assert_eq!(whole(&app, &path).await, before, "{role:?} {state}");
        }
    }
}

async fn d3_22_a_key_reaches_no_further_by_what_belongs_to_an_article(app: TestApp) {
    let keys = [
        json!({"name": "Sport", "role": "admin", "sections": ["sport"]}),
        json!({"name": "German", "role": "admin", "locales": ["de"]}),
        json!({"name": "Own", "permissions": ["read_drafts", "write_own_articles", "publish_own_articles", "submit_own_articles"]}),
        json!({"name": "Reader", "permissions": ["read_drafts"]}),
        json!({"name": "Tags", "permissions": ["write_tags", "write_authors"]}),
    ];
    for key in keys {
        let caller = app.with_new_key(key.clone()).await;
        // A key that is limited does not know of drafts that are elsewhere.
        let limited = key.get("sections").is_some() || key.get("locales").is_some();
        let hidden = |is_hidden: bool| match limited && is_hidden {
            true => (404, "not_found"),
            false => (403, "forbidden"),
        };
        for state in ["draft", "published"] {
            let path = busy(&app, state).await;
            let before = whole(&app, &path).await;
            for (method, what, body) in writes() {
                let to = format!("{path}{what}");
                let reply = write(caller.clone(), method, &to, &body).await;
                let (status, code) = hidden(state == "draft");
                reply.problem(status, code);
            }
            // Into the trash by an editor, it comes out by nobody else.
            assert_eq!(whole(&app, &path).await, before, "{key} {state}");
            app.editor().remove(&path).await.expect(204);
            let (status, code) = hidden(true);
            let reply = caller.clone().act(&path, "restore", json!({})).await;
            reply.problem(status, code);
            let at = path.replace("/v1/articles/", "/v1/trash/");
            let reply = caller.clone().remove(&at).await;
            reply.problem(status, code);
            app.act(&path, "restore").await;
        }
    }
}

async fn d3_22_a_revision_of_one_article_is_not_put_into_another(app: TestApp) {
    let author = app.user(Role::Author).await;
    let hidden = app.in_state(app.editor(), "draft").await;
    for title in ["Second", "Third"] {
        app.change(&hidden, json!({"title": title})).await;
    }
    let own = app.in_state(app.as_user(&author), "draft").await;
    // Its numbers are those of its own revisions.
    for number in ["2", "3"] {
        let call = || app.as_user(&author);
        let to = format!("revisions/{number}/restore");
        call()
            .act(&own, &to, json!({}))
            .await
            .problem(404, "not_found");
        let at = format!("{own}/revisions/{number}");
        call().get(&at).await.problem(404, "not_found");
        let at = format!("{own}/revisions/1/diff/{number}");
        call().get(&at).await.problem(404, "not_found");
        let wish = json!({"revision": number.parse::<i64>().unwrap()});
        let tokens = format!("{own}/preview-tokens");
        let reply = call().post(&tokens, &wish).await;
        reply.refuses(422, "invalid_fields", &[("/revision", "unknown_revision")]);
    }
    assert_eq!(app.draft(&own).await["version"], 1);
    // Nor is a token of another ended by one's own.
    let tokens = format!("{hidden}/preview-tokens");
    let token = app
        .editor()
        .post(&tokens, &json!({}))
        .await
        .expect(201)
        .json();
    let at = format!("{own}/preview-tokens/{}", token.id());
    app.as_user(&author)
        .delete(&at)
        .await
        .problem(404, "not_found");
    let list = app.editor().get(&tokens).await.data();
    assert_eq!(list[0]["revoked_at"], Value::Null);
}

/// Every way to read of an article by what belongs to it.
const READS: [&str; 8] = [
    "?version=draft",
    "/revisions",
    "/revisions/1",
    "/revisions/2",
    "/revisions/1/diff/2",
    "/lock",
    "/preview-tokens",
    "/publishable",
];

async fn d3_23_what_belongs_to_an_article_tells_no_more_than_the_article(app: TestApp) {
    let author = app.user(Role::Author).await;
    let contributor = app.user(Role::Contributor).await;
    let key = json!({"name": "Sport", "role": "editor", "sections": ["sport"]});
    let sport = app.with_new_key(key).await;
    let key = json!({"name": "Write", "permissions": ["write_own_articles"]});
    let writer = app.with_new_key(key).await;
    for state in ["draft", "scheduled", "published"] {
        let path = busy(&app, state).await;
        for caller in [
            app.as_user(&author),
            app.as_user(&contributor),
            sport.clone(),
            writer.clone(),
        ] {
            for what in READS {
                let reply = caller.clone().get(&format!("{path}{what}")).await;
                let public = state == "published";
                let expected = if public { 403 } else { 404 };
                assert!(
                    reply.status == expected || reply.status == 403,
                    "{state}: {reply}"
                );
                let text = String::from_utf8_lossy(&reply.body);
                assert!(!text.contains("Not public yet"), "{reply}");
            }
        }
        for what in READS {
            let reply = app.anonymous().get(&format!("{path}{what}")).await;
            reply.problem(401, "unauthorized");
        }
    }
    // Nor do lists and the trash.
    let gone = busy(&app, "draft").await;
    app.editor().remove(&gone).await.expect(204);
    for caller in [app.as_user(&author), app.as_user(&contributor), sport] {
        for list in [
            "/v1/trash",
            "/v1/articles?status=draft,scheduled",
            "/v1/articles?assignee=none",
        ] {
            let list = caller.clone().get(list).await;
            assert!(list.expect(200).data().is_empty());
        }
        let list = caller.clone().get("/v1/articles?counts=true").await;
        let counts = list.expect(200).json()["counts"].clone();
        assert!(
            counts.as_object().unwrap().values().all(|count| count == 0),
            "{counts}"
        );
    }
}

async fn d3_23_a_preview_shows_no_article_but_its_own(app: TestApp) {
    let author = app.user(Role::Author).await;
    let hidden = app
        .create_article(json!({"title": "Hidden", "slug": "hidden"}))
        .await;
    // A related article, or the original of a translation, is no way to it.
    for (name, value) in [
        ("related", json!([hidden["id"]])),
        ("related", json!(["hidden"])),
        ("translation_of", json!("hidden")),
    ] {
        let mut article = json!({"title": "Mine"});
        article[name] = value;
        let reply = app.as_user(&author).post("/v1/articles", &article).await;
        assert_eq!(
            reply.problem(422, "invalid_fields")["errors"][0]["code"],
            "unknown_reference"
        );
    }
    let group = json!({"title": "Mine", "locale": "de", "translation_group": hidden["id"]});
    let own = app.as_user(&author).post("/v1/articles", &group).await;
    let own = crate::support::workflow::path(&own.expect(201).json());
    // An editor links it.
    app.change(&own, json!({"related": [hidden["id"]]})).await;
    let to = format!("{own}/preview-tokens");
    let token = app.as_user(&author).post(&to, &json!({})).await;
    let token = token.expect(201).json();
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let text = token["token"].as_str().unwrap();
    let all = "include=authors,tags,related,translations";
    let at = format!("/v1/preview/articles/{}?token={text}&{all}", id(&own));
    let shown = app.anonymous().get(&at).await.expect(200);
    assert!(
        !String::from_utf8_lossy(&shown.body).contains("Hidden"),
        "{shown}"
    );
    for (other, status, code) in [
        (hidden.id(), 403, "preview_of_another"),
        ("hidden", 403, "preview_of_another"),
        ("*", 404, "not_found"),
        ("%2a", 404, "not_found"),
    ] {
        let at = format!("/v1/preview/articles/{other}?token={text}");
        app.anonymous().get(&at).await.problem(status, code);
    }
    // Nor does a restored revision bring back what its reader may not know of.
    app.change(&own, json!({"related": []})).await;
    let reply = app
        .as_user(&author)
        .act(&own, "revisions/2/restore", json!({}));
    let back = reply.await.expect(200);
    assert!(
        !String::from_utf8_lossy(&back.body).contains("Hidden"),
        "{back}"
    );
}

async fn d3_23_whether_an_article_is_there_is_not_told(app: TestApp) {
    let author = app.user(Role::Author).await;
    let hidden = app.in_state(app.editor(), "draft").await;
    let nothing = "/v1/articles/01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
    let told = |reply: &Reply| {
        let problem = reply.json();
        (
            reply.status,
            problem["code"].clone(),
            problem["detail"].clone(),
        )
    };
    let call = || app.as_user(&author);
    for (method, what, body) in writes() {
        let [one, other] = [&hidden, &nothing].map(|path| format!("{path}{what}"));
        let one = write(call(), method.clone(), &one, &body).await;
        let other = write(call(), method, &other, &body).await;
        assert_eq!(told(&one), told(&other), "{one}");
        // A version that is not the one there is tells nothing either.
    }
    for what in READS {
        let one = call().get(&format!("{hidden}{what}")).await;
        let other = call().get(&format!("{nothing}{what}")).await;
        assert_eq!(told(&one), told(&other), "{one}");
    }
    for tag in ["\"1\"", "\"7\""] {
        for action in ["publish", "submit", "archive", "discard", "restore"] {
            let to = format!("{hidden}/{action}");
            let reply = call().if_match(tag).post(&to, &json!({})).await;
            reply.problem(404, "not_found");
        }
        let call = call().if_match(tag).with("Prefer", "merge");
        let reply = call.patch(&hidden, &json!({"title": "T"})).await;
        reply.problem(404, "not_found");
    }
    app.editor().remove(&hidden).await.expect(204);
    let one = call().act(&hidden, "restore", json!({})).await;
    let other = call().act(&nothing, "restore", json!({})).await;
    assert_eq!(told(&one), told(&other), "{one}");
}
