//! Many people at the same articles: every save that was acknowledged is there, and no other.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use masthead::config::Settings;
use serde_json::{Value, json};

use crate::support::workflow::path;
use crate::support::{Resource as _, TestApp};

on_both!(
    no_save_is_lost,
    a_publication_among_saves_shows_one_whole_version
);

/// How many people there are, and at how many articles.
const EDITORS: usize = 200;
const ARTICLES: usize = 20;

/// How often each saves: once, or as often as `MASTHEAD_SAVES_EACH` says.
fn saves_each() -> usize {
    #[expect(
        clippy::disallowed_methods,
        reason = "the rule is for settings of the program"
    )]
    let each = std::env::var("MASTHEAD_SAVES_EACH");
    each.ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn unlimited(settings: &mut Settings) {
    settings.limits.writes.requests = 0;
}

/// A line of the body that says who wrote it.
fn mark(editor: usize, save: usize) -> String {
    format!("mark-{editor}-{save}-end")
}

/// Saves on top of what is there until it is acknowledged; counts what was refused.
async fn save(app: &TestApp, path: &str, mark: &str) -> usize {
    for refused in 0.. {
        let read = app.editor().get(path).await.expect(200);
        let article = read.json();
        let source = article["body"]["source"].as_str().unwrap();
        let patch = json!({"body": {"source": format!("{source}\n\n{mark}")}});
        let reply = app
            .editor()
            .if_match(&read.etag())
            .patch(path, &patch)
            .await;
        match reply.status {
            200 => return refused,
            412 => {
                let problem = reply.problem(412, "stale_version");
                assert!(
                    problem["current_version"].as_i64().unwrap()
                        > article["version"].as_i64().unwrap()
                );
            }
            // A write that waits too long for its turn is told to come again.
            503 => {}
            _ => panic!("{reply}"),
        }
    }
    unreachable!("it ends with a save")
}

async fn no_save_is_lost(app: TestApp) {
    let app = app.second_with(unlimited);
    let mut paths = Vec::new();
    for number in 0..ARTICLES {
        let article = json!({"title": format!("Story {number}"), "body": {"source": "Begin."}});
        let id = app.create_article(article).await.id().to_owned();
        paths.push(format!("/v1/articles/{id}"));
    }
    let each = saves_each();
    let editors = (0..EDITORS).map(|editor| {
        let (app, path) = (&app, &paths[editor % ARTICLES]);
        async move {
            let mut refused = 0;
            for number in 0..each {
                refused += save(app, path, &mark(editor, number)).await;
            }
            refused
        }
    });
    let refused: usize = join_all(editors).await.into_iter().sum();

    let (mut revisions, mut found) = (0, BTreeSet::new());
    for path in &paths {
        let article = app.editor().get(path).await.expect(200).json();
        let source = article["body"]["source"].as_str().unwrap();
        found.extend(source.split("\n\n").skip(1).map(str::to_owned));
        let list = format!("{path}/revisions?total=true&limit=100");
        let list = app.editor().get(&list).await.expect(200).json();
        let total = list["page"]["total"].as_u64().unwrap();
        // The first is that of its creation; each save is a version and a revision.
        assert_eq!(article["version"], total, "{path}");
        revisions += usize::try_from(total).unwrap() - 1;
    }
    let all: BTreeSet<String> = (0..EDITORS)
        .flat_map(|editor| (0..each).map(move |number| mark(editor, number)))
        .collect();
    let acknowledged = EDITORS * each;
    println!(
        "{:?}: {EDITORS} editors on {ARTICLES} articles: {acknowledged} saves acknowledged, \
         {revisions} revisions, {} found, {refused} refused and done again",
        app.kind,
        found.len()
    );
    assert_eq!(revisions, acknowledged);
    assert_eq!(found, all);
}

/// Saves and publications of one article at the same time: the public sees the body that belongs
/// to the headline, whichever it sees.
async fn a_publication_among_saves_shows_one_whole_version(app: TestApp) {
    let version = |number: usize| {
        json!({"title": format!("Version {number}"), "kicker": format!("v{number}"),
            "body": {"source": format!("Text of v{number}.")}})
    };
    let article = app.create_published(version(0)).await;
    let path = path(&article);
    let (app, path) = (&app, path.as_str());
    let write = async |number: usize| {
        let (change, call) = (version(number), app.editor().if_match("*"));
        let reply = call.patch(path, &change).await;
        // Two that change the same members at once cannot be joined, whichever is late.
        assert!([200, 412].contains(&reply.status), "{reply}");
        let reply = app.editor().act(path, "publish", json!({})).await;
        assert!([200, 412].contains(&reply.status), "{reply}");
    };
    let read = async || {
        for _ in 0..10 {
            let shown = app.anonymous().get(path).await.expect(200).json();
            let kicker = shown["kicker"].as_str().unwrap();
            assert_eq!(
                shown["body"]["text"],
                format!("Text of {kicker}."),
                "{shown}"
            );
            assert_eq!(shown["title"], kicker.replace('v', "Version "));
        }
    };
    let writes = join_all((1..=12).map(write));
    let reads = join_all((0..4).map(|_| read()));
    tokio::join!(writes, reads);
    let live = app.editor().get(&format!("{path}?version=live")).await;
    let draft: Value = app.editor().get(path).await.json();
    if draft["has_unpublished_changes"] == false {
        assert_eq!(live.json()["title"], draft["title"]);
    }
}
