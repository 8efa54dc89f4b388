//! Public lists cost the same however many articles there are: each is led by an index, and
//! neither reads nor sorts more than few rows.

use masthead::db::Time;
use masthead::generate::{Options, fill};

use crate::support::database::explain::Ear;
use crate::support::{Kind, TestApp};

on_both!(public_lists_are_led_by_indexes);

/// So many that frequent tags, authors, sections and locales have more than few.
const ARTICLES: usize = 12_000;

/// Frequent and rare: the first and the last of what is generated.
const TAGS: [&str; 2] = ["politics", "theatre-in-kavaria"];
const AUTHORS: [&str; 2] = ["edda-marlowe", "luc-keller"];
const SECTIONS: [&str; 2] = ["politics", "obituaries"];
const LOCALES: [&str; 2] = ["en", "es"];

const SORTS: [&str; 10] = [
    "published_at",
    "-published_at",
    "first_published_at",
    "-first_published_at",
    "updated_at",
    "-updated_at",
    "title",
    "-title",
    "word_count",
    "-word_count",
];

/// What is asked for, without a leading `?` or `&`.
fn queries() -> Vec<String> {
    let mut all: Vec<String> = vec![
        "limit=15".to_owned(),
        "featured=true".to_owned(),
        "featured=false".to_owned(),
        "published_after=2026-01-01T00:00:00Z".to_owned(),
        "published_before=2015-06-01T00:00:00Z".to_owned(),
        "updated_after=2026-06-30T12:00:00Z".to_owned(),
        "updated_after=2026-06-30T12:00:00Z&sort=updated_at".to_owned(),
        "updated_before=2015-06-01T00:00:00Z".to_owned(),
        "locale=fr,en".to_owned(),
        "locale=es,fr".to_owned(),
        "locale=pl,cs".to_owned(),
        "section=politics,obituaries".to_owned(),
        "tag=politics,world".to_owned(),
        "tag=politics,theatre-in-kavaria".to_owned(),
        "tag=nothing,of-the-kind".to_owned(),
        "author=edda-marlowe,luc-keller".to_owned(),
        "tag=politics&published_before=2015-06-01T00:00:00Z".to_owned(),
        "tag=politics&section=politics,obituaries&locale=fr,en&featured=true".to_owned(),
        "section=politics&locale=fr,en".to_owned(),
        "limit=100".to_owned(),
        "page=60".to_owned(),
    ];
    let pairs = [
        ("tag", TAGS),
        ("author", AUTHORS),
        ("section", SECTIONS),
        ("locale", LOCALES),
        ("featured", ["true", "false"]),
    ];
    for (index, (name, values)) in pairs.iter().enumerate() {
        for value in values {
            all.push(format!("{name}={value}"));
            all.push(format!("{name}={value}&sort=published_at"));
            all.push(format!("{name}={value}&sort=title"));
            all.push(format!("{name}={value}&sort=-updated_at"));
            for (other, others) in &pairs[index + 1..] {
                all.extend(
                    others
                        .iter()
                        .map(|of| format!("{name}={value}&{other}={of}")),
                );
            }
        }
    }
    all.extend(SORTS.map(|sort| format!("sort={sort}")));
    all
}

/// Those of which the total is asked for.
const TOTALS: [&str; 8] = [
    "",
    "tag=politics",
    "tag=politics&locale=en",
    "author=edda-marlowe",
    "section=politics",
    "locale=en",
    "section=politics&locale=en",
    "featured=true",
];

struct Asked {
    what: String,
    statement: String,
    counts: bool,
}

async fn ask(app: &TestApp, ear: &Ear, path: &str, asked: &mut Vec<Asked>) -> serde_json::Value {
    ear.heard();
    let answer = app.anonymous().get(path).await.expect(200).json();
    for statement in ear.heard() {
        if statement.contains("live_article") {
            asked.push(Asked {
                what: path.to_owned(),
                counts: statement.contains("COUNT("),
                statement,
            });
        }
    }
    answer
}

async fn public_lists_are_led_by_indexes(app: TestApp) {
    let options = Options {
        articles: ARTICLES,
        authors: 20,
        tags: 60,
        body_bytes: 20..=60,
        until: Time(1_782_864_000_000),
        ..Options::default()
    };
    fill(&app.db, &options, |_| ()).await.unwrap();
    app.analyse(true).await;
    let ear = Ear::of(&app);
    let mut asked = Vec::new();
    for query in queries() {
        let page = ask(&app, &ear, &format!("/v1/articles?{query}"), &mut asked).await;
        // On from there, and back.
        let next = page["page"]["next"].as_str();
        if let Some(next) = next.filter(|_| !query.starts_with("page=")) {
            let path = format!("/v1/articles?{query}&cursor={next}");
            let page = ask(&app, &ear, &path, &mut asked).await;
            let prev = page["page"]["prev"].as_str().unwrap();
            let path = format!("/v1/articles?{query}&cursor={prev}");
            ask(&app, &ear, &path, &mut asked).await;
        }
    }
    for tag in TAGS {
        let path = format!("/v1/tags/{tag}/articles?include=authors,tags,related,translations");
        ask(&app, &ear, &path, &mut asked).await;
    }
    // From the middle of the list.
    let page = ask(&app, &ear, "/v1/articles?page=600", &mut Vec::new()).await;
    let slug = page["data"][0]["slug"].as_str().unwrap();
    let (next, prev) = (&page["page"]["next"], &page["page"]["prev"]);
    for cursor in [next, prev] {
        let path = format!("/v1/articles?cursor={}", cursor.as_str().unwrap());
        ask(&app, &ear, &path, &mut asked).await;
    }
    let locale = page["data"][0]["locale"].as_str().unwrap();
    let one = format!("/v1/articles/{slug}?locale={locale}&include=authors,tags,related");
    ask(&app, &ear, &one, &mut asked).await;
    for query in TOTALS {
        let path = format!("/v1/articles?total=true&limit=1&{query}");
        ask(&app, &ear, &path, &mut asked).await;
    }
    assert!(asked.len() > 200, "{}", asked.len());
    let mut faults = faults(&app, &asked).await;
    if app.kind == Kind::Sqlite {
        app.analyse(false).await;
        faults.extend(self::faults(&app, &asked).await);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

async fn faults(app: &TestApp, asked: &[Asked]) -> Vec<String> {
    let mut found = Vec::new();
    for one in asked {
        let faults = app.faults(&one.statement, one.counts).await;
        if !faults.is_empty() {
            let (what, sql) = (&one.what, &one.statement);
            let sql = sql.get(..2_000).unwrap_or(sql);
            found.push(format!("{what}\n{sql}\n{}", faults.join("\n")));
        }
    }
    found
}
