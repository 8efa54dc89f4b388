//! OpenAPI links between operations: from a created or read resource to the operations on it, with
//! its id and its `ETag`.

use serde_json::{Map, Value, json};

use super::parameter_forms::for_operations;

/// An operation on something that exists.
struct Target {
    /// The collection, such as `/v1/tags`.
    collection: String,
    operation: String,
    link: Value,
    /// Whether it is for what is in the trash.
    trash: bool,
}

/// Adds the links.
pub(super) fn add(document: &mut Value) {
    let mut targets = Vec::new();
    for_operations(document, |path, _, operation| {
        targets.extend(target(path, operation));
    });
    let links: Map<String, Value> = targets
        .iter()
        .map(|target| (target.operation.clone(), target.link.clone()))
        .collect();
    for_operations(document, |path, method, operation| {
        let Some((collection, status, deleted)) = source(path, method) else {
            return;
        };
        let leads = |target: &&Target| target.collection == collection && target.trash == deleted;
        let named: Map<String, Value> = targets
            .iter()
            .filter(leads)
            .map(|target| {
                let place = format!("#/components/links/{}", target.operation);
                (target.operation.clone(), json!({"$ref": place}))
            })
            .collect();
        let response = operation
            .get_mut("responses")
            .and_then(|responses| responses.get_mut(status));
        if let Some(Value::Object(response)) = response
            && !named.is_empty()
        {
            response.insert("links".to_owned(), Value::Object(named));
        }
    });
    if let Some(Value::Object(components)) = document.pointer_mut("/components") {
        components.insert("links".to_owned(), Value::Object(links));
    }
}

/// The collection that an answer tells of, its status, and whether the thing is gone then.
fn source<'a>(path: &'a str, method: &str) -> Option<(&'a str, &'static str, bool)> {
    let collection = path.split("/{").next()?;
    let own = path.strip_prefix(collection)?;
    let single = own.starts_with("/{") && own.ends_with('}') && own.matches('/').count() == 1;
    match method {
        "post" if own.is_empty() => Some((collection, "201", false)),
        "get" | "patch" if single => Some((collection, "200", false)),
        "delete" if path == "/v1/articles/{article}" => Some((collection, "204", true)),
        _ => None,
    }
}

fn target(path: &str, operation: &Map<String, Value>) -> Option<Target> {
    let in_trash = path == "/v1/trash/{article}" || path == "/v1/articles/{article}/restore";
    let collection = match path.split_once("/{")?.0 {
        "/v1/trash" => "/v1/articles",
        // A preview is read with a token, a session is no resource that one makes.
        "/v1/preview/articles" | "/v1/auth/sessions" => return None,
        collection => collection,
    };
    let name = operation.get("operationId")?.as_str()?;
    let mut parameters = Map::new();
    for parameter in operation.get("parameters")?.as_array()? {
        let name = parameter.get("name")?.as_str()?;
        let from = match (parameter.get("in")?.as_str()?, name) {
            // The one that was made and the one that was changed are the newest.
            ("path", "number" | "other") => "$response.body#/version",
            ("path", "token" | "code") => return None,
            ("path", name) if in_trash => {
                parameters.insert(name.to_owned(), json!(format!("$request.path.{name}")));
                continue;
            }
            ("path", _) => "$response.body#/id",
            ("header", "If-Match") if in_trash => "*",
            ("header", "If-Match") => "$response.header.ETag",
            _ => continue,
        };
        parameters.insert(name.to_owned(), json!(from));
    }
    Some(Target {
        collection: collection.to_owned(),
        operation: name.to_owned(),
        link: json!({"operationId": name, "parameters": parameters}),
        trash: in_trash,
    })
}
