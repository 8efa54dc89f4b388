//! Single sign-on: the way to the provider and back, and whose account it is.

use chrono::Duration;
use masthead::auth::Role;
use serde_json::json;

use crate::support::services::provider::{Signer, jwk};
use crate::support::sign_on::{DESK, PUBLIC, SignOns, cookie};
use crate::support::{Kind, Resource as _, TestApp};

on_both!(
    somebody_signs_on,
    a_public_client_has_no_secret,
    without_a_provider_there_is_nothing,
    who_is_known_by_subject_is_known_whatever_the_address,
    an_address_counts_only_if_the_provider_vouches_for_it,
    an_account_belongs_to_one_subject,
    strangers_get_an_account_if_the_settings_say_so,
    suspended_accounts_stay_out,
    a_state_is_good_once_in_one_browser_for_a_while,
    attempts_are_counted,
    what_has_ended_is_deleted,
);

async fn start(kind: Kind) -> SignOns {
    SignOns::start(kind, |_| ()).await
}

async fn somebody_signs_on(kind: Kind) {
    let sign_ons = start(kind).await;
    let id = sign_ons.account("jane.doe@example.org", Role::Editor).await;
    let to = format!("{DESK}?tab=1&q=a%20b");
    let begun = sign_ons.begin_for(Some(&to)).await;
    let address = url::Url::parse(&begun.address).unwrap();
    let parameter = |name: &str| {
        let mut pairs = address.query_pairs();
        pairs
            .find(|(given, _)| given == name)
            .unwrap()
            .1
            .into_owned()
    };
    assert_eq!(parameter("scope"), "openid email profile");
    assert_eq!(parameter("response_type"), "code");
    let callback = format!("{PUBLIC}/v1/auth/oidc/callback");
    assert_eq!(parameter("redirect_uri"), callback);
    assert!(!begun.address.contains(&begun.cookie[26..]));

    let path = sign_ons.at_provider(&begun).await;
    let reply = sign_ons.back(&path, &begun.cookie).await.expect(303);
    assert_eq!(reply.header("location"), to);
    assert_eq!(reply.header("cache-control"), "private, no-store");
    assert!(reply.body.is_empty());
    let cookies: Vec<_> = reply.headers.get_all("set-cookie").iter().collect();
    let refresh = cookies[0].to_str().unwrap();
    assert!(
        refresh.starts_with("__Secure-masthead_refresh=mhr_"),
        "{refresh}"
    );
    assert!(
        refresh.ends_with("; HttpOnly; SameSite=Strict; Secure"),
        "{refresh}"
    );
    assert_eq!(
        cookies[1],
        "__Secure-masthead_sign_on=; Path=/v1/auth/oidc; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
    );
    let tokens = sign_ons.refresh(&reply).await;
    assert_eq!(tokens["user"]["id"], id.as_str());
    assert_eq!(tokens["user"]["last_login_at"], "2026-11-23T12:00:00Z");
    let bearer = tokens["access_token"].as_str().unwrap();
    let me = sign_ons.app.anonymous().bearer(bearer).get("/v1/me").await;
    assert_eq!(me.expect(200).json()["id"], id.as_str());

    // And again, later, when the provider signs otherwise.
    sign_ons.advance(Duration::days(1));
    sign_ons.tell(|ways| {
        ways.signer = Signer::Ed(1);
        ways.keys = vec![jwk(&Signer::Rsa), jwk(&Signer::Ed(1))];
    });
    assert_eq!(sign_ons.signed_in().await["user"]["id"], id.as_str());
    // What the provider says of itself was not asked again each time.
    let asked = sign_ons.provider.ways().asked.clone();
    let times = |path: &str| asked.iter().filter(|one| *one == path).count();
    assert_eq!(times("/jwks"), 2);
    assert_eq!(times("/token"), 2);
}

async fn a_public_client_has_no_secret(kind: Kind) {
    let sign_ons = SignOns::start(kind, |settings| {
        settings.oidc.client_secret = masthead::config::Secret::new("");
        settings.auth.cookie_secure = false;
        settings.server.public_url = PUBLIC.to_owned();
    })
    .await;
    sign_ons.tell(|ways| ways.secret = None);
    sign_ons.account("jane.doe@example.org", Role::Viewer).await;
    let reply = sign_ons.app.anonymous().get("/v1/auth/oidc/start").await;
    let address = reply.expect(302);
    let cookie = cookie(&address, "masthead_sign_on");
    let begun = crate::support::sign_on::Begun {
        address: address.header("location").to_owned(),
        cookie,
    };
    let path = sign_ons.at_provider(&begun).await;
    let reply = sign_ons.back(&path, &begun.cookie).await.expect(303);
    assert_eq!(reply.header("location"), "/account#signed-in");
    // A provider that takes the secret in the body says so.
    let sign_ons = start(kind).await;
    sign_ons.account("jane.doe@example.org", Role::Viewer).await;
    sign_ons.tell(|ways| {
        ways.secret_in_body = true;
        ways.metadata = json!({"token_endpoint_auth_methods_supported": ["client_secret_post"]});
    });
    sign_ons.signed_in().await;
}

async fn without_a_provider_there_is_nothing(app: TestApp) {
    for path in [
        "start",
        "start?return_to=x",
        "callback",
        "callback?state=x&code=y",
    ] {
        let reply = app.anonymous().get(&format!("/v1/auth/oidc/{path}")).await;
        reply.problem(404, "not_found");
    }
}

async fn who_is_known_by_subject_is_known_whatever_the_address(kind: Kind) {
    let sign_ons = start(kind).await;
    let jane = sign_ons.account("jane.doe@example.org", Role::Editor).await;
    sign_ons.account("boss@example.org", Role::Admin).await;
    sign_ons.tell(|ways| ways.claims = json!({"email": "Jane.DOE@Example.org"}));
    assert_eq!(sign_ons.signed_in().await["user"]["id"], jane.as_str());
    for claims in [
        json!({"email": "boss@example.org"}),
        json!({"email": "boss@example.org", "email_verified": false}),
        json!({"email": null, "email_verified": null}),
        json!({"email_verified": "true"}),
    ] {
        sign_ons.tell(|ways| ways.claims = claims);
        assert_eq!(sign_ons.signed_in().await["user"]["id"], jane.as_str());
    }
    assert_eq!(sign_ons.user(&jane).await["email"], "jane.doe@example.org");
}

/// Whoever says that they have somebody's address, at a provider that does not look, does not
/// get that person's account.
async fn an_address_counts_only_if_the_provider_vouches_for_it(kind: Kind) {
    let create = |settings: &mut masthead::config::Settings| {
        settings.oidc.create_users = true;
        settings.oidc.default_role = "viewer".to_owned();
    };
    let sign_ons = SignOns::start(kind, create).await;
    sign_ons.account("jane.doe@example.org", Role::Admin).await;
    for verified in [json!(false), json!(null), json!("true"), json!("false")] {
        for email in ["jane.doe@example.org", "new@example.org"] {
            let claims = json!({"sub": "mallory", "email": email, "email_verified": verified});
            sign_ons.tell(|ways| ways.claims = claims);
            sign_ons.refused("not_verified").await;
        }
    }
    for claims in [
        json!({"email": null}),
        json!({"email": "jane.doe"}),
        json!({"email": "jane.doe@example.org\u{0}"}),
    ] {
        sign_ons.tell(|ways| ways.claims = claims);
        sign_ons.refused("not_verified").await;
    }
    // What is no boolean at all is no ID token.
    sign_ons.tell(|ways| ways.claims = json!({"email_verified": 1}));
    sign_ons.refused("failed").await;
    let users = sign_ons.app.admin().get("/v1/users").await;
    assert_eq!(users.each("email"), ["jane.doe@example.org"]);
}

async fn an_account_belongs_to_one_subject(kind: Kind) {
    let sign_ons = start(kind).await;
    let jane = sign_ons.account("jane.doe@example.org", Role::Editor).await;
    sign_ons.signed_in().await;
    // The address was given to somebody else.
    sign_ons.tell(|ways| ways.claims = json!({"sub": "another Jane"}));
    sign_ons.refused("unknown_account").await;
    sign_ons.tell(|ways| ways.claims = json!({}));
    assert_eq!(sign_ons.signed_in().await["user"]["id"], jane.as_str());
}

async fn strangers_get_an_account_if_the_settings_say_so(kind: Kind) {
    let sign_ons = start(kind).await;
    sign_ons.refused("unknown_account").await;

    let create = |settings: &mut masthead::config::Settings| {
        settings.oidc.create_users = true;
        settings.oidc.default_role = "contributor".to_owned();
    };
    let sign_ons = SignOns::start(kind, create).await;
    let tokens = sign_ons.signed_in().await;
    let id = tokens["user"].id().to_owned();
    let user = sign_ons.user(&id).await;
    assert_eq!(user["email"], "jane.doe@example.org");
    assert_eq!(user["name"], "Jane Doe");
    assert_eq!(user["role"], "contributor");
    assert_eq!(user["has_password"], false);
    assert_eq!(user["created_by"], "sign-on");
    assert_eq!(sign_ons.signed_in().await["user"]["id"], id.as_str());
    // A name that cannot be one, or is missing.
    for (sub, name, shown) in [
        ("a", json!("a\nb"), "a@example.org"),
        ("b", json!(null), "b@example.org"),
        ("c", json!(" "), "nick"),
    ] {
        let claims = json!({
            "sub": sub, "name": name, "email": format!("{sub}@example.org"),
            "preferred_username": (sub == "c").then_some("nick"),
        });
        sign_ons.tell(|ways| ways.claims = claims);
        assert_eq!(sign_ons.signed_in().await["user"]["name"], shown);
    }
}

async fn suspended_accounts_stay_out(kind: Kind) {
    let sign_ons = start(kind).await;
    let linked = sign_ons.account("jane.doe@example.org", Role::Editor).await;
    let new = sign_ons.account("new@example.org", Role::Editor).await;
    sign_ons.signed_in().await;
    for id in [&linked, &new] {
        let path = format!("/v1/users/{id}");
        let patch = sign_ons
            .app
            .admin()
            .change(&path, &json!({"status": "suspended"}))
            .await;
        patch.expect(200);
    }
    sign_ons.refused("suspended").await;
    sign_ons.tell(|ways| ways.claims = json!({"sub": "new", "email": "new@example.org"}));
    sign_ons.refused("suspended").await;
}

async fn a_state_is_good_once_in_one_browser_for_a_while(kind: Kind) {
    let sign_ons = start(kind).await;
    sign_ons.account("jane.doe@example.org", Role::Editor).await;
    let no_good = async |path: &str, cookie: &str| {
        let reply = sign_ons.back(path, cookie).await;
        reply.refuses(400, "invalid_parameter", &[("state", "not_good")]);
        assert_eq!(reply.header("set-cookie"), "", "{reply}");
    };
    // None, or one that was not given out.
    let reply = sign_ons.back("/v1/auth/oidc/callback?code=x", "a=b").await;
    reply.refuses(400, "invalid_parameter", &[("state", "missing")]);
    no_good("/v1/auth/oidc/callback?code=x&state=", "a=b").await;
    no_good("/v1/auth/oidc/callback?code=x&state=guess", "a=b").await;
    // Used.
    let begun = sign_ons.begin().await;
    let path = sign_ons.at_provider(&begun).await;
    sign_ons.back(&path, &begun.cookie).await.expect(303);
    no_good(&path, &begun.cookie).await;
    // Another browser's, which makes it void for its own too.
    let (mallory, victim) = (sign_ons.begin().await, sign_ons.begin().await);
    let path = sign_ons.at_provider(&mallory).await;
    no_good(&path, &victim.cookie).await;
    no_good(&path, &mallory.cookie).await;
    for cookie in ["a=b", "__Secure-masthead_sign_on=", "masthead_sign_on=x"] {
        let begun = sign_ons.begin().await;
        no_good(&sign_ons.at_provider(&begun).await, cookie).await;
    }
    // A code of another sign-on: its verifier and nonce are not those of this one.
    let (one, other) = (sign_ons.begin().await, sign_ons.begin().await);
    let (path, others) = (
        sign_ons.at_provider(&one).await,
        sign_ons.at_provider(&other).await,
    );
    let code = |path: &str| path.split("code=").nth(1).unwrap().to_owned();
    let mixed = path.replace(&code(&path), &code(&others));
    assert_ne!(path, mixed);
    let reply = sign_ons.back(&mixed, &one.cookie).await.expect(303);
    assert!(reply.header("location").ends_with("=failed"), "{reply}");
    // Another provider's answer (RFC 9207).
    let begun = sign_ons.begin().await;
    let path = sign_ons.at_provider(&begun).await;
    let path = path.replace("&iss=http", "&iss=https");
    let reply = sign_ons.back(&path, &begun.cookie).await.expect(303);
    assert!(reply.header("location").ends_with("=failed"), "{reply}");
    // Too late.
    let begun = sign_ons.begin().await;
    let path = sign_ons.at_provider(&begun).await;
    sign_ons.advance(Duration::minutes(10));
    no_good(&path, &begun.cookie).await;
}

async fn attempts_are_counted(kind: Kind) {
    let sign_ons = SignOns::start(kind, |settings| {
        settings.limits.login_address.requests = 2;
    })
    .await;
    let start = async || sign_ons.app.anonymous().get("/v1/auth/oidc/start").await;
    let reply = start().await.expect(302);
    assert_eq!(reply.header("ratelimit"), "\"login-address\";r=1;t=450");
    start().await.expect(302);
    let refused = start().await;
    refused.problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), "450");
}

async fn what_has_ended_is_deleted(kind: Kind) {
    use diesel::QueryDsl as _;
    use masthead::db::schema::accounts::sign_ons as table;
    let sign_ons = start(kind).await;
    let count = async || {
        let mut conn = sign_ons.app.db.read().await.unwrap();
        conn.one::<i64>(table::table.count()).await.unwrap()
    };
    let begun = sign_ons.begin().await;
    sign_ons.begin().await;
    assert_eq!(count().await, 2);
    // One that fails is gone as well.
    let path = sign_ons.at_provider(&begun).await;
    sign_ons.back(&path, &begun.cookie).await.expect(303);
    assert_eq!(count().await, 1);
    sign_ons.advance(Duration::minutes(11));
    sign_ons.begin().await;
    assert_eq!(count().await, 1);
}
