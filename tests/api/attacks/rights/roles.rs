//! Attacks on what roles and keys allow. `attacks`
//! says which attack is tried where.

use masthead::auth::{Permission, Role};
use masthead::db::Json;
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::user_rights::key;
use crate::attacks::rights::members::{mine, path};
use crate::support::TestApp;

on_both!(
    d3_26_what_reads_does_not_write,
    d3_27_nobody_has_anothers_id,
    d3_28_a_key_does_nothing_of_a_persons,
    d3_29_a_role_given_again_brings_nothing_back,
    d3_31_no_page_is_beyond_the_most,
    d3_32_forbidden_tells_no_more_than_missing,
);

async fn d3_26_what_reads_does_not_write(app: TestApp) {
    app.article("Open").publish().await;
    let viewer = app.user(Role::Viewer).await;
    let before = app.reader().get("/v1/articles/open").await.json();
    for token in [viewer.access.clone(), crate::support::key_of("reader")] {
        for (method, to) in [
            ("POST", "/v1/articles"),
            ("PATCH", "/v1/articles/open"),
            ("PUT", "/v1/articles/open"),
            ("DELETE", "/v1/articles/open"),
            ("POST", "/v1/articles/open/publish"),
            ("POST", "/v1/articles/open/unpublish"),
            ("POST", "/v1/tags"),
            ("POST", "/v1/authors"),
            ("POST", "/v1/users"),
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let call = app
                .bearer(&token)
                .if_match("*")
                .with("Content-Type", "application/json");
            let reply = call.send(method, to, b"{\"title\":\"X\"}".to_vec()).await;
            reply.problem(403, "forbidden");
        }
        for name in [
            "X-HTTP-Method-Override",
            "X-HTTP-Method",
            "X-Method-Override",
            "_method",
        ] {
            for method in ["DELETE", "PATCH", "PUT"] {
                let call = app.bearer(&token).if_match("*").with(name, method);
                call.get("/v1/articles/open").await.expect(200);
            }
            let call = app.editor().if_match("*").with(name, "DELETE");
            call.get("/v1/articles/open").await.expect(200);
            let reply = app
                .editor()
                .get(&format!("/v1/articles/open?{name}=DELETE"))
                .await;
            reply.problem(400, "invalid_parameter");
        }
    }
    for method in ["PROPFIND", "MOVE", "COPY", "TRACE", "LINK"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let reply = app
            .editor()
            .send(method, "/v1/articles/open", Vec::new())
            .await;
        reply.problem(405, "method_not_allowed");
    }
    assert_eq!(app.reader().get("/v1/articles/open").await.json(), before);
}

async fn d3_27_nobody_has_anothers_id(app: TestApp) {
    // A key and an account are told apart by ids of one source; one that is gone comes never
    // again.
    let mut seen = std::collections::HashSet::new();
    for round in 0..3 {
        let user = app
            .named_user(&format!("user{round}"), Role::Contributor)
            .await;
        assert!(seen.insert(user.id.clone()), "{}", user.id);
        let draft = mine(&app, &user, "Draft").await;
        app.admin().remove(&user.path()).await.expect(204);
        let again = app
            .named_user(&format!("user{round}"), Role::Contributor)
            .await;
        assert!(seen.insert(again.id.clone()), "{}", again.id);
        assert!(!app.is_good(&user.access).await);
        app.as_user(&again)
            .get(&path(&draft))
            .await
            .problem(404, "not_found");
        let kept = app.reader().get(&path(&draft)).await.expect(200).json();
        assert_eq!(kept["created_by"], user.id);
    }
    // A key that has a person's id by design of an attacker is still no person.
    let victim = app.named_user("victim", Role::Admin).await;
    let same = key(&app, |row| {
        row.id = victim.id.clone();
        row.role = Some(Role::Contributor);
    })
    .await;
    let me = app.bearer(&same).get("/v1/me").await.expect(200).json();
    assert_eq!((&me["kind"], &me["user"]), (&json!("key"), &Value::Null));
    app.bearer(&same)
        .get("/v1/users")
        .await
        .problem(403, "forbidden");
    app.bearer(&same)
        .get("/v1/auth/sessions")
        .await
        .problem(403, "forbidden");
}

async fn d3_28_a_key_does_nothing_of_a_persons(app: TestApp) {
    // Which routes are for people is tried in `sessions`. A key with one permission has one.
    let user = app.user(Role::Viewer).await;
    for (permission, status) in [
        (Permission::ReadPublished, 200),
        (Permission::WriteTags, 200),
        (Permission::ManageKeys, 200),
    ] {
        let text = key(&app, |row| {
            row.role = None;
            row.permissions = Some(Json(vec![permission]));
        })
        .await;
        let call = || app.bearer(&text).if_match("*");
        call().get("/v1/articles").await.expect(status);
        call()
            .get("/v1/articles?status=draft")
            .await
            .problem(403, "forbidden");
        call()
            .get("/v1/articles?version=draft")
            .await
            .problem(403, "forbidden");
        call().get("/v1/users").await.problem(403, "forbidden");
        call().get(&user.path()).await.problem(403, "forbidden");
        call()
            .post("/v1/articles", &json!({"title": "X"}))
            .await
            .problem(403, "forbidden");
        call()
            .post("/v1/authors", &json!({"name": "X"}))
            .await
            .problem(403, "forbidden");
        let reply = call()
            .post("/v1/tags", &json!({"name": permission.name()}))
            .await;
        assert_eq!(
            reply.status == 201,
            permission == Permission::WriteTags,
            "{reply}"
        );
    }
    // No write of an article makes an author, a tag or an account on the way.
    let writer = key(&app, |row| {
        row.role = None;
        row.permissions = Some(Json(vec![
            Permission::WriteArticles,
            Permission::ReadDrafts,
        ]));
    })
    .await;
    for body in [
        json!({"title": "X", "tags": ["new"]}),
        json!({"title": "X", "authors": [{"author": "new"}]}),
        json!({"title": "X", "authors": [{"name": "New", "author": "new"}]}),
    ] {
        let reply = app.bearer(&writer).post("/v1/articles", &body).await;
        reply.problem(422, "invalid_fields");
    }
}

async fn d3_29_a_role_given_again_brings_nothing_back(app: TestApp) {
    let user = app.user(Role::Author).await;
    let own = mine(&app, &user, "Mine").await;
    let change = async |role: &str| {
        app.admin()
            .change(&user.path(), &json!({"role": role}))
            .await
            .expect(200);
    };
    change("viewer").await;
    let again = app.sign_in(&user.email).await;
    let reply = app
        .as_user(&again)
        .change(&path(&own), &json!({"title": "X"}))
        .await;
    reply.problem(403, "forbidden");
    change("author").await;
    assert!(!app.is_good(&again.access).await && !app.is_good(&user.access).await);
    // An author who is made anew is not the one who was linked.
    app.author("Jane").create().await;
    app.account("jane", Role::Author, Some("jane")).await;
    let jane = app.sign_in("jane@example.org").await;
    let credited = app
        .create_article(json!({"title": "Hers", "authors": [{"author": "jane"}]}))
        .await;
    app.as_user(&jane).get(&path(&credited)).await.expect(200);
    app.change(&path(&credited), json!({"authors": []})).await;
    let unlink = app.admin().if_match("*");
    let unlink = unlink.patch(&jane.path(), &json!({"author": null})).await;
    unlink.expect(200);
    app.editor().remove("/v1/authors/jane").await.expect(204);
    app.author("Jane").create().await;
    app.change(&path(&credited), json!({"authors": [{"author": "jane"}]}))
        .await;
    app.advance(chrono::Duration::seconds(1));
    app.as_user(&jane)
        .get(&path(&credited))
        .await
        .problem(404, "not_found");
}

async fn d3_31_no_page_is_beyond_the_most(app: TestApp) {
    let user = app.user(Role::Contributor).await;
    for list in ["/v1/articles", "/v1/tags", "/v1/authors", "/v1/users"] {
        for (name, value) in [
            ("limit", "0"),
            ("limit", "-1"),
            ("limit", "-1000"),
            ("limit", "101"),
            ("limit", "1e2"),
            ("limit", "99999999999999999999"),
            ("limit", "+5"),
            ("limit", " 5"),
            ("limit", "5;"),
            ("limit", "0x10"),
            ("limit", "NaN"),
            ("limit", "٣"),
            ("page", "0"),
            ("page", "-1"),
            ("page", "4294967297"),
            ("page", "100000"),
            ("page", "1.5"),
            ("offset", "1"),
            ("take", "-1000"),
            ("per_page", "1000"),
        ] {
            for call in [app.admin(), app.as_user(&user), app.anonymous()] {
                let reply = call.query(list, &[(name, value)]).await;
                let refused = list == "/v1/users" && [401, 403].contains(&reply.status);
                // A sign before a number is one way of writing it.
                let same = value == "+5" && reply.status == 200;
                assert!(
                    refused || same || reply.status == 400,
                    "{list} {name}={value}: {reply}"
                );
            }
        }
        let reply = app.admin().get(&format!("{list}?limit=5&limit=1000")).await;
        reply.problem(400, "invalid_parameter");
    }
}

async fn d3_32_forbidden_tells_no_more_than_missing(app: TestApp) {
    // Hidden drafts are compared with missing ones in `attacks::queries::hidden`; here, all else.
    let viewer = app.user(Role::Viewer).await;
    let target = app.named_user("target", Role::Viewer).await;
    app.tag("Sea").create().await;
    app.author("Jane").create().await;
    app.article("Open").create().await;
    let none = "00000000-0000-7000-8000-000000000000";
    let said = |reply: &crate::support::Reply| {
        let mut body = reply.json();
        for name in ["request_id", "instance"] {
            body.as_object_mut().unwrap().remove(name);
        }
        (reply.status, body)
    };
    for (there, missing) in [
        (target.path(), format!("/v1/users/{none}")),
        ("/v1/tags/sea".to_owned(), "/v1/tags/none".to_owned()),
        ("/v1/authors/jane".to_owned(), "/v1/authors/none".to_owned()),
        (
            "/v1/articles/open".to_owned(),
            "/v1/articles/none".to_owned(),
        ),
    ] {
        let call = || app.as_user(&viewer).if_match("\"1\"");
        for body in [json!({}), json!({"name": "X"}), json!({"title": "X"})] {
            let (one, two) = (
                call().patch(&there, &body).await,
                call().patch(&missing, &body).await,
            );
            assert_eq!(said(&one), said(&two));
            assert_eq!(one.status, 403, "{one}");
        }
        let (one, two) = (call().delete(&there).await, call().delete(&missing).await);
        assert_eq!(said(&one), said(&two));
        let (one, two) = (
            app.anonymous().delete(&there).await,
            app.anonymous().delete(&missing).await,
        );
        assert_eq!(said(&one), said(&two));
        assert_eq!(one.status, 401, "{one}");
    }
}
