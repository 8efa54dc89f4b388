//! The refresh token as a cookie: how it is set, which pages may use it, and what CORS allows.

use chrono::Duration;
use masthead::auth::Role;
use masthead::config::Settings;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::accounts::{PASSWORD, User};
use crate::support::{Caller, Kind, Reply, TestApp};

on_both!(
    a_cookie_holds_the_refresh_token,
    only_pages_of_ours_may_use_it,
    pages_of_the_public_url_may_use_it,
    no_secure_cookie_where_the_settings_say_so,
    cors_allows_credentials_to_origins_of_the_setting,
    cors_allows_them_where_only_some_origins_are_allowed,
);

const NAME: &str = "__Secure-masthead_refresh";
const DESK: &str = "https://desk.example.org";

async fn start(kind: Kind, change: impl FnOnce(&mut Settings)) -> TestApp {
    TestApp::start_with(kind, change).await
}

/// Signs in with a cookie.
async fn login(app: &TestApp) -> Reply {
    let body = json!({"email": "jane@example.org", "password": PASSWORD, "cookie": true});
    app.anonymous()
        .post("/v1/auth/login", &body)
        .await
        .expect(200)
}

/// The token in `Set-Cookie`, with what else it says.
fn cookie(reply: &Reply) -> (String, Vec<String>) {
    let mut lines = reply.headers.get_all("set-cookie").iter();
    let line = lines.next().unwrap().to_str().unwrap();
    assert!(lines.next().is_none(), "{reply}");
    let mut parts = line.split("; ").map(str::to_owned);
    let (name, token) = {
        let first = parts.next().unwrap();
        let (name, token) = first.split_once('=').unwrap();
        (name.to_owned(), token.to_owned())
    };
    assert!(name.ends_with("masthead_refresh"), "{reply}");
    (token, parts.collect())
}

/// Calls with the cookie, from a page of this origin.
fn from<'a>(app: &'a TestApp, token: &str, origin: &str) -> Caller<'a> {
    let call = app
        .anonymous()
        .with("Cookie", &format!("a=b; {NAME}={token}"));
    if origin.is_empty() {
        call
    } else {
        call.with("Origin", origin)
    }
}

async fn refresh(call: Caller<'_>) -> Reply {
    call.post("/v1/auth/refresh", &json!({})).await
}

async fn a_cookie_holds_the_refresh_token(kind: Kind) {
    let app = start(kind, |settings| {
        settings.auth.cookie_origins = vec![DESK.to_owned()];
    })
    .await;
    app.account("jane", Role::Editor, None).await;
    let reply = login(&app).await;
    assert_eq!(reply.json()["refresh_token"], Value::Null);
    let (token, attributes) = cookie(&reply);
    assert!(token.starts_with("mhr_"), "{reply}");
    let days = 30 * 24 * 60 * 60;
    assert_eq!(
        attributes,
        [
            "Path=/v1/auth",
            &format!("Max-Age={days}"),
            "HttpOnly",
            "SameSite=Strict",
            "Secure"
        ]
    );
    assert!(
        !String::from_utf8_lossy(&reply.body).contains(&token),
        "{reply}"
    );

    app.advance(Duration::minutes(1));
    let reply = refresh(from(&app, &token, DESK)).await.expect(200);
    assert_eq!(reply.json()["refresh_token"], Value::Null);
    let (next, _) = cookie(&reply);
    assert_ne!(next, token);
    let user = User::of(&reply);

    // One that came back ends the session, and its cookie goes.
    let reply = refresh(from(&app, &token, DESK)).await;
    reply.problem(401, "invalid_credentials");
    let (empty, attributes) = cookie(&reply);
    assert!(
        empty.is_empty() && attributes.contains(&"Max-Age=0".to_owned()),
        "{reply}"
    );
    assert!(!app.is_good(&user.access).await);

    let (token, _) = cookie(&login(&app).await);
    let call = from(&app, &token, DESK);
    let reply = call.post("/v1/auth/logout", &json!({})).await.expect(204);
    assert_eq!(cookie(&reply).0, "");
    let reply = refresh(from(&app, &token, DESK)).await;
    reply.problem(401, "invalid_credentials");

    // A cookie says who somebody is to the routes that sign in, and to no other.
    let (token, _) = cookie(&login(&app).await);
    for path in ["/v1/me", "/v1/users", "/v1/auth/sessions"] {
        let reply = from(&app, &token, DESK).get(path).await;
        reply.problem(401, "unauthorized");
    }
    let call = from(&app, &token, DESK);
    let reply = call.post("/v1/tags", &json!({"name": "X"})).await;
    reply.problem(401, "unauthorized");
    let call = from(&app, &token, DESK);
    let reply = call.post("/v1/auth/logout-all", &json!({})).await;
    reply.problem(401, "unauthorized");
    // What the body says goes before the cookie.
    let body = json!({"refresh_token": "mhr_other"});
    let reply = from(&app, &token, "").post("/v1/auth/refresh", &body).await;
    reply.problem(401, "invalid_credentials");
    refresh(from(&app, &token, DESK)).await.expect(200);
}

/// Checks that pages of these origins may neither go on nor sign out, and that their trying has
/// done nothing.
async fn are_refused(app: &TestApp, origins: &[&str], ours: &str) {
    let (token, _) = cookie(&login(app).await);
    for origin in origins {
        for path in ["/v1/auth/refresh", "/v1/auth/logout"] {
            let reply = from(app, &token, origin).post(path, &json!({})).await;
            reply.problem(403, "forbidden");
            assert_eq!(reply.header("set-cookie"), "", "{reply}");
        }
    }
    refresh(from(app, &token, ours)).await.expect(200);
}

async fn only_pages_of_ours_may_use_it(kind: Kind) {
    let app = start(kind, |settings| {
        settings.auth.cookie_origins = vec![DESK.to_owned(), "http://localhost:3000".to_owned()];
    })
    .await;
    app.account("jane", Role::Editor, None).await;
    let foreign = [
        "",
        "null",
        "https://evil.example",
        "https://desk.example.org.evil.example",
        "https://evil-desk.example.org",
        "https://a.desk.example.org",
        "https://example.org",
        "http://desk.example.org",
        "https://desk.example.org:8443",
        "https://desk.example.org/",
        "https://desk.example.org, https://evil.example",
        "https://DESK.example.org",
        "//desk.example.org",
        "desk.example.org",
        "https://localhost:3000",
        "http://localhost",
        "file://",
        "*",
    ];
    are_refused(&app, &foreign, "http://localhost:3000").await;
    // Our own host, as it is called by.
    let (token, _) = cookie(&login(&app).await);
    let host = app.host();
    refresh(from(&app, &token, &format!("http://{host}")))
        .await
        .expect(200);
    let (token, _) = cookie(&login(&app).await);
    for line in [
        "Origin: https://evil.example",
        "Origin: http://evil.example:80",
    ] {
        let request = format!(
            "POST /v1/auth/refresh HTTP/1.1\r\nHost: desk.example.org\r\n{line}\r\n\
             Cookie: {NAME}={token}\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        let answer = app.raw(request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }
}

async fn pages_of_the_public_url_may_use_it(kind: Kind) {
    let app = start(kind, |settings| {
        settings.server.public_url = "https://api.example.org/cms".to_owned();
    })
    .await;
    app.account("jane", Role::Editor, None).await;
    let host = format!("http://{}", app.host());
    let foreign = [
        host.as_str(),
        "https://example.org",
        DESK,
        "https://api.example.org:444",
    ];
    are_refused(&app, &foreign, "https://api.example.org").await;
}

async fn no_secure_cookie_where_the_settings_say_so(kind: Kind) {
    let app = start(kind, |settings| settings.auth.cookie_secure = false).await;
    app.account("jane", Role::Editor, None).await;
    let reply = login(&app).await;
    let (token, attributes) = cookie(&reply);
    assert!(!attributes.contains(&"Secure".to_owned()), "{reply}");
    assert!(reply.header("set-cookie").starts_with("masthead_refresh="));
    let origin = format!("http://{}", app.host());
    let call = app.anonymous().with("Origin", &origin);
    let call = call.with("Cookie", &format!("masthead_refresh={token}"));
    refresh(call).await.expect(200);
}

/// A preflight from a page of this origin.
async fn preflight(app: &TestApp, origin: &str) -> Reply {
    app.anonymous()
        .with("Origin", origin)
        .with("Access-Control-Request-Method", "POST")
        .with(
            "Access-Control-Request-Headers",
            "content-type, authorization",
        )
        .options("/v1/auth/refresh")
        .await
}

/// Checks what CORS says to this origin: on preflights, answers, problems and refusals.
async fn cors_says(app: &TestApp, origin: &str, allowed: &str, credentials: &str) {
    let from = || app.anonymous().with("Origin", origin);
    let replies = [
        preflight(app, origin).await,
        from().get("/v1/tags").await.expect(200),
        from().get("/v1/me").await.expect(401),
        from().get("/nope").await.expect(404),
        from().bearer("x").get("/v1/tags").await.expect(401),
        from().post("/v1/auth/login", &json!({})).await.expect(422),
        from()
            .send(Method::DELETE, "/v1/tags", Vec::new())
            .await
            .expect(405),
    ];
    for reply in replies {
        assert_eq!(
            reply.header("access-control-allow-origin"),
            allowed,
            "{reply}"
        );
        assert_eq!(
            reply.header("access-control-allow-credentials"),
            credentials,
            "{reply}"
        );
        assert!(reply.header("vary").contains("Origin"), "{reply}");
    }
}

async fn cors_allows_credentials_to_origins_of_the_setting(kind: Kind) {
    let app = start(kind, |settings| {
        settings.auth.cookie_origins = vec![DESK.to_owned()];
    })
    .await;
    cors_says(&app, DESK, DESK, "true").await;
    for other in [
        "https://evil.example",
        "https://desk.example.org.evil.example",
        "https://a.desk.example.org",
        "http://desk.example.org",
        "https://desk.example.org:8443",
        "null",
    ] {
        cors_says(&app, other, "*", "").await;
    }
    let reply = app.anonymous().get("/v1/tags").await.expect(200);
    assert_eq!(reply.header("access-control-allow-credentials"), "");
    let reply = preflight(&app, DESK).await.expect(200);
    let allowed = reply.header("access-control-allow-headers").to_lowercase();
    for name in ["content-type", "authorization"] {
        assert!(allowed.contains(name), "{reply}");
    }
}

async fn cors_allows_them_where_only_some_origins_are_allowed(kind: Kind) {
    const SITE: &str = "https://www.example.org";
    let app = start(kind, |settings| {
        settings.auth.cookie_origins = vec![DESK.to_owned()];
        settings.cors.allowed_origins = vec![SITE.to_owned()];
    })
    .await;
    cors_says(&app, DESK, DESK, "true").await;
    cors_says(&app, SITE, SITE, "").await;
    for other in ["https://evil.example", "https://a.desk.example.org", "null"] {
        cors_says(&app, other, "", "").await;
    }
}

#[test]
fn the_setting_takes_origins_only() {
    let folder = crate::support::program::folder();
    for odd in [
        "https://desk.example.org/",
        "https://desk.example.org/admin",
        "https://DESK.example.org",
        "https://desk.example.org:443",
        "*",
        "null",
        "desk.example.org",
    ] {
        let text = format!("[auth]\ncookie_origins = [\"{odd}\"]\n");
        std::fs::write(folder.path().join("masthead.toml"), text).unwrap();
        let output = crate::support::program::run(&folder, &["config"]);
        let line = crate::support::program::fails(&output);
        assert!(line.contains("auth.cookie_origins"), "{odd}: {line}");
    }
}
