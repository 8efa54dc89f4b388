use super::*;
use serde_json::json;

fn front(file: &str) -> FrontMatter {
    parse(file).unwrap().front
}

fn toml(block: &str) -> FrontMatter {
    front(&format!("+++\n{block}\n+++\nx"))
}

fn yaml(block: &str) -> FrontMatter {
    front(&format!("---\n{block}\n---\nx"))
}

fn at(text: &str) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(text).unwrap().to_utc())
}

#[test]
fn zola_is_read() {
    let document = parse(concat!(
        "+++\n",
        "path = \"2019/05/15/four-years\"\n",
        "title = \"Four years\"\n",
        "date = 2019-05-15\n",
        "updated = 2019-05-16T10:00:00+02:00\n",
        "authors = [\"Ada Brook\", \"Tom Reed\"]\n",
        "aliases = [\"2019/05/15/four-years.html\"]\n",
        "template = \"page.html\"\n",
        "weight = 3\n",
        "[taxonomies]\n",
        "tags = [\"rivers\", \"ferries\"]\n",
        "authors = [\"Tom Reed\", \"Ida Lund\"]\n",
        "series = [\"Water\"]\n",
        "[extra]\n",
        "team = \"the river desk\"\n",
        "weight = 4\n",
        "+++\n\n# Body\r\n",
    ))
    .unwrap();
    assert_eq!(document.body, "\n# Body\r\n");
    assert_eq!(document.body_line, 18);
    let front = document.front;
    assert_eq!(front.title.as_deref(), Some("Four years"));
    assert_eq!(front.path.as_deref(), Some("2019/05/15/four-years"));
    assert_eq!(front.date, at("2019-05-15T00:00:00Z"));
    assert_eq!(front.updated, at("2019-05-16T08:00:00Z"));
    assert_eq!(front.authors, ["Ada Brook", "Tom Reed", "Ida Lund"]);
    assert_eq!(front.tags, ["rivers", "ferries"]);
    assert_eq!(front.aliases, ["2019/05/15/four-years.html"]);
    let keys: Vec<_> = front.extra.keys().collect();
    assert_eq!(
        keys,
        ["template", "weight", "taxonomies", "team", "extra.weight"]
    );
    assert_eq!(front.extra["taxonomies"], json!({"series": ["Water"]}));
}

#[test]
fn hugo_is_read() {
    let front = yaml(
        "Title: 1984\nDate: 2019-05-15T10:00:00Z\npublishDate: 2030-01-01\nlastmod: 2019-05-16\n\
         expiryDate: 2031-01-01\nsummary: Short\nurl: /old/\ncategories: [news, 2019]\n\
         draft: true\nlanguage: no\nauthor: Ada Brook",
    );
    assert_eq!(front.title.as_deref(), Some("1984"));
    assert_eq!(front.date, at("2030-01-01T00:00:00Z"));
    assert_eq!(front.expires, at("2031-01-01T00:00:00Z"));
    assert_eq!(
        front.extra,
        Map::from_iter([("Date".into(), json!("2019-05-15T10:00:00Z"))])
    );
    assert_eq!(front.description.as_deref(), Some("Short"));
    assert_eq!(front.path.as_deref(), Some("/old/"));
    assert_eq!(front.categories, ["news", "2019"]);
    assert!(front.draft);
    assert_eq!(front.lang.as_deref(), Some("no"));
    assert_eq!(front.authors, ["Ada Brook"]);
    assert_eq!(
        yaml("published: 2020-01-01").date,
        at("2020-01-01T00:00:00Z")
    );
}

#[test]
fn jekyll_is_read() {
    let front = front(
        "\u{feff}---\r\nlayout: post\r\ntitle: \"Ferry: a story\"\r\n\
         date: 2019-05-15 10:00:00 +0100\r\ntags: a b, c\r\ncategories: news local\r\n\
         category: Harbour life\r\npublished: no\r\nredirect_from: /x/\r\n\
         author:\r\n  name: Ada Brook\r\n  email: ada@example.org\r\n---\r\nBody\r\n",
    );
    assert_eq!(front.title.as_deref(), Some("Ferry: a story"));
    assert_eq!(front.date, at("2019-05-15T09:00:00Z"));
    assert_eq!(front.tags, ["a b", "c"]);
    assert_eq!(front.categories, ["news", "local", "Harbour life"]);
    assert!(front.draft);
    assert_eq!(front.aliases, ["/x/"]);
    assert_eq!(front.authors, ["Ada Brook"]);
    assert_eq!(front.extra["layout"], json!("post"));
    assert_eq!(front.extra["author"]["email"], json!("ada@example.org"));
}

#[test]
fn lists_of_many_shapes() {
    assert_eq!(
        yaml("authors:\n  - name: A\n  - B\n  - ~\n  - ''").authors,
        ["A", "B"]
    );
    assert!(yaml("authors:\n  - name: A").extra.is_empty());
    assert_eq!(
        toml("author = \"A and B\"\nauthors = [\"C\"]").authors,
        ["C", "A and B"]
    );
    assert_eq!(toml("tags = \"one two\"").tags, ["one", "two"]);
    assert_eq!(
        toml("tag = \"one two\"\ntags = [\"one two\", \"x y\"]").tags,
        ["one two", "x y"]
    );
    assert_eq!(yaml("base: &b [p]\ntags: *b").tags, ["p"]);
    assert_eq!(yaml("tags:").tags, Vec::<String>::new());
    assert_eq!(yaml("aliases: [a, a, b]").aliases, ["a", "b"]);
}

#[test]
fn nothing_and_next_to_nothing() {
    for file in [
        "+++\n+++\n",
        "---\n---\n",
        "---\n---",
        "\n\n---\n# note\n...\n",
        "+++\r\n+++\r\n",
    ] {
        assert_eq!(front(file), FrontMatter::default(), "{file:?}");
    }
    assert_eq!(
        yaml("title: ''\ndate:\nextra:\ntaxonomies: {}"),
        FrontMatter::default()
    );
    assert_eq!(parse("+++\n+++").unwrap().body, "");
    assert_eq!(yaml("extra: 3\n1: one\nx: .inf").extra.len(), 3);
    assert_eq!(
        toml("x = inf\ny = 0xff").extra,
        Map::from_iter([("x".into(), json!("inf")), ("y".into(), json!(255)),])
    );
}

#[test]
fn a_delimiter_counts_only_alone_on_its_line() {
    let document = parse("---\ntitle: a --- b\n---\ntext\n---\nmore\n").unwrap();
    assert_eq!(document.body, "text\n---\nmore\n");
    assert_eq!(document.front.title.as_deref(), Some("a --- b"));
}

#[test]
fn errors_name_the_line() {
    for (file, line, words) in [
        ("", 1, "empty"),
        ("\n\n", 1, "empty"),
        ("# Title\n", 1, "front matter is missing"),
        ("\n\n{\"title\": 1}\n", 3, "JSON"),
        (
            "+++\ntitle = \"x\"\n---\n",
            1,
            "closing line +++ is missing",
        ),
        ("\n---\ntitle: x\n", 2, "closing line --- is missing"),
        ("+++\ntitle = \"x\"\nauthors = [\n+++\n", 3, ""),
        ("+++\ntitle = \"x\"\ntitle = \"y\"\n+++\n", 3, "duplicate"),
        ("---\ntitle: x\ntags: [a\n---\n", 4, ""),
        ("---\ntitle: x\nurl: a: b\n---\n", 3, ""),
        ("---\ntitle: é\u{2028}é\r\r\r\nurl: a: b\n---\n", 3, ""),
        ("---\n- a\n---\n", 1, "mapping"),
        ("+++\ntitle = \"x\"\nauthors = 3\n+++\n", 3, "`authors`"),
        ("+++\nauthors = [3]\n+++\n", 2, "`authors`"),
        (
            "+++\n[taxonomies]\n\ntags = 3\n+++\n",
            4,
            "`taxonomies.tags`",
        ),
        (
            "---\ntitle: x\ntaxonomies:\n  tags: 3\n---\n",
            4,
            "`taxonomies.tags`",
        ),
        ("---\n# x\n\nAuthors:\n  - email: x\n---\n", 4, "`name`"),
        ("---\ntitle: [x]\n---\n", 2, "`title`"),
        ("---\na: 1\ndate: soon\n---\n", 3, "date"),
        ("---\na: 1\ndate: 2019\n---\n", 3, "date"),
        ("+++\ndate = 07:32:00\n+++\n", 2, "date"),
        ("---\ndraft: maybe\n---\n", 2, "true or false"),
        ("---\npublished: maybe\n---\n", 2, "date"),
        ("---\ntags:\n  - [a]\n---\n", 2, "`tags`"),
        ("+++\ntaxonomies = 3\n+++\n", 2, "`taxonomies`"),
    ] {
        let error = parse(file).unwrap_err();
        assert_eq!(error.line, line, "{file:?}: {error}");
        assert!(error.message.contains(words), "{file:?}: {error}");
    }
}

#[test]
fn no_block_can_exhaust_the_machine() {
    let long = parse(&format!("---\nx: {}\n---\n", "[".repeat(100_000))).unwrap_err();
    assert!(long.message.contains("64 KiB"), "{long}");
    let deep = "[".repeat(2_000);
    assert!(parse(&format!("+++\nx = {deep}\n+++\n")).is_err());
    assert!(parse(&format!("---\nx: {deep}\n---\n")).is_err());
    let mut bomb = String::from("---\na0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..40 {
        let again = format!("*a{}, ", level - 1).repeat(9);
        bomb.push_str(&format!("a{level}: &a{level} [{again}]\n"));
    }
    bomb.push_str("---\n");
    assert!(parse(&bomb).is_err());
}

const NEARLY_A_FILE: &str =
    "(\\+\\+\\+|---)?\\PC{0,40}(\n[a-z]{1,8} ?[:=] ?\\PC{0,12}){0,6}\n(\\+\\+\\+|---)?\\PC{0,9}";

proptest::proptest! {
    #[test]
    fn no_file_makes_it_panic(text in NEARLY_A_FILE) {
        if let Ok(document) = parse(&text) {
            proptest::prop_assert!(text.ends_with(&document.body));
        }
    }
}
