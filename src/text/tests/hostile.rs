//! Bodies written to do harm: to exhaust the server, or to bring a script into the page.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use scraper::Html;

use crate::text::allowed;
use crate::text::body::{BodyFormat, render};

/// Ample even without optimisation and on a busy machine; quadratic behaviour takes minutes.
const LIMIT: Duration = Duration::from_secs(15);

/// Input that could overflow a parser, or a recursion over its tree.
#[test]
fn hostile_bodies_take_no_stack_and_little_time() {
    // An unoptimised build takes twenty times as long.
    let n = if cfg!(debug_assertions) {
        5_000
    } else {
        100_000
    };
    let repeated = [
        ">",
        "[",
        "![",
        "<div>",
        "<b>",
        "<p>",
        "<ul><li>",
        "<table>",
        "<table><tr><td>",
        "<a href=x>",
        "<b a=1><p>",
        "<svg>",
        "<h2>",
        "<template>",
        "</p>",
        "</div>",
        "<!--",
        "<",
        "&",
        "<p a",
        "*a ",
        "<i><b><u><em><p></i>",
        "<blockquote>",
        "- ",
        "`a",
        "[a](",
        "<code>",
        "<dl><dt>",
        "<details>",
        "&a;",
        "&a",
        "&amp",
        "&#x",
        "&#",
        "&notit;",
        "&#120;",
        "<p title=&a;&a &",
        "<br/>",
        "<!x",
        "</",
        "<b x='",
        "<img src=x>",
    ];
    let mut bodies: Vec<String> = repeated.iter().map(|piece| piece.repeat(n)).collect();
    bodies.push((0..n).map(|n| format!("<p><b id={n}>")).collect());
    bodies.push(format!("<a {}>x</a>", "b ".repeat(n)));
    bodies.push("<b>".repeat(n) + &"<p>x</p>".repeat(n));
    bodies.push("<div>".repeat(n) + "x" + &"</div>".repeat(n));
    bodies.extend([">", "[", "<div>"].map(|piece| piece.repeat(100_000)));
    bodies.push("&".repeat(10 * n));
    bodies.push("x".repeat(10 * n) + &"&eacute;".repeat(n));
    bodies.push("<a href=\"&&&&&&&&\">".repeat(n));
    bodies.push(format!("<img src=x alt=\"{}\">", "&".repeat(4_000)).repeat(n / 1_000));
    for body in bodies {
        for format in [BodyFormat::Html, BodyFormat::Markdown] {
            let start = Instant::now();
            let page = render(format, &body);
            let name: String = body.chars().take(20).collect();
            let time = start.elapsed();
            println!("{name:20} {format:?} {time:?} {}", page.html.len());
            assert!(time < LIMIT, "{name} {format:?} {time:?}");
        }
    }
}

/// Checks with a parser of its own that HTML holds only what is allowed.
pub fn assert_clean(html: &str) {
    let fragment = Html::parse_fragment(html);
    for node in fragment.tree.nodes() {
        assert!(!node.value().is_comment(), "comment in {html}");
        let Some(element) = node.value().as_element() else {
            continue;
        };
        let name = element.name();
        assert_eq!(
            &*element.name.ns, "http://www.w3.org/1999/xhtml",
            "{name} in {html}"
        );
        if matches!(name, "html" | "body") {
            assert!(!html.contains(&format!("<{name}"))); // the parser's own
            continue;
        }
        assert!(
            name != "h1" && allowed::element(name).is_some(),
            "{name} in {html}"
        );
        for (attribute, value) in element.attrs() {
            let heading = matches!(name, "h2" | "h3" | "h4" | "h5" | "h6");
            let made = heading && attribute == "id" || name == "a" && attribute == "rel";
            let listed = allowed::attributes(name).contains(&attribute)
                || allowed::GLOBAL_ATTRIBUTES.contains(&attribute);
            assert!(made || listed, "{name} {attribute} in {html}");
            if matches!(attribute, "href" | "src" | "cite") {
                // As a browser reads it: without line ends and tabs, without blanks at the ends.
                let mut url: String = value.chars().filter(|c| !"\t\n\r".contains(*c)).collect();
                url = url.trim_matches(|c: char| c <= ' ').to_lowercase();
                for scheme in ["javascript:", "data:", "vbscript:", "file:", "blob:"] {
                    assert!(!url.starts_with(scheme), "{value} in {html}");
                }
            }
        }
    }
}

const NASTY: &[&str] = &[
    "<svg>",
    "<svg/>",
    "</svg>",
    "<style>",
    "</style>",
    "<math>",
    "<mtext>",
    "<mglyph>",
    "</math>",
    "<annotation-xml encoding=text/html>",
    "<foreignObject>",
    "<desc>",
    "javascript:",
    "alert(1)",
    "<a href=\"&#106;avascript:",
    "<a href=\"java\tscript:x\">",
    "<a href='//e.org/x'>",
    "<a href=#a>",
    "<a href=\"data:text/html,<script>\">",
    "</a>",
    "<img src=x onerror=alert(1)>",
    "<img src='",
    "]]>",
    "<![CDATA[",
    "<template>",
    "</template>",
    "<template shadowrootmode=open>",
    "<script>",
    "</script>",
    "<noscript>",
    "</noscript>",
    "<textarea>",
    "</textarea>",
    "<title>",
    "<xmp>",
    "<plaintext>",
    "<iframe srcdoc='",
    "<select>",
    "<option>",
    "<form>",
    "<input>",
    "<button>",
    "<object>",
    "<table>",
    "</table>",
    "<caption>",
    "<colgroup>",
    "<col>",
    "<tr>",
    "</tr>",
    "<td>",
    "</td>",
    "<th>",
    "<tbody>",
    "<thead>",
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<b>",
    "</b>",
    "<i class=x id=y>",
    "</i>",
    "<a>",
    "<ul>",
    "<li>",
    "</li>",
    "</ul>",
    "<dl>",
    "<dt>",
    "<dd>",
    "<pre>",
    "</pre>",
    "<code class=language-a>",
    "</code>",
    "<h1>",
    "</h1>",
    "<h2>",
    "</h2>",
    "<h3 id=x>",
    "<details open>",
    "<summary>",
    "<section>",
    "<section class=footnotes>",
    "</section>",
    "<li id=fn-1>",
    "<a id=fnref-1 href=#fn-1>",
    "<sup class=footnote-ref>",
    "</sup>",
    "<a class=footnote-backref href=#fnref-1>",
    "<blockquote>",
    "</blockquote>",
    "<figure>",
    "<figcaption>",
    "</figure>",
    "<!--",
    "-->",
    "--!>",
    "<!",
    "<?",
    "<",
    ">",
    "\"",
    "'",
    "/",
    "=",
    "&",
    "&lt;",
    "&lt",
    "&#60;script&#62;",
    "&#13;",
    "&#10;",
    "&#0;",
    "&#1;",
    "&nbsp;",
    "\0",
    "\r\n",
    "\n",
    "\n\n",
    "\t",
    " ",
    "\u{c}",
    "a",
    "b c",
    "é",
    "中文",
    "🎉",
    "# ",
    "## ",
    "- ",
    "> ",
    "    ",
    "`",
    "```\n",
    "*",
    "**",
    "~~",
    "|",
    "\n|-|\n",
    "[^1]",
    "\n[^1]: ",
    "[",
    "](",
    "]: ",
    "![",
    ")",
    "<http://a.b>",
    "<javascript:x>",
    "www.a.b",
    "<br>",
    "</br>",
    "<hr>",
    "<font>",
    "<nobr>",
    "<base href=x>",
    "<body onload=x>",
    "<html>",
    "<head>",
    "<frameset>",
    "<math><mtext><table><mglyph><style>",
    "on=",
    "<p a=\"",
    "<q cite='javascript:x'>",
    "</q>",
    "<image src=x>",
    "<marquee>",
    "<ruby>",
    "<rt>",
    "<center>",
];

proptest! {
    #[test]
    fn nothing_nasty_comes_through(
        pieces in prop::collection::vec(prop::sample::select(NASTY), 0..40),
        is_markdown in any::<bool>(),
    ) {
        let format = if is_markdown { BodyFormat::Markdown } else { BodyFormat::Html };
        let page = render(format, &pieces.concat());
        assert_clean(&page.html);
        let again = render(BodyFormat::Html, &page.html);
        prop_assert_eq!(&again.html, &page.html);
        prop_assert_eq!(again.outline, page.outline);
        prop_assert_eq!(again.text, page.text);
    }
}
