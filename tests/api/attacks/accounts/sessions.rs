//! Attacks on sessions, passwords and links. `attacks` says which attack is tried where.

use chrono::Duration;
use masthead::auth::Role;
use masthead::auth::password::{Attempt, Hasher, Verdict};
use masthead::clock::{Clock, Ids};
use masthead::config::{Rate, Settings};
use masthead::db::Conn;
use masthead::sessions::store::{Device, start as start_session};
use masthead::users::store::{self as accounts, UserRow};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::accounts::{PASSWORD, User};
use crate::support::services::smtp::SmtpServer;
use crate::support::{Kind, Reply, TestApp};

on_both!(
    d4_37_no_token_outlives_what_ends_it,
    d4_37_a_login_that_was_overtaken_starts_nothing,
    d4_38_a_stolen_refresh_token_ends_the_family,
    d4_38_nobody_goes_on_for_ever,
    d4_39_no_request_chooses_where_a_link_leads,
    d4_39_a_look_alike_gets_no_mail_of_anothers,
    d4_39_a_link_is_for_one_account_and_one_purpose,
    d4_40_no_answer_tells_whether_an_account_is_there,
);

pub async fn start(kind: Kind, change: impl FnOnce(&mut Settings)) -> TestApp {
    TestApp::start_with(kind, change).await
}

async fn d4_37_no_token_outlives_what_ends_it(app: TestApp) {
    // Which acts end the rights of somebody is tried in `user_rights`; here, that nothing else
    // brings them back.
    let user = app.user(Role::Editor).await;
    app.user(Role::Admin).await;
    let change = async |patch: Value| {
        app.admin().change(&user.path(), &patch).await.expect(200);
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
    app.admin().remove(&user.path()).await.expect(204);
    let body = json!({"email": user.email, "name": "X", "role": "editor", "password": PASSWORD});
    app.admin().post("/v1/users", &body).await.expect(201);
    assert!(!app.is_good(&user.access).await);
    app.refresh(&user.refresh)
        .await
        .problem(401, "invalid_credentials");
}

async fn d4_37_a_login_that_was_overtaken_starts_nothing(app: TestApp) {
    let user = app.user(Role::Editor).await;
    let ids = Ids::new(Clock::System);
    let settings = Settings::defaults().unwrap().auth;
    let begin = async |row: &UserRow| {
        let mut conn = app.db.write().await.unwrap();
        let device = Device::default();
        let now = app.now();
        let work =
            async |conn: &mut Conn| start_session(conn, &ids, now, &settings, row, &device).await;
        conn.transaction(work).await.unwrap().is_some()
    };
    let read = async || {
        let mut conn = app.db.read().await.unwrap();
        accounts::require(&mut conn, &user.id).await.unwrap()
    };
    // The password was compared; before the session begins, it is another.
    let seen = read().await;
    assert!(begin(&seen).await);
    let body = json!({"current_password": PASSWORD, "new_password": "eight slow barges"});
    app.as_user(&user)
        .post("/v1/me/password", &body)
        .await
        .expect(200);
    assert!(!begin(&seen).await);
    let seen = read().await;
    assert!(begin(&seen).await);
    app.admin()
        .change(&user.path(), &json!({"status": "suspended"}))
        .await
        .expect(200);
    assert!(!begin(&seen).await);
    assert!(!begin(&read().await).await, "a suspended account");
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

async fn d4_38_nobody_goes_on_for_ever(kind: Kind) {
    let app = start(kind, |settings| settings.auth.session_days = 2).await;
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

async fn mailing(kind: Kind, smtp: &SmtpServer) -> TestApp {
    let url = smtp.url();
    start(kind, |settings| {
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

async fn d4_39_no_request_chooses_where_a_link_leads(kind: Kind) {
    let smtp = SmtpServer::start();
    let app = mailing(kind, &smtp).await;
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

async fn d4_39_a_look_alike_gets_no_mail_of_anothers(kind: Kind) {
    let smtp = SmtpServer::start();
    let app = mailing(kind, &smtp).await;
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
        "mike@exаmple.org",
        "mike@example.org.evil.example",
        "ｍike@example.org",
    ] {
        forgot(alike).await;
        let reply = app.login(alike, PASSWORD).await;
        reply.problem(401, "invalid_credentials");
    }
    // A character that nobody sees is in no address.
    let unseen = "mike@examp\u{200d}le.org";
    let body = json!({"email": unseen});
    for reply in [
        app.anonymous().post("/v1/auth/password-reset", &body).await,
        app.login(unseen, PASSWORD).await,
    ] {
        reply.problem(422, "invalid_fields");
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
