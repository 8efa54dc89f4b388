//! `fields=title,slug,authors.name`: sparse field sets, to send only what a page shows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::QueryError;
use super::error::echo;
use super::nearest::nearest;

/// Most names that one `fields` may have, repeated ones included.
pub const MAX_FIELDS: usize = 60;

/// Why a `fields` was refused.
///
/// Codes: `fields_empty` (no name, or nothing between two commas), `fields_unknown`,
/// `fields_too_many`.
pub type FieldsError = QueryError;

/// The selected part of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Whole,
    Only(BTreeSet<&'static str>),
}

/// The members of a resource that a caller asked for: a tree of two levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSet {
    members: BTreeMap<&'static str, Wanted>,
}

impl FieldSet {
    /// Reads dotted names separated by commas, out of `allowed`: the complete names, for example
    /// `["title", "authors", "authors.name"]`, two levels at most. Naming a parent selects it
    /// whole, whatever else is named of it; naming a field twice is the same as once. Blanks
    /// around a name are ignored.
    ///
    /// # Errors
    ///
    /// See [`FieldsError`]; the place is that of the name. An unknown name is answered with the
    /// nearest allowed one, or with all of them when none is near.
    pub fn parse(input: &str, allowed: &[&'static str]) -> Result<Self, FieldsError> {
        let mut members = BTreeMap::new();
        let mut from = 0;
        for (number, piece) in input.split(',').enumerate() {
            let given = piece.trim_ascii();
            let at = from + (piece.len() - piece.trim_ascii_start().len());
            from += piece.len() + 1;

            if number == MAX_FIELDS {
                let detail = format!("there are too many fields; the maximum is {MAX_FIELDS}");
                return Err(QueryError::at(input, at, "fields_too_many", detail));
            }
            let Some(name) = allowed.iter().copied().find(|name| *name == given) else {
                let (code, detail) = unknown(given, allowed);
                return Err(QueryError::at(input, at, code, detail));
            };
            select(&mut members, name);
        }
        Ok(Self { members })
    }

    /// Whether the value at this path is wanted, in whole or in part.
    pub fn contains(&self, dotted: &str) -> bool {
        let (member, child) = split(dotted);
        match (self.members.get(member), child) {
            (None, _) => false,
            (Some(Wanted::Whole), _) | (Some(Wanted::Only(_)), None) => true,
            (Some(Wanted::Only(children)), Some(child)) => children.contains(split(child).0),
        }
    }

    /// Keeps of `value` only the members that are wanted, in the order they have. A list, at the
    /// top or as a member, is pruned element by element. Anything else than an object where an
    /// object was expected (null, a bare id) stays as it is.
    pub fn prune(&self, value: &mut Value) {
        each_object(value, &mut |object| {
            object.retain(|name, member| match self.members.get(name.as_str()) {
                None => false,
                Some(Wanted::Whole) => true,
                Some(Wanted::Only(children)) => {
                    each_object(member, &mut |object| {
                        object.retain(|name, _| children.contains(name.as_str()));
                    });
                    true
                }
            });
        });
    }

    /// The same set in one spelling, sorted, for cache keys and ETags: [`FieldSet::parse`] reads
    /// it back to an equal set.
    pub fn canonical(&self) -> String {
        let mut names: Vec<String> = Vec::new();
        for (member, wanted) in &self.members {
            match wanted {
                Wanted::Whole => names.push((*member).to_owned()),
                Wanted::Only(children) => {
                    names.extend(children.iter().map(|child| format!("{member}.{child}")));
                }
            }
        }
        names.join(",")
    }
}

/// `authors.name` as its member and the rest of the path.
fn split(dotted: &str) -> (&str, Option<&str>) {
    match dotted.split_once('.') {
        Some((member, child)) => (member, Some(child)),
        None => (dotted, None),
    }
}

fn select(members: &mut BTreeMap<&'static str, Wanted>, name: &'static str) {
    match name.split_once('.') {
        None => {
            members.insert(name, Wanted::Whole);
        }
        Some((member, child)) => {
            let wanted = members
                .entry(member)
                .or_insert_with(|| Wanted::Only(BTreeSet::new()));
            if let Wanted::Only(children) = wanted {
                children.insert(child);
            }
        }
    }
}

fn unknown(given: &str, allowed: &[&'static str]) -> (&'static str, String) {
    if given.is_empty() {
        return ("fields_empty", "a field name is missing".to_owned());
    }
    let hint = match nearest(given, allowed.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("allowed: {}", allowed.join(", ")),
    };
    (
        "fields_unknown",
        format!("there is no field {}; {hint}", echo(given)),
    )
}

/// Runs `visit` on the object, or on each object of the list. Lists within lists are followed no
/// further: no resource has them.
fn each_object(value: &mut Value, visit: &mut dyn FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => visit(object),
        Value::Array(elements) => {
            for element in elements {
                if let Value::Object(object) = element {
                    visit(object);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const ALLOWED: &[&str] = &[
        "title",
        "slug",
        "authors",
        "authors.name",
        "authors.slug",
        "body",
        "body.html",
    ];

    fn parse(input: &str) -> FieldSet {
        FieldSet::parse(input, ALLOWED).unwrap()
    }

    fn code(input: &str) -> (&'static str, usize) {
        let error = FieldSet::parse(input, ALLOWED).unwrap_err();
        (error.code, error.offset)
    }

    #[test]
    fn a_parent_takes_its_children_in() {
        assert_eq!(parse("authors.name,authors"), parse("authors"));
        assert_eq!(parse("authors,authors.name"), parse("authors"));
        assert_eq!(parse("title,title"), parse("title"));
        let set = parse("title, authors.name");
        assert_eq!(set.canonical(), "authors.name,title");
        for (path, wanted) in [
            ("title", true),
            ("title.x", true),
            ("authors", true),
            ("authors.name", true),
            ("authors.name.first", true),
            ("authors.slug", false),
            ("body", false),
            ("", false),
        ] {
            assert_eq!(set.contains(path), wanted, "{path}");
        }
    }

    #[test]
    fn prunes_objects_lists_and_lists_of_objects() {
        let article = json!({
            "slug": "s", "title": "t", "authors": [{"slug": "a", "name": "A"}, null, 7],
            "body": {"html": "<p>", "source": "x"},
        });
        let pruned = json!({"title": "t", "authors": [{"name": "A"}, null, 7]});
        let set = parse("authors.name,title");

        let mut one = article.clone();
        set.prune(&mut one);
        assert_eq!(one, pruned);
        assert_eq!(
            one.as_object().unwrap().keys().next().unwrap(),
            "title",
            "order is kept"
        );

        let mut list = json!([article, article]);
        set.prune(&mut list);
        assert_eq!(list, json!([pruned, pruned]));

        let mut body = json!({"body": null});
        parse("body.html").prune(&mut body);
        assert_eq!(body, json!({"body": null}));

        let mut scalar = json!(5);
        set.prune(&mut scalar);
        assert_eq!(scalar, json!(5));
    }

    #[test]
    fn refuses_with_the_place() {
        assert_eq!(code(""), ("fields_empty", 0));
        assert_eq!(code("title,"), ("fields_empty", 6));
        assert_eq!(code("title, nothing"), ("fields_unknown", 7));
        assert_eq!(code(&"title,".repeat(61)), ("fields_too_many", 360));
        assert!(FieldSet::parse(&vec!["title"; 60].join(","), ALLOWED).is_ok());
        let say = |input| FieldSet::parse(input, ALLOWED).unwrap_err().to_string();
        assert_eq!(
            say("author.name"),
            "there is no field `author.name`; did you mean `authors.name`? (column 1)"
        );
        assert!(say("zzzz").contains("allowed: title, slug, authors"));
    }

    proptest! {
        #[test]
        fn never_panics(input in "\\PC*") {
            let _ = FieldSet::parse(&input, ALLOWED);
        }

        #[test]
        fn the_canonical_form_is_the_same_set(
            names in prop::collection::vec(prop::sample::select(ALLOWED), 1..10)
        ) {
            let set = parse(&names.join(","));
            prop_assert_eq!(&parse(&set.canonical()), &set);
            for name in names {
                prop_assert!(set.contains(name));
            }
        }
    }
}
