//! Building plain text from the pieces of a page.

/// The gap between two pieces of text. A larger gap swallows a smaller one.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// Nothing.
    #[default]
    None,
    /// A space.
    Space,
    /// A tab: between table cells.
    Tab,
    /// A line feed: between items and rows.
    Line,
    /// A blank line: between blocks.
    Blank,
}

/// Plain text with collapsed white space. Gaps at either end come to nothing.
#[derive(Debug, Default)]
pub struct Plain {
    out: String,
    gap: Gap,
}

impl Plain {
    /// Asks for a gap before whatever comes next.
    pub fn gap(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    /// Adds text; runs of white space become one space.
    pub fn words(&mut self, text: &str) {
        let mut words = text.split_whitespace();
        let Some(first) = words.next() else {
            if !text.is_empty() {
                self.gap(Gap::Space);
            }
            return;
        };
        if text.starts_with(char::is_whitespace) {
            self.gap(Gap::Space);
        }
        self.exactly(first);
        for word in words {
            self.out.push(' ');
            self.out.push_str(word);
        }
        if text.ends_with(char::is_whitespace) {
            self.gap(Gap::Space);
        }
    }

    /// Adds text as it is, such as code.
    pub fn exactly(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let gap = match self.gap {
            Gap::None => "",
            Gap::Space => " ",
            Gap::Tab => "\t",
            Gap::Line => "\n",
            Gap::Blank => "\n\n",
        };
        self.gap = Gap::None;
        if !gap.is_empty() {
            self.out.truncate(self.out.trim_end().len());
            if !self.out.is_empty() {
                self.out.push_str(gap);
            }
        }
        self.out.push_str(text);
    }

    /// The text.
    pub fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        self.out
    }
}
