//! Keys that are limited to sections or locales.

use serde_json::{Value, json};

use crate::support::workflow::path;
use crate::support::{Caller, Resource as _, TestApp};

on_both!(
    reads_stay_within_sections,
    changes_stay_within_sections,
    locales_are_bounds_too,
    references_lead_nowhere_else,
    others_working_copies_are_not_shown,
    what_belongs_to_all_is_left_alone,
);

/// A draft, a published article and one with unpublished changes in each of two sections, and
/// one of no section.
async fn seed(app: &TestApp) {
    app.tag("Cup").create().await;
    app.author("Jane Doe").create().await;
    for section in [Some("sport"), Some("culture"), None] {
        let name = section.unwrap_or("nowhere");
        let article = |title: &str| {
            json!({
                "title": format!("{name} {title}"), "section": section, "tags": ["cup"],
                "authors": [{"author": "jane-doe"}],
            })
        };
        app.create_article(article("draft")).await;
        app.create_published(article("live")).await;
        let changed = app.create_published(article("old")).await;
        let path = path(&changed);
        let slug = format!("{name}-new");
        app.change(&path, json!({"slug": slug, "title": "Secret"}))
            .await;
    }
}

/// An editor of one section.
async fn sports(app: &TestApp) -> Caller<'_> {
    let key = json!({"name": "sports", "role": "editor", "sections": ["sport", "chess"]});
    app.with_new_key(key).await
}

async fn reads_stay_within_sections(app: TestApp) {
    seed(&app).await;
    let sports = sports(&app).await;
    let own = ["sport-draft", "sport-live", "sport-new"];
    for (list, slugs) in [
        ("/v1/articles?limit=50", &own[..]),
        ("/v1/articles?section=sport,culture", &own),
        ("/v1/articles?section=culture", &[]),
        ("/v1/articles?filter=NOT%20section=sport", &[]),
        ("/v1/articles?filter=slug=culture-draft", &[]),
        ("/v1/articles?q=secret", &["sport-new"]),
        ("/v1/articles?status=draft", &["sport-draft"]),
        ("/v1/articles?tag=cup", &own),
        ("/v1/articles?author=jane-doe", &own),
        ("/v1/tags/cup/articles?limit=50", &own),
        ("/v1/authors/jane-doe/articles?limit=50", &own),
    ] {
        let reply = sports.clone().get(&format!("{list}&total=true")).await;
        let reply = reply.expect(200);
        let mut found = reply.each("slug");
        found.sort();
        assert_eq!(found, slugs, "{list}");
        assert_eq!(reply.json()["page"]["total"], slugs.len(), "{list}");
    }
    let (mut walked, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = format!("/v1/articles?limit=1&sort=title{cursor}");
        let reply = sports.clone().get(&page).await.expect(200);
        walked.extend(reply.each("slug"));
        match reply.json()["page"]["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(walked, ["sport-new", "sport-draft", "sport-live"]);
    // The cursor of somebody who sees more shows no more.
    let page = "/v1/articles?limit=1&sort=-title";
    let next = app.editor().get(page).await.expect(200).json();
    let next = next["page"]["next"].as_str().unwrap().to_owned();
    let reply = sports.clone().get(&format!("{page}&cursor={next}")).await;
    for slug in reply.expect(200).each("slug") {
        assert!(own.contains(&slug.as_str()), "{slug}");
    }

    for (name, status) in [
        ("sport-draft", 200),
        ("sport-live", 200),
        ("sport-new", 200),
        ("sport-old", 308),
        ("culture-draft", 404),
        ("culture-live", 403),
        ("nowhere-draft", 404),
        ("nowhere-live", 403),
        ("culture-old", 403),
    ] {
        let path = format!("/v1/articles/{name}");
        sports.clone().get(&path).await.expect(status);
        let known = app.editor().get(&path).await;
        if known.status == 200 {
            let id = known.json().id().to_owned();
            let path = format!("/v1/articles/{id}");
            let reply = sports.clone().get(&path).await.expect(status);
            assert_eq!(
                reply.status == 404,
                name.ends_with("draft") && status != 200
            );
        }
    }
    // What it is called next is not told.
    let reply = sports.clone().get("/v1/articles/culture-new").await;
    reply.problem(404, "not_found");
    // What everybody may read it may read.
    let live = sports
        .clone()
        .get("/v1/articles?version=live&limit=50")
        .await;
    assert_eq!(live.expect(200).data().len(), 6);
    let reply = sports.get("/v1/articles/culture-old?version=live").await;
    assert_eq!(reply.expect(200).json()["title"], "culture old");
}

async fn changes_stay_within_sections(app: TestApp) {
    seed(&app).await;
    let sports = sports(&app).await;
    let call = || sports.clone().if_match("*");
    for (section, status) in [
        (json!("sport"), 201),
        (json!("chess"), 201),
        (json!("culture"), 403),
        (json!(null), 403),
    ] {
        let article = json!({"title": "New", "section": section});
        sports
            .clone()
            .post("/v1/articles", &article)
            .await
            .expect(status);
    }
    let total = app.editor().get("/v1/articles?limit=50").await.data().len();
    assert_eq!(total, 11);

    for (name, status) in [
        ("culture-draft", 404),
        ("culture-live", 403),
        ("nowhere-draft", 404),
        ("nowhere-live", 403),
    ] {
        let path = format!("/v1/articles/{name}");
        let before = app.editor().get(&path).await.expect(200).json();
        let moved = json!({"title": "Mine", "section": "sport"});
        for reply in [
            call().patch(&path, &json!({"kicker": "Mine"})).await,
            call().patch(&path, &moved).await,
            call().put(&path, &moved).await,
            call().post(&format!("{path}/publish"), &json!({})).await,
            call().post(&format!("{path}/unpublish"), &json!({})).await,
            call().delete(&path).await,
        ] {
            reply.expect(status);
        }
        let after = app.editor().get(&path).await.expect(200).json();
        assert_eq!(after, before);
    }
    let path = "/v1/articles/sport-draft";
    let before = app.editor().get(path).await.json();
    for out in [json!("culture"), json!(null)] {
        let moved = json!({"title": "Mine", "section": out});
        for reply in [
            call().patch(path, &json!({"section": out})).await,
            call().put(path, &moved).await,
        ] {
            reply.problem(403, "forbidden");
        }
    }
    let reply = call().put(path, &json!({"title": "Mine"})).await;
    reply.problem(403, "forbidden");
    assert_eq!(app.editor().get(path).await.json(), before);

    call()
        .patch(path, &json!({"section": "chess"}))
        .await
        .expect(200);
    let whole = json!({"title": "Chess", "section": "chess", "body": {"source": "e4"}});
    call().put(path, &whole).await.expect(200);
    for act in ["publish", "unpublish"] {
        let path = format!("{path}/{act}");
        call().post(&path, &json!({})).await.expect(200);
    }
    call().delete(path).await.expect(204);
    app.editor().get(path).await.problem(404, "not_found");
}

async fn locales_are_bounds_too(app: TestApp) {
    for locale in ["en", "de", "pt-BR"] {
        let draft = json!({"title": format!("{locale} draft"), "locale": locale});
        app.create_article(draft).await;
        let live = json!({"title": format!("{locale} live"), "locale": locale});
        app.create_published(live).await;
    }
    let key = json!({"name": "abroad", "role": "editor", "locales": ["de", "pt-br"]});
    let abroad = app.with_new_key(key).await;
    let call = || abroad.clone();
    let list = abroad
        .clone()
        .get("/v1/articles?sort=title&total=true")
        .await;
    let titles = ["de draft", "de live", "pt-BR draft", "pt-BR live"];
    assert_eq!(list.each("title"), titles);
    assert_eq!(list.json()["page"]["total"], 4);
    let list = abroad
        .clone()
        .get("/v1/articles?locale=en&total=true")
        .await;
    assert_eq!(list.json()["page"]["total"], 0);
    for (path, status) in [
        ("de-draft", 200),
        ("pt-br-live", 200),
        ("de-draft?locale=en", 404),
        ("en-draft", 404),
        ("en-live", 403),
    ] {
        let path = format!("/v1/articles/{path}");
        abroad.clone().get(&path).await.expect(status);
    }
    for (locale, status) in [(json!("de"), 201), (json!("en"), 403), (json!(null), 403)] {
        // Without one it is the site's, which is en.
        let article = json!({"title": "Neu", "locale": locale});
        abroad
            .clone()
            .post("/v1/articles", &article)
            .await
            .expect(status);
    }
    let path = "/v1/articles/de-draft";
    for out in [json!("en"), json!("fr"), json!(null)] {
        let reply = call().change(path, &json!({"locale": out})).await;
        reply.problem(403, "forbidden");
    }
    let within = json!({"locale": "pt-BR"});
    call().change(path, &within).await.expect(200);
    let reply = call().change("/v1/articles/en-draft", &within).await;
    reply.problem(404, "not_found");
    let reply = call().remove("/v1/articles/en-live").await;
    reply.problem(403, "forbidden");

    // Both kinds of bounds hold at once.
    let key = json!({
        "name": "both", "role": "viewer", "sections": ["sport"], "locales": ["de"],
    });
    let both = app.with_new_key(key).await;
    for (locale, section) in [("de", "sport"), ("en", "sport"), ("de", "culture")] {
        let title = format!("{locale} {section}");
        app.create_article(json!({"title": title, "locale": locale, "section": section}))
            .await;
    }
    let list = both.get("/v1/articles").await.expect(200);
    assert_eq!(list.each("title"), ["de sport"]);
}

async fn references_lead_nowhere_else(app: TestApp) {
    seed(&app).await;
    let sports = sports(&app).await;
    let hidden = app.editor().get("/v1/articles/culture-draft").await.json();
    let id = hidden.id();
    for reference in [id, "culture-draft"] {
        let article = json!({"title": "A", "section": "sport", "related": [reference]});
        let reply = sports.clone().post("/v1/articles", &article).await;
        let unknown = [("/related/0", "unknown_reference")];
        reply.refuses(422, "invalid_fields", &unknown);
        let article = json!({"title": "A", "section": "sport", "translation_of": reference});
        let reply = sports.clone().post("/v1/articles", &article).await;
        let unknown = [("/translation_of", "unknown_reference")];
        reply.refuses(422, "invalid_fields", &unknown);
    }
    // A link that somebody else made is not shown, and a change of other members keeps it.
    let path = "/v1/articles/sport-draft";
    app.change(path, json!({"related": [id, "sport-live"]}))
        .await;
    let related = |article: &Value| -> Vec<String> {
        let related = article["related"].as_array().unwrap().iter();
        related
            .map(|one| one["slug"].as_str().unwrap().to_owned())
            .collect()
    };
    let read = sports.clone().get(path).await.expect(200).json();
    assert_eq!(related(&read), ["sport-live"]);
    let list = sports
        .clone()
        .get("/v1/articles?include=related&status=draft")
        .await;
    assert_eq!(related(&list.expect(200).data()[0]), ["sport-live"]);
    let patched = sports
        .clone()
        .change(path, &json!({"kicker": "K"}))
        .await
        .expect(200);
    assert_eq!(related(&patched.json()), ["sport-live"]);
    let read = app.editor().get(path).await.json();
    assert_eq!(related(&read), ["culture-draft", "sport-live"]);
}

async fn others_working_copies_are_not_shown(app: TestApp) {
    seed(&app).await;
    let sports = sports(&app).await;
    // What the public reads may be related, and is shown as the public sees it.
    let public = app.anonymous().get("/v1/articles/culture-old").await.json();
    let article = json!({
        "title": "A", "section": "sport", "related": [public["id"], "sport-new"],
    });
    let made = sports
        .clone()
        .post("/v1/articles", &article)
        .await
        .expect(201);
    let id = made.json().id().to_owned();
    let path = format!("/v1/articles/{id}");
    let shown = |article: &Value, expected: [&str; 4]| {
        let related = &article["related"];
        let found = [0, 1].map(|n| [related[n]["slug"].as_str(), related[n]["title"].as_str()]);
        let found: Vec<&str> = found.into_iter().flatten().flatten().collect();
        assert_eq!(found, expected, "{article}");
    };
    let expected = ["culture-old", "culture old", "sport-new", "Secret"];
    shown(&made.json(), expected);
    shown(&sports.clone().get(&path).await.json(), expected);
    let list = sports.clone().get("/v1/articles?include=related&q=A").await;
    let list = list.expect(200).data();
    let listed = list.iter().find(|article| article["id"] == *id).unwrap();
    shown(listed, expected);
    let all = app.editor().get(&path).await.json();
    shown(&all, ["culture-new", "Secret", "sport-new", "Secret"]);
    let members = |article: &Value| -> Vec<String> {
        let related = article["related"][0].as_object().unwrap();
        related.keys().cloned().collect()
    };
    assert_eq!(members(&made.json()), members(&all));
}

async fn what_belongs_to_all_is_left_alone(app: TestApp) {
    seed(&app).await;
    let key = json!({"name": "sports", "role": "admin", "sections": ["sport"]});
    let sports = app.with_new_key(key).await;
    let call = || sports.clone().if_match("*");
    let name = json!({"name": "New"});
    for (path, thing) in [("/v1/tags", "cup"), ("/v1/authors", "jane-doe")] {
        let one = format!("{path}/{thing}");
        for reply in [
            call().post(path, &name).await,
            call().patch(&one, &name).await,
            call().put(&one, &name).await,
            call().delete(&one).await,
        ] {
            reply.problem(403, "forbidden");
        }
        sports.clone().get(&one).await.expect(200);
        assert_eq!(sports.clone().get(path).await.data().len(), 1);
    }
}
