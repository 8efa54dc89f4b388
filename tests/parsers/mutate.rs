//! Inputs made of others by chance; the same in every run.

/// Longest input that is made, in bytes.
const LONGEST: usize = 4_096;

/// The words of a dictionary of libFuzzer: each in quotation marks, with `\\xNN` for bytes.
pub fn words(dictionary: &str) -> Vec<Vec<u8>> {
    let word = |line: &str| {
        let line = line.strip_prefix('"')?.strip_suffix('"')?;
        let mut bytes = Vec::new();
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            if let Some(digits) = rest.strip_prefix("\\x").and_then(|rest| rest.get(..2)) {
                bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
                rest = &rest[4..];
            } else {
                bytes.push(u8::try_from(first).expect("ASCII"));
                rest = &rest[1..];
            }
        }
        Some(bytes)
    };
    dictionary.lines().filter_map(word).collect()
}

/// Takes a seed and changes it some times: words and pieces of other seeds put in, pieces taken out
/// or doubled, bytes turned.
pub struct Mutator<'a> {
    seeds: &'a [Vec<u8>],
    words: &'a [Vec<u8>],
    state: u64,
}

impl<'a> Mutator<'a> {
    pub fn new(seeds: &'a [Vec<u8>], words: &'a [Vec<u8>]) -> Self {
        Self {
            seeds,
            words,
            state: 0x9E37_79B9_7F4A_7C15,
        }
    }

    /// A number below `end`, which is not 0 (xorshift64).
    fn below(&mut self, end: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).expect("31 bits") % end
    }

    /// A piece of at most 32 bytes.
    fn piece(&mut self, of: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(of.len() + 1);
        let length = self.below((of.len() - start).min(32) + 1);
        start..start + length
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        match self.below(5) {
            0 if !self.words.is_empty() => {
                let word = self.words[self.below(self.words.len())].clone();
                input.splice(at..at, word);
            }
            1 => {
                let seeds = self.seeds;
                let other = &seeds[self.below(seeds.len())];
                let piece = self.piece(other);
                input.splice(at..at, other[piece].to_vec());
            }
            2 => {
                let piece = self.piece(input);
                input.drain(piece);
            }
            3 => {
                let piece = self.piece(input);
                let copy = input[piece].to_vec();
                input.splice(at..at, copy);
            }
            _ if at < input.len() => input[at] ^= 1 << self.below(8),
            _ => {}
        }
    }
}

impl Iterator for Mutator<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut input = self.seeds[self.below(self.seeds.len())].clone();
        for _ in 0..=self.below(6) {
            self.change(&mut input);
        }
        input.truncate(LONGEST);
        Some(input)
    }
}
