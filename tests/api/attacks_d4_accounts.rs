//! Attacks on sessions, passwords and links. `attacks_d1` says which attack is tried where.

use chrono::Duration;
use masthead::auth::Role;
use masthead::auth::password::{Attempt, Hasher, Verdict};
use masthead::config::{Rate, Settings};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::accounts::{PASSWORD, User};
use crate::support::smtp::SmtpServer;
use crate::support::{Reply, TestApp};

on_both!(
    d4_37_no_token_outlives_what_ends_it,
    d4_38_a_stolen_refresh_token_ends_the_family,
    d4_38_nobody_goes_on_for_ever,
    d4_39_no_request_chooses_where_a_link_leads,
    d4_39_a_look_alike_gets_no_mail_of_anothers,
    d4_39_a_link_is_for_one_account_and_one_purpose,
    d4_40_no_answer_tells_whether_an_account_is_there,
    d4_41_no_way_round_the_limit_of_logins,
    d4_41_no_way_round_the_limit_of_links,
    d4_41_only_trusted_proxies_tell_the_address,
    d4_42_long_passwords_cost_nothing,
    d4_47_a_guess_that_is_nearly_right_is_none,
);

async fn start(app: &TestApp, change: impl FnOnce(&mut Settings)) -> TestApp {
    TestApp::start_with(app.kind, change).await
}

async fn d4_37_no_token_outlives_what_ends_it(app: TestApp) {
    // Which acts end the rights of somebody is tried in `user_rights`; here, that nothing else
    // brings them back.
    let user = app.user(Role::Editor).await;
    app.user(Role::Admin).await;
    let change = async |patch: Value| {
        let call = app.admin().if_match("*");
        call.patch(&user.path(), &patch).await.expect(200);
    };
    change(json!({"role": "viewer"})).await;
    change(json!({"role": "editor"})).await;
    assert!(!app.is_good(&user.access).await, "the same role again");
    let user = app.sign_in(&user.email).await;
    change(json!({"status": "suspended"})).await;
    app.login(&user.email, PASSWORD)
        .await
        .problem(401, "invalid_credentials");
    for (method, path) in [("GET", "/v1/me"), ("POST", "/v1/articles"), ("GET", "/")] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let reply = app.as_user(&user).send(method, path, Vec::new()).await;
        reply.problem(401, "unauthorized");
    }
    change(json!({"status": "active"})).await;
    assert!(!app.is_good(&user.access).await);
    // An account of the same address is another one.
    let user = app.sign_in(&user.email).await;
    app.admin()
        .if_match("*")
        .delete(&user.path())
        .await
        .expect(204);
    let body = json!({"email": user.email, "name": "X", "role": "editor", "password": PASSWORD});
    app.admin().post("/v1/users", &body).await.expect(201);
    assert!(!app.is_good(&user.access).await);
    app.refresh(&user.refresh)
        .await
        .problem(401, "invalid_credentials");
}

async fn d4_38_a_stolen_refresh_token_ends_the_family(app: TestApp) {
    let other = app.second();
    let user = app.user(Role::Editor).await;
    // Two at once, on two instances: one of them is a thief's.
    let (one, two) = tokio::join!(app.refresh(&user.refresh), other.refresh(&user.refresh));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401], "{one}{two}");
    let won = User::of(if one.status == 200 { &one } else { &two });
    app.advance(Duration::seconds(1));
    for instance in [&app, &other] {
        assert!(!instance.is_good(&won.access).await);
        assert!(!instance.is_good(&user.access).await);
        instance
            .refresh(&won.refresh)
            .await
            .problem(401, "invalid_credentials");
    }
    // A token that was used long ago, too.
    let first = app.sign_in(&user.email).await;
    let mut last = first.clone();
    for _ in 0..5 {
        app.advance(Duration::days(5));
        last = User::of(&app.refresh(&last.refresh).await.expect(200));
    }
    app.refresh(&first.refresh)
        .await
        .problem(401, "invalid_credentials");
    assert!(!app.is_good(&last.access).await);
}

async fn d4_38_nobody_goes_on_for_ever(app: TestApp) {
    let app = start(&app, |settings| settings.auth.session_days = 2).await;
    let mut user = app.user(Role::Editor).await;
    for _ in 0..47 {
        app.advance(Duration::hours(1));
        user = User::of(&app.refresh(&user.refresh).await.expect(200));
    }
    app.advance(Duration::hours(1));
    app.refresh(&user.refresh)
        .await
        .problem(401, "invalid_credentials");
    assert!(!app.is_good(&user.access).await);
}

async fn mailing(app: &TestApp, smtp: &SmtpServer) -> TestApp {
    let url = smtp.url();
    start(app, |settings| {
        settings.mail.from = "desk@example.org".to_owned();
        settings.mail.set_smtp_url(&url);
        settings.server.public_url = "https://api.example.org".to_owned();
        settings.limits.reset_account = Rate {
            requests: 0,
            seconds: 1,
        };
    })
    .await
}

async fn d4_39_no_request_chooses_where_a_link_leads(app: TestApp) {
    let smtp = SmtpServer::start();
    let app = mailing(&app, &smtp).await;
    app.account("jane", Role::Editor, None).await;
    let body = r#"{"email":"jane@example.org"}"#;
    for headers in [
        "Host: evil.example\r\n",
        "Host: api.example.org\r\nX-Forwarded-Host: evil.example\r\n",
        "Host: api.example.org\r\nForwarded: host=evil.example\r\n",
        "Host: api.example.org\r\nX-Original-Host: evil.example\r\nX-Host: evil.example\r\n",
        "Host: api.example.org:evil.example\r\n",
        "Host: api.example.org\r\nOrigin: https://evil.example\r\nReferer: https://evil.example/\r\n",
    ] {
        let request = format!(
            "POST /v1/auth/password-reset HTTP/1.1\r\n{headers}Connection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = app.raw(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
        assert!(!answer.contains("evil"), "{answer}");
        let mail = smtp.next_mail().await;
        assert!(
            mail.body
                .contains("\nhttps://api.example.org/account#reset="),
            "{}",
            mail.body
        );
        assert!(!mail.raw.contains("evil"), "{}", mail.raw);
    }
    let request = format!(
        "POST http://evil.example/v1/auth/password-reset HTTP/1.1\r\nHost: evil.example\r\n\
         Connection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    app.raw(request.as_bytes());
    assert!(!smtp.next_mail().await.raw.contains("evil"));
    for name in ["url", "redirect", "return_to", "link_url", "host", "to"] {
        let body = json!({"email": "jane@example.org", name: "https://evil.example"});
        let reply = app.anonymous().post("/v1/auth/password-reset", &body).await;
        let pointer = format!("/{name}");
        reply.refuses(422, "invalid_fields", &[(&pointer, "unknown_field")]);
    }
    let reply = app
        .anonymous()
        .post(
            "/v1/auth/password-reset?url=https://evil.example",
            &json!({}),
        )
        .await;
    reply.problem(400, "invalid_parameter");
    smtp.expect_none().await;
}

async fn d4_39_a_look_alike_gets_no_mail_of_anothers(app: TestApp) {
    let smtp = SmtpServer::start();
    let app = mailing(&app, &smtp).await;
    app.account("mike", Role::Admin, None).await;
    let forgot = async |email: &str| {
        let body = json!({"email": email});
        app.anonymous()
            .post("/v1/auth/password-reset", &body)
            .await
            .expect(202);
    };
    for alike in [
        "mi\u{301}ke@example.org",
        "m\u{131}ke@example.org",
        "mıke@example.org",
        "mike@examp\u{200d}le.org",
        "mike@exаmple.org",
        "mike@example.org.evil.example",
        "ｍike@example.org",
    ] {
        let body = json!({"email": alike});
        let reply = app.anonymous().post("/v1/auth/password-reset", &body).await;
        assert!([202, 422].contains(&reply.status), "{reply}");
        app.login(alike, PASSWORD).await.problem(
            if reply.status == 202 { 401 } else { 422 },
            if reply.status == 202 {
                "invalid_credentials"
            } else {
                "invalid_fields"
            },
        );
    }
    smtp.expect_none().await;
    // Where the case of a letter makes two one, the mail goes to the account's own address.
    forgot("MI\u{212a}E@example.org").await;
    assert_eq!(smtp.next_mail().await.to, ["mike@example.org"]);
}

async fn d4_39_a_link_is_for_one_account_and_one_purpose(app: TestApp) {
    let one = app.named_user("one", Role::Editor).await;
    let two = app.named_user("two", Role::Admin).await;
    let link = format!("{}/password-link", one.path());
    let made = app.admin().post(&link, &json!({})).await.expect(200).json();
    let token = &made["token"];
    for (name, value) in [
        ("user", json!(two.id)),
        ("email", json!(two.email)),
        ("id", json!(two.id)),
    ] {
        let body = json!({"token": token, "password": "ten quiet ferries", name: value});
        let reply = app.anonymous().post("/v1/auth/password", &body).await;
        let pointer = format!("/{name}");
        reply.refuses(422, "invalid_fields", &[(&pointer, "unknown_field")]);
    }
    let body = json!({"token": token, "email": "x@example.org", "name": "X", "password": PASSWORD});
    let reply = app.anonymous().post("/v1/auth/setup", &body).await;
    reply.refuses(422, "invalid_fields", &[("/token", "not_good")]);
    // Somebody else's session does not make it theirs.
    let body = json!({"token": token, "password": "ten quiet ferries"});
    app.as_user(&two)
        .post("/v1/auth/password", &body)
        .await
        .expect(204);
    app.login(&two.email, PASSWORD).await.expect(200);
    app.login(&one.email, "ten quiet ferries").await.expect(200);
}

/// What an answer says but for its request.
fn said(reply: &Reply) -> (u16, Value) {
    let mut body = reply.json();
    body.as_object_mut().unwrap().remove("request_id");
    (reply.status, body)
}

async fn d4_40_no_answer_tells_whether_an_account_is_there(app: TestApp) {
    // Logins and forgotten passwords are compared in `sessions` and `password_links`.
    app.account("known", Role::Editor, None).await;
    let viewer = app.user(Role::Viewer).await;
    for path in ["/v1/users?q=known", "/v1/users?q=unknown"] {
        let refused = said(&app.as_user(&viewer).get(path).await);
        assert_eq!(refused.0, 403);
    }
    let ask = async |email: &str| {
        let create = json!({"email": email, "name": "X", "role": "viewer"});
        let by_viewer = app.as_user(&viewer).post("/v1/users", &create).await;
        let setup = json!({"token": "mho_x", "email": email, "name": "X", "password": PASSWORD});
        let by_nobody = app.anonymous().post("/v1/auth/setup", &setup).await;
        (said(&by_viewer), said(&by_nobody))
    };
    assert_eq!(
        ask("known@example.org").await,
        ask("unknown@example.org").await
    );
    // The same work is done whether there is an account or not.
    let hasher = Hasher::new(&Settings::defaults().unwrap().passwords).unwrap();
    let attempt = Attempt::parse(PASSWORD).unwrap();
    let before = hasher.computed();
    assert_eq!(
        hasher.verify(&attempt, None).await.unwrap(),
        Verdict::Differs
    );
    assert_eq!(hasher.computed(), before + 1);
    let stored = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21l$\
                  AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(
        hasher.verify(&attempt, Some(stored)).await.unwrap(),
        Verdict::Differs
    );
    assert_eq!(hasher.computed(), before + 2);
}

async fn d4_41_no_way_round_the_limit_of_logins(app: TestApp) {
    let app = start(&app, |settings| {
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
    for path in [
        "/v1/auth/login",
        "/v1/auth/login/",
        "/V1/AUTH/LOGIN",
        "/v1//auth/login",
        "//v1/auth/login",
        "/v1/auth/%6cogin",
        "/%761/auth/login",
        "/v1/auth/login?x=1",
        "/v1/auth/login;x",
    ] {
        let call = app.anonymous().with("Content-Type", "application/json");
        let reply = call.send(Method::POST, path, bytes.clone()).await;
        assert!([400, 404, 429].contains(&reply.status), "{path}: {reply}");
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

async fn d4_41_no_way_round_the_limit_of_links(app: TestApp) {
    let app = start(&app, |settings| {
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

async fn d4_41_only_trusted_proxies_tell_the_address(app: TestApp) {
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
    let bare = start(&app, limits).await;
    assert_eq!(attempt(&bare, &["203.0.113.1"]).await, 401);
    assert_eq!(attempt(&bare, &["203.0.113.2"]).await, 429);
    let behind = start(&app, |settings| {
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

async fn d4_42_long_passwords_cost_nothing(app: TestApp) {
    let app = start(&app, |settings| {
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
