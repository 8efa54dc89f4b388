//! Additions to schemas that utoipa's derives cannot express.

use serde_json::{Map, Value};

/// Puts the bounds of texts where they are used: `Line200` would be no name for a client's type.
pub(super) fn inline_texts(document: &mut Value) {
    let mut texts = Map::new();
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        let is_text = |name: &str| {
            let number = name
                .strip_prefix("Line")
                .or_else(|| name.strip_prefix("Text"));
            number.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        let names: Vec<String> = schemas
            .keys()
            .filter(|name| is_text(name))
            .cloned()
            .collect();
        for name in names {
            if let Some(schema) = schemas.shift_remove(&name) {
                texts.insert(format!("#/components/schemas/{name}"), schema);
            }
        }
    }
    replace_refs(document, &texts);
}

fn replace_refs(value: &mut Value, texts: &Map<String, Value>) {
    match value {
        Value::Object(members) => {
            let text = members
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|name| texts.get(name));
            if let Some(Value::Object(schema)) = text {
                members.shift_remove("$ref");
                for (name, member) in schema {
                    members
                        .entry(name.clone())
                        .or_insert_with(|| member.clone());
                }
            }
            members
                .values_mut()
                .for_each(|member| replace_refs(member, texts));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace_refs(item, texts)),
        _ => {}
    }
}

/// Members that are null when empty are always sent: utoipa takes every `Option` for one that may
/// be missing. What may be missing says so by not being nullable. What is read from bodies is left
/// alone.
pub(super) fn require_nullable(document: &mut Value) {
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else {
        return;
    };
    let read = ["Input", "Patch", "Part", "Translation"];
    let also_read = ["Seo", "LeadImage", "FieldError"];
    for (name, schema) in schemas.iter_mut() {
        if !read.iter().any(|end| name.ends_with(end)) && !also_read.contains(&name.as_str()) {
            for_objects(schema, &mut |object| {
                let Some(Value::Object(members)) = object.get("properties") else {
                    return;
                };
                let nullable = |(name, member): (&String, &Value)| {
                    (is_nullable(member) && name != "lead_image")
                        .then(|| Value::from(name.as_str()))
                };
                let nullable: Vec<Value> = members.iter().filter_map(nullable).collect();
                if nullable.is_empty() {
                    return;
                }
                let required = object
                    .entry("required")
                    .or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(required) = required {
                    required.retain(|name| !nullable.contains(name));
                    required.extend(nullable);
                }
            });
        }
    }
}

/// Of what `fields` picks, a member of a member may be missing too: `fields=body.html` sends a body
/// with nothing else.
pub(super) fn loosen_parts(document: &mut Value) {
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else {
        return;
    };
    let whole = schemas.clone();
    for (name, schema) in schemas.iter_mut() {
        let members = schema.get_mut("properties").and_then(Value::as_object_mut);
        for member in members.into_iter().filter(|_| name.ends_with("Part")) {
            member
                .values_mut()
                .for_each(|member| loosen(member, &whole));
        }
    }
}

/// Puts what a reference to an object leads to in its place, with no member that must be there.
fn loosen(member: &mut Value, schemas: &Map<String, Value>) {
    let Value::Object(member) = member else {
        return;
    };
    for choices in ["oneOf", "anyOf"] {
        if let Some(Value::Array(choices)) = member.get_mut(choices) {
            choices
                .iter_mut()
                .for_each(|choice| loosen(choice, schemas));
        }
    }
    if let Some(items) = member.get_mut("items") {
        loosen(items, schemas);
    }
    let name = member.get("$ref").and_then(Value::as_str);
    let name = name.and_then(|name| name.strip_prefix("#/components/schemas/"));
    if let Some(Value::Object(object)) = name.and_then(|name| schemas.get(name))
        && object.contains_key("properties")
    {
        member.shift_remove("$ref");
        for (key, value) in object {
            if key != "required" && key != "example" {
                member.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}

fn for_objects(schema: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    let Value::Object(object) = schema else {
        return;
    };
    if let Some(Value::Array(parts)) = object.get_mut("allOf") {
        for part in parts {
            for_objects(part, change);
        }
    }
    change(object);
}

fn is_nullable(member: &Value) -> bool {
    let null = Value::from("null");
    let listed = |types: &Value| types.as_array().is_some_and(|types| types.contains(&null));
    let either = |parts: &Value| {
        parts
            .as_array()
            .is_some_and(|parts| parts.iter().any(|part| part.get("type") == Some(&null)))
    };
    member.get("type").is_some_and(listed) || member.get("oneOf").is_some_and(either)
}
