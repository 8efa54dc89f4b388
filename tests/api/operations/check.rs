//! `masthead check`: what is sound is right, whatever befell it, and the program says so.

use chrono::Duration;
use masthead::generate::{Options, fill};
use masthead::integrity::references;
use masthead::registry::SUBJECTS;
use serde_json::json;

use crate::operations::check_damage::newspaper;
use crate::support::program::{fails, folder, out, run};
use crate::support::workflow::{LATER, path};
use crate::support::{Kind, Resource as _, Scratch, TestApp, block_on};

on_both!(
    the_sample_is_sound,
    what_is_generated_is_sound,
    every_turn_of_a_life_is_sound,
    the_program_tells_and_repairs_while_the_server_runs,
);

async fn the_sample_is_sound(app: TestApp) {
    app.load_sample().await.unwrap();
    let (report, found) = app.check(false).await;
    assert_eq!(found, []);
    let counts = ["articles", "authors", "tags"].map(|name| report.count(name));
    assert_eq!(counts, [14, 5, 20]);
    // What is sound is not touched.
    let (report, _) = app.check(true).await;
    assert_eq!((report.found, report.repaired), (0, 0));
}

async fn what_is_generated_is_sound(app: TestApp) {
    let options = Options {
        articles: 250,
        authors: 20,
        tags: 40,
        body_bytes: 200..=2_000,
        ..Options::default()
    };
    fill(&app.db, &options, |_| ()).await.unwrap();
    let (report, found) = app.check(false).await;
    assert_eq!(found, []);
    assert_eq!(report.count("articles"), 250);
}

/// All that may befall an article, and what comes of it in time.
async fn every_turn_of_a_life_is_sound(app: TestApp) {
    app.clock_set("2026-11-23T12:00:00Z");
    let [sea, sky] = [
        app.tag("Sea").create().await,
        app.create_tag(json!({"name": "Sky", "kind": "internal"}))
            .await,
    ];
    let [jane, joan] = [
        app.author("Jane").create().await,
        app.author("Joan").create().await,
    ];
    let article = json!({
        "title": "Bridge", "section": "cities", "aliases": ["/old/bridge.html"],
        "authors": [{"author": jane["id"]}, {"author": joan["id"], "role": "editor"}],
        "tags": [sea["id"], sky["id"]], "metadata": {"b": 1.50, "a": [1, {"x": null}]},
        "seo": {"title": "Bridge"}, "lead_image": {"media": "/b.jpg", "alt": "A bridge"},
    });
    let bridge = path(&app.create_published(article).await);
    let ferry = app.create_published(json!({"title": "Ferry", "related": ["bridge"]}));
    let ferry = path(&ferry.await);
    app.is_sound().await;

    // Unpublished changes; two that swap their slugs, of which one is published again.
    app.change(
        &bridge,
        json!({"title": "Bridge opens", "slug": "new-bridge"}),
    )
    .await;
    app.change(
        &ferry,
        json!({"slug": "bridge", "aliases": ["/old/ferry.html"]}),
    )
    .await;
    app.is_sound().await;
    app.act(&ferry, "publish").await;
    app.is_sound().await;
    // Back to what is public, which has another slug by now.
    let discard = app.editor().act(&bridge, "discard", json!({})).await;
    discard.problem(409, "slug_taken");
    app.is_sound().await;

    // A version to come, one that expires, one that is put off, one that is put away.
    let ending = json!({"publish_at": LATER, "expires_at": "2026-12-01T00:00:00Z"});
    app.editor()
        .act(&bridge, "schedule", ending)
        .await
        .expect(200);
    let fog = json!({"title": "Fog", "expires_at": "2026-11-24T00:00:00Z"});
    let fog = path(&app.create_published(fog).await);
    let snow = path(&app.article("Snow").create().await);
    app.editor().schedule(&snow, LATER).await.expect(200);
    app.editor()
        .schedule(&snow, "2026-11-29T12:00:00Z")
        .await
        .expect(200);
    let rain = path(
        &app.create_published(json!({"title": "Rain", "aliases": ["/rain"]}))
            .await,
    );
    app.editor().remove(&rain).await.expect(204);
    app.is_sound().await;

    // One becomes part of another: revisions know the former only.
    let into = json!({"into": joan["id"]});
    let merge = format!("/v1/authors/{}/merge", jane.id());
    app.editor()
        .if_match("*")
        .post(&merge, &into)
        .await
        .expect(200);
    let merge = format!("/v1/tags/{}/merge", sea.id());
    let into = json!({"into": sky["id"]});
    app.editor()
        .if_match("*")
        .post(&merge, &into)
        .await
        .expect(200);
    app.is_sound().await;

    // Time passes, and is recorded or not.
    for recorded in [false, true] {
        app.advance(Duration::days(2));
        app.is_sound().await;
        if recorded {
            app.upkeep().await;
            app.is_sound().await;
        }
    }
    app.advance(Duration::days(5));
    app.is_sound().await;
    app.act(&fog, "submit").await;
    app.upkeep().await;
    app.is_sound().await;
    app.editor()
        .act(&rain, "restore", json!({}))
        .await
        .expect(200);
    app.act(&rain, "publish").await;
    app.act(&ferry, "unpublish").await;
    app.is_sound().await;
    app.advance(Duration::minutes(2));
    app.upkeep().await;
    app.is_sound().await;
    app.editor().remove(&ferry).await.expect(204);
    let trash = ferry.replace("/v1/articles/", "/v1/trash/");
    app.admin().remove(&trash).await.expect(204);
    app.is_sound().await;
}

async fn the_program_tells_and_repairs_while_the_server_runs(app: TestApp) {
    newspaper(&app).await;
    let place = folder();
    let url = app.database_url();
    let check = |more: &[&str]| run(&place, &[&["--database", &url, "check"], more].concat());
    let right = check(&[]);
    let told = "checked 6 articles, 2 authors, 2 tags; no problems found\n";
    assert_eq!(
        (right.status.code(), out(&right)),
        (Some(0), told.to_owned())
    );
    app.damage(
        "UPDATE live_articles SET card = replace(card, 'Bridge', 'Bride') WHERE slug = 'bridge'",
    )
    .await;
    app.admin()
        .post("/v1/cache/purge", &json!({}))
        .await
        .expect(204);
    let title = async || {
        let bridge = app.anonymous().get("/v1/articles/bridge").await;
        bridge.expect(200).json()["title"].clone()
    };
    assert_eq!(title().await, "Bride");
    let wrong = check(&[]);
    assert_eq!(fails(&wrong), "masthead: 1 problem found\n");
    let lines: Vec<String> = out(&wrong).lines().map(str::to_owned).collect();
    assert!(lines[0].starts_with("live_copy: article "), "{lines:?}");
    assert!(
        lines[0].ends_with("has a published copy that differs from the published version: card"),
        "{lines:?}"
    );
    assert_eq!(
        lines[1],
        "checked 6 articles, 2 authors, 2 tags; problems found: 1"
    );
    assert_eq!(title().await, "Bride", "nobody asked for it to be repaired");
    let fixed = check(&["--fix"]);
    assert_eq!(fixed.status.code(), Some(0), "{fixed:?}");
    assert!(out(&fixed).contains(": card: repaired\n"), "{fixed:?}");
    assert!(
        out(&fixed).ends_with("problems found: 1, repaired: 1\n"),
        "{fixed:?}"
    );
    // The server keeps the answer no longer.
    app.until(async || title().await == "Bridge").await;
    assert_eq!(out(&check(&["--fix"])), told);
}

#[test]
fn what_is_no_database_is_said() {
    let place = folder();
    let missing = fails(&run(&place, &["--database", "sqlite:none.db", "check"]));
    assert!(missing.contains("does not exist"), "{missing}");
    std::fs::write(place.path().join("text.db"), "This is no database.").unwrap();
    let text = fails(&run(&place, &["--database", "sqlite:text.db", "check"]));
    assert!(text.contains("text.db"), "{text}");
    let nobody = "postgres://nobody@127.0.0.1:1/nothing";
    let nobody = fails(&run(&place, &["--database", nobody, "check"]));
    assert!(nobody.contains("cannot use the database"), "{nobody}");
}

#[test]
fn a_damaged_file_is_told() {
    block_on(async {
        let scratch = Scratch::migrated(Kind::Sqlite).await;
        let file = scratch.url.strip_prefix("sqlite:").unwrap().to_owned();
        let conn = rusqlite::Connection::open(&file).unwrap();
        // An index that has not what its table has.
        conn.execute_batch(
            "INSERT INTO authors (id, slug, name, version, created_at, updated_at) VALUES \
             ('00000000-0000-7000-8000-000000000001', 'a', 'A', 1, 1, 1); \
             PRAGMA writable_schema=ON; \
             UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE \
             name = 'tags_by_name') WHERE name = 'authors_by_name'; \
             PRAGMA writable_schema=RESET",
        )
        .unwrap();
        drop(conn);
        let place = folder();
        let told = run(&place, &["--database", &scratch.url, "check"]);
        fails(&told);
        assert!(
            out(&told).contains("integrity: the file is corrupt: "),
            "{told:?}"
        );
    });
}

#[test]
fn every_foreign_key_is_looked_at() {
    block_on(async {
        let scratch = Scratch::migrated(Kind::Sqlite).await;
        let file = scratch.url.strip_prefix("sqlite:").unwrap();
        let conn = rusqlite::Connection::open(file).unwrap();
        let mut query = conn
            .prepare(
                "SELECT tables.name, keys.\"from\", keys.\"table\" FROM sqlite_schema AS tables \
                 JOIN pragma_foreign_key_list(tables.name) AS keys WHERE tables.type = 'table'",
            )
            .unwrap();
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let rows: Vec<(String, String, String)> = rows.unwrap().map(Result::unwrap).collect();
        assert!(rows.len() > 20, "{rows:?}");
        let all = references::all_of(SUBJECTS);
        for (table, column, to) in rows {
            let listed = (table.as_str(), column.as_str(), to.as_str());
            let mut all = all.iter().map(|one| (one.table, one.column, one.to));
            assert!(all.any(|one| one == listed), "{listed:?}");
        }
    });
}
