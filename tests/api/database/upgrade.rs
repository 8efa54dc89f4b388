//! A database of the schema before articles had states and revisions keeps its content.

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::BigInt;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use masthead::auth::Role;
use masthead::db::Step;
use masthead::db::migrate;
use serde_json::{Value, json};
use tokio_postgres::NoTls;

use crate::accounts::user_rights::key;
use crate::support::{Kind, Scratch, TestApp, block_on, has_postgres};

const ARTICLE: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const CHANGED: &str = "01890a5d-ac96-774b-bcce-b302099a8058";
const DRAFT: &str = "01890a5d-ac96-774b-bcce-b302099a8059";
const AUTHOR: &str = "01890a5d-ac96-774b-bcce-b302099a8060";
const TAG: &str = "01890a5d-ac96-774b-bcce-b302099a8061";

/// The card of an article as it was stored then.
fn card(id: &str, slug: &str, title: &str, corrections: &Value) -> String {
    json!({
        "id": id, "slug": slug, "locale": "en", "title": title, "seo_title": null, "kicker": null,
        "standfirst": null, "byline": null, "dateline": null, "section": "cities",
        "featured": true, "published_at": "2026-01-01T00:00:00Z",
        "first_published_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        "expires_at": null, "canonical_url": null, "seo": {}, "corrections": corrections,
        "translation_group": id, "metadata": {}, "word_count": 1, "reading_minutes": 1,
    })
    .to_string()
}

/// What an editor had by then: an article that is published, one that was changed since, a draft.
fn content() -> String {
    let corrections = json!([{"at": "2026-01-02T00:00:00Z", "text": "It was 1912."}]);
    let article = |id: &str,
                   slug: &str,
                   title: &str,
                   status: &str,
                   (version, live): (i64, &str)| {
        format!(
            "INSERT INTO articles (id, slug, locale, title, section, status, featured, published_at, \
             first_published_at, corrections, translation_group, word_count, reading_minutes, version, \
             live_version, created_at, updated_at, body_format, body_source, body_html, body_text, \
             search_text, seo_title, byline, dateline, canonical_url, seo, lead_image, metadata, outline) VALUES ('{id}', '{slug}', 'en', '{title}', 'cities', '{status}', TRUE, \
             1767225600000, 1767225600000, '{corrections}', '{id}', 1, 1, {version}, {live}, \
             1767225600000, 1767225600000, 'markdown', 'Text.', '<p>Text.</p>', 'Text.', 'text', \
             'Search {slug}', 'By {slug}', 'Paris', 'https://example.org/{slug}', '{{\"title\":\"S\"}}', \
             '{{\"media\":\"https://media.example.org/a.jpg\"}}', '{{\"desk\":\"{slug}\"}}', \
             '[{{\"level\":2,\"text\":\"{slug}\",\"anchor\":\"a\"}}]');"
        )
    };
    let live = |id: &str, slug: &str, title: &str, version: i64, end: &str| {
        let card = card(id, slug, title, &corrections);
        let body =
            json!({"format": "markdown", "html": "<p>Text.</p>", "text": "Text.", "outline": []});
        format!(
            "INSERT INTO live_articles (id, locale, slug, title, section, featured, published_at, \
             first_published_at, updated_at, expires_at, word_count, version, touched_at, card, body, \
             search_text) VALUES ('{id}', 'en', '{slug}', '{title}', 'cities', TRUE, 1767225600000, \
             1767225600000, 1767225600000, {end}, 1, {version}, 1767225600000, '{card}', '{body}', 'text');"
        )
    };
    [
        format!(
            "INSERT INTO authors (id, slug, name, version, created_at, updated_at) \
             VALUES ('{AUTHOR}', 'jane', 'Jane', 1, 1, 1);"
        ),
        format!(
            "INSERT INTO live_authors (id, slug, name, updated_at, card) VALUES ('{AUTHOR}', 'jane', \
             'Jane', 1, '{{\"id\":\"{AUTHOR}\",\"slug\":\"jane\",\"name\":\"Jane\"}}');"
        ),
        format!(
            "INSERT INTO tags (id, slug, name, kind, visibility, version, created_at, updated_at) \
             VALUES ('{TAG}', 'sea', 'Sea', 'topic', 'public', 1, 1, 1);"
        ),
        format!(
            "INSERT INTO live_tags (id, slug, name, kind, updated_at, card) VALUES ('{TAG}', 'sea', \
             'Sea', 'topic', 1, '{{\"id\":\"{TAG}\",\"slug\":\"sea\",\"name\":\"Sea\"}}');"
        ),
        article(ARTICLE, "bridge", "Bridge", "published", (2, "2")),
        article(CHANGED, "ferry", "Ferry is late", "published", (3, "2")),
        article(DRAFT, "fog", "Fog", "draft", (1, "NULL")),
        live(ARTICLE, "bridge", "Bridge", 2, "NULL"),
        live(CHANGED, "ferry", "Ferry", 2, "1893456000000"),
        format!("INSERT INTO article_authors VALUES ('{ARTICLE}', 0, '{AUTHOR}', 'author');"),
        format!("INSERT INTO article_tags VALUES ('{ARTICLE}', 0, '{TAG}');"),
        format!("INSERT INTO article_aliases VALUES ('/old', '{ARTICLE}', 0);"),
        format!(
            "INSERT INTO live_article_authors VALUES ('{AUTHOR}', 1767225600000, '{ARTICLE}', NULL, 0, 'author');"
        ),
        format!("INSERT INTO live_article_tags VALUES ('{TAG}', 1767225600000, '{ARTICLE}', NULL, 0);"),
        format!("INSERT INTO live_article_related VALUES ('{ARTICLE}', 0, '{CHANGED}');"),
        format!("INSERT INTO live_article_aliases VALUES ('/old', '{ARTICLE}');"),
        format!("INSERT INTO live_article_slugs VALUES ('en', 'old-bridge', '{ARTICLE}');"),
    ]
    .join("\n")
}

/// The rows of all that an article of [`content`] has beside its state, in a schema in which one table
/// holds it.
const WHOLE: &str = "SELECT COUNT(*) AS count FROM articles WHERE body_format = 'markdown' \
    AND body_source = 'Text.' AND body_html = '<p>Text.</p>' AND body_text = 'Text.' AND search_text = 'text' \
    AND seo_title = 'Search ' || slug AND byline = 'By ' || slug AND dateline = 'Paris' \
    AND canonical_url = 'https://example.org/' || slug AND seo = '{\"title\":\"S\"}' \
    AND lead_image = '{\"media\":\"https://media.example.org/a.jpg\"}' \
    AND metadata = '{\"desk\":\"' || slug || '\"}' \
    AND outline = '[{\"level\":2,\"text\":\"' || slug || '\",\"anchor\":\"a\"}]'";

/// A count of rows.
#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A part of a migration.
fn part(folder: &str, name: &str, way: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    std::fs::read_to_string(format!("{root}/migrations/{folder}/{name}/{way}.sql")).unwrap()
}

/// The schema of then, with its content, and the note of the migrations that made it.
fn then(folder: &str) -> String {
    let read = |name: &str| part(folder, name, "up");
    let noted = "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
                 run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP); \
                 INSERT INTO __diesel_schema_migrations (version) VALUES ('0001'), ('0002');";
    let (first, second) = (read("0001_articles_authors_tags"), read("0002_accounts"));
    format!("{first}\n{second}\n{noted}\n{}", content())
}

async fn upgraded(kind: Kind) -> Scratch {
    let scratch = Scratch::empty(kind).await;
    match kind {
        Kind::Sqlite => {
            let path = scratch.url.strip_prefix("sqlite:").unwrap();
            let mut conn = SqliteConnection::establish(path).unwrap();
            conn.batch_execute(&then("sqlite")).unwrap();
        }
        Kind::Postgres => {
            let (client, connection) = tokio_postgres::connect(&scratch.url, NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            client.batch_execute(&then("postgres")).await.unwrap();
            drop(client);
            drop(connection.await);
        }
    }
    let settings = scratch.settings();
    let (url, options) = (
        settings.database_url().unwrap(),
        settings.database_options(),
    );
    migrate(&url, &options, Step::Up).await.unwrap();
    assert_eq!(back_and_forth(kind, &scratch).await, 3);
    scratch
}

/// Moves the contents of articles back into their rows and out again; returns how many rows were whole
/// in between.
async fn back_and_forth(kind: Kind, scratch: &Scratch) -> i64 {
    let moved = |folder: &str, way: &str| part(folder, "0009_article_contents", way);
    match kind {
        Kind::Sqlite => {
            let path = scratch.url.strip_prefix("sqlite:").unwrap();
            let mut conn = SqliteConnection::establish(path).unwrap();
            conn.batch_execute("PRAGMA foreign_keys=ON").unwrap();
            conn.batch_execute(&moved("sqlite", "down")).unwrap();
            let found: Count = sql_query(WHOLE).get_result(&mut conn).unwrap();
            conn.batch_execute(&moved("sqlite", "up")).unwrap();
            found.count
        }
        Kind::Postgres => {
            let (client, connection) = tokio_postgres::connect(&scratch.url, NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            client
                .batch_execute(&moved("postgres", "down"))
                .await
                .unwrap();
            let found = client.query_one(WHOLE, &[]).await.unwrap().get(0);
            client
                .batch_execute(&moved("postgres", "up"))
                .await
                .unwrap();
            drop(client);
            drop(connection.await);
            found
        }
    }
}

async fn story(kind: Kind) {
    let app = TestApp::start_over(kind, upgraded(kind).await);
    let key = key(&app, |row| row.role = Some(Role::Editor)).await;
    // The rows of old are as short as the schema allows.
    let editor = || app.anonymous().undescribed().bearer(&key);
    // The public finds what it found.
    let all = "/v1/articles/bridge?include=authors,tags,related,translations";
    let bridge = app
        .anonymous()
        .undescribed()
        .get(all)
        .await
        .expect(200)
        .json();
    assert_eq!(bridge["title"], "Bridge");
    assert_eq!(bridge["corrected_at"], "2026-01-02T00:00:00Z");
    assert_eq!(bridge["authors"][0]["name"], "Jane");
    assert_eq!(bridge["tags"][0]["slug"], "sea");
    assert_eq!(bridge["related"][0]["title"], "Ferry");
    assert_eq!(bridge["translations"], json!([]));
    let list = app
        .anonymous()
        .get("/v1/tags/sea/articles?total=true")
        .await
        .json();
    assert_eq!(
        (&list["data"][0]["id"], &list["page"]["total"]),
        (&json!(ARTICLE), &json!(1))
    );
    let list = app.anonymous().get("/v1/articles?total=true").await.json();
    assert_eq!(list["page"]["total"], 2);
    app.anonymous()
        .get("/v1/articles/old-bridge")
        .await
        .expect(308);
    app.anonymous()
        .get("/v1/redirects?path=/old")
        .await
        .expect(200);
    app.anonymous()
        .get("/v1/articles/fog")
        .await
        .problem(404, "not_found");
    // Editors find all that the draft holds.
    let fog = editor()
        .get("/v1/articles/fog?include=lead_image")
        .await
        .expect(200)
        .json();
    assert_eq!(fog["body"]["source"], "Text.");
    assert_eq!(fog["body"]["outline"][0]["text"], "fog");
    assert_eq!(
        fog["lead_image"]["media"],
        "https://media.example.org/a.jpg"
    );
    assert_eq!(
        (&fog["seo_title"], &fog["byline"], &fog["dateline"]),
        (&json!("Search fog"), &json!("By fog"), &json!("Paris"))
    );
    assert_eq!(
        (
            &fog["canonical_url"],
            &fog["seo"]["title"],
            &fog["metadata"]["desk"]
        ),
        (
            &json!("https://example.org/fog"),
            &json!("S"),
            &json!("fog")
        )
    );
    let found = editor()
        .get("/v1/articles?q=text&total=true")
        .await
        .expect(200)
        .json();
    assert_eq!(found["page"]["total"], 3);
    // They find the states, and go on.
    let ferry = editor().get("/v1/articles/ferry").await.expect(200).json();
    assert_eq!(
        (&ferry["status"], &ferry["has_unpublished_changes"]),
        (&json!("published"), &json!(true))
    );
    let discard = editor()
        .if_match("*")
        .post("/v1/articles/ferry/discard", &json!({}))
        .await;
    discard.problem(409, "conflict");
    let patch = json!({"kicker": "New"});
    editor()
        .if_match("\"2\"")
        .patch("/v1/articles/bridge", &patch)
        .await
        .expect(200);
    let revisions = editor()
        .get("/v1/articles/bridge/revisions")
        .await
        .expect(200)
        .json();
    let versions: Vec<&Value> = revisions["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["version"])
        .collect();
    assert_eq!(versions, [&json!(3), &json!(2)], "{revisions}");
    let back = editor()
        .if_match("\"3\"")
        .post("/v1/articles/bridge/discard", &json!({}))
        .await;
    assert_eq!(back.expect(200).json()["kicker"], Value::Null);
    // Its end is that of the live copy.
    app.clock_set("2030-01-01T00:00:00Z");
    app.anonymous()
        .get("/v1/articles/ferry")
        .await
        .problem(404, "not_found");
    let ferry = editor().get("/v1/articles/ferry").await.expect(200).json();
    assert_eq!(ferry["status"], "unpublished");
}

#[test]
fn sqlite() {
    block_on(story(Kind::Sqlite));
}

#[test]
fn postgres() {
    if has_postgres() {
        block_on(story(Kind::Postgres));
    }
}
