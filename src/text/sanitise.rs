//! The sanitiser: ammonia, held to the list in `allowed`.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use ammonia::{Builder, Url, UrlRelative};

use super::allowed;

/// HTML with nothing in it but allowed elements, attributes, values and URL schemes.
///
/// Expects the output of `tidy`: ammonia's parser takes quadratic time, or worse, on hostile nesting.
pub fn sanitise(html: &str) -> String {
    let names = allowed::ELEMENTS.iter().map(|(name, _)| *name);
    let attributes: HashMap<&str, HashSet<&str>> = names
        .clone()
        .map(|name| (name, allowed::attributes(name).iter().copied().collect()))
        .collect();
    Builder::empty()
        .tags(names.collect())
        .tag_attributes(attributes)
        .generic_attributes(allowed::GLOBAL_ATTRIBUTES.iter().copied().collect())
        .url_schemes(allowed::URL_SCHEMES.iter().copied().collect())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None) // `annotate` adds it, to absolute links alone
        .strip_comments(true)
        .attribute_filter(value)
        .clean(html)
        .to_string()
}

/// The value an allowed attribute may have; `None` removes the attribute.
fn value<'a>(element: &str, attribute: &str, value: &'a str) -> Option<Cow<'a, str>> {
    let keep = |yes: bool| yes.then_some(Cow::Borrowed(value));
    match attribute {
        "align" => keep(matches!(value, "left" | "center" | "right")),
        "cite" => keep(is_url_allowed(value)), // no URL to ammonia
        "class" => class(element, value),
        "colspan" | "rowspan" | "span" => keep(is_number(value, 3)),
        "dir" => keep(matches!(value, "ltr" | "rtl" | "auto")),
        "height" | "width" => keep(is_number(value, 5)),
        "id" => keep(is_footnote_id(element, value)),
        "lang" => keep(is_language(value)),
        "loading" => keep(matches!(value, "lazy" | "eager")),
        "open" | "data-footnotes" | "data-footnote-ref" | "data-footnote-backref" => {
            Some(Cow::Borrowed(""))
        }
        "scope" => keep(matches!(value, "row" | "col" | "rowgroup" | "colgroup")),
        "start" => keep(is_number(value.strip_prefix('-').unwrap_or(value), 9)),
        _ => keep(true),
    }
}

fn is_number(value: &str, digits: usize) -> bool {
    (1..=digits).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit())
}

fn is_language(value: &str) -> bool {
    (1..=35).contains(&value.len())
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_url_allowed(value: &str) -> bool {
    match Url::parse(value) {
        Ok(url) => allowed::URL_SCHEMES.contains(&url.scheme()),
        Err(error) => error == ammonia::url::ParseError::RelativeUrlWithoutBase,
    }
}

fn class<'a>(element: &str, value: &'a str) -> Option<Cow<'a, str>> {
    let is_allowed = |class: &&str| match element {
        "a" => *class == allowed::FOOTNOTE_BACKREF,
        "sup" => *class == allowed::FOOTNOTE_REF,
        "section" => *class == allowed::FOOTNOTES,
        "code" | "pre" => class
            .strip_prefix("language-")
            .is_some_and(is_language_name),
        _ => false,
    };
    value
        .split_ascii_whitespace()
        .find(is_allowed)
        .map(Cow::Borrowed)
}

/// The name of a programming language, such as `c++` or `objective-c`.
fn is_language_name(name: &str) -> bool {
    (1..=50).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+#-_.".contains(&b))
}

/// Foreign ids could shadow what scripts of the page look up by id or name.
fn is_footnote_id(element: &str, value: &str) -> bool {
    let rest = match element {
        "li" => value.strip_prefix(allowed::FOOTNOTE_ID),
        "a" => value.strip_prefix(allowed::FOOTNOTE_REF_ID),
        _ => None,
    };
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()))
}
