//! One's own account, and the first of all.

use masthead::auth::Role;
use masthead::config::Settings;
use masthead::db::Conn;
use masthead::error::Error;
use masthead::sessions::one_time::{Purpose, issue};
use serde_json::{Value, json};

use crate::support::accounts::{PASSWORD, User};
use crate::support::{Kind, Reply, Resource as _, TestApp};

on_both!(
    who_calls,
    people_change_their_name_and_language,
    people_change_their_password,
    a_password_that_may_not_be_chosen,
    the_first_account,
    the_first_account_is_one,
    the_set_up_link_has_an_end,
    roles_are_explained,
);

async fn who_calls(app: TestApp) {
    app.anonymous()
        .get("/v1/me")
        .await
        .problem(401, "unauthorized");
    let me = app.reader().get("/v1/me").await.expect(200).json();
    assert_eq!(
        (&me["kind"], &me["role"]),
        (&json!("key"), &json!("viewer"))
    );
    assert_eq!((&me["user"], &me["session"]), (&Value::Null, &Value::Null));
    assert_eq!(me["permissions"], json!(["read_published", "read_drafts"]));
    let user = app.user(Role::Contributor).await;
    let reply = app.as_user(&user).get("/v1/me").await.expect(200);
    let me = reply.json();
    assert_eq!((&me["kind"], &me["id"]), (&json!("user"), &json!(user.id)));
    assert_eq!(me["session"], user.session);
    assert_eq!(me["user"]["email"], user.email);
    let own = json!([
        "read_published",
        "read_own_drafts",
        "write_own_drafts",
        "submit_own_articles"
    ]);
    assert_eq!(me["permissions"], own);
    for secret in ["hash\"", "argon2", "mhr_", &user.access] {
        assert!(
            !String::from_utf8_lossy(&reply.body).contains(secret),
            "{reply}"
        );
    }
}

async fn people_change_their_name_and_language(app: TestApp) {
    let user = app.user(Role::Contributor).await;
    let call = |tag: &str| app.as_user(&user).if_match(tag);
    let reply = call("\"1\"")
        .patch("/v1/me", &json!({"name": "Jane", "locale": "de"}))
        .await;
    let changed = reply.expect(200).json();
    assert_eq!(
        (&changed["name"], &changed["locale"]),
        (&json!("Jane"), &json!("de"))
    );
    assert_eq!(
        (&changed["version"], &changed["updated_by"]),
        (&json!(2), &json!(user.id))
    );
    call("\"1\"")
        .patch("/v1/me", &json!({"name": "X"}))
        .await
        .problem(412, "stale_version");
    let reply = app
        .as_user(&user)
        .patch("/v1/me", &json!({"name": "X"}))
        .await;
    reply.problem(428, "precondition_required");
    for (name, value) in [
        ("role", json!("admin")),
        ("status", json!("active")),
        ("email", json!("x@example.org")),
        ("author", json!("x")),
        ("author_id", json!("x")),
        ("id", json!("x")),
        ("password", json!(PASSWORD)),
        ("password_hash", json!("x")),
        ("permissions", json!(["manage_users"])),
        ("version", json!(9)),
        ("user", json!({"role": "admin"})),
    ] {
        let pointer = format!("/{name}");
        let reply = call("*")
            .patch("/v1/me", &json!({name: value, "name": "Thief"}))
            .await;
        reply.refuses(422, "invalid_fields", &[(&pointer, "unknown_field")]);
    }
    let me = app.as_user(&user).get("/v1/me").await.json();
    assert_eq!(
        (&me["role"], &me["user"]["name"]),
        (&json!("contributor"), &json!("Jane"))
    );
    let reply = call("*")
        .patch("/v1/me", &json!({"name": null, "locale": 1}))
        .await;
    let errors = [("/name", "missing"), ("/locale", "wrong_type")];
    reply.refuses(422, "invalid_fields", &errors);
}

async fn change(app: &TestApp, user: &User, current: &str, new: &str) -> Reply {
    let body = json!({"current_password": current, "new_password": new});
    app.as_user(user).post("/v1/me/password", &body).await
}

async fn people_change_their_password(app: TestApp) {
    let one = app.user(Role::Editor).await;
    let other = app.sign_in(&one.email).await;
    let reply = change(&app, &one, "nine quiet ferriez", "ten quiet ferries").await;
    reply.refuses(422, "invalid_fields", &[("/current_password", "wrong")]);
    assert!(app.is_good(&one.access).await);
    let reply = change(&app, &one, PASSWORD, "ten quiet ferries")
        .await
        .expect(200);
    let next = User::of(&reply);
    assert_ne!(next.session, one.session);
    assert!(app.is_good(&next.access).await);
    for user in [&one, &other] {
        assert!(!app.is_good(&user.access).await);
        app.refresh(&user.refresh).await.expect(401);
    }
    app.login(&one.email, PASSWORD).await.expect(401);
    app.login(&one.email, "ten quiet ferries").await.expect(200);
    let body = json!({
        "current_password": "ten quiet ferries", "new_password": "eleven quiet ferries",
        "cookie": true,
    });
    let reply = app
        .as_user(&next)
        .post("/v1/me/password", &body)
        .await
        .expect(200);
    assert_eq!(reply.json()["refresh_token"], Value::Null);
    assert!(reply.header("set-cookie").contains("HttpOnly"), "{reply}");
    // Trying is counted with the logins of the account.
    let next = User::of(&reply);
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(
            change(&app, &next, "wrong", "twelve quiet ferries")
                .await
                .status,
        );
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    app.login(&one.email, "eleven quiet ferries")
        .await
        .problem(429, "too_many_requests");
}

async fn a_password_that_may_not_be_chosen(kind: Kind) {
    let app = without_limits(kind).await;
    let user = app.named_user("jane.doe", Role::Editor).await;
    for (new, code) in [
        ("", "too_short"),
        ("elevenchars", "too_short"),
        ("passwordpassword", "too_common"),
        ("aaaaaaaaaaaaaaa", "too_common"),
        ("123456789012345", "too_common"),
        ("jane.doe@example.org", "too_personal"),
        ("JaneDoe12345!", "too_personal"),
        ("nine quiet\nferries", "control_character"),
        (&"vexing quartz ".repeat(80), "too_long"),
    ] {
        let reply = change(&app, &user, PASSWORD, new).await;
        reply.refuses(422, "invalid_fields", &[("/new_password", code)]);
        let text = String::from_utf8_lossy(&reply.body);
        assert!(new.is_empty() || !text.contains(new), "{reply}");
    }
    let reply = app
        .as_user(&user)
        .post("/v1/me/password", &json!({"new_password": 1}))
        .await;
    let errors = [
        ("/current_password", "missing"),
        ("/new_password", "wrong_type"),
    ];
    reply.refuses(422, "invalid_fields", &errors);
    assert!(app.is_good(&user.access).await);
}

async fn without_limits(kind: Kind) -> TestApp {
    TestApp::start_with(kind, |settings: &mut Settings| {
        settings.limits.login_account.requests = 0;
        settings.limits.login_address.requests = 0;
    })
    .await
}

/// A set-up token, as the server prints one when it starts.
async fn token(app: &TestApp) -> String {
    let settings = Settings::defaults().unwrap();
    let mut conn = app.db.write().await.unwrap();
    let now = app.now();
    let work = async |conn: &mut Conn| -> Result<String, Error> {
        let issued = issue(conn, &settings, now, Purpose::Setup, None).await?;
        Ok(issued.secret.text)
    };
    conn.transaction(work).await.unwrap()
}

fn admin(token: &str, email: &str) -> Value {
    json!({"token": token, "email": email, "name": "Jane Doe", "password": PASSWORD})
}

async fn set_up(app: &TestApp, body: &Value) -> Reply {
    app.anonymous().post("/v1/auth/setup", body).await
}

async fn the_first_account(app: TestApp) {
    let (token, spare) = (token(&app).await, token(&app).await);
    let reply = set_up(&app, &admin("mho_unknown", "jane@example.org")).await;
    reply.refuses(422, "invalid_fields", &[("/token", "not_good")]);
    let mut personal = admin(&token, "jane@example.org");
    personal["password"] = json!("jane doe jane doe");
    let reply = set_up(&app, &personal).await;
    reply.refuses(422, "invalid_fields", &[("/password", "too_personal")]);
    let mut more = admin(&token, "jane@example.org");
    more["role"] = json!("admin");
    more["id"] = json!("x");
    let reply = set_up(&app, &more).await;
    let errors = [("/role", "unknown_field"), ("/id", "unknown_field")];
    reply.refuses(422, "invalid_fields", &errors);
    // It is for nothing else.
    let body = json!({"token": token, "password": PASSWORD});
    let reply = app.anonymous().post("/v1/auth/password", &body).await;
    reply.refuses(422, "invalid_fields", &[("/token", "not_good")]);
    app.bearer(&token)
        .get("/v1/me")
        .await
        .problem(401, "unauthorized");

    let reply = set_up(&app, &admin(&token, "Jane@example.org"))
        .await
        .expect(201);
    let made = reply.json();
    assert_eq!(
        (&made["role"], &made["status"]),
        (&json!("admin"), &json!("active"))
    );
    assert_eq!(reply.header("location"), format!("/v1/users/{}", made.id()));
    let user = app.sign_in("jane@example.org").await;
    app.as_user(&user).get(&user.path()).await.expect(200);
    let reply = set_up(&app, &admin(&token, "thief@example.org")).await;
    reply.refuses(422, "invalid_fields", &[("/token", "not_good")]);
    let reply = set_up(&app, &admin(&spare, "thief@example.org")).await;
    reply.problem(409, "conflict");
    let reply = app.admin().get("/v1/users?total=true").await;
    assert_eq!(reply.json()["page"]["total"], 1);
}

async fn the_first_account_is_one(app: TestApp) {
    let other = app.second();
    let (one, two) = (token(&app).await, token(&app).await);
    let (first, second) = (admin(&one, "a@example.org"), admin(&two, "b@example.org"));
    let third = admin(&one, "c@example.org");
    let (a, b, c) = tokio::join!(
        set_up(&app, &first),
        set_up(&other, &second),
        set_up(&other, &third),
    );
    let made = [&a, &b, &c]
        .iter()
        .filter(|reply| reply.status == 201)
        .count();
    assert_eq!(made, 1, "{a}{b}{c}");
    let reply = app.admin().get("/v1/users?total=true").await;
    assert_eq!(reply.json()["page"]["total"], 1);
}

async fn the_set_up_link_has_an_end(app: TestApp) {
    let late = token(&app).await;
    app.advance(chrono::Duration::hours(24));
    let reply = set_up(&app, &admin(&late, "jane@example.org")).await;
    reply.refuses(422, "invalid_fields", &[("/token", "not_good")]);
    let fresh = token(&app).await;
    app.user(Role::Viewer).await;
    // Any account will do: who holds an old link must not come later.
    let reply = set_up(&app, &admin(&fresh, "jane@example.org")).await;
    reply.problem(409, "conflict");
}

async fn roles_are_explained(app: TestApp) {
    app.anonymous()
        .get("/v1/roles")
        .await
        .problem(401, "unauthorized");
    for call in [app.reader(), app.admin()] {
        let reply = call.get("/v1/roles").await.expect(200);
        assert_eq!(
            reply.each("name"),
            ["admin", "editor", "author", "contributor", "viewer"]
        );
        for role in reply.data() {
            let permissions = role["permissions"].as_array().unwrap();
            assert!(!permissions.is_empty(), "{reply}");
        }
    }
    let user = app.user(Role::Contributor).await;
    app.as_user(&user).get("/v1/roles").await.expect(200);
}
