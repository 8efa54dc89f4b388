//! Additions to members that the derives cannot express: the members of single problems, and
//! defaults that do not apply to a patch.

use serde_json::{Value, json};

/// Names the members that some problems add to those of all (RFC 9457, section 3.2).
pub(super) fn of_problems(document: &mut Value) {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let change = json!({
        "type": "object",
        "required": ["version", "action", "at", "by", "note"],
        "properties": {
            "version": {"type": "integer", "format": "int64"},
            "action": {"type": "string"},
            "at": {"type": "string", "format": "date-time"},
            "by": {"type": ["string", "null"]},
            "note": {"type": ["string", "null"]},
        },
    });
    let members = [
        (
            "current_version",
            "`stale_version`: the current version.",
            json!({"type": "integer", "format": "int64"}),
        ),
        (
            "changes",
            "`stale_version` of an article: the changes since the version in `If-Match`, with \
             their authors.",
            json!({"type": "array", "items": change}),
        ),
        (
            "changed_fields",
            "`stale_version` of an article: the members that differ from the current version.",
            texts.clone(),
        ),
        (
            "conflicts",
            "`stale_version` with `Prefer: merge`: the members changed on both sides.",
            texts.clone(),
        ),
        (
            "suggestion",
            "`slug_taken`: an available slug.",
            json!({"type": "string"}),
        ),
        (
            "used_by",
            "`in_use`: the number of references of each kind.",
            json!({"type": "object", "additionalProperties": {"type": "integer", "format": "int64"}}),
        ),
        (
            "state",
            "`wrong_state`: the current state of the article.",
            json!({"$ref": "#/components/schemas/Status"}),
        ),
        (
            "possible",
            "`wrong_state`: the actions allowed in this state.",
            texts,
        ),
        (
            "lock",
            "`locked`: the lock and its holder.",
            json!({"$ref": "#/components/schemas/Lock"}),
        ),
        (
            "limit",
            "`payload_too_large`: the maximum size in bytes.",
            json!({"type": "integer", "format": "int64"}),
        ),
        (
            "sign_on_error",
            "Failed single sign-on: the reason as a code.",
            json!({"type": "string"}),
        ),
    ];
    let Some(Value::Object(all)) = document.pointer_mut("/components/schemas/Problem/properties")
    else {
        return;
    };
    for (name, description, mut schema) in members {
        if let Value::Object(schema) = &mut schema {
            schema.insert("description".to_owned(), description.into());
        }
        all.insert(name.to_owned(), schema);
    }
}

/// Takes the defaults of what is created away from what is changed: a member that is left out of a
/// merge patch stays as it is.
pub(super) fn without_defaults(document: &mut Value) {
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else {
        return;
    };
    let patches = schemas
        .iter_mut()
        .filter(|(name, _)| name.ends_with("Patch"));
    for (_, patch) in patches {
        if let Some(Value::Object(members)) = patch.get_mut("properties") {
            for member in members.values_mut().filter_map(Value::as_object_mut) {
                member.remove("default");
            }
        }
    }
}

/// Free data has any members.
pub(super) fn open_metadata(document: &mut Value) {
    if let Some(Value::Object(free)) = document.pointer_mut("/components/schemas/Metadata") {
        free.insert("additionalProperties".to_owned(), Value::Bool(true));
    }
}
