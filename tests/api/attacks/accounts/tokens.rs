//! Attacks on access tokens: forged, confused, overlong, and good ones beyond their time.
//! `attacks` says which attack is tried where.

use chrono::Duration;
use masthead::auth::Role;
use serde_json::{Value, json};

use crate::support::accounts::{User, base64};
use crate::support::forge::{Forge, changed};
use crate::support::{Reply, TestApp};

on_both!(
    d4_35_no_algorithm_but_our_own,
    d4_35_no_header_but_our_own,
    d4_35_no_key_but_our_own,
    d4_36_claims_have_their_types,
    d4_36_claims_say_what_we_wrote,
    d4_36_times_are_looked_at,
    d4_35_no_other_secret_is_a_token,
);

/// Checks that a token is refused as any other that is not good.
pub async fn refused(app: &TestApp, what: &str, token: &str) {
    for path in ["/v1/me", "/v1/articles"] {
        let reply: Reply = app.bearer(token).get(path).await;
        assert_eq!(reply.status, 401, "{what}: {reply}");
        let detail = "The API key or access token is invalid, expired or revoked.";
        assert_eq!(
            reply.problem(401, "unauthorized")["detail"],
            detail,
            "{what}"
        );
    }
}

/// An admin's token, and what it takes to make others.
pub async fn forge(app: &TestApp) -> (User, Forge) {
    let user = app.user(Role::Admin).await;
    let forge = Forge::of(app, &user).await;
    // The forge is a good one.
    let again = forge.sign(&forge.header, &forge.claims);
    assert!(app.is_good(&again).await);
    (user, forge)
}

async fn d4_35_no_algorithm_but_our_own(app: TestApp) {
    let (user, forge) = forge(&app).await;
    let claims = user.access.split('.').nth(1).unwrap();
    for alg in [
        "none", "None", "NONE", "", "HS256", "RS256", "ES256", "Ed25519", "eddsa", "EdDSA ",
    ] {
        let header = base64(changed(&forge.header, "alg", &json!(alg)).to_string());
        let signature = user.access.rsplit('.').next().unwrap();
        for end in ["", signature, "AA"] {
            refused(&app, alg, &format!("{header}.{claims}.{end}")).await;
        }
        refused(&app, alg, &format!("{header}.{claims}")).await;
        refused(&app, alg, &forge.with_header("alg", &json!(alg))).await;
    }
    refused(&app, "no alg", &forge.with_header("alg", &Value::Null)).await;
    // The public key, in every form of it, as the secret of an HMAC.
    let public = forge.public();
    let der: Vec<u8> = [
        &[
            0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
        ][..],
        &public,
    ]
    .concat();
    let lines = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(&der)
    };
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----");
    let jwk = app.anonymous().get("/.well-known/jwks.json").await.json()["keys"][0].to_string();
    for key in [
        public.to_vec(),
        der,
        pem.clone().into_bytes(),
        format!("{pem}\n").into_bytes(),
        base64(public).into_bytes(),
        jwk.into_bytes(),
        Vec::new(),
        b"secret".to_vec(),
    ] {
        refused(&app, "HS256", &forge.by_hmac(&key)).await;
    }
}

async fn d4_35_no_header_but_our_own(app: TestApp) {
    let (user, forge) = forge(&app).await;
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": base64([7; 32])});
    for (name, value) in [
        ("jku", json!("https://evil.example/jwks.json")),
        ("jwk", jwk),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("x")),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("enc", json!("A256GCM")),
        ("iss", json!("masthead")),
        ("typ", json!("JWT")),
        ("typ", json!("jwt")),
        ("typ", json!("application/at+jwt")),
        ("typ", json!("AT+JWT")),
        ("typ", json!("id+jwt")),
        ("typ", json!(["at+jwt"])),
        ("typ", Value::Null),
        ("kid", Value::Null),
        ("alg", json!(["EdDSA"])),
    ] {
        let token = forge.with_header(name, &value);
        refused(&app, &format!("{name}: {value}"), &token).await;
    }
    let (header, claims) = (forge.header.to_string(), forge.claims.to_string());
    for twice in [
        header.replacen('{', "{\"alg\":\"none\",", 1),
        header.replacen('{', "{\"kid\":\"x\",", 1),
        header.replacen('}', ",\"alg\":\"EdDSA\"}", 1),
        format!("[{header}]"),
        format!("{header}{header}"),
        String::new(),
        "{}".to_owned(),
        "null".to_owned(),
        "{".repeat(1_000),
    ] {
        refused(&app, &twice, &forge.sign_texts(&twice, &claims)).await;
    }
    let padded = format!("{} ", user.access.replacen('.', "=.", 1));
    refused(&app, "padding", padded.trim()).await;
    refused(&app, "four parts", &format!("{}.x", user.access)).await;
    refused(
        &app,
        "no signature",
        user.access.rsplit_once('.').unwrap().0,
    )
    .await;
    let long = changed(&forge.header, "kid", &json!("k".repeat(5_000)));
    refused(&app, "long", &forge.sign(&long, &forge.claims)).await;
    let blanks = format!("{header}{}", " ".repeat(4_000));
    refused(&app, "over 4 KiB", &forge.sign_texts(&blanks, &claims)).await;
    let huge = format!("ey{}.x.x", "a".repeat(60_000));
    refused(&app, "huge", &huge).await;
}

async fn d4_35_no_key_but_our_own(app: TestApp) {
    let (_, forge) = forge(&app).await;
    let other = TestApp::start(app.kind).await;
    let (stranger, foreign) = self::forge(&other).await;
    refused(&app, "another service's", &stranger.access).await;
    refused(
        &app,
        "its key, our kid",
        &foreign.sign(&forge.header, &forge.claims),
    )
    .await;
    refused(
        &app,
        "our key, its kid",
        &forge.sign(&foreign.header, &forge.claims),
    )
    .await;
    for kid in [
        "",
        "../../../../dev/null",
        "/dev/null",
        "' OR '1'='1",
        "x' UNION SELECT '00' --",
        "https://evil.example/jwks.json",
        "\0",
        "%00",
    ] {
        refused(&app, kid, &forge.with_header("kid", &json!(kid))).await;
        refused(&app, kid, &foreign.with_header("kid", &json!(kid))).await;
    }
    for kid in [
        json!(0),
        json!(null),
        json!(["x"]),
        json!({"$ne": ""}),
        json!(true),
    ] {
        let header = forge.header.to_string();
        let header = header.replace(&forge.header["kid"].to_string(), &kid.to_string());
        let token = forge.sign_texts(&header, &forge.claims.to_string());
        refused(&app, "kid of another type", &token).await;
    }
}

async fn d4_36_claims_have_their_types(app: TestApp) {
    let (_, forge) = forge(&app).await;
    let exp = forge.claims["exp"].as_i64().unwrap();
    let iat = forge.claims["iat"].as_i64().unwrap();
    for (name, value) in [
        ("exp", json!(exp.to_string())),
        ("exp", json!("9999999999")),
        ("exp", serde_json::from_str(&format!("{exp}.0")).unwrap()),
        ("exp", json!(1e12)),
        ("exp", json!([exp])),
        ("exp", json!(true)),
        ("exp", json!({})),
        ("iat", json!(iat.to_string())),
        ("iat", serde_json::from_str(&format!("{iat}.5")).unwrap()),
        ("nbf", json!(iat.to_string())),
        ("nbf", json!(iat)),
        ("nbf", json!(exp + 1_000_000)),
        ("sub", json!(7)),
        ("sub", json!([forge.claims["sub"]])),
        ("sid", json!(["x"])),
        ("role", json!(["admin"])),
        ("role", json!("owner")),
        ("role", json!("ADMIN")),
        ("aud", json!(["masthead"])),
        ("aud", json!(["masthead", "other"])),
        ("iss", json!(["masthead"])),
        ("jti", json!(1)),
    ] {
        let what = format!("{name}: {value}");
        refused(&app, &what, &forge.with_claim(name, &value)).await;
    }
    for name in ["iss", "aud", "sub", "sid", "role", "jti", "iat", "exp"] {
        refused(
            &app,
            &format!("no {name}"),
            &forge.with_claim(name, &Value::Null),
        )
        .await;
        let null = forge.claims.to_string();
        let null = null.replace(
            &format!("\"{name}\":{}", forge.claims[name]),
            &format!("\"{name}\":null"),
        );
        refused(
            &app,
            &format!("{name}: null"),
            &forge.sign_texts(&forge.header.to_string(), &null),
        )
        .await;
    }
}

async fn d4_36_claims_say_what_we_wrote(app: TestApp) {
    let viewer = app.user(Role::Viewer).await;
    let (admin, forge) = forge(&app).await;
    let other = Forge::of(&app, &viewer).await;
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!("Masthead")),
        ("iss", json!("")),
        ("aud", json!("other")),
        ("aud", json!("")),
        ("scope", json!("admin")),
        ("permissions", json!(["manage_users"])),
        ("admin", json!(true)),
        ("cnf", json!({})),
        ("sid", json!("00000000-0000-7000-8000-000000000000")),
        ("sid", json!("")),
        ("sid", json!(viewer.session)),
        ("sub", json!(viewer.id)),
        ("sub", json!("")),
        ("sub", json!("00000000-0000-7000-8000-000000000003")),
        ("role", json!("viewer")),
    ] {
        let what = format!("{name}: {value}");
        refused(&app, &what, &forge.with_claim(name, &value)).await;
    }
    // Even with our key nobody is more than the database says.
    refused(
        &app,
        "viewer as admin",
        &other.with_claim("role", &json!("admin")),
    )
    .await;
    refused(
        &app,
        "viewer in an admin's session",
        &other.with_claim("sid", &json!(admin.session)),
    )
    .await;
    let texts = forge.claims.to_string();
    for twice in [
        texts.replacen('{', "{\"role\":\"viewer\",", 1),
        texts.replacen('{', "{\"exp\":1,", 1),
        texts.replacen('}', ",\"exp\":9999999999}", 1),
        texts.replacen('}', ",\"sub\":\"x\"}", 1),
        format!("[{texts}]"),
        "null".to_owned(),
        String::new(),
    ] {
        refused(
            &app,
            &twice,
            &forge.sign_texts(&forge.header.to_string(), &twice),
        )
        .await;
    }
    assert!(app.is_good(&viewer.access).await && app.is_good(&admin.access).await);
}

async fn d4_36_times_are_looked_at(app: TestApp) {
    let (_, forge) = forge(&app).await;
    let now = app.now().0 / 1_000;
    for (name, value) in [
        ("exp", now),
        ("exp", now - 1),
        ("exp", 0),
        ("exp", -1),
        ("exp", i64::MIN),
        ("iat", now + 6),
        ("iat", now + 1_000_000),
        ("iat", i64::MAX),
    ] {
        refused(
            &app,
            &format!("{name}: {value}"),
            &forge.with_claim(name, &json!(value)),
        )
        .await;
    }
    // Clocks of instances differ a little.
    assert!(app.is_good(&forge.with_claim("iat", &json!(now + 5))).await);
    assert!(app.is_good(&forge.with_claim("exp", &json!(now + 1))).await);
    app.advance(Duration::minutes(10));
    refused(&app, "ended", &forge.sign(&forge.header, &forge.claims)).await;
}

async fn d4_35_no_other_secret_is_a_token(app: TestApp) {
    let (user, _) = forge(&app).await;
    let path = format!("{}/password-link", user.path());
    let link = app.admin().post(&path, &json!({})).await.expect(200).json();
    let key = crate::support::key_of("admin");
    for secret in [
        user.refresh.as_str(),
        link["token"].as_str().unwrap(),
        &user.session,
        &user.id,
        &key[..key.len() - 1],
        &key["mhk_".len()..],
    ] {
        refused(&app, "another secret", secret).await;
    }
    // Nor is a token good where another secret is asked for.
    for token in [&user.access[..190], link["token"].as_str().unwrap(), &key] {
        app.refresh(token).await.problem(401, "invalid_credentials");
    }
    // In a query, a cookie or a body it is nothing.
    let reply = app
        .anonymous()
        .get(&format!("/v1/me?access_token={}", user.access))
        .await;
    reply.problem(401, "unauthorized");
    for name in [
        "access_token",
        "masthead_refresh",
        "__Secure-masthead_refresh",
        "jwt",
    ] {
        let call = app
            .anonymous()
            .with("Cookie", &format!("{name}={}", user.access));
        call.get("/v1/me").await.problem(401, "unauthorized");
    }
    let call = app.anonymous().with("X-Access-Token", &user.access);
    call.get("/v1/me").await.problem(401, "unauthorized");
}
