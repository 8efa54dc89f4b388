//! Something that a writer writes, and what becomes of it by each change.

use serde_json::{Value, json};

use crate::workflow::model::random::Random;

/// A moment that does not come while the tests run.
const FAR: &str = "2120-01-01T00:00:00Z";

/// What something is, as far as is looked at: its number stands in all of its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub version: u64,
    pub number: u64,
    pub status: String,
    /// The number that the public is shown.
    pub live: Option<u64>,
    /// Whether it was public at some time.
    pub was_live: bool,
    pub trashed: bool,
}

/// Something that one writer writes, one change after another.
pub struct Thing {
    pub collection: &'static str,
    pub slug: String,
    pub id: Option<String>,
    /// What was acknowledged last.
    pub acknowledged: Option<State>,
    /// What it is if the request took place that was not answered well.
    pub pending: Option<State>,
    pub random: Random,
    pub writer: usize,
    pub begun: usize,
}

/// Method, path, `If-Match` and body.
pub type Request = (&'static str, String, Option<String>, Value);

impl Thing {
    /// The next request, and what the thing is once it took place.
    pub fn next(&mut self, number: u64) -> (Request, State) {
        if let Some(state) = &self.acknowledged
            && !state.trashed
            && self.random.one_in(12)
        {
            // Something new.
            self.begun += 1;
            self.slug = format!("w{}-{}", self.writer, self.begun);
            (self.id, self.acknowledged) = (None, None);
        }
        let is_article = self.collection == "/v1/articles";
        let Some(old) = self.acknowledged.clone() else {
            let mut body = texts(is_article, number);
            body["slug"] = json!(self.slug);
            let state = State {
                version: 1,
                number,
                status: if is_article { "draft" } else { "" }.to_owned(),
                live: (!is_article).then_some(number),
                was_live: !is_article,
                trashed: false,
            };
            return (("POST", self.collection.to_owned(), None, body), state);
        };
        let one = format!("{}/{}", self.collection, self.id.as_ref().unwrap());
        let version = Some(format!("\"{}\"", old.version));
        let state = State {
            version: old.version + 1,
            ..old.clone()
        };
        if !is_article {
            let state = State {
                number,
                live: Some(number),
                ..state
            };
            return (("PATCH", one, version, texts(false, number)), state);
        }
        let act =
            |action: &str, body: Value| ("POST", format!("{one}/{action}"), version.clone(), body);
        if old.trashed {
            let state = State {
                trashed: false,
                ..state
            };
            return (act("restore", json!({})), state);
        }
        let has_changes = old.live != Some(old.number);
        let resting = ["draft", "unpublished"].contains(&old.status.as_str());
        match self.random.below(10) {
            0..=2 if has_changes => {
                let state = State {
                    status: "published".to_owned(),
                    live: Some(old.number),
                    was_live: true,
                    ..state
                };
                (act("publish", json!({})), state)
            }
            3 if resting => {
                let state = State {
                    status: "scheduled".to_owned(),
                    ..state
                };
                (act("schedule", json!({"publish_at": FAR})), state)
            }
            4 if old.status == "published" => {
                let state = State {
                    status: "unpublished".to_owned(),
                    live: None,
                    ..state
                };
                (act("unpublish", json!({})), state)
            }
            5 => {
                let status = match old.status.as_str() {
                    "published" => "unpublished",
                    "scheduled" if old.was_live => "unpublished",
                    "scheduled" => "draft",
                    other => other,
                };
                let state = State {
                    status: status.to_owned(),
                    live: None,
                    trashed: true,
                    ..state
                };
                (("DELETE", one.clone(), version, Value::Null), state)
            }
            6 | 7 => {
                let mut patch = texts(true, number);
                patch["metadata"]["batch"] = json!(number);
                let made = |_| {
                    let mut body = texts(true, number);
                    body["section"] = json!(format!("batch-{number}"));
                    json!({"op": "create", "body": body})
                };
                let mut operations: Vec<Value> = (0..2).map(made).collect();
                let id = self.id.clone();
                operations.insert(1, json!({"op": "patch", "id": id, "if_match": old.version.to_string(), "body": patch}));
                let body = json!({"atomic": true, "operations": operations});
                let path = "/v1/articles/batch".to_owned();
                (("POST", path, None, body), State { number, ..state })
            }
            _ => {
                let mut patch = texts(true, number);
                patch["metadata"]["batch"] = Value::Null;
                (
                    ("PATCH", one.clone(), version, patch),
                    State { number, ..state },
                )
            }
        }
    }
}

/// The texts of something of this number.
fn texts(is_article: bool, number: u64) -> Value {
    let metadata = json!({"number": number});
    if is_article {
        let source = format!("Text number {number}.");
        json!({"title": format!("Number {number}"), "body": {"source": source}, "metadata": metadata})
    } else {
        json!({"name": format!("Number {number}"), "metadata": metadata})
    }
}

/// The number that all texts of something have.
pub fn number_of(body: &Value) -> Result<u64, String> {
    let name = body["title"]
        .as_str()
        .filter(|title| title.starts_with("Number"));
    let name = name.or(body["name"].as_str()).unwrap_or_default();
    let number: Option<u64> = name.rsplit(' ').next().and_then(|text| text.parse().ok());
    let number = number.ok_or_else(|| format!("no number: {body}"))?;
    let text = body["body"]["text"].as_str();
    let is_whole = body["metadata"]["number"] == number
        && text.is_none_or(|text| text == format!("Text number {number}."));
    is_whole
        .then_some(number)
        .ok_or_else(|| format!("of several numbers: {body}"))
}
