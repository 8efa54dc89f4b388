//! Article bodies: whatever is written, nothing comes out that runs, and rendering what came out
//! changes nothing.
//!
//! The first character says how it is read: `h` is HTML, everything else Markdown. What came out is
//! put into a page, which is read as browsers read pages, by a list of its own.

use masthead::text::body::{BodyFormat, render};
use scraper::{ElementRef, Html, Selector};
use url::Url;

/// What may stand in a body, and what else may never be there: this list is not that of the
/// product, which could be wrong.
const ELEMENTS: &str = " a abbr b blockquote br caption cite code col colgroup dd del details dl dt \
    em figcaption figure h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp section small \
    strong sub summary sup table tbody td tfoot th thead time tr u ul var ";
const ATTRIBUTES: &str = " align alt aria-label cite class colspan data-footnote-backref \
    data-footnote-backref-idx data-footnote-ref data-footnotes datetime dir height href id lang \
    loading open rel rowspan scope span src start title width ";
const ADDRESSES: &str = " cite href src ";

fn is_in(list: &str, name: &str) -> bool {
    list.contains(&format!(" {name} "))
}

/// Whether following it leads to a page, a picture, a letter or a call, and to nothing that runs.
fn is_harmless(address: &str) -> bool {
    let page = Url::parse("https://news.example.org/2026/harbour").expect("an address");
    match page.join(address) {
        Ok(url) => matches!(url.scheme(), "http" | "https" | "mailto" | "tel"),
        // Nothing that can be followed.
        Err(_) => true,
    }
}

fn check_element(html: &str, element: ElementRef<'_>) {
    let name = element.value().name();
    let namespace = &*element.value().name.ns;
    assert_eq!(
        namespace, "http://www.w3.org/1999/xhtml",
        "{name} in {html}"
    );
    assert!(is_in(ELEMENTS, name), "{name} in {html}");
    for (attribute, value) in element.value().attrs() {
        assert!(is_in(ATTRIBUTES, attribute), "{attribute} in {html}");
        assert!(!value.contains('\0'), "{html}");
        if is_in(ADDRESSES, attribute) {
            assert!(is_harmless(value), "{value} in {html}");
        }
        if attribute == "href" && value.contains("//") && !value.starts_with('/') {
            let rel = element.value().attr("rel").unwrap_or_default();
            assert!(
                rel.contains("noopener") || !value.starts_with("http"),
                "{html}"
            );
        }
    }
}

/// Reads a page with the body in the middle: all of it has to stay there.
fn check_page(html: &str) {
    let page = format!(
        "<!doctype html><html><head><title>t</title></head><body><main><article>{html}</article>\
         </main><footer>end</footer></body></html>"
    );
    let page = Html::parse_document(&page);
    let nodes = page.tree.nodes();
    assert!(
        nodes.into_iter().all(|node| !node.value().is_comment()),
        "a comment in {html}"
    );
    let all = Selector::parse("article *").expect("a selector");
    for element in page.select(&all) {
        check_element(html, element);
    }
    let around = Selector::parse(":not(article *)").expect("a selector");
    let around: Vec<&str> = page
        .select(&around)
        .map(|element| element.value().name())
        .collect();
    assert_eq!(
        around,
        ["html", "head", "title", "body", "main", "article", "footer"],
        "it got out of its place: {html}"
    );
}

/// Checks one input.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let format = match text.starts_with('h') {
        true => BodyFormat::Html,
        false => BodyFormat::Markdown,
    };
    let source: String = text.chars().skip(1).collect();
    let page = render(format, &source);
    check_page(&page.html);
    let again = render(BodyFormat::Html, &page.html);
    assert_eq!(again.html, page.html, "of {source:?}");
    assert_eq!(again.outline, page.outline, "of {source:?}");
    assert_eq!(again.text, page.text, "of {source:?}");
    assert_eq!(again.word_count, page.word_count, "of {source:?}");
    let mut anchors: Vec<&str> = page.outline.iter().map(|one| &*one.anchor).collect();
    anchors.sort_unstable();
    anchors.dedup();
    assert_eq!(anchors.len(), page.outline.len(), "anchors are unique");
    assert!(page.outline.iter().all(|one| (2..=6).contains(&one.level)));
}
