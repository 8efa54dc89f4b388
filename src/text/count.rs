//! Counting words and the minutes they take to read.

use unicode_segmentation::UnicodeSegmentation;

/// Words a minute in alphabetic scripts: the mean for silent reading of English non-fiction
/// (Brysbaert 2019, doi:10.1016/j.jml.2019.104047).
const WORDS_A_MINUTE: u64 = 238;
/// Han, Hiragana and Katakana characters a minute.
const CHARACTERS_A_MINUTE: u64 = 500;

/// How much there is to read in a text.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Words of all scripts but those counted by the character. Scripts without spaces, such as
    /// Thai, count roughly a word per syllable.
    pub words: u64,
    /// Han, Hiragana and Katakana characters.
    pub characters: u64,
}

impl Count {
    /// Words and characters together.
    pub fn total(self) -> u32 {
        u32::try_from(self.words + self.characters).unwrap_or(u32::MAX)
    }

    /// Reading time in whole minutes, rounded up.
    pub fn minutes(self) -> u32 {
        let parts = self.words * CHARACTERS_A_MINUTE + self.characters * WORDS_A_MINUTE;
        u32::try_from(parts.div_ceil(WORDS_A_MINUTE * CHARACTERS_A_MINUTE)).unwrap_or(u32::MAX)
    }
}

/// Counts the words of plain text, after UAX #29.
pub fn count(text: &str) -> Count {
    let mut count = Count::default();
    for word in text.unicode_words() {
        match word.chars().filter(|c| is_counted_singly(*c)).count() {
            0 => count.words += 1,
            n => count.characters += n as u64,
        }
    }
    count
}

/// Whether a character is Han, Hiragana or Katakana.
fn is_counted_singly(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}'      // iteration and closing marks, zero
        | '\u{3041}'..='\u{3096}'    // Hiragana
        | '\u{309D}'..='\u{309F}'
        | '\u{30A1}'..='\u{30FA}'    // Katakana
        | '\u{30FC}'..='\u{30FF}'
        | '\u{31F0}'..='\u{31FF}'    // Katakana for Ainu
        | '\u{3400}'..='\u{4DBF}'    // Han, extension A
        | '\u{4E00}'..='\u{9FFF}'    // Han
        | '\u{F900}'..='\u{FAFF}'    // Han, compatibility
        | '\u{FF66}'..='\u{FF9D}'    // Katakana, half width
        | '\u{1B000}'..='\u{1B16F}'  // Kana, historic
        | '\u{20000}'..='\u{323AF}') // Han, extensions B to H
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> (u64, u64) {
        let Count { words, characters } = count(text);
        (words, characters)
    }

    #[test]
    fn words_of_each_script() {
        assert_eq!(
            counts("The quick (\"brown\") fox can’t jump 32.3 feet, right?"),
            (9, 0)
        );
        assert_eq!(counts("Straßenbahn fährt wieder"), (3, 0));
        assert_eq!(counts("中国的报纸。"), (0, 5));
        assert_eq!(counts("東京タワーへ行く"), (0, 8));
        assert_eq!(counts("한국어 신문"), (2, 0));
        assert_eq!(counts("Москва — столица России"), (3, 0));
        assert_eq!(counts("في البدء"), (2, 0));
        assert_eq!(counts("GDP 增长 5.2%"), (2, 2));
        assert_eq!(counts(" … — 🎉 "), (0, 0));
    }

    #[test]
    fn minutes_are_rounded_up() {
        let minutes = |words, characters| Count { words, characters }.minutes();
        assert_eq!(minutes(0, 0), 0);
        assert_eq!(minutes(1, 0), 1);
        assert_eq!(minutes(238, 0), 1);
        assert_eq!(minutes(239, 0), 2);
        assert_eq!(minutes(0, 500), 1);
        assert_eq!(minutes(119, 250), 1);
        assert_eq!(minutes(119, 251), 2);
    }
}
