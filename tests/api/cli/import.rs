//! A folder of Markdown, as several generators write it, comes in as articles.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::Duration;
use masthead::import::markdown::{Options, Report};
use masthead::values::Locale;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::TestApp;

on_both!(
    a_folder_comes_in,
    what_was_imported_is_found,
    a_second_run_changes_nothing,
    a_changed_file_changes_its_article,
    what_an_editor_did_stays,
    a_trashed_article_stays_in_the_trash,
    a_dry_run_writes_nothing,
    a_file_that_fails_leaves_nothing,
);

/// The files of the folder, each with its text.
const FILES: [(&str, &[u8]); 15] = [
    (
        "zola.md",
        b"+++\ntitle = \"Four years\"\ndescription = \"What was done.\"\n\
          path = \"2019/05/15/Four-Years\"\naliases = [\"2019/05/15/Four-Years.html\", \"/old/four-years/\"]\n\
          authors = [\"ann author\", \"Bob Byline\"]\n[taxonomies]\ntags = [\"Harbour\"]\n\
          [extra]\nteam = \"Desk\"\n+++\n## Then\n\nSee [the post](../hugo/post.md#then), \
          ![a boat](boat.jpg) and [that](/absolute/).\n",
    ),
    (
        "hugo/post.md",
        b"---\ntitle: A post\ndate: 2020-06-01T10:30:00+02:00\nauthor: Ann Author\n\
          categories: [News]\ntags: [harbour, Ferries]\ndraft: false\nweight: 3\n---\nFirst text.\n",
    ),
    (
        "_posts/2020-02-03-jekyll-post.md",
        b"---\nlayout: post\ntitle: \"From Jekyll\"\nauthor: Ann Author\ncategories: news politics\n---\nText.\n",
    ),
    ("_drafts/idea.md", b"---\ntitle: An idea\n---\nPerhaps.\n"),
    ("draft.md", b"+++\ntitle = \"Unready\"\ndate = 2021-01-02\ndraft = true\n+++\nNot yet.\n"),
    ("deutsch.md", b"---\ntitle: Guten Tag\nlang: de\ndate: 2021-03-04\n---\nGr\xc3\xbc\xc3\x9fe.\n"),
    ("folder/index.md", b"+++\ntitle = \"In a folder\"\ndate = 2021-05-06\n+++\nWith its pictures.\n"),
    ("_index.md", b"+++\ntitle = \"A section\"\n+++\n"),
    ("a/same.md", b"+++\ntitle = \"Same\"\ndate = 2021-07-08\n+++\nOne.\n"),
    ("b/same.md", b"+++\ntitle = \"Same\"\ndate = 2021-07-09\n+++\nTwo.\n"),
    ("template.md", b"+++\ntemplate = \"x.html\"\n+++\n"),
    ("broken.md", b"+++\ntitle = \"Broken\"\ndate = = 3\n+++\nText.\n"),
    ("latin1.md", b"+++\ntitle = \"Caf\xe9\"\nauthors = [\"Nobody Known\"]\n+++\nText.\n"),
    ("untitled.md", b"---\ndate: 2021-01-01\n---\nText without a title.\n"),
    (
        "zz-taken.md",
        b"+++\ntitle = \"Taken\"\naliases = [\"/old/four-years\"]\nauthors = [\"Ghost Writer\"]\n\
          tags = [\"Ghosts\"]\n+++\nText.\n",
    ),
];

fn write(folder: &Path, name: &str, text: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        write(folder.path(), name, text);
    }
    folder
}

async fn import(app: &TestApp, folder: &TempDir, publish: bool) -> Report {
    // What is written at one moment counts as one run.
    app.advance(Duration::minutes(1));
    let options = Options {
        publish,
        dry_run: false,
        locale: Locale::parse("en").unwrap(),
    };
    app.import(folder.path(), &options).await
}

/// Everything that editors see of the articles, authors and tags, by id.
async fn everything(app: &TestApp) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for path in ["articles", "authors", "tags"] {
        let list = app
            .editor()
            .get(&format!("/v1/{path}?limit=100"))
            .await
            .expect(200);
        for item in list.data() {
            all.insert(item["id"].to_string(), item);
        }
    }
    all
}

async fn article(app: &TestApp, slug: &str) -> Value {
    let path = format!("/v1/articles/{slug}");
    app.editor().get(&path).await.expect(200).json()
}

/// The counts of a report: created, updated, unchanged, skipped, failed.
fn counts(report: &Report) -> [usize; 5] {
    [
        report.created,
        report.updated,
        report.unchanged,
        report.skipped.len(),
        report.failed.len(),
    ]
}

async fn a_folder_comes_in(app: TestApp) {
    let report = import(&app, &folder(), true).await;
    assert_eq!(report.files, 15);
    assert_eq!(counts(&report), [9, 0, 0, 2, 4], "{report:#?}");
    // Harbour, News, Ferries, politics; the authors and tags of what failed are not among them.
    assert_eq!((report.authors, report.tags, report.redirects), (2, 4, 3));
    let skipped = report.skipped.iter();
    let skipped: Vec<&str> = skipped.map(|left| left.relative.as_str()).collect();
    assert_eq!(skipped, ["_index.md", "template.md"]);
    let begin = |place: &str| report.failed.iter().any(|line| line.starts_with(place));
    for place in [
        "broken.md:3: ",
        "latin1.md:2: ",
        "untitled.md:1: ",
        "zz-taken.md:1: ",
    ] {
        assert!(begin(place), "{place} {:?}", report.failed);
    }
    assert!(
        report.notes.iter().any(|note| note.contains("ann author")),
        "{:?}",
        report.notes
    );

    let public = app.anonymous().get("/v1/articles?total=true").await;
    assert_eq!(public.json()["page"]["total"], 7, "all but two drafts");
    let all = app.editor().get("/v1/articles?total=true&sort=title").await;
    assert_eq!(all.json()["page"]["total"], 9);
    let drafts = app
        .editor()
        .get("/v1/articles?status=draft&sort=title")
        .await;
    assert_eq!(drafts.each("title"), ["An idea", "Unready"]);
    let authors = app.editor().get("/v1/authors").await;
    assert_eq!(authors.each("name"), ["Ann Author", "Bob Byline"]);
    let tags = app.editor().get("/v1/tags?sort=slug").await;
    assert_eq!(
        tags.each("slug"),
        ["ferries", "harbour", "news", "politics"]
    );
}

async fn what_was_imported_is_found(app: TestApp) {
    import(&app, &folder(), true).await;
    for (slug, day, locale) in [
        ("four-years", "2019-05-15T00:00:00Z", "en"),
        ("post", "2020-06-01T08:30:00Z", "en"),
        ("jekyll-post", "2020-02-03T00:00:00Z", "en"),
        ("deutsch", "2021-03-04T00:00:00Z", "de"),
        ("folder", "2021-05-06T00:00:00Z", "en"),
        ("same", "2021-07-08T00:00:00Z", "en"),
        ("same-2021-07-09", "2021-07-09T00:00:00Z", "en"),
    ] {
        let path = format!("/v1/articles/{slug}");
        let live = app.anonymous().get(&path).await.expect(200).json();
        assert_eq!(live["published_at"], day, "{slug}");
        assert_eq!(live["first_published_at"], day, "{slug}");
        assert_eq!(live["locale"], locale, "{slug}");
    }
    for path in [
        "/2019/05/15/Four-Years",
        "/2019/05/15/Four-Years.html",
        "/old/four-years",
        "/old/four-years/",
    ] {
        let call = app.anonymous();
        let found = call.query("/v1/redirects", &[("path", path)]).await;
        assert_eq!(found.expect(200).json()["article"]["slug"], "four-years");
    }
    let zola = article(&app, "four-years").await;
    let (_, file) = FILES[0];
    let text = String::from_utf8_lossy(file);
    let source = zola["body"]["source"].as_str().unwrap();
    assert!(text.ends_with(&format!("+++\n{source}")), "{source:?}");
    let html = zola["body"]["html"].as_str().unwrap();
    for link in [
        "href=\"../hugo/post.md#then\"",
        "src=\"boat.jpg\"",
        "href=\"/absolute/\"",
    ] {
        assert!(html.contains(link), "{link} {html}");
    }
    assert_eq!(zola["standfirst"], "What was done.");
    assert_eq!(zola["metadata"], json!({"team": "Desk"}));
    // The spelling that came first is kept.
    let names = |article: &Value, part: &str| -> Vec<Value> {
        let items = article[part].as_array().unwrap().iter();
        items.map(|item| item["name"].clone()).collect()
    };
    assert_eq!(names(&zola, "authors"), ["Ann Author", "Bob Byline"]);
    let post = article(&app, "post").await;
    assert_eq!(names(&post, "tags"), ["harbour", "Ferries", "news"]);
    assert_eq!(post["metadata"], json!({"weight": 3}));
    let jekyll = article(&app, "jekyll-post").await;
    assert_eq!(names(&jekyll, "authors"), ["Ann Author"]);
    assert_eq!(names(&jekyll, "tags"), ["news", "politics"]);
}

async fn a_second_run_changes_nothing(app: TestApp) {
    let folder = folder();
    import(&app, &folder, true).await;
    let before = everything(&app).await;
    let again = import(&app, &folder, true).await;
    assert_eq!(counts(&again), [0, 0, 9, 2, 4]);
    assert_eq!((again.authors, again.tags, again.redirects), (0, 0, 0));
    assert_eq!(everything(&app).await, before);
}

async fn a_changed_file_changes_its_article(app: TestApp) {
    let folder = folder();
    import(&app, &folder, true).await;
    let before = everything(&app).await;
    let old = article(&app, "post").await;
    let text = "---\ntitle: A better post\ndate: 2020-06-01T10:30:00+02:00\nauthor: Cid New\n\
                ---\nSecond text.\n";
    write(folder.path(), "hugo/post.md", text.as_bytes());
    let report = import(&app, &folder, true).await;
    assert_eq!(counts(&report), [0, 1, 8, 2, 4]);
    assert_eq!((report.authors, report.tags), (1, 0));
    let live = app.anonymous().get("/v1/articles/post").await.expect(200);
    let live = live.json();
    assert_eq!(live["id"], old["id"]);
    assert_eq!(live["title"], "A better post");
    assert_eq!(
        live["body"]["text"].as_str().unwrap().trim(),
        "Second text."
    );
    assert_eq!(live["authors"][0]["name"], "Cid New");
    assert_eq!(live["tags"], json!([]));
    assert_eq!(live["first_published_at"], old["first_published_at"]);
    let after = everything(&app).await;
    let changed = after
        .iter()
        .filter(|(id, item)| before.get(*id) != Some(item));
    assert_eq!(changed.count(), 2, "the article, and its author who is new");

    // A file that changes back, or by what is no matter, is no other article.
    let again = import(&app, &folder, true).await;
    assert_eq!(counts(&again), [0, 0, 9, 2, 4]);
    write(
        folder.path(),
        "hugo/post.md",
        text.replace("title: A", "title:   A").as_bytes(),
    );
    let again = import(&app, &folder, true).await;
    assert_eq!(counts(&again), [0, 0, 9, 2, 4]);
    assert_eq!(everything(&app).await, after);
}

async fn what_an_editor_did_stays(app: TestApp) {
    let folder = folder();
    import(&app, &folder, true).await;
    let patch = json!({"kicker": "Anniversary", "seo_title": "4 years", "section": "harbour"});
    app.editor()
        .change("/v1/articles/four-years", &patch)
        .await
        .expect(200);
    let edited = article(&app, "four-years").await;
    // A file that did not change has nothing to say.
    let report = import(&app, &folder, true).await;
    assert_eq!(counts(&report), [0, 0, 9, 2, 4]);
    assert_eq!(article(&app, "four-years").await, edited);

    let (_, file) = FILES[0];
    let text = String::from_utf8_lossy(file).replace("What was done", "What remains");
    write(folder.path(), "zola.md", text.as_bytes());
    let report = import(&app, &folder, false).await;
    assert_eq!(report.updated, 1);
    let now = article(&app, "four-years").await;
    for member in [
        "kicker",
        "seo_title",
        "section",
        "aliases",
        "authors",
        "body",
    ] {
        assert_eq!(now[member], edited[member], "{member}");
    }
    assert_eq!(now["standfirst"], "What remains.");
    let live = app.anonymous().get("/v1/articles/four-years").await.json();
    assert_eq!(live["standfirst"], "What was done.", "not published again");

    // What an editor took from the public stays away from it.
    let call = app.editor().if_match("*");
    let path = "/v1/articles/four-years";
    let unpublish = format!("{path}/unpublish");
    call.post(&unpublish, &json!({})).await.expect(200);
    let text = text.replace("What remains", "What comes");
    write(folder.path(), "zola.md", text.as_bytes());
    let report = import(&app, &folder, true).await;
    assert_eq!(report.updated, 1);
    assert_eq!(
        article(&app, "four-years").await["standfirst"],
        "What comes."
    );
    app.anonymous().get(path).await.problem(404, "not_found");
}

async fn a_trashed_article_stays_in_the_trash(app: TestApp) {
    let folder = folder();
    import(&app, &folder, true).await;
    let path = "/v1/articles/four-years";
    app.editor().remove(path).await.expect(204);
    for changed in ["What was done", "What comes"] {
        let (_, file) = FILES[0];
        let text = String::from_utf8_lossy(file).replace("What was done", changed);
        write(folder.path(), "zola.md", text.as_bytes());
        // Its alias is free for the file that wanted it too, which comes in now.
        let report = import(&app, &folder, true).await;
        assert_eq!(report.skipped.len(), 3, "{report:#?}");
        let left = report
            .skipped
            .iter()
            .find(|left| left.relative == "zola.md");
        assert!(left.unwrap().reason.contains("trash"));
        assert_eq!(report.failed.len(), 3);
        app.editor().get(path).await.problem(404, "not_found");
    }
    let call = app.anonymous();
    let found = call
        .query("/v1/redirects", &[("path", "/old/four-years")])
        .await;
    assert_eq!(found.expect(200).json()["article"]["slug"], "zz-taken");
}

async fn a_dry_run_writes_nothing(app: TestApp) {
    let folder = folder();
    let options = Options {
        publish: true,
        dry_run: true,
        locale: Locale::parse("en").unwrap(),
    };
    let dry = app.import(folder.path(), &options).await;
    assert!(everything(&app).await.is_empty());
    let real = import(&app, &folder, true).await;
    assert_eq!(counts(&dry), counts(&real));
    assert_eq!(dry.redirects, real.redirects);
    assert_eq!((dry.authors, dry.tags), (real.authors, real.tags));
    assert_eq!(dry.failed, real.failed);

    let before = everything(&app).await;
    let text = b"---\ntitle: Another\nauthor: Cid New\n---\nText.\n";
    write(folder.path(), "hugo/post.md", text);
    write(folder.path(), "new.md", text);
    let dry = app.import(folder.path(), &options).await;
    assert_eq!(counts(&dry), [1, 1, 8, 2, 4]);
    assert_eq!(everything(&app).await, before);
}

async fn a_file_that_fails_leaves_nothing(app: TestApp) {
    import(&app, &folder(), true).await;
    for path in [
        "/v1/authors/ghost-writer",
        "/v1/authors/nobody-known",
        "/v1/tags/ghosts",
        "/v1/articles/taken",
        "/v1/articles/zz-taken",
    ] {
        app.editor().get(path).await.problem(404, "not_found");
    }
    let call = app.anonymous();
    let found = call
        .query("/v1/redirects", &[("path", "/old/four-years")])
        .await;
    assert_eq!(found.expect(200).json()["article"]["slug"], "four-years");
}
