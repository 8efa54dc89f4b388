use super::*;
use crate::values::Locale;

fn page(file: &str, relative: &str, publish: bool) -> Page {
    let options = Options {
        publish,
        dry_run: false,
        locale: Locale::parse("en").unwrap(),
    };
    match read(file.as_bytes(), relative, &options).unwrap() {
        Reading::Page(page) => *page,
        Reading::Skip(reason) => panic!("{reason}"),
    }
}

#[test]
fn slugs_come_from_slug_path_or_file() {
    for (front, relative, expected) in [
        ("slug = 'My Slug'", "a.md", "my-slug"),
        (
            "path = '2018/08/08/Survey-Launch.html'",
            "a.md",
            "survey-launch",
        ),
        ("path = '/:year/:title/'", "posts/b.md", "b"),
        ("", "posts/2019-05-15-four-years.md", "four-years"),
        ("", "posts/2019-05-15.md", "2019-05-15"),
        ("", "Four-Years/index.md", "four-years"),
        ("", "about.de.md", "about-de"),
        ("lang = 'de'", "about.de.md", "about"),
        ("", "index.md", "t"),
    ] {
        let page = page(
            &format!("+++\ntitle = 'T'\n{front}\n+++\nx"),
            relative,
            false,
        );
        assert_eq!(page.slug.as_deref(), Some(expected), "{front} {relative}");
    }
}

#[test]
fn fields_are_those_of_the_api() {
    let page = page(
        "---\ntitle: A\n  title\ndescription: D\ndate: 2019-05-15\naliases: [old/a.html, /old/b/]\n\
         path: 2019/05/15/a/\nauthor: Jo Doe\ntags: [x]\ncategories: y\nextra: {k: 1}\n---\n[l](../b.md)\n",
        "a.md",
        true,
    );
    assert_eq!(page.fields["title"], "A title");
    assert_eq!(page.fields["published_at"], "2019-05-15T00:00:00Z");
    let paths = json!(["/2019/05/15/a", "/old/a.html", "/old/b"]);
    assert_eq!(page.fields["aliases"], paths);
    assert_eq!(page.fields["metadata"], json!({"k": 1}));
    assert_eq!(page.fields["body"]["source"], "[l](../b.md)\n");
    assert_eq!((page.authors.len(), page.tags.len()), (1, 2));
    assert!(page.publish && page.notes.is_empty(), "{:?}", page.notes);
}

#[test]
fn control_characters_are_noted_and_left_out() {
    let page = page(
        "+++\ntitle='T'\n+++\n    code\n\u{c}\na\u{0}b\tc\r\n",
        "a.md",
        false,
    );
    assert_eq!(page.source(), "    code\n \na b\tc\r\n");
    assert_eq!(page.notes.len(), 1);
    assert!(page.notes[0].contains("U+000C"), "{:?}", page.notes);
}

#[test]
fn what_is_too_long_is_noted() {
    let long = "word ".repeat(300);
    let page = page(
        &format!("+++\ntitle='T'\ndescription='{long}'\n+++\n"),
        "a.md",
        false,
    );
    assert_eq!(page.fields["standfirst"], Value::Null);
    assert!(page.fields["metadata"]["description"].is_string());
    assert_eq!(page.notes.len(), 1);
}

#[test]
fn broken_files_name_their_line() {
    let options = Options {
        publish: false,
        dry_run: false,
        locale: Locale::parse("en").unwrap(),
    };
    for (file, line) in [
        (&b"+++\ntitle = 'x'\n+++\nab\xff"[..], 4),
        (b"+++\ntitle = 'x'\ndate = 'soon'\n+++\n", 3),
        (b"+++\n+++\ntext", 1),
        (b"+++\ntitle = 'x'\nlang = 'no language'\n+++\n", 1),
    ] {
        let broken = read(file, "a.md", &options).unwrap_err();
        assert_eq!(broken.0, line, "{}", broken.1);
    }
    let empty = read(b"+++\n+++\n", "a.md", &options).unwrap();
    assert!(matches!(empty, Reading::Skip(_)));
}
