//! Attacks by texts that are none, and by texts that are more than that. `attacks`
//! says which attack is tried where.

use std::fmt::Write as _;

use masthead::auth::Role;
use masthead::config::Settings;
use reqwest::Method;
use serde_json::{Value, json};

use crate::attacks::inputs::injection::{is_whole, seed};
use crate::support::accounts::PASSWORD;
use crate::support::services::smtp::SmtpServer;
use crate::support::{Kind, Resource as _, TestApp};

on_both!(
    d2_16_an_object_is_no_text,
    d2_17_a_name_is_no_template,
    d2_18_no_line_break_gets_into_a_header,
    d2_19_odd_bytes_are_refused,
);

async fn d2_16_an_object_is_no_text(kind: Kind) {
    let app = TestApp::start_with(kind, |settings: &mut Settings| {
        settings.limits.reset_account.requests = 0;
        settings.limits.reset_address.requests = 0;
        settings.limits.login_address.requests = 0;
    })
    .await;
    let user = app.user(Role::Admin).await;
    let odd = [
        json!({"$ne": ""}),
        json!({"$gt": ""}),
        json!({"$regex": ".*"}),
        json!([user.email]),
        json!([]),
        json!({}),
        json!(0),
        json!(true),
        json!([[""]]),
        Value::Null,
    ];
    let text = |name: &str| match name {
        "email" => json!(user.email),
        "name" => json!("Jane"),
        _ => json!(PASSWORD),
    };
    for (path, names) in [
        ("/v1/auth/login", &["email", "password"][..]),
        ("/v1/auth/password-reset", &["email"]),
        ("/v1/auth/password", &["token", "password"]),
        ("/v1/auth/setup", &["token", "email", "name", "password"]),
        ("/v1/auth/refresh", &["refresh_token"]),
        ("/v1/auth/logout", &["refresh_token"]),
    ] {
        for name in names {
            for value in &odd {
                let mut body = json!({});
                for other in names {
                    body[other] = if other == name {
                        value.clone()
                    } else {
                        text(other)
                    };
                }
                let reply = app.anonymous().post(path, &body).await;
                if value.is_null() && *name == "refresh_token" {
                    assert_eq!(reply.status, 401, "{reply}");
                    continue;
                }
                reply.problem(422, "invalid_fields");
                assert_eq!(reply.field_errors()[0].0, format!("/{name}"), "{reply}");
            }
        }
        // Forms, lists and texts are no objects.
        let call = || app.anonymous();
        let form = b"email[$ne]=&password[$ne]=&token[]=x".to_vec();
        let kind = "application/x-www-form-urlencoded";
        let reply = call()
            .with("Content-Type", kind)
            .send(Method::POST, path, form)
            .await;
        reply.problem(415, "unsupported_media_type");
        for body in [json!([]), json!("x"), json!(null), json!([{"email": "x"}])] {
            call()
                .post(path, &body)
                .await
                .problem(422, "invalid_fields");
        }
        let reply = call()
            .post(&format!("{path}?email=x&password=y"), &json!({}))
            .await;
        reply.problem(400, "invalid_parameter");
    }
    assert!(app.is_good(&user.access).await);
}

async fn d2_17_a_name_is_no_template(kind: Kind) {
    let smtp = SmtpServer::start();
    let url = smtp.url();
    let app = TestApp::start_with(kind, |settings| {
        settings.mail.from = "desk@example.org".to_owned();
        settings.mail.set_smtp_url(&url);
        settings.server.public_url = "https://api.example.org".to_owned();
    })
    .await;
    for (number, name) in [
        "{{constructor}} ${7*7} <%= 7*7 %> #{7*7} %s {url} {0}",
        "<a href=\"https://evil.example\">Your account</a>",
        "https://evil.example",
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("jane{number}@example.org");
        let body = json!({"email": email, "name": name, "role": "viewer"});
        let made = app
            .admin()
            .post("/v1/users", &body)
            .await
            .expect(201)
            .json();
        let link = format!("/v1/users/{}/password-link", made.id());
        app.admin().post(&link, &json!({})).await.expect(200);
        let mail = smtp.next_mail().await;
        assert!(
            mail.body.starts_with(&format!("Hello {name},\n")),
            "{}",
            mail.body
        );
        assert_eq!(mail.headers("Content-Type"), ["text/plain; charset=utf-8"]);
        assert!(!mail.subject.contains(name), "{}", mail.subject);
        assert_eq!(mail.to, [email]);
    }
    for name in [
        "Jane\r\nBcc: thief@example.org",
        "Jane\n\nHello",
        "Jane\0",
        "",
    ] {
        let body = json!({"email": "x@example.org", "name": name, "role": "viewer"});
        let reply = app.admin().post("/v1/users", &body).await;
        reply.problem(422, "invalid_fields");
        assert_eq!(reply.field_errors()[0].0, "/name", "{reply}");
    }
    smtp.expect_none().await;
}

async fn d2_18_no_line_break_gets_into_a_header(app: TestApp) {
    seed(&app).await;
    let break_ = "x\r\nSet-Cookie: a=b\r\n\r\n<script>";
    for (path, member) in [
        ("/v1/articles", "title"),
        ("/v1/tags", "name"),
        ("/v1/authors", "name"),
    ] {
        let reply = app.editor().post(path, &json!({member: break_})).await;
        reply.problem(422, "invalid_fields");
    }
    // In answers that repeat what was asked: locations, links, problems.
    for path in [
        "/v1/articles?q=a%0d%0aSet-Cookie:%20a=b",
        "/v1/articles/open%0d%0aSet-Cookie:%20a=b",
        "/v1/tags/x%0d%0a%0d%0a/articles",
        "/v1/articles?locale=en%0d%0aX:%20y",
        "/problems/x%0d%0aSet-Cookie:%20a=b",
        "/docs/x%0d%0aSet-Cookie:%20a=b",
    ] {
        let mut request = String::new();
        write!(
            request,
            "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let answer = app.raw(request.as_bytes()).to_lowercase();
        let (head, _) = answer.split_once("\r\n\r\n").unwrap();
        assert!(
            !head.contains("\r\nset-cookie") && !head.contains("\r\nx: y"),
            "{answer}"
        );
    }
    let body = json!({"email": "a@example.org", "password": PASSWORD, "device": break_});
    let reply = app.anonymous().post("/v1/auth/login", &body).await;
    reply.problem(422, "invalid_fields");
}

async fn d2_19_odd_bytes_are_refused(app: TestApp) {
    seed(&app).await;
    for member in ["title", "kicker", "standfirst", "byline"] {
        let body = json!({"title": "X", member: "a\0b"});
        let reply = app.editor().post("/v1/articles", &body).await;
        assert_eq!(reply.field_errors()[0].0, format!("/{member}"), "{reply}");
    }
    for (path, body) in [
        (
            "/v1/articles",
            json!({"title": "X", "body": {"source": "a\0b"}}),
        ),
        (
            "/v1/articles",
            json!({"title": "X", "metadata": {"a\0": "b"}}),
        ),
        (
            "/v1/articles",
            json!({"title": "X", "metadata": {"a": "\0"}}),
        ),
        (
            "/v1/users",
            json!({"email": "x@example.org", "name": "\0", "role": "viewer"}),
        ),
    ] {
        let reply = app.admin().post(path, &body).await;
        reply.problem(422, "invalid_fields");
    }
    for bytes in [
        &b"{\"title\": \"\xff\xfe\"}"[..],
        b"{\"title\": \"\xed\xa0\x80\"}",
        b"{\"title\": \"\\ud800\"}",
        b"{\"title\": \"\xc0\xaf\"}",
        b"\xef\xbb\xbf{\"title\": \"x\"}",
    ] {
        let call = app.editor().with("Content-Type", "application/json");
        let reply = call
            .send(Method::POST, "/v1/articles", bytes.to_vec())
            .await;
        assert_eq!(reply.status, 400, "{reply}");
    }
    for query in [
        "filter=title=%00",
        "tag=%00",
        "q=%00",
        "q=%FF",
        "filter=%C0%AF",
        "sort=%00",
        "cursor=%00",
        "%00=1",
    ] {
        for call in [app.anonymous(), app.reader()] {
            let reply = call.get(&format!("/v1/articles?{query}")).await;
            assert_eq!(reply.status, 400, "{query}: {reply}");
        }
    }
    for path in [
        "/v1/articles/%00",
        "/v1/articles/open%00",
        "/v1/users/%FF",
        "/v1/tags/%C0%AF",
    ] {
        let reply = app.admin().get(path).await;
        reply.problem(404, "not_found");
    }
    app.login("a\0@example.org", PASSWORD).await.expect(422);
    app.refresh("mhr_\0").await.expect(422);
    is_whole(&app).await;
}
