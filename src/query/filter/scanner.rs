//! The words and signs of the filter language: what stands at the current place.

use winnow::combinator::alt;
use winnow::error::EmptyError;
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Location};
use winnow::token::{any, literal, one_of, take_till, take_while};

use super::{FilterOp, Named};

type Stream<'i> = LocatingSlice<&'i str>;
type Scanned<T> = winnow::Result<T, EmptyError>;

/// The fault of a quoted value.
#[derive(Debug)]
pub(super) enum QuoteFault {
    /// The closing quotation mark is missing.
    Open,
    /// A `\` before something that needs none, at this place.
    Escape(usize),
}

/// Reads the input from left to right. Nothing here moves on unless it found what it looks for.
pub(super) struct Scanner<'i> {
    rest: Stream<'i>,
}

impl<'i> Scanner<'i> {
    pub(super) fn new(input: &'i str) -> Self {
        Self {
            rest: LocatingSlice::new(input),
        }
    }

    /// The current place, in bytes.
    pub(super) fn at(&self) -> usize {
        self.rest.current_token_start()
    }

    /// The next character, if any.
    pub(super) fn next(&self) -> Option<char> {
        self.rest.as_ref().chars().next()
    }

    /// Passes over blanks.
    pub(super) fn blanks(&mut self) {
        // Cannot fail: no blank at all is enough.
        let _: Scanned<&str> = take_while(0.., is_blank).parse_next(&mut self.rest);
    }

    /// Passes over `sign` if it is next.
    pub(super) fn sign(&mut self, sign: char) -> bool {
        let found: Scanned<char> = one_of(sign).parse_next(&mut self.rest);
        found.is_ok()
    }

    /// The word here, which may be empty, without passing over it.
    pub(super) fn peek_word(&self) -> &'i str {
        let mut ahead = self.rest;
        word(&mut ahead).unwrap_or("")
    }

    /// The word here, which may be empty.
    pub(super) fn word(&mut self) -> &'i str {
        word.parse_next(&mut self.rest).unwrap_or("")
    }

    /// The word or time here, which may be empty.
    pub(super) fn bare_value(&mut self) -> &'i str {
        let found: Scanned<&str> = alt((time_like.take(), word)).parse_next(&mut self.rest);
        found.unwrap_or("")
    }

    /// The operator here.
    pub(super) fn operator(&mut self) -> Option<FilterOp> {
        operator.parse_next(&mut self.rest).ok()
    }

    /// The quoted value here, without its quotation marks and escapes; `None` if there is no
    /// quotation mark.
    pub(super) fn quoted(&mut self) -> Result<Option<String>, QuoteFault> {
        let mark: Scanned<char> = one_of(['"', '\'']).parse_next(&mut self.rest);
        let Ok(mark) = mark else { return Ok(None) };
        let mut text = String::new();
        loop {
            let plain: Scanned<&str> = take_till(0.., [mark, '\\']).parse_next(&mut self.rest);
            text.push_str(plain.unwrap_or(""));
            let at = self.at();
            match self.any() {
                None => return Err(QuoteFault::Open),
                Some('\\') => match self.any() {
                    None => return Err(QuoteFault::Open),
                    Some(escaped @ ('"' | '\'' | '\\')) => text.push(escaped),
                    Some(_) => return Err(QuoteFault::Escape(at)),
                },
                Some(_) => return Ok(Some(text)),
            }
        }
    }

    fn any(&mut self) -> Option<char> {
        let next: Scanned<char> = any.parse_next(&mut self.rest);
        next.ok()
    }
}

fn word<'i>(input: &mut Stream<'i>) -> Scanned<&'i str> {
    take_while(0.., is_bare).parse_next(input)
}

/// Recognises the start of an RFC 3339 time: only there may a bare value hold `:` and `+`, which
/// otherwise are an operator and nothing.
fn time_like(input: &mut Stream<'_>) -> Scanned<()> {
    let digits = |count: usize| take_while(count..=count, |c: char| c.is_ascii_digit());
    (
        digits(4),
        '-',
        digits(2),
        '-',
        digits(2),
        one_of(['T', 't']),
    )
        .void()
        .parse_next(input)?;
    take_while(0.., |c| is_bare(c) || c == ':' || c == '+')
        .void()
        .parse_next(input)
}

fn operator(input: &mut Stream<'_>) -> Scanned<FilterOp> {
    let mut longest_first = [
        FilterOp::Ne,
        FilterOp::Le,
        FilterOp::Ge,
        FilterOp::Eq,
        FilterOp::Lt,
        FilterOp::Gt,
        FilterOp::Has,
    ]
    .map(|op| literal(op.name()).value(op));
    alt(longest_first.as_mut_slice()).parse_next(input)
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Whether a word may hold `c`: `-`, `_`, `.`, letters and digits of any script, and the marks
/// that belong to letters (accents written apart, vowel signs, joiners). The standard library does
/// not tell marks from signs, so beyond ASCII what is left out is punctuation, by its blocks.
pub(super) fn is_bare(c: char) -> bool {
    match c {
        '-' | '_' | '.' | '\u{200c}' | '\u{200d}' => true,
        _ if c.is_ascii() || c.is_alphanumeric() => c.is_alphanumeric(),
        '\u{80}'..='\u{bf}'                 // Latin-1 signs: «, »
        | '\u{2000}'..='\u{206f}'           // blanks, dashes, curly quotation marks
        | '\u{2e00}'..='\u{2e7f}'           // rarer punctuation
        | '\u{3000}'..='\u{303f}'           // East Asian punctuation
        | '\u{fe10}'..='\u{fe1f}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{feff}'                        // byte order mark
        | '\u{ff00}'..='\u{ff65}'           // full-width ASCII signs
        | '\u{fff0}'..='\u{ffff}' => false,
        _ => !c.is_whitespace() && !c.is_control(),
    }
}
