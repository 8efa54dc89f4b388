//! The vocabulary of generated texts: words, by language, and proper names.

mod english;
mod french;
mod german;
mod proper;
mod spanish;

pub use self::proper::{FIRST_NAMES, LAST_NAMES, PLACES, SECTIONS, SUBJECTS};

/// The words of a language.
#[derive(Debug)]
pub struct Vocabulary {
    /// The language, as BCP 47 names it.
    pub locale: &'static str,
    /// Words that sentences are made of.
    pub words: &'static [&'static str],
    /// Kickers.
    pub kickers: &'static [&'static str],
}

/// The languages, the most frequent first.
pub const LANGUAGES: &[Vocabulary] = &[
    english::VOCABULARY,
    german::VOCABULARY,
    french::VOCABULARY,
    spanish::VOCABULARY,
];
