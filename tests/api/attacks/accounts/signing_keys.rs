//! The keys that sign access tokens: rotated, stolen, published. `attacks`
//! says which attack is tried where.

use chrono::Duration;
use masthead::auth::Role;
use masthead::auth::credentials::signing::rotate;
use masthead::config::Settings;
use masthead::db::Conn;
use serde_json::json;

use crate::attacks::accounts::tokens::{forge, refused};
use crate::support::accounts::{User, base64, parts};
use crate::support::{Kind, TestApp};

on_both!(
    d4_35_keys_are_rotated_with_an_overlap,
    d4_35_a_stolen_key_is_void_at_once,
    d4_35_only_public_keys_are_published,
);

async fn rotate_keys(app: &TestApp, at_once: bool) -> String {
    let mut conn = app.db.write().await.unwrap();
    let (now, lasts) = (app.now(), 10 * 60 * 1_000);
    let rotation = conn
        .transaction(async |conn: &mut Conn| rotate(conn, now, at_once, lasts).await)
        .await;
    rotation.unwrap().kid
}

async fn published(app: &TestApp) -> Vec<String> {
    let reply = app
        .anonymous()
        .get("/.well-known/jwks.json")
        .await
        .expect(200);
    let keys = reply.json()["keys"].as_array().unwrap().clone();
    keys.iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

fn kid(user: &User) -> String {
    parts(&user.access).0["kid"].as_str().unwrap().to_owned()
}

async fn d4_35_keys_are_rotated_with_an_overlap(app: TestApp) {
    let other = app.second();
    let mut user = app.user(Role::Editor).await;
    let first = kid(&user);
    assert_eq!(published(&other).await, [first.as_str()]);
    let second = rotate_keys(&app, false).await;
    // Noticed within a minute; it signs ten minutes later.
    app.advance(Duration::minutes(1));
    for instance in [&app, &other] {
        assert_eq!(published(instance).await, [first.clone(), second.clone()]);
    }
    app.advance(Duration::minutes(9) - Duration::milliseconds(1));
    user = User::of(&app.refresh(&user.refresh).await.expect(200));
    assert_eq!(kid(&user), first);
    app.advance(Duration::milliseconds(1));
    let next = User::of(&other.refresh(&user.refresh).await.expect(200));
    assert_eq!(kid(&next), second);
    for instance in [&app, &other] {
        assert!(
            instance.is_good(&user.access).await,
            "the old one is good to its end"
        );
        assert!(instance.is_good(&next.access).await);
    }
    app.advance(Duration::minutes(9) + Duration::seconds(58));
    assert!(app.is_good(&user.access).await);
    app.advance(Duration::minutes(2));
    assert_eq!(published(&app).await, [second.as_str()]);
    refused(&app, "retired", &user.access).await;
    // What it signed is void, whatever it says.
    let third = rotate_keys(&app, false).await;
    app.advance(Duration::minutes(1));
    assert_eq!(published(&app).await, [second, third]);
}

async fn d4_35_a_stolen_key_is_void_at_once(app: TestApp) {
    let (user, stolen) = forge(&app).await;
    let new = rotate_keys(&app, true).await;
    app.advance(Duration::minutes(1));
    refused(&app, "signed before", &user.access).await;
    refused(&app, "forged", &stolen.sign(&stolen.header, &stolen.claims)).await;
    assert_eq!(published(&app).await, [new.as_str()]);
    let next = User::of(&app.refresh(&user.refresh).await.expect(200));
    assert_eq!(kid(&next), new);
    assert!(app.is_good(&next.access).await);
    let with_new_kid = stolen.with_header("kid", &json!(new));
    refused(&app, "the stolen key under the new name", &with_new_kid).await;
}

async fn d4_35_only_public_keys_are_published(kind: Kind) {
    let app = TestApp::start_with(kind, |settings: &mut Settings| {
        settings.auth.public_reads = masthead::config::PublicReads::Key;
    })
    .await;
    let (_, forge) = forge(&app).await;
    // Other services have no key of ours.
    let reply = app
        .anonymous()
        .get("/.well-known/jwks.json")
        .await
        .expect(200);
    let expected = json!({"keys": [{
        "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
        "kid": forge.header["kid"], "x": base64(forge.public()),
    }]});
    assert_eq!(reply.json(), expected);
    assert_eq!(reply.header("cache-control"), "public, max-age=300");
}
