mod properties;

use super::*;

field_names! {
    enum Field {
        Title => "title",
        Status => "status",
        Featured => "featured",
        Words => "word_count",
        PublishedAt => "published_at",
        Tag => "tag",
        Author => "author",
    }
}

impl Filterable for Field {
    fn kind(self) -> FieldKind {
        match self {
            Self::Title => FieldKind::Text,
            Self::Status => FieldKind::Enum(&["draft", "published"]),
            Self::Featured => FieldKind::Bool,
            Self::Words => FieldKind::Integer,
            Self::PublishedAt => FieldKind::Time,
            Self::Tag | Self::Author => FieldKind::Link,
        }
    }
}

const NEW_YEAR: i64 = 1_767_225_600_000;

fn is(field: Field, op: FilterOp, value: Value) -> Filter<Field> {
    Filter::Is(Condition {
        field,
        op,
        value,
        at: 0,
    })
}

fn tag(slug: &str) -> Filter<Field> {
    is(Field::Tag, FilterOp::Has, Value::Text(slug.to_owned()))
}

fn not(filter: Filter<Field>) -> Filter<Field> {
    Filter::Not(Box::new(filter))
}

fn canonical(input: &str) -> String {
    parse::<Field>(input)
        .unwrap_or_else(|error| panic!("{input}: {error}"))
        .to_string()
}

fn refused(input: &str) -> FilterError {
    parse::<Field>(input).expect_err(input)
}

/// Code and place, and that the message says `part`.
fn assert_refused(input: &str, code: &str, offset: usize, part: &str) {
    let error = refused(input);
    assert_eq!(
        (error.code, error.offset),
        (code, offset),
        "{input}: {error}"
    );
    assert!(error.detail.contains(part), "{input}: {error}");
}

#[test]
fn reads_the_example() {
    let input = "tag:china AND (featured=true OR published_at>=\"2026-01-01T00:00:00Z\") \
                 AND NOT author:xinhua";
    let expected = Filter::All(vec![
        tag("china"),
        Filter::Any(vec![
            is(Field::Featured, FilterOp::Eq, Value::Bool(true)),
            is(Field::PublishedAt, FilterOp::Ge, Value::Time(NEW_YEAR)),
        ]),
        not(is(
            Field::Author,
            FilterOp::Has,
            Value::Text("xinhua".to_owned()),
        )),
    ]);
    let parsed = parse::<Field>(input).unwrap();
    assert_eq!(parsed, expected);
    assert_eq!(
        parsed.to_string(),
        "tag:china AND (featured=true OR published_at>=2026-01-01T00:00:00Z) AND NOT author:xinhua"
    );
    let Filter::All(terms) = parsed else { panic!() };
    assert!(matches!(&terms[0], Filter::Is(condition) if condition.at == 0));
    let Filter::Any(inner) = &terms[1] else {
        panic!()
    };
    assert!(matches!(&inner[1], Filter::Is(condition) if condition.at == 32));
}

#[test]
fn one_spelling_for_equal_filters() {
    for (input, expected) in [
        (" tag : china ", "tag:china"),
        ("tag=china", "tag:china"),
        ("tag!=china", "NOT tag:china"),
        ("-tag:china", "NOT tag:china"),
        ("NOT tag!=china", "tag:china"),
        ("NOT (NOT tag:a)", "tag:a"),
        ("-(tag:a OR tag:b)", "NOT (tag:a OR tag:b)"),
        ("NOT(tag:a)AND(tag:b)", "NOT tag:a AND tag:b"),
        ("((tag:a))", "tag:a"),
        ("(tag:a AND tag:b) AND tag:c", "(tag:a AND tag:b) AND tag:c"),
        ("title='it\\'s'", "title=\"it's\""),
        ("title=\"a \\\"b\\\" \\\\\"", "title=\"a \\\"b\\\" \\\\\""),
        ("title=\"\"", "title=\"\""),
        ("title=\"AND\"", "title=\"AND\""),
        ("title=\"plain\"", "title=plain"),
        ("word_count>=-007", "word_count>=-7"),
        ("word_count=\"5\"", "word_count=5"),
        (
            "word_count=-9223372036854775808",
            "word_count=-9223372036854775808",
        ),
        (
            "published_at<2026-01-01T01:00:00+01:00",
            "published_at<2026-01-01T00:00:00Z",
        ),
        (
            "published_at!=2025-12-31t19:00:00.5-05:00",
            "published_at!=2026-01-01T00:00:00.500Z",
        ),
        (
            "published_at=2026-01-01T00:00:00.1239Z",
            "published_at=2026-01-01T00:00:00.123Z",
        ),
        (
            "tag:日本 OR tag:Größe OR tag:हिन्दी OR tag:cafe\u{301}",
            "tag:日本 OR tag:Größe OR tag:हिन्दी OR tag:cafe\u{301}",
        ),
        ("tag:-x AND -tag:y", "tag:-x AND NOT tag:y"),
    ] {
        assert_eq!(canonical(input), expected, "{input}");
        assert_eq!(canonical(expected), expected);
    }
}

#[test]
fn refuses_bad_syntax_with_the_place() {
    for (input, offset, part) in [
        ("", 0, "found the end"),
        ("   ", 3, "found the end"),
        ("()", 1, "found `)`"),
        ("tag:a AND", 9, "found the end"),
        ("AND tag:a", 0, "found `AND`"),
        ("tag:a AND OR tag:b", 10, "found `OR`"),
        ("NOT NOT tag:a", 4, "found `NOT`"),
        ("--tag:a", 1, "found `-tag`"),
        ("- tag:a", 1, "found ` `"),
        ("\"china\"", 0, "found `\"`"),
        ("tag:a tag:b", 6, "expected AND or OR"),
        ("tag:a -tag:b", 6, "expected AND or OR"),
        ("tag:a (tag:b)", 6, "expected AND or OR"),
        ("title=\"a\"b", 9, "expected AND or OR"),
        ("tag:a and tag:b", 6, "write AND in capital letters"),
        ("tag:a Or tag:b", 6, "write OR in capital letters"),
        (
            "tag:a:b",
            5,
            "found `:`; a value with characters other than",
        ),
        ("tag:*", 4, "expected a value (a slug or an id)"),
        ("tag:“a”", 4, "expected a value"),
        ("tag:(a OR b)", 4, "expected a value"),
        ("tag:", 4, "expected a value"),
        ("tag: AND tag:b", 5, "expected a value"),
        ("featured==true", 9, "expected a value (true or false)"),
        (
            "tag",
            3,
            "expected an operator after `tag`; allowed: `:` `=` `!=`",
        ),
        ("title~x", 5, "expected an operator"),
        ("title=\"a\\n\"", 8, "after this `\\`"),
    ] {
        assert_refused(input, "filter_syntax", offset, part);
    }
}

#[test]
fn refuses_groups_that_do_not_fit() {
    let unbalanced = "filter_unbalanced";
    assert_refused("(tag:a", unbalanced, 0, "no matching `)`");
    assert_refused(
        "tag:a AND (tag:b OR (tag:c)",
        unbalanced,
        10,
        "no matching `)`",
    );
    assert_refused("tag:a)", unbalanced, 5, "no matching `(`");
    assert_refused("(tag:a)) AND tag:b", unbalanced, 7, "no matching `(`");
    assert_refused("title=\"a", unbalanced, 6, "quotation mark");
    assert_refused("title='a\\", unbalanced, 6, "quotation mark");
    let mixed = "filter_mixed_and_or";
    assert_refused("tag:a AND tag:b OR tag:c", mixed, 16, "parentheses");
    assert_refused("tag:a OR tag:b AND tag:c", mixed, 15, "parentheses");
    assert_refused(
        "tag:x AND (tag:a OR tag:b AND tag:c)",
        mixed,
        26,
        "parentheses",
    );
}

#[test]
fn refuses_what_the_field_does_not_take() {
    assert_refused(
        "tag:a AND colour=red",
        "filter_unknown_field",
        10,
        "`colour`; allowed: title, status, featured, word_count, published_at, tag, author",
    );
    for (input, offset, part) in [
        (
            "title:x",
            5,
            "`title` does not support `:`; allowed: `=` `!=`",
        ),
        ("title>x", 5, "allowed: `=` `!=`"),
        ("status<draft", 6, "allowed: `=` `!=`"),
        ("featured>true", 8, "allowed: `=` `!=`"),
        ("tag >= x", 4, "allowed: `:` `=` `!=`"),
        ("word_count:5", 10, "allowed: `=` `!=` `<` `<=` `>` `>=`"),
        ("published_at:2026-01-01T00:00:00Z", 12, "allowed: "),
    ] {
        assert_refused(input, "filter_operator", offset, part);
    }
    let long = format!("title={}", "é".repeat(257));
    for (input, offset, part) in [
        (
            "status=open",
            7,
            "`status` requires one of draft, published, not `open`",
        ),
        ("status=Draft", 7, "one of draft, published"),
        ("featured=yes", 9, "requires true or false"),
        ("word_count=1.5", 11, "requires a whole number"),
        ("word_count=-", 11, "requires a whole number"),
        ("word_count=\"+5\"", 11, "requires a whole number"),
        ("word_count=9223372036854775808", 11, "must be between"),
        ("tag:\"\"", 4, "requires a slug or an id"),
        ("tag:\"a\0\"", 4, "control characters"),
        ("title=\"a\nb\"", 6, "control characters"),
        (&long, 6, "maximum of 256 characters"),
    ] {
        assert_refused(input, "filter_value", offset, part);
    }
}

#[test]
fn refuses_times_that_are_not_clear() {
    for (value, part) in [
        (
            "2026-01-01",
            "only a date; write for example 2026-01-01T00:00:00Z",
        ),
        ("2026-01-01T00:00:00", "has none; add Z for UTC"),
        ("2026-01-01T00:00:00.25", "has none; add Z for UTC"),
        ("\"2026-01-01T00:00:00 02:00\"", "%2B"),
        ("\"2026-01-01 00:00:00Z\"", "without spaces"),
        ("2026-13-01T00:00:00Z", "RFC 3339"),
        ("2026-01-01T24:00:00Z", "RFC 3339"),
        ("yesterday", "RFC 3339"),
        ("\"\"", "RFC 3339"),
        ("0001-01-01T00:00:00+01:00", "years 1 to 9999"),
        ("9999-12-31T23:59:59-01:00", "years 1 to 9999"),
    ] {
        let input = format!("published_at>{value}");
        assert_refused(&input, "filter_value", 13, part);
    }
    // A `+` lost on the way: the message of the first half says how to write it.
    let lost = "published_at>2026-01-01T00:00:00 02:00";
    assert_refused(lost, "filter_value", 13, "%2B");
}

#[test]
fn keeps_its_limits() {
    let parenthesised = |depth: usize| format!("{}tag:a{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(canonical(&parenthesised(MAX_DEPTH)), "tag:a");
    assert_refused(
        &parenthesised(MAX_DEPTH + 1),
        "filter_too_deep",
        MAX_DEPTH,
        "the maximum is 10",
    );
    assert_refused(
        &"(".repeat(MAX_LEN),
        "filter_too_deep",
        MAX_DEPTH,
        "the maximum is 10",
    );
    assert_refused(
        &"-(".repeat(MAX_LEN / 2),
        "filter_too_deep",
        2 * MAX_DEPTH + 1,
        "the maximum is 10",
    );
    assert_refused(
        &"(".repeat(100_000),
        "filter_too_long",
        MAX_LEN,
        "the maximum is 2000",
    );
    assert_refused(&"é€".repeat(1_000), "filter_too_long", MAX_LEN, "");
    assert_refused(&"NOT ".repeat(500), "filter_syntax", 4, "found `NOT`");

    let many = |count: usize| vec!["tag:a"; count].join(" AND ");
    assert!(parse::<Field>(&many(MAX_CONDITIONS)).is_ok());
    assert_refused(
        &many(MAX_CONDITIONS + 1),
        "filter_too_many",
        500,
        "the maximum is 50",
    );
}

#[test]
fn messages_count_columns_in_characters() {
    let error = refused("title=größe) x");
    assert_eq!((error.offset, error.column), (13, 12));
    assert!(error.to_string().ends_with("(column 12)"));
    let echoed = refused(&"x".repeat(1_500)).detail;
    assert!(echoed.len() < 200, "{echoed}");
}

#[test]
fn trees_built_by_hand_print_too() {
    assert_eq!(not(not(tag("a"))).to_string(), "NOT (NOT tag:a)");
    assert_eq!(
        is(Field::PublishedAt, FilterOp::Eq, Value::Time(i64::MAX))
            .to_string()
            .len(),
        32
    );
}
