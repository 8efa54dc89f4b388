//! The check of a database: what is wrong, how a subject is looked through, and the run over all
//! subjects, which are handed in.

pub mod references;
pub mod run;

use std::fmt;

use futures_util::future::LocalBoxFuture;

pub use self::references::{Reference, Remedy};
pub use self::run::{Check, Finding, Report};

use crate::app::Edit;
use crate::db::{Conn, Time};
use crate::error::{Code, Error, Result};

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The kind of damage in a word, such as `derived_text`.
    pub kind: &'static str,
    /// The damaged place: a table, or a thing and its id.
    pub place: String,
    /// The fault: the end of a sentence that begins with the place.
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

/// A subject that is looked through one by one: its articles, its tags, or its rules.
pub(crate) trait Subject: Sync {
    /// The name under which the report counts them.
    const COUNTED_AS: Option<&'static str> = None;

    /// The references between its tables.
    fn references(&self) -> Vec<Reference> {
        Vec::new()
    }

    /// The ids of the first few after an id, in order; none when that was the last.
    async fn some_after(&self, conn: &mut Conn, id: &str) -> Result<Vec<String>>;

    /// All that is wrong with the one of this id at a moment; nothing when it is gone.
    async fn find(&self, conn: &mut Conn, id: &str, now: Time) -> Result<Vec<Violation>>;

    /// Makes right what follows from something else, in the transaction of the caller, and says
    /// what of it the public sees. What is right stays as it is.
    async fn repair(&self, conn: &mut Conn, edit: Edit<'_>, id: &str) -> Result<()>;
}

/// A `Subject` in a list of different ones.
pub trait AnySubject: Sync {
    /// The name under which the report counts them.
    fn counted_as(&self) -> Option<&'static str>;

    /// The references between its tables.
    fn all_references(&self) -> Vec<Reference>;

    /// The ids of the first few after an id.
    fn ids_after<'a>(
        &'a self,
        conn: &'a mut Conn,
        id: &'a str,
    ) -> LocalBoxFuture<'a, Result<Vec<String>>>;

    /// All that is wrong with one, where a value that is no value of its column is damage, too.
    fn violations<'a>(
        &'a self,
        conn: &'a mut Conn,
        id: &'a str,
        now: Time,
    ) -> LocalBoxFuture<'a, Result<Vec<Violation>>>;

    /// Makes right what follows from something else.
    fn mend<'a>(
        &'a self,
        conn: &'a mut Conn,
        edit: Edit<'a>,
        id: &'a str,
    ) -> LocalBoxFuture<'a, Result<()>>;
}

impl<S: Subject> AnySubject for S {
    fn counted_as(&self) -> Option<&'static str> {
        S::COUNTED_AS
    }

    fn all_references(&self) -> Vec<Reference> {
        self.references()
    }

    fn ids_after<'a>(
        &'a self,
        conn: &'a mut Conn,
        id: &'a str,
    ) -> LocalBoxFuture<'a, Result<Vec<String>>> {
        Box::pin(self.some_after(conn, id))
    }

    fn violations<'a>(
        &'a self,
        conn: &'a mut Conn,
        id: &'a str,
        now: Time,
    ) -> LocalBoxFuture<'a, Result<Vec<Violation>>> {
        Box::pin(async move {
            match self.find(conn, id, now).await {
                Err(error) if error.code() == Code::Internal => {
                    unreadable(id, error).map(|one| vec![one])
                }
                found => found,
            }
        })
    }

    fn mend<'a>(
        &'a self,
        conn: &'a mut Conn,
        edit: Edit<'a>,
        id: &'a str,
    ) -> LocalBoxFuture<'a, Result<()>> {
        Box::pin(self.repair(conn, edit, id))
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
