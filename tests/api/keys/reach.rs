//! What somebody may read of articles is said twice, in SQL for lists and in Rust for single
//! ones: the two agree.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use diesel::QueryDsl as _;
use masthead::articles::draft_access::readable;
use masthead::articles::row::{ArticleRow, working_copies};
use masthead::auth::ownership::{Owned, permit};
use masthead::auth::permission::{ReadDrafts, WriteArticles};
use masthead::auth::principal::{Bounds, PrincipalKind};
use masthead::auth::{Permission, Permissions, Principal, Role};
use masthead::db::columns;
use masthead::db::schema::editorial::articles;
use serde_json::{Value, json};

use crate::support::workflow::path;
use crate::support::{Caller, Resource as _, TestApp};

on_both!(
    the_condition_agrees_with_the_rule,
    lists_agree_with_single_reads,
    a_key_without_reads_changes_what_it_may,
);

const SECTIONS: [Option<&str>; 3] = [Some("sport"), Some("culture"), None];
const LOCALES: [&str; 2] = ["en", "de"];
/// Never published, published, published for later, ended, taken back.
const STATES: [&str; 5] = ["draft", "live", "later", "ended", "taken"];

/// Articles of each section, locale and state, by an admin and by `other`; every second one
/// credits Jane Doe. Gives all ids, each with whether it credits her.
async fn seed(app: &TestApp, other: &Caller<'_>) -> BTreeMap<String, bool> {
    app.author("Jane Doe").create().await;
    let mut ids = BTreeMap::new();
    let mut number = 0;
    for caller in [&app.admin(), other] {
        for section in SECTIONS {
            for (locale, state) in LOCALES.iter().flat_map(|l| STATES.map(|s| (l, s))) {
                number += 1;
                let credited = number % 2 == 0;
                let authors = if credited {
                    json!([{"author": "jane-doe"}])
                } else {
                    json!([])
                };
                let dates = match state {
                    "later" => json!("2026-12-01T00:00:00Z"),
                    _ => json!(null),
                };
                let ends = match state {
                    "ended" => json!("2026-11-23T12:00:01Z"),
                    _ => json!(null),
                };
                let article = json!({
                    "title": format!("Story {number}"), "section": section, "locale": locale,
                    "authors": authors, "published_at": dates, "expires_at": ends,
                    "body": {"source": "Text."},
                });
                let reply = caller.clone().post("/v1/articles", &article).await;
                let id = reply.expect(201).json().id().to_owned();
                if state != "draft" {
                    app.publish(&id).await;
                }
                if state == "taken" {
                    let path = format!("/v1/articles/{id}/unpublish");
                    let call = app.admin().if_match("*");
                    call.post(&path, &json!({})).await.expect(200);
                }
                ids.insert(id, credited);
            }
        }
    }
    app.advance(Duration::seconds(2));
    ids
}

async fn the_condition_agrees_with_the_rule(app: TestApp) {
    let author = app.create_key(json!({"name": "a", "role": "author"})).await;
    let by = app.anonymous().bearer(author["secret"].as_str().unwrap());
    let credited = seed(&app, &by).await;
    let jane = app.anonymous().get("/v1/authors/jane-doe").await.json();
    let jane = jane.id();
    let mut conn = app.db.read().await.unwrap();
    let all: Vec<ArticleRow> = conn
        .load(working_copies().select(columns::<ArticleRow>()))
        .await
        .unwrap();
    assert_eq!(all.len(), credited.len());

    let texts = |list: &[&str]| Some(list.iter().map(|&one| one.to_owned()).collect());
    let sections = [
        None,
        texts(&["sport"]),
        texts(&["sport", "culture"]),
        texts(&["x"]),
    ];
    let locales = [None, texts(&["de"]), texts(&["de", "en"])];
    let session = |author: Option<&str>| PrincipalKind::User {
        session: "s".to_owned(),
        author: author.map(str::to_owned),
    };
    let kinds = [PrincipalKind::Key, session(None), session(Some(jane))];
    let ids = [author.id(), "somebody else"];
    let mut permissions: Vec<Permissions> = Role::ALL.iter().map(|r| r.permissions()).collect();
    permissions.extend(Permission::ALL.iter().map(|one| Permissions::of(&[*one])));
    for kind in &kinds {
        for id in ids {
            for (sections, locales) in sections
                .iter()
                .flat_map(|s| locales.iter().map(move |l| (s, l)))
            {
                for permissions in &permissions {
                    let principal = Principal {
                        id: id.to_owned(),
                        kind: kind.clone(),
                        role: None,
                        permissions: *permissions,
                        bounds: Bounds {
                            sections: sections.clone(),
                            locales: locales.clone(),
                        },
                    };
                    let query = articles::table.select(articles::id);
                    let listed: Vec<String> = match readable(&principal) {
                        Some(condition) => conn.load(query.filter(condition)).await.unwrap(),
                        None => conn.load(query).await.unwrap(),
                    };
                    let listed: BTreeSet<String> = listed.into_iter().collect();
                    let may_read = |row: &&ArticleRow| {
                        let owned = Owned {
                            created_by: row.created_by.as_deref(),
                            credits_caller: principal.author() == Some(jane) && credited[&row.id],
                            section: row.section.as_deref(),
                            locale: &row.locale,
                            live: row.live_version.is_some(),
                            public: false,
                        };
                        let readable = permit::<ReadDrafts>(&principal, &owned).is_ok();
                        // Nobody is told that there is what they may not read.
                        if let Err(error) = permit::<WriteArticles>(&principal, &owned) {
                            let status = error.code().status().as_u16();
                            assert_eq!(status, if readable { 403 } else { 404 });
                        }
                        readable
                    };
                    let permitted = all.iter().filter(may_read);
                    let permitted: BTreeSet<String> = permitted.map(|row| row.id.clone()).collect();
                    assert_eq!(listed, permitted, "{principal:?}");
                }
            }
        }
    }
}

async fn lists_agree_with_single_reads(app: TestApp) {
    let key = app.create_key(json!({"name": "a", "role": "author"})).await;
    let path = format!("/v1/keys/{}", key.id());
    let caller = app.anonymous().bearer(key["secret"].as_str().unwrap());
    let ids = seed(&app, &caller).await;
    let public = app.anonymous().get("/v1/articles?limit=100").await;
    let public: BTreeSet<String> = public.expect(200).each("id").into_iter().collect();
    assert_eq!(public.len(), 12);
    for (rights, count) in [
        (json!({"role": "author"}), 30),
        (json!({"role": "contributor", "sections": ["sport"]}), 10),
        (json!({"role": "viewer", "sections": ["sport"]}), 20),
        (json!({"role": "editor", "locales": ["de"]}), 30),
        (
            json!({"role": "admin", "sections": ["culture"], "locales": ["en"]}),
            10,
        ),
        (json!({"role": "viewer", "sections": ["none"]}), 0),
        (
            json!({"permissions": ["read_own_drafts"], "locales": ["de"]}),
            15,
        ),
        (
            json!({"permissions": ["read_drafts", "write_own_drafts"]}),
            60,
        ),
        // Without drafts they read as the public does, whatever their bounds.
        (json!({"permissions": ["read_published"]}), 12),
        (
            json!({"permissions": ["write_articles"], "sections": ["sport"]}),
            12,
        ),
    ] {
        let mut patch =
            json!({"role": null, "permissions": null, "sections": null, "locales": null});
        for (name, value) in rights.as_object().unwrap() {
            patch[name] = value.clone();
        }
        app.admin().change(&path, &patch).await.expect(200);
        let list = caller
            .clone()
            .get("/v1/articles?limit=100&total=true")
            .await;
        let list = list.expect(200);
        let listed: BTreeSet<String> = list.each("id").into_iter().collect();
        assert_eq!(listed.len(), count, "{rights}");
        assert_eq!(list.json()["page"]["total"], json!(count), "{rights}");
        for id in ids.keys() {
            let reply = caller.clone().get(&format!("/v1/articles/{id}")).await;
            let expected = match (listed.contains(id), public.contains(id)) {
                (true, _) => 200,
                (false, true) => 403,
                (false, false) => 404,
            };
            assert_eq!(reply.status, expected, "{rights}: {reply}");
            let of: Value = reply.json();
            assert_eq!(of.get("version").is_some(), expected == 200 && count != 12);
        }
    }
}

async fn a_key_without_reads_changes_what_it_may(app: TestApp) {
    for section in ["sport", "culture"] {
        let article =
            |title: &str| json!({"title": format!("{section} {title}"), "section": section});
        app.create_article(article("draft")).await;
        app.create_published(article("live")).await;
    }
    let key = json!({
        "name": "feed", "permissions": ["write_articles", "publish_articles"],
        "sections": ["sport"],
    });
    let feed = app.with_new_key(key).await;
    let call = || feed.clone().if_match("*");
    let article = json!({"title": "Result", "section": "sport", "body": {"source": "2:1"}});
    let made = call()
        .post("/v1/articles", &article)
        .await
        .expect(201)
        .json();
    let story = path(&made);
    // It reads as the public does.
    feed.clone().get(&story).await.problem(404, "not_found");
    let final_score = json!({"title": "Final result"});
    call().patch(&story, &final_score).await.expect(200);
    let publish = format!("{story}/publish");
    call().post(&publish, &json!({})).await.expect(200);
    let read = feed.clone().get(&story).await.expect(200).json();
    assert_eq!(read["title"], "Final result");
    assert!(read.get("status").is_none());
    call()
        .patch("/v1/articles/sport-draft", &final_score)
        .await
        .expect(200);
    let reply = call()
        .patch("/v1/articles/culture-draft", &final_score)
        .await;
    reply.problem(404, "not_found");

    let key = json!({"name": "drafts", "permissions": ["write_own_drafts"]});
    let own = app.with_new_key(key).await;
    let call = || own.clone().if_match("*");
    let made = call()
        .post("/v1/articles", &article)
        .await
        .expect(201)
        .json();
    let own_path = path(&made);
    call()
        .patch(&own_path, &json!({"title": "B"}))
        .await
        .expect(200);
    let reply = call().patch("/v1/articles/sport-draft", &final_score).await;
    reply.problem(404, "not_found");
    let reply = call().patch("/v1/articles/sport-live", &final_score).await;
    reply.problem(403, "forbidden");
    app.publish(made.id()).await;
    let reply = call().patch(&own_path, &final_score).await;
    reply.problem(403, "forbidden");
}
