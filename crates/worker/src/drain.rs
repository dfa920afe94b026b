//! Runs pages of short work until none is left: the loop that queued updates and dead leases share.
//!
//! Nothing here loses work: what to do is read from the store each time, and only the store's commit ends
//! it. A store that does not answer makes the whole loop wait, longer each time. A single piece that
//! fails for itself rests alone, so that it neither spins nor keeps the others waiting. Not for work that
//! takes long: see `deliveries` for that.

use std::collections::HashMap;
use std::future::Future;
use std::panic::resume_unwind;

use app::AppError;
use domain::Timestamp;
use domain::limits::BATCH_COMMANDS_MAX;
use tokio::task::JoinSet;

use crate::pace::{Pace, Trouble, Turn};

/// Pieces that may rest at once; more than these are no longer single failures.
const RESTING_MAX: usize = 1_000;
/// Milliseconds that a failed piece rests: doubled from a second to five minutes.
const REST_MS_MAX: i64 = 5 * 60 * 1_000;

/// A kind of short work.
pub(crate) trait Work: Clone + Send + Sync + 'static {
    type Item: Copy + Send + 'static;
    const TASK: &'static str;

    /// What may be done now, the oldest first.
    fn take(&self, limit: usize) -> impl Future<Output = Result<Vec<Self::Item>, AppError>> + Send;

    /// Does one piece. Pieces of one page may run at the same time.
    fn run(&self, item: Self::Item) -> impl Future<Output = Result<(), AppError>> + Send;

    fn id(item: &Self::Item) -> u64;

    /// Ends when there may be more.
    fn news(&self) -> impl Future<Output = ()> + Send;

    fn now(&self) -> Timestamp;
}

/// Works until told to stop.
pub(crate) async fn run<W: Work>(work: W, mut pace: Pace) {
    let mut drain = Drain {
        work,
        resting: HashMap::new(),
    };
    let mut trouble = Trouble::none(W::TASK);
    while pace.turn() == Turn::Look {
        let turn = match drain.round().await {
            Round { done, error: None } => {
                trouble.over();
                if done > 0 {
                    continue;
                }
                pace.wait(drain.work.news()).await
            }
            Round {
                done,
                error: Some(error),
            } => {
                if done > 0 {
                    trouble.over();
                }
                trouble.again(&error);
                pace.wait_out(&trouble).await
            }
        };
        if turn == Turn::Stop {
            return;
        }
    }
}

struct Drain<W> {
    work: W,
    /// Pieces that failed for themselves, by id.
    resting: HashMap<u64, Rest>,
}

#[derive(Clone, Copy)]
struct Rest {
    failures: u32,
    until: Timestamp,
}

/// What became of one page.
struct Round {
    done: usize,
    /// The store's, if it did not answer.
    error: Option<AppError>,
}

impl<W: Work> Drain<W> {
    async fn round(&mut self) -> Round {
        let mut round = Round {
            done: 0,
            error: None,
        };
        let limit = BATCH_COMMANDS_MAX + self.resting.len();
        match self.work.take(limit).await {
            Err(error) => round.error = Some(error),
            Ok(items) => {
                let failed = self.run_together(self.awake(items), &mut round).await;
                self.run_alone(failed, &mut round).await;
            }
        }
        round
    }

    fn awake(&self, items: Vec<W::Item>) -> Vec<W::Item> {
        let now = self.work.now();
        let is_awake = |item: &W::Item| {
            self.resting
                .get(&W::id(item))
                .is_none_or(|rest| rest.until <= now)
        };
        items
            .into_iter()
            .filter(is_awake)
            .take(BATCH_COMMANDS_MAX)
            .collect()
    }

    /// Runs the pieces at once, so that they share batches of the write queue. Returns those that failed.
    async fn run_together(&mut self, items: Vec<W::Item>, round: &mut Round) -> Vec<W::Item> {
        let mut running = JoinSet::new();
        for item in items {
            let work = self.work.clone();
            running.spawn(async move { (item, work.run(item).await) });
        }
        let mut failed = Vec::new();
        while let Some(joined) = running.join_next().await {
            match joined {
                Ok((item, Ok(()))) => self.done(item, round),
                Ok((_, Err(error))) if error.is_retryable() => round.error = Some(error),
                Ok((item, Err(_))) => failed.push(item),
                Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
                // Cancelled: the runtime is shutting down.
                Err(_) => {}
            }
        }
        failed
    }

    /// Runs failed pieces one by one: a batch fails as a whole, so that most of them may only have been
    /// neighbours of the one that is to blame.
    async fn run_alone(&mut self, items: Vec<W::Item>, round: &mut Round) {
        for item in items {
            match self.work.run(item).await {
                Ok(()) => self.done(item, round),
                Err(error) if error.is_retryable() => round.error = Some(error),
                Err(error) => self.rest(item, error, round),
            }
        }
    }

    fn done(&mut self, item: W::Item, round: &mut Round) {
        self.resting.remove(&W::id(&item));
        round.done += 1;
    }

    fn rest(&mut self, item: W::Item, error: AppError, round: &mut Round) {
        let id = W::id(&item);
        let failures = self.resting.get(&id).map_or(0, |rest| rest.failures);
        if failures == 0 {
            tracing::error!(task = W::TASK, id, %error, "one piece of work fails; it is tried again, ever more rarely");
            if self.resting.len() >= RESTING_MAX {
                round.error = Some(error);
                return;
            }
        }
        let rest_ms = (1_000_i64 << failures.min(10)).min(REST_MS_MAX);
        let rest = Rest {
            failures: failures + 1,
            until: self.work.now().plus_millis(rest_ms),
        };
        self.resting.insert(id, rest);
    }
}
