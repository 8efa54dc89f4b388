//! Attacks by way of single sign-on: accounts of others, and pages of others to be led to. `attacks`
//! says which attack is tried where.

use masthead::auth::Role;
use serde_json::json;

use crate::support::accounts::PASSWORD;
use crate::support::sign_on::{DESK, SignOns};
use crate::support::{Kind, TestApp};

on_both!(
    d4_43_a_look_alike_address_takes_no_account,
    d4_43_nobody_gives_themselves_the_address_of_another,
    d4_44_a_sign_on_ends_where_it_was_to_end,
);

async fn d4_43_a_look_alike_address_takes_no_account(kind: Kind) {
    let sign_ons = SignOns::start(kind, |_| ()).await;
    let mike = sign_ons.account("mike@example.org", Role::Admin).await;
    for alike in [
        "mi\u{301}ke@example.org",
        "m\u{131}ke@example.org",
        "mike@ex\u{430}mple.org",
        "mike@example.org.evil.example",
        "mike+x@example.org",
        "mike@example.com",
        "\u{ff4d}ike@example.org",
    ] {
        let claims = json!({"sub": alike, "email": alike, "email_verified": true});
        sign_ons.tell(|ways| ways.claims = claims);
        sign_ons.refused("unknown_account").await;
    }
    // What is no address is vouched for by nobody.
    for odd in [
        "mike@examp\u{200d}le.org",
        "mike@example.org,eve@evil.example",
        "Mike <mike@example.org>",
    ] {
        let claims = json!({"sub": odd, "email": odd, "email_verified": true});
        sign_ons.tell(|ways| ways.claims = claims);
        sign_ons.refused("not_verified").await;
    }
    // A list of addresses is no ID token.
    let claims = json!({"sub": "list", "email": ["mike@example.org"], "email_verified": true});
    sign_ons.tell(|ways| ways.claims = claims);
    sign_ons.refused("failed").await;
    let users = sign_ons.app.admin().get("/v1/users").await;
    assert_eq!(users.each("id"), [mike.as_str()]);
    assert_eq!(sign_ons.user(&mike).await["version"], 1);
}

/// An account that took the address of somebody else beforehand would be theirs once they sign on.
async fn d4_43_nobody_gives_themselves_the_address_of_another(app: TestApp) {
    for role in [Role::Viewer, Role::Author, Role::Editor] {
        let mallory = app.user(role).await;
        for body in [
            json!({"email": "jane.doe@example.org"}),
            json!({"email_verified": true}),
            json!({"subject": "jane"}),
        ] {
            let reply = app.as_user(&mallory).change("/v1/me", &body).await;
            reply.problem(422, "invalid_fields");
        }
        let reply = app
            .as_user(&mallory)
            .change(&mallory.path(), &json!({"email": "jane.doe@example.org"}))
            .await;
        reply.problem(403, "forbidden");
        app.login("jane.doe@example.org", PASSWORD)
            .await
            .problem(401, "invalid_credentials");
    }
}

async fn d4_44_a_sign_on_ends_where_it_was_to_end(kind: Kind) {
    let sign_ons = SignOns::start(kind, |_| ()).await;
    sign_ons.account("jane.doe@example.org", Role::Editor).await;
    for more in [
        "&return_to=https://evil.example/",
        "&redirect_uri=https://evil.example/",
        "&sign_on_error=https://evil.example/",
    ] {
        let begun = sign_ons.begin().await;
        let path = sign_ons.at_provider(&begun).await;
        let path = format!("{path}{more}");
        let reply = sign_ons.back(&path, &begun.cookie).await.expect(303);
        assert_eq!(reply.header("location"), DESK);
    }
    // Nor does a host that the request names.
    for header in ["Host", "X-Forwarded-Host"] {
        let begun = sign_ons.begin().await;
        let path = sign_ons.at_provider(&begun).await;
        let call = sign_ons.app.anonymous().with("Cookie", &begun.cookie);
        let reply = call.with(header, "evil.example").get(&path).await;
        assert_eq!(reply.expect(303).header("location"), DESK);
    }
}
