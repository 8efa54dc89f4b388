//! Numbers at random that are the same everywhere, and what a story chooses at its beginning.

use super::steps::{LOCALES, SLUGS};

/// The most articles that a story has of its own, and the least that all may have.
const MOST: usize = 5;
const LEAST: usize = 2;

/// A generator of numbers that is the same everywhere (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(bound).unwrap()).unwrap()
    }

    pub fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    pub fn some_of(&mut self, all: &[&str]) -> Vec<String> {
        let mut some: Vec<String> = Vec::new();
        for one in all {
            if self.one_in(2) {
                let place = self.below(some.len() + 1);
                some.insert(place, (*one).to_owned());
            }
        }
        some
    }
}

/// How close the articles of a story are to each other: in how few of the locales and slugs.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    pub most: usize,
    pub locales: usize,
    pub slugs: usize,
}

impl Room {
    pub fn any(random: &mut Random) -> Self {
        Self {
            most: LEAST + random.below(MOST - LEAST + 1),
            locales: 1 + random.below(LOCALES.len()),
            slugs: 2 + random.below(SLUGS.len() - 1),
        }
    }
}
