//! Lists of accounts, and whom they are for.

use chrono::Duration;
use masthead::auth::Role;
use serde_json::json;

use crate::accounts::users::create;
use crate::support::TestApp;

on_both!(lists_of_accounts, accounts_are_for_those_who_manage_them,);

async fn lists_of_accounts(app: TestApp) {
    for (index, (name, role)) in [
        ("Zoë", "admin"),
        ("anna_b", "editor"),
        ("Bert%", "author"),
        ("Cara", "viewer"),
        ("Dora", "viewer"),
    ]
    .into_iter()
    .enumerate()
    {
        app.advance(Duration::seconds(1));
        let email = format!(
            "{}{index}@example.org",
            (b'e' - u8::try_from(index).unwrap()) as char
        );
        create(
            app.admin(),
            json!({"email": email, "name": name, "role": role}),
        )
        .await;
    }
    let list = async |query: &str| {
        let reply = app
            .admin()
            .get(&format!("/v1/users{query}"))
            .await
            .expect(200);
        reply.each("name")
    };
    let by_name = ["Bert%", "Cara", "Dora", "Zoë", "anna_b"];
    assert_eq!(list("").await, by_name);
    assert_eq!(
        list("?sort=email").await,
        ["Dora", "Cara", "Bert%", "anna_b", "Zoë"]
    );
    assert_eq!(list("?sort=-created_at&limit=2").await, ["Dora", "Cara"]);
    assert_eq!(list("?role=viewer,admin").await, ["Cara", "Dora", "Zoë"]);
    assert_eq!(
        list("?role=viewer&role=author&q=r").await,
        ["Bert%", "Cara", "Dora"]
    );
    assert_eq!(list("?status=suspended").await, [""; 0]);
    assert_eq!(
        list("?role=viewer&q=zo").await,
        [""; 0],
        "both conditions hold"
    );
    for (q, expected) in [
        ("BERT", vec!["Bert%"]),
        ("%25", vec!["Bert%"]),
        ("_", vec!["anna_b"]),
        ("E0@EXAMPLE", vec!["Zoë"]),
        ("zo%C3%AB", vec!["Zoë"]),
        ("%5C", vec![]),
        ("%27%20OR%201=1%20--", vec![]),
    ] {
        assert_eq!(list(&format!("?q={q}")).await, expected, "{q}");
    }
    // By cursor, there and back, and by page; with a total.
    let (mut seen, mut query) = (Vec::new(), "?limit=2&total=true".to_owned());
    loop {
        let reply = app
            .admin()
            .get(&format!("/v1/users{query}"))
            .await
            .expect(200);
        seen.extend(reply.each("name"));
        assert_eq!(reply.json()["page"]["total"], 5);
        match reply.json()["page"]["next"].as_str() {
            Some(next) => query = format!("?limit=2&total=true&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, by_name);
    assert_eq!(list("?limit=2&page=2").await, ["Dora", "Zoë"]);
    let reply = app.admin().get("/v1/users?limit=1").await;
    let cursor = reply.json()["page"]["next"].as_str().unwrap().to_owned();
    for other in ["sort=email", "role=viewer", "q=a", "status=active"] {
        let reply = app
            .admin()
            .get(&format!("/v1/users?{other}&cursor={cursor}"))
            .await;
        reply.problem(400, "invalid_cursor");
    }
    for (query, place) in [
        ("role=owner", "role"),
        ("status=gone", "status"),
        ("q=", "q"),
        ("sort=password_hash", "sort"),
        ("sort=role", "sort"),
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=101", "limit"),
        ("limit=99999999999", "limit"),
        ("filter=email=x", "filter"),
        ("fields=password_hash", "fields"),
        ("include=sessions", "include"),
        ("password_hash=x", "password_hash"),
        ("email=x", "email"),
        ("email[$ne]=", "email[$ne]"),
    ] {
        let reply = app.admin().get(&format!("/v1/users?{query}")).await;
        reply.problem(400, "invalid_parameter");
        assert_eq!(reply.field_errors()[0].0, place, "{reply}");
    }
}

async fn accounts_are_for_those_who_manage_them(app: TestApp) {
    let body = json!({"email": "x@example.org", "name": "X", "role": "viewer"});
    let target = app.named_user("target", Role::Viewer).await;
    let mut tokens = vec![
        crate::support::key_of("reader"),
        crate::support::key_of("editor"),
    ];
    for role in [Role::Editor, Role::Author, Role::Contributor, Role::Viewer] {
        tokens.push(app.user(role).await.access);
    }
    // Whether the account is there is not told.
    for path in [
        target.path(),
        "/v1/users/00000000-0000-7000-8000-000000000000".to_owned(),
    ] {
        for token in &tokens {
            let call = || app.bearer(token).if_match("*");
            call().get("/v1/users").await.problem(403, "forbidden");
            call()
                .post("/v1/users", &body)
                .await
                .problem(403, "forbidden");
            call().get(&path).await.problem(403, "forbidden");
            call()
                .patch(&path, &json!({"role": "admin"}))
                .await
                .problem(403, "forbidden");
            call().put(&path, &body).await.problem(403, "forbidden");
            call().delete(&path).await.problem(403, "forbidden");
            let link = format!("{path}/password-link");
            call()
                .post(&link, &json!({}))
                .await
                .problem(403, "forbidden");
        }
        app.anonymous()
            .get(&path)
            .await
            .problem(401, "unauthorized");
    }
    let admin = app.user(Role::Admin).await;
    app.as_user(&admin).get("/v1/users").await.expect(200);
}
