//! Links to choose a password: invitations, forgotten passwords, and the mails that carry them.

use chrono::Duration;
use masthead::auth::Role;
use masthead::config::Settings;
use serde_json::{Value, json};

use crate::support::accounts::PASSWORD;
use crate::support::services::smtp::{Mail, SmtpServer};
use crate::support::{Kind, Reply, Resource as _, TestApp};

on_both!(
    an_invitation_by_mail,
    a_link_without_mail_or_address,
    a_link_is_good_once,
    a_link_has_an_end,
    what_makes_a_link_void,
    a_link_for_a_suspended_account,
    a_forgotten_password,
    a_forgotten_password_tells_nothing,
);

const NEW: &str = "ten quiet ferries";

async fn start(kind: Kind, smtp: &SmtpServer) -> TestApp {
    start_with(kind, smtp, |_| ()).await
}

async fn start_with(kind: Kind, smtp: &SmtpServer, change: impl FnOnce(&mut Settings)) -> TestApp {
    let url = smtp.url();
    TestApp::start_with(kind, |settings| {
        settings.mail.from = "desk@example.org".to_owned();
        settings.mail.set_smtp_url(&url);
        settings.server.public_url = "https://api.example.org/".to_owned();
        change(settings);
    })
    .await
}

async fn link(app: &TestApp, id: &str) -> Value {
    let path = format!("/v1/users/{id}/password-link");
    app.admin().post(&path, &json!({})).await.expect(200).json()
}

async fn choose(app: &TestApp, token: &str, password: &str) -> Reply {
    let body = json!({"token": token, "password": password});
    app.anonymous().post("/v1/auth/password", &body).await
}

#[track_caller]
fn not_good(reply: &Reply) {
    reply.refuses(422, "invalid_fields", &[("/token", "not_good")]);
}

/// The token of the link in a mail.
fn token(mail: &Mail) -> String {
    let mut words = mail.body.split_whitespace();
    let link = words.find(|word| word.contains("/account#")).unwrap();
    link.rsplit_once('=').unwrap().1.to_owned()
}

async fn forgot(app: &TestApp, email: &str) -> Reply {
    let body = json!({"email": email});
    app.anonymous().post("/v1/auth/password-reset", &body).await
}

async fn an_invitation_by_mail(kind: Kind) {
    let smtp = SmtpServer::start();
    let app = start(kind, &smtp).await;
    let body = json!({"email": "Jane@example.org", "name": "Jane\u{2003}Doe", "role": "editor"});
    let made = app
        .admin()
        .post("/v1/users", &body)
        .await
        .expect(201)
        .json();
    smtp.expect_none().await;
    let id = made.id();
    let answer = link(&app, id).await;
    assert_eq!(answer["purpose"], "invitation");
    assert_eq!(answer["mailed"], true);
    assert_eq!(answer["expires_at"], "2026-11-26T12:00:00Z");
    let given = answer["token"].as_str().unwrap();
    assert!(given.starts_with("mho_"), "{given}");
    let url = format!("https://api.example.org/account#invitation={given}");
    assert_eq!(answer["url"], url);
    let mail = smtp.next_mail().await;
    assert_eq!(mail.to, ["jane@example.org"]);
    assert_eq!(mail.subject, "Your account at Masthead");
    assert!(mail.body.contains(&format!("\n{url}\n")), "{}", mail.body);
    assert!(mail.body.contains("within 72 hours"), "{}", mail.body);
    choose(&app, &token(&mail), NEW).await.expect(204);
    let told = smtp.next_mail().await;
    assert_eq!(told.to, ["jane@example.org"]);
    assert!(
        !told.body.contains("mho_") && !told.body.contains(NEW),
        "{}",
        told.body
    );
    let login = app.login("jane@example.org", NEW).await.expect(200).json();
    assert_eq!(login["user"]["has_password"], true);
    assert_eq!(link(&app, id).await["purpose"], "reset");
    let mail = smtp.next_mail().await;
    assert!(
        mail.body.contains("#reset=") && mail.body.contains("within one hour"),
        "{}",
        mail.body
    );
}

async fn a_link_without_mail_or_address(app: TestApp) {
    let id = app.invited("jane", Role::Editor).await;
    let answer = link(&app, &id).await;
    assert_eq!(
        (&answer["url"], &answer["mailed"]),
        (&Value::Null, &json!(false))
    );
    choose(&app, answer["token"].as_str().unwrap(), NEW)
        .await
        .expect(204);
    app.login("jane@example.org", NEW).await.expect(200);
    // Nobody can ask for a mail where there is none; the answer is the same.
    forgot(&app, "jane@example.org").await.expect(202);
    app.login("jane@example.org", NEW).await.expect(200);

    let smtp = SmtpServer::start();
    let app = start_with(app.kind, &smtp, |settings| {
        settings.server.public_url = String::new()
    })
    .await;
    let id = app.invited("jane", Role::Editor).await;
    assert_eq!(link(&app, &id).await["mailed"], false);
    smtp.expect_none().await;
    let page = "https://desk.example.org/welcome?lang=en";
    let app = start_with(app.kind, &smtp, |settings| {
        settings.auth.link_url = page.to_owned()
    })
    .await;
    let id = app.invited("jane", Role::Editor).await;
    let answer = link(&app, &id).await;
    let expected = format!("{page}#invitation={}", answer["token"].as_str().unwrap());
    assert_eq!(answer["url"], expected);
    let path = format!("/v1/users/{id}/password-link");
    for (body, errors) in [
        (
            json!({"email": "x@example.org"}),
            [("/email", "unknown_field")],
        ),
        (
            json!({"url": "https://evil.example"}),
            [("/url", "unknown_field")],
        ),
    ] {
        let reply = app.admin().post(&path, &body).await;
        reply.refuses(422, "invalid_fields", &errors);
    }
}

async fn a_link_is_good_once(app: TestApp) {
    let user = app.user(Role::Editor).await;
    let answer = link(&app, &user.id).await;
    let token = answer["token"].as_str().unwrap();
    // What is refused for another reason leaves it good.
    for (password, code) in [
        ("short", "too_short"),
        ("passwordpassword", "too_common"),
        ("editor@example.org", "too_personal"),
    ] {
        let reply = choose(&app, token, password).await;
        reply.refuses(422, "invalid_fields", &[("/password", code)]);
    }
    assert!(app.is_good(&user.access).await);
    let other = app.second();
    let (one, two) = tokio::join!(choose(&app, token, NEW), choose(&other, token, NEW));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 422], "{one}{two}");
    not_good(&choose(&app, token, "eleven quiet ferries").await);
    app.login(&user.email, NEW).await.expect(200);
    app.login(&user.email, PASSWORD).await.expect(401);
    app.advance(Duration::seconds(1));
    assert!(!app.is_good(&user.access).await, "it ends all sessions");
    app.refresh(&user.refresh).await.expect(401);
    for odd in ["x", "mho_", &user.refresh, &crate::support::key_of("admin")] {
        not_good(&choose(&app, odd, NEW).await);
    }
    let reply = app
        .anonymous()
        .post("/v1/auth/password", &json!({"token": ["x"]}))
        .await;
    let errors = [("/token", "wrong_type"), ("/password", "missing")];
    reply.refuses(422, "invalid_fields", &errors);
}

async fn a_link_has_an_end(app: TestApp) {
    let invited = app.invited("invited", Role::Editor).await;
    let known = app.account("known", Role::Editor, None).await;
    for (id, minutes) in [(invited, 72 * 60), (known, 60)] {
        let answer = link(&app, &id).await;
        let token = answer["token"].as_str().unwrap();
        app.advance(Duration::minutes(minutes));
        not_good(&choose(&app, token, NEW).await);
        let answer = link(&app, &id).await;
        let token = answer["token"].as_str().unwrap();
        app.advance(Duration::minutes(minutes) - Duration::milliseconds(1));
        choose(&app, token, NEW).await.expect(204);
    }
}

async fn what_makes_a_link_void(app: TestApp) {
    let user = app.user(Role::Editor).await;
    let fresh = async || {
        let answer = link(&app, &user.id).await;
        answer["token"].as_str().unwrap().to_owned()
    };
    let patch = async |patch: Value| {
        app.admin().change(&user.path(), &patch).await.expect(200);
    };
    // Another link.
    let (old, new) = (fresh().await, fresh().await);
    not_good(&choose(&app, &old, NEW).await);
    choose(&app, &new, NEW).await.expect(204);
    // Another address: the link went to the one that was.
    let token = fresh().await;
    patch(json!({"email": "other@example.org"})).await;
    not_good(&choose(&app, &token, NEW).await);
    // A change of the password by its owner.
    let token = fresh().await;
    let login = app.login("other@example.org", NEW).await.expect(200).json();
    let body = json!({"current_password": NEW, "new_password": "eleven quiet ferries"});
    let call = app.bearer(login["access_token"].as_str().unwrap());
    call.post("/v1/me/password", &body).await.expect(200);
    not_good(&choose(&app, &token, NEW).await);
    // A suspension, though it is over.
    let token = fresh().await;
    patch(json!({"status": "suspended"})).await;
    patch(json!({"status": "active"})).await;
    not_good(&choose(&app, &token, NEW).await);
    // Another name is none of it, and neither is another role.
    let token = fresh().await;
    patch(json!({"name": "Other", "role": "viewer"})).await;
    choose(&app, &token, NEW).await.expect(204);
    // The end of the account.
    let token = fresh().await;
    app.admin().remove(&user.path()).await.expect(204);
    not_good(&choose(&app, &token, NEW).await);
}

async fn a_link_for_a_suspended_account(app: TestApp) {
    let user = app.user(Role::Editor).await;
    let token = link(&app, &user.id).await["token"]
        .as_str()
        .unwrap()
        .to_owned();
    app.admin()
        .change(&user.path(), &json!({"status": "suspended"}))
        .await
        .expect(200);
    not_good(&choose(&app, &token, NEW).await);
    let path = format!("{}/password-link", user.path());
    app.admin()
        .post(&path, &json!({}))
        .await
        .problem(409, "conflict");
}

async fn a_forgotten_password(kind: Kind) {
    let smtp = SmtpServer::start();
    let app = start(kind, &smtp).await;
    let user = app.named_user("josé", Role::Editor).await;
    app.named_user("jose", Role::Editor).await;
    // The mail goes to the address of the account, not to the one that was asked with.
    forgot(&app, "JOSE\u{301}@EXAMPLE.org").await.expect(202);
    let first = smtp.next_mail().await;
    assert_eq!(first.to, ["josé@example.org"]);
    assert!(app.is_good(&user.access).await, "whoever asks ends nothing");
    app.login(&user.email, PASSWORD).await.expect(200);
    forgot(&app, &user.email).await.expect(202);
    let second = smtp.next_mail().await;
    not_good(&choose(&app, &token(&first), NEW).await);
    choose(&app, &token(&second), NEW).await.expect(204);
    app.login(&user.email, PASSWORD).await.expect(401);
    app.login(&user.email, NEW).await.expect(200);
    app.login("jose@example.org", PASSWORD).await.expect(200);
    // Somebody who was invited and has lost the mail.
    smtp.next_mail().await;
    app.invited("joan", Role::Editor).await;
    forgot(&app, "joan@example.org").await.expect(202);
    assert!(smtp.next_mail().await.body.contains("#invitation="));
}

async fn a_forgotten_password_tells_nothing(kind: Kind) {
    let smtp = SmtpServer::start();
    let app = start(kind, &smtp).await;
    app.account("known", Role::Editor, None).await;
    let id = app.account("suspended", Role::Editor, None).await;
    app.admin()
        .change(&format!("/v1/users/{id}"), &json!({"status": "suspended"}))
        .await
        .expect(200);
    let mut answers = Vec::new();
    for email in [
        "known@example.org",
        "suspended@example.org",
        "unknown@example.org",
    ] {
        let reply = forgot(&app, email).await.expect(202);
        assert_eq!(reply.header("cache-control"), "private, no-store");
        answers.push((reply.body.clone(), reply.header("etag").to_owned()));
        let policy = reply.header("ratelimit").to_owned();
        assert!(policy.contains("\"reset\";r=4"), "{reply}");
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    assert_eq!(smtp.next_mail().await.to, ["known@example.org"]);
    smtp.expect_none().await;
    for (body, code) in [
        (json!({"email": ["known@example.org"]}), "wrong_type"),
        (json!({"email": {"$ne": null}}), "wrong_type"),
        (
            json!({"email": "known@example.org,thief@example.org"}),
            "not_an_email",
        ),
        (
            json!({"email": "known@example.org\nBcc: thief@example.org"}),
            "not_an_email",
        ),
    ] {
        let reply = app.anonymous().post("/v1/auth/password-reset", &body).await;
        reply.refuses(422, "invalid_fields", &[("/email", code)]);
    }
    smtp.expect_none().await;
}
