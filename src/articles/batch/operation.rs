//! The operations of a batch, and their results.

use deserr::{DeserializeError as _, Deserr, ErrorKind, IntoValue, ValueKind, ValuePointerRef};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::articles::row::ArticleRow;
use crate::articles::states::Status;
use crate::error::{FieldErrors, Problem};
use crate::http::precondition::IfMatch;
use crate::values::{Reference, string_enum};

/// The most operations of a batch.
pub const MOST: usize = 100;

string_enum! {
    /// An operation on an article.
    pub enum Op {
        /// Creates a draft; `body` is the article.
        Create => "create",
        /// Changes some members; `body` is a JSON Merge Patch (RFC 7396).
        Patch => "patch",
        /// Publishes the working copy; `body` may hold a `note`.
        Publish => "publish",
        /// Takes it from the public; `body` may hold a `note`.
        Unpublish => "unpublish",
        /// Schedules the working copy; `body` holds `publish_at` and may hold `expires_at`.
        Schedule => "schedule",
        /// Adds tags; `body` holds `tags`, ids or slugs.
        Tag => "tag",
        /// Takes tags away; `body` holds `tags`, ids or slugs.
        Untag => "untag",
        /// Puts it into the trash.
        Delete => "delete",
    }
}

/// The versions that an operation may be based on: a number, an ETag in its quotation marks, or `*`.
#[derive(Debug, Clone)]
pub struct Based(pub IfMatch);

/// An operation of a batch.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct OperationInput {
    /// Operation to carry out.
    pub op: Op,
    /// Id or slug of the article; not for `create`.
    #[deserr(default)]
    #[schema(required = false)]
    pub id: Option<Reference>,
    /// Version that the operation is based on: its number, its ETag, or `*`; not for `create`.
    #[deserr(default)]
    #[schema(required = false, value_type = Option<String>, example = "7")]
    pub if_match: Option<Based>,
    /// Body of the operation.
    #[deserr(default)]
    #[schema(required = false, value_type = Object)]
    pub body: Option<Value>,
}

/// A batch of operations.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(example = json!({"atomic": true, "operations": [
    {"op": "patch", "id": "01890a5d-ac96-774b-bcce-b302099a8057", "if_match": "7", "body": {"section": "cities"}},
    {"op": "publish", "id": "01890a5d-ac96-774b-bcce-b302099a8057", "if_match": "*"},
]}))]
pub struct BatchInput {
    /// Whether to carry out all operations or none; otherwise each one separately, in order.
    #[deserr(default)]
    #[schema(required = false, default = false)]
    pub atomic: bool,
    /// Operations to carry out, in order.
    #[schema(min_items = 1, max_items = 100)]
    pub operations: Vec<OperationInput>,
}

/// The result of an operation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outcome {
    /// Index of the operation, from 0.
    pub index: usize,
    /// Requested operation.
    pub op: Op,
    /// HTTP status that a separate request would have had; 424 if it was not carried out because
    /// another operation of an atomic batch failed.
    #[schema(minimum = 200, maximum = 599)]
    pub status: u16,
    /// Id of the article, if known.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub id: Option<String>,
    /// Slug of the article, if the operation was carried out.
    pub slug: Option<String>,
    /// Resulting version: the next `if_match`.
    pub version: Option<i64>,
    /// Resulting status.
    pub state: Option<Status>,
    /// Problem, if the operation was not carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub problem: Option<Problem>,
}

/// The result of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResult {
    /// Whether all operations were carried out.
    pub complete: bool,
    /// Results of the operations, in order.
    pub results: Vec<Outcome>,
}

impl Outcome {
    /// Something was done.
    pub(super) fn done(index: usize, op: Op, row: ArticleRow) -> Self {
        let status = match op {
            Op::Create => 201,
            Op::Delete => 204,
            _ => 200,
        };
        Self {
            index,
            op,
            status,
            id: Some(row.id),
            slug: Some(row.slug),
            version: Some(row.version),
            state: Some(row.status),
            problem: None,
        }
    }

    /// Nothing was done.
    pub(super) fn refused(index: usize, operation: &OperationInput, problem: Problem) -> Self {
        let id = operation.id.as_ref().filter(|id| id.is_id());
        Self {
            index,
            op: operation.op,
            status: problem.status,
            id: id.map(|id| id.as_str().to_owned()),
            slug: None,
            version: None,
            state: None,
            problem: Some(problem),
        }
    }
}

impl Deserr<FieldErrors> for Based {
    fn deserialize_from_value<V: IntoValue>(
        value: deserr::Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        let version = |number: Option<i64>| {
            let wrong = || FieldErrors::one(location, "not_a_version", "must be a version.");
            let number = number.filter(|number| *number > 0).ok_or_else(wrong)?;
            Ok(Self(IfMatch::Versions(vec![number])))
        };
        match value {
            deserr::Value::Integer(number) => version(i64::try_from(number).ok()),
            deserr::Value::String(text) => {
                if text.bytes().all(|byte| byte.is_ascii_digit()) {
                    return version(text.parse().ok());
                }
                let parsed = IfMatch::parse(&text);
                parsed.map(Self).map_err(|_error| {
                    let detail = "must be a version, an ETag in double quotes, or *.";
                    FieldErrors::one(location, "not_a_version", detail)
                })
            }
            other => Err(deserr::take_cf_content(FieldErrors::error::<V>(
                None,
                ErrorKind::IncorrectValueKind {
                    actual: other,
                    accepted: &[ValueKind::Integer, ValueKind::String],
                },
                location,
            ))),
        }
    }
}
