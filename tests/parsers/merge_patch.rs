//! JSON Merge Patch on articles: the first line of the input is the article, the rest the patch.

use masthead::articles::article::ArticleInput;
use masthead::http::body::MergePatch;
use masthead::values;
use serde_json::{Map, Value};

/// RFC 7396, section 2, to the letter.
fn merged(target: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else {
        return patch.clone();
    };
    let mut object = match target {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    for (name, value) in patch {
        if value.is_null() {
            object.shift_remove(name);
        } else {
            let inner = object.get(name).cloned().unwrap_or(Value::Null);
            object.insert(name.clone(), merged(inner, value));
        }
    }
    Value::Object(object)
}

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Some((article, patch)) = text.split_once('\n') else {
        return;
    };
    let Ok(patch @ Value::Object(_)) = serde_json::from_str::<Value>(patch) else {
        return;
    };
    let Ok(article) = serde_json::from_str::<Value>(article) else {
        return;
    };
    let expected = merged(article.clone(), &patch);
    let patch = MergePatch(patch);
    let result = patch.apply(article);
    assert_eq!(result, expected);
    assert_eq!(
        patch.apply(result.clone()),
        result,
        "a patch may be sent again"
    );
    // What comes out of it is an article or refused, place by place.
    match values::read::<ArticleInput>(result) {
        Ok(input) => {
            let _ = input.contradictions();
            let stored = serde_json::to_value(&input).expect("it came from JSON");
            let again = values::read::<ArticleInput>(stored);
            assert_eq!(again.map_err(|errors| format!("{errors:?}")), Ok(input));
        }
        Err(errors) => {
            assert!(!errors.0.is_empty());
            for error in &errors.0 {
                let place = error.place();
                assert!(place.is_empty() || place.starts_with('/'), "{place:?}");
            }
        }
    }
}
