//! When a loop looks for work: at news, at a tick, when woken; and when it stops.

use std::future::{Future, pending};
use std::time::Duration;

use app::AppError;
use domain::limits::WORKER_TICK_MS;
use tokio::sync::watch;

/// Seconds between two looks while the store fails: doubled from one to this.
const TROUBLE_SECONDS_MAX: u64 = 30;

/// What to do after a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Look,
    Stop,
}

/// One loop's view of the two signals.
#[derive(Clone)]
pub(crate) struct Pace {
    pub(crate) stop: watch::Receiver<bool>,
    pub(crate) wake: watch::Receiver<u64>,
}

impl Pace {
    /// Waits for news, at most a tick.
    pub(crate) async fn wait(&mut self, news: impl Future<Output = ()>) -> Turn {
        self.wait_at_most(news, Duration::from_millis(WORKER_TICK_MS))
            .await
    }

    /// Waits out a trouble, which no news ends.
    pub(crate) async fn wait_out(&mut self, trouble: &Trouble) -> Turn {
        self.wait_at_most(pending(), trouble.wait()).await
    }

    pub(crate) async fn wait_at_most(
        &mut self,
        news: impl Future<Output = ()>,
        most: Duration,
    ) -> Turn {
        tokio::select! {
            biased;
            // An error means that the worker itself is gone.
            _ = self.stop.wait_for(|is_stopping| *is_stopping) => Turn::Stop,
            () = news => Turn::Look,
            Ok(()) = self.wake.changed() => Turn::Look,
            () = tokio::time::sleep(most) => Turn::Look,
        }
    }

    /// The work's end; `None` if it was told to stop before.
    pub(crate) async fn until_stopped<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            _ = self.stop.wait_for(|is_stopping| *is_stopping) => None,
            done = work => Some(done),
        }
    }

    pub(crate) fn turn(&self) -> Turn {
        if *self.stop.borrow() {
            Turn::Stop
        } else {
            Turn::Look
        }
    }
}

/// Whether a loop can do its work, told to the log only when that changes.
#[derive(Debug)]
pub(crate) struct Trouble {
    task: &'static str,
    failures: u32,
}

impl Trouble {
    pub(crate) fn none(task: &'static str) -> Self {
        Self { task, failures: 0 }
    }

    pub(crate) fn again(&mut self, error: &AppError) {
        if self.failures == 0 {
            tracing::warn!(task = self.task, %error, "work waits until the store answers again");
        }
        self.failures = self.failures.saturating_add(1);
    }

    pub(crate) fn over(&mut self) {
        if self.failures > 0 {
            tracing::info!(task = self.task, "work goes on");
        }
        self.failures = 0;
    }

    pub(crate) fn wait(&self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(10);
        Duration::from_secs((1 << doublings).min(TROUBLE_SECONDS_MAX))
    }
}
