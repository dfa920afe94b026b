//! How often an endpoint is called: never more than so many requests begin within any second.
//!
//! It remembers when the last ones began, which is exact where a bucket of tokens would let twice as many through at
//! its edge. Time comes from the caller.

use std::collections::VecDeque;

use domain::Timestamp;

const SECOND_MS: i64 = 1_000;

/// The requests of the last second, oldest first.
#[derive(Default)]
pub(super) struct Rate {
    begun: VecDeque<Timestamp>,
}

impl Rate {
    /// From when the next may begin; `None` is now.
    pub(super) fn free_at(
        &mut self,
        per_second_max: Option<u32>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let most = usize::try_from(per_second_max?).unwrap_or(usize::MAX);
        while self
            .begun
            .front()
            .is_some_and(|begun| begun.plus_millis(SECOND_MS) <= now)
        {
            self.begun.pop_front();
        }
        let over = self.begun.len().checked_sub(most)?;
        Some(self.begun.get(over)?.plus_millis(SECOND_MS))
    }

    pub(super) fn begin(&mut self, per_second_max: Option<u32>, now: Timestamp) {
        if per_second_max.is_some() {
            self.begun.push_back(now);
        }
    }
}
