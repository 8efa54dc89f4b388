//! What may be done to whom, and how soon a change of rights is felt.

use chrono::Duration;
use masthead::app::Edit;
use masthead::auth::{Permission, Role};
use masthead::clock::{Clock, Ids};
use masthead::db::{Conn, Json};
use masthead::keys::store::{self as keys, KeyRow};
use serde_json::{Value, json};

use crate::support::accounts::{PASSWORD, User};
use crate::support::{Kind, Resource as _, TestApp};

on_both!(
    an_admin_is_always_left,
    of_two_admins_one_is_left_when_both_go_at_once,
    nobody_gives_or_takes_what_they_lack,
    rights_that_end_are_felt_at_once,
    no_recheck_asks_at_each_request,
    a_key_of_some_sections_manages_nobody,
);

async fn an_admin_is_always_left(app: TestApp) {
    let admin = app.user(Role::Admin).await;
    let body = |role: &str, status: &str| json!({"email": admin.email, "name": "admin", "role": role, "status": status});
    let refused = async || {
        for by_key in [true, false] {
            let call = || match by_key {
                true => app.admin().if_match("*"),
                false => app.as_user(&admin).if_match("*"),
            };
            for patch in [json!({"role": "editor"}), json!({"status": "suspended"})] {
                call()
                    .patch(&admin.path(), &patch)
                    .await
                    .problem(409, "conflict");
            }
            for (role, status) in [("editor", "active"), ("admin", "suspended")] {
                let reply = call().put(&admin.path(), &body(role, status)).await;
                reply.problem(409, "conflict");
            }
            call().delete(&admin.path()).await.problem(409, "conflict");
        }
        assert!(app.is_good(&admin.access).await, "nothing was changed");
    };
    refused().await;
    // Another who cannot sign in is none.
    let other = app.account("other", Role::Admin, None).await;
    let path = format!("/v1/users/{other}");
    let change = async |patch: Value| {
        app.admin().change(&path, &patch).await.expect(200);
    };
    change(json!({"status": "suspended"})).await;
    refused().await;
    change(json!({"status": "active"})).await;
    app.admin()
        .change(&admin.path(), &json!({"role": "viewer"}))
        .await
        .expect(200);
    assert!(!app.is_good(&admin.access).await);
    app.admin().remove(&path).await.problem(409, "conflict");
}

async fn of_two_admins_one_is_left_when_both_go_at_once(app: TestApp) {
    let other = app.second();
    for round in 0..5 {
        let one = app.account(&format!("one{round}"), Role::Admin, None).await;
        let two = app.account(&format!("two{round}"), Role::Admin, None).await;
        let path = |id: &str| format!("/v1/users/{id}");
        let (first, second) = (path(&one), path(&two));
        let (a, b) = tokio::join!(app.admin().remove(&first), other.admin().remove(&second),);
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409], "{a}{b}");
        // The one who is left leaves with the help of a third.
        let third = app
            .account(&format!("three{round}"), Role::Admin, None)
            .await;
        let left = if a.status == 409 { first } else { second };
        app.admin().remove(&left).await.expect(204);
        let mut conn = app.db.write().await.unwrap();
        let row = masthead::users::store::require(&mut conn, &third)
            .await
            .unwrap();
        let gone = diesel::delete(diesel::QueryDsl::find(
            masthead::db::schema::accounts::users::table,
            row.id,
        ));
        conn.execute(gone).await.unwrap();
    }
}

/// Makes a key straight in the database; gives its text.
pub async fn key(app: &TestApp, change: impl FnOnce(&mut KeyRow)) -> String {
    let ids = Ids::new(Clock::System);
    let edit = Edit {
        ids: &ids,
        now: app.now(),
        by: "tests",
    };
    let mut random = [0; 40];
    getrandom::fill(&mut random).unwrap();
    let key = masthead::auth::credentials::key::NewKey::from_random(&random);
    let mut row = KeyRow::new(edit, &key.lookup, Role::Viewer);
    change(&mut row);
    let mut conn = app.db.write().await.unwrap();
    conn.transaction(async |conn: &mut Conn| keys::create(conn, &row, &key).await)
        .await
        .unwrap();
    key.text
}

async fn nobody_gives_or_takes_what_they_lack(app: TestApp) {
    let admin = app.named_user("boss", Role::Admin).await;
    app.user(Role::Admin).await;
    let viewer = app.user(Role::Viewer).await;
    let key = key(&app, |row| {
        row.role = None;
        let list = [
            Permission::ManageUsers,
            Permission::ReadDrafts,
            Permission::WriteTags,
        ];
        row.permissions = Some(Json(list.to_vec()));
    })
    .await;
    let call = || app.bearer(&key).if_match("*");
    for role in ["admin", "editor", "author", "contributor"] {
        let body = json!({"email": "x@example.org", "name": "X", "role": role});
        call()
            .post("/v1/users", &body)
            .await
            .problem(403, "forbidden");
        let reply = call().patch(&viewer.path(), &json!({"role": role})).await;
        reply.problem(403, "forbidden");
        let body = json!({"email": viewer.email, "name": "X", "role": role});
        call()
            .put(&viewer.path(), &body)
            .await
            .problem(403, "forbidden");
    }
    for patch in [
        json!({"role": "viewer"}),
        json!({"status": "suspended"}),
        json!({"email": "thief@example.org"}),
        json!({"name": "X"}),
    ] {
        let reply = call().patch(&admin.path(), &patch).await;
        reply.problem(403, "forbidden");
    }
    let body = json!({"email": "thief@example.org", "name": "X", "role": "viewer"});
    call()
        .put(&admin.path(), &body)
        .await
        .problem(403, "forbidden");
    call().delete(&admin.path()).await.problem(403, "forbidden");
    let link = format!("{}/password-link", admin.path());
    call()
        .post(&link, &json!({}))
        .await
        .problem(403, "forbidden");
    assert!(app.is_good(&admin.access).await);
    // What it covers it may do.
    let body = json!({"email": "x@example.org", "name": "X", "role": "viewer"});
    let made = call().post("/v1/users", &body).await.expect(201).json();
    let path = format!("/v1/users/{}", made.id());
    call()
        .patch(&path, &json!({"status": "suspended"}))
        .await
        .expect(200);
    call().delete(&path).await.expect(204);
}

/// Checks that `act`, done on one instance, ends the rights of somebody there at once, and on
/// another within `auth.recheck_seconds`.
async fn ends<F: Future<Output = ()>>(
    app: &TestApp,
    other: &TestApp,
    name: &str,
    act: impl FnOnce(User) -> F,
) {
    let user = app.named_user(name, Role::Editor).await;
    assert!(app.is_good(&user.access).await && other.is_good(&user.access).await);
    act(user.clone()).await;
    assert!(!app.is_good(&user.access).await, "{name}: here, at once");
    app.refresh(&user.refresh).await.expect(401);
    other.refresh(&user.refresh).await.expect(401);
    app.advance(Duration::seconds(1));
    assert!(
        !other.is_good(&user.access).await,
        "{name}: there, within a second"
    );
}

async fn rights_that_end_are_felt_at_once(app: TestApp) {
    let other = app.second();
    app.user(Role::Admin).await;
    let patch = async |user: User, patch: Value| {
        app.admin().change(&user.path(), &patch).await.expect(200);
    };
    ends(&app, &other, "demoted", |user| {
        patch(user, json!({"role": "viewer"}))
    })
    .await;
    ends(&app, &other, "promoted", |user| {
        patch(user, json!({"role": "admin"}))
    })
    .await;
    ends(&app, &other, "suspended", |user| {
        patch(user, json!({"status": "suspended"}))
    })
    .await;
    ends(&app, &other, "deleted", async |user: User| {
        app.admin().remove(&user.path()).await.expect(204);
    })
    .await;
    ends(&app, &other, "logout", async |user: User| {
        app.as_user(&user)
            .post("/v1/auth/logout", &json!({}))
            .await
            .expect(204);
    })
    .await;
    ends(&app, &other, "everywhere", async |user: User| {
        app.as_user(&user)
            .post("/v1/auth/logout-all", &json!({}))
            .await
            .expect(204);
    })
    .await;
    ends(&app, &other, "one", async |user: User| {
        let path = format!("/v1/auth/sessions/{}", user.session);
        app.as_user(&user).delete(&path).await.expect(204);
    })
    .await;
    ends(&app, &other, "password", async |user: User| {
        let body = json!({"current_password": PASSWORD, "new_password": "ten quiet ferries"});
        app.as_user(&user)
            .post("/v1/me/password", &body)
            .await
            .expect(200);
    })
    .await;
    ends(&app, &other, "link", async |user: User| {
        let link = format!("{}/password-link", user.path());
        let made = app.admin().post(&link, &json!({})).await.expect(200).json();
        let body = json!({"token": made["token"], "password": "ten quiet ferries"});
        app.anonymous()
            .post("/v1/auth/password", &body)
            .await
            .expect(204);
    })
    .await;
    ends(&app, &other, "reused", async |user: User| {
        app.refresh(&user.refresh).await.expect(200);
        app.refresh(&user.refresh).await.expect(401);
    })
    .await;
}

async fn no_recheck_asks_at_each_request(kind: Kind) {
    let app = TestApp::start_with(kind, |settings| settings.auth.recheck_seconds = 0).await;
    let other = app.second();
    let user = app.user(Role::Editor).await;
    assert!(other.is_good(&user.access).await);
    app.as_user(&user)
        .post("/v1/auth/logout", &json!({}))
        .await
        .expect(204);
    assert!(!other.is_good(&user.access).await, "at the same moment");
}

async fn a_key_of_some_sections_manages_nobody(app: TestApp) {
    let viewer = app.user(Role::Viewer).await;
    let key = key(&app, |row| {
        row.role = Some(Role::Admin);
        row.sections = Some(Json(vec!["sport".to_owned()]));
    })
    .await;
    let call = || app.bearer(&key).if_match("*");
    let body = json!({"email": "x@example.org", "name": "X", "role": "viewer"});
    call()
        .post("/v1/users", &body)
        .await
        .problem(403, "forbidden");
    call()
        .patch(&viewer.path(), &json!({"name": "X"}))
        .await
        .problem(403, "forbidden");
    call()
        .put(&viewer.path(), &body)
        .await
        .problem(403, "forbidden");
    call()
        .delete(&viewer.path())
        .await
        .problem(403, "forbidden");
    let link = format!("{}/password-link", viewer.path());
    call()
        .post(&link, &json!({}))
        .await
        .problem(403, "forbidden");
    assert!(app.is_good(&viewer.access).await);
}
