//! Single sign-on: where it leads to in the end.

use masthead::auth::Role;
use serde_json::json;

use crate::support::Kind;
use crate::support::services::provider::SECRET;
use crate::support::sign_on::{DESK, SignOns};

on_both!(
    sign_ons_lead_back_to_addresses_of_the_settings_alone,
    without_a_page_to_lead_back_to_problems_say_it,
);

async fn sign_ons_lead_back_to_addresses_of_the_settings_alone(kind: Kind) {
    let sign_ons = SignOns::start(kind, |_| ()).await;
    for odd in [
        "",
        "/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https:/evil.example/app",
        "https://evil.example/app",
        "https://desk.example.org",
        "https://desk.example.org/",
        "https://desk.example.org/app/",
        "https://desk.example.org/App",
        "https://desk.example.org/app/more",
        "https://desk.example.org/app/../evil",
        "https://desk.example.org/app/%2e%2e/evil",
        "https://desk.example.org/app%2f",
        "https://desk.example.org/app;x",
        "https://desk.example.org//app",
        "https://desk.example.org:8443/app",
        "http://desk.example.org/app",
        "https://desk.example.org.evil.example/app",
        "https://evil.example/https://desk.example.org/app",
        "https://evil.example\\@desk.example.org/app",
        "https://desk.example.org@evil.example/app",
        "https://me@desk.example.org/app",
        "https://me:pass@desk.example.org/app",
        "https://desk.example.org/app#",
        "https://desk.example.org/app#x",
        "https://desk.example.org/app?#x",
        " https://desk.example.org/app",
        "https://desk.example.org/app\n",
        "https://desk.exam\tple.org/app",
        "https://desk.example.org/app?a=\r\nSet-Cookie:x",
        "https://desk.example.org\u{ff0f}evil/app",
        "https://ｄesk.evil.example/app",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://localhost:3001/",
        "http://127.0.0.1:3000/",
    ] {
        let call = sign_ons.app.anonymous();
        let reply = call
            .query("/v1/auth/oidc/start", &[("return_to", odd)])
            .await;
        reply.refuses(400, "invalid_parameter", &[("return_to", "not_allowed")]);
        assert_eq!(reply.header("location"), "", "{odd:?}: {reply}");
    }
    for twice in ["a%00", DESK] {
        let path = format!("/v1/auth/oidc/start?return_to={DESK}&return_to={twice}");
        let reply = sign_ons.app.anonymous().get(&path).await;
        reply.problem(400, "invalid_parameter");
    }
    // Those that are the same to a browser lead to what the setting says.
    sign_ons.account("jane.doe@example.org", Role::Editor).await;
    for (given, found) in [
        (
            "HTTPS://Desk.Example.ORG:443/app?x#".trim_end_matches('#'),
            "https://desk.example.org/app?x",
        ),
        ("https://desk.example.org/other/../app", DESK),
        ("https:desk.example.org/app", DESK),
        ("http://localhost:3000", "http://localhost:3000/"),
        (
            "https://desk.example.org/app?to=//evil",
            "https://desk.example.org/app?to=//evil",
        ),
        ("https://desk.example.org/app?sign_on_error=denied", DESK),
    ] {
        let begun = sign_ons.begin_for(Some(given)).await;
        let path = sign_ons.at_provider(&begun).await;
        let reply = sign_ons.back(&path, &begun.cookie).await.expect(303);
        assert_eq!(reply.header("location"), found);
    }
}

async fn without_a_page_to_lead_back_to_problems_say_it(kind: Kind) {
    let sign_ons = SignOns::start(kind, |_| ()).await;
    let refused = async |status: u16, code: &str, why: &str| {
        let begun = sign_ons.begin_for(None).await;
        let path = sign_ons.at_provider(&begun).await;
        let reply = sign_ons.back(&path, &begun.cookie).await;
        let problem = reply.problem(status, code);
        assert_eq!(problem["sign_on_error"], why, "{reply}");
        let shown = String::from_utf8_lossy(&reply.body);
        for secret in [SECRET, "own words", "code-", "eyJ"] {
            assert!(!shown.contains(secret), "{reply}");
        }
        let clear = "__Secure-masthead_sign_on=; ";
        assert!(reply.header("set-cookie").starts_with(clear), "{reply}");
    };
    refused(401, "invalid_credentials", "unknown_account").await;
    sign_ons.tell(|ways| ways.denies = Some("access_denied"));
    refused(401, "invalid_credentials", "denied").await;
    sign_ons.tell(|ways| ways.denies = Some("server_error"));
    refused(401, "invalid_credentials", "failed").await;
    sign_ons.tell(|ways| {
        ways.denies = None;
        ways.claims = json!({"email_verified": false});
    });
    refused(401, "invalid_credentials", "not_verified").await;
}
