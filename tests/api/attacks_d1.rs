//! Attacks that succeeded against other services, each tried against ours. The query language
//! comes first: it must be no oracle for what the caller may not read.
//!
//! | attack | where it is tried |
//! |---|---|
//! | 1 to 7, 11, 12: filters, sorts, cursors, aliases, aggregates, empty lists, formats | here |
//! | 8 to 10: search, people, hidden things | `attacks_d1_hidden` |
//! | 13 to 19: injection | `attacks_d2` |
//! | 20 to 23, 25, 26 to 29, 31 to 33: access, mass assignment | `attacks_d3` |
//! | 33: secrets in logs | `secrets` |
//! | 35, 36: tokens | `attacks_d4_tokens` |
//! | 37 to 42, 47: sessions, passwords, links, limits | `attacks_d4_accounts` |
//! | 44 to 46: redirects, other sites' pages, caches | `attacks_d4_web`, `session_cookie` |
//! | 7: aggregates | there are none; the parameters are refused |
//! | 12: exports and feeds | wait for them; formats other than JSON are refused |
//! | 18: files with a name of the caller's | waits for media and exports |
//! | 22, 23: comments, copies, previews, history | wait for them; sub-resources that are there are tried |
//! | 24: media of what is hidden | waits for media |
//! | 25: changes of many at once | waits for them |
//! | 30: WebSocket and events | wait for them |
//! | 34: actions without a caller, shares | wait for them; every write needs a caller (`keys`) |
//! | 39: second factors | wait for them |
//! | 43: single sign-on | belongs to it |

use masthead::auth::Role;
use serde_json::{Value, json};

use crate::support::accounts::User;
use crate::support::{Caller, TestApp};

on_both!(
    d1_01_no_filter_reaches_an_account,
    d1_02_no_other_parameter_filters,
    d1_05_no_sort_by_what_is_hidden,
    d1_05_a_cursor_tells_nothing_and_is_bound,
    d1_06_no_alias_and_no_field_of_an_account,
    d1_11_an_empty_list_is_not_everything,
    d1_12_no_format_goes_round_the_checks,
);

/// What nobody may ask lists of content about.
const PRIVATE: [&str; 34] = [
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
async fn audiences(app: &TestApp) -> Vec<(&'static str, String)> {
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
fn call<'a>(app: &'a TestApp, token: &str) -> Caller<'a> {
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
            app.publish(article["id"].as_str().unwrap()).await;
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

async fn d1_05_a_cursor_tells_nothing_and_is_bound(app: TestApp) {
    seed(&app).await;
    for number in 0..3 {
        app.create_published(json!({"title": format!("Plainly {number}")}))
            .await;
        app.create_article(json!({"title": format!("Hidden {number}")}))
            .await;
    }
    let next = async |caller: Caller<'_>, path: &str| {
        let reply = caller.get(path).await.expect(200);
        reply.json()["page"]["next"].as_str().unwrap().to_owned()
    };
    let path = "/v1/articles?limit=1&sort=title";
    let public = next(app.anonymous(), path).await;
    let editors = next(app.reader(), path).await;
    {
        use base64::Engine as _;
        let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let text = engine.decode(public.as_bytes()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).to_lowercase();
        for inside in ["hidden", "secret", "select", "sort"] {
            assert!(!text.contains(inside), "{text}");
        }
    }
    // It is for the side and the list that gave it.
    let contributor = app.user(Role::Contributor).await;
    for (caller, cursor) in [
        (app.anonymous(), &editors),
        (app.reader(), &public),
        (app.as_user(&contributor), &public),
    ] {
        let reply = caller.get(&format!("{path}&cursor={cursor}")).await;
        reply.problem(400, "invalid_cursor");
    }
    for other in [
        "/v1/articles?limit=1&sort=-title",
        "/v1/articles?limit=1",
        "/v1/articles?limit=1&sort=title&tag=sea",
        "/v1/articles?limit=1&sort=title&q=plainly",
        "/v1/tags/sea/articles?limit=1&sort=title",
        "/v1/tags?limit=1",
    ] {
        let reply = app
            .anonymous()
            .get(&format!("{other}&cursor={public}"))
            .await;
        reply.problem(400, "invalid_cursor");
    }
    for at in [0, public.len() / 2, public.len() - 1] {
        let mut changed = public.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let reply = app
            .anonymous()
            .get(&format!("{path}&cursor={changed}"))
            .await;
        reply.problem(400, "invalid_cursor");
    }
    for odd in ["", "x", "{}", "%00", "eyJpZCI6MX0", &"A".repeat(5_000)] {
        let reply = app.anonymous().get(&format!("{path}&cursor={odd}")).await;
        reply.problem(400, "invalid_cursor");
    }
    // An editor's cursor gives a contributor their own articles and no others.
    let reply = app
        .as_user(&contributor)
        .get(&format!("{path}&cursor={editors}"))
        .await;
    assert!(reply.expect(200).data().is_empty());
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
        "deleted_at",
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

async fn d1_11_an_empty_list_is_not_everything(app: TestApp) {
    seed(&app).await;
    for (who, token) in audiences(&app).await {
        for query in [
            "tag=",
            "tag=,",
            "tag=,,sea",
            "author=",
            "locale=",
            "section=",
            "q=",
            "q=%20",
            "filter=",
            "filter=%20",
            "filter=()",
            "sort=",
            "fields=",
            "include=",
            "featured=",
            "published_after=",
            "limit=",
            "page=",
            "total=",
            "tag[]=",
            "tag[]=sea",
            "cursor=",
        ] {
            let reply = call(&app, &token)
                .get(&format!("/v1/articles?{query}"))
                .await;
            assert_eq!(reply.status, 400, "{who} {query}: {reply}");
        }
        for path in [
            "/v1/tags?kind=",
            "/v1/tags?parent=",
            "/v1/tags?filter=",
            "/v1/authors?filter=",
        ] {
            let reply = call(&app, &token).get(path).await;
            assert_eq!(reply.status, 400, "{who} {path}: {reply}");
        }
        // What names nothing finds nothing.
        for query in [
            "tag=unknown",
            "author=unknown",
            "section=unknown",
            "locale=zz",
            "tag=unknown,other",
        ] {
            let reply = call(&app, &token)
                .get(&format!("/v1/articles?{query}&total=true"))
                .await;
            let reply = reply.expect(200);
            assert!(reply.data().is_empty(), "{who} {query}: {reply}");
            assert_eq!(reply.json()["page"]["total"], 0, "{who}: {reply}");
        }
    }
    for query in ["role=", "role=,", "status="] {
        let reply = app.admin().get(&format!("/v1/users?{query}")).await;
        reply.problem(400, "invalid_parameter");
    }
}

async fn d1_12_no_format_goes_round_the_checks(app: TestApp) {
    seed(&app).await;
    for (name, value) in [
        ("format", "csv"),
        ("export", "csv"),
        ("_format", "xml"),
        ("accept", "text/csv"),
    ] {
        for filter in ["status=draft", "email=x"] {
            let pairs = [(name, value), ("filter", filter)];
            let reply = app.anonymous().query("/v1/articles", &pairs).await;
            reply.problem(400, "invalid_parameter");
        }
    }
    for kind in [
        "text/csv",
        "application/xml",
        "application/rss+xml",
        "text/html",
    ] {
        for path in ["/v1/articles", "/v1/authors", "/v1/tags"] {
            let reply = app.anonymous().with("Accept", kind).get(path).await;
            reply.problem(406, "not_acceptable");
        }
    }
    for path in [
        "/v1/articles.csv",
        "/v1/articles.json",
        "/v1/articles/export",
        "/v1/users.json",
        "/v1/feed",
        "/wp-json/wp/v2/users",
        "/graphql",
        "/admin",
        "/.env",
        "/v1/articles/.csv",
    ] {
        app.anonymous().get(path).await.problem(404, "not_found");
    }
}
