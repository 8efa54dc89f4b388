//! From the source of an article body to everything derived from it.

pub use super::annotate::Heading;
use super::{annotate, count, escape, markdown, sanitise, tidy};

/// The language in which an article body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFormat {
    /// CommonMark with GitHub's tables, strikethrough, footnotes and bare links. Raw HTML inside
    /// is allowed, and cleaned like any other.
    Markdown,
    /// A fragment of HTML, such as a rich-text editor writes.
    Html,
}

/// The data derived from the source of a body.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// Sanitised HTML, safe to place in a page as it stands. Rendering it again as
    /// [`BodyFormat::Html`] gives the same HTML.
    pub html: String,
    /// Plain text: blocks parted by a blank line, table cells by a tab; white space collapsed
    /// except in code; without images, footnote marks and the arrows back to them.
    pub text: String,
    /// Every heading, in order.
    pub outline: Vec<Heading>,
    /// Words of `text` (UAX #29). A Han, Hiragana or Katakana character counts as a word.
    pub word_count: u32,
    /// Whole minutes, rounded up; 0 only where there is nothing to read or see.
    pub reading_minutes: u32,
}

/// Renders the source of a body. Any input is accepted: what is not understood stays as text, what
/// is not allowed is left out.
///
/// Time and memory grow in proportion to the length of `source`. Elements nested more than 100
/// deep lose their tags and keep their text.
pub fn render(format: BodyFormat, source: &str) -> Rendered {
    let source = escape::without_controls(source);
    let tidied = match format {
        BodyFormat::Markdown => tidy::tidy(&markdown::to_html(&source)),
        BodyFormat::Html => tidy::tidy(&source),
    };
    let page = annotate::annotate(&sanitise::sanitise(&tidied));
    let words = count::count(&page.text);
    let empty = page.text.is_empty() && !page.has_image;
    Rendered {
        word_count: words.total(),
        reading_minutes: if empty { 0 } else { words.minutes().max(1) },
        html: page.html,
        text: page.text,
        outline: page.outline,
    }
}
