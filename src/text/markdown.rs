//! Markdown to HTML.

use comrak::Options;

/// CommonMark 0.31 with GitHub's tables, strikethrough, footnotes and bare links, as HTML. Raw HTML
/// and links of any scheme pass: the caller sanitises.
pub fn to_html(source: &str) -> String {
    let mut options = Options::default();
    options.extension.autolink = true;
    options.extension.footnotes = true;
    options.extension.strikethrough = true;
    options.extension.table = true;
    // Else `**“中文”**字` stays unemphasised: Chinese and Japanese put no space around words.
    options.extension.cjk_friendly_emphasis = true;
    options.render.r#unsafe = true;
    comrak::markdown_to_html(source, &options)
}
