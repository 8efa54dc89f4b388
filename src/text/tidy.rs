//! From any HTML to balanced, shallow HTML of allowed elements.
//!
//! A parser that follows the HTML standard takes quadratic time and memory, or worse, on hostile
//! input: it looks through every open element at each tag, and opens unclosed `<b>`s anew in each
//! paragraph. This pass goes before it and leaves it nothing to repair: every element is closed
//! where it belongs, nothing is nested deeper than [`MAX_DEPTH`], and its own look-ups are bounded
//! by that depth. It follows the standard's rules for tags left out (`<p>a<p>b`, `<li>a<li>b`, table
//! parts), turns the text of page containers (`<div>` …) into paragraphs, and drops scripts, drawings
//! and the like with their content.

use std::fmt::Write;

use super::allowed::{self, Kind};
use super::escape;
use super::tokens::{Tag, Token, tokens};

mod tables;

/// How many elements may be open at once. Tags beyond it are left out, their text is kept.
pub const MAX_DEPTH: usize = 100;

/// Elements that go with everything inside them.
const DROPPED: [&str; 20] = [
    "applet",
    "audio",
    "canvas",
    "datalist",
    "iframe",
    "math",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "plaintext",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "video",
    "xmp",
];

/// Elements that vanish but part what is before, in and after them. Other unknown elements vanish
/// without a trace.
const CONTAINERS: [&str; 20] = [
    "address", "article", "aside", "body", "center", "dialog", "dir", "div", "fieldset", "footer",
    "form", "header", "hgroup", "html", "legend", "main", "menu", "nav", "search", "section",
];

/// The longest value of an attribute in bytes; longer ones are left out with their attribute.
const MAX_VALUE: usize = 4096;

const HEADINGS: [&str; 6] = ["h1", "h2", "h3", "h4", "h5", "h6"];
const CELLS: [&str; 3] = ["caption", "td", "th"];
const SECTIONS: [&str; 3] = ["tbody", "tfoot", "thead"];
/// Where a paragraph must be made for loose text of a container.
const HOLDS_BLOCKS: [&str; 8] = [
    "blockquote",
    "dd",
    "details",
    "figure",
    "li",
    "section",
    "td",
    "th",
];

/// Tidies HTML that went through [`escape::without_controls`]. Safe only after `sanitise`.
pub fn tidy(html: &str) -> String {
    let mut tidy = Tidy {
        out: String::with_capacity(html.len()),
        ..Tidy::default()
    };
    for token in tokens(html) {
        match token {
            Token::Text(text) => tidy.text(text),
            Token::Start(tag) => tidy.start(&tag),
            Token::End(name) => tidy.end(&name),
        }
    }
    tidy.close_to(0);
    tidy.out
}

#[derive(Clone, Copy, PartialEq)]
struct Open {
    name: &'static str,
    kind: Kind,
    /// Containers are kept on the stack, but not written.
    shown: bool,
}

impl Open {
    fn is_one_of(&self, names: &[&str]) -> bool {
        self.shown && names.contains(&self.name)
    }
}

#[derive(Default)]
struct Tidy {
    out: String,
    stack: Vec<Open>,
    /// Elements opened beyond [`MAX_DEPTH`] and not yet closed.
    overflow: usize,
    /// The dropped element we are in, and how deep in elements of its name.
    dropped: Option<(&'static str, usize)>,
}

impl Tidy {
    fn text(&mut self, text: &str) {
        if self.dropped.is_some() {
            return;
        }
        if !text
            .trim_matches(|c: char| c.is_ascii_whitespace())
            .is_empty()
        {
            self.inline_context();
        }
        escape::push_text(&mut self.out, text);
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let name = tag.name.as_str();
        if let Some((dropped, depth)) = &mut self.dropped {
            if *dropped == name && !tag.self_closing {
                *depth += 1;
            }
            return;
        }
        if let Some(dropped) = DROPPED.iter().find(|n| **n == name) {
            if !(tag.self_closing && matches!(name, "svg" | "math")) {
                self.dropped = Some((dropped, 1));
            }
            return;
        }
        let is_section =
            name != "section" || tag.attribute("class").is_some_and(allowed::is_of_footnotes);
        match allowed::element(name).filter(|_| is_section) {
            Some((name, kind)) => self.start_element(name, kind, tag),
            None => {
                if let Some(name) = CONTAINERS.iter().find(|n| **n == name) {
                    self.close_paragraph();
                    self.part();
                    self.push(
                        Open {
                            name,
                            kind: Kind::Block,
                            shown: false,
                        },
                        None,
                    );
                }
            }
        }
    }

    fn start_element(&mut self, name: &'static str, kind: Kind, tag: &Tag<'_>) {
        match (kind, name) {
            (Kind::Void, "hr") => {
                self.close_paragraph();
                self.block_context();
                self.write_tag(name, Some(tag));
            }
            (Kind::Void, "col") => self.table_part(name, kind, tag),
            (Kind::Void, _) => {
                self.inline_context();
                self.write_tag(name, Some(tag));
            }
            (Kind::Inline, "a") => self.link(tag),
            (Kind::Inline, _) => {
                self.inline_context();
                self.push(
                    Open {
                        name,
                        kind,
                        shown: true,
                    },
                    Some(tag),
                );
            }
            (Kind::Block, "caption" | "colgroup" | "tr" | "td" | "th") => {
                self.table_part(name, kind, tag);
            }
            (Kind::Block, _) if SECTIONS.contains(&name) => self.table_part(name, kind, tag),
            (Kind::Block, _) => self.block(name, kind, tag),
        }
    }

    fn block(&mut self, name: &'static str, kind: Kind, tag: &Tag<'_>) {
        match name {
            "li" => self.close_item(&["li"]),
            "dd" | "dt" => self.close_item(&["dd", "dt"]),
            _ => {}
        }
        self.close_paragraph();
        if HEADINGS.contains(&name) {
            self.close_in_cell(&HEADINGS);
        }
        self.block_context();
        if name == "table" && self.stack.len() + 4 > MAX_DEPTH {
            self.overflow += 1; // a table needs room for its parts
            return;
        }
        self.push(
            Open {
                name,
                kind,
                shown: true,
            },
            Some(tag),
        );
    }

    /// Links do not nest. One left open ends where the next begins.
    fn link(&mut self, tag: &Tag<'_>) {
        if tag.attribute("href").is_none() && tag.attribute("id").is_none() {
            return;
        }
        if let Some(at) = self.stack.iter().position(|open| open.is_one_of(&["a"])) {
            if self
                .stack
                .iter()
                .skip(at)
                .any(|open| open.kind != Kind::Inline)
            {
                return;
            }
            self.close_to(at);
        }
        self.inline_context();
        self.push(
            Open {
                name: "a",
                kind: Kind::Inline,
                shown: true,
            },
            Some(tag),
        );
    }

    fn end(&mut self, name: &str) {
        if let Some((dropped, depth)) = &mut self.dropped {
            if *dropped == name {
                *depth -= 1;
                if *depth == 0 {
                    self.dropped = None;
                }
            }
            return;
        }
        let element = allowed::element(name);
        let container = CONTAINERS.contains(&name);
        if element.is_none() && !container || matches!(element, Some((_, Kind::Void))) {
            return;
        }
        if self.overflow > 0 {
            self.overflow -= 1;
            return;
        }
        let is_heading = HEADINGS.contains(&name);
        let name = element.map_or(name, |(name, _)| name);
        let inline = matches!(element, Some((_, Kind::Inline)));
        for (at, open) in self.stack.iter().enumerate().rev() {
            if open.name == name || is_heading && open.is_one_of(&HEADINGS) {
                self.close_to(at);
                return;
            }
            if inline && open.kind != Kind::Inline || is_barrier(name, open) {
                return;
            }
        }
    }

    /// Where text or an inline element is about to come: makes the cell or paragraph it needs.
    fn inline_context(&mut self) {
        self.block_context();
        let loose = self.stack.last().is_some_and(|open| !open.shown);
        let holder = self.stack.iter().rfind(|open| open.shown);
        if loose && holder.is_none_or(|open| open.is_one_of(&HOLDS_BLOCKS)) {
            self.push_implied("p");
        }
    }

    fn push_implied(&mut self, name: &'static str) {
        if self.stack.len() < MAX_DEPTH {
            self.push(
                Open {
                    name,
                    kind: Kind::Block,
                    shown: true,
                },
                None,
            );
        }
    }

    /// Ends an open list item, where a new one begins in the same list.
    fn close_item(&mut self, items: &[&str]) {
        for (at, open) in self.stack.iter().enumerate().rev() {
            if open.is_one_of(items) {
                self.close_to(at);
                return;
            }
            let is_block = open.shown && open.kind == Kind::Block && open.name != "p";
            if is_block {
                return;
            }
        }
    }

    fn close_paragraph(&mut self) {
        self.close_in_cell(&["p"]);
    }

    /// Ends the innermost open element of these names, within the current table cell.
    fn close_in_cell(&mut self, names: &[&str]) {
        for (at, open) in self.stack.iter().enumerate().rev() {
            if open.is_one_of(names) {
                self.close_to(at);
                return;
            }
            if open.is_one_of(&CELLS) || open.is_one_of(&["table"]) {
                return;
            }
        }
    }

    fn push(&mut self, open: Open, tag: Option<&Tag<'_>>) {
        if self.stack.len() >= MAX_DEPTH {
            self.overflow += 1;
            return;
        }
        self.stack.push(open);
        if open.shown {
            self.write_tag(open.name, tag);
        }
    }

    /// Ends elements until `depth` are left.
    fn close_to(&mut self, depth: usize) {
        while self.stack.len() > depth {
            let Some(open) = self.stack.pop() else { return };
            if open.shown {
                let _ = write!(self.out, "</{}>", open.name);
            } else {
                self.part();
            }
        }
    }

    /// Keeps the words on both sides of a vanished tag apart.
    fn part(&mut self) {
        if self
            .out
            .ends_with(|c: char| !c.is_ascii_whitespace() && c != '>')
        {
            self.out.push('\n');
        }
    }

    /// Writes a start tag with its allowed attributes, each once.
    fn write_tag(&mut self, name: &str, tag: Option<&Tag<'_>>) {
        let _ = write!(self.out, "<{name}");
        let lists = [allowed::GLOBAL_ATTRIBUTES, allowed::attributes(name)];
        let mut seen = Vec::new();
        for (attribute, value) in tag.map_or(&[][..], |tag| &tag.attributes) {
            let known = lists.iter().copied().flatten();
            let found = known
                .copied()
                .find(|known| known.eq_ignore_ascii_case(attribute));
            let Some(attribute) = found.filter(|attribute| !seen.contains(attribute)) else {
                continue;
            };
            if value.len() > MAX_VALUE {
                continue;
            }
            seen.push(attribute);
            let _ = write!(self.out, " {attribute}=\"");
            escape::push(&mut self.out, value);
            self.out.push('"');
        }
        self.out.push('>');
    }
}

/// Whether the end tag of `name` cannot reach what is outside the element `open`.
fn is_barrier(name: &str, open: &Open) -> bool {
    match name {
        "table" => open.is_one_of(&["table"]),
        "caption" | "colgroup" | "tr" | "td" | "th" => open.is_one_of(&["table"]),
        name if SECTIONS.contains(&name) => open.is_one_of(&["table"]),
        "li" => open.is_one_of(&CELLS) || open.is_one_of(&["ul", "ol"]),
        "dd" | "dt" => open.is_one_of(&CELLS) || open.is_one_of(&["dl"]),
        _ => open.is_one_of(&CELLS),
    }
}
