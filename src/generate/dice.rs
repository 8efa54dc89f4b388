//! Numbers that look random and are the same at each run.

/// A generator of numbers that is the same everywhere (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The numbers of one thing among many: of this seed, for this purpose, of this number. So
    /// each article can be made by itself, in any order.
    #[must_use]
    pub fn of(seed: u64, purpose: &str, number: u64) -> Self {
        let start = purpose
            .bytes()
            .fold(seed, |so_far, byte| Self(so_far ^ u64::from(byte)).next());
        Self(Self(start ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d)).next())
    }

    /// The next number of 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound; 0 when the bound is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % bound).unwrap_or_default()
    }

    /// Whether something happens that happens once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A number from 0 up to, but not including, 1.
    pub fn fraction(&mut self) -> f64 {
        // 53 bits are what a double holds.
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of several, or nothing where there is nothing.
    pub fn pick<'a, T>(&mut self, several: &'a [T]) -> Option<&'a T> {
        several.get(self.below(several.len()))
    }

    /// One of several texts, or an empty one.
    pub fn word(&mut self, several: &[&'static str]) -> &'static str {
        self.pick(several).copied().unwrap_or_default()
    }

    /// Ten bytes, for an id.
    pub fn bytes(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        let drawn = self.next().to_le_bytes().into_iter();
        let drawn = drawn.chain(self.next().to_le_bytes());
        for (byte, drawn) in bytes.iter_mut().zip(drawn) {
            *byte = drawn;
        }
        bytes
    }
}

/// Draws one of many of which few are frequent and most are rare: the one of rank `n` comes up in
/// proportion to `1 / n` (Zipf's law), as the subjects of a newspaper do.
#[derive(Debug)]
pub struct Zipf {
    up_to: Vec<f64>,
}

impl Zipf {
    /// Of this many.
    #[must_use]
    pub fn new(many: usize) -> Self {
        let mut sum = 0.0;
        let up_to = (1..=many).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        Self {
            up_to: up_to.collect(),
        }
    }

    /// One of them, counted from 0; 0 where there is none.
    pub fn draw(&self, dice: &mut Dice) -> usize {
        let total = self.up_to.last().copied().unwrap_or_default();
        let point = dice.fraction() * total;
        self.up_to.partition_point(|up_to| *up_to <= point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let draw = |seed, purpose, number| Dice::of(seed, purpose, number).next();
        assert_eq!(draw(1, "body", 7), draw(1, "body", 7));
        assert_ne!(draw(1, "body", 7), draw(2, "body", 7));
        assert_ne!(draw(1, "body", 7), draw(1, "title", 7));
        assert_ne!(draw(1, "body", 7), draw(1, "body", 8));
    }

    #[test]
    fn the_first_is_frequent_and_the_last_is_rare() {
        let zipf = Zipf::new(1_000);
        let mut dice = Dice::of(1, "zipf", 0);
        let mut drawn = [0_u32; 1_000];
        for _ in 0..100_000 {
            drawn[zipf.draw(&mut dice)] += 1;
        }
        // 1 / H(1000) is 0.1336.
        assert!((12_800..13_900).contains(&drawn[0]), "{}", drawn[0]);
        assert!((6_200..7_200).contains(&drawn[1]), "{}", drawn[1]);
        assert!(drawn[900..].iter().sum::<u32>() < 2_000);
    }
}
