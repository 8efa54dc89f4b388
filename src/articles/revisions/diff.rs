//! The differences between two revisions: member by member, texts word by word.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use similar::{Algorithm, ChangeTag, TextDiff};
use utoipa::ToSchema;

use super::three_way::{changed, of_fields};

/// How long a comparison of two texts looks for the shortest one, after which it takes what it has.
const MAX_WAIT: Duration = Duration::from_millis(500);

/// A member that differs.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Change {
    /// Name of the member; for the body `body.format` or `body.source`.
    #[schema(example = "title")]
    pub field: String,
    /// Old value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, value_type = Value)]
    pub from: Option<Value>,
    /// New value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, value_type = Value)]
    pub to: Option<Value>,
    /// For text: the differences word by word, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub words: Option<Vec<Piece>>,
    /// For lists: the items added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, value_type = Option<Vec<Value>>)]
    pub added: Option<Vec<Value>>,
    /// For lists: the items removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false, value_type = Option<Vec<Value>>)]
    pub removed: Option<Vec<Value>>,
}

/// A segment of a text comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Piece {
    /// Whether the segment is unchanged, added or removed.
    #[schema(value_type = String, example = "insert")]
    pub op: Op,
    /// Text of the segment. Unchanged and added segments form the new text, unchanged and removed
    /// ones the old text.
    pub text: String,
}

crate::values::string_enum! {
    /// The operation on a piece of a text.
    pub enum Op {
        /// It is in both.
        Equal => "equal",
        /// It came.
        Insert => "insert",
        /// It went.
        Delete => "delete",
    }
}

/// The differences between two articles as they would be sent.
#[must_use]
pub fn changes(old: &Value, new: &Value) -> Vec<Change> {
    let (from, to) = (of_fields(old), of_fields(new));
    let mut all = Vec::new();
    for field in changed(&from, &to) {
        let pair = [&from, &to].map(|side| side.get(&field).unwrap_or(&Value::Null));
        let [old, new] = pair;
        if field == "body" {
            for part in ["format", "source"] {
                let [old, new] = pair.map(|body| body.get(part).unwrap_or(&Value::Null));
                if old != new {
                    all.push(change(format!("body.{part}"), old, new));
                }
            }
        } else {
            all.push(change(field, old, new));
        }
    }
    all
}

fn change(field: String, old: &Value, new: &Value) -> Change {
    let plain = Change {
        field,
        from: None,
        to: None,
        words: None,
        added: None,
        removed: None,
    };
    match (old, new) {
        (Value::String(old), Value::String(new)) => Change {
            words: Some(words(old, new)),
            ..plain
        },
        (Value::Array(before), Value::Array(after)) => {
            let without = |all: &[Value], others: &[Value]| -> Vec<Value> {
                let gone = all.iter().filter(|item| !others.contains(item));
                gone.cloned().collect()
            };
            Change {
                added: Some(without(after, before)),
                removed: Some(without(before, after)),
                from: Some(old.clone()),
                to: Some(new.clone()),
                ..plain
            }
        }
        _ => Change {
            from: Some(old.clone()),
            to: Some(new.clone()),
            ..plain
        },
    }
}

/// Compares two texts word by word (UAX #29).
fn words(old: &str, new: &str) -> Vec<Piece> {
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .timeout(MAX_WAIT)
        .diff_unicode_words(old, new);
    let mut pieces: Vec<Piece> = Vec::new();
    for change in diff.iter_all_changes() {
        let op = match change.tag() {
            ChangeTag::Equal => Op::Equal,
            ChangeTag::Insert => Op::Insert,
            ChangeTag::Delete => Op::Delete,
        };
        match pieces.last_mut().filter(|last| last.op == op) {
            Some(last) => last.text.push_str(change.value()),
            None => pieces.push(Piece {
                op,
                text: change.value().to_owned(),
            }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn side(pieces: &[Piece], gone: Op) -> String {
        let kept = pieces.iter().filter(|piece| piece.op != gone);
        kept.map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn the_pieces_make_both_texts() {
        for (old, new) in [
            (
                "The bridge reopened on Monday.",
                "The old bridge reopened on Tuesday.",
            ),
            ("", "New."),
            ("大桥重新开放", "大桥今天开放"),
            ("a\n\nb  c", "a\nb c"),
        ] {
            let pieces = words(old, new);
            assert_eq!(side(&pieces, Op::Insert), old);
            assert_eq!(side(&pieces, Op::Delete), new);
        }
    }

    #[test]
    fn members_lists_and_bodies_are_told_apart() {
        let old = json!({"title": "A b", "tags": ["x", "y"], "featured": false, "body": {"format": "markdown", "source": "One."}});
        let new = json!({"title": "A c", "tags": ["y", "z"], "featured": true, "body": {"format": "markdown", "source": "Two."}});
        let all = changes(&old, &new);
        let names: Vec<&str> = all.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(names, ["title", "tags", "featured", "body.source"]);
        assert_eq!(all[1].added, Some(vec![json!("z")]));
        assert_eq!(all[1].removed, Some(vec![json!("x")]));
        assert_eq!(
            (&all[2].from, &all[2].to),
            (&Some(json!(false)), &Some(json!(true)))
        );
    }
}
