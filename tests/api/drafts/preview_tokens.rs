//! Tokens for previews: for whom they are good, and for how long.

use chrono::Duration;
use masthead::auth::Role;
use serde_json::{Value, json};

use crate::drafts::previews::{preview_of, show, token};
use crate::support::{Resource as _, TestApp};

on_both!(
    a_token_ends,
    a_token_is_for_one_article,
    a_token_is_no_access_token,
    a_token_ends_with_the_rights_of_its_maker,
    the_text_of_a_token_is_nowhere_kept,
    a_wish_for_a_token_must_make_sense,
    the_address_is_that_of_the_site,
);

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
    let id = hour.id();
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
    let at = format!("{other}/preview-tokens/{}", day.id());
    app.editor().delete(&at).await.problem(404, "not_found");
    show(&app, &path, &day).await.expect(200);
    // What is in the trash is not shown; out of it, it is again.
    app.editor().remove(&path).await.expect(204);
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
    app.bearer(text)
        .change(&path, &json!({}))
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
        app.admin().change(&user.path(), change).await.expect(200);
        tokens.push(token);
    }
    let user = app.named_user("gone", Role::Editor).await;
    tokens.push(make(app.as_user(&user), &path).await);
    app.admin().remove(&user.path()).await.expect(204);
    let key = app
        .create_key(json!({"name": "Desk", "role": "editor"}))
        .await;
    let caller = app.anonymous().bearer(key["secret"].as_str().unwrap());
    let token = make(caller, &path).await;
    show(&app, &path, &token).await.expect(200);
    let id = key.id();
    let at = format!("/v1/keys/{id}");
    let reply = app.admin().remove(&at).await;
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
