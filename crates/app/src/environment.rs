//! The one place where the clock is read and randomness drawn, so that tests can script both.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use domain::Timestamp;

/// Time and randomness.
pub trait Environment: Send + Sync + 'static {
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment: for how long something took, which a clock that is set cannot tell.
    fn elapsed(&self) -> Duration;

    /// Fills the buffer with bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's clock and the kernel's randomness.
#[derive(Debug)]
pub struct SystemEnvironment {
    /// The latest time given out: the clock may be set back, ours does not run backwards.
    latest: AtomicI64,
    started: Instant,
}

impl Default for SystemEnvironment {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the clock is read"
    )]
    fn default() -> Self {
        Self {
            latest: AtomicI64::new(0),
            started: Instant::now(),
        }
    }
}

impl Environment for SystemEnvironment {
    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the clock is read"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let millis = since_epoch.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
        let latest = self.latest.fetch_max(millis, Ordering::Relaxed).max(millis);
        Timestamp::from_millis(latest).unwrap_or(Timestamp::LAST)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where randomness is drawn"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("a machine without randomness cannot mint keys");
    }
}

/// A clock that stands still until it is told to move, and a repeatable sequence instead of randomness.
/// For tests only.
#[derive(Debug)]
pub struct ScriptedEnvironment {
    now: Mutex<Timestamp>,
    sequence: AtomicU64,
}

impl ScriptedEnvironment {
    pub fn at(now: Timestamp) -> Self {
        Self {
            now: Mutex::new(now),
            sequence: AtomicU64::new(1),
        }
    }

    /// Moves the clock.
    pub fn advance_millis(&self, millis: i64) {
        let mut now = self
            .now
            .lock()
            .expect("no test panics while it holds the clock");
        *now = now.plus_millis(millis);
    }
}

impl Environment for ScriptedEnvironment {
    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.now().as_millis().unsigned_abs())
    }

    fn now(&self) -> Timestamp {
        *self
            .now
            .lock()
            .expect("no test panics while it holds the clock")
    }

    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64 (Steele, Lea, Flood 2014): well spread and repeatable.
            let step = self.sequence.fetch_add(1, Ordering::Relaxed);
            let mut z = step.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}
