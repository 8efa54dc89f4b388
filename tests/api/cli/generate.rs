//! A generated newspaper answers as one does that was written.

use std::collections::HashSet;

use masthead::db::Time;
use masthead::generate::{Options, fill};
use serde_json::{Value, json};

use crate::support::{Kind, Resource as _, Scratch, TestApp};

on_both!(
    what_is_generated_is_found,
    what_is_generated_is_edited_and_published,
);

const ARTICLES: usize = 300;

/// A newspaper of 300 articles before November 2026.
fn options(articles: usize) -> Options {
    Options {
        articles,
        authors: 20,
        tags: 60,
        body_bytes: 200..=4_000,
        until: Time(1_793_491_200_000),
        ..Options::default()
    }
}

async fn generate(app: &TestApp) {
    let stored = fill(&app.db, &options(ARTICLES), |_| ()).await.unwrap();
    assert_eq!(stored, Some(ARTICLES));
    // What has content is left alone.
    let again = fill(&app.db, &options(ARTICLES), |_| ()).await.unwrap();
    assert_eq!(again, None);
}

/// All items of a list, page by page.
async fn all(app: &TestApp, path: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut next = format!("{path}limit=100");
    loop {
        let page = app.anonymous().get(&next).await.expect(200).json();
        items.extend(page["data"].as_array().unwrap().clone());
        match page["page"]["next"].as_str() {
            Some(cursor) => next = format!("{path}limit=100&cursor={cursor}"),
            None => return items,
        }
    }
}

async fn total(app: &TestApp, path: &str) -> usize {
    let page = app.anonymous().get(path).await.expect(200).json();
    let total = page["page"]["total"].as_u64().unwrap();
    usize::try_from(total).unwrap()
}

async fn what_is_generated_is_found(app: TestApp) {
    generate(&app).await;
    let list = all(&app, "/v1/articles?include=authors,tags,related&").await;
    assert!((270..ARTICLES).contains(&list.len()), "{}", list.len());
    assert_eq!(total(&app, "/v1/articles?total=true").await, list.len());
    let dates: Vec<&str> = list
        .iter()
        .map(|one| one["published_at"].as_str().unwrap())
        .collect();
    assert!(dates.is_sorted_by(|newer, older| newer > older));
    let slugs: HashSet<&str> = list
        .iter()
        .map(|one| one["slug"].as_str().unwrap())
        .collect();
    assert_eq!(slugs.len(), list.len());

    // Lists of parts have what the whole list says.
    let with = |part: &str, slug: &str| {
        let has = |one: &&Value| {
            let parts = one[part].as_array().unwrap();
            parts.iter().any(|part| part["slug"] == slug)
        };
        list.iter().filter(has).count()
    };
    for (part, path) in [("tags", "/v1/tags"), ("authors", "/v1/authors")] {
        let mut counts = Vec::new();
        for named in all(&app, &format!("{path}?")).await {
            let slug = named["slug"].as_str().unwrap();
            let count = total(&app, &format!("{path}/{slug}/articles?total=true")).await;
            assert_eq!(count, with(part, slug), "{slug}");
            counts.push(count);
        }
        // Few are frequent, most are rare.
        counts.sort_unstable();
        let (median, most) = (counts[counts.len() / 2], counts[counts.len() - 1]);
        assert!(most > 4 * median, "{counts:?}");
    }
    for (member, value) in [("locale", "en"), ("locale", "fr"), ("section", "sport")] {
        let path = format!("/v1/articles?{member}={value}&total=true");
        let count = list.iter().filter(|one| one[member] == value).count();
        assert!(count > 0, "{member} {value}");
        assert_eq!(total(&app, &path).await, count, "{member} {value}");
    }
    let translated = list
        .iter()
        .filter(|one| one["translation_group"] != one["id"])
        .count();
    assert!(translated > 0);
    let related = list
        .iter()
        .filter(|one| one["related"].as_array().is_some_and(|all| !all.is_empty()));
    assert!(related.count() > ARTICLES / 3);
}

async fn what_is_generated_is_edited_and_published(app: TestApp) {
    generate(&app).await;
    let page = app.anonymous().get("/v1/articles?limit=1&locale=en").await;
    let slug = page.data()[0]["slug"].as_str().unwrap().to_owned();
    let path = format!("/v1/articles/{slug}?locale=en&include=authors,tags,related");
    let whole = "authors,tags,related";
    let generated = app.anonymous().get(&path).await.expect(200).json();
    let id = generated.id().to_owned();

    // What the public sees is what publishing again would show.
    let change = json!({"kicker": "Changed"});
    app.editor()
        .change(&format!("/v1/articles/{id}"), &change)
        .await
        .expect(200);
    let seen = app.anonymous().get(&path).await.expect(200).json();
    assert_eq!(seen, generated);
    app.publish(&id).await;
    let path = format!("/v1/articles/{id}?include={whole}");
    let mut published = app.anonymous().get(&path).await.expect(200).json();
    assert_eq!(published["kicker"], "Changed");
    published["kicker"] = generated["kicker"].clone();
    published["updated_at"] = generated["updated_at"].clone();
    assert_eq!(published, generated);

    // The body renders to what was stored.
    let path = format!("/v1/articles/{id}?fields=body");
    let body = app.editor().get(&path).await.expect(200).json()["body"].clone();
    let again = json!({"title": "Again", "body": {"source": body["source"]}});
    let again = app.create_article(again).await;
    for part in ["html", "text", "outline"] {
        let path = format!("/v1/articles/{}?fields=body", again.id());
        let rendered = app.editor().get(&path).await.expect(200).json();
        assert_eq!(rendered["body"][part], body[part], "{part}");
    }

    // Its first revision is what it was.
    let path = format!("/v1/articles/{id}/revisions");
    let revisions = app.editor().get(&path).await.expect(200);
    let actions: Vec<_> = revisions
        .data()
        .iter()
        .map(|one| one["action"].clone())
        .collect();
    assert_eq!(actions, [json!("publish"), json!("save"), json!("publish")]);
    let restore = format!("/v1/articles/{id}/revisions/1/restore");
    let call = app.editor().if_match("*");
    let restored = call.post(&restore, &json!({})).await.expect(200).json();
    assert_eq!(restored["kicker"], generated["kicker"]);
    assert_eq!(restored["title"], generated["title"]);

    // It is taken from the public, and comes back.
    let call = app.editor().if_match("*");
    call.post(&format!("/v1/articles/{id}/unpublish"), &json!({}))
        .await
        .expect(200);
    let path = format!("/v1/articles/{id}");
    app.anonymous().get(&path).await.expect(404);
    app.publish(&id).await;
    app.anonymous().get(&path).await.expect(200);
}

/// What articles a newspaper of this seed has, as the public sees them.
async fn newspaper(seed: u64) -> String {
    let scratch = Scratch::migrated(Kind::Sqlite).await;
    let app = TestApp::start_over(Kind::Sqlite, scratch);
    let options = Options {
        seed,
        ..options(250)
    };
    fill(&app.db, &options, |_| ()).await.unwrap();
    let list = all(&app, "/v1/articles?include=authors,tags,related&").await;
    Value::Array(list).to_string()
}

#[test]
fn the_same_seed_makes_the_same() {
    crate::support::block_on(async {
        let first = newspaper(1).await;
        assert!(first == newspaper(1).await);
        assert!(first != newspaper(2).await);
    });
}
