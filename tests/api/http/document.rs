//! The API document and the routes are the same thing.

use std::collections::BTreeSet;

use masthead::auth::Role;
use masthead::routes::document_text;
use masthead::routes::{TABLE, document};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Resource as _, TestApp};

on_both!(
    the_document_is_served,
    every_operation_answers,
    documented_parameters_are_those_that_are_read,
    documented_forms_are_those_that_are_taken,
);

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json");

/// One operation of the document.
struct Operation {
    method: String,
    path: String,
    json: Value,
}

fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(document()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, json) in item.as_object().unwrap() {
            operations.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                json: json.clone(),
            });
        }
    }
    operations
}

impl Operation {
    /// The names of its parameters in `query`, `path` or `header`.
    fn parameters(&self, place: &str) -> BTreeSet<String> {
        let all = self.json["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let here = all.iter().filter(|parameter| parameter["in"] == place);
        here.map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Whether it is of single sign-on, which is not set up here.
    fn is_sign_on(&self) -> bool {
        self.path.starts_with("/v1/auth/oidc/")
    }

    /// Whether nobody gets past it without a key.
    fn needs_key(&self) -> bool {
        self.json["security"] == json!([{"bearer": []}])
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// A path with something that exists, or nothing that does, in the place-holders, and with
    /// the parameters that must be there.
    fn path_of(&self, existing: bool) -> String {
        let fill = |part: &str| match (part, existing) {
            ("{code}", true) => "not_found".to_owned(),
            ("{tag}", true) => "sea".to_owned(),
            ("{author}", true) => "jane-doe".to_owned(),
            ("{article}", true) => "story".to_owned(),
            // That of the key which reads drafts.
            ("{key}", true) => "00000000-0000-7000-8000-000000000001".to_owned(),
            ("{number}" | "{other}", true) => "1".to_owned(),
            (part, _) if part.starts_with('{') => "no-such-thing".to_owned(),
            (part, _) => part.to_owned(),
        };
        let path = self.path.split('/').map(fill).collect::<Vec<_>>().join("/");
        let parameters = self.json["parameters"].as_array().into_iter().flatten();
        let required = parameters.filter(|p| p["in"] == "query" && p["required"] == true);
        let required: Vec<String> = required
            .map(|p| {
                format!(
                    "{}={}",
                    p["name"].as_str().unwrap(),
                    p["example"].as_str().unwrap()
                )
            })
            .collect();
        if required.is_empty() {
            path
        } else {
            format!("{path}?{}", required.join("&"))
        }
    }
}

/// One of each, by the names that [`Operation::path_of`] uses.
async fn seed(app: &TestApp) {
    app.tag("Sea").create().await;
    app.author("Jane Doe").create().await;
    let article = json!({
        "title": "Story", "tags": ["sea"], "authors": [{"author": "jane-doe"}],
        "body": {"source": "Text."}, "aliases": ["/2026/09/old-path.html"],
    });
    let article = app.create_article(article).await;
    app.publish(article.id()).await;
}

/// The file is what people and other programs read: it is written by `masthead openapi`, or by
/// this test when `MASTHEAD_BLESS` is `1`.
#[test]
fn the_file_is_the_document() {
    let text = document_text().unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "the rule is for settings of the program"
    )]
    let bless = std::env::var("MASTHEAD_BLESS").is_ok_and(|value| value == "1");
    if bless {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi")).unwrap();
        std::fs::write(GOLDEN, &text).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    let differs = golden.lines().zip(text.lines()).position(|(a, b)| a != b);
    assert!(
        golden == text,
        "openapi/openapi.json is not the document of the code (line {:?}); write it with \
         MASTHEAD_BLESS=1 cargo test --test api document",
        differs.map(|line| line + 1)
    );
}

#[test]
fn every_route_is_documented_and_mounted() {
    let mounted: BTreeSet<String> = TABLE
        .iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    assert_eq!(mounted.len(), TABLE.len(), "a route is in the table twice");
    let documented: BTreeSet<String> = operations().iter().map(Operation::name).collect();
    assert_eq!(mounted, documented);
}

#[test]
fn operation_ids_are_unique() {
    let mut ids = BTreeSet::new();
    for operation in operations() {
        let id = operation.json["operationId"].as_str().unwrap().to_owned();
        assert!(ids.insert(id.clone()), "{id} is there twice");
    }
}

#[test]
fn every_operation_is_described() {
    let text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    for operation in operations() {
        let (name, json) = (operation.name(), &operation.json);
        assert!(text(&json["summary"]), "{name} has no summary");
        assert!(
            json["tags"].as_array().is_some_and(|tags| tags.len() == 1),
            "{name}"
        );
        let in_path: BTreeSet<String> = operation
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(str::to_owned)
            .collect();
        assert_eq!(operation.parameters("path"), in_path, "{name}");
        for parameter in json["parameters"].as_array().into_iter().flatten() {
            assert!(text(&parameter["description"]), "{name}: {parameter}");
            assert!(parameter["schema"].is_object(), "{name}: {parameter}");
            if parameter["in"] == "path" || parameter["name"] == "If-Match" {
                assert_eq!(parameter["required"], true, "{name}: {parameter}");
            }
        }
        let responses = json["responses"].as_object().unwrap();
        let has = |status: &str| assert!(responses.contains_key(status), "{name} lacks {status}");
        for status in ["400", "401", "500", "503"] {
            has(status);
        }
        if operation.method != "GET" {
            let for_guests = json["tags"] == json!(["Sessions"]);
            assert!(
                operation.needs_key() || for_guests,
                "{name} writes and needs no key"
            );
        }
        if operation.method != "GET" || operation.needs_key() {
            has("403");
        }
        for (status, response) in responses {
            assert!(text(&response["description"]), "{name} {status}");
            assert!(
                response["headers"]["X-Request-Id"].is_object() || status.starts_with('3'),
                "{name} {status}"
            );
            let problem = &response["content"]["application/problem+json"]["schema"]["$ref"];
            let failed = status.starts_with(['4', '5']);
            assert_eq!(
                problem == "#/components/schemas/Problem",
                failed,
                "{name} {status}"
            );
        }
    }
}

#[test]
fn references_lead_somewhere() {
    fn check(value: &Value, document: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let pointer = reference.strip_prefix('#').expect("a reference within");
                    assert!(
                        document.pointer(pointer).is_some(),
                        "{reference} leads nowhere"
                    );
                }
                members.values().for_each(|member| check(member, document));
            }
            Value::Array(items) => items.iter().for_each(|item| check(item, document)),
            _ => {}
        }
    }
    let document = serde_json::to_value(document()).unwrap();
    check(&document, &document);
    assert_eq!(
        document["openapi"].as_str().unwrap().split('.').next(),
        Some("3")
    );
    for operation in operations() {
        for security in operation.json["security"].as_array().unwrap() {
            for scheme in security.as_object().unwrap().keys() {
                let pointer = format!("/components/securitySchemes/{scheme}");
                assert!(document.pointer(&pointer).is_some(), "{}", operation.name());
            }
        }
    }
}

/// The document as it is served, with what is added to it as JSON.
fn served() -> Value {
    serde_json::from_str(&document_text().unwrap()).unwrap()
}

#[test]
fn links_name_operations_and_their_parameters() {
    let document = served();
    let links = document["components"]["links"].as_object().unwrap();
    for name in [
        "patchArticle",
        "publishArticle",
        "restoreArticle",
        "deleteTag",
        "rotateKey",
    ] {
        assert!(links.contains_key(name), "{name} is led to");
    }
    for (name, link) in links {
        let operations = operations();
        let operation = operations
            .iter()
            .find(|one| one.json["operationId"] == link["operationId"])
            .unwrap_or_else(|| panic!("{name} leads to no operation"));
        let mut known = operation.parameters("path");
        known.extend(operation.parameters("header"));
        for parameter in link["parameters"].as_object().unwrap().keys() {
            assert!(known.contains(parameter), "{name} has no {parameter}");
        }
    }
    let created = &document["paths"]["/v1/tags"]["post"]["responses"]["201"]["links"];
    assert_eq!(created["deleteTag"]["$ref"], "#/components/links/deleteTag");
}

#[test]
fn bodies_have_no_other_members() {
    let document = served();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(content) = operation["requestBody"]["content"].as_object() else {
                continue;
            };
            for body in content.values() {
                let name = body["schema"]["$ref"].as_str().unwrap();
                let schema = document.pointer(name.strip_prefix('#').unwrap()).unwrap();
                assert_eq!(
                    schema["additionalProperties"],
                    json!(false),
                    "{method} {path}: {name}"
                );
            }
        }
    }
}

async fn the_document_is_served(app: TestApp) {
    let reply = app.anonymous().get("/openapi.json").await.expect(200);
    assert_eq!(
        String::from_utf8(reply.body).unwrap(),
        document_text().unwrap()
    );
}

async fn every_operation_answers(app: TestApp) {
    seed(&app).await;
    let admin = app.user(Role::Admin).await;
    for operation in operations() {
        for existing in [true, false] {
            let path = operation.path_of(existing);
            let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
            let reply = app
                .anonymous()
                .send(method.clone(), &path, Vec::new())
                .await;
            assert_ne!(reply.status, 405, "{reply}");
            if operation.needs_key() {
                reply.problem(401, "unauthorized");
            } else if operation.method != "GET" {
                // To sign in takes a body, which this lacks.
                assert_eq!(reply.status, 415, "{reply}");
            } else if operation.path.starts_with("/v1/preview/") {
                // The token of the example is none.
                reply.problem(403, "preview_unknown");
            } else if ![200, 308].contains(&reply.status) {
                let problem = reply.problem(404, "not_found");
                assert_ne!(
                    problem["detail"], "There is no such page.",
                    "not mounted: {reply}"
                );
                assert!(!existing || operation.is_sign_on(), "{reply}");
            }
            let status = reply.status.to_string();
            assert!(
                operation.json["responses"].get(&status).is_some(),
                "{status} is not documented: {reply}"
            );
            let call = app.anonymous().bearer(&admin.access);
            let reply = call.send(method, &path, Vec::new()).await;
            let guest = operation.path.starts_with("/v1/preview/");
            assert!(guest || ![401, 403, 405].contains(&reply.status), "{reply}");
            let status = reply.status.to_string();
            assert!(
                operation.json["responses"].get(&status).is_some(),
                "{status} is not documented: {reply}"
            );
        }
    }
}

async fn documented_parameters_are_those_that_are_read(app: TestApp) {
    seed(&app).await;
    let admin = app.user(Role::Admin).await;
    for operation in operations() {
        if operation.path == "/v1/auth/oidc/callback" {
            // Its parameters are the provider's to make.
            continue;
        }
        let documented = operation.parameters("query");
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
        let path = operation.path_of(true);
        let mark = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{mark}no_such_parameter=1");
        // The refusal of an unknown one lists those that are known.
        let call = app
            .anonymous()
            .bearer(&admin.access)
            .if_match("*")
            .with("Content-Type", "application/json");
        let reply = call.send(method.clone(), &path, b"{}".to_vec()).await;
        let name = operation.name();
        reply.refuses(
            400,
            "invalid_parameter",
            &[("no_such_parameter", "unknown_parameter")],
        );
        let problem = reply.json();
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        let known = detail
            .strip_prefix("is not a known parameter. Allowed parameters: ")
            .unwrap();
        let known = known.trim_end_matches('.');
        let read: BTreeSet<String> = match known {
            "none" => BTreeSet::new(),
            list => list.split(", ").map(str::to_owned).collect(),
        };
        assert_eq!(read, documented, "{name}");
        if operation.needs_key() {
            continue;
        }
        let reply = app.anonymous().send(method, &path, Vec::new()).await;
        let problem = reply.problem(400, "invalid_parameter");
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        let known = detail
            .strip_prefix("is not a known parameter. Allowed parameters: ")
            .unwrap();
        let known = known.trim_end_matches('.');
        for one in known.split(", ").filter(|one| *one != "none") {
            assert!(documented.contains(one), "{name}: {one} is not documented");
        }
    }
}

/// Values at the edge of the forms that the document gives parameters and headers.
async fn documented_forms_are_those_that_are_taken(app: TestApp) {
    seed(&app).await;
    for (query, taken) in [
        ("fields=title,authors.name", true),
        ("fields=Title", false),
        ("include=none", true),
        ("include=none,tags", false),
        ("sort=-published_at,title", true),
        ("sort=--title", false),
        ("sort=title,", false),
        ("locale=zh-Hant,zh,en-GB", true),
        ("locale=sl-rozaj-1994", true),
        ("locale=e", false),
        ("locale=en,", false),
        ("assignee=me,none", true),
        ("assignee=you", false),
        ("tag=sea,00000000-0000-7000-8000-00000000000A", true),
        ("tag=Sea", false),
        ("section=world,", false),
        ("q=%20", false),
    ] {
        let status = if taken { 200 } else { 400 };
        let path = format!("/v1/articles?{query}");
        app.editor().get(&path).await.expect(status);
    }
    for (query, taken) in [("kind=place,topic", true), ("kind=places", false)] {
        let status = if taken { 200 } else { 400 };
        app.editor()
            .get(&format!("/v1/tags?{query}"))
            .await
            .expect(status);
    }
}
