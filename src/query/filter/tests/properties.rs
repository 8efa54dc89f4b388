//! Properties of every filter and of every input.

use proptest::prelude::*;

use super::*;

fn conditions() -> impl Strategy<Value = Filter<Field>> {
    let equality = || prop::sample::select(&[FilterOp::Eq, FilterOp::Ne][..]);
    let comparison = || prop::sample::select(FieldKind::Integer.operators());
    let text = || "[^\\p{Cc}]{1,20}|AND|OR|NOT|[a-z-]{1,9}";
    let times = -62_135_596_800_000_i64..=253_402_300_799_999;
    let link = prop::sample::select(&[Field::Tag, Field::Author][..]);
    prop_oneof![
        (
            equality(),
            prop_oneof![text().boxed(), Just(String::new()).boxed()]
        )
            .prop_map(|(op, text)| is(Field::Title, op, Value::Text(text))),
        (
            equality(),
            prop::sample::select(&["draft", "published"][..])
        )
            .prop_map(|(op, word)| is(Field::Status, op, Value::Text(word.to_owned()))),
        (equality(), any::<bool>()).prop_map(|(op, on)| is(Field::Featured, op, Value::Bool(on))),
        (comparison(), any::<i64>()).prop_map(|(op, n)| is(Field::Words, op, Value::Integer(n))),
        (comparison(), times).prop_map(|(op, at)| is(Field::PublishedAt, op, Value::Time(at))),
        (link, text()).prop_map(|(field, text)| is(field, FilterOp::Has, Value::Text(text))),
    ]
}

fn filters() -> impl Strategy<Value = Filter<Field>> {
    conditions().prop_recursive(3, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Any),
            inner.prop_map(|filter| match filter {
                Filter::Not(inner) => *inner,
                other => not(other),
            }),
        ]
    })
}

/// Text out of the pieces of the language, so that chance comes further than the first error.
fn almost_filters() -> impl Strategy<Value = String> {
    let pieces = [
        "tag",
        "title",
        "word_count",
        "published_at",
        ":",
        "=",
        "!=",
        ">",
        "<=",
        " ",
        " ",
        " AND ",
        " OR ",
        "NOT ",
        "-",
        "(",
        ")",
        "\"",
        "'",
        "\\",
        "a",
        "7",
        "é",
        "日",
        "tag:a",
        "tag!=b",
        "word_count>1",
        "2026-01-01T00:00:00Z",
        "2026-01-01T",
        "\0",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..30)
        .prop_map(|pieces| pieces.concat())
}

fn check_any(input: &str) -> Result<(), TestCaseError> {
    match parse::<Field>(input) {
        Ok(filter) => {
            let text = filter.to_string();
            if text.len() <= MAX_LEN {
                prop_assert_eq!(parse::<Field>(&text), Ok(filter));
            }
        }
        Err(error) => {
            prop_assert!(input.is_char_boundary(error.offset), "{}", error);
            prop_assert!(!error.detail.is_empty() && error.code.starts_with("filter_"));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_canonical_form_parses_to_the_same_tree(filter in filters()) {
        let text = filter.to_string();
        prop_assume!(text.len() <= MAX_LEN);
        prop_assert_eq!(parse::<Field>(&text), Ok(filter), "{}", text);
    }

    #[test]
    fn no_input_panics(input in "(?s).*") {
        check_any(&input)?;
    }

    #[test]
    fn no_near_miss_panics(input in almost_filters()) {
        check_any(&input)?;
    }
}
