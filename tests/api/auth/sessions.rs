//! Sessions: signing in, going on, signing out, and what ends them.

use chrono::Duration;
use masthead::auth::Role;
use masthead::config::Settings;
use serde_json::{Value, json};

use crate::support::accounts::{PASSWORD, User, parts};
use crate::support::{Kind, Reply, TestApp};

on_both!(
    a_login_gives_tokens,
    a_login_that_fails_tells_nothing,
    a_refresh_token_is_good_once,
    a_refresh_needs_a_session_that_goes_on,
    a_session_has_an_end,
    an_access_token_has_an_end,
    a_logout_ends_one_session,
    a_logout_by_the_refresh_token,
    a_logout_everywhere,
);

async fn start(kind: Kind, change: impl FnOnce(&mut Settings)) -> TestApp {
    TestApp::start_with(kind, change).await
}

async fn a_login_gives_tokens(app: TestApp) {
    let id = app.account("jane", Role::Editor, None).await;
    for email in ["jane@example.org", "JANE@Example.ORG"] {
        let reply = app.login(email, PASSWORD).await.expect(200);
        assert_eq!(reply.header("cache-control"), "private, no-store");
        assert_eq!(reply.header("set-cookie"), "");
        let tokens = reply.json();
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["expires_in"], 600);
        assert_eq!(tokens["user"]["id"], id);
        assert_eq!(tokens["user"]["email"], "jane@example.org");
        assert_eq!(tokens["user"]["last_login_at"], "2026-11-23T12:00:00Z");
        assert_eq!(tokens["user"]["version"], 1);
        let user = User::of(&reply);
        assert!(user.refresh.starts_with("mhr_"), "{reply}");
        let (header, claims) = parts(&user.access);
        assert_eq!(header["alg"], "EdDSA");
        assert_eq!(header["typ"], "at+jwt");
        assert_eq!(claims["sub"], id);
        assert_eq!(claims["sid"], user.session);
        assert_eq!(claims["role"], "editor");
        assert_eq!(
            (&claims["iss"], &claims["aud"]),
            (&json!("masthead"), &json!("masthead"))
        );
        let lasts = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert_eq!(lasts, 600);
        let me = app.as_user(&user).get("/v1/me").await.expect(200).json();
        assert_eq!(me["session"], user.session);
        assert_eq!(me["user"]["id"], id);
        app.as_user(&user)
            .post("/v1/tags", &json!({"name": email.replace('@', " at ")}))
            .await
            .expect(201);
    }
    // The end of the session is never before that of its tokens.
    let short = start(app.kind, |settings| {
        settings.auth.session_days = 1;
        settings.auth.access_minutes = 100_000;
    })
    .await;
    let user = short.user(Role::Viewer).await;
    let (_, claims) = parts(&user.access);
    let lasts = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(lasts, 24 * 60 * 60);
    for (body, errors) in [
        (
            json!({}),
            vec![("/email", "missing"), ("/password", "missing")],
        ),
        (
            json!({"email": "jane", "password": 1, "device": "", "cookie": "yes", "x": 1}),
            vec![
                ("/email", "not_an_email"),
                ("/password", "wrong_type"),
                ("/device", "too_short"),
                ("/cookie", "wrong_type"),
                ("/x", "unknown_field"),
            ],
        ),
    ] {
        let reply = app.anonymous().post("/v1/auth/login", &body).await;
        reply.refuses(422, "invalid_fields", &errors);
    }
}

/// What an answer says but for its request.
fn said(reply: &Reply) -> (u16, Value, Vec<String>) {
    let mut body = reply.json();
    body.as_object_mut().unwrap().remove("request_id");
    let mut headers: Vec<String> = reply
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    (reply.status, body, headers)
}

async fn a_login_that_fails_tells_nothing(kind: Kind) {
    let app = start(kind, |settings| settings.limits.login_address.requests = 0).await;
    app.account("right", Role::Editor, None).await;
    app.invited("invited", Role::Editor).await;
    let id = app.account("suspended", Role::Editor, None).await;
    app.admin()
        .change(&format!("/v1/users/{id}"), &json!({"status": "suspended"}))
        .await
        .expect(200);
    // The first request on a connection may find out about the database.
    app.login("unknown@example.org", "").await;
    app.advance(Duration::hours(1));
    let mut answers = Vec::new();
    for (email, password) in [
        ("right@example.org", "nine quiet ferriez"),
        ("right@example.org", ""),
        ("unknown@example.org", PASSWORD),
        ("suspended@example.org", PASSWORD),
        ("suspended@example.org", "nine quiet ferriez"),
        ("invited@example.org", PASSWORD),
        ("invited@example.org", ""),
        ("righté@example.org", PASSWORD),
    ] {
        // Twice: the note of a key's last use, which waits for no request, may come in between.
        let mut tries = Vec::new();
        for _ in 0..2 {
            let before = app.statements();
            let reply = app.login(email, password).await;
            reply.problem(401, "invalid_credentials");
            tries.push((app.statements() - before, said(&reply)));
            // Each account is counted for itself.
            app.advance(Duration::hours(1));
        }
        answers.extend(tries.into_iter().min_by_key(|(statements, _)| *statements));
    }
    for answer in &answers {
        assert_eq!(answer, &answers[0]);
    }
    app.login("right@example.org", PASSWORD).await.expect(200);
}

async fn a_refresh_token_is_good_once(app: TestApp) {
    let first = app.user(Role::Editor).await;
    app.advance(Duration::minutes(9));
    let second = User::of(&app.refresh(&first.refresh).await.expect(200));
    assert_eq!(second.session, first.session);
    assert_ne!(second.refresh, first.refresh);
    assert_ne!(second.access, first.access);
    assert!(app.is_good(&first.access).await && app.is_good(&second.access).await);
    let third = User::of(&app.refresh(&second.refresh).await.expect(200));
    let other = app.sign_in("editor@example.org").await;

    // The copy of a thief, or of its owner: nobody knows who is who.
    let reply = app.refresh(&first.refresh).await;
    reply.problem(401, "invalid_credentials");
    assert_eq!(reply.header("cache-control"), "no-store");
    for token in [&first.access, &second.access, &third.access] {
        let reply = app.bearer(token).get("/v1/me").await;
        reply.problem(401, "unauthorized");
    }
    for token in [&first.refresh, &second.refresh, &third.refresh] {
        app.refresh(token).await.problem(401, "invalid_credentials");
    }
    assert!(app.is_good(&other.access).await, "another session");
    app.refresh(&other.refresh).await.expect(200);

    for (body, errors) in [
        (
            json!({"refresh_token": 1}),
            vec![("/refresh_token", "wrong_type")],
        ),
        (
            json!({"refresh_token": {}}),
            vec![("/refresh_token", "wrong_type")],
        ),
        (json!({"token": "x"}), vec![("/token", "unknown_field")]),
    ] {
        let reply = app.anonymous().post("/v1/auth/refresh", &body).await;
        reply.refuses(422, "invalid_fields", &errors);
    }
    let reply = app.anonymous().post("/v1/auth/refresh", &json!({})).await;
    reply.problem(401, "invalid_credentials");
    for odd in ["x", "mhr_", &other.session, "mho_aaaa"] {
        app.refresh(odd).await.problem(401, "invalid_credentials");
    }
}

async fn a_refresh_needs_a_session_that_goes_on(app: TestApp) {
    let user = app.user(Role::Editor).await;
    let logout = app.as_user(&user).post("/v1/auth/logout", &json!({})).await;
    logout.expect(204);
    app.refresh(&user.refresh)
        .await
        .problem(401, "invalid_credentials");

    let user = app.sign_in("editor@example.org").await;
    let change = async |patch: Value| {
        app.admin().change(&user.path(), &patch).await.expect(200);
    };
    change(json!({"status": "suspended"})).await;
    app.refresh(&user.refresh)
        .await
        .problem(401, "invalid_credentials");
    change(json!({"status": "active"})).await;
    app.refresh(&user.refresh)
        .await
        .problem(401, "invalid_credentials");
    assert!(!app.is_good(&user.access).await, "it does not rise again");
    app.sign_in("editor@example.org").await;
}

async fn a_session_has_an_end(kind: Kind) {
    let app = start(kind, |settings| {
        settings.auth.refresh_days = 30;
        settings.auth.session_days = 90;
    })
    .await;
    let mut user = app.user(Role::Editor).await;
    for _ in 0..3 {
        app.advance(Duration::days(29));
        user = User::of(&app.refresh(&user.refresh).await.expect(200));
    }
    let sessions = app.as_user(&user).get("/v1/auth/sessions").await.data();
    assert_eq!(sessions[0]["created_at"], "2026-11-23T12:00:00Z");
    assert_eq!(sessions[0]["expires_at"], "2027-02-21T12:00:00Z");
    app.advance(Duration::days(3) - Duration::milliseconds(1));
    user = User::of(&app.refresh(&user.refresh).await.expect(200));
    app.advance(Duration::milliseconds(1));
    app.refresh(&user.refresh)
        .await
        .problem(401, "invalid_credentials");
    assert!(!app.is_good(&user.access).await, "after ninety days");

    // A refresh token that nobody uses.
    let user = app.sign_in("editor@example.org").await;
    app.advance(Duration::days(30) - Duration::milliseconds(1));
    let user = User::of(&app.refresh(&user.refresh).await.expect(200));
    app.advance(Duration::days(30));
    app.refresh(&user.refresh)
        .await
        .problem(401, "invalid_credentials");
}

async fn an_access_token_has_an_end(app: TestApp) {
    let user = app.user(Role::Editor).await;
    app.advance(Duration::seconds(599));
    assert!(app.is_good(&user.access).await);
    app.advance(Duration::seconds(1));
    for path in ["/v1/me", "/v1/articles", "/", "/nope"] {
        let reply = app.as_user(&user).get(path).await;
        reply.problem(401, "unauthorized");
        assert!(
            reply.header("www-authenticate").contains("invalid_token"),
            "{reply}"
        );
    }
    app.refresh(&user.refresh).await.expect(200);
}

async fn a_logout_ends_one_session(app: TestApp) {
    let one = app.user(Role::Editor).await;
    let other = app.sign_in(&one.email).await;
    assert!(app.is_good(&one.access).await);
    let reply = app.as_user(&one).post("/v1/auth/logout", &json!({})).await;
    let reply = reply.expect(204);
    assert!(reply.header("set-cookie").contains("Max-Age=0"), "{reply}");
    assert!(!app.is_good(&one.access).await);
    assert!(app.is_good(&other.access).await);
    let again = app.as_user(&one).post("/v1/auth/logout", &json!({})).await;
    again.problem(401, "unauthorized");
    let nobody = app.anonymous().post("/v1/auth/logout", &json!({})).await;
    nobody.problem(401, "unauthorized");
}

async fn a_logout_by_the_refresh_token(app: TestApp) {
    let user = app.user(Role::Editor).await;
    let next = User::of(&app.refresh(&user.refresh).await.expect(200));
    // Any token of the family does, the used one too; one that is not known has nothing to end.
    for token in [&next.refresh, &user.refresh, &next.refresh, "mhr_unknown"] {
        let body = json!({"refresh_token": token});
        let reply = app.anonymous().post("/v1/auth/logout", &body).await;
        reply.expect(204);
        assert!(!app.is_good(&next.access).await);
    }
    app.refresh(&next.refresh)
        .await
        .problem(401, "invalid_credentials");
}

async fn a_logout_everywhere(app: TestApp) {
    let one = app.user(Role::Editor).await;
    let other = app.sign_in(&one.email).await;
    let stranger = app.user(Role::Viewer).await;
    let reply = app
        .as_user(&one)
        .post("/v1/auth/logout-all", &json!({}))
        .await;
    reply.expect(204);
    for user in [&one, &other] {
        assert!(!app.is_good(&user.access).await);
        app.refresh(&user.refresh)
            .await
            .problem(401, "invalid_credentials");
    }
    assert!(app.is_good(&stranger.access).await);
    let nobody = app
        .anonymous()
        .post("/v1/auth/logout-all", &json!({}))
        .await;
    nobody.problem(401, "unauthorized");
}
