//! Bounds that utoipa's derives cannot say: the forms of parameters and headers, and that bodies
//! have no members but their own.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use utoipa::PartialSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use crate::keys::key::MAX_PERMISSIONS;
use crate::resources::info::{ParameterForm, Resources};
use crate::values::{Slug, text_form};

/// A language tag as `values::Locale` takes it, with so many variants as its length surely allows: a
/// list of them has no bound on the length of each.
const LOCALE: &str = "[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3})){0,2}";
const ID: &str = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}";
/// A name of a member, or of a member of one.
const NAME: &str = "[a-z_]+(\\.[a-z_]+)?";
/// Entity tags, or what stands for any.
const ETAGS: &str = "\\*|(W/)?\"[!#-~]*\"(, (W/)?\"[!#-~]*\")*";

/// The form of a value as its type has it, without what it begins and ends with.
fn form_of_type<T: PartialSchema>() -> String {
    let pattern = match T::schema() {
        RefOr::T(Schema::Object(text)) => text.pattern.unwrap_or_default(),
        _ => String::new(),
    };
    let inner = pattern
        .strip_prefix('^')
        .and_then(|rest| rest.strip_suffix('$'));
    inner.unwrap_or_default().to_owned()
}

/// The form of a parameter, by its name: what may be listed, and how often.
fn form_of(parameter: &str, resources: Resources) -> Option<String> {
    let list = |item: &str, most: usize| format!("^({item})(,({item})){{0,{}}}$", most - 1);
    if let Some(form) = resources.form(parameter) {
        return Some(match form {
            ParameterForm::References => list(&format!("{}|{ID}", form_of_type::<Slug>()), 50),
            ParameterForm::Slugs => list(&form_of_type::<Slug>(), 50),
            ParameterForm::IdsOr(words) => list(&format!("{}|{ID}", words.join("|")), 50),
            ParameterForm::Names(names) => list(&names.join("|"), 50),
            ParameterForm::Parts(names) => {
                let parts = names().join("|");
                format!("^(none|({parts})(,({parts}))*)$")
            }
        });
    }
    Some(match parameter {
        "locale" => list(LOCALE, 50),
        "fields" => list(NAME, 60),
        // Something besides white space, and no NUL.
        "q" => "^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$".to_owned(),
        "note" => text_form(1, true),
        "If-Match" => format!("^({ETAGS})$"),
        "Idempotency-Key" => {
            "^([!#-+\\--:<-\\[\\]-~]{1,255}|\"([!#-\\[\\]-~]|\\\\[\"\\\\]){1,255}\")$".to_owned()
        }
        _ => return None,
    })
}

/// Says of each parameter and header which form it has.
pub(super) fn form_parameters(document: &mut Value, resources: Resources) {
    for_operations(document, |_, _, operation| {
        let Some(Value::Array(parameters)) = operation.get_mut("parameters") else {
            return;
        };
        for parameter in parameters {
            let name = parameter.get("name").and_then(Value::as_str);
            if parameter.get("in") == Some(&Value::from("path")) {
                continue;
            }
            let form = name.and_then(|name| form_of(name, resources));
            if let (Some(form), Some(Value::Object(schema))) = (form, parameter.get_mut("schema")) {
                schema.entry("pattern").or_insert(Value::from(form));
            }
        }
    });
}

/// Says of each schema that a body is read with, and of what it is made of, that there are no
/// other members: they are refused.
pub(super) fn close_bodies(document: &mut Value) {
    let mut read = BTreeSet::new();
    for_operations(document, |_, _, operation| {
        if let Some(body) = operation.get("requestBody") {
            collect(body, &mut read);
        }
    });
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else {
        return;
    };
    let mut open: Vec<String> = read.iter().cloned().collect();
    while let Some(name) = open.pop() {
        let Some(schema) = schemas.get_mut(&name) else {
            continue;
        };
        let mut inner = BTreeSet::new();
        collect(schema, &mut inner);
        open.extend(inner.into_iter().filter(|name| read.insert(name.clone())));
        close(schema, name == "Nothing");
    }
}

/// The schemas that are named somewhere in a value.
fn collect(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str);
            let name = name.and_then(|name| name.strip_prefix("#/components/schemas/"));
            names.extend(name.map(str::to_owned));
            members.values().for_each(|member| collect(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        _ => {}
    }
}

/// Closes an object that has members of its own; `empty` one that has none.
fn close(schema: &mut Value, empty: bool) {
    match schema {
        Value::Object(members) => {
            let listed = matches!(members.get("properties"), Some(Value::Object(_)));
            if listed || empty {
                members
                    .entry("additionalProperties")
                    .or_insert(Value::Bool(false));
            }
            members.values_mut().for_each(|member| close(member, false));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| close(item, false)),
        _ => {}
    }
}

/// Visits each operation: its path, its method and what is said of it.
pub(super) fn for_operations(
    document: &mut Value,
    mut visit: impl FnMut(&str, &str, &mut Map<String, Value>),
) {
    let Some(Value::Object(paths)) = document.pointer_mut("/paths") else {
        return;
    };
    for (path, item) in paths.iter_mut() {
        let Value::Object(item) = item else { continue };
        for (method, operation) in item.iter_mut() {
            if let Value::Object(operation) = operation {
                visit(path, method, operation);
            }
        }
    }
}

/// Says which form some members of bodies have.
pub(super) fn form_members(document: &mut Value, resources: Resources) {
    let member =
        |schema: &str, rest: &str| format!("/components/schemas/{schema}/properties/{rest}");
    if let Some(Value::Object(key)) = document.pointer_mut(&member("PurgeInput", "keys/items")) {
        let words = |each: bool| {
            let kinds = resources.key_kinds().into_iter();
            let words = kinds.filter(move |kind| kind.is_of_each() == each);
            words.map(|kind| kind.word()).collect::<Vec<_>>().join("|")
        };
        let (all, each) = (words(false), words(true));
        let form = format!("^(all|{all}|({each}):[0-9A-Za-z._-]{{1,300}})$");
        key.insert("pattern".to_owned(), json!(form));
    }
    if let Some(Value::Object(based)) = document.pointer_mut(&member("OperationInput", "if_match"))
    {
        let form = format!("^([1-9][0-9]{{0,17}}|{ETAGS})$");
        based.insert("pattern".to_owned(), json!(form));
        based.insert("minimum".to_owned(), json!(1));
        based.insert("type".to_owned(), json!(["string", "integer", "null"]));
    }
    for schema in ["KeyInput", "KeyPatch"] {
        if let Some(Value::Object(list)) = document.pointer_mut(&member(schema, "permissions")) {
            list.insert("maxItems".to_owned(), json!(MAX_PERMISSIONS));
        }
    }
}

/// Makes each item of these lists one that is there once.
pub(super) fn unique_items(document: &mut Value) {
    const ONCE: [(&str, &[&str]); 4] = [
        ("KeyInput", &["permissions", "sections", "locales"]),
        ("KeyPatch", &["permissions", "sections", "locales"]),
        ("ArticleInput", &["tags", "related", "aliases"]),
        ("ArticlePatch", &["tags", "related", "aliases"]),
    ];
    for (schema, members) in ONCE {
        for member in members {
            let path = format!("/components/schemas/{schema}/properties/{member}");
            if let Some(Value::Object(list)) = document.pointer_mut(&path) {
                list.insert("uniqueItems".to_owned(), json!(true));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use crate::articles::drafts::list::EditorialArticleSort;
    use crate::articles::revisions::api::RevisionSort;
    use crate::articles::trash::api::TrashSort;
    use crate::keys::list::KeySort;
    use crate::query::Named;
    use crate::resources::info::names;
    use crate::resources::list::EditorialSort;
    use crate::users::list::UserSort;

    fn alternatives<N: Named>() -> String {
        names::<N>().join("|")
    }

    /// The form of `sort` is written by hand, since utoipa takes no other: it names what there is.
    #[test]
    fn orders_are_those_that_are_taken() {
        let document = crate::routes::document_text().expect("the document");
        let document: Value = serde_json::from_str(&document).expect("JSON");
        let mut orders = 0;
        for (path, names) in [
            ("/v1/articles", alternatives::<EditorialArticleSort>()),
            (
                "/v1/articles/{article}/revisions",
                alternatives::<RevisionSort>(),
            ),
            ("/v1/authors", alternatives::<EditorialSort>()),
            (
                "/v1/authors/{author}/articles",
                alternatives::<EditorialArticleSort>(),
            ),
            ("/v1/keys", alternatives::<KeySort>()),
            ("/v1/tags", alternatives::<EditorialSort>()),
            (
                "/v1/tags/{tag}/articles",
                alternatives::<EditorialArticleSort>(),
            ),
            ("/v1/trash", alternatives::<TrashSort>()),
            ("/v1/users", alternatives::<UserSort>()),
        ] {
            let list = document["paths"][path]["get"]["parameters"].as_array();
            let sort = list.and_then(|all| all.iter().find(|one| one["name"] == "sort"));
            let form = sort.and_then(|sort| sort["schema"]["pattern"].as_str());
            let form = form.unwrap_or_else(|| panic!("{path} has no form of sort"));
            let words = form.split(|c: char| !c.is_ascii_lowercase() && c != '_');
            let named: BTreeSet<&str> = words.filter(|word| !word.is_empty()).collect();
            assert_eq!(named, names.split('|').collect(), "{path}");
            orders += 1;
        }
        let all = document["paths"].as_object().into_iter().flatten();
        let sorted = all.filter(|(_, item)| item["get"].to_string().contains("\"name\":\"sort\""));
        assert_eq!(sorted.count(), orders, "a list is left out here");
    }
}
