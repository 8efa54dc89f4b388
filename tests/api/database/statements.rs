//! How many SQL statements an answer takes: as many for a long list as for a short one.

use serde_json::json;

use crate::support::{Caller, Kind, Resource as _, TestApp};

on_both!(
    lists_of_articles_take_the_same_number_at_any_length,
    lists_of_tags_and_authors_take_the_same_number_at_any_length,
    an_article_with_everything_takes_few,
    writes_of_articles_take_few,
);

const PARTS: &str = "include=authors,tags,lead_image,related";
/// How many parts that is.
const PART_COUNT: u64 = 4;

/// How many statements a request takes, and how many items its answer lists.
async fn cost(app: &TestApp, caller: &Caller<'_>, path: &str) -> (u64, usize) {
    let before = app.statements();
    let reply = caller.clone().get(path).await.expect(200);
    let statements = app.statements() - before;
    let items = reply.json()["data"].as_array().map_or(1, Vec::len);
    (statements, items)
}

/// Checks that a list of one and a list of a hundred take the same, and at most `most`.
async fn same_at_any_length(app: &TestApp, caller: &Caller<'_>, path: &str, most: u64) {
    let with = if path.contains('?') { '&' } else { '?' };
    let one = format!("{path}{with}limit=1");
    let all = format!("{path}{with}limit=100");
    // The first request on a connection may find out about the database.
    cost(app, caller, &one).await;
    let (of_one, items) = cost(app, caller, &one).await;
    assert_eq!(items, 1, "{path}");
    let (of_all, items) = cost(app, caller, &all).await;
    assert_eq!(items, 100, "{path}");
    assert_eq!(of_one, of_all, "{path}");
    assert!((1..=most).contains(&of_all), "{path}: {of_all} of {most}");
}

/// A hundred published articles with two authors, two tags, a picture and two related ones.
async fn seed(app: &TestApp) {
    for number in 0..3 {
        app.author(&format!("Author {number}")).create().await;
        app.tag(&format!("Tag {number}")).create().await;
    }
    for number in 0..100_usize {
        let related: Vec<String> = (number.saturating_sub(2)..number)
            .map(|earlier| format!("story-{earlier}"))
            .collect();
        let article = json!({
            "title": format!("Story {number}"), "related": related,
            "authors": [
                {"author": "author-0"},
                {"author": format!("author-{}", 1 + number % 2), "role": "editor"},
            ],
            "tags": ["tag-0", format!("tag-{}", 1 + number % 2)],
            "lead_image": {"media": "https://media.example.org/a.jpg", "alt": "A boat"},
            "body": {"source": "## What was said\n\nA word."},
        });
        let article = app.create_article(article).await;
        app.publish(article.id()).await;
    }
}

async fn lists_of_articles_take_the_same_number_at_any_length(kind: Kind) {
    let app = TestApp::uncached(kind).await;
    seed(&app).await;
    // With a key there is one statement more, which looks up the key.
    for (caller, keyed) in [(app.anonymous(), 0), (app.editor(), 1)] {
        for (path, most) in [
            ("/v1/articles".to_owned(), 2),
            (format!("/v1/articles?{PARTS}"), 2 + PART_COUNT),
            ("/v1/articles?include=tags".to_owned(), 2 + 1),
            (
                format!("/v1/articles?{PARTS}&total=true"),
                2 + PART_COUNT + 1,
            ),
            (
                format!("/v1/articles?{PARTS}&tag=tag-0&author=author-0&q=word&locale=en"),
                2 + PART_COUNT,
            ),
            (
                format!("/v1/articles?{PARTS}&filter=tag:tag-0%20AND%20author:author-0"),
                2 + PART_COUNT,
            ),
            (format!("/v1/articles?{PARTS}&page=1"), 2 + PART_COUNT),
            (
                "/v1/articles?fields=title,body.html,authors.name".to_owned(),
                2 + 2,
            ),
            (format!("/v1/tags/tag-0/articles?{PARTS}"), 2 + PART_COUNT),
            (
                format!("/v1/authors/author-0/articles?{PARTS}"),
                2 + PART_COUNT,
            ),
        ] {
            same_at_any_length(&app, &caller, &path, most + keyed).await;
        }
    }
    let live = format!("/v1/articles?{PARTS}&version=live");
    same_at_any_length(&app, &app.editor(), &live, 2 + PART_COUNT + 1).await;
}

async fn lists_of_tags_and_authors_take_the_same_number_at_any_length(kind: Kind) {
    let app = TestApp::uncached(kind).await;
    app.tag("Top").create().await;
    for number in 0..100 {
        app.author(&format!("Author {number:03}")).create().await;
        let parent = if number % 2 == 0 { "top" } else { "tag-000" };
        app.create_tag(json!({"name": format!("Tag {number:03}"), "parent": parent}))
            .await;
    }
    for (caller, keyed) in [(app.anonymous(), 0), (app.editor(), 1)] {
        for path in ["/v1/tags", "/v1/authors"] {
            same_at_any_length(&app, &caller, path, 2 + keyed).await;
            let counted = format!("{path}?total=true&sort=-updated_at");
            same_at_any_length(&app, &caller, &counted, 3 + keyed).await;
        }
    }
}

async fn an_article_with_everything_takes_few(kind: Kind) {
    let app = TestApp::uncached(kind).await;
    seed(&app).await;
    let lonely = app.article("Lonely").create().await;
    app.publish(lonely.id()).await;
    app.editor()
        .change("/v1/articles/story-9", &json!({"slug": "moved"}))
        .await
        .expect(200);
    for (caller, keyed) in [(app.anonymous(), 0), (app.editor(), 1)] {
        // The body is a part too.
        let whole = format!("/v1/articles/story-50?{PARTS}");
        cost(&app, &caller, &whole).await;
        let (statements, _) = cost(&app, &caller, &whole).await;
        let most = 2 + PART_COUNT + 1 + keyed;
        assert!((1..=most).contains(&statements), "{statements} of {most}");
        let lonely = format!("/v1/articles/lonely?{PARTS}");
        let (without_links, _) = cost(&app, &caller, &lonely).await;
        assert!(without_links <= statements, "{without_links}");
        let (bare, _) = cost(&app, &caller, "/v1/articles/story-50?fields=title").await;
        assert!(bare <= 1 + keyed, "{bare}");
        for path in ["/v1/tags/tag-0", "/v1/authors/author-0"] {
            let (statements, _) = cost(&app, &caller, path).await;
            assert!(statements <= 2 + keyed, "{path}: {statements}");
        }
    }
    let before = app.statements();
    app.editor().get("/v1/articles/story-9").await.expect(308);
    assert!(app.statements() - before <= 4, "an old slug");
}

/// The statements that each write of an article takes at most, on SQLite; PostgreSQL takes advisory
/// locks and notifies other instances on top.
const WRITES: [(&str, u64); 5] = [
    ("create", 11),
    ("publish", 10),
    ("patch a member", 5),
    ("patch the body", 6),
    ("publish again", 16),
];

/// An article with an author, two tags and a slug of its own is created, published and changed.
async fn writes_of_articles_take_few(kind: Kind) {
    let app = TestApp::uncached(kind).await;
    let author = app.author("Ada").create().await;
    let tags = [
        app.tag("Sea").create().await,
        app.tag("Harbour").create().await,
    ];
    let call = app.editor().if_match("*");
    // The first round may find out about the database.
    for round in 0..2 {
        let article = json!({
            "title": "Story", "slug": format!("story-{round}"),
            "authors": [{"author": author.id()}], "tags": [tags[0].id(), tags[1].id()],
            "body": {"source": "A word."},
        });
        let path = format!("/v1/articles/story-{round}");
        for (write, most) in WRITES {
            let (call, publish) = (call.clone(), format!("{path}/publish"));
            let before = app.statements();
            let (reply, status) = match write {
                "create" => (call.post("/v1/articles", &article).await, 201),
                "patch a member" => (call.patch(&path, &json!({"kicker": "Sea"})).await, 200),
                "patch the body" => {
                    let body = json!({"body": {"source": "Another word."}});
                    (call.patch(&path, &body).await, 200)
                }
                _ => (call.post(&publish, &json!({})).await, 200),
            };
            let statements = app.statements() - before;
            reply.expect(status);
            let most = match (kind, write) {
                (Kind::Sqlite, _) => most,
                (Kind::Postgres, "create") => most + 1,
                (Kind::Postgres, "publish" | "publish again") => most + 2,
                (Kind::Postgres, _) => most,
            };
            assert!(
                round == 0 || statements <= most,
                "{write}: {statements} of {most}"
            );
        }
    }
}
