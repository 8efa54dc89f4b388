//! Single sign-on: which role somebody gets.

use masthead::auth::Role;
use masthead::config::Settings;
use serde_json::{Value, json};

use crate::support::Kind;
use crate::support::sign_on::SignOns;

on_both!(
    a_claim_gives_the_role,
    without_a_role_nobody_comes_in,
    without_a_claim_roles_are_set_here,
    another_role_ends_the_sessions_before,
    the_last_admin_stays_one,
);

fn by_claim(claim: &'static str, default: &'static str) -> impl FnOnce(&mut Settings) {
    move |settings: &mut Settings| {
        settings.oidc.role_claim = claim.to_owned();
        settings.oidc.default_role = default.to_owned();
        settings.oidc.create_users = true;
        for (value, role) in [
            ("cms-admins", "admin"),
            ("desk", "editor"),
            ("all", "viewer"),
        ] {
            settings
                .oidc
                .roles
                .insert(value.to_owned(), role.to_owned());
        }
    }
}

async fn role(sign_ons: &SignOns, claims: Value) -> Value {
    sign_ons.tell(|ways| ways.claims = claims);
    sign_ons.signed_in().await["user"]["role"].clone()
}

async fn a_claim_gives_the_role(kind: Kind) {
    let sign_ons = SignOns::start(kind, by_claim("realm_access.roles", "contributor")).await;
    // So that there is another admin.
    sign_ons.account("boss@example.org", Role::Admin).await;
    for (roles, expected) in [
        (json!("desk"), "editor"),
        (json!(["all", "offline_access", "desk"]), "editor"),
        (json!(["desk", "cms-admins", "all"]), "admin"),
        (json!(["all"]), "viewer"),
        (json!(["Desk"]), "contributor"),
        (json!([]), "contributor"),
        (json!(7), "contributor"),
    ] {
        let claims = json!({"realm_access": {"roles": roles}});
        assert_eq!(role(&sign_ons, claims).await, expected);
    }
    assert_eq!(role(&sign_ons, json!({})).await, "contributor");
    assert_eq!(
        role(&sign_ons, json!({"realm_access.roles": "all"})).await,
        "viewer"
    );
}

async fn without_a_role_nobody_comes_in(kind: Kind) {
    let sign_ons = SignOns::start(kind, by_claim("groups", "")).await;
    let jane = sign_ons.account("jane.doe@example.org", Role::Editor).await;
    for claims in [
        json!({}),
        json!({"groups": ["others"]}),
        json!({"groups": ["others"], "sub": "new", "email": "new@example.org"}),
    ] {
        sign_ons.tell(|ways| ways.claims = claims);
        sign_ons.refused("denied").await;
    }
    // Nothing was written.
    let users = sign_ons.app.admin().get("/v1/users").await;
    assert_eq!(users.each("id"), [jane.as_str()]);
    assert_eq!(
        role(&sign_ons, json!({"groups": "desk", "sub": "first"})).await,
        "editor"
    );
    // Nor do those come in again who have lost theirs.
    sign_ons.tell(|ways| ways.claims = json!({"sub": "first"}));
    sign_ons.refused("denied").await;
}

async fn without_a_claim_roles_are_set_here(kind: Kind) {
    let sign_ons = SignOns::start(kind, by_claim("", "viewer")).await;
    sign_ons.account("jane.doe@example.org", Role::Editor).await;
    let claims = json!({"groups": ["cms-admins"]});
    assert_eq!(role(&sign_ons, claims).await, "editor");
    let claims = json!({"sub": "new", "email": "new@example.org"});
    assert_eq!(role(&sign_ons, claims).await, "viewer");
}

async fn another_role_ends_the_sessions_before(kind: Kind) {
    let sign_ons = SignOns::start(kind, by_claim("groups", "")).await;
    sign_ons.tell(|ways| ways.claims = json!({"groups": "desk"}));
    let reply = sign_ons.sign_on().await;
    let before = sign_ons.refresh(&reply).await;
    let call = |tokens: &Value| {
        let bearer = tokens["access_token"].as_str().unwrap();
        sign_ons.app.anonymous().bearer(bearer)
    };
    let editors = json!({"name": "Sea"});
    call(&before).post("/v1/tags", &editors).await.expect(201);
    // The same role leaves them as they are.
    sign_ons.signed_in().await;
    call(&before).get("/v1/me").await.expect(200);

    sign_ons.tell(|ways| ways.claims = json!({"groups": "all"}));
    let after = sign_ons.signed_in().await;
    assert_eq!(after["user"]["role"], "viewer");
    assert_eq!(after["user"]["updated_by"], "sign-on");
    call(&before)
        .get("/v1/me")
        .await
        .problem(401, "unauthorized");
    call(&after).get("/v1/me").await.expect(200);
    call(&after)
        .post("/v1/tags", &editors)
        .await
        .problem(403, "forbidden");
}

async fn the_last_admin_stays_one(kind: Kind) {
    let sign_ons = SignOns::start(kind, by_claim("groups", "viewer")).await;
    let jane = sign_ons.account("jane.doe@example.org", Role::Admin).await;
    assert_eq!(role(&sign_ons, json!({"groups": "desk"})).await, "admin");
    assert_eq!(sign_ons.user(&jane).await["version"], 1);
    sign_ons.account("boss@example.org", Role::Admin).await;
    assert_eq!(role(&sign_ons, json!({"groups": "desk"})).await, "editor");
}
