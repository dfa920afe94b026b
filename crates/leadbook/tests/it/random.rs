//! Repeatable randomness: a failure names its seed, and the seed brings the failure back.

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The generator of a test: a fixed seed, or the one in `LEADBOOK_TEST_SEED`. Printed, so that a failure
    /// shows it.
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's seed is no configuration of the program"
    )]
    pub(crate) fn of_test(name: &str) -> Self {
        let seed = std::env::var("LEADBOOK_TEST_SEED").ok();
        let seed = seed
            .and_then(|seed| seed.parse().ok())
            .unwrap_or(20_260_115);
        println!("{name}: LEADBOOK_TEST_SEED={seed}");
        Self::new(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a length fits");
        usize::try_from(self.next() % end).expect("it is below a usize")
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// A generator of its own, for another thread.
    pub(crate) const fn split(&mut self) -> Self {
        Self::new(self.next())
    }

    /// Gives other threads a chance, up to `turns` times: moves two requests against each other.
    pub(crate) fn dawdle(&mut self, turns: usize) {
        for _ in 0..self.below(turns) {
            std::thread::yield_now();
        }
    }
}
