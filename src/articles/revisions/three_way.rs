//! Three-way merge of changes of an article, field by field. Touches no database.

use serde_json::{Map, Value};

static NULL: Value = Value::Null;

/// The members of an article as it would be sent.
#[must_use]
pub fn of_fields(whole: &Value) -> Map<String, Value> {
    whole.as_object().cloned().unwrap_or_default()
}

/// The names of the members that differ, in the order of the first; what is missing is null.
#[must_use]
pub fn changed(from: &Map<String, Value>, to: &Map<String, Value>) -> Vec<String> {
    let new = to.keys().filter(|name| !from.contains_key(*name));
    let names = from.keys().chain(new);
    let differs =
        |name: &&String| from.get(*name).unwrap_or(&NULL) != to.get(*name).unwrap_or(&NULL);
    names.filter(differs).cloned().collect()
}

/// The changes of `mine` since `base`, on top of those of `theirs`.
///
/// # Errors
/// The members that both changed, each to something else.
pub fn merge(base: &Value, theirs: &Value, mine: &Value) -> Result<Value, Vec<String>> {
    let (base, theirs, mine) = (of_fields(base), of_fields(theirs), of_fields(mine));
    let by_them = changed(&base, &theirs);
    let by_me = changed(&base, &mine);
    let same = |name: &str| mine.get(name).unwrap_or(&NULL) == theirs.get(name).unwrap_or(&NULL);
    let conflicts: Vec<String> = by_me
        .iter()
        .filter(|name| by_them.contains(name) && !same(name))
        .cloned()
        .collect();
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    let mut merged = theirs;
    for name in by_me {
        let value = mine.get(&name).cloned().unwrap_or(Value::Null);
        merged.insert(name, value);
    }
    Ok(Value::Object(merged))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn different_fields_are_joined() {
        let base = json!({"title": "A", "kicker": null, "tags": ["x"]});
        let theirs = json!({"title": "B", "kicker": null, "tags": ["x"]});
        let mine = json!({"title": "A", "kicker": "K", "tags": ["x", "y"]});
        let merged = merge(&base, &theirs, &mine).unwrap();
        assert_eq!(
            merged,
            json!({"title": "B", "kicker": "K", "tags": ["x", "y"]})
        );
    }

    #[test]
    fn the_same_field_is_a_conflict_unless_both_say_the_same() {
        let base = json!({"title": "A", "kicker": "K"});
        let theirs = json!({"title": "B", "kicker": "L"});
        let mine = json!({"title": "C", "kicker": "L"});
        assert_eq!(merge(&base, &theirs, &mine).unwrap_err(), ["title"]);
        let mine = json!({"title": "B", "kicker": "L"});
        assert_eq!(merge(&base, &theirs, &mine).unwrap(), theirs);
    }

    #[test]
    fn what_is_missing_is_null() {
        let base = json!({"title": "A"});
        let theirs = json!({"title": "A", "translation_of": null});
        let mine = json!({"title": "B", "assignee": null});
        let merged = merge(&base, &theirs, &mine).unwrap();
        assert_eq!(merged["title"], "B");
        assert!(changed(&of_fields(&base), &of_fields(&theirs)).is_empty());
    }
}
