//! A real blog of some 750 posts comes in whole, where it is beside the checkout.

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::Duration;
use masthead::import::markdown::{Options, Report};
use masthead::values::Locale;
use serde_json::Value;

use crate::support::{self, TestApp};

/// Says something that is read though the test passes.
fn tell(line: &str) {
    let _unread = writeln!(std::io::stderr(), "{line}");
}

fn blog() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/rust-blog/content");
    if beside.is_dir() {
        return Some(beside);
    }
    tell("the import of a real blog is skipped: there is no ../shared/data/rust-blog/content");
    None
}

#[test]
fn sqlite() {
    if let Some(folder) = blog() {
        support::on_sqlite(|app| comes_in(app, &folder, 700));
    }
}

/// Every sixth post, to save a minute; all of them with `MASTHEAD_WHOLE_BLOG=1`.
#[test]
fn postgres() {
    let Some(folder) = blog().filter(|_| support::has_postgres()) else {
        return;
    };
    if std::env::var_os("MASTHEAD_WHOLE_BLOG").is_some_and(|value| value == "1") {
        support::on_postgres(|app| comes_in(app, &folder, 700));
    } else {
        let some = tempfile::tempdir().unwrap();
        copy(&folder, some.path(), &mut 0);
        support::on_postgres(|app| comes_in(app, some.path(), 100));
    }
}

/// Copies every sixth file.
fn copy(from: &Path, to: &Path, seen: &mut usize) {
    fs::create_dir_all(to).unwrap();
    let entries = fs::read_dir(from).unwrap();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &target, seen);
        } else {
            *seen += 1;
            if seen.is_multiple_of(6) {
                fs::copy(&entry, &target).unwrap();
            }
        }
    }
}

async fn comes_in(app: TestApp, folder: &Path, at_least: usize) {
    let options = Options {
        publish: true,
        dry_run: false,
        locale: Locale::parse("en").unwrap(),
    };
    let (begun, before) = (Instant::now(), app.statements());
    let report = app.import(folder, &options).await;
    let taken = begun.elapsed().as_secs_f64();
    let statements = app.statements() - before;
    let skipped = report.skipped.len();
    assert!(report.failed.is_empty(), "{:#?}", report.failed);
    assert_eq!(report.files, report.created + skipped);
    assert!(report.created > at_least, "{report:#?}");
    for left in &report.skipped {
        let known = ["section page", "without title and text"];
        let expected = known.iter().any(|reason| left.reason.contains(reason));
        assert!(expected, "{}: {}", left.relative, left.reason);
    }
    same_counts(&app, &report).await;
    every_file_is_an_article(&app, &report).await;

    app.advance(Duration::minutes(1));
    let before = newest(&app).await;
    let begun = Instant::now();
    let again = app.import(folder, &options).await;
    let taken_again = begun.elapsed().as_secs_f64();
    assert_eq!((again.created, again.updated), (0, 0));
    assert_eq!(again.unchanged, report.created);
    assert_eq!((again.authors, again.tags, again.redirects), (0, 0, 0));
    assert_eq!(newest(&app).await, before);
    tell(&format!(
        "{:?}: {} files, {} articles, {skipped} skipped, {} authors, {} tags, {} redirects in \
         {statements} statements and {taken:.1} s; again in {taken_again:.1} s",
        app.kind, report.files, report.created, report.authors, report.tags, report.redirects,
    ));
}

async fn total(app: &TestApp, path: &str) -> Value {
    let call = app.editor();
    let reply = call.get(&format!("{path}total=true&limit=1")).await;
    reply.expect(200).json()["page"]["total"].clone()
}

async fn same_counts(app: &TestApp, report: &Report) {
    assert_eq!(total(app, "/v1/articles?").await, report.created);
    assert_eq!(total(app, "/v1/authors?").await, report.authors);
    assert_eq!(total(app, "/v1/tags?").await, report.tags);
    let live = total(app, "/v1/articles?version=live&").await;
    let drafts = total(app, "/v1/articles?status=draft&").await;
    let sum = live.as_u64().unwrap() + drafts.as_u64().unwrap();
    assert_eq!(sum, u64::try_from(report.created).unwrap());
}

/// Walks through all articles; each redirect leads to the article that has it.
async fn every_file_is_an_article(app: &TestApp, report: &Report) {
    let (mut slugs, mut paths) = (HashSet::new(), HashSet::new());
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/articles?limit=100&fields=id,slug,published_at,aliases{cursor}");
        let page = app.editor().get(&path).await.expect(200);
        for item in page.data() {
            let slug = item["slug"].as_str().unwrap();
            assert!(slugs.insert(slug.to_owned()), "{slug} twice");
            assert!(item["published_at"].is_string(), "{slug} has no date");
            for path in item["aliases"].as_array().unwrap() {
                let path = path.as_str().unwrap();
                assert!(paths.insert(path.to_owned()), "{path} twice");
                // Some of them will do: each is a request.
                if paths.len() % 10 == 1 {
                    let call = app.anonymous();
                    let found = call.query("/v1/redirects", &[("path", path)]).await;
                    assert_eq!(found.expect(200).json()["article"]["id"], item["id"]);
                }
            }
        }
        match page.json()["page"]["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(slugs.len(), report.created);
    assert_eq!(paths.len(), report.redirects);
}

/// The article that was written last, which tells whether anything was.
async fn newest(app: &TestApp) -> Value {
    let list = app.editor().get("/v1/articles?sort=-updated_at&limit=1");
    list.await.expect(200).data()[0].clone()
}
