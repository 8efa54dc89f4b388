//! The form of a request by which its answer is kept: whoever asks for the same is given the same,
//! however they write it.

use percent_encoding::percent_decode_str;

use crate::http::page::DEFAULT_LIMIT;
use crate::resources::info::Resources;

/// Parameters that list several names, once, in whatever order.
const NAMES: [&str; 2] = ["fields", "include"];
/// The most values of one parameter: what has more is refused, so it is left as it is.
const MOST: usize = 50;

/// The path and query in their normal form; `None` when the query is one that is refused whatever
/// it says. Two requests of one normal form are answered alike; the other way round it is best
/// effort.
pub fn normal(path: &str, query: &str, resources: Resources) -> Option<String> {
    if query.is_empty() {
        return Some(path.to_owned());
    }
    percent_decode_str(query).decode_utf8().ok()?;
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let is_set = |name: &str| resources.iter().any(|info| info.sets.contains(&name));
    // Which come first matters where a parameter is repeated: the sort is stable.
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut all: Vec<(String, String)> = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        match all.last_mut() {
            Some((last, values)) if *last == name && is_set(&name) => {
                values.push(',');
                values.push_str(&value);
            }
            _ => all.push((name, value)),
        }
    }
    for (name, value) in &mut all {
        if is_set(name) {
            let mut parts: Vec<&str> = value.split(',').map(str::trim).collect();
            if parts.len() <= MOST {
                parts.sort_unstable();
                parts.dedup();
                *value = parts.join(",");
            }
        } else if NAMES.contains(&name.as_str()) {
            let mut parts: Vec<&str> = value.split(',').collect();
            parts.sort_unstable();
            *value = parts.join(",");
        }
    }
    let once = |name: &str| all.iter().filter(|(one, _)| one == name).count() == 1;
    // With `fields`, which decides what is sent, `include` has no default.
    let alone = |name: &str| name != "include" || all.iter().all(|(one, _)| one != "fields");
    let kept: Vec<&(String, String)> = all
        .iter()
        .filter(|(name, value)| {
            !(is_default(path, name, value, resources) && once(name) && alone(name))
        })
        .collect();
    if kept.is_empty() {
        return Some(path.to_owned());
    }
    let mut text = url::form_urlencoded::Serializer::new(format!("{path}?"));
    text.extend_pairs(kept.iter().map(|(name, value)| (name, value)));
    Some(text.finish())
}

/// Whether a parameter says what holds without it. Only where it is known at all: elsewhere it is
/// refused. Paths alternate between collections and members, `/v1/tags/{tag}/articles`.
fn is_default(path: &str, name: &str, value: &str, resources: Resources) -> bool {
    let mut parts = path.trim_start_matches('/').split('/').skip(1);
    let last = parts.clone().last().unwrap_or_default();
    let first = parts.next().unwrap_or_default();
    let of = |collection: &str| resources.iter().find(|info| info.collection == collection);
    let is_collection = path.matches('/').count().is_multiple_of(2);
    if !is_collection {
        let include = of(first).and_then(|info| info.default_include);
        return name == "include" && include == Some(value);
    }
    let Some(info) = of(last) else {
        return false;
    };
    match name {
        "limit" => value.parse() == Ok(DEFAULT_LIMIT) && !value.starts_with(['+', '0']),
        "total" => value == "false",
        "sort" => value == info.default_sort,
        _ => value == "false" && info.flags.contains(&name),
    }
}

#[cfg(test)]
mod tests {
    use crate::registry::RESOURCES;

    fn normal(path: &str, query: &str) -> Option<String> {
        super::normal(path, query, RESOURCES)
    }

    #[test]
    fn the_same_is_written_alike() {
        for (path, queries) in [
            (
                "/v1/articles",
                &[
                    "tag=b&limit=5&tag=a",
                    "limit=5&tag=a,b",
                    "tag=a,%20b,a&limit=5&total=false",
                    "sort=-published_at&&tag=%61,b&limit=5",
                ][..],
            ),
            (
                "/v1/articles",
                &[
                    "",
                    "limit=15",
                    "counts=false",
                    "total=false&limit=15&sort=-published_at",
                ],
            ),
            ("/v1/tags/sea/articles", &["", "limit=15", "&"]),
            ("/v1/tags", &["", "sort=name"]),
            ("/v1/articles/one", &["", "include=tags,authors,lead_image"]),
            (
                "/v1/articles/one",
                &[
                    "include=tags,authors",
                    "include=authors,tags",
                    "include=authors%2Ctags",
                ],
            ),
        ] {
            let first = normal(path, queries[0]);
            for query in queries {
                assert_eq!(normal(path, query), first, "{path}?{query}");
            }
        }
    }

    #[test]
    fn what_may_be_answered_otherwise_is_apart() {
        for (path, one, other) in [
            ("/v1/articles", "limit=15&limit=15", ""),
            ("/v1/articles", "limit=015", "limit=15"),
            ("/v1/articles/one", "limit=15", ""),
            ("/v1/articles/one", "total=false", ""),
            ("/v1/tags", "sort=-published_at", ""),
            ("/v1/tags", "counts=false", ""),
            ("/v1/articles", "locale=en,de", "locale=de,en"),
            ("/v1/articles", "locale=en&locale=de", "locale=de&locale=en"),
            ("/v1/articles", "sort=title,slug", "sort=slug,title"),
            ("/v1/articles", "include=tags,tags", "include=tags"),
            ("/v1/articles", "q=a,b", "q=b,a"),
            ("/v1/articles", "page=1", ""),
            ("/v1/articles", "include=authors,lead_image,tags", ""),
            (
                "/v1/articles/one",
                "fields=title&include=authors,lead_image,tags",
                "fields=title",
            ),
            ("/v1/redirects", "path=/a&limit=15", "path=/a"),
            ("/v1/articles", "tag=a%26b=c", "tag=a&b=c"),
        ] {
            assert_ne!(
                normal(path, one),
                normal(path, other),
                "{path}: {one}, {other}"
            );
        }
        assert_eq!(normal("/v1/articles", "q=%FF"), None);
    }
}
