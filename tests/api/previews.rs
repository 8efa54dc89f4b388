//! Previews: one article, before it is published, for whoever holds a token.

use chrono::Duration;
use masthead::auth::Role;
use serde_json::{Value, json};

use crate::support::life::path;
use crate::support::{Reply, TestApp};

on_both!(
    a_preview_is_what_the_public_will_see,
    a_preview_shows_nothing_that_is_not_public,
    a_preview_shows_what_was_asked_for,
    a_revision_is_previewed_too,
    no_cache_and_no_search_engine_keeps_a_preview,
    a_token_ends,
    a_token_is_for_one_article,
    a_token_is_no_access_token,
    a_token_ends_with_the_rights_of_its_maker,
    the_text_of_a_token_is_nowhere_kept,
    a_wish_for_a_token_must_make_sense,
    the_address_is_that_of_the_site,
);

async fn token(app: &TestApp, path: &str, wish: Value) -> Value {
    let to = format!("{path}/preview-tokens");
    app.editor().post(&to, &wish).await.expect(201).json()
}

fn preview_of(path: &str, token: &Value) -> String {
    let id = path.rsplit('/').next().unwrap();
    let token = token["token"].as_str().unwrap();
    format!("/v1/preview/articles/{id}?token={token}")
}

async fn show(app: &TestApp, path: &str, token: &Value) -> Reply {
    app.anonymous().get(&preview_of(path, token)).await
}

const ALL: &str = "include=authors,tags,lead_image,related,translations";

async fn a_preview_is_what_the_public_will_see(app: TestApp) {
    app.create_tag(json!({"name": "Sea"})).await;
    app.create_author(json!({"name": "Jane", "bio": "Writes."}))
        .await;
    app.create_published(json!({"title": "Other"})).await;
    app.create_published(json!({"title": "Original", "locale": "de"}))
        .await;
    let article = json!({"title": "Bridge", "seo_title": "S", "kicker": "K", "byline": "B",
        "standfirst": "St", "dateline": "D", "section": "cities", "tags": ["sea"],
        "authors": [{"author": "jane", "role": "photographer"}], "related": ["other"],
        "lead_image": {"media": "https://example.org/a.jpg", "alt": "A"}, "featured": true,
        "canonical_url": "https://example.org/b", "seo": {"title": "B"}, "metadata": {"a": 1},
        "corrections": [{"at": "2026-11-22T12:00:00Z", "text": "No."}],
        "translation_of": "original", "aliases": ["/old"], "expires_at": "2027-01-01T00:00:00Z",
        "body": {"source": "# One\n\nText *and* <script>x</script> more.\n\n## Two\n\nEnd."}});
    let article = app.create_article(article).await;
    let path = path(&article);
    let token = token(&app, &path, json!({})).await;
    assert_eq!(app.public(&path).await, Value::Null);
    let pairs = [
        (preview_of(&path, &token), path.clone()),
        (
            format!("{}&{ALL}", preview_of(&path, &token)),
            format!("{path}?{ALL}"),
        ),
    ];
    let mut previews = Vec::new();
    for (preview, _) in &pairs {
        previews.push(app.anonymous().get(preview).await.expect(200));
    }
    app.act(&path, "publish").await;
    for ((_, public), preview) in pairs.iter().zip(previews) {
        let public = app.anonymous().get(public).await.expect(200);
        assert_eq!(
            preview.header("content-language"),
            public.header("content-language")
        );
        let (mut preview, mut public) = (preview.json(), public.json());
        assert_eq!(preview["published_at"], Value::Null);
        for time in ["published_at", "first_published_at", "updated_at"] {
            preview[time] = Value::Null;
            public[time] = Value::Null;
        }
        assert_eq!(preview, public);
    }
    // Of what is published it shows what comes next.
    app.change(&path, json!({"title": "Tunnel"})).await;
    let preview = show(&app, &path, &token).await.expect(200);
    assert_eq!(preview.json()["title"], "Tunnel");
    assert_eq!(app.public(&path).await["title"], "Bridge");
    // By its slug too.
    let by_slug = preview_of("/v1/articles/bridge", &token);
    app.anonymous().get(&by_slug).await.expect(200);
}

async fn a_preview_shows_nothing_that_is_not_public(app: TestApp) {
    app.create_tag(json!({"name": "Sea"})).await;
    app.create_tag(json!({"name": "Desk", "visibility": "internal"}))
        .await;
    app.create_article(json!({"title": "Hidden"})).await;
    app.create_article(json!({"title": "Original", "locale": "de"}))
        .await;
    let other = app.create_published(json!({"title": "Other"})).await;
    app.change(
        &path(&other),
        json!({"title": "Changed", "slug": "changed"}),
    )
    .await;
    let editor = app.user(Role::Editor).await;
    let article = json!({"title": "One", "tags": ["desk", "sea"], "related": ["hidden", "changed"],
        "translation_of": "original", "assignee": editor.id, "aliases": ["/old"]});
    let article = app.create_article(article).await;
    let path = path(&article);
    let token = token(&app, &path, json!({})).await;
    let whole = format!("{}&{ALL}", preview_of(&path, &token));
    let shown = app.anonymous().get(&whole).await.expect(200).json();
    assert_eq!(shown["tags"].as_array().unwrap().len(), 1);
    assert_eq!(shown["tags"][0]["slug"], "sea");
    assert_eq!(shown["related"].as_array().unwrap().len(), 1);
    assert_eq!(shown["related"][0]["title"], "Other");
    assert_eq!(shown["translations"], json!([]));
    for name in [
        "status",
        "version",
        "assignee",
        "aliases",
        "review",
        "created_by",
        "updated_by",
        "allowed_transitions",
    ] {
        assert!(shown.get(name).is_none(), "{name}");
        let named = format!("{}&fields={name}", preview_of(&path, &token));
        let reply = app.anonymous().get(&named).await;
        reply.problem(400, "invalid_parameter");
    }
    assert!(shown["body"].get("source").is_none());
    let named = format!("{}&fields=body.source", preview_of(&path, &token));
    app.anonymous()
        .get(&named)
        .await
        .problem(400, "invalid_parameter");
}

async fn a_preview_shows_what_was_asked_for(app: TestApp) {
    app.create_tag(json!({"name": "Sea"})).await;
    let article = app
        .create_article(json!({"title": "One", "tags": ["sea"]}))
        .await;
    let path = path(&article);
    let token = token(&app, &path, json!({})).await;
    let get = async |more: &str| {
        let address = format!("{}&{more}", preview_of(&path, &token));
        app.anonymous().get(&address).await
    };
    assert_eq!(
        get("fields=title,tags.slug").await.expect(200).json(),
        json!({"title": "One", "tags": [{"slug": "sea"}]})
    );
    let none = get("include=none").await.expect(200).json();
    assert!(
        none.get("tags").is_none() && none.get("body").is_some(),
        "{none}"
    );
    get("include=everything")
        .await
        .problem(400, "invalid_parameter");
    get("version=live").await.problem(400, "invalid_parameter");
    get("token=mhp_x").await.problem(400, "invalid_parameter");
    let id = article["id"].as_str().unwrap();
    let without = format!("/v1/preview/articles/{id}");
    let reply = app.anonymous().get(&without).await;
    reply.refuses(400, "invalid_parameter", &[("token", "missing")]);
    let at = preview_of(&path, &token);
    let reply = app.anonymous().post(&at, &json!({})).await;
    reply.problem(405, "method_not_allowed");
}

async fn a_revision_is_previewed_too(app: TestApp) {
    app.create_tag(json!({"name": "Sea"})).await;
    app.create_tag(json!({"name": "Desk", "visibility": "internal"}))
        .await;
    app.create_author(json!({"name": "Jane"})).await;
    let article = json!({"title": "One", "slug": "one", "tags": ["desk", "sea"],
        "authors": [{"author": "jane"}], "body": {"source": "*First*"}});
    let article = app.create_article(article).await;
    let path = path(&article);
    app.advance(Duration::minutes(1));
    let change = json!({"title": "Two", "slug": "two", "tags": [], "body": {"source": "Second"}});
    app.change(&path, change).await;
    let first = token(&app, &path, json!({"revision": 1})).await;
    assert_eq!(first["revision"], 1);
    let shown = show(&app, &path, &first).await.expect(200).json();
    assert_eq!(
        (&shown["title"], &shown["slug"], &shown["updated_at"]),
        (&json!("One"), &json!("one"), &json!("2026-11-23T12:00:00Z"))
    );
    assert_eq!(shown["tags"].as_array().unwrap().len(), 1);
    assert_eq!(shown["authors"][0]["name"], "Jane");
    assert_eq!(shown["body"]["html"], "<p><em>First</em></p>");
    assert_eq!(shown["word_count"], 1);
    // It stays what it was.
    app.change(&path, json!({"title": "Three"})).await;
    assert_eq!(show(&app, &path, &first).await.json()["title"], "One");
    let now = token(&app, &path, json!({"revision": null})).await;
    assert_eq!(show(&app, &path, &now).await.json()["title"], "Three");
    for (revision, code) in [
        (json!(9), "unknown_revision"),
        (json!(0), "unknown_revision"),
        (json!("1"), "wrong_type"),
    ] {
        let to = format!("{path}/preview-tokens");
        let reply = app.editor().post(&to, &json!({"revision": revision})).await;
        reply.refuses(422, "invalid_fields", &[("/revision", code)]);
    }
}

async fn no_cache_and_no_search_engine_keeps_a_preview(app: TestApp) {
    let path = app.in_state(app.editor(), "draft").await;
    let token = token(&app, &path, json!({})).await;
    let call = app.anonymous().with("Origin", "https://www.example.org");
    let reply = call.get(&preview_of(&path, &token)).await.expect(200);
    for (name, value) in [
        ("cache-control", "private, no-store"),
        ("referrer-policy", "no-referrer"),
        ("content-type", "application/json"),
        ("etag", ""),
        ("last-modified", ""),
    ] {
        assert_eq!(reply.header(name), value, "{name}");
    }
    assert!(reply.header("x-robots-tag").contains("noindex"));
    let call = app.anonymous().with("If-None-Match", "*");
    call.get(&preview_of(&path, &token)).await.expect(200);
    let head = app.anonymous().head(&preview_of(&path, &token)).await;
    assert!(head.expect(200).body.is_empty());
}

async fn a_token_ends(app: TestApp) {
    let path = app.in_state(app.editor(), "draft").await;
    let short = token(&app, &path, json!({"expires_in": 60})).await;
    assert_eq!(short["expires_at"], "2026-11-23T12:01:00Z");
    let hour = token(&app, &path, json!({})).await;
    assert_eq!(hour["expires_at"], "2026-11-23T13:00:00Z");
    let day = token(&app, &path, json!({"expires_in": 86_400})).await;
    app.advance(Duration::seconds(59));
    show(&app, &path, &short).await.expect(200);
    app.advance(Duration::seconds(1));
    let reply = show(&app, &path, &short).await;
    reply.problem(403, "preview_expired");
    show(&app, &path, &hour).await.expect(200);
    let id = hour["id"].as_str().unwrap();
    let at = format!("{path}/preview-tokens/{id}");
    for _ in 0..2 {
        app.editor().delete(&at).await.expect(204);
        let reply = show(&app, &path, &hour).await;
        reply.problem(403, "preview_revoked");
    }
    let list = app.editor().get(&format!("{path}/preview-tokens")).await;
    let list = list.expect(200).data();
    assert_eq!(list.len(), 3);
    assert_eq!(list[0]["id"], day["id"]);
    assert_eq!(list[1]["revoked_at"], "2026-11-23T12:01:00Z");
    for (id, status) in [("x", 404), ("01890a5d-ac96-774b-bcce-b302099a8057", 404)] {
        let at = format!("{path}/preview-tokens/{id}");
        assert_eq!(app.editor().delete(&at).await.status, status);
    }
    let other = app.in_state(app.editor(), "draft").await;
    let at = format!("{other}/preview-tokens/{}", day["id"].as_str().unwrap());
    app.editor().delete(&at).await.problem(404, "not_found");
    show(&app, &path, &day).await.expect(200);
    // What is in the trash is not shown; out of it, it is again.
    app.editor().if_match("*").delete(&path).await.expect(204);
    show(&app, &path, &day).await.problem(404, "not_found");
    app.act(&path, "restore").await;
    show(&app, &path, &day).await.expect(200);
    app.clock_set("2026-11-24T12:00:00Z");
    let reply = show(&app, &path, &day).await;
    reply.problem(403, "preview_expired");
}

async fn a_token_is_for_one_article(app: TestApp) {
    let one = app.in_state(app.editor(), "draft").await;
    let other = app.in_state(app.editor(), "published").await;
    let token = token(&app, &one, json!({})).await;
    for path in [&other, "/v1/articles/none", "/v1/articles/harbour-bridge-2"] {
        let reply = show(&app, path, &token).await;
        reply.problem(403, "preview_of_another");
    }
    let text = token["token"].as_str().unwrap();
    let longer = format!("{text}x");
    for odd in [
        &text[..text.len() - 1],
        &longer,
        "mhp_",
        "x",
        &text.to_uppercase(),
    ] {
        let address = preview_of(&one, &json!({"token": odd}));
        let reply = app.anonymous().get(&address).await;
        reply.problem(403, "preview_unknown");
    }
    for (odd, code) in [
        (String::new(), "out_of_range"),
        ("x".repeat(201), "out_of_range"),
    ] {
        let address = preview_of(&one, &json!({"token": odd}));
        let reply = app.anonymous().get(&address).await;
        reply.refuses(400, "invalid_parameter", &[("token", code)]);
    }
}

async fn a_token_is_no_access_token(app: TestApp) {
    let editor = app.user(Role::Editor).await;
    let path = app.in_state(app.editor(), "draft").await;
    let token = token(&app, &path, json!({})).await;
    let text = token["token"].as_str().unwrap();
    for address in [&*path, "/v1/articles", "/v1/me"] {
        let reply = app.bearer(text).get(address).await;
        reply.problem(401, "unauthorized");
    }
    let with = format!("{path}?token={text}");
    app.anonymous()
        .get(&with)
        .await
        .problem(400, "invalid_parameter");
    let call = app.bearer(text).if_match("*");
    call.patch(&path, &json!({}))
        .await
        .problem(401, "unauthorized");
    // And the other way round.
    for other in [
        editor.access.clone(),
        editor.refresh.clone(),
        crate::support::key_of("editor"),
    ] {
        let address = preview_of(&path, &json!({"token": other}));
        let reply = app.anonymous().get(&address).await;
        let code = reply.json()["code"].clone();
        assert!(
            code == "preview_unknown" || code == "invalid_parameter",
            "{reply}"
        );
    }
    // Whoever has credentials too sees the same.
    let reply = app.reader().get(&preview_of(&path, &token)).await;
    assert_eq!(
        reply.expect(200).json(),
        show(&app, &path, &token).await.json()
    );
}

async fn a_token_ends_with_the_rights_of_its_maker(app: TestApp) {
    let make = async |caller: crate::support::Caller<'_>, path: &str| {
        let to = format!("{path}/preview-tokens");
        caller.post(&to, &json!({})).await.expect(201).json()
    };
    let path = app.in_state(app.editor(), "draft").await;
    let mut tokens = Vec::new();
    let changes = [
        json!({"status": "suspended"}),
        json!({"role": "viewer"}),
        json!({"role": "author"}),
        json!({"role": "contributor"}),
    ];
    for (index, change) in changes.iter().enumerate() {
        let user = app.named_user(&format!("user{index}"), Role::Editor).await;
        let token = make(app.as_user(&user), &path).await;
        show(&app, &path, &token).await.expect(200);
        let call = app.admin().if_match("*");
        call.patch(&user.path(), change).await.expect(200);
        tokens.push(token);
    }
    let user = app.named_user("gone", Role::Editor).await;
    tokens.push(make(app.as_user(&user), &path).await);
    let call = app.admin().if_match("*");
    call.delete(&user.path()).await.expect(204);
    let key = app
        .create_key(json!({"name": "Desk", "role": "editor"}))
        .await;
    let caller = app.anonymous().bearer(key["secret"].as_str().unwrap());
    let token = make(caller, &path).await;
    show(&app, &path, &token).await.expect(200);
    let id = key["id"].as_str().unwrap();
    let at = format!("/v1/keys/{id}");
    let reply = app.admin().if_match("*").delete(&at).await;
    assert!(reply.status < 300, "{reply}");
    tokens.push(token);
    for token in &tokens {
        let reply = show(&app, &path, token).await;
        reply.problem(403, "preview_revoked");
    }
    // A contributor's ends when the article is published: it is not theirs to change any more.
    let contributor = app.user(Role::Contributor).await;
    let own = app.in_state(app.as_user(&contributor), "draft").await;
    let token = make(app.as_user(&contributor), &own).await;
    show(&app, &own, &token).await.expect(200);
    app.act(&own, "publish").await;
    let reply = show(&app, &own, &token).await;
    reply.problem(403, "preview_revoked");
}

async fn the_text_of_a_token_is_nowhere_kept(app: TestApp) {
    use diesel::QueryDsl as _;
    use masthead::db::schema::editorial::preview_tokens;
    let path = app.in_state(app.editor(), "draft").await;
    let made = token(&app, &path, json!({})).await;
    let text = made["token"].as_str().unwrap();
    assert!(text.starts_with("mhp_") && text.len() > 40, "{text}");
    let mut conn = app.db.read().await.unwrap();
    let hashes: Vec<String> = conn
        .load(preview_tokens::table.select(preview_tokens::hash))
        .await
        .unwrap();
    drop(conn);
    assert_eq!(hashes.len(), 1);
    assert!(!hashes[0].contains(&text[4..]));
    let list = app.editor().get(&format!("{path}/preview-tokens")).await;
    let shown = String::from_utf8(list.body.clone()).unwrap();
    assert!(
        !shown.contains(text) && !shown.contains(&hashes[0]),
        "{shown}"
    );
    assert!(list.data()[0].get("token").is_none());
    assert_ne!(token(&app, &path, json!({})).await["token"], made["token"]);
}

async fn a_wish_for_a_token_must_make_sense(app: TestApp) {
    let path = app.in_state(app.editor(), "draft").await;
    let to = format!("{path}/preview-tokens");
    for (wish, pointer, code) in [
        (json!({"expires_in": 0}), "/expires_in", "out_of_range"),
        (json!({"expires_in": 59}), "/expires_in", "out_of_range"),
        (json!({"expires_in": 86_401}), "/expires_in", "out_of_range"),
        (json!({"expires_in": "1h"}), "/expires_in", "wrong_type"),
        (
            json!({"expires_at": "2030-01-01T00:00:00Z"}),
            "/expires_at",
            "unknown_field",
        ),
        (json!({"token": "mhp_mine"}), "/token", "unknown_field"),
    ] {
        let reply = app.editor().post(&to, &wish).await;
        reply.refuses(422, "invalid_fields", &[(pointer, code)]);
    }
    for wish in [
        json!({"expires_in": -1}),
        json!({"expires_in": 1e30}),
        json!([]),
    ] {
        let reply = app.editor().post(&to, &wish).await;
        reply.problem(422, "invalid_fields");
    }
    let list = app.editor().get(&to).await;
    assert!(list.expect(200).data().is_empty());
    app.reader()
        .post(&to, &json!({}))
        .await
        .problem(403, "forbidden");
    app.reader().get(&to).await.problem(403, "forbidden");
    app.anonymous()
        .post(&to, &json!({}))
        .await
        .problem(401, "unauthorized");
}

async fn the_address_is_that_of_the_site(app: TestApp) {
    let path = app.in_state(app.editor(), "draft").await;
    assert_eq!(token(&app, &path, json!({})).await["url"], Value::Null);
    let site = app.second_with(|settings| {
        settings.newsroom.preview_url =
            "https://www.example.org/{locale}/{slug}?id={id}&token={token}".to_owned();
    });
    let made = token(&site, &path, json!({})).await;
    let id = path.rsplit('/').next().unwrap();
    let text = made["token"].as_str().unwrap();
    assert_eq!(
        made["url"],
        format!("https://www.example.org/en/harbour-bridge?id={id}&token={text}")
    );
    drop(site);
}
