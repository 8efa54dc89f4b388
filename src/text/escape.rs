//! Writing text and attribute values into HTML that is yet to be parsed.

use std::borrow::Cow;

/// Text is broken by an empty comment after this many bytes, for the parser copies all the text it
/// has since the last tag whenever it meets a character reference. The sanitiser removes comments.
const TEXT_PIECE: usize = 1024;

/// Removes control characters other than tab and line feed, and makes every line end a line feed.
pub fn without_controls(source: &str) -> Cow<'_, str> {
    let is_kept = |c: char| !c.is_control() || c == '\n' || c == '\t' || c == '\u{85}';
    if source.chars().all(is_kept) {
        return Cow::Borrowed(source);
    }
    let mut out = source.replace("\r\n", "\n").replace(['\r', '\u{c}'], "\n");
    out.retain(is_kept);
    Cow::Owned(out)
}

/// Appends text between tags; see [`push`].
pub fn push_text(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| *at >= TEXT_PIECE)
    {
        let (piece, after) = rest.split_at(at);
        // Not within a reference.
        let (piece, after) = match piece.rfind('&').filter(|amp| at - amp < 33 && *amp > 0) {
            Some(amp) => rest.split_at(amp),
            None => (piece, after),
        };
        push(out, piece);
        out.push_str("<!---->");
        rest = after;
    }
    push(out, rest);
}

/// Writes text so that it stays text: a `<` left as it is could join what follows a tag that is
/// left out, and a run of stray `&` costs the parser quadratic time.
pub fn push(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '"', '&']) {
        let (before, special) = rest.split_at(at);
        out.push_str(before);
        out.push_str(match special.as_bytes().first() {
            Some(b'<') => "&lt;",
            Some(b'"') => "&quot;",
            _ if is_reference(special) => "&",
            _ => "&amp;",
        });
        rest = special.get(1..).unwrap_or("");
    }
    out.push_str(rest);
}

/// Whether text begins with a character reference, such as `&eacute;` or `&#233;`. Those without the
/// semicolon are taken for text.
fn is_reference(text: &str) -> bool {
    let Some(name) = text.strip_prefix('&') else {
        return false;
    };
    // The longest name has 31 characters.
    let Some(end) = name.bytes().take(32).position(|b| b == b';') else {
        return false;
    };
    let name = name.get(..end).unwrap_or("");
    let (digits, number) = match name.strip_prefix('#') {
        None => (name, false),
        Some(number) => (number.strip_prefix(['x', 'X']).unwrap_or(number), true),
    };
    let is_part = |b: u8| {
        if number {
            b.is_ascii_hexdigit()
        } else {
            b.is_ascii_alphanumeric()
        }
    };
    !digits.is_empty() && digits.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_references_are_kept() {
        let mut out = String::new();
        push(&mut out, "&amp;&#233;&#xE9;&amp &a&#;&; a<<b>\"");
        assert_eq!(
            out,
            "&amp;&#233;&#xE9;&amp;amp &amp;a&amp;#;&amp;; a&lt;&lt;b>&quot;"
        );
    }

    #[test]
    fn long_text_is_broken_but_not_within_references() {
        let mut out = String::new();
        push_text(&mut out, &"&eacute;".repeat(1000));
        assert_eq!(out.replace("<!---->", ""), "&eacute;".repeat(1000));
        assert!(
            out.split("<!---->")
                .all(|piece| piece.len() <= TEXT_PIECE + 4)
        );
    }

    #[test]
    fn control_characters_go() {
        assert_eq!(without_controls("a\0b\r\nc\rd\te\u{9f}"), "ab\nc\nd\te");
    }
}
