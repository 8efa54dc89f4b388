//! Attacks on access control and by more members than there are. `attacks` says which attack
//! is tried where.

use masthead::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::accounts::{PASSWORD, User};
use crate::support::{Resource as _, TestApp};

on_both!(
    d3_20_the_id_of_the_path_is_the_only_one,
    d3_21_no_write_takes_what_the_server_sets,
    d3_21_a_patch_takes_no_more_than_a_put,
    d3_22_an_action_needs_the_right_on_its_article,
    d3_33_no_answer_holds_a_secret,
);

pub async fn mine(app: &TestApp, user: &User, title: &str) -> Value {
    let body = json!({"title": title, "body": {"source": "Text."}});
    app.as_user(user)
        .post("/v1/articles", &body)
        .await
        .expect(201)
        .json()
}

pub fn path(article: &Value) -> String {
    format!("/v1/articles/{}", article.id())
}

async fn d3_20_the_id_of_the_path_is_the_only_one(app: TestApp) {
    let author = app.user(Role::Author).await;
    let own = mine(&app, &author, "Mine").await;
    let other = app.article("Other").publish().await;
    let call = || app.as_user(&author);
    for odd in ["?id=", "?article=", "?_id=", "?slug="] {
        let id = own.id();
        let to = format!("{}{odd}{id}", path(&other));
        call()
            .change(&to, &json!({"title": "Taken"}))
            .await
            .problem(400, "invalid_parameter");
        call().remove(&to).await.problem(400, "invalid_parameter");
    }
    for body in [
        json!({"id": own["id"], "title": "T"}),
        json!({"slug": "other", "id": "x"}),
    ] {
        let reply = call().change(&path(&other), &body).await;
        reply.problem(403, "forbidden");
    }
    let id = other.id();
    for odd in [
        format!("{id}abc"),
        format!("{id}%20"),
        format!("{id}%00"),
        format!("%20{id}"),
        format!("{id},{}", own.id()),
        format!("{id}/"),
        format!("{id}.json"),
        format!("{id};x"),
        "0".to_owned(),
        "-1".to_owned(),
        "1e3".to_owned(),
        "[object]".to_owned(),
    ] {
        let reply = call()
            .change(&format!("/v1/articles/{odd}"), &json!({"title": "T"}))
            .await;
        reply.problem(404, "not_found");
    }
    // In capitals it is the same id, and the same refusal.
    let reply = call()
        .change(
            &format!("/v1/articles/{}", id.to_uppercase()),
            &json!({"title": "T"}),
        )
        .await;
    reply.problem(403, "forbidden");
    assert_eq!(
        app.reader().get(&path(&other)).await.json()["title"],
        "Other"
    );
}

/// What only the server sets.
const SERVERS: [&str; 20] = [
    "id",
    "version",
    "live_version",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "status",
    "word_count",
    "reading_minutes",
    "first_published_at",
    "has_unpublished_changes",
    "owner",
    "owner_id",
    "user",
    "user_id",
    "role",
    "permissions",
    "confirmed",
    "deleted_at",
];

async fn d3_21_no_write_takes_what_the_server_sets(app: TestApp) {
    app.tag("Sea").create().await;
    app.author("Jane").create().await;
    app.article("Open").create().await;
    for (list, one, body) in [
        ("/v1/articles", "/v1/articles/open", json!({"title": "X"})),
        ("/v1/tags", "/v1/tags/sea", json!({"name": "X"})),
        ("/v1/authors", "/v1/authors/jane", json!({"name": "X"})),
    ] {
        let before = app.reader().get(one).await.json();
        for name in SERVERS {
            let mut more = body.clone();
            more[name] = json!("x");
            let pointer = format!("/{name}");
            let errors = [(pointer.as_str(), "unknown_field")];
            let call = || app.admin().if_match("*");
            call()
                .post(list, &more)
                .await
                .refuses(422, "invalid_fields", &errors);
            call()
                .put(one, &more)
                .await
                .refuses(422, "invalid_fields", &errors);
            call()
                .patch(one, &more)
                .await
                .refuses(422, "invalid_fields", &errors);
            call().patch(one, &json!({name: {"a": 1}})).await.refuses(
                422,
                "invalid_fields",
                &errors,
            );
        }
        assert_eq!(app.reader().get(one).await.json(), before);
    }
    // A contributor's draft is theirs, whatever they say.
    let contributor = app.user(Role::Contributor).await;
    let own = mine(&app, &contributor, "Mine").await;
    assert_eq!(
        (&own["created_by"], &own["status"]),
        (&json!(contributor.id), &json!("draft"))
    );
}

async fn d3_21_a_patch_takes_no_more_than_a_put(app: TestApp) {
    let contributor = app.user(Role::Contributor).await;
    let own = mine(&app, &contributor, "Mine").await;
    let call = || app.as_user(&contributor).if_match("*");
    for body in [
        json!({"status": "published"}),
        json!({"live_version": 1}),
        json!({"published": true}),
        json!({"first_published_at": "2020-01-01T00:00:00Z"}),
        json!({"__proto__": {"role": "admin"}}),
        json!({"constructor": {"prototype": {}}}),
        json!({"body": {"html": "<script>"}}),
        json!({"body": {"text": "x"}}),
        json!({"authors": [{"author": "x", "email": "y"}]}),
        json!({"tags": [{"name": "New"}]}),
        json!({"related": [{"title": "X"}]}),
        json!({"authors": [{"create": {"name": "X"}}]}),
    ] {
        let reply = call().patch(&path(&own), &body).await;
        reply.problem(422, "invalid_fields");
        let mut whole = body.clone();
        whole["title"] = json!("Mine");
        call()
            .put(&path(&own), &whole)
            .await
            .problem(422, "invalid_fields");
        call()
            .post("/v1/articles", &whole)
            .await
            .problem(422, "invalid_fields");
    }
    // Operations of another kind of patch, and other types.
    for (kind, body, status) in [
        (
            "application/json-patch+json",
            "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"published\"}]",
            415,
        ),
        (
            "application/json",
            "[{\"op\":\"add\",\"path\":\"/role\",\"value\":\"admin\"}]",
            422,
        ),
        ("text/plain", "{\"title\":\"x\"}", 415),
    ] {
        let reply = call()
            .with("Content-Type", kind)
            .send(Method::PATCH, &path(&own), body.into())
            .await;
        reply.expect(status);
    }
    assert_eq!(app.reader().get(&path(&own)).await.json()["version"], 1);
    assert!(app.reader().get("/v1/tags").await.data().is_empty());
}

async fn d3_22_an_action_needs_the_right_on_its_article(app: TestApp) {
    let contributor = app.user(Role::Contributor).await;
    let author = app.user(Role::Author).await;
    let viewer = app.user(Role::Viewer).await;
    let other = app.article("Other").publish().await;
    let draft = app.article("Draft").create().await;
    let own = mine(&app, &contributor, "Mine").await;
    for action in ["publish", "unpublish"] {
        for (user, article, status) in [
            (&contributor, &own, 403),
            (&contributor, &other, 403),
            (&contributor, &draft, 403),
            (&author, &other, 403),
            (&author, &draft, 404),
            (&author, &own, 404),
            (&viewer, &other, 403),
        ] {
            let to = format!("{}/{action}", path(article));
            let reply = app.as_user(user).if_match("*").post(&to, &json!({})).await;
            assert_eq!(reply.status, status, "{reply}");
        }
    }
    // What is published is out of a contributor's reach, though it was theirs.
    app.publish(own.id()).await;
    let call = || app.as_user(&contributor);
    call()
        .change(&path(&own), &json!({"title": "X"}))
        .await
        .problem(403, "forbidden");
    call().remove(&path(&own)).await.problem(403, "forbidden");
    // A credit gives no right to those who add it themselves to what they may not write.
    app.author("Joan").create().await;
    app.account("joan", Role::Author, Some("joan")).await;
    let joan = app.sign_in("joan@example.org").await;
    let credit = json!({"authors": [{"author": "joan"}]});
    let reply = app.as_user(&joan).change(&path(&other), &credit).await;
    reply.problem(403, "forbidden");
    // Nor may authors make authors or tags, or link an author to themselves.
    for (to, body) in [
        ("/v1/authors", json!({"name": "X"})),
        ("/v1/tags", json!({"name": "X"})),
    ] {
        app.as_user(&joan)
            .post(to, &body)
            .await
            .problem(403, "forbidden");
    }
    let reply = app
        .as_user(&author)
        .change("/v1/me", &json!({"author": "joan"}))
        .await;
    reply.problem(422, "invalid_fields");
}

async fn d3_33_no_answer_holds_a_secret(app: TestApp) {
    let admin = app.user(Role::Admin).await;
    let other = app.named_user("other", Role::Editor).await;
    let answers = [
        app.as_user(&admin).get("/v1/users").await,
        app.as_user(&admin).get(&other.path()).await,
        app.as_user(&admin).get("/v1/me").await,
        app.as_user(&admin).get("/v1/auth/sessions").await,
        app.as_user(&admin).get("/v1/roles").await,
        app.as_user(&admin).get("/v1/articles").await,
        app.as_user(&admin).get("/openapi.json").await,
        app.as_user(&admin)
            .change(&other.path(), &json!({"name": "Other"}))
            .await,
        app.as_user(&admin)
            .change(&other.path(), &json!({"password": PASSWORD}))
            .await,
        app.login(&other.email, "hunter2 hunter2").await,
        app.refresh("mhr_hunter2").await,
        app.bearer("mhk_hunter2").get("/v1/me").await,
        app.anonymous()
            .post(
                "/v1/auth/password",
                &json!({"token": "mho_hunter2", "password": "hunter2"}),
            )
            .await,
        app.anonymous()
            .post(
                "/v1/auth/login",
                &json!({"email": "hunter2", "password": ["hunter2"]}),
            )
            .await,
    ];
    let key = crate::support::key_of("admin");
    let seeds = masthead_seeds(&app).await;
    for reply in &answers {
        let text = String::from_utf8_lossy(&reply.body);
        let mut secrets = vec![
            "$argon2",
            PASSWORD,
            "hunter2",
            &key,
            &other.refresh,
            &admin.access,
        ];
        secrets.extend(seeds.iter().map(String::as_str));
        for secret in secrets {
            assert!(!text.contains(secret), "{secret}: {reply}");
        }
    }
    // A secret in a query is refused before it is one.
    for query in [
        "token=x",
        "access_token=x",
        "key=x",
        "api_key=x",
        "password=x",
    ] {
        let reply = app.anonymous().get(&format!("/v1/articles?{query}")).await;
        reply.problem(400, "invalid_parameter");
    }
}

/// All that the database keeps of secrets.
async fn masthead_seeds(app: &TestApp) -> Vec<String> {
    use diesel::QueryDsl as _;
    use masthead::db::schema::accounts::{key_secrets, refresh_tokens, secrets, signing_keys};
    let mut conn = app.db.read().await.unwrap();
    let mut all: Vec<String> = conn
        .load(signing_keys::table.select(signing_keys::seed))
        .await
        .unwrap();
    all.extend(
        conn.load::<String>(secrets::table.select(secrets::value))
            .await
            .unwrap(),
    );
    all.extend(
        conn.load::<String>(refresh_tokens::table.select(refresh_tokens::hash))
            .await
            .unwrap(),
    );
    all.extend(
        conn.load::<String>(key_secrets::table.select(key_secrets::hash))
            .await
            .unwrap(),
    );
    assert!(all.len() >= 4, "{}", all.len());
    all
}
