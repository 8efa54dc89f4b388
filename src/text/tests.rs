//! Tests of whole bodies; what one step does alone is tested beside it.

use std::path::Path;

use super::body::{BodyFormat, Rendered, render};
use super::tidy;

mod hostile;

fn html(source: &str) -> String {
    render(BodyFormat::Html, source).html
}

fn markdown(source: &str) -> Rendered {
    render(BodyFormat::Markdown, source)
}

fn anchors(rendered: &Rendered) -> Vec<&str> {
    rendered
        .outline
        .iter()
        .map(|heading| heading.anchor.as_str())
        .collect()
}

#[test]
fn markdown_with_its_extensions() {
    let page = markdown(
        "## Vote\n\nThe *budget* ~~passed~~ at https://example.org/a.\n\n\
         | a | b |\n|---|--:|\n| 1 | 2 |\n\n```rust\nlet a  = 1;\n```\n",
    );
    assert_eq!(
        page.html,
        "<h2 id=\"vote\">Vote</h2>\n<p>The <em>budget</em> <del>passed</del> at \
         <a href=\"https://example.org/a\" rel=\"noopener noreferrer\">https://example.org/a</a>.</p>\n\
         <table>\n<thead>\n<tr>\n<th>a</th>\n<th align=\"right\">b</th>\n</tr>\n</thead>\n<tbody>\n\
         <tr>\n<td>1</td>\n<td align=\"right\">2</td>\n</tr>\n</tbody>\n</table>\n\
         <pre><code class=\"language-rust\">let a  = 1;\n</code></pre>"
    );
    assert_eq!(
        page.text,
        "Vote\n\nThe budget passed at https://example.org/a.\n\na\tb\n1\t2\n\nlet a  = 1;"
    );
    assert_eq!((page.word_count, page.reading_minutes), (15, 1));
}

#[test]
fn footnotes() {
    let page = markdown("## Cost[^1]\n\nTwo[^1] and one[^é].\n\n[^1]: A *note*.\n[^é]: Last.\n");
    assert!(
        page.html.contains("<sup class=\"footnote-ref\">"),
        "{}",
        page.html
    );
    for part in [
        "id=\"fnref-1\"",
        "href=\"#fn-1\"",
        "<li id=\"fn-1\">",
        "id=\"fnref-1-2\"",
    ] {
        assert!(page.html.contains(part), "{part} in {}", page.html);
    }
    assert!(
        page.html
            .contains("<section class=\"footnotes\" data-footnotes=\"\">")
    );
    assert!(page.html.contains("aria-label=\"Back to reference 1\""));
    assert_eq!(page.text, "Cost\n\nTwo and one.\n\nA note.\n\nLast.");
    assert_eq!(page.outline[0].text, "Cost");
    assert_eq!(html(&page.html), page.html);
}

#[test]
fn headings_go_below_the_headline() {
    let page = markdown("# A\n\n## B\n\n###### F\n");
    let levels: Vec<u8> = page.outline.iter().map(|heading| heading.level).collect();
    assert_eq!(levels, [2, 3, 6]);
    assert_eq!(
        page.html,
        "<h2 id=\"a\">A</h2>\n<h3 id=\"b\">B</h3>\n<h6 id=\"f\">F</h6>"
    );
    assert_eq!(markdown("## B\n").outline[0].level, 2);
}

#[test]
fn anchors_are_stable_and_unique() {
    let source = "## Zürich\n\nx\n\n## Zürich\n\n## Zürich 2\n\n## …\n\n## fn 1\n\n##\n";
    let page = markdown(source);
    let expected = [
        "zurich",
        "zurich-2",
        "zurich-2-2",
        "section",
        "section-fn-1",
        "section-2",
    ];
    assert_eq!(anchors(&page), expected);
    assert_eq!(
        page.outline,
        markdown(&source.replace('x', "quite another text")).outline
    );
    let many = markdown(&"## a\n\n".repeat(20_000));
    assert_eq!(many.outline[19_999].anchor, "a-20000");
}

#[test]
fn html_is_held_to_the_list() {
    let kept = "<p lang=\"fr\">Le <abbr title=\"x\">PIB</abbr> <time datetime=\"2026-01-01\">hier</time>\
                <br>x</p><figure><img src=\"/a.jpg\" alt=\"A\" width=\"10\" loading=\"lazy\">\
                <figcaption>A</figcaption></figure><ol start=\"3\"><li>x</li></ol>\
                <details open=\"\"><summary>s</summary><p>t</p></details><blockquote cite=\"/x\">\
                <p>q</p></blockquote><dl><dt>a</dt><dd>b</dd></dl><hr><p><a href=\"../b?c=1&amp;d#e\" \
                title=\"t\">l</a> <a href=\"mailto:a@b.c\" rel=\"noopener noreferrer\">m</a></p>";
    assert_eq!(html(kept), kept);
    for (source, expected) in [
        ("<p id=x class=y style=z onclick=w>a</p>", "<p>a</p>"),
        ("<a href=javascript:alert(1)>a</a>", "a"),
        ("<a href=\"&#106;ava&#10;script:alert(1)\">a</a>", "a"),
        (
            "<a href=\"\u{1}javascript:x\">a</a><a href=' vbscript:x'>b</a>",
            "ab",
        ),
        (
            "<a href='&#1;java&#1;script:x'>a</a>",
            "<a href=\"\u{FFFD}java\u{FFFD}script:x\">a</a>",
        ),
        ("<img src=data:image/png;base64,AA== alt=x>", ""),
        ("<img src=x onerror=alert(1) srcset=y>", "<img src=\"x\">"),
        (
            "<blockquote cite='javascript:x'>a</blockquote>",
            "<blockquote>a</blockquote>",
        ),
        (
            "a<script>b</script>c<style>d</style><svg><p>e</p></svg>f",
            "acf",
        ),
        ("<form action=x><input name=y>text</form>", "<p>text</p>"),
        (
            "<code class='x language-c++ y'>a</code>",
            "<code class=\"language-c++\">a</code>",
        ),
        ("<td align=justify>a", "a"),
        (
            "a &lt;b&gt; &amp;amp; &eacute; 1 < 2",
            "a &lt;b&gt; &amp;amp; é 1 &lt; 2",
        ),
        ("<pre>\n\n\na</pre>", "<pre>\n\n\na</pre>"),
        ("a\0b\r\nc\u{8}", "ab\nc"),
    ] {
        assert_eq!(html(source), expected, "{source}");
    }
}

#[test]
fn structure_is_repaired() {
    for (source, expected) in [
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        (
            "<ul><li>a<ul><li>b</ul><li>c</ul>d",
            "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>d",
        ),
        (
            "<div>a <b>b</b></div><div>c</div>",
            "<p>a <b>b</b></p><p>c</p>",
        ),
        (
            "<section><h2>a</h2>b</section>",
            "<h2 id=\"a\">a</h2><p>b</p>",
        ),
        (
            "<section class='my-footnotes'>a</section><section class='x footnotes'>b</section>",
            "<p>a</p><section class=\"footnotes\">b</section>",
        ),
        (
            "<a id=fnref-1>a</a><a id=fnref-1>b</a><a id=fnref-1 href=c>c</a>",
            "<a id=\"fnref-1\">a</a>b<a href=\"c\">c</a>",
        ),
        ("<b>a<div>b</div>c</b>", "<b>a\nb\nc</b>"),
        ("<b><p>a</b>b</p>c", "<b><p>ab</p>c</b>"),
        (
            "<a href=a>b <a href=c>d</a>e",
            "<a href=\"a\">b </a><a href=\"c\">d</a>e",
        ),
        (
            "<table>x<tr><td>a<td>b<tr><th>c</table>d",
            "<table><tbody><tr><td>x</td></tr><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr>\
             </tbody></table>d",
        ),
        (
            "<table><caption>c<col><thead><tr><td><table><tr><td>i</table>o</table>",
            "<table><caption>c</caption><colgroup><col></colgroup><thead><tr><td><table><tbody><tr>\
             <td>i</td></tr></tbody></table>o</td></tr></thead></table>",
        ),
        ("<p>a</div></td></li>b", "<p>ab</p>"),
        (
            "<dl><dt>a<dd>b<dt>c</dl>",
            "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>",
        ),
    ] {
        let out = html(source);
        assert_eq!(out, expected, "{source}");
        assert_eq!(html(&out), out, "{source}");
    }
}

#[test]
fn depth_is_bounded() {
    let deep = tidy::tidy(&("<blockquote>".repeat(200) + "a" + &"</blockquote>".repeat(200) + "b"));
    assert_eq!(deep.matches("<blockquote>").count(), tidy::MAX_DEPTH);
    assert!(deep.ends_with("</blockquote>b"));
}

#[test]
fn columns_stand_in_a_group() {
    assert_eq!(
        tidy::tidy("<table><caption>c<col><col><tr>"),
        "<table><caption>c</caption><colgroup><col><col></colgroup><tbody><tr></tr></tbody></table>"
    );
}

#[test]
fn plain_text() {
    let text = |source| render(BodyFormat::Html, source).text;
    assert_eq!(
        text("<p>a\n  b<br>c</p>\n<p>d&nbsp;&amp; <b>e</b>f</p>"),
        "a b\nc\n\nd & ef"
    );
    assert_eq!(text("<ul><li>a</li><li>b</li></ul>c"), "a\nb\n\nc");
    assert_eq!(
        text("<pre>  a\n   b\n</pre><p><img src=x alt=y> c</p>"),
        "  a\n   b\n\nc"
    );
    assert_eq!(text("<dl><dt>a</dt><dd>b</dd></dl><hr>c"), "a\nb\n\nc");
}

#[test]
fn nothing_takes_no_time_to_read() {
    for empty in [
        "",
        " \n",
        "<p> <br></p>",
        "<script>x</script>",
        "<!-- x -->",
    ] {
        let page = render(BodyFormat::Html, empty);
        assert_eq!((page.word_count, page.reading_minutes), (0, 0), "{empty}");
    }
    assert_eq!(render(BodyFormat::Html, "<img src=x>").reading_minutes, 1);
    assert_eq!(markdown("🎉").reading_minutes, 1);
    assert_eq!(markdown(&"word ".repeat(239)).reading_minutes, 2);
}

#[test]
fn renders_a_real_archive() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/rust-blog/content");
    if !root.is_dir() {
        println!("skipped: no archive of real articles beside the repository");
        return;
    }
    let mut folders = vec![root];
    let (mut pages, mut words) = (0, 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let file = std::fs::read_to_string(&path).unwrap();
                let body = file.splitn(3, "+++").nth(2).unwrap_or(&file);
                let page = markdown(body);
                hostile::assert_clean(&page.html);
                assert_eq!(html(&page.html), page.html, "{}", path.display());
                pages += 1;
                words += page.word_count;
            }
        }
    }
    println!("{pages} articles, {words} words");
}
