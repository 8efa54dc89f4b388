//! `sort=`, `fields=` and `include=`: no input upsets the parsers, and the canonical forms say the
//! same.

use std::sync::LazyLock;

use masthead::articles::live::ArticleSort;
use masthead::articles::response::{EDITORIAL_FIELDS, FIELDS};
use masthead::articles::selection::Include;
use masthead::query::fields::FieldSet;
use masthead::query::include::parse_names;
use masthead::query::sort::{canonical_sort, parse_sort};
use masthead::query::{Named as _, QueryError};
use serde_json::{Value, json};

static ALLOWED: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| FIELDS.iter().chain(EDITORIAL_FIELDS).copied().collect());

/// An article of which every member is there, those of two levels as objects or lists.
static ARTICLE: LazyLock<Value> = LazyLock::new(|| {
    let mut article = json!({});
    for name in ALLOWED.iter() {
        match name.split_once('.') {
            None => article[name] = json!(1),
            Some((member, child)) => {
                if !article[member].is_object() {
                    article[member] = json!({});
                }
                article[member][child] = json!(1);
            }
        }
    }
    article["authors"] = json!([article["authors"], null]);
    article
});

fn check_error(text: &str, error: &QueryError) {
    assert!(text.is_char_boundary(error.offset), "{error}");
    let before = text[..error.offset].chars().count();
    assert_eq!(error.column, before + 1, "{error}");
    assert!(!error.detail.contains(char::is_control), "{error:?}");
}

/// Whether all that is left was there, and in the same order.
fn is_part(of: &Value, part: &Value) -> bool {
    match (of, part) {
        (Value::Object(all), Value::Object(some)) => {
            let mut names = all.keys();
            some.iter()
                .all(|(name, value)| names.any(|one| one == name) && is_part(&all[name], value))
        }
        (Value::Array(all), Value::Array(some)) => {
            all.len() == some.len() && all.iter().zip(some).all(|(one, other)| is_part(one, other))
        }
        (one, other) => one == other,
    }
}

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match parse_sort::<ArticleSort>(text) {
        Ok(keys) => {
            let canonical = canonical_sort(&keys);
            assert_eq!(parse_sort::<ArticleSort>(&canonical), Ok(keys));
        }
        Err(error) => check_error(text, &error),
    }
    match parse_names::<Include>(text) {
        Ok(names) => {
            let in_order = Include::ALL.iter().filter(|name| names.contains(name));
            assert!(in_order.eq(&names), "each once, in one order: {names:?}");
        }
        Err(error) => check_error(text, &error),
    }
    match FieldSet::parse(text, &ALLOWED) {
        Ok(set) => {
            let canonical = set.canonical();
            assert_eq!(FieldSet::parse(&canonical, &ALLOWED), Ok(set.clone()));
            let mut once = ARTICLE.clone();
            set.prune(&mut once);
            assert!(is_part(&ARTICLE, &once), "{once}");
            for name in canonical.split(',') {
                assert!(set.contains(name), "{name}");
            }
            let kept = once.as_object().expect("still an object");
            assert!(kept.keys().all(|name| set.contains(name)), "{once}");
            let mut twice = once.clone();
            set.prune(&mut twice);
            assert_eq!(once, twice);
        }
        Err(error) => check_error(text, &error),
    }
}
