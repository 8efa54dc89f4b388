//! Attacks by the query language: it must be no oracle for what the caller may not read. `attacks`
//! says which attack is tried where.

use masthead::auth::Role;
use serde_json::{Value, json};

use crate::support::accounts::User;
use crate::support::{Caller, Resource as _, TestApp};

on_both!(
    d1_01_no_filter_reaches_an_account,
    d1_02_no_other_parameter_filters,
    d1_05_no_sort_by_what_is_hidden,
    d1_06_no_alias_and_no_field_of_an_account,
);

/// What nobody may ask lists of content about.
const PRIVATE: [&str; 35] = [
    "password",
    "password_hash",
    "author.password",
    "author.password_hash",
    "author.email",
    "authors.email",
    "author.user",
    "author.user.email",
    "user",
    "user_id",
    "user.email",
    "users.email",
    "users.password_hash",
    "created_by",
    "created_by.email",
    "updated_by",
    "updated_by.resetPasswordToken",
    "t1.password_hash",
    "t0.email",
    "articles.body_source",
    "article_contents.body_source",
    "body_source",
    "body.source",
    "search_text",
    "seo",
    "metadata",
    "translation_group",
    "deleted_at",
    "sessions.id",
    "refresh_tokens.hash",
    "key_secrets.hash",
    "secrets.value",
    "signing_keys.seed",
    "card",
    "rowid",
];

/// Somebody of every kind that lists answer.
pub async fn audiences(app: &TestApp) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("nobody", String::new()),
        ("key", crate::support::key_of("reader")),
    ];
    for role in [Role::Viewer, Role::Contributor, Role::Author] {
        all.push((role.name(), app.user(role).await.access));
    }
    all
}

/// Calls as one of them.
pub fn call<'a>(app: &'a TestApp, token: &str) -> Caller<'a> {
    if token.is_empty() {
        app.anonymous()
    } else {
        app.bearer(token)
    }
}

/// Content with secrets in all that is private.
pub async fn seed(app: &TestApp) -> User {
    let admin = app.named_user("secret-admin", Role::Admin).await;
    let as_admin = |path: &'static str, body: Value| {
        let call = app.as_user(&admin);
        async move { call.post(path, &body).await.expect(201).json() }
    };
    as_admin(
        "/v1/authors",
        json!({"name": "Jane", "email": "secret.mail@example.org"}),
    )
    .await;
    as_admin("/v1/tags", json!({"name": "Sea"})).await;
    as_admin("/v1/tags", json!({"name": "Secretag", "kind": "internal"})).await;
    for (title, publish) in [("Open", true), ("Secretitle", false)] {
        let article = as_admin(
            "/v1/articles",
            json!({
                "title": title, "tags": ["sea", "secretag"], "authors": [{"author": "jane"}],
                "body": {"source": "A [link](https://secretsource.example \"x\")."},
                "section": "world",
            }),
        )
        .await;
        if publish {
            app.publish(article.id()).await;
        }
    }
    admin
}

const LISTS: [&str; 5] = [
    "/v1/articles",
    "/v1/tags",
    "/v1/authors",
    "/v1/tags/sea/articles",
    "/v1/authors/jane/articles",
];

/// Content, an admin's id, and people who ask.
struct Stage {
    admin: String,
    people: Vec<(&'static str, String)>,
}

impl Stage {
    async fn of(app: &TestApp) -> Self {
        let admin = seed(app).await.id;
        let people = audiences(app).await;
        Self { admin, people }
    }

    /// Checks that lists refuse a parameter, and tell nothing of what is in the database.
    async fn refuses(&self, app: &TestApp, name: &str, value: &str) {
        let asked = format!("{name} {value}").to_lowercase();
        for (who, token) in &self.people {
            for path in LISTS {
                let pairs = [(name, value), ("total", "true")];
                let reply = call(app, token).query(path, &pairs).await;
                assert_eq!(reply.status, 400, "{who}: {reply}");
                let text = String::from_utf8_lossy(&reply.body).to_lowercase();
                for secret in [
                    "$argon2",
                    "secretag",
                    "secretitle",
                    "secret.mail",
                    &self.admin,
                ] {
                    let asked = asked.contains(secret);
                    assert!(asked || !text.contains(secret), "{who} {secret}: {reply}");
                }
                for inside in ["sql", "postgres", "table ", "syntax error", "users."] {
                    let asked = asked.contains(inside);
                    assert!(asked || !text.contains(inside), "{inside}: {reply}");
                }
            }
        }
    }
}

async fn d1_01_no_filter_reaches_an_account(app: TestApp) {
    let stage = Stage::of(&app).await;
    for name in PRIVATE {
        for filter in [
            format!("{name}=x"),
            format!("NOT {name}:x"),
            format!("slug=a OR ({name}>\"$\")"),
        ] {
            stage.refuses(&app, "filter", &filter).await;
        }
    }
    for filter in [
        "(SELECT password_hash FROM users)=x",
        "slug=(SELECT email FROM users)",
        "slug=a) OR 1=1 --",
        "title LIKE \"%\"",
        "title~\"^a\"",
        "author[password]:x",
        "$where=1",
    ] {
        stage.refuses(&app, "filter", filter).await;
    }
    // What staff may ask, the public may not.
    for (path, filter) in [
        ("/v1/articles", "status=draft"),
        ("/v1/articles", "created_at>\"2020-01-01T00:00:00Z\""),
        ("/v1/authors", "email=\"secret.mail@example.org\""),
        ("/v1/authors", "created_at>\"2020-01-01T00:00:00Z\""),
        ("/v1/tags", "visibility=internal"),
    ] {
        let reply = app.anonymous().query(path, &[("filter", filter)]).await;
        reply.refuses(
            400,
            "invalid_parameter",
            &[("filter", "filter_unknown_field")],
        );
        app.reader()
            .query(path, &[("filter", filter)])
            .await
            .expect(200);
    }
}

async fn d1_02_no_other_parameter_filters(app: TestApp) {
    let stage = Stage::of(&app).await;
    for (name, value) in [
        // 1, 2 and 4: by the names of other services.
        ("filter[author][password][starts_with]", "$argon2"),
        ("filters[created_by][email][$startsWith]", "s"),
        ("where[updatedBy][resetPasswordToken][$startsWith]", "a"),
        ("where", "{\"password_hash\":{\"startsWith\":\"$\"}}"),
        ("lookup[updatedBy][password]", "x"),
        ("_q", "secret"),
        ("_where", "x"),
        ("populate", "created_by"),
        ("populate[created_by][fields]", "password"),
        ("search", "secret"),
        ("context", "edit"),
        ("_fields", "email"),
        // 3: by an alias of a table.
        ("t1.password", "x"),
        ("users.email", "x"),
        ("author.email", "secret.mail@example.org"),
        ("created_by", &stage.admin),
        ("password_hash", "x"),
        ("Filter", "slug=a"),
        ("filter ", "slug=a"),
        ("SORT", "name"),
        // 7: aggregates.
        ("aggregate[min]", "password_hash"),
        ("aggregate[max]", "email"),
        ("groupBy[]", "password_hash"),
        ("group_by", "created_by"),
        ("distinct", "email"),
        ("having", "x"),
        ("deep[author][_filter][email]", "x"),
    ] {
        stage.refuses(&app, name, value).await;
    }
    // On single resources too.
    for path in [
        "/v1/articles/open",
        "/v1/tags/sea",
        "/v1/authors/jane",
        "/v1/redirects",
        "/v1/me",
    ] {
        for name in [
            "filter", "where", "context", "populate", "sort", "search", "id",
        ] {
            let reply = app.reader().query(path, &[(name, "x")]).await;
            reply.problem(400, "invalid_parameter");
        }
    }
}

async fn d1_05_no_sort_by_what_is_hidden(app: TestApp) {
    let stage = Stage::of(&app).await;
    for name in PRIVATE {
        stage.refuses(&app, "sort", name).await;
        stage.refuses(&app, "sort", &format!("-{name}")).await;
    }
    for sort in [
        "name,password_hash",
        "(CASE WHEN 1=1 THEN name END)",
        "name COLLATE NOCASE",
        "1",
        "name;--",
        "random()",
        "name asc",
    ] {
        stage.refuses(&app, "sort", sort).await;
    }
    for (path, sort) in [
        ("/v1/articles", "created_at"),
        ("/v1/authors", "created_at"),
        ("/v1/tags", "-created_at"),
    ] {
        let reply = app.anonymous().query(path, &[("sort", sort)]).await;
        reply.problem(400, "invalid_parameter");
    }
    for sort in [
        "password_hash",
        "role",
        "status",
        "last_login_at",
        "users.email",
        "author_id",
    ] {
        let reply = app.admin().query("/v1/users", &[("sort", sort)]).await;
        reply.problem(400, "invalid_parameter");
    }
}

async fn d1_06_no_alias_and_no_field_of_an_account(app: TestApp) {
    let stage = Stage::of(&app).await;
    for fields in [
        "password_hash",
        "user",
        "users.email",
        "authors.email",
        "authors.user",
        "created_by.email",
        "updated_by.name",
        "body_source",
        "search_text",
        "card",
        "related.status",
        "related.body",
        "x:password_hash",
        "password_hash as slug",
        "alias[x]=password_hash",
        "*",
        "**",
        "authors.*",
        "__proto__",
        "slug;password_hash",
        "slug,,password_hash",
    ] {
        stage.refuses(&app, "fields", fields).await;
    }
    stage.refuses(&app, "alias[x]", "password_hash").await;
    for include in [
        "created_by",
        "updated_by",
        "user",
        "users",
        "author.user",
        "authors.articles",
        "sessions",
        "keys",
        "related.related",
        "body.source",
        "versions",
        "*",
    ] {
        stage.refuses(&app, "include", include).await;
    }
    for (path, fields) in [
        ("/v1/articles/open", "body.source"),
        ("/v1/articles/open", "status"),
        ("/v1/articles/open", "created_by"),
        ("/v1/articles/open", "aliases"),
        ("/v1/authors/jane", "email"),
        ("/v1/authors/jane", "created_by"),
        ("/v1/tags/sea", "visibility"),
        ("/v1/tags/sea", "created_by"),
    ] {
        let reply = app.anonymous().query(path, &[("fields", fields)]).await;
        reply.problem(400, "invalid_parameter");
    }
}
