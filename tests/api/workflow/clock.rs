//! The clock jumps over publications and expiries: whatever recorded them, or did not, everybody
//! sees what is to be seen at each moment.

use serde_json::{Value, json};

use crate::articles::public_lookups::{ALIAS, LISTS, findable, seed};
use crate::support::{Kind, Resource as _, TestApp};

on_both!(
    nobody_records_what_becomes_due,
    the_server_starts_again_between_the_moments,
    the_task_records_what_becomes_due,
    the_clock_goes_back,
    what_waits_to_be_recorded_is_counted,
);

/// When it appears or changes, when it ends, and the moments just before.
const MOMENTS: [&str; 4] = [
    "2026-11-23T12:59:59.999Z",
    "2026-11-23T13:00:00Z",
    "2026-11-23T13:59:59.999Z",
    "2026-11-23T14:00:00Z",
];

/// What the public sees at each moment, and what editors are told, of an article.
struct Life {
    id: String,
    /// The version that was scheduled: recording changes nothing of it.
    version: i64,
    seen: [Option<Version>; 4],
    states: [&'static str; 4],
}

/// A version, by its headline and its slug.
type Version = (&'static str, &'static str);

const FIRST: Version = ("First", "story");
const SECOND: Version = ("Second", "later");

/// An article of which the first version is scheduled, or of which the first is published and the
/// second is scheduled, with one that it is related to and one that is its translation.
async fn scheduled(app: &TestApp, is_new: bool) -> Life {
    seed(app).await;
    let article = app.create_article(findable("First")).await;
    let id = article.id().to_owned();
    let path = format!("/v1/articles/{id}");
    app.create_published(json!({"title": "Pointer", "related": [id]}))
        .await;
    let other = json!({"title": "Andere", "locale": "de", "translation_of": id});
    app.create_published(other).await;
    if !is_new {
        app.publish(&id).await;
        app.change(&path, json!({"title": "Second", "slug": "later"}))
            .await;
    }
    let times = json!({"publish_at": MOMENTS[1], "expires_at": MOMENTS[3]});
    let call = app.editor().if_match("*");
    let reply = call.post(&format!("{path}/schedule"), &times).await;
    let version = reply.expect(200).json()["version"].as_i64().unwrap();
    let (seen, states) = if is_new {
        (
            [None, Some(FIRST), Some(FIRST), None],
            ["scheduled", "published", "published", "unpublished"],
        )
    } else {
        (
            [Some(FIRST), Some(SECOND), Some(SECOND), None],
            ["published", "published", "published", "unpublished"],
        )
    };
    Life {
        id,
        version,
        seen,
        states,
    }
}

impl Life {
    /// Compares all that the public may ask with what is to be seen at a moment.
    async fn look(&self, app: &TestApp, moment: usize) {
        let seen = self.seen[moment];
        let get = async |path: &str| app.anonymous().get(path).await;
        let by_id = get(&format!("/v1/articles/{}", self.id)).await;
        let titles: Vec<&str> = seen.iter().map(|(title, _)| *title).collect();
        match seen {
            Some((title, slug)) => {
                assert_eq!(by_id.expect(200).json()["title"], title);
                assert_eq!(
                    get(&format!("/v1/articles/{slug}")).await.json()["title"],
                    title
                );
                assert_eq!(get(ALIAS).await.json()["article"]["title"], title);
            }
            None => {
                by_id.problem(404, "not_found");
                get(ALIAS).await.problem(404, "not_found");
            }
        }
        for (title, slug) in [FIRST, SECOND] {
            if seen != Some((title, slug)) {
                let reply = get(&format!("/v1/articles/{slug}")).await;
                let moved = (title, slug) == FIRST && seen == Some(SECOND);
                let status = if moved { 308 } else { 404 };
                assert_eq!(reply.status, status, "{reply}");
                if moved {
                    assert_eq!(reply.header("location"), "/v1/articles/later");
                }
            }
        }
        for path in LISTS {
            let list = get(path).await.expect(200);
            let data = list.data();
            let own: Vec<&Value> = data
                .iter()
                .filter(|one| one["id"] == self.id.as_str())
                .collect();
            let found: Vec<&str> = own
                .iter()
                .map(|one| one["title"].as_str().unwrap())
                .collect();
            assert_eq!(found, titles, "{list}");
            assert_eq!(list.json()["page"]["total"], data.len(), "{list}");
        }
        for (path, part) in [
            ("/v1/articles/pointer?include=related", "related"),
            ("/v1/articles/andere?include=translations", "translations"),
        ] {
            let reply = get(path).await.expect(200);
            let all = reply.json()[part].as_array().unwrap().clone();
            let found: Vec<&str> = all
                .iter()
                .map(|one| one["title"].as_str().unwrap())
                .collect();
            assert_eq!(found, titles, "{reply}");
        }
        let chain = get("/v1/articles?locale=en,de&total=true")
            .await
            .expect(200);
        let mut found = chain.each("title");
        found.sort();
        let translated = titles.first().copied().unwrap_or("Andere");
        let mut expected = ["Pointer", translated];
        expected.sort_unstable();
        assert_eq!(found, expected, "{chain}");
        assert_eq!(chain.json()["page"]["total"], 2, "{chain}");
        caches_end_in_time(app, moment, seen).await;
    }

    /// Compares what editors are told with what is to be at a moment.
    async fn is_told(&self, app: &TestApp, moment: usize) {
        let state = self.states[moment];
        let path = format!("/v1/articles/{}", self.id);
        let told = app.reader().get(&path).await.expect(200).json();
        assert_eq!(told["status"], state, "{told}");
        assert_eq!(told["version"], self.version, "{told}");
        assert_eq!(told["has_unpublished_changes"], false, "{told}");
        let waits = moment == 0;
        assert_eq!(told["scheduled"] != Value::Null, waits, "{told}");
        let is_seen = self.seen[moment].is_some();
        assert_eq!(told["live_version"] != Value::Null, is_seen, "{told}");
        let list = format!("/v1/articles?status={state}&counts=true&limit=100");
        let list = app.reader().get(&list).await.expect(200);
        assert!(list.each("id").contains(&self.id), "{list}");
        assert_eq!(list.json()["counts"][state], list.data().len(), "{list}");
    }

    /// Somebody who had the article open before saves it.
    async fn is_saved(&self, app: &TestApp) {
        let call = app.editor().if_match(&format!("\"{}\"", self.version));
        let path = format!("/v1/articles/{}", self.id);
        let saved = call.patch(&path, &json!({"kicker": "Late"})).await;
        assert_eq!(saved.expect(200).json()["status"], "unpublished");
    }
}

/// No cache keeps what is seen beyond the moment at which the article changes next.
async fn caches_end_in_time(app: &TestApp, moment: usize, seen: Option<Version>) {
    let Some((_, slug)) = seen else {
        return;
    };
    let ends = if moment == 0 { MOMENTS[1] } else { MOMENTS[3] };
    let ends = chrono::DateTime::parse_from_rfc3339(ends).unwrap();
    let left = (ends.timestamp_millis() - app.now().0) / 1_000;
    for path in [&format!("/v1/articles/{slug}"), "/v1/articles/story", ALIAS] {
        let reply = app.anonymous().get(path).await;
        let header = reply.header("cache-control");
        let of = |name: &str| -> i64 {
            let mut parts = header.split(", ");
            let part = parts.find_map(|part| part.strip_prefix(name));
            part.unwrap().parse().unwrap()
        };
        let fresh = of("max-age=").max(of("s-maxage="));
        let stale = of("stale-while-revalidate=").max(of("stale-if-error="));
        assert!(fresh + stale <= left, "{left} seconds are left: {reply}");
    }
}

/// How many transitions wait to be recorded, and since when.
async fn overdue(app: &TestApp) -> (i64, Value) {
    let ready = app.anonymous().get("/health/ready").await.expect(200);
    let told = ready.json()["overdue_transitions"].clone();
    (told["count"].as_i64().unwrap(), told["oldest"].clone())
}

async fn nobody_records_what_becomes_due(kind: Kind) {
    for is_new in [true, false] {
        let app = fresh(kind).await;
        let life = scheduled(&app, is_new).await;
        for (moment, at) in MOMENTS.iter().enumerate() {
            app.clock_set(at);
            life.look(&app, moment).await;
            life.is_told(&app, moment).await;
            let expected = match moment {
                0 => (0, Value::Null),
                _ => (1, json!(MOMENTS[1])),
            };
            assert_eq!(overdue(&app).await, expected);
        }
        assert_eq!(app.upkeep().await.recorded, 1);
        assert_eq!(overdue(&app).await, (0, Value::Null));
        assert_eq!(app.upkeep().await, masthead::jobs::Done::default());
        life.look(&app, 3).await;
        life.is_told(&app, 3).await;
        life.is_saved(&app).await;
    }
}

async fn the_server_starts_again_between_the_moments(kind: Kind) {
    for is_new in [true, false] {
        let app = fresh(kind).await;
        let mut server = app.second();
        let life = scheduled(&server, is_new).await;
        for (moment, at) in MOMENTS.iter().enumerate() {
            drop(server);
            app.clock_set(at);
            server = app.second();
            life.look(&server, moment).await;
            life.is_told(&server, moment).await;
        }
        life.is_saved(&server).await;
    }
}

async fn the_task_records_what_becomes_due(kind: Kind) {
    for is_new in [true, false] {
        let app = fresh(kind).await;
        let server = app.second_with(|settings| settings.newsroom.record_seconds = 1);
        let life = scheduled(&server, is_new).await;
        for (moment, at) in MOMENTS.iter().enumerate() {
            app.clock_set(at);
            life.look(&server, moment).await;
            life.is_told(&server, moment).await;
            let begun = std::time::Instant::now();
            while overdue(&server).await.0 > 0 {
                assert!(begun.elapsed().as_secs() < 60, "nobody recorded it");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            life.look(&server, moment).await;
            life.is_told(&server, moment).await;
        }
        life.is_saved(&server).await;
    }
}

async fn the_clock_goes_back(kind: Kind) {
    for is_new in [true, false] {
        let app = fresh(kind).await;
        let life = scheduled(&app, is_new).await;
        for moment in [1, 0, 3, 2, 1, 0, 2, 0, 3] {
            app.clock_set(MOMENTS[moment]);
            life.look(&app, moment).await;
            life.is_told(&app, moment).await;
        }
        // What was recorded stays so; the public does not depend on it.
        assert_eq!(app.upkeep().await.recorded, 1);
        for moment in [2, 1, 0] {
            app.clock_set(MOMENTS[moment]);
            life.look(&app, moment).await;
            assert_eq!(app.upkeep().await.recorded, 0);
        }
        app.clock_set(MOMENTS[3]);
        life.look(&app, 3).await;
        life.is_told(&app, 3).await;
        life.is_saved(&app).await;
    }
}

async fn what_waits_to_be_recorded_is_counted(app: TestApp) {
    // More than are recorded at once, and the first to be due among the last.
    for batch in 0..5 {
        let mut operations = Vec::new();
        for number in 0..45 {
            let slug = format!("story-{batch}-{number}");
            let body = json!({"title": "Story", "slug": slug, "body": {"source": "Text."}});
            operations.push(json!({"op": "create", "body": body}));
            let times = json!({"publish_at": MOMENTS[1]});
            operations.push(json!({"op": "schedule", "id": slug, "if_match": "*", "body": times}));
        }
        let body = json!({"atomic": true, "operations": operations});
        let reply = app.editor().post("/v1/articles/batch", &body).await;
        assert_eq!(reply.expect(200).json()["complete"], true);
    }
    let first = "2026-11-23T12:30:00Z";
    app.create_published(json!({"title": "First", "expires_at": first}))
        .await;
    app.clock_set("2026-11-23T12:29:59.999Z");
    assert_eq!(overdue(&app).await, (0, Value::Null));
    app.clock_set(first);
    assert_eq!(overdue(&app).await, (1, json!(first)));
    app.clock_set("2026-11-23T15:00:00Z");
    assert_eq!(overdue(&app).await, (226, json!(first)));
    let mut recorded = 0;
    while overdue(&app).await.0 > 0 {
        let done = app.upkeep().await.recorded;
        assert!(done > 0, "it goes on");
        recorded += done;
    }
    assert_eq!(recorded, 226);
    assert_eq!(overdue(&app).await, (0, Value::Null));
}

/// A server over a new database of the same kind.
async fn fresh(kind: Kind) -> TestApp {
    TestApp::start(kind).await
}
