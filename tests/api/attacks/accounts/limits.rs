//! Attacks by guessing: round the limits, and with passwords that are long. `attacks`
//! says which attack is tried where.

use chrono::Duration;
use masthead::auth::Role;
use masthead::config::{Rate, Settings};
use reqwest::Method;
use serde_json::json;

use crate::attacks::accounts::sessions::start;
use crate::support::accounts::PASSWORD;
use crate::support::{Kind, TestApp};

on_both!(
    d4_41_no_way_round_the_limit_of_logins,
    d4_41_no_way_round_the_limit_of_links,
    d4_41_only_trusted_proxies_tell_the_address,
    d4_42_long_passwords_cost_nothing,
    d4_47_a_guess_that_is_nearly_right_is_none,
);

async fn d4_41_no_way_round_the_limit_of_logins(kind: Kind) {
    let app = start(kind, |settings| {
        settings.limits.login_account = Rate {
            requests: 3,
            seconds: 3_600,
        };
        settings.limits.login_address = Rate {
            requests: 8,
            seconds: 3_600,
        };
    })
    .await;
    app.account("jane", Role::Editor, None).await;
    for (email, body) in [
        ("jane@example.org", json!({})),
        ("JANE@Example.org", json!({"device": "x"})),
        ("jane@EXAMPLE.ORG", json!({"cookie": true})),
    ] {
        let mut body = body;
        body["email"] = json!(email);
        body["password"] = json!("wrong");
        let reply = app.anonymous().post("/v1/auth/login", &body).await;
        reply.problem(401, "invalid_credentials");
    }
    // The right password is not looked at any more.
    let body = json!({"email": "jane@example.org", "password": PASSWORD});
    let bytes = serde_json::to_vec(&body).unwrap();
    for (path, status) in [
        ("/v1/auth/login", 429),
        ("/v1/auth/%6cogin", 429),
        ("/%761/auth/login", 429),
        ("/v1/auth/login?x=1", 400),
        ("/v1/auth/login/", 404),
        ("/V1/AUTH/LOGIN", 404),
        ("/v1//auth/login", 404),
        ("//v1/auth/login", 404),
        ("/v1/auth/login;x", 404),
    ] {
        let call = app.anonymous().with("Content-Type", "application/json");
        let reply = call.send(Method::POST, path, bytes.clone()).await;
        reply.expect(status);
    }
    for (name, value) in [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Real-IP", "203.0.113.9"),
        ("Forwarded", "for=203.0.113.9"),
        ("CF-Connecting-IP", "203.0.113.9"),
        ("X-HTTP-Method-Override", "GET"),
        ("Origin", "https://a.example"),
        ("User-Agent", "another"),
    ] {
        let reply = app
            .anonymous()
            .with(name, value)
            .post("/v1/auth/login", &body)
            .await;
        reply.problem(429, "too_many_requests");
        assert!(!reply.header("retry-after").is_empty(), "{reply}");
    }
    for email in ["Jane@example.org", "jane@Example.Org"] {
        app.login(email, PASSWORD)
            .await
            .problem(429, "too_many_requests");
    }
    for method in ["GET", "PUT", "PATCH", "PURGE"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let call = app.anonymous().with("Content-Type", "application/json");
        let reply = call.send(method, "/v1/auth/login", bytes.clone()).await;
        reply.problem(405, "method_not_allowed");
    }
    // Other accounts from the same address come to an end as well.
    app.advance(Duration::hours(1));
    for number in 0..8 {
        let reply = app.login(&format!("u{number}@example.org"), "x").await;
        reply.problem(401, "invalid_credentials");
    }
    app.login("u9@example.org", "x")
        .await
        .problem(429, "too_many_requests");
    // Whoever is signed in is not known by that.
    let reply = app.admin().post("/v1/auth/login", &body).await;
    reply.problem(429, "too_many_requests");
}

async fn d4_41_no_way_round_the_limit_of_links(kind: Kind) {
    let app = start(kind, |settings| {
        settings.limits.reset_account = Rate {
            requests: 2,
            seconds: 3_600,
        };
        settings.limits.reset_address = Rate {
            requests: 6,
            seconds: 3_600,
        };
    })
    .await;
    let forgot = async |email: &str| {
        let body = json!({"email": email});
        app.anonymous().post("/v1/auth/password-reset", &body).await
    };
    for email in ["jane@example.org", "JANE@example.org"] {
        forgot(email).await.expect(202);
    }
    forgot("jane@EXAMPLE.org")
        .await
        .problem(429, "too_many_requests");
    let guess = async |path: &str| {
        let body = json!({
            "token": "mho_x", "password": PASSWORD, "email": "x@example.org", "name": "X",
        });
        app.anonymous().post(path, &body).await
    };
    // Guesses of tokens are counted together with them.
    let body = json!({"token": "mho_x", "password": "ten quiet ferries"});
    for _ in 0..2 {
        let reply = app.anonymous().post("/v1/auth/password", &body).await;
        reply.problem(422, "invalid_fields");
    }
    guess("/v1/auth/setup").await.problem(422, "invalid_fields");
    guess("/v1/auth/setup")
        .await
        .problem(429, "too_many_requests");
    let reply = app.anonymous().post("/v1/auth/password", &body).await;
    reply.problem(429, "too_many_requests");
    forgot("other@example.org")
        .await
        .problem(429, "too_many_requests");
}

async fn d4_41_only_trusted_proxies_tell_the_address(kind: Kind) {
    let limits = |settings: &mut Settings| {
        settings.limits.login_account = Rate {
            requests: 0,
            seconds: 1,
        };
        settings.limits.login_address = Rate {
            requests: 1,
            seconds: 3_600,
        };
    };
    let attempt = async |app: &TestApp, lines: &[&str]| {
        let call = lines.iter().fold(app.anonymous(), |call, line| {
            call.with("X-Forwarded-For", line)
        });
        let body = json!({"email": "jane@example.org", "password": "x"});
        call.post("/v1/auth/login", &body).await.status
    };
    let bare = start(kind, limits).await;
    assert_eq!(attempt(&bare, &["203.0.113.1"]).await, 401);
    assert_eq!(attempt(&bare, &["203.0.113.2"]).await, 429);
    let behind = start(kind, |settings| {
        limits(settings);
        settings.server.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    assert_eq!(attempt(&behind, &["203.0.113.1"]).await, 401);
    assert_eq!(attempt(&behind, &["203.0.113.1"]).await, 429);
    // What stands before the proxy's own word is the caller's invention.
    assert_eq!(attempt(&behind, &["203.0.113.7, 203.0.113.1"]).await, 429);
    assert_eq!(attempt(&behind, &["203.0.113.8", "203.0.113.1"]).await, 429);
    assert_eq!(attempt(&behind, &["127.0.0.1, 203.0.113.1"]).await, 429);
    assert_eq!(attempt(&behind, &["203.0.113.2"]).await, 401);
    // All of an IPv6 network of one place are one.
    assert_eq!(attempt(&behind, &["2001:db8::1"]).await, 401);
    assert_eq!(attempt(&behind, &["2001:db8::2"]).await, 429);
    assert_eq!(attempt(&behind, &["2001:db8:0:1::1"]).await, 401);
}

async fn d4_42_long_passwords_cost_nothing(kind: Kind) {
    let app = start(kind, |settings| {
        settings.limits.login_account = Rate {
            requests: 0,
            seconds: 1,
        };
        settings.limits.login_address = Rate {
            requests: 0,
            seconds: 1,
        };
    })
    .await;
    let user = app.user(Role::Editor).await;
    let longest = "vexing quartz jukebox "
        .chars()
        .cycle()
        .take(1_024)
        .collect::<String>();
    for long in [
        format!("{longest}x"),
        "x".repeat(1 << 20),
        "é".repeat(1_025),
        "🦀".repeat(1_025),
    ] {
        let before = app.statements();
        let reply = app.login(&user.email, &long).await;
        reply.refuses(422, "invalid_fields", &[("/password", "too_long")]);
        let body = json!({"token": "mho_x", "password": long});
        let reply = app.anonymous().post("/v1/auth/password", &body).await;
        reply.refuses(422, "invalid_fields", &[("/password", "too_long")]);
        assert_eq!(
            app.statements(),
            before,
            "nothing was asked of the database"
        );
        assert!(reply.body.len() < 1_000, "{}", reply.body.len());
    }
    // All of the longest counts: nothing is cut off.
    let body = json!({"current_password": PASSWORD, "new_password": longest});
    app.as_user(&user)
        .post("/v1/me/password", &body)
        .await
        .expect(200);
    let nearly = format!("{}X", &longest[..1_023]);
    for wrong in [nearly.as_str(), &longest[..1_023], &longest[..72]] {
        app.login(&user.email, wrong)
            .await
            .problem(401, "invalid_credentials");
    }
    app.login(&user.email, &longest).await.expect(200);
    // An object or a list is no password, and NUL ends none.
    for odd in [
        json!({"$ne": ""}),
        json!([PASSWORD]),
        json!(true),
        json!(null),
        json!(0),
    ] {
        let body = json!({"email": user.email, "password": odd});
        let reply = app.anonymous().post("/v1/auth/login", &body).await;
        assert_eq!(reply.field_errors()[0].0, "/password", "{reply}");
    }
    let reply = app.login(&user.email, &format!("{longest}\0")).await;
    reply.problem(422, "invalid_fields");
    let reply = app
        .login(&user.email, &format!("{}\0", &longest[..1_000]))
        .await;
    reply.problem(401, "invalid_credentials");
}

async fn d4_47_a_guess_that_is_nearly_right_is_none(app: TestApp) {
    // Keys are compared in constant time; refresh and one-time tokens are found by their hashes,
    // whose order tells nothing about the tokens.
    let user = app.user(Role::Editor).await;
    let key = crate::support::key_of("editor");
    for at in ["mhk_".len(), key.len() - 43, key.len() - 2, key.len() - 1] {
        let mut near = key.clone().into_bytes();
        near[at] = if near[at] == b'a' { b'b' } else { b'a' };
        let near = String::from_utf8(near).unwrap();
        app.bearer(&near)
            .get("/v1/tags")
            .await
            .problem(401, "unauthorized");
    }
    // Though the right one was used a moment ago.
    app.editor().get("/v1/tags").await.expect(200);
    let near = format!("{}A", &key[..key.len() - 1]);
    app.bearer(&near)
        .get("/v1/tags")
        .await
        .problem(401, "unauthorized");
    let upper = key.to_uppercase();
    app.bearer(&upper)
        .get("/v1/tags")
        .await
        .problem(401, "unauthorized");
    for near in [
        user.refresh[..user.refresh.len() - 1].to_owned(),
        format!("{}x", user.refresh),
        user.refresh.to_uppercase(),
        user.refresh.replace("mhr_", ""),
        format!("{}%", &user.refresh[..20]),
    ] {
        app.refresh(&near).await.problem(401, "invalid_credentials");
    }
    app.refresh(&user.refresh).await.expect(200);
}
