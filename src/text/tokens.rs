//! A scanner for HTML tags and text, after the tokenisation stage of the HTML standard
//! (<https://html.spec.whatwg.org/#tokenization>).
//!
//! It decides nothing about safety: whatever it makes of its input passes through the sanitiser
//! afterwards. Comments, doctypes, processing instructions and the contents of raw text elements
//! (scripts, styles …) are skipped. Every byte is looked at a fixed number of times.

/// A piece of HTML, borrowed from the source. Entities are as they were written.
#[derive(Debug, PartialEq)]
pub enum Token<'a> {
    /// Text outside tags. May contain `<` where no tag begins.
    Text(&'a str),
    /// `<name …>`.
    Start(Tag<'a>),
    /// `</name>`; the name in lower case.
    End(String),
}

/// A start tag.
#[derive(Debug, PartialEq)]
pub struct Tag<'a> {
    /// The name in lower case.
    pub name: String,
    /// Names and values as written; no value is the empty value. Names may repeat.
    pub attributes: Vec<(&'a str, &'a str)>,
    /// Whether the tag ends in `/>`.
    pub self_closing: bool,
}

impl<'a> Tag<'a> {
    /// The value of the first attribute of this name, as written.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        let found = self
            .attributes
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    }
}

/// Elements whose content is text to the parser, whatever it looks like.
const RAW_TEXT: [&str; 9] = [
    "script", "style", "iframe", "noembed", "noframes", "noscript", "textarea", "title", "xmp",
];

/// The tokens of `source`, in order.
pub fn tokens(source: &str) -> Tokens<'_> {
    Tokens {
        rest: source,
        raw_end: None,
    }
}

/// Iterator made by [`tokens`].
pub struct Tokens<'a> {
    rest: &'a str,
    /// The end tag to give next, after a raw text element.
    raw_end: Option<String>,
}

impl<'a> Tokens<'a> {
    /// Takes `n` bytes off the front; all of it where `n` is no place to cut.
    fn take(&mut self, n: usize) -> &'a str {
        let (head, tail) = self.rest.split_at_checked(n).unwrap_or((self.rest, ""));
        self.rest = tail;
        head
    }

    /// Takes everything up to and including `end`, or everything.
    fn skip_past(&mut self, end: &str) {
        let n = self
            .rest
            .find(end)
            .map_or(self.rest.len(), |at| at + end.len());
        self.take(n);
    }

    fn skip_comment(&mut self) {
        // "<!-->" and "<!--->" are whole comments.
        for short in ["<!-->", "<!--->"] {
            if self.rest.starts_with(short) {
                self.take(short.len());
                return;
            }
        }
        self.take(4);
        let plain = self.rest.find("-->").map(|at| at + 3);
        let shouted = match plain {
            // Looks no further than the plain end, so that many comments cost no more than one.
            Some(end) => self.rest.get(..end).and_then(|part| part.find("--!>")),
            None => self.rest.find("--!>"),
        };
        let end = shouted
            .map(|at| at + 4)
            .or(plain)
            .unwrap_or(self.rest.len());
        self.take(end);
    }

    /// Takes a tag name: everything up to white space, `/` or `>`.
    fn name(&mut self) -> String {
        let ends = |c: char| c.is_ascii_whitespace() || c == '/' || c == '>';
        let n = self.rest.find(ends).unwrap_or(self.rest.len());
        self.take(n).to_ascii_lowercase()
    }

    /// Takes the attributes and the `>`. `None` if the source ends first: then there is no tag.
    fn attributes(&mut self) -> Option<(Vec<(&'a str, &'a str)>, bool)> {
        let mut attributes = Vec::new();
        loop {
            self.rest = self
                .rest
                .trim_start_matches(|c: char| c.is_ascii_whitespace());
            match self.rest.chars().next()? {
                '>' => {
                    self.take(1);
                    return Some((attributes, false));
                }
                '/' => {
                    self.take(1);
                    if self.rest.starts_with('>') {
                        self.take(1);
                        return Some((attributes, true));
                    }
                }
                first => attributes.push(self.attribute(first)?),
            }
        }
    }

    fn attribute(&mut self, first: char) -> Option<(&'a str, &'a str)> {
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
        // A leading "=" is part of the name.
        let skip = first.len_utf8();
        let n = self.rest.get(skip..)?.find(ends)? + skip;
        let name = self.take(n);
        let after = self
            .rest
            .trim_start_matches(|c: char| c.is_ascii_whitespace());
        let Some(value) = after.strip_prefix('=') else {
            return Some((name, ""));
        };
        self.rest = value.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let quote = self.rest.chars().next()?;
        if quote == '"' || quote == '\'' {
            self.take(1);
            let end = self.rest.find(quote)?;
            let value = self.take(end);
            self.take(1);
            return Some((name, value));
        }
        let end = self
            .rest
            .find(|c: char| c.is_ascii_whitespace() || c == '>')?;
        Some((name, self.take(end)))
    }

    fn start_tag(&mut self) -> Option<Token<'a>> {
        self.take(1);
        let name = self.name();
        let Some((attributes, self_closing)) = self.attributes() else {
            self.rest = "";
            return None;
        };
        if RAW_TEXT.contains(&name.as_str()) {
            self.skip_raw_text(&name);
            self.raw_end = Some(name.clone());
        } else if name == "plaintext" {
            self.rest = "";
        }
        Some(Token::Start(Tag {
            name,
            attributes,
            self_closing,
        }))
    }

    /// Skips up to and including the end tag of `name`, or to the end.
    fn skip_raw_text(&mut self, name: &str) {
        while let Some(at) = self.rest.find("</") {
            self.take(at + 2);
            let same = self
                .rest
                .get(..name.len())
                .is_some_and(|n| n.eq_ignore_ascii_case(name));
            let after = self
                .rest
                .get(name.len()..)
                .and_then(|rest| rest.chars().next());
            let ended = after.is_some_and(|c| c.is_ascii_whitespace() || c == '/' || c == '>');
            if same && ended {
                self.take(name.len());
                if self.attributes().is_none() {
                    self.rest = "";
                }
                return;
            }
        }
        self.rest = "";
    }

    fn end_tag(&mut self) -> Option<Token<'a>> {
        self.take(2);
        let name = self.name();
        if self.attributes().is_none() {
            self.rest = "";
            return None;
        }
        Some(Token::End(name))
    }

    fn text(&mut self) -> Token<'a> {
        let mut from = 0;
        loop {
            let next = self.rest.get(from..).and_then(|rest| rest.find('<'));
            let Some(at) = next.map(|at| at + from) else {
                return Token::Text(self.take(self.rest.len()));
            };
            if at > 0 && Markup::at(self.rest.get(at..).unwrap_or("")).is_some() {
                return Token::Text(self.take(at));
            }
            from = at + 1;
        }
    }
}

/// The kind of token that a `<` begins.
enum Markup {
    Start,
    End,
    Comment,
    /// Something the standard treats as a comment up to the next `>`.
    Bogus,
}

impl Markup {
    fn at(source: &str) -> Option<Self> {
        let mut chars = source.chars();
        if chars.next() != Some('<') {
            return None;
        }
        match chars.next()? {
            c if c.is_ascii_alphabetic() => Some(Self::Start),
            '/' => match chars.next()? {
                c if c.is_ascii_alphabetic() => Some(Self::End),
                _ => Some(Self::Bogus),
            },
            '!' if source.starts_with("<!--") => Some(Self::Comment),
            '!' | '?' => Some(Self::Bogus),
            _ => None,
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw_end.take() {
            return Some(Token::End(name));
        }
        loop {
            if self.rest.is_empty() {
                return None;
            }
            match Markup::at(self.rest) {
                None => return Some(self.text()),
                Some(Markup::Start) => return self.start_tag(),
                Some(Markup::End) => return self.end_tag(),
                Some(Markup::Comment) => self.skip_comment(),
                Some(Markup::Bogus) => self.skip_past(">"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(source: &str) -> String {
        let one = |token| match token {
            Token::Text(text) => format!("[{text}]"),
            Token::Start(tag) => {
                format!("<{} {:?} {}>", tag.name, tag.attributes, tag.self_closing)
            }
            Token::End(name) => format!("</{name}>"),
        };
        tokens(source).map(one).collect()
    }

    #[test]
    fn tags_and_text() {
        assert_eq!(show("a < b<P>c</P >"), "[a < b]<p [] false>[c]</p>");
        assert_eq!(show("1 <2 </ x>y<"), "[1 <2 ][y<]");
        assert_eq!(show("<a b"), "");
    }

    #[test]
    fn attributes() {
        assert_eq!(
            show("<a href = 'x>\"y' b c=d/e =f=g/>"),
            "<a [(\"href\", \"x>\\\"y\"), (\"b\", \"\"), (\"c\", \"d/e\"), (\"=f\", \"g/\")] false>"
        );
        assert_eq!(show("<br/>"), "<br [] true>");
        assert_eq!(show("<é>ü<ü b=é>"), "[<é>ü<ü b=é>]");
    }

    #[test]
    fn what_is_no_text_is_skipped() {
        assert_eq!(
            show("a<!-- <p> -->b<!-->c<!--->d<!--x--!>e"),
            "[a][b][c][d][e]"
        );
        assert_eq!(show("<!DOCTYPE html><?php x ?>a<![CDATA[b]]>"), "[a]");
        assert_eq!(
            show("<script>a</scripty></SCRIPT x>b"),
            "<script [] false></script>[b]"
        );
        assert_eq!(show("<style>a"), "<style [] false></style>");
    }
}
