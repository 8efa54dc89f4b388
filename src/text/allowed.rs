//! The elements and attributes allowed in an article body, in one list.

/// An allowed element and how it takes part in the structure of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Runs within a line.
    Inline,
    /// A block of its own.
    Block,
    /// Has no content and no end tag.
    Void,
}

/// Allowed elements. `h1` is let in only to be made an `h2` (see `annotate`).
pub const ELEMENTS: &[(&str, Kind)] = &[
    ("a", Kind::Inline),
    ("abbr", Kind::Inline),
    ("b", Kind::Inline),
    ("cite", Kind::Inline),
    ("code", Kind::Inline),
    ("del", Kind::Inline),
    ("em", Kind::Inline),
    ("i", Kind::Inline),
    ("ins", Kind::Inline),
    ("kbd", Kind::Inline),
    ("mark", Kind::Inline),
    ("q", Kind::Inline),
    ("s", Kind::Inline),
    ("samp", Kind::Inline),
    ("small", Kind::Inline),
    ("strong", Kind::Inline),
    ("sub", Kind::Inline),
    ("sup", Kind::Inline),
    ("time", Kind::Inline),
    ("u", Kind::Inline),
    ("var", Kind::Inline),
    ("br", Kind::Void),
    ("col", Kind::Void),
    ("hr", Kind::Void),
    ("img", Kind::Void),
    ("blockquote", Kind::Block),
    ("caption", Kind::Block),
    ("colgroup", Kind::Block),
    ("dd", Kind::Block),
    ("details", Kind::Block),
    ("dl", Kind::Block),
    ("dt", Kind::Block),
    ("figcaption", Kind::Block),
    ("figure", Kind::Block),
    ("h1", Kind::Block),
    ("h2", Kind::Block),
    ("h3", Kind::Block),
    ("h4", Kind::Block),
    ("h5", Kind::Block),
    ("h6", Kind::Block),
    ("li", Kind::Block),
    ("ol", Kind::Block),
    ("p", Kind::Block),
    ("pre", Kind::Block),
    ("section", Kind::Block),
    ("summary", Kind::Block),
    ("table", Kind::Block),
    ("tbody", Kind::Block),
    ("td", Kind::Block),
    ("tfoot", Kind::Block),
    ("th", Kind::Block),
    ("thead", Kind::Block),
    ("tr", Kind::Block),
    ("ul", Kind::Block),
];

/// Attributes allowed on every element; their values are held to a form.
pub const GLOBAL_ATTRIBUTES: &[&str] = &["dir", "lang"];

/// The entry of [`ELEMENTS`] for a name in lower case. Old names become their successors.
pub fn element(name: &str) -> Option<(&'static str, Kind)> {
    let name = match name {
        "strike" => "s",
        "tt" => "code",
        name => name,
    };
    ELEMENTS.iter().find(|(n, _)| *n == name).copied()
}

/// Attributes allowed on an element beside the [`GLOBAL_ATTRIBUTES`].
pub fn attributes(element: &str) -> &'static [&'static str] {
    match element {
        // The id, class and data-* attributes are those of footnotes.
        "a" => &[
            "aria-label",
            "class",
            "data-footnote-backref",
            "data-footnote-backref-idx",
            "data-footnote-ref",
            "href",
            "id",
            "title",
        ],
        "abbr" => &["title"],
        "blockquote" | "q" => &["cite"],
        "code" | "pre" | "sup" => &["class"],
        "col" | "colgroup" => &["align", "span"],
        "del" | "ins" => &["cite", "datetime"],
        "details" => &["open"],
        "img" => &["alt", "height", "loading", "src", "title", "width"],
        "li" => &["id"],
        "ol" => &["start"],
        "section" => &["class", "data-footnotes"],
        "table" | "thead" | "tbody" | "tfoot" | "tr" => &["align"],
        "td" => &["align", "colspan", "rowspan"],
        "th" => &["align", "colspan", "rowspan", "scope"],
        "time" => &["datetime"],
        _ => &[],
    }
}

/// Schemes allowed in URLs. Relative URLs stay as they are.
pub const URL_SCHEMES: &[&str] = &["http", "https", "mailto", "tel"];

/// The class of the section that holds the footnotes.
pub const FOOTNOTES: &str = "footnotes";
/// Whether a `class`, as written, has that of footnotes among its names: no other section may stay.
pub fn is_of_footnotes(class: &str) -> bool {
    class.split_ascii_whitespace().any(|name| name == FOOTNOTES)
}

/// The class of a footnote's number in the text.
pub const FOOTNOTE_REF: &str = "footnote-ref";
/// The class of the link from a footnote back to the text.
pub const FOOTNOTE_BACKREF: &str = "footnote-backref";
/// How the id of a footnote begins.
pub const FOOTNOTE_ID: &str = "fn-";
/// How the id of a reference to a footnote begins.
pub const FOOTNOTE_REF_ID: &str = "fnref-";
