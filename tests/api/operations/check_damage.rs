//! Each kind of damage is found, named and repaired, or said to be beyond that.

use std::collections::BTreeSet;

use masthead::text::fold::fold;
use serde_json::json;

use crate::support::TestApp;
use crate::support::workflow::{LATER, path};

on_both!(
    each_kind_of_damage_is_found_and_repaired,
    what_cannot_be_repaired_is_said,
);

/// The newspaper that is damaged.
pub(crate) async fn newspaper(app: &TestApp) {
    for name in ["Sea", "Sky"] {
        app.tag(name).create().await;
    }
    for name in ["Jane", "Joan"] {
        app.author(name).create().await;
    }
    let article = |title: &str| {
        json!({
            "title": title, "section": "cities", "aliases": [format!("/old/{}", fold(title))],
            "body": {"source": format!("{title} is *open*.\n\n## Again")},
            "authors": [{"author": "jane"}, {"author": "joan"}], "tags": ["sea", "sky"],
        })
    };
    for title in ["Bridge", "Ferry"] {
        app.create_published(article(title)).await;
    }
    let changed = path(&app.create_published(article("Canal")).await);
    app.change(
        &changed,
        json!({"title": "Canal is dry", "body": {"source": "Dry."}}),
    )
    .await;
    let snow = path(&app.create_article(article("Snow")).await);
    app.editor().schedule(&snow, LATER).await.expect(200);
    app.create_article(article("Draft")).await;
    let rain = path(&app.create_article(article("Rain")).await);
    app.editor().remove(&rain).await.expect(204);
}

/// What is done, and the kinds of damage that it is.
const DAMAGE: &[(&str, &[&str])] = &[
    (
        "UPDATE articles SET word_count = 99, reading_minutes = 7 WHERE slug = 'bridge'",
        &["derived_text"],
    ),
    (
        "UPDATE article_contents SET body_html = '<p>', body_text = '', outline = '[]' WHERE article_id = (SELECT id FROM articles WHERE slug = 'bridge')",
        &["derived_text"],
    ),
    (
        "UPDATE article_contents SET search_text = 'bride' WHERE article_id = (SELECT id FROM articles WHERE slug = 'draft')",
        &["derived_text"],
    ),
    (
        "UPDATE live_articles SET title = 'Bride' WHERE slug = 'bridge'",
        &["live_copy"],
    ),
    (
        "UPDATE live_articles SET card = replace(card, 'Canal', 'Channel') WHERE slug = 'canal'",
        &["live_copy"],
    ),
    (
        "UPDATE live_articles SET card = '{' WHERE slug = 'canal'",
        &["live_copy"],
    ),
    (
        "UPDATE live_articles SET body = replace(body, 'open', 'shut') WHERE slug = 'canal'",
        &["live_copy"],
    ),
    (
        "UPDATE live_articles SET search_text = '' WHERE slug = 'ferry'",
        &["live_copy"],
    ),
    (
        "UPDATE live_articles SET section = 'sports', featured = TRUE WHERE slug = 'ferry'",
        &["live_copy"],
    ),
    (
        "UPDATE live_articles SET slug = 'fairy' WHERE slug = 'ferry'",
        &["live_copy"],
    ),
    (
        "UPDATE live_articles SET word_count = 0, locale = 'fr' WHERE slug = 'ferry'",
        &["live_copy"],
    ),
    (
        "UPDATE live_articles SET visible_until = visible_from + 1 WHERE slug = 'ferry'",
        &["live_copy"],
    ),
    (
        "UPDATE live_articles SET visible_from = visible_from + 1 WHERE slug = 'snow'",
        &["live_copy"],
    ),
    (
        "UPDATE live_articles SET visible_from = 9000000000000 WHERE slug = 'bridge'",
        &["live_copy"],
    ),
    (
        "UPDATE live_articles SET visible_until = visible_from WHERE slug = 'bridge'",
        &["live_copy", "live_copy"],
    ),
    (
        "DELETE FROM live_articles WHERE slug = 'bridge'",
        &["reference", "live_copy"],
    ),
    (
        "DELETE FROM live_articles WHERE slug = 'snow'",
        &["reference", "live_copy"],
    ),
    (
        "UPDATE live_articles SET credits = '' WHERE slug = 'bridge'",
        &["live_copy"],
    ),
    (
        "UPDATE live_articles SET tag_ids = '' WHERE slug = 'canal'",
        &["live_copy"],
    ),
    (
        "DELETE FROM live_article_tags WHERE position = 0",
        &["live_copy"],
    ),
    ("DELETE FROM live_article_authors", &["live_copy"]),
    (
        "UPDATE live_article_authors SET role = 'editor' WHERE position = 1",
        &["live_copy"],
    ),
    (
        "UPDATE live_article_authors SET position = 1 - position",
        &["live_copy"],
    ),
    (
        "UPDATE live_article_tags SET visible_until = 1, section = NULL",
        &["live_copy"],
    ),
    (
        "INSERT INTO live_article_related (copy, position, related_id) SELECT copy, 0, id FROM live_articles",
        &["live_copy"],
    ),
    ("DELETE FROM live_article_aliases", &["live_copy"]),
    (
        "INSERT INTO live_article_aliases (path, copy) SELECT '/elsewhere', copy FROM live_articles",
        &["live_copy"],
    ),
    (
        "UPDATE live_tags SET name = 'See' WHERE slug = 'sea'",
        &["live_tag"],
    ),
    (
        "UPDATE live_tags SET card = '{}', kind = 'place' WHERE slug = 'sea'",
        &["live_tag"],
    ),
    ("DELETE FROM live_tags WHERE slug = 'sea'", &["live_tag"]),
    (
        "UPDATE tags SET visibility = 'internal' WHERE slug = 'sky'",
        &["live_tag"],
    ),
    (
        "UPDATE live_authors SET name = 'Jan' WHERE slug = 'jane'",
        &["live_author"],
    ),
    (
        "UPDATE live_authors SET updated_at = updated_at + 1 WHERE slug = 'jane'",
        &["live_author"],
    ),
    (
        "DELETE FROM live_authors WHERE slug = 'joan'",
        &["live_author"],
    ),
    (
        "INSERT INTO live_tag_slugs (slug, tag_id) SELECT 'sea', id FROM tags WHERE slug = 'sky'",
        &["address"],
    ),
    (
        "INSERT INTO merged_tags (former, tag_id) SELECT 'sea', id FROM tags WHERE slug = 'sky'",
        &["address"],
    ),
    (
        "INSERT INTO live_author_slugs (slug, author_id) SELECT 'jane', id FROM authors WHERE slug = 'joan'",
        &["address"],
    ),
    (
        "INSERT INTO merged_authors (former, author_id) SELECT 'jane', id FROM authors WHERE slug = 'joan'",
        &["address"],
    ),
    (
        "INSERT INTO article_slugs (locale, slug, article_id) SELECT locale, 'bridge', id FROM articles WHERE slug = 'ferry'",
        &["address"],
    ),
    (
        "INSERT INTO article_aliases (path, article_id, position) SELECT '/rain', id, 0 FROM articles WHERE slug = 'rain'",
        &["alias"],
    ),
    (
        "INSERT INTO article_tags (article_id, position, tag_id) SELECT id, 9, 'gone' FROM articles WHERE slug = 'bridge'",
        &["reference"],
    ),
    (
        "INSERT INTO article_authors (article_id, position, author_id, role) VALUES ('gone', 0, 'gone', 'author')",
        &["reference", "reference"],
    ),
    (
        "INSERT INTO article_related (article_id, position, related_id) SELECT id, 0, 'gone' FROM articles WHERE slug = 'bridge'",
        &["reference"],
    ),
    (
        "INSERT INTO article_contents (article_id, body_format, body_source, body_html, body_text, search_text) VALUES ('gone', 'html', '', '', '', '')",
        &["reference"],
    ),
    (
        "DELETE FROM article_contents WHERE article_id = (SELECT id FROM articles WHERE slug = 'bridge')",
        &["contents"],
    ),
    (
        "INSERT INTO live_article_slugs (locale, slug, article_id) VALUES ('en', 'gone', 'gone')",
        &["reference"],
    ),
    (
        "INSERT INTO article_locks (article_id, held_by, acquired_at, renewed_at, expires_at) VALUES ('gone', 'x', 1, 1, 1)",
        &["reference"],
    ),
    (
        "UPDATE tags SET parent_id = 'gone' WHERE slug = 'sea'",
        &["reference", "live_tag"],
    ),
    (
        "DELETE FROM revisions WHERE version = 2 AND article_id = (SELECT id FROM articles WHERE slug = 'bridge')",
        &["revision"],
    ),
    (
        "DELETE FROM revision_bodies WHERE article_id = (SELECT id FROM articles WHERE slug = 'bridge')",
        &["revision", "revision"],
    ),
    (
        "UPDATE revision_bodies SET source = (SELECT other.source FROM revision_bodies AS other WHERE other.article_id = (SELECT id FROM articles WHERE slug = 'snow')) WHERE article_id = (SELECT id FROM articles WHERE slug = 'draft')",
        &["revision"],
    ),
    (
        "INSERT INTO revision_bodies (article_id, digest, source) SELECT article_id, 'unused', source FROM revision_bodies WHERE article_id = (SELECT id FROM articles WHERE slug = 'draft')",
        &["revision"],
    ),
    (
        "UPDATE articles SET status = 'unpublished', live_version = NULL WHERE slug = 'ferry'",
        &["live_copy"],
    ),
    (
        "UPDATE live_articles SET slug = 'bridge', card = replace(card, '\"canal\"', '\"bridge\"') WHERE slug = 'canal'",
        &["address"],
    ),
];

async fn each_kind_of_damage_is_found_and_repaired(app: TestApp) {
    newspaper(&app).await;
    app.is_sound().await;
    for (sql, kinds) in DAMAGE {
        app.damage(sql).await;
        let (report, found) = app.check(false).await;
        let names: BTreeSet<&str> = found.iter().map(|one| one.violation.kind).collect();
        let expected: BTreeSet<&str> = kinds.iter().copied().collect();
        assert_eq!(names, expected, "{sql}: {found:#?}");
        assert!(report.found >= expected.len(), "{sql}: {found:#?}");
        assert!(found.iter().all(|one| one.repaired.is_none()));
        let (report, repaired) = app.check(true).await;
        assert_eq!(report.found, report.repaired, "{sql}: {repaired:#?}");
        assert!(report.repaired > 0, "{sql}");
        let (_, left) = app.check(true).await;
        assert_eq!(left, [], "{sql}");
    }
    // The public is shown what it was shown before.
    let bridge = app
        .anonymous()
        .get("/v1/articles/bridge?include=authors,tags")
        .await;
    let bridge = bridge.expect(200).json();
    assert_eq!(bridge["title"], "Bridge");
    assert_eq!(bridge["authors"][1]["slug"], "joan");
    assert_eq!(bridge["tags"][0]["slug"], "sea");
    // It was at the bridge's address, and gave way.
    let canal = path(&app.draft("/v1/articles/canal").await);
    let canal = app.anonymous().get(&canal).await;
    let canal = canal.expect(200).json();
    assert_eq!(canal["slug"], "bridge-2");
    assert_eq!(canal["title"], "Canal");
    assert_eq!(canal["body"]["text"], "Canal is open.\n\nAgain");
}

async fn what_cannot_be_repaired_is_said(app: TestApp) {
    newspaper(&app).await;
    for (sql, kind, undo) in [
        (
            "UPDATE article_contents SET byline = 'Nobody' WHERE article_id = (SELECT id FROM articles WHERE slug = 'draft')",
            "working_copy",
            "UPDATE article_contents SET byline = NULL WHERE article_id = (SELECT id FROM articles WHERE slug = 'draft')",
        ),
        (
            "UPDATE articles SET status = 'scheduled' WHERE slug = 'draft'",
            "state",
            "UPDATE articles SET status = 'draft' WHERE slug = 'draft'",
        ),
        (
            "UPDATE article_contents SET seo = '{' WHERE article_id = (SELECT id FROM articles WHERE slug = 'draft')",
            "unreadable",
            "UPDATE article_contents SET seo = '{}' WHERE article_id = (SELECT id FROM articles WHERE slug = 'draft')",
        ),
        (
            "UPDATE tags SET parent_id = (SELECT id FROM tags AS other WHERE other.id <> tags.id)",
            "tree",
            "UPDATE tags SET parent_id = NULL",
        ),
        (
            "UPDATE revisions SET version = 90 WHERE article_id = (SELECT id FROM articles WHERE \
             slug = 'canal') AND version = 2",
            "revision",
            "UPDATE revisions SET version = 2 WHERE version = 90",
        ),
    ] {
        app.damage(sql).await;
        let (report, found) = app.check(true).await;
        assert!(report.found > report.repaired, "{sql}: {found:#?}");
        let mut left = found.iter().filter(|one| one.repaired == Some(false));
        assert!(
            left.all(|one| one.violation.kind == kind),
            "{sql}: {found:#?}"
        );
        app.damage(undo).await;
        app.check(true).await;
        app.is_sound().await;
    }
}
