//! The normal form by which public answers are kept: requests that mean different things must not
//! share one. Otherwise somebody is given the answer to another question.

use std::collections::BTreeSet;

use masthead::articles::selection::{Include, Selection};
use masthead::http::params::Params;
use masthead::query::Named as _;
use masthead::query::fields::FieldSet;
use masthead::registry::RESOURCES;
use masthead::response_cache::cache_key;

const PATHS: [&str; 4] = [
    "/v1/articles",
    "/v1/articles/harbour-bridge",
    "/v1/tags",
    "/v1/tags/sea/articles",
];

/// What handlers read.
#[derive(Debug, PartialEq)]
struct Reading {
    values: Vec<Option<String>>,
    lists: Vec<BTreeSet<String>>,
    parts: Vec<bool>,
    fields: Option<String>,
    is_refused: bool,
}

/// Reads a query as the handlers do, with their defaults.
fn reading(path: &str, query: &str) -> Reading {
    let mut params = Params::new(path, query).expect("it was valid before");
    let is_list = path != PATHS[1];
    let single = [
        ("counts", path.ends_with("articles").then_some("false")),
        ("cursor", None),
        ("filter", None),
        ("limit", Some("15")),
        ("locale", None),
        ("page", None),
        ("q", None),
        (
            "sort",
            Some(if path.ends_with("articles") {
                "-published_at"
            } else {
                "name"
            }),
        ),
        ("total", Some("false")),
    ];
    let values = single.map(|(name, default)| {
        let default = default.filter(|_| is_list).map(str::to_owned);
        params.one(name).or(default)
    });
    let lists = ["author", "section", "tag"].map(|name| {
        let values = params.list(name).unwrap_or_default();
        values.into_iter().collect()
    });
    let default = [Include::Authors, Include::Tags, Include::LeadImage];
    let default = if is_list { &[] } else { &default[..] };
    let shape = Selection::read(&mut params, false, default, !is_list);
    let fields = shape.fields.as_ref().map(FieldSet::canonical);
    Reading {
        values: values.to_vec(),
        lists: lists.to_vec(),
        parts: Include::ALL.iter().map(|part| shape.has(*part)).collect(),
        fields,
        is_refused: params.finish().is_err(),
    }
}

fn normal(path: &str, query: &str) -> Option<String> {
    cache_key::normal(path, query, RESOURCES)
}

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let Some((path, query)) = bytes.split_first() else {
        return;
    };
    let Ok(query) = std::str::from_utf8(query) else {
        return;
    };
    let path = PATHS[usize::from(*path) % PATHS.len()];
    let Some(key) = normal(path, query) else {
        assert!(Params::new(path, query).is_err(), "{query:?}");
        return;
    };
    let rest = key.strip_prefix(path).expect("the path stays as it is");
    let again = rest.strip_prefix('?').unwrap_or_default();
    assert!(rest.is_empty() || rest.starts_with('?'), "{key}");
    assert_eq!(normal(path, again).as_deref(), Some(&*key), "{query:?}");
    assert_eq!(
        reading(path, query),
        reading(path, again),
        "{query:?} became {again:?}"
    );
}
