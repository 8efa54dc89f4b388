//! What a check of the database finds: things that are not as they must be.

use std::fmt;

use crate::app::Edit;
use crate::db::{Conn, Time};
use crate::error::{Code, Error, Result};

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The kind of damage in a word, such as `derived_text`.
    pub kind: &'static str,
    /// What is damaged: a table, or a thing and its id.
    pub place: String,
    /// What is wrong with it: the end of a sentence that begins with the place.
    pub detail: String,
}

impl Violation {
    /// Damage of this kind at this place.
    pub fn new(kind: &'static str, place: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            kind,
            place: place.into(),
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}: {} {}", self.kind, self.place, self.detail)
    }
}

/// Something that can be looked through one by one: its articles, its tags, or its rules.
pub(crate) trait Subject {
    /// The ids of the first few after an id, in order; none when that was the last.
    async fn some_after(conn: &mut Conn, id: &str) -> Result<Vec<String>>;

    /// All that is wrong with the one of this id at a moment; nothing when it is gone.
    async fn find(conn: &mut Conn, id: &str, now: Time) -> Result<Vec<Violation>>;

    /// Makes right what follows from something else, in the transaction of the caller, and says
    /// what of it the public sees. What is right stays as it is.
    async fn repair(conn: &mut Conn, edit: Edit<'_>, id: &str) -> Result<()>;
}

/// [`Subject::find`], where a value that is no value of its column is damage, too.
///
/// # Errors
/// Those of the database.
pub(crate) async fn find<S: Subject>(
    conn: &mut Conn,
    id: &str,
    now: Time,
) -> Result<Vec<Violation>> {
    match S::find(conn, id, now).await {
        Err(error) if error.code() == Code::Internal => unreadable(id, error).map(|one| vec![one]),
        found => found,
    }
}

fn unreadable(id: &str, error: Error) -> Result<Violation> {
    // What diesel says of a column that holds something else than it must.
    match error.cause() {
        Some(cause) if cause.starts_with("Error deserializing field") => Ok(Violation::new(
            "unreadable",
            id,
            format!("is unreadable: {cause}"),
        )),
        _ => Err(error),
    }
}

/// The names of the members in which two values differ, each an object when it is written as JSON.
/// Members that hold JSON as text are compared as JSON: the order of its members means nothing.
///
/// # Errors
/// Never, for rows.
pub(crate) fn differing(
    expected: &impl serde::Serialize,
    found: &impl serde::Serialize,
) -> Result<Vec<String>> {
    let [expected, found] = [
        serde_json::to_value(expected).map_err(Error::internal)?,
        serde_json::to_value(found).map_err(Error::internal)?,
    ];
    let members = expected.as_object().into_iter().flatten();
    let differ = members.filter(|(name, value)| {
        let other = found.get(name.as_str()).unwrap_or(&serde_json::Value::Null);
        *value != other && nested(value).is_none_or(|one| Some(one) != nested(other))
    });
    Ok(differ.map(|(name, _)| name.clone()).collect())
}

/// The object or list that a text holds as JSON.
fn nested(value: &serde_json::Value) -> Option<serde_json::Value> {
    let text = value.as_str().filter(|text| text.starts_with(['{', '[']))?;
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_that_hold_json_are_compared_as_json() {
        let expected = json!({"a": 1, "title": "1.0", "card": "{\"x\":1,\"y\":[2]}"});
        let same = json!({"a": 1, "title": "1.0", "card": "{\"y\": [2], \"x\": 1}"});
        assert!(differing(&expected, &same).unwrap().is_empty());
        let other = json!({"a": 2, "title": "1.00", "card": "{\"x\":1,\"y\":[3]}"});
        assert_eq!(
            differing(&expected, &other).unwrap(),
            ["a", "title", "card"]
        );
        let torn = json!({"a": 1, "title": "1.0", "card": "{\"x\":1,"});
        assert_eq!(differing(&expected, &torn).unwrap(), ["card"]);
        assert_eq!(differing(&expected, &json!({"a": 1})).unwrap().len(), 2);
    }
}
