//! Single sign-on with providers that are down, changed, wrong, or somebody else.

use chrono::Duration;
use masthead::auth::Role;
use masthead::config::Secret;
use serde_json::{Value, json};

use crate::support::Kind;
use crate::support::services::provider::{CLIENT, RSA_PEM, RSA_PUBLIC_PEM, SECRET, Signer, jwk};
use crate::support::sign_on::SignOns;

on_both!(
    claims_must_be_right,
    signatures_must_be_right,
    a_secret_that_is_nobodys_signs_nothing,
    keys_may_change,
    a_code_is_good_once,
    somebody_may_think_better_of_it,
    the_provider_may_be_down,
    the_provider_must_be_the_one_of_the_settings,
    answers_that_cannot_be_read_say_nothing,
);

/// A server that knows Jane.
async fn start(kind: Kind) -> SignOns {
    let sign_ons = SignOns::start(kind, |_| ()).await;
    sign_ons.account("jane.doe@example.org", Role::Editor).await;
    sign_ons
}

async fn claims_must_be_right(kind: Kind) {
    let sign_ons = start(kind).await;
    let now = sign_ons.app.now().0 / 1_000;
    let issuer = sign_ons.provider.issuer();
    for claims in [
        json!({"nonce": "another"}),
        json!({"nonce": null}),
        json!({"aud": "another"}),
        json!({"aud": [CLIENT, "another"]}),
        json!({"aud": null}),
        json!({"aud": []}),
        json!({"azp": "another"}),
        json!({"iss": "https://evil.example"}),
        json!({"iss": format!("{issuer}/")}),
        json!({"iss": null}),
        json!({"exp": now}),
        json!({"exp": now - 1}),
        json!({"exp": null}),
        json!({"exp": "never"}),
        json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"sub": "a\u{0}b"}),
        json!({"sub": "x".repeat(256)}),
        json!({"sub": 7}),
    ] {
        sign_ons.tell(|ways| ways.claims = claims);
        sign_ons.refused("failed").await;
    }
    for claims in [
        json!({"aud": [CLIENT], "azp": CLIENT}),
        json!({"exp": now + 1}),
        json!({"at_hash": null}),
    ] {
        sign_ons.tell(|ways| ways.claims = claims);
        sign_ons.signed_in().await;
    }
}

async fn signatures_must_be_right(kind: Kind) {
    let sign_ons = start(kind).await;
    let public = RSA_PUBLIC_PEM.as_bytes().to_vec();
    let secret = SECRET.as_bytes().to_vec();
    let every =
        json!({"id_token_signing_alg_values_supported": ["RS256", "EdDSA", "HS256", "none"]});
    for metadata in [json!({}), every.clone()] {
        for signer in [
            Signer::Nothing,
            Signer::Hmac(public.clone()),
            Signer::Hmac(RSA_PEM.as_bytes().to_vec()),
            Signer::Hmac(Vec::from(b"")),
        ] {
            sign_ons.advance(Duration::minutes(11));
            sign_ons.tell(|ways| {
                ways.metadata = metadata.clone();
                ways.signer = signer;
            });
            sign_ons.refused("failed").await;
        }
    }
    // With the client's own secret it is good, but only if the provider says that it does so.
    sign_ons.tell(|ways| ways.signer = Signer::Hmac(secret));
    sign_ons.signed_in().await;
    sign_ons.advance(Duration::minutes(11));
    sign_ons.tell(|ways| ways.metadata = json!({}));
    sign_ons.refused("failed").await;
    // An algorithm that the provider does not name, with a key that it does.
    sign_ons.advance(Duration::minutes(11));
    sign_ons.tell(|ways| {
        ways.signer = Signer::Ed(1);
        ways.keys.push(jwk(&Signer::Ed(1)));
        ways.metadata = json!({"id_token_signing_alg_values_supported": ["RS256"]});
    });
    sign_ons.refused("failed").await;
    // Another key of the same name.
    sign_ons.advance(Duration::minutes(11));
    let mut other = jwk(&Signer::Ed(2));
    other["kid"] = json!("ed-1");
    sign_ons.tell(|ways| {
        ways.keys = vec![other];
        ways.metadata = json!({});
    });
    sign_ons.refused("failed").await;
}

async fn a_secret_that_is_nobodys_signs_nothing(kind: Kind) {
    let sign_ons = SignOns::start(kind, |settings| {
        settings.oidc.client_secret = Secret::new("");
    })
    .await;
    sign_ons.account("jane.doe@example.org", Role::Editor).await;
    sign_ons.tell(|ways| {
        ways.secret = None;
        ways.metadata =
            json!({"id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]});
    });
    for signer in [
        Signer::Hmac(SECRET.as_bytes().to_vec()),
        Signer::Hmac(RSA_PUBLIC_PEM.as_bytes().to_vec()),
        Signer::Hmac(CLIENT.as_bytes().to_vec()),
        Signer::Hmac(Vec::new()),
        Signer::Nothing,
    ] {
        sign_ons.tell(|ways| ways.signer = signer);
        sign_ons.refused("failed").await;
    }
    sign_ons.tell(|ways| ways.signer = Signer::Rsa);
    sign_ons.signed_in().await;
}

async fn keys_may_change(kind: Kind) {
    let sign_ons = start(kind).await;
    sign_ons.signed_in().await;
    let asked = |path: &str| {
        let ways = sign_ons.provider.ways();
        ways.asked.iter().filter(|one| *one == path).count()
    };
    assert_eq!(asked("/jwks"), 1);
    // A key that nobody names: it is asked once more, and no more.
    sign_ons.tell(|ways| ways.signer = Signer::Ed(1));
    sign_ons.refused("failed").await;
    assert_eq!(asked("/jwks"), 2);
    // One that the provider names by now.
    sign_ons.tell(|ways| ways.keys = vec![jwk(&Signer::Ed(1))]);
    sign_ons.signed_in().await;
    assert_eq!(asked("/jwks"), 3);
    sign_ons.signed_in().await;
    assert_eq!(asked("/jwks"), 3);
    // The one before is not good any more.
    sign_ons.tell(|ways| ways.signer = Signer::Rsa);
    sign_ons.refused("failed").await;
}

async fn a_code_is_good_once(kind: Kind) {
    let sign_ons = start(kind).await;
    let code = |path: &str| path.split("code=").nth(1).unwrap().to_owned();
    let begun = sign_ons.begin().await;
    let path = sign_ons.at_provider(&begun).await;
    sign_ons.back(&path, &begun.cookie).await.expect(303);
    let again = sign_ons.begin().await;
    let next = sign_ons.at_provider(&again).await;
    let next = next.replace(&code(&next), &code(&path));
    let reply = sign_ons.back(&next, &again.cookie).await.expect(303);
    assert!(reply.header("location").ends_with("=failed"), "{reply}");
    // None at all.
    let begun = sign_ons.begin().await;
    let path = sign_ons.at_provider(&begun).await;
    let path = path.replace("code=", "cod=");
    let reply = sign_ons.back(&path, &begun.cookie).await.expect(303);
    assert!(reply.header("location").ends_with("=failed"), "{reply}");
}

async fn somebody_may_think_better_of_it(kind: Kind) {
    let sign_ons = start(kind).await;
    for (error, why) in [
        ("access_denied", "denied"),
        ("login_required", "failed"),
        ("server_error", "failed"),
        ("<script>", "failed"),
    ] {
        sign_ons.tell(|ways| ways.denies = Some(error));
        sign_ons.refused(why).await;
    }
}

async fn the_provider_may_be_down(kind: Kind) {
    let sign_ons = start(kind).await;
    let start = async |query: &str| {
        let path = format!("/v1/auth/oidc/start{query}");
        sign_ons.app.anonymous().get(&path).await
    };
    sign_ons.tell(|ways| ways.down = true);
    let reply = start("").await;
    let problem = reply.problem(503, "unavailable");
    assert_eq!(problem["sign_on_error"], "failed", "{reply}");
    assert_eq!(reply.header("retry-after"), "5");
    let reply = start("?return_to=https://desk.example.org/app?a=b")
        .await
        .expect(303);
    let location = "https://desk.example.org/app?a=b&sign_on_error=failed";
    assert_eq!(reply.header("location"), location);
    assert_eq!(reply.header("set-cookie"), "");
    // It is left alone for a moment.
    sign_ons.tell(|ways| ways.down = false);
    start("").await.problem(503, "unavailable");
    sign_ons.advance(Duration::seconds(3));
    let begun = sign_ons.begin().await;
    // It goes down while somebody is there.
    let path = sign_ons.at_provider(&begun).await;
    sign_ons.tell(|ways| ways.down = true);
    let reply = sign_ons.back(&path, &begun.cookie).await.expect(303);
    assert!(reply.header("location").ends_with("=failed"), "{reply}");
    sign_ons.tell(|ways| ways.down = false);
    sign_ons.signed_in().await;
}

async fn the_provider_must_be_the_one_of_the_settings(kind: Kind) {
    let sign_ons = start(kind).await;
    let issuer = sign_ons.provider.issuer();
    for metadata in [
        json!({"issuer": "https://evil.example"}),
        json!({"issuer": format!("{issuer}/")}),
        json!({"issuer": null}),
        json!({"jwks_uri": null}),
        json!({"jwks_uri": format!("{issuer}/nothing")}),
        json!({"authorization_endpoint": "no address"}),
        json!({"large": "x".repeat(2_000_000)}),
    ] {
        sign_ons.advance(Duration::minutes(11));
        sign_ons.tell(|ways| ways.metadata = metadata);
        let reply = sign_ons.app.anonymous().get("/v1/auth/oidc/start").await;
        reply.problem(503, "unavailable");
    }
}

async fn answers_that_cannot_be_read_say_nothing(kind: Kind) {
    let sign_ons = start(kind).await;
    let text = |value: Value| value.to_string();
    for answer in [
        (200, String::new()),
        (200, "no JSON".to_owned()),
        (
            200,
            text(json!({"access_token": "secret-access-token", "token_type": "Bearer"})),
        ),
        (
            200,
            text(
                json!({"access_token": "secret-access-token", "token_type": "Bearer", "id_token": "eyJ"}),
            ),
        ),
        (
            200,
            text(json!({"access_token": "secret-access-token", "id_token": "eyJ.eyJ.eyJ"})),
        ),
        (200, format!("\"{}\"", "x".repeat(2_000_000))),
        (302, text(json!({}))),
        (
            400,
            text(json!({"error": "invalid_grant", "error_description": "own words"})),
        ),
        (500, "own words".to_owned()),
    ] {
        sign_ons.tell(|ways| ways.answers = Some(answer));
        sign_ons.refused("failed").await;
    }
}
