//! Random numbers that are the same for the same seed (SplitMix64, after Steele, Lea and Flood, 2014).

/// A stream of random numbers, for the simulation and for tests on it. Not for secrets.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The stream of this seed.
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `least` to `most`.
    ///
    /// # Panics
    /// When `least` is above `most`.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        assert!(least <= most, "no number lies between {least} and {most}");
        least + self.any() % (most - least).saturating_add(1)
    }

    /// True so many times of a thousand.
    pub fn chance(&mut self, per_thousand: u16) -> bool {
        // Nothing is drawn for what never happens, so that a fault switched off changes nothing else.
        per_thousand > 0 && self.any() % 1_000 < u64::from(per_thousand)
    }

    /// One of `choices`.
    ///
    /// # Panics
    /// When there is none.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.between(0, choices.len() as u64 - 1) as usize]
    }

    /// Puts `items` into a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.between(0, last as u64) as usize);
        }
    }
}
