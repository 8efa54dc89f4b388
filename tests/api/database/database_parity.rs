//! The sample newspaper answers alike, whichever database it is in.

use std::collections::HashMap;

use serde_json::Value;

use crate::support::{self, Caller, Kind, TestApp};

/// What is asked, without a key and with one.
const QUERIES: [&str; 53] = [
    "/",
    "/v1/articles",
    "/v1/articles?total=true&limit=5",
    "/v1/articles?limit=5&page=2&total=true",
    "/v1/articles?limit=100&include=authors,tags,lead_image,related",
    "/v1/articles?tag=merrowhaven&include=tags",
    "/v1/articles?tag=oceans,music&author=jonas-weidhorn&total=true",
    "/v1/articles?author=runa-oskarby&fields=title,authors.name,authors.role",
    "/v1/articles?locale=de",
    "/v1/articles?locale=de,en&section=science",
    "/v1/articles?section=cities,sport&sort=title",
    "/v1/articles?featured=true&sort=-word_count,title",
    "/v1/articles?published_after=2026-10-01T00:00:00Z&published_before=2026-11-01T00:00:00Z",
    "/v1/articles?q=harbour",
    "/v1/articles?q=SEEGRAS%20pell&total=true",
    "/v1/articles?q=50%25",
    "/v1/articles?sort=word_count&fields=slug,word_count,reading_minutes",
    "/v1/articles?sort=-updated_at,published_at&fields=slug,updated_at",
    "/v1/articles?filter=tag:kavaria%20AND%20featured=true",
    "/v1/articles?filter=NOT%20author:tobias-fennick%20AND%20locale=en&total=true",
    "/v1/articles?filter=(section=sport%20OR%20section=science)%20AND%20word_count%3E100",
    "/v1/articles?filter=section!=world%20AND%20published_at%3E=2026-10-20T00:00:00Z",
    "/v1/articles?filter=title=%22The%20last%20diesel%20ferry%20leaves%20the%20Wend%22",
    "/v1/articles?fields=title,body.outline,metadata,seo",
    "/v1/articles?tag=desk-follow-up",
    "/v1/tags/merrowhaven/articles?include=authors",
    "/v1/tags/music/articles?sort=title&total=true",
    "/v1/tags/desk-follow-up/articles",
    "/v1/authors/edda-marlowe/articles?include=tags,lead_image",
    "/v1/authors/jonas-weidhorn/articles?locale=de",
    "/v1/articles/kavaria-unlikely-to-fight-for-ostmere?include=authors,tags,lead_image,related",
    "/v1/articles/last-diesel-ferry-leaves-the-wend",
    "/v1/articles/seegras-kehrt-in-die-pell-zurueck?locale=de",
    "/v1/articles/seegras-kehrt-in-die-pell-zurueck?locale=en",
    "/v1/articles/tide-records-open-to-all?fields=title,body.html,related.title",
    "/v1/articles/no-such-article",
    "/v1/articles/winter-league-nine-clubs-five-saturdays-and-a-crew-without-a-boat",
    "/v1/redirects?path=/2026/09/market-clock.html",
    "/v1/redirects?path=/world/straits-talks/",
    "/v1/redirects?path=/nowhere",
    "/v1/tags?limit=100&total=true",
    "/v1/tags?parent=cities",
    "/v1/tags?kind=place,person&sort=-name",
    "/v1/tags?filter=parent:northern-straits%20OR%20slug=music",
    "/v1/tags/ilse-tormann",
    "/v1/authors?sort=-name&total=true",
    "/v1/authors?filter=name%3E=x",
    "/v1/authors/ines-calderwick",
    "/v1/articles?filter=nope=1",
    "/v1/articles?limit=0&sort=nope&featured=maybe&published_after=2026-01-01",
    "/v1/articles?cursor=forged",
    "/v1/articles?filter=a=1%20AND%20b=2%20OR%20c=3",
    "/v1/articles?status=draft&include=none",
];

/// Lists that are walked by their cursors, forward and backward.
const WALKS: [&str; 5] = [
    "/v1/articles?limit=4",
    "/v1/articles?limit=3&sort=-published_at,title",
    "/v1/articles?limit=3&sort=title,-word_count&locale=en",
    "/v1/tags?limit=7&sort=-updated_at,name",
    "/v1/authors?limit=2",
];

/// Headers that say something of the content.
const HEADERS: [&str; 6] = [
    "content-type",
    "cache-control",
    "content-language",
    "location",
    "vary",
    "allow",
];

/// Gives ids numbers in the order in which they appear.
#[derive(Default)]
struct Names(HashMap<String, usize>);

impl Names {
    fn in_value(&mut self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.in_text(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.in_value(item)).collect(),
            Value::Object(members) => {
                let cursors = ["next", "prev"];
                let named = members.into_iter().map(|(name, value)| match value {
                    Value::String(_) if cursors.contains(&name.as_str()) => {
                        (name, Value::from("a cursor"))
                    }
                    value => (name, self.in_value(value)),
                });
                named.collect()
            }
            other => other,
        }
    }

    /// The text with a number in place of each id.
    fn in_text(&mut self, text: &str) -> String {
        let mut named = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let id = rest
                .get(..36)
                .filter(|part| uuid::Uuid::parse_str(part).is_ok());
            let taken = match id {
                Some(id) => {
                    let next = self.0.len();
                    let number = *self.0.entry(id.to_owned()).or_insert(next);
                    named.push_str(&format!("id {number}"));
                    id.len()
                }
                None => {
                    named.push(first);
                    first.len_utf8()
                }
            };
            rest = &rest[taken..];
        }
        named
    }
}

/// What a server answers, with ids and cursors replaced; and the cursor to go on with.
async fn answer(
    caller: Caller<'_>,
    path: &str,
    names: &mut Names,
    way: &str,
) -> (String, Option<String>) {
    let reply = caller.get(path).await;
    let mut text = format!("{}\n", reply.status);
    for header in HEADERS {
        let value = names.in_text(reply.header(header));
        text.push_str(&format!("{header}: {value}\n"));
    }
    if reply.body.is_empty() {
        return (text, None);
    }
    let json = reply.json();
    let cursor = json["page"][way].as_str().map(str::to_owned);
    let json = names.in_value(json);
    text.push_str(&serde_json::to_string_pretty(&json).unwrap());
    (text, cursor)
}

#[test]
fn the_sample_answers_alike_on_both_databases() {
    if !support::has_postgres() {
        return;
    }
    support::block_on(async {
        let (sqlite, postgres) = (
            TestApp::start(Kind::Sqlite).await,
            TestApp::start(Kind::Postgres).await,
        );
        let loaded = sqlite.load_sample().await;
        assert_eq!(postgres.load_sample().await, loaded);
        let both = [
            (sqlite.anonymous(), postgres.anonymous()),
            (sqlite.reader(), postgres.reader()),
        ];
        let (mut one, mut other) = (Names::default(), Names::default());
        let mut found_something = 0;
        for (lite, big) in both {
            for path in QUERIES {
                let (expected, _) = answer(lite.clone(), path, &mut one, "next").await;
                let (found, _) = answer(big.clone(), path, &mut other, "next").await;
                assert_eq!(expected, found, "{path}");
                found_something += usize::from(expected.starts_with("200"));
            }
            for walk in WALKS {
                alike_on_a_walk((&lite, &mut one), (&big, &mut other), walk).await;
            }
        }
        assert!(
            found_something > 70,
            "{found_something} answers are no refusals"
        );
        assert_eq!(one.0.len(), other.0.len());
    });
}

async fn alike_on_a_walk(
    (lite, one): (&Caller<'_>, &mut Names),
    (big, other): (&Caller<'_>, &mut Names),
    walk: &str,
) {
    let mut cursors = (String::new(), String::new());
    let mut pages = 0;
    for way in ["next", "prev"] {
        loop {
            let (expected, left) =
                answer(lite.clone(), &format!("{walk}{}", cursors.0), one, way).await;
            let (found, right) =
                answer(big.clone(), &format!("{walk}{}", cursors.1), other, way).await;
            assert_eq!(expected, found, "{walk}, page {pages}, {way}");
            pages += 1;
            let (Some(left), Some(right)) = (left, right) else {
                break;
            };
            cursors = (format!("&cursor={left}"), format!("&cursor={right}"));
        }
    }
    assert!((5..60).contains(&pages), "{walk}: {pages}");
}
