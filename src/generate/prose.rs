//! Headlines, sentences and bodies, in Markdown.

use std::fmt::Write as _;

use super::dice::Dice;
use super::words::Vocabulary;

/// A text that is being made of words of one language.
pub struct Prose<'a> {
    dice: &'a mut Dice,
    of: &'static Vocabulary,
}

impl<'a> Prose<'a> {
    /// Texts in this language.
    pub fn new(dice: &'a mut Dice, of: &'static Vocabulary) -> Self {
        Self { dice, of }
    }

    /// A number of words, the first with a capital.
    pub fn words(&mut self, least: usize, most: usize) -> String {
        let many = least + self.dice.below(most.saturating_sub(least) + 1);
        let mut text = String::new();
        for index in 0..many {
            let word = self.dice.word(self.of.words);
            if index == 0 {
                capital(&mut text, word);
            } else {
                text.push(' ');
                text.push_str(word);
            }
        }
        text
    }

    /// A sentence of some 40 to 120 characters.
    pub fn sentence(&mut self) -> String {
        let mut text = self.words(5, 9);
        if !self.dice.one_in(3) {
            text.push(',');
            for _ in 0..3 + self.dice.below(6) {
                text.push(' ');
                text.push_str(self.dice.word(self.of.words));
            }
        }
        text.push_str(if self.dice.one_in(12) { "?" } else { "." });
        text
    }

    /// A body of about this many bytes, and one sentence at least: paragraphs below sub-headings,
    /// now and then a list, a quotation, a link or an emphasis.
    pub fn body(&mut self, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes);
        let mut blocks = 0_usize;
        while text.is_empty() || text.len() + 40 < bytes {
            let left = bytes.saturating_sub(text.len());
            if blocks > 0 {
                text.push_str("\n\n");
            }
            if blocks % 5 == 4 && left > 600 {
                let level = if self.dice.one_in(4) { "###" } else { "##" };
                let heading = self.words(3, 7);
                // Writing to a text does not fail.
                let _written = write!(text, "{level} {heading}\n\n");
            }
            self.block(&mut text, left);
            blocks += 1;
        }
        text
    }

    fn block(&mut self, text: &mut String, left: usize) {
        match self.dice.below(if left > 400 { 16 } else { 1 }) {
            13 => {
                for _ in 0..3 + self.dice.below(3) {
                    text.push_str("- ");
                    text.push_str(&self.words(4, 12));
                    text.push('\n');
                }
                text.truncate(text.trim_end().len());
            }
            14 => {
                text.push_str("> ");
                text.push_str(&self.sentence());
            }
            15 => {
                let (linked, rest) = (self.words(2, 4), self.sentence());
                let number = self.dice.below(10_000);
                let _written = write!(
                    text,
                    "[{linked}](https://example.org/archive/{number}) *{rest}*"
                );
            }
            _ => self.paragraph(text, left),
        }
    }

    fn paragraph(&mut self, text: &mut String, left: usize) {
        let begin = text.len();
        for index in 0..3 + self.dice.below(5) {
            let sentence = self.sentence();
            if index > 0 {
                if text.len() - begin + sentence.len() > left {
                    return;
                }
                text.push(' ');
            }
            text.push_str(&sentence);
        }
    }
}

fn capital(text: &mut String, word: &str) {
    let mut letters = word.chars();
    text.extend(letters.next().into_iter().flat_map(char::to_uppercase));
    text.push_str(letters.as_str());
}

#[cfg(test)]
mod tests {
    use super::super::words::LANGUAGES;
    use super::*;

    #[test]
    fn bodies_are_about_as_long_as_wanted() {
        for (number, of) in (0..).zip(LANGUAGES) {
            for bytes in [1, 200, 600, 3_000, 30_000] {
                let mut dice = Dice::of(1, "body", number);
                let body = Prose::new(&mut dice, of).body(bytes);
                let least = bytes.saturating_sub(150);
                assert!(
                    (least..bytes + 700).contains(&body.len()),
                    "{bytes} {}",
                    body.len()
                );
            }
        }
    }
}
