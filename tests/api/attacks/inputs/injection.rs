//! Attacks by injection: into SQL, filters, mails, logs and headers. `attacks` says which
//! attack is tried where.

use masthead::auth::Role;
use serde_json::json;

use crate::support::TestApp;
use crate::support::workflow::path;

on_both!(
    d2_13_no_list_of_slugs_is_sql,
    d2_14_no_text_is_sql,
    d2_14_no_path_is_sql,
    d2_15_no_operator_runs_anything,
);

/// Texts that would be SQL if they were not bound.
const SQL: [&str; 14] = [
    "'",
    "\"",
    "\\",
    "`",
    "');--",
    "x' OR '1'='1",
    "x\" OR \"1\"=\"1",
    "'; DROP TABLE users; --",
    "') UNION SELECT password_hash FROM users --",
    "%' OR 1=1 --",
    "$1",
    "?1",
    ":x",
    "x' || pg_sleep(5) || '",
];

pub async fn seed(app: &TestApp) {
    app.tag("Sea").create().await;
    app.author("Jane").create().await;
    app.create_published(json!({"title": "Open", "tags": ["sea"], "section": "world"}))
        .await;
    app.article("Hidden").create().await;
}

/// Checks that all is still there.
pub async fn is_whole(app: &TestApp) {
    let reply = app
        .reader()
        .get("/v1/articles?total=true&sort=title")
        .await
        .expect(200);
    assert_eq!(reply.each("title"), ["Hidden", "Open"]);
    assert_eq!(
        app.anonymous().get("/v1/articles").await.each("title"),
        ["Open"]
    );
    app.admin().get("/v1/users").await.expect(200);
}

async fn d2_13_no_list_of_slugs_is_sql(app: TestApp) {
    seed(&app).await;
    for text in SQL {
        for list in [
            text.to_owned(),
            format!("sea,{text}"),
            format!("{text},sea"),
        ] {
            for name in ["tag", "author", "section", "locale"] {
                for call in [app.anonymous(), app.reader()] {
                    let reply = call.query("/v1/articles", &[(name, &list)]).await;
                    reply.problem(400, "invalid_parameter");
                }
            }
        }
        for filter in [
            format!("slug:['x',\"{text}\"]"),
            format!("tag:[{text}]"),
            format!("slug in ({text})"),
        ] {
            let reply = app
                .anonymous()
                .query("/v1/articles", &[("filter", &filter)])
                .await;
            reply.problem(400, "invalid_parameter");
        }
    }
    is_whole(&app).await;
}

async fn d2_14_no_text_is_sql(app: TestApp) {
    seed(&app).await;
    for text in SQL {
        let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
        for call in [app.anonymous(), app.reader()] {
            for filter in [
                format!("title=\"{quoted}\""),
                format!("tag:\"{quoted}\""),
                format!("author:\"{quoted}\""),
                format!("section=\"{quoted}\" OR slug=\"{quoted}\""),
            ] {
                let pairs = [("filter", filter.as_str()), ("total", "true")];
                let reply = call.clone().query("/v1/articles", &pairs).await.expect(200);
                assert!(reply.data().is_empty(), "{reply}");
            }
            let pairs = [("q", text), ("total", "true")];
            let reply = call.clone().query("/v1/articles", &pairs).await;
            assert!(reply.status == 400 || reply.data().is_empty(), "{reply}");
            for name in [
                "sort", "fields", "include", "cursor", "limit", "page", "total", "featured",
            ] {
                let reply = call.clone().query("/v1/articles", &[(name, text)]).await;
                assert_eq!(reply.status, 400, "{reply}");
            }
        }
        let reply = app
            .admin()
            .query("/v1/users", &[("q", text)])
            .await
            .expect(200);
        assert!(reply.data().is_empty(), "{reply}");
        // What is written is what is read.
        let body = json!({"title": text, "metadata": {text: text}, "seo": {"title": text}});
        let made = app
            .editor()
            .post("/v1/articles", &body)
            .await
            .expect(201)
            .json();
        assert_eq!(
            (&made["title"], &made["metadata"][text]),
            (&json!(text), &json!(text))
        );
        let path = path(&made);
        app.editor().remove(&path).await.expect(204);
    }
    is_whole(&app).await;
}

async fn d2_14_no_path_is_sql(app: TestApp) {
    seed(&app).await;
    let user = app.user(Role::Editor).await;
    for sql in SQL {
        let text: String =
            percent_encoding::utf8_percent_encode(sql, percent_encoding::NON_ALPHANUMERIC)
                .to_string();
        for path in ["/v1/articles/", "/v1/tags/", "/v1/authors/", "/v1/users/"] {
            let reply = app.admin().get(&format!("{path}{text}")).await;
            reply.problem(404, "not_found");
        }
        let reply = app
            .as_user(&user)
            .delete(&format!("/v1/auth/sessions/{text}"))
            .await;
        reply.problem(404, "not_found");
        let reply = app
            .anonymous()
            .get(&format!("/v1/redirects?path=/{text}"))
            .await;
        // What no path may hold is not looked for.
        let is_path = !sql.contains(['\\', ' ', '?']);
        reply.expect(if is_path { 404 } else { 400 });
        let reply = app
            .anonymous()
            .get(&format!("/v1/articles/open?locale={text}"))
            .await;
        reply.problem(400, "invalid_parameter");
        for email in [
            format!("{text}@example.org"),
            format!("jane'--{text}@example.org"),
        ] {
            let reply = app.login(&email, "x").await;
            // What stands before the @ has 64 bytes at most.
            let is_address = email.find('@').unwrap() <= 64;
            reply.expect(if is_address { 401 } else { 422 });
        }
    }
    is_whole(&app).await;
}

async fn d2_15_no_operator_runs_anything(app: TestApp) {
    seed(&app).await;
    for filter in [
        "$func=system",
        "title=$func(\"id\")",
        "title=`id`",
        "title={{7*7}}",
        "title=${7*7}",
        "title=#{7*7}",
        "load_extension(\"x\")=1",
        "pg_read_file(\"/etc/passwd\")=x",
        "title=readfile(\"/etc/passwd\")",
        "title MATCH \"x\"",
        "title REGEXP \"(a+)+$\"",
        "title=\"a\" UNION SELECT 1",
        "title=a;title=b",
        "1=1",
        "true",
        "title",
        "=x",
        "title==x",
        "title<>x",
        "title!=x AND",
        "((((",
        "NOT",
        "NOT NOT",
        "title=\"",
        "{\"$where\":\"1\"}",
    ] {
        for call in [app.anonymous(), app.reader()] {
            let reply = call.query("/v1/articles", &[("filter", filter)]).await;
            // What is a word like any other finds nothing.
            let nothing = reply.status == 200 && reply.data().is_empty();
            assert!(nothing || reply.status == 400, "{filter}: {reply}");
        }
    }
    // Deep nesting is refused before it costs anything.
    let deep = format!("{}title=x{}", "(".repeat(900), ")".repeat(900));
    let reply = app
        .anonymous()
        .query("/v1/articles", &[("filter", &deep)])
        .await;
    reply.problem(400, "invalid_parameter");
    let long = vec!["title=x"; 1_000].join(" OR ");
    let reply = app
        .anonymous()
        .query("/v1/articles", &[("filter", &long)])
        .await;
    reply.problem(400, "invalid_parameter");
    is_whole(&app).await;
}
