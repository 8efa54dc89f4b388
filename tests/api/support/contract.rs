//! The API document as a contract: no test meets an answer that it does not describe.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::Validator;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// Headers that say nothing of an operation: those of HTTP, of browsers and of CORS, and what holds of
/// every answer, problems too.
const OF_ANY: [&str; 23] = [
    "accept",
    "accept-encoding",
    "accept-patch",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "idempotency-replayed",
    "ratelimit",
    "ratelimit-policy",
    "referrer-policy",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "x-content-type-options",
    "x-frame-options",
    "x-robots-tag",
];

/// What there is besides the document: pages for people.
const PAGES: [&str; 2] = ["/docs", "/account"];

/// What is wrong with an answer by the document; nothing if it is described.
pub fn fault(
    method: &Method,
    path: &str,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<String> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let partial = url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "fields");
    if PAGES.iter().any(|page| path.starts_with(page)) {
        return None;
    }
    let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let Some((template, item)) = described(&path) else {
        return (status < 400).then(|| format!("{path} is not in the document"));
    };
    let name = match *method {
        Method::HEAD => "get".to_owned(),
        _ => method.as_str().to_lowercase(),
    };
    let Some(operation) = item.get(&name) else {
        let told = status >= 400 || *method == Method::OPTIONS;
        return (!told).then(|| format!("{method} {template} is not in the document"));
    };
    let place = format!("{name} {template} {status}");
    let Some(response) = operation["responses"].get(status.to_string()) else {
        return Some(format!("{place} is not in the document"));
    };
    let unknown = undescribed(headers, response);
    if !unknown.is_empty() {
        return Some(format!(
            "{place}: the document lacks the headers {unknown:?}"
        ));
    }
    if *method == Method::HEAD || body.is_empty() {
        let empty = response.get("content").is_none() || *method == Method::HEAD;
        return (!empty).then(|| format!("{place}: there is no body"));
    }
    let kind = headers
        .get("content-type")
        .map(|kind| kind.to_str().unwrap_or_default())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    let Some(content) = response["content"].get(kind) else {
        return Some(format!("{place}: {kind} is not in the document"));
    };
    // What is compressed was looked at before it was.
    if !kind.ends_with("json") || headers.contains_key("content-encoding") {
        return None;
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return Some(format!("{place}: it is not JSON"));
    };
    let validator = validator(&format!("{place} {kind}"), &content["schema"], partial);
    let faults: Vec<String> = validator
        .iter_errors(&body)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    (!faults.is_empty()).then(|| format!("{place}: {}", faults.join("; ")))
}

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let text = masthead::routes::document_text().unwrap();
        serde_json::from_str(&text).unwrap()
    })
}

/// The path of the document that a path is one of, with what is said of it.
fn described(path: &str) -> Option<(&'static str, &'static Value)> {
    let paths = document()["paths"].as_object().unwrap();
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let template: Vec<&str> = template.split('/').collect();
        template.len() == parts.len()
            && template
                .iter()
                .zip(&parts)
                .all(|(known, part)| known == part || (known.starts_with('{') && !part.is_empty()))
    };
    // `/v1/articles/batch` is not an article.
    paths
        .iter()
        .filter(|(template, _)| fits(template))
        .min_by_key(|(template, _)| template.matches('{').count())
        .map(|(template, item)| (template.as_str(), item))
}

fn undescribed(headers: &HeaderMap, response: &Value) -> BTreeSet<String> {
    let known: BTreeSet<String> = response["headers"]
        .as_object()
        .map(|headers| headers.keys().map(|name| name.to_lowercase()).collect())
        .unwrap_or_default();
    headers
        .keys()
        .map(ToString::to_string)
        .filter(|name| !OF_ANY.contains(&name.as_str()) && !name.starts_with("access-control-"))
        .filter(|name| !known.contains(name))
        .collect()
}

/// The schema of an answer, closed: a member that it does not name is a fault. One of which `fields`
/// has chosen members may lack any.
fn validator(place: &str, schema: &Value, partial: bool) -> Arc<Validator> {
    static ALL: OnceLock<Mutex<HashMap<String, Arc<Validator>>>> = OnceLock::new();
    let all = ALL.get_or_init(Mutex::default);
    let place = format!("{place} {partial}");
    if let Some(known) = all.lock().unwrap().get(&place) {
        return Arc::clone(known);
    }
    let mut whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": document()["components"],
        "allOf": [schema],
    });
    // One without a name of its own is of anything: the document itself.
    if schema.get("$ref").is_some() {
        whole["unevaluatedProperties"] = false.into();
    }
    if partial {
        require_nothing(&mut whole);
    }
    let made = jsonschema::options()
        .should_validate_formats(true)
        .build(&whole)
        .unwrap_or_else(|error| panic!("{place}: {error}"));
    let made = Arc::new(made);
    all.lock().unwrap().insert(place, Arc::clone(&made));
    made
}

fn require_nothing(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            // A member may be called that, too; only the keyword is a list.
            if matches!(members.get("required"), Some(Value::Array(_))) {
                members.remove("required");
            }
            members.values_mut().for_each(require_nothing);
        }
        Value::Array(items) => items.iter_mut().for_each(require_nothing),
        _ => {}
    }
}
