//! The last pass over sanitised HTML: anchors for the headings, `rel` for links to elsewhere; and
//! out of the same pass the outline and the plain text.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::allowed;
use super::plain::{Gap, Plain};
use super::slug::slugify;
use super::tokens::{Tag, Token, tokens};

/// The anchor of a heading whose text gives none.
const NAMELESS: &str = "section";

/// A sub-heading of an article: an entry of its table of contents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heading {
    /// 2 to 6, as in `h2` to `h6`; 1 belongs to the headline of the page.
    pub level: u8,
    /// The words of the heading, without markup and footnote marks; may be empty.
    pub text: String,
    /// The heading's `id` in the HTML: unique within the article, and made from the heading's
    /// own text alone, so that a link to it outlives changes to the paragraphs.
    pub anchor: String,
}

/// The result of `annotate`.
#[derive(Debug, Default)]
pub struct Page {
    /// The HTML, finished.
    pub html: String,
    /// The plain text.
    pub text: String,
    /// Every heading, in order.
    pub outline: Vec<Heading>,
    /// Whether there is an image.
    pub has_image: bool,
}

/// Finishes HTML that comes from `sanitise`.
///
/// Where the body has an `h1`, every heading goes down a level (an `h6` stays), since the `h1` of a
/// page is its headline.
pub fn annotate(sanitised: &str) -> Page {
    // A line end written as an entity. Other control characters become visible: removing them here
    // could put together what the sanitiser saw apart.
    let html = sanitised.replace('\r', "\n");
    let html = html.replace(is_stray_control, "\u{FFFD}");
    let has_h1 = tokens(&html).any(|t| matches!(t, Token::Start(tag) if tag.name == "h1"));
    let mut pass = Pass {
        shift: u8::from(has_h1),
        ..Pass::default()
    };
    pass.page.html.reserve(html.len());
    for token in tokens(&html) {
        match token {
            Token::Text(text) => pass.text(text),
            Token::Start(tag) => pass.start(&tag),
            Token::End(name) => pass.end(&name),
        }
    }
    let end = pass.page.html.trim_end().len();
    pass.page.html.truncate(end);
    pass.page.text = pass.plain.finish();
    pass.page
}

fn is_stray_control(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t' && c != '\u{85}'
}

#[derive(Default)]
struct Pass {
    page: Page,
    plain: Plain,
    anchors: Anchors,
    /// Levels by which headings go down.
    shift: u8,
    heading: Option<OpenHeading>,
    /// In code blocks white space counts.
    in_pre: usize,
    /// Just after `<pre>`, where parsers swallow a line feed.
    after_pre: bool,
    /// In a link that lost its target: its tags are left out.
    in_bare_link: bool,
    /// The footnote mark we are in, and how deep in elements of its name.
    mark: Option<(&'static str, usize)>,
    footnote_ids: HashSet<String>,
}

struct OpenHeading {
    level: u8,
    text: Plain,
    /// Where the `id` goes in the HTML.
    at: usize,
}

impl Pass {
    fn text(&mut self, escaped: &str) {
        if self.after_pre && escaped.starts_with('\n') {
            self.page.html.push('\n');
        }
        self.after_pre = false;
        self.page.html.push_str(escaped);
        if self.mark.is_some() {
            return;
        }
        let text = unescape(escaped);
        if let Some(heading) = &mut self.heading {
            heading.text.words(&text);
        }
        if self.in_pre > 0 {
            self.plain.exactly(&text);
        } else {
            self.plain.words(&text);
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let class = tag.attribute("class");
        match tag.name.as_str() {
            "img" if tag.attribute("src").is_none() => return,
            "img" => self.page.has_image = true,
            // Without a target, and without an id that is its own.
            "a" if tag.attribute("href").is_none()
                && tag
                    .attribute("id")
                    .is_none_or(|id| self.footnote_ids.contains(id)) =>
            {
                self.in_bare_link = true;
                return;
            }
            "pre" => self.in_pre += 1,
            _ => {}
        }
        self.after_pre = tag.name == "pre";
        self.gap_around(&tag.name);
        match (&mut self.mark, tag.name.as_str()) {
            (Some((mark, depth)), name) if *mark == name => *depth += 1,
            (Some(_), _) => {}
            (None, "sup") if class == Some(allowed::FOOTNOTE_REF) => self.mark = Some(("sup", 1)),
            (None, "a") if class == Some(allowed::FOOTNOTE_BACKREF) => self.mark = Some(("a", 1)),
            (None, _) => {}
        }
        if let Some(level) = self.level(&tag.name) {
            self.page.html.push_str(&format!("<h{level}"));
            let at = self.page.html.len();
            self.heading = Some(OpenHeading {
                level,
                text: Plain::default(),
                at,
            });
        } else {
            self.page.html.push('<');
            self.page.html.push_str(&tag.name);
        }
        self.attributes(tag);
        self.page.html.push('>');
    }

    fn attributes(&mut self, tag: &Tag<'_>) {
        for &(name, value) in &tag.attributes {
            if name == "id" && !self.footnote_ids.insert(value.to_owned()) {
                continue;
            }
            self.page.html.push_str(&format!(" {name}=\"{value}\""));
        }
        if tag.name == "a" && tag.attribute("href").is_some_and(is_absolute) {
            self.page.html.push_str(" rel=\"noopener noreferrer\"");
        }
    }

    fn end(&mut self, name: &str) {
        if name == "a" && std::mem::take(&mut self.in_bare_link) {
            return;
        }
        self.after_pre = false;
        if let Some((mark, depth)) = &mut self.mark
            && *mark == name
        {
            *depth -= 1;
            if *depth == 0 {
                self.mark = None;
            }
        }
        if name == "pre" {
            self.in_pre = self.in_pre.saturating_sub(1);
        }
        self.gap_around(name);
        match self.level(name) {
            Some(level) => {
                self.close_heading();
                self.page.html.push_str(&format!("</h{level}>"));
            }
            None => self.page.html.push_str(&format!("</{name}>")),
        }
    }

    fn close_heading(&mut self) {
        let Some(OpenHeading { level, text, at }) = self.heading.take() else {
            return;
        };
        let text = text.finish();
        let anchor = self.anchors.next(&text);
        // Costs the length of the heading: it is the end of the HTML so far.
        self.page.html.insert_str(at, &format!(" id=\"{anchor}\""));
        self.page.outline.push(Heading {
            level,
            text,
            anchor,
        });
    }

    /// The level a heading has in the end, for `h1` to `h6`.
    fn level(&self, name: &str) -> Option<u8> {
        let level: u8 = name.strip_prefix('h')?.parse().ok()?;
        Some((level + self.shift).clamp(2, 6))
    }

    fn gap_around(&mut self, name: &str) {
        let gap = match name {
            "td" | "th" => Gap::Tab,
            "br" | "dd" | "dt" | "li" | "summary" | "tr" => Gap::Line,
            name if is_block(name) => Gap::Blank,
            _ => return,
        };
        self.plain.gap(gap);
        if let Some(heading) = &mut self.heading {
            heading.text.gap(Gap::Space);
        }
    }
}

fn is_block(name: &str) -> bool {
    // `thead`, `tbody` and `tfoot` are blocks too, but their rows follow one another.
    let table_part = matches!(name, "tbody" | "tfoot" | "thead" | "col" | "colgroup");
    let kind = allowed::element(name).map(|(_, kind)| kind);
    name == "hr" || kind == Some(allowed::Kind::Block) && !table_part
}

/// Whether a URL names a host or a scheme. `href` values here have only allowed schemes.
fn is_absolute(url: &str) -> bool {
    let url = url.trim_start();
    let scheme = url.split_once(':').is_some_and(|(scheme, _)| {
        let rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(rest)
    });
    scheme || url.starts_with("//")
}

/// Undoes the escapes that ammonia writes.
fn unescape(text: &str) -> String {
    let text = text
        .replace("&nbsp;", "\u{A0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">");
    text.replace("&amp;", "&")
}

/// Gives out the anchors of one page.
#[derive(Default)]
struct Anchors {
    taken: HashSet<String>,
    /// The last number given to a base, so that many equal headings cost no more than different ones.
    last: HashMap<String, u32>,
}

impl Anchors {
    /// The anchor of a heading with this text: its slug, and a number from the second on.
    fn next(&mut self, text: &str) -> String {
        let mut base = slugify(text).unwrap_or_else(|| NAMELESS.to_owned());
        if base.starts_with(allowed::FOOTNOTE_ID) || base.starts_with(allowed::FOOTNOTE_REF_ID) {
            base = format!("{NAMELESS}-{base}");
        }
        let last = self.last.entry(base.clone()).or_insert(0);
        loop {
            *last += 1;
            let anchor = if *last == 1 {
                base.clone()
            } else {
                format!("{base}-{last}")
            };
            if self.taken.insert(anchor.clone()) {
                return anchor;
            }
        }
    }
}
