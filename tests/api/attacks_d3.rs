//! Attacks on access control and by more members than there are. `attacks_d1` says which attack
//! is tried where.

use masthead::auth::{Permission, Role};
use masthead::db::Json;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::accounts::{PASSWORD, User};
use crate::user_rights::key;

on_both!(
    d3_20_the_id_of_the_path_is_the_only_one,
    d3_21_no_write_takes_what_the_server_sets,
    d3_21_a_patch_takes_no_more_than_a_put,
    d3_22_an_action_needs_the_right_on_its_article,
    d3_26_what_reads_does_not_write,
    d3_27_nobody_has_anothers_id,
    d3_28_a_key_does_nothing_of_a_persons,
    d3_29_a_role_given_again_brings_nothing_back,
    d3_31_no_page_is_beyond_the_most,
    d3_32_forbidden_tells_no_more_than_missing,
    d3_33_no_answer_holds_a_secret,
);

async fn mine(app: &TestApp, user: &User, title: &str) -> Value {
    let body = json!({"title": title});
    app.as_user(user)
        .post("/v1/articles", &body)
        .await
        .expect(201)
        .json()
}

fn path(article: &Value) -> String {
    format!("/v1/articles/{}", article["id"].as_str().unwrap())
}

async fn d3_20_the_id_of_the_path_is_the_only_one(app: TestApp) {
    let author = app.user(Role::Author).await;
    let own = mine(&app, &author, "Mine").await;
    let other = app.create_published(json!({"title": "Other"})).await;
    let call = || app.as_user(&author).if_match("*");
    for odd in ["?id=", "?article=", "?_id=", "?slug="] {
        let id = own["id"].as_str().unwrap();
        let to = format!("{}{odd}{id}", path(&other));
        call()
            .patch(&to, &json!({"title": "Taken"}))
            .await
            .problem(400, "invalid_parameter");
        call().delete(&to).await.problem(400, "invalid_parameter");
    }
    for body in [
        json!({"id": own["id"], "title": "T"}),
        json!({"slug": "other", "id": "x"}),
    ] {
        let reply = call().patch(&path(&other), &body).await;
        assert!([403, 422].contains(&reply.status), "{reply}");
    }
    let id = other["id"].as_str().unwrap();
    for odd in [
        format!("{id}abc"),
        format!("{id}%20"),
        format!("{id}%00"),
        format!("%20{id}"),
        format!("{id},{}", own["id"].as_str().unwrap()),
        format!("{id}/"),
        format!("{id}.json"),
        format!("{id};x"),
        "0".to_owned(),
        "-1".to_owned(),
        "1e3".to_owned(),
        "[object]".to_owned(),
    ] {
        let reply = call()
            .patch(&format!("/v1/articles/{odd}"), &json!({"title": "T"}))
            .await;
        assert!([400, 404].contains(&reply.status), "{odd}: {reply}");
    }
    // In capitals it is the same id, and the same refusal.
    let reply = call()
        .patch(
            &format!("/v1/articles/{}", id.to_uppercase()),
            &json!({"title": "T"}),
        )
        .await;
    reply.problem(403, "forbidden");
    assert_eq!(
        app.reader().get(&path(&other)).await.json()["title"],
        "Other"
    );
}

/// What only the server sets.
const SERVERS: [&str; 20] = [
    "id",
    "version",
    "live_version",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "status",
    "word_count",
    "reading_minutes",
    "first_published_at",
    "has_unpublished_changes",
    "owner",
    "owner_id",
    "user",
    "user_id",
    "role",
    "permissions",
    "confirmed",
    "deleted_at",
];

async fn d3_21_no_write_takes_what_the_server_sets(app: TestApp) {
    app.create_tag(json!({"name": "Sea"})).await;
    app.create_author(json!({"name": "Jane"})).await;
    app.create_article(json!({"title": "Open"})).await;
    for (list, one, body) in [
        ("/v1/articles", "/v1/articles/open", json!({"title": "X"})),
        ("/v1/tags", "/v1/tags/sea", json!({"name": "X"})),
        ("/v1/authors", "/v1/authors/jane", json!({"name": "X"})),
    ] {
        let before = app.reader().get(one).await.json();
        for name in SERVERS {
            let mut more = body.clone();
            more[name] = json!("x");
            let pointer = format!("/{name}");
            let errors = [(pointer.as_str(), "unknown_field")];
            let call = || app.admin().if_match("*");
            call()
                .post(list, &more)
                .await
                .refuses(422, "invalid_fields", &errors);
            call()
                .put(one, &more)
                .await
                .refuses(422, "invalid_fields", &errors);
            call()
                .patch(one, &more)
                .await
                .refuses(422, "invalid_fields", &errors);
            call().patch(one, &json!({name: {"a": 1}})).await.refuses(
                422,
                "invalid_fields",
                &errors,
            );
        }
        assert_eq!(app.reader().get(one).await.json(), before);
    }
    // A contributor's draft is theirs, whatever they say.
    let contributor = app.user(Role::Contributor).await;
    let own = mine(&app, &contributor, "Mine").await;
    assert_eq!(
        (&own["created_by"], &own["status"]),
        (&json!(contributor.id), &json!("draft"))
    );
}

async fn d3_21_a_patch_takes_no_more_than_a_put(app: TestApp) {
    let contributor = app.user(Role::Contributor).await;
    let own = mine(&app, &contributor, "Mine").await;
    let call = || app.as_user(&contributor).if_match("*");
    for body in [
        json!({"status": "published"}),
        json!({"live_version": 1}),
        json!({"published": true}),
        json!({"first_published_at": "2020-01-01T00:00:00Z"}),
        json!({"__proto__": {"role": "admin"}}),
        json!({"constructor": {"prototype": {}}}),
        json!({"body": {"html": "<script>"}}),
        json!({"body": {"text": "x"}}),
        json!({"authors": [{"author": "x", "email": "y"}]}),
        json!({"tags": [{"name": "New"}]}),
        json!({"related": [{"title": "X"}]}),
        json!({"authors": [{"create": {"name": "X"}}]}),
    ] {
        let reply = call().patch(&path(&own), &body).await;
        reply.problem(422, "invalid_fields");
        let mut whole = body.clone();
        whole["title"] = json!("Mine");
        call()
            .put(&path(&own), &whole)
            .await
            .problem(422, "invalid_fields");
        call()
            .post("/v1/articles", &whole)
            .await
            .problem(422, "invalid_fields");
    }
    // Operations of another kind of patch, and other types.
    for (kind, body) in [
        (
            "application/json-patch+json",
            "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"published\"}]",
        ),
        (
            "application/json",
            "[{\"op\":\"add\",\"path\":\"/role\",\"value\":\"admin\"}]",
        ),
        ("text/plain", "{\"title\":\"x\"}"),
    ] {
        let reply = call()
            .with("Content-Type", kind)
            .send(Method::PATCH, &path(&own), body.into())
            .await;
        assert!([415, 422].contains(&reply.status), "{reply}");
    }
    assert_eq!(app.reader().get(&path(&own)).await.json()["version"], 1);
    assert!(app.reader().get("/v1/tags").await.data().is_empty());
}

async fn d3_22_an_action_needs_the_right_on_its_article(app: TestApp) {
    let contributor = app.user(Role::Contributor).await;
    let author = app.user(Role::Author).await;
    let viewer = app.user(Role::Viewer).await;
    let other = app.create_published(json!({"title": "Other"})).await;
    let draft = app.create_article(json!({"title": "Draft"})).await;
    let own = mine(&app, &contributor, "Mine").await;
    for action in ["publish", "unpublish"] {
        for (user, article, status) in [
            (&contributor, &own, 403),
            (&contributor, &other, 403),
            (&contributor, &draft, 403),
            (&author, &other, 403),
            (&author, &draft, 404),
            (&author, &own, 404),
            (&viewer, &other, 403),
        ] {
            let to = format!("{}/{action}", path(article));
            let reply = app.as_user(user).if_match("*").post(&to, &json!({})).await;
            assert_eq!(reply.status, status, "{reply}");
        }
    }
    // What is published is out of a contributor's reach, though it was theirs.
    app.publish(own["id"].as_str().unwrap()).await;
    let call = || app.as_user(&contributor).if_match("*");
    call()
        .patch(&path(&own), &json!({"title": "X"}))
        .await
        .problem(403, "forbidden");
    call().delete(&path(&own)).await.problem(403, "forbidden");
    // A credit gives no right to those who add it themselves to what they may not write.
    app.create_author(json!({"name": "Joan"})).await;
    app.account("joan", Role::Author, Some("joan")).await;
    let joan = app.sign_in("joan@example.org").await;
    let credit = json!({"authors": [{"author": "joan"}]});
    let reply = app
        .as_user(&joan)
        .if_match("*")
        .patch(&path(&other), &credit)
        .await;
    reply.problem(403, "forbidden");
    // Nor may authors make authors or tags, or link an author to themselves.
    for (to, body) in [
        ("/v1/authors", json!({"name": "X"})),
        ("/v1/tags", json!({"name": "X"})),
    ] {
        app.as_user(&joan)
            .post(to, &body)
            .await
            .problem(403, "forbidden");
    }
    let reply = app
        .as_user(&author)
        .if_match("*")
        .patch("/v1/me", &json!({"author": "joan"}))
        .await;
    reply.problem(422, "invalid_fields");
}

async fn d3_26_what_reads_does_not_write(app: TestApp) {
    app.create_published(json!({"title": "Open"})).await;
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
        app.admin()
            .if_match("*")
            .delete(&user.path())
            .await
            .expect(204);
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
        let call = app.admin().if_match("*");
        call.patch(&user.path(), &json!({"role": role}))
            .await
            .expect(200);
    };
    change("viewer").await;
    let again = app.sign_in(&user.email).await;
    let reply = app
        .as_user(&again)
        .if_match("*")
        .patch(&path(&own), &json!({"title": "X"}))
        .await;
    reply.problem(403, "forbidden");
    change("author").await;
    assert!(!app.is_good(&again.access).await && !app.is_good(&user.access).await);
    // An author who is made anew is not the one who was linked.
    app.create_author(json!({"name": "Jane"})).await;
    app.account("jane", Role::Author, Some("jane")).await;
    let jane = app.sign_in("jane@example.org").await;
    let credited = app
        .create_article(json!({"title": "Hers", "authors": [{"author": "jane"}]}))
        .await;
    app.as_user(&jane).get(&path(&credited)).await.expect(200);
    app.change(&path(&credited), json!({"authors": []})).await;
    app.editor()
        .if_match("*")
        .delete("/v1/authors/jane")
        .await
        .expect(204);
    app.create_author(json!({"name": "Jane"})).await;
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
    // Hidden drafts are compared with missing ones in `attacks_d1_hidden`; here, all else.
    let viewer = app.user(Role::Viewer).await;
    let target = app.named_user("target", Role::Viewer).await;
    app.create_tag(json!({"name": "Sea"})).await;
    app.create_author(json!({"name": "Jane"})).await;
    app.create_article(json!({"title": "Open"})).await;
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

async fn d3_33_no_answer_holds_a_secret(app: TestApp) {
    let admin = app.user(Role::Admin).await;
    let other = app.named_user("other", Role::Editor).await;
    let answers = [
        app.as_user(&admin).get("/v1/users").await,
        app.as_user(&admin).get(&other.path()).await,
        app.as_user(&admin).get("/v1/me").await,
        app.as_user(&admin).get("/v1/auth/sessions").await,
        app.as_user(&admin).get("/v1/roles").await,
        app.as_user(&admin).get("/v1/articles").await,
        app.as_user(&admin).get("/openapi.json").await,
        app.as_user(&admin)
            .if_match("*")
            .patch(&other.path(), &json!({"name": "Other"}))
            .await,
        app.as_user(&admin)
            .if_match("*")
            .patch(&other.path(), &json!({"password": PASSWORD}))
            .await,
        app.login(&other.email, "hunter2 hunter2").await,
        app.refresh("mhr_hunter2").await,
        app.bearer("mhk_hunter2").get("/v1/me").await,
        app.anonymous()
            .post(
                "/v1/auth/password",
                &json!({"token": "mho_hunter2", "password": "hunter2"}),
            )
            .await,
        app.anonymous()
            .post(
                "/v1/auth/login",
                &json!({"email": "hunter2", "password": ["hunter2"]}),
            )
            .await,
    ];
    let key = crate::support::key_of("admin");
    let seeds = masthead_seeds(&app).await;
    for reply in &answers {
        let text = String::from_utf8_lossy(&reply.body);
        let mut secrets = vec![
            "$argon2",
            PASSWORD,
            "hunter2",
            &key,
            &other.refresh,
            &admin.access,
        ];
        secrets.extend(seeds.iter().map(String::as_str));
        for secret in secrets {
            assert!(!text.contains(secret), "{secret}: {reply}");
        }
    }
    // A secret in a query is refused before it is one.
    for query in [
        "token=x",
        "access_token=x",
        "key=x",
        "api_key=x",
        "password=x",
    ] {
        let reply = app.anonymous().get(&format!("/v1/articles?{query}")).await;
        reply.problem(400, "invalid_parameter");
    }
}

/// All that the database keeps of secrets.
async fn masthead_seeds(app: &TestApp) -> Vec<String> {
    use diesel::QueryDsl as _;
    use masthead::db::schema::accounts::{key_secrets, refresh_tokens, secrets, signing_keys};
    let mut conn = app.db.read().await.unwrap();
    let mut all: Vec<String> = conn
        .load(signing_keys::table.select(signing_keys::seed))
        .await
        .unwrap();
    all.extend(
        conn.load::<String>(secrets::table.select(secrets::value))
            .await
            .unwrap(),
    );
    all.extend(
        conn.load::<String>(refresh_tokens::table.select(refresh_tokens::hash))
            .await
            .unwrap(),
    );
    all.extend(
        conn.load::<String>(key_secrets::table.select(key_secrets::hash))
            .await
            .unwrap(),
    );
    assert!(all.len() >= 4, "{}", all.len());
    all
}
