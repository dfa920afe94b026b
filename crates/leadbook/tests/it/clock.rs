//! The tests' clock: for bounds on what must happen soon, never for waiting.

use std::time::{Duration, Instant};

/// Nothing here takes longer on a machine that works.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

#[expect(
    clippy::disallowed_methods,
    reason = "the program's clock is scripted elsewhere; this one measures the program"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Asks until `ask` answers something; each question is a request, so that nothing sleeps.
pub(crate) fn ask_until<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    ask_for(PATIENCE, what, ask)
}

/// The same, where something else takes its time.
pub(crate) fn ask_for<T>(patience: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < patience, "waited too long for {what}");
        std::thread::yield_now();
    }
}
